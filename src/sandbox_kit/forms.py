"""What a person typed into a form, and long lists cut into pages: the sites of both stand-ins use them."""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Self, TypeVar

ROWS = 50
_MOST_DIGITS = 9

T = TypeVar("T")


@dataclass(frozen=True)
class Form:
    """What a person typed; a field may come several times."""

    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @classmethod
    def read(cls, raw: bytes) -> Self:
        """The form of a body as browsers send it; bytes that are no UTF-8 come as replacement signs."""
        return cls(urllib.parse.parse_qs(raw.decode("utf-8", "replace"), keep_blank_values=True))

    def text(self, name: str, default: str = "") -> str:
        """The last value, without the space around it."""
        values = self.fields.get(name)
        return values[-1].strip() if values else default

    def texts(self, name: str) -> list[str]:
        """All values, blanks among them, in order."""
        return [each.strip() for each in self.fields.get(name, ())]

    def flag(self, name: str) -> bool:
        """Whether a box is ticked, or a button of this name was pressed."""
        return name in self.fields


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list: its rows, how many there are in all, its number from 1, and the last one's."""

    rows: Sequence[T]
    total: int
    number: int
    last: int


def paged(records: Sequence[T], asked: str, rows: int = ROWS) -> Page[T]:
    """The page with the number that was asked for, in the order of the records; the nearest one there is."""
    last = max(1, -(-len(records) // rows))
    sound = asked.isascii() and asked.isdigit() and len(asked) <= _MOST_DIGITS
    number = min(max(int(asked), 1), last) if sound else 1
    return Page(records[(number - 1) * rows : number * rows], len(records), number, last)
