"""QuickBooks' refusals and failures, as the families of `counterfoil.errors` (reference 12).

Messages of QuickBooks are in the language of the company, so the code decides, then the HTTP status. A write that got
no clear answer has an unknown outcome and is repeated with its request id; a read is simply asked again.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import httpx
import msgspec

from counterfoil import errors

THROTTLED_SECONDS = 60.0
"""How long Intuit wants us to wait after a 429 (reference 10)."""
ONE_NAME_SECONDS = 2.0
"""Customers and items are written one at a time; the other one is done in a moment (reference 5.3)."""

NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
BAD_ADDRESS = (httpx.UnsupportedProtocol, httpx.InvalidURL)
HTTPX = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError)
"""Every error that httpx can raise while a request is made."""
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""Every error that msgspec can raise while JSON is read."""

_DETAIL_CHARACTERS_MAX = 2000
_XML_BYTES_MAX = 65_536


class TokenRejected(errors.AccessLost):
    """The access token is invalid or expired; a refresh may help, once."""


class Throttled(errors.TryLater):
    """The company's rate limit is used up, or the month's reads of the whole app (reference 10)."""


class Meaning(Enum):
    """What a fault means for the request that got it."""

    TOKEN = auto()
    ACCESS = auto()
    THROTTLED = auto()
    LATER = auto()
    UNCLEAR = auto()
    REFUSED = auto()


MEANING_OF_CODE: Mapping[str, Meaning] = {
    "100": Meaning.TOKEN,
    "110": Meaning.TOKEN,
    "120": Meaning.ACCESS,
    "130": Meaning.LATER,
    "140": Meaning.LATER,
    "150": Meaning.LATER,
    "600": Meaning.UNCLEAR,  # the request id was seen before: it may have been done then
    "3001": Meaning.THROTTLED,
    "3100": Meaning.ACCESS,
    "3200": Meaning.TOKEN,
    "3202": Meaning.TOKEN,
    "5020": Meaning.REFUSED,  # one operation is forbidden, which says nothing about the connection
    "5030": Meaning.REFUSED,
    "10000": Meaning.UNCLEAR,
}
"""The codes that say more than the HTTP status they come with; every other code is a refusal (reference 12.3)."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One error of a fault; `code` without leading zeros, the texts empty when there are none."""

    code: str
    message: str
    detail: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What QuickBooks complains about; `kind` is `ValidationFault`, `SystemFault`, `AUTHENTICATION`, `SERVICE` …"""

    kind: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """The request that went wrong: its label without ids, whether it changes anything, and what the answer's head said."""

    operation: str
    write: bool
    status: int = 0
    trace: str = ""
    retry_after: str = ""


def fault_in(body: bytes) -> Fault | None:
    """The fault that a body carries, in either JSON shape or in XML; None when there is none. Nothing raises."""
    try:
        envelope = msgspec.json.decode(body, type=_Envelope)
    except UNREADABLE:
        return _fault_in_xml(body)
    return fault_of(envelope.upper) or fault_of(envelope.lower)


def fault_of(found: object) -> Fault | None:
    """The same for the value of a `Fault` member that was read already, as in the items of a batch."""
    if not isinstance(found, dict):
        return None
    listed = found.get("Error", found.get("error"))
    one_or_many = listed if isinstance(listed, list) else [listed]
    problems = tuple(_problem(one) for one in one_or_many if isinstance(one, dict))
    return Fault(kind=_text(found.get("type")), problems=problems)


def of_answer(body: bytes, at: Circumstances) -> errors.CounterfoilError:
    """The error for an answer whose status is no success."""
    return of_fault(fault_in(body) or Fault("", ()), at)


def of_fault(fault: Fault, at: Circumstances) -> errors.CounterfoilError:
    """The error for a fault, whatever the status it came with."""
    decisive = _decisive(fault)
    match _meaning(fault, decisive, at.status):
        case Meaning.TOKEN:
            return TokenRejected(_told("QuickBooks says that the access is invalid or has expired", at))
        case Meaning.ACCESS:
            return errors.AccessLost(_told(_why_no_access(decisive.code), at))
        case Meaning.THROTTLED:
            return Throttled(
                _told("QuickBooks' rate limit is used up", at),
                after_seconds=_seconds_to_wait(at.retry_after),
            )
        case Meaning.LATER:
            return errors.TryLater(_told(f"QuickBooks is not available ({_label(decisive, at)})", at))
        case Meaning.UNCLEAR:
            return unclear(f"QuickBooks failed with {_label(decisive, at)}", at)
        case Meaning.REFUSED:
            return _refused(fault, decisive, at)


def of_transport(error: Exception, at: Circumstances) -> errors.CounterfoilError:
    """The error for a request that got no answer at all."""
    kind = type(error).__name__
    if isinstance(error, BAD_ADDRESS):
        return errors.NeedsPerson(f"The address of QuickBooks in the settings is no web address ({kind}).")
    if isinstance(error, NEVER_SENT):
        return errors.TryLater(_told(f"QuickBooks cannot be reached ({kind})", at))
    return unclear(f"The answer of QuickBooks was lost ({kind})", at)


