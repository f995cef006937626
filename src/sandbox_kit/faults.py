"""Faults as data: which requests go wrong, and how. They are written in a test or posted to the control API."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase
from typing import Any

from sandbox_kit.ids import Ids


class Lose(Enum):
    """The connection dies without an answer."""

    REQUEST = "lose-request"
    """Before the API saw the request: nothing happened."""
    ANSWER = "lose-answer"
    """After the API did it: the caller never hears of it."""


@dataclass(frozen=True)
class Refuse:
    """The API refuses without doing anything.

    `status` is 400 to 599, `after` the seconds of a Retry-After header, `body` replaces the API's usual body, and
    `times` is the length of the burst: how many matching requests in a row are refused once it strikes.
    """

    status: int
    after: float | None = None
    body: str | None = None
    times: int = 1

    def __post_init__(self) -> None:
        _require(400 <= self.status <= 599, f"a refusal has a status from 400 to 599, not {self.status}")
        _require(self.after is None or _finite(self.after), "`after` is a number of seconds, 0 or more")
        _require(self.times >= 1, "`times` of a refusal is 1 or more")


@dataclass(frozen=True)
class Delay:
    """The API takes `seconds` longer than usual and then does what it was asked."""

    seconds: float

    def __post_init__(self) -> None:
        _require(_finite(self.seconds), "a delay is a number of seconds, 0 or more")


Act = Lose | Refuse | Delay


@dataclass(frozen=True)
class Fault:
    """One rule: requests that match `on` suffer `act`.

    `on` is a method and a path, "POST /invoice" ("*" as method or alone for all): the path is the end of the request's
    path or a glob, in any case of letters. With `nth` it strikes the nth match (from 1) and, with `times`, as many
    after it; with `rate` each match with this probability; with neither every match. `times` bounds the strikes.
    Raises ValueError when the rule makes no sense.
    """

    on: str
    act: Act
    nth: int | None = None
    rate: float | None = None
    times: int | None = None

    def __post_init__(self) -> None:
        _target(self.on)
        _require(self.nth is None or self.nth >= 1, "`nth` counts matching requests from 1")
        _require(self.rate is None or 0 < self.rate <= 1, "`rate` is a probability above 0 and at most 1")
        _require(self.times is None or self.times >= 1, "`times` is 1 or more")
        _require(self.nth is None or self.rate is None, "give either `nth` or `rate`, not both")

    def matches(self, method: str, path: str) -> bool:
        """Whether a request with this method and path is one the rule speaks of."""
        wanted, pattern = _target(self.on)
        if wanted not in ("*", method.upper()):
            return False
        path = "/" + path.lower().strip("/")
        if any(sign in pattern for sign in "*?["):
            return fnmatchcase(path, pattern) or fnmatchcase(path, "*" + pattern)
        return path.endswith(pattern)


class _Watch:
    """A fault and how far it has come."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.seen = 0
        self.struck = 0
        self.burst = 0

    def strikes(self, ids: Ids) -> bool:
        """Counts one matching request and says whether the fault strikes it."""
        self.seen += 1
        if self.burst:
            self.burst -= 1
            return True
        if not self._begins(ids):
            return False
        self.struck += 1
        self.burst = self.fault.act.times - 1 if isinstance(self.fault.act, Refuse) else 0
        return True

    def _begins(self, ids: Ids) -> bool:
        fault = self.fault
        if fault.times is not None and self.struck >= fault.times:
            return False
        if fault.nth is not None:
            return self.seen >= fault.nth and self.struck < (fault.times or 1)
        return fault.rate is None or ids.chance() < fault.rate


