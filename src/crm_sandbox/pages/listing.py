"""Long lists in pages, the newest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from crm_sandbox.pages.site import Visit

ROWS = 50

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list: its rows, how many there are in all, its number from 1, and the last one's."""

    rows: Sequence[T]
    total: int
    number: int
    last: int


def page(visit: Visit, records: Iterable[T]) -> Page[T]:
    """The page that the visit asks for, of records that come oldest first."""
    found = list(records)[::-1]
    last = max(1, -(-len(found) // ROWS))
    asked = visit.query.text("page", "1")
    number = min(max(int(asked), 1), last) if asked.isascii() and asked.isdigit() and len(asked) < 10 else 1
    return Page(found[(number - 1) * ROWS : number * ROWS], len(found), number, last)


def newest(records: Iterable[T], count: int) -> list[T]:
    """The last of these records, the newest first."""
    return list(records)[::-1][:count]
