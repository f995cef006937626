"""The memory of request ids: the same id again gets the first answer, and nothing is done twice (reference 4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from quickbooks_sandbox.company import refusals

Record = dict[str, Any]
LONGEST = 50
LONGEST_FOR_BATCH = 36
Key = tuple[str, str, str]
"""Realm, request id, batch item id (empty outside a batch)."""


@dataclass(slots=True)
class Replays:
    """Successful answers by realm and request id; only 2xx answers are remembered (reference 19, no. 1)."""

    answers: dict[Key, tuple[float, Record]] = field(default_factory=dict)

    def find(self, key: Key, now: float) -> Record | None:
        """The first answer to a request id, None when it is new or forgotten."""
        found = self.answers.get(key)
        if found is None:
            return None
        if found[0] <= now:
            del self.answers[key]
            return None
        return found[1]

    def remember(self, key: Key, answer: Record, until: float) -> None:
        """Keep the answer to a request id until an instant (seconds since 1970)."""
        self.answers[key] = (until, answer)


def check(request_id: str, *, batch: bool = False) -> None:
    """Refuse a request id that is too long.

    Raises:
        refusals.Refused: 2130.
    """
    if len(request_id) > (LONGEST_FOR_BATCH if batch else LONGEST):
        raise refusals.invalid_request_id(request_id)
