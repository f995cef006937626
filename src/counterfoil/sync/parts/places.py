"""Postal addresses and countries of both sides, member by member (R12, R50)."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from babel import Locale
from msgspec import structs

from counterfoil.crm import records as crm
from counterfoil.quickbooks import entities as qb
from counterfoil.sync.parts import merging, naming

LIMITS: Mapping[str, int] = {
    "line1": 500,
    "city": 255,
    "country_sub_division_code": 255,
    "postal_code": 30,
    "country": 255,
}
"""The members that both sides have, with QuickBooks' limits (reference 13.1)."""

_CRM_NAMES: Mapping[str, str] = {"country_sub_division_code": "region"}
_SHORT: Mapping[str, str] = {
    "usa": "US",
    "u.s.a.": "US",
    "u.s.": "US",
    "united states of america": "US",
    "uk": "GB",
    "great britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northern ireland": "GB",
}


def from_crm(address: crm.Address) -> qb.PhysicalAddress | None:
    """The CRM's address as QuickBooks takes it; None when the CRM knows none."""
    members = {
        member: naming.plain(getattr(address, _CRM_NAMES.get(member, member)), limit) or None
        for member, limit in LIMITS.items()
    }
    return structs.replace(qb.PhysicalAddress(), **members) if any(members.values()) else None


def from_quickbooks(address: qb.PhysicalAddress | None) -> crm.Address:
    """QuickBooks' address as the CRM takes it: all lines in one, the country as its two letters where known."""
    if address is None:
        return crm.Address()
    lines = (address.line1, address.line2, address.line3, address.line4, address.line5)
    return crm.Address(
        line1=", ".join(line.strip() for line in lines if line and line.strip()),
        city=(address.city or "").strip(),
        region=(address.country_sub_division_code or "").strip(),
        postal_code=(address.postal_code or "").strip(),
        country=country_code(address.country or ""),
    )


def country_code(text: str) -> str:
    """ISO 3166 alpha-2 of a country as people write it in English; empty when it is not known."""
    name = " ".join(text.split()).casefold()
    if len(name) == 2 and name.upper() in _names().values():
        return name.upper()
    return _SHORT.get(name, "") or _names().get(name, "")


def merged(
    wanted: qb.PhysicalAddress | None,
    written: qb.PhysicalAddress | None,
    current: qb.PhysicalAddress | None,
) -> tuple[qb.PhysicalAddress | None, dict[str, merging.Verdict]]:
    """The address to send, None when nothing of it is to be written, and the verdict for each member that differs.

    QuickBooks replaces an address as a whole, so what stands there and is not ours to change is sent along.
    """
    standing = current or qb.PhysicalAddress()
    verdicts: dict[str, merging.Verdict] = {}
    changes: dict[str, str] = {}
    for member in LIMITS if wanted else ():
        value = getattr(wanted, member)
        found = merging.verdict(
            wanted=value,
            written=getattr(written, member) if written else None,
            current=getattr(standing, member),
            same=_same_country if member == "country" else merging.same_text,
        )
        if found is not merging.Verdict.IN_STEP:
            verdicts[member] = found
        if found in (merging.Verdict.WRITE, merging.Verdict.OVERWRITE):
            changes[member] = value
    return (structs.replace(standing, **changes) if changes else None), verdicts


def _same_country(one: str, other: str) -> bool:
    return merging.same_text(one, other) or (country_code(one) or one) == (country_code(other) or other)


@functools.cache
def _names() -> Mapping[str, str]:
    """English names of countries, case folded → their two letters."""
    territories = Locale("en").territories
    return {str(name).casefold(): code for code, name in territories.items() if len(code) == 2}
