"""Postal addresses: an address gets a new number whenever it changes (reference 13.1)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from quickbooks_sandbox.company import refusals
from quickbooks_sandbox.company.draft import Draft

Record = dict[str, Any]
LONGEST_TOGETHER = 2000
_LINES = ("Line1", "Line2", "Line3", "Line4", "Line5")
_DERIVED = ("Id", "Lat", "Long")


def settle(draft: Draft, record: Record, before: Record | None, members: Iterable[str]) -> None:
    """Number the addresses of ``record`` that are new or changed, and mark them as not geocoded.

    Raises:
        refusals.Refused: 2050 when the lines together are too long.
    """
    for member in members:
        address = record.get(member)
        if address is None:
            continue
        length = sum(len(address.get(line, "")) for line in _LINES)
        if length > LONGEST_TOGETHER:
            raise refusals.too_long(member, LONGEST_TOGETHER, length)
        old = (before or {}).get(member)
        if old is not None and _parts(old) == _parts(address):
            record[member] = old
        elif "Id" not in address:
            number = draft.company.sequences.next("addresses")
            record[member] = {"Id": number, **_parts(address), "Lat": "INVALID", "Long": "INVALID"}


def _parts(address: Record) -> Record:
    return {name: value for name, value in address.items() if name not in _DERIVED}
