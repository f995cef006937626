"""How something was paid: the CRM's word as a QuickBooks payment method (R20, R33)."""

from __future__ import annotations

from collections.abc import Mapping

from counterfoil.quickbooks import entities as qb
from counterfoil.sync.facts import Choices

_NAMES: Mapping[str, tuple[str, ...]] = {
    "card": ("credit card", "card"),
    "cash": ("cash",),
    "cheque": ("check", "cheque"),
    "bank_transfer": ("bank transfer", "direct deposit", "ach"),
    "us_bank_account": ("ach", "bank transfer", "direct deposit"),
}
"""The CRM's words (HighLevel 7.7) → names that companies use for them, lower case."""

_BRANDS: Mapping[str, tuple[str, ...]] = {
    "amex": ("american express",),
    "diners": ("diners club",),
    "mastercard": ("mastercard", "master card"),
}
"""Brands of cards as payment providers write them → names that companies use for them, lower case."""


def method_ref(word: str, brand: str = "", *, choices: Choices, company: Mapping[str, str]) -> qb.Ref | None:
    """The payment method: the one that the owner chose, else the company's of that name, else none.

    A company that keeps its cards apart by their `brand` (Visa, MasterCard) has no method for cards as such.
    `company` maps the lower-case names of the company's methods to their ids.
    """
    asked = word.strip().casefold()
    if not asked:
        return None
    if asked in choices.payment_methods:
        return qb.Ref(choices.payment_methods[asked])
    issuer = brand.strip().casefold() if asked == "card" else ""
    names = (
        *_NAMES.get(asked, ()),
        asked,
        asked.replace("_", " "),
        *_BRANDS.get(issuer, ()),
        issuer.replace("_", " "),
    )
    found = next((company[name] for name in names if name and name in company), "")
    return qb.Ref(found) if found else None