def unreadable(at: Circumstances) -> errors.CounterfoilError:
    """The error for a success that cannot be understood: a gateway's page, an answer cut short, a missing member."""
    return unclear("QuickBooks answered something that cannot be understood", at)


def unclear(what: str, at: Circumstances) -> errors.CounterfoilError:
    """Something of which we cannot know how it ended; `what` has no full stop."""
    return errors.OutcomeUnknown(_told(what, at)) if at.write else errors.TryLater(_told(what, at))


class _Envelope(msgspec.Struct):
    upper: Any = msgspec.field(default=None, name="Fault")
    lower: Any = msgspec.field(default=None, name="fault")


def _meaning(fault: Fault, decisive: Problem, status: int) -> Meaning:
    known = MEANING_OF_CODE.get(decisive.code)
    if known is not None:
        return known
    if status == 401:
        return Meaning.TOKEN
    if status == 403:
        return Meaning.ACCESS
    if status == 429:
        return Meaning.THROTTLED
    if 300 <= status < 400:
        return Meaning.LATER  # somebody between us and QuickBooks sends us elsewhere; QuickBooks never does
    understood = fault.kind == "ValidationFault" and decisive.code != ""
    if status == 408 or (status >= 500 and not understood):
        return Meaning.UNCLEAR
    return Meaning.REFUSED


def _decisive(fault: Fault) -> Problem:
    """The problem that says most: one with a meaning of its own, else the first."""
    known = (problem for problem in fault.problems if problem.code in MEANING_OF_CODE)
    return next(known, fault.problems[0] if fault.problems else Problem("", "", ""))


def _refused(fault: Fault, decisive: Problem, at: Circumstances) -> errors.CounterfoilError:
    others = [problem for problem in fault.problems if problem is not decisive]
    texts = [problem.detail or problem.message for problem in (decisive, *others)]
    detail = "; ".join(text for text in texts if text)[:_DETAIL_CHARACTERS_MAX]
    if decisive.code == "6000" and "one name at a time" in detail.casefold():
        return errors.TryLater(
            _told("QuickBooks is just writing another name", at), after_seconds=ONE_NAME_SECONDS
        )
    return errors.Refused(
        _told(f"QuickBooks refused with {_label(decisive, at)}", at),
        code=decisive.code or str(at.status),
        detail=detail,
        status=at.status,
        trace=at.trace,
    )


def _why_no_access(code: str) -> str:
    if code == "120":
        return (
            "The person who connected the QuickBooks company may no longer manage it; an administrator of the "
            "company has to connect it again"
        )
    return (
        "QuickBooks does not let this app reach the company: it was disconnected there, or the app's keys are those "
        "of the other environment (development keys reach test companies only)"
    )


def _told(what: str, at: Circumstances) -> str:
    trace = f", intuit_tid {at.trace}" if at.trace else ""
    return f"{what} ({at.operation}{trace})."


def _label(problem: Problem, at: Circumstances) -> str:
    return f"code {problem.code}" if problem.code else f"HTTP status {at.status}"


def _seconds_to_wait(retry_after: str) -> float:
    told = retry_after.strip()
    return max(1.0, float(told)) if told.isascii() and told.isdigit() else THROTTLED_SECONDS


def _problem(found: Mapping[str, Any]) -> Problem:
    message = _text(found.get("Message", found.get("message")))
    code = found.get("code")
    told = str(code) if isinstance(code, int) and not isinstance(code, bool) else _text(code)
    if not told:
        within = re.search(r"errorCode=(\d+)", message)
        told = within[1] if within else ""
    return Problem(_bare(told), message, _text(found.get("Detail", found.get("detail"))))


def _fault_in_xml(body: bytes) -> Fault | None:
    """A fault that came as XML although JSON was asked for (reference 12.4). Read by its few marks, not parsed."""
    text = body[:_XML_BYTES_MAX].decode("utf-8", "replace")
    opening = re.search(r"<(?:\w+:)?Fault\b([^>]*)>", text)
    if opening is None:
        return None
    problems = []
    for match in re.finditer(r"<(?:\w+:)?Error\b([^>]*)>", text):
        inside = text[match.end() :].partition("Error>")[0]
        code = _attribute(match[1], "code")
        problems.append(Problem(_bare(code), _element(inside, "Message"), _element(inside, "Detail")))
    return Fault(kind=_attribute(opening[1], "type"), problems=tuple(problems))


def _attribute(attributes: str, name: str) -> str:
    found = re.search(rf"\b{name}\s*=\s*[\"']([^\"']*)[\"']", attributes)
    return found[1] if found else ""


def _element(text: str, name: str) -> str:
    found = re.search(rf"<(?:\w+:)?{name}\b[^>]*>([^<]*)<", text)
    return html.unescape(found[1]).strip() if found else ""


def _bare(code: str) -> str:
    return code.strip().lstrip("0")


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
