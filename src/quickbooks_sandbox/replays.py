"""The memory of request ids: the same id again gets the first answer, and nothing is done twice (reference 4)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from quickbooks_sandbox import answers
from quickbooks_sandbox.company import refusals
from quickbooks_sandbox.company.company import Company

Record = dict[str, Any]
LONGEST = 50
LONGEST_FOR_BATCH = 36
Key = tuple[str, str, str]
"""Realm, request id, batch item id (empty outside a batch)."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """An answer, the instant until which it is repeated (seconds since 1970), and the mark of the request it answers."""

    until: float
    answer: Record
    mark: str = ""


@dataclass(slots=True)
class Replays:
    """Answers by realm and request id; only 2xx answers are remembered unless told otherwise (reference 19, no. 1)."""

    answers: dict[Key, Remembered] = field(default_factory=dict)

    def once(self, company: Company, key: Key, mark: str, act: Callable[[], Record]) -> tuple[Record, bool]:
        """The answer of ``act``, or the one that the request id had before; and whether it was the latter.

        Raises:
            refusals.Refused: what ``act`` refuses; 600 for another request under a known id, if the company minds.
        """
        behaviour, now = company.behaviour, company.now().timestamp()
        found = self._find(key, now)
        if found is not None:
            if behaviour.refuse_changed_replays and found.mark != mark:
                raise refusals.duplicate_request_id(key[1])
            return found.answer, True
        until = now + behaviour.remember_requests_seconds
        try:
            answer = act()
        except refusals.Refused as refused:
            if behaviour.replay_faults:
                said = answers.enveloped({"Fault": answers.fault(refused)}, company.now())
                self.answers[key] = Remembered(until, said, mark)
            raise
        self.answers[key] = Remembered(until, answer, mark)
        return answer, False

    def _find(self, key: Key, now: float) -> Remembered | None:
        found = self.answers.get(key)
        if found is not None and found.until <= now:
            del self.answers[key]
            return None
        return found


def mark(*parts: bytes) -> str:
    """What tells one request from another."""
    return hashlib.sha256(b"\n".join(parts)).hexdigest()


def check(request_id: str, *, batch: bool = False) -> None:
    """Refuse a request id that is too long.

    Raises:
        refusals.Refused: 2130.
    """
    if len(request_id) > (LONGEST_FOR_BATCH if batch else LONGEST):
        raise refusals.invalid_request_id(request_id)
