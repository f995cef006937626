"""Test cards: fixed numbers that succeed, fail or stay pending, and what a charge leaves behind (reference 9.4)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Literal

from msgspec import Struct

from crm_sandbox.location import amounts
from crm_sandbox.location.desk import Desk

Outcome = Literal["succeeded", "failed", "pending"]

_CARDS: Mapping[str, tuple[Outcome, str]] = MappingProxyType(
    {
        "4242424242424242": ("succeeded", "visa"),
        "5555555555554444": ("succeeded", "mastercard"),
        "378282246310005": ("succeeded", "amex"),
        "4000000000000002": ("failed", "visa"),
        "4000000000009995": ("failed", "visa"),
        "4000002500003155": ("pending", "visa"),
        "6011000990139424": ("pending", "discover"),
    }
)
_WORDS: Mapping[str, str] = MappingProxyType(
    {"success": "4242424242424242", "fail": "4000000000000002", "pending": "4000002500003155"}
)
PROVIDER = "stripe"


class Charge(Struct, frozen=True, kw_only=True):
    """What the payment provider says of one charge. `snapshot` is the provider's own object, in minor units."""

    outcome: Outcome
    id: str
    snapshot: dict[str, Any]
    method: dict[str, Any]


def brand_of(card: str) -> str | None:
    """The brand of a test card's number; None when it is no test card."""
    return _CARDS.get(card.replace(" ", ""), (None, None))[1]


def charge(card: str, amount: Decimal, currency: str, desk: Desk) -> Charge:
    """Charges a test card: its number, or success, fail, pending. Raises ValueError for any other number."""
    number = _WORDS.get(card, card).replace(" ", "")
    if number not in _CARDS:
        raise ValueError(f"`card` is one of {', '.join((*_WORDS, *_CARDS))}")
    outcome, brand = _CARDS[number]
    charge_id = f"pi_3{desk.ids.alphanumeric(23)}"
    return Charge(
        outcome=outcome,
        id=charge_id,
        snapshot={
            "id": charge_id,
            "object": "payment_intent",
            "status": stripe_status(outcome),
            "amount": int(amount * 10 ** amounts.places(currency)),
            "currency": currency.lower(),
        },
        method={"card": {"brand": brand, "last4": number[-4:]}},
    )


def stripe_status(outcome: str) -> str:
    """The provider's word for an outcome."""
    return {"succeeded": "succeeded", "pending": "processing"}.get(outcome, "requires_payment_method")
