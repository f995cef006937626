"""Postal addresses: an address gets a new number whenever it changes (reference 13.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from quickbooks_sandbox.company import refusals
from quickbooks_sandbox.company.draft import Draft

Record = dict[str, Any]
LONGEST_TOGETHER = 2000
_PLACE = ("City", "CountrySubDivisionCode", "PostalCode", "Country")
_LINES = ("Line1", "Line2", "Line3", "Line4", "Line5")
_DERIVED = ("Id", "Lat", "Long")
_REGION = re.compile(r",\s*([A-Z]{2})\b")


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


def flow(record: Record, before: Record, members: Iterable[str]) -> None:
    """Turn the addresses that an update of a document changes into free text, as the original does (reference 13.1)."""
    for member in members:
        address, old = record.get(member), before.get(member)
        if address is not None and _parts(address) != _parts(old or {}):
            record[member] = _as_text(address)


def _as_text(address: Record) -> Record:
    """The address with city, region, postal code and country in lines, at most five of them."""
    region = " ".join(address[name] for name in ("CountrySubDivisionCode", "PostalCode") if name in address)
    place = ", ".join(part for part in (address.get("City", ""), region) if part)
    lines = [address[line] for line in _LINES if line in address]
    lines += [part for part in (place, address.get("Country", "")) if part]
    lines[4:] = [", ".join(lines[4:])] if len(lines) > 4 else []
    rest = {name: value for name, value in _parts(address).items() if name not in (*_LINES, *_PLACE)}
    return {**dict(zip(_LINES, lines, strict=False)), **rest}


def region(address: Record) -> str:
    """The state of an address, which an update may have turned into text."""
    named = address.get("CountrySubDivisionCode")
    if named is not None:
        return str(named).strip().upper()
    found = _REGION.search("\n".join(address[line] for line in _LINES if line in address))
    return found.group(1) if found else ""


def _parts(address: Record) -> Record:
    return {name: value for name, value in address.items() if name not in _DERIVED}
