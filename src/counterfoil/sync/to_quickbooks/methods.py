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


def method_ref(word: str, *, choices: Choices, company: Mapping[str, str]) -> qb.Ref | None:
    """The payment method: the one that the owner chose, else the company's of that name, else none.

    `company` maps the lower-case names of the company's methods to their ids.
    """
    asked = word.strip().casefold()
    if not asked:
        return None
    if asked in choices.payment_methods:
        return qb.Ref(choices.payment_methods[asked])
    names = (*_NAMES.get(asked, ()), asked, asked.replace("_", " "))
    found = next((company[name] for name in names if name in company), "")
    return qb.Ref(found) if found else None