class Faults:
    """The faults in force; every one counts all requests that match it, the first that strikes wins."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._watches: list[_Watch] = []

    def add(self, fault: Fault) -> None:
        """Puts a fault in force; it counts from now."""
        self._watches.append(_Watch(fault))

    def clear(self) -> None:
        """Ends all faults."""
        self._watches.clear()

    def strike(self, method: str, path: str) -> Act | None:
        """What this request must suffer, if anything. Counts the request, so ask once per request."""
        struck: Act | None = None
        for watch in self._watches:
            if watch.fault.matches(method, path) and watch.strikes(self._ids) and struck is None:
                struck = watch.fault.act
        return struck

    def as_json(self) -> list[dict[str, Any]]:
        """The faults in force in the form that `parse` reads."""
        return [_fault_as_json(watch.fault) for watch in self._watches]

    @staticmethod
    def parse(data: object) -> Fault:
        """The fault that this decoded JSON describes. Raises ValueError with a sentence that says what is wrong."""
        members = _members(data, "a fault", {"on", "act", "nth", "rate", "times"})
        on = members.get("on")
        if not isinstance(on, str):
            raise ValueError('a fault needs `on`, for example "POST /invoice"')
        return Fault(
            on=on,
            act=_act(members.get("act")),
            nth=_whole(members, "nth"),
            rate=_number(members, "rate"),
            times=_whole(members, "times"),
        )


def _fault_as_json(fault: Fault) -> dict[str, Any]:
    rest = {"nth": fault.nth, "rate": fault.rate, "times": fault.times}
    return {"on": fault.on, "act": _act_as_json(fault.act), **_given(rest)}


def _act_as_json(act: Act) -> str | dict[str, Any]:
    match act:
        case Lose():
            return act.value
        case Delay():
            return {"delay": act.seconds}
        case Refuse():
            rest = {"after": act.after, "body": act.body, "times": act.times if act.times != 1 else None}
            return {"refuse": act.status, **_given(rest)}


def _given(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _act(data: object) -> Act:
    if isinstance(data, str):
        for lose in Lose:
            if lose.value == data:
                return lose
    if isinstance(data, Mapping) and "delay" in data:
        members = _members(data, "a delay", {"delay"})
        seconds = _number(members, "delay")
        return Delay(math.nan if seconds is None else seconds)
    if isinstance(data, Mapping) and "refuse" in data:
        members = _members(data, "a refusal", {"refuse", "after", "body", "times"})
        body = members.get("body")
        _require(body is None or isinstance(body, str), "`body` is the text of the refusal's body")
        times = _whole(members, "times")
        return Refuse(
            status=_whole(members, "refuse") or 0,
            after=_number(members, "after"),
            body=body,
            times=1 if times is None else times,
        )
    raise ValueError('`act` is "lose-answer", "lose-request", {"refuse": 429, "after": 30} or {"delay": 2.5}')


def _members(data: object, what: str, known: set[str]) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise ValueError(f"{what} is a JSON object")
    unknown = sorted(str(name) for name in data if name not in known)
    _require(not unknown, f"{what} has no member {', '.join(unknown)}; it knows {', '.join(sorted(known))}")
    return data


def _whole(members: Mapping[str, Any], name: str) -> int | None:
    value = members.get(name)
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise ValueError(f"`{name}` is a whole number")


def _number(members: Mapping[str, Any], name: str) -> float | None:
    value = members.get(name)
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    raise ValueError(f"`{name}` is a number")


def _target(on: str) -> tuple[str, str]:
    """Method and path pattern of `on`: upper and lower case, `*` where any will do."""
    if on.strip() == "*":
        return "*", "*"
    method, _, pattern = on.strip().rpartition(" ")
    method = method.strip().upper() or "*"
    fits = (method == "*" or method.isalpha()) and pattern.startswith(("/", "*"))
    _require(fits, f'`on` is a method and a path like "POST /invoice", or "*" for all, not "{on}"')
    return method, pattern.lower().rstrip("/") or "/"


def _finite(seconds: float) -> bool:
    return math.isfinite(seconds) and seconds >= 0


def _require(condition: bool, sentence: str) -> None:
    if not condition:
        raise ValueError(sentence)
