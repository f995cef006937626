"""Whose record is this? Comparing e-mail addresses and phone numbers, and choosing among several matches (R11, R13)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

import phonenumbers

from counterfoil.quickbooks import entities as qb
from counterfoil.sync.facts import Candidate

_NEVER = date.min


def addresses(text: str | None) -> tuple[str, ...]:
    """The e-mail addresses in a field, lower case and trimmed, in their order.

    QuickBooks keeps several addresses in one field, with commas or semicolons between them (reference 14.3).
    """
    parts = (part.strip().casefold() for part in re.split(r"[,;]", text or ""))
    return tuple(dict.fromkeys(part for part in parts if part))


def share_address(one: str | None, other: str | None) -> bool:
    """Whether the two fields have an e-mail address in common."""
    return bool(set(addresses(one)) & set(addresses(other)))


def address_of(customer: qb.Customer) -> str:
    """The customer's e-mail field as it stands; empty when there is none."""
    return (customer.primary_email_addr.address if customer.primary_email_addr else None) or ""


def same_phone(one: str | None, other: str | None) -> bool:
    """Whether two phone numbers are one number, however they are written."""
    digits = re.sub(r"\D", "", one or ""), re.sub(r"\D", "", other or "")
    if digits[0] == digits[1]:
        return True
    if not all(digits):
        return False
    match = phonenumbers.is_number_match(one or "", other or "")
    return match in (phonenumbers.MatchType.EXACT_MATCH, phonenumbers.MatchType.NSN_MATCH)


def is_sub_customer(customer: qb.Customer) -> bool:
    """Whether the customer is a job or project of another one."""
    return bool(customer.job) or customer.parent_ref is not None


def is_deleted(status: str | None) -> bool:
    """Whether the mirror's object is only the stub of something deleted (reference 7)."""
    return (status or "").casefold() == "deleted"


def by_preference(candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """The candidates, best first (R13).

    Active before inactive, then top-level before sub-customer, then the most recent transaction, then the lowest id.
    """
    return tuple(sorted(candidates, key=_preference))


def _preference(candidate: Candidate) -> tuple[bool, bool, int, tuple[int, str]]:
    customer = candidate.customer
    latest = candidate.last_transaction or _NEVER
    return (
        customer.active is False,
        is_sub_customer(customer),
        -latest.toordinal(),
        _id_order(customer.id or ""),
    )


def _id_order(identifier: str) -> tuple[int, str]:
    """Ids are numbers written as text: 9 comes before 10."""
    return (int(identifier), "") if identifier.isdecimal() else (0, identifier)
