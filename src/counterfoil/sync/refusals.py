"""What a refusal of QuickBooks means for the next decision (reference 12.3). Pure: a code and its text to a remedy."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from counterfoil.quickbooks import entities as qb
from counterfoil.sync.plan import Operation, QuickBooksWrite
from counterfoil.sync.reasons import Because


class TakenName(Struct, frozen=True):
    """A customer, vendor or employee has this DisplayName: decide again without it (R14)."""

    name: str


class TakenItemName(Struct, frozen=True):
    """An item has this name: decide again without it (R39)."""

    name: str


class TakenNumber(Struct, frozen=True):
    """Another document has this DocNumber: decide again without it (R32)."""

    number: str


class Stale(Struct, frozen=True):
    """The object was changed or removed since we saw it: read it again, then decide again."""


class OneNameAtATime(Struct, frozen=True):
    """Somebody writes another name in this very moment: the same step again after a short pause."""


class AskPerson(Struct, frozen=True):
    """Repeating changes nothing until a person has done something."""

    because: Because
    details: tuple[tuple[str, str], ...]


Remedy = TakenName | TakenItemName | TakenNumber | Stale | OneNameAtATime | AskPerson

_DUPLICATE_NAME = "6240"
_DUPLICATE_NUMBER = "6140"
_STALE = "5010"
_NOT_FOUND = "610"
_BUSINESS_RULE = "6000"

_REASONS: Mapping[str, Because] = {
    "610": Because.SOMETHING_INACTIVE,
    "2050": Because.TOO_LONG,
    "2500": Because.SOMETHING_INACTIVE,
    "5020": Because.NOT_PERMITTED,
    "5030": Because.NOT_PERMITTED,
    "6070": Because.AMOUNT_REFUSED,
    "6190": Because.SUBSCRIPTION_ENDED,
    "6200": Because.BOOKS_CLOSED,
    "6210": Because.BOOKS_CLOSED,
    "6250": Because.SOMETHING_INACTIVE,
    "6430": Because.WRONG_ACCOUNT,
    "6450": Because.LOCKED_BY_DEPOSIT,
    "6480": Because.LOCKED_BY_DEPOSIT,
    "6540": Because.LOCKED_BY_DEPOSIT,
}


def remedy(write: QuickBooksWrite, *, code: str, detail: str) -> Remedy:
    """What to do about the refusal of this write. `code` is QuickBooks' own, with or without leading zeros."""
    number = code.lstrip("0")
    taken = _taken(write.body, number)
    if taken:
        return taken
    if number == _STALE or (number == _NOT_FOUND and write.operation is not Operation.CREATE):
        return Stale()
    if number == _BUSINESS_RULE and "one name at a time" in detail.casefold():
        return OneNameAtATime()
    return AskPerson(
        _REASONS.get(number, Because.REFUSED),
        (("What QuickBooks answered", detail or "no explanation"), ("Code", code)),
    )


def _taken(body: qb.Entity, code: str) -> TakenName | TakenItemName | TakenNumber | None:
    match body:
        case qb.Customer(display_name=str(name)) if code == _DUPLICATE_NAME:
            return TakenName(name)
        case qb.Item(name=str(name)) if code == _DUPLICATE_NAME:
            return TakenItemName(name)
        case qb.Invoice(doc_number=str(number)) | qb.SalesReceipt(doc_number=str(number)) if (
            code == _DUPLICATE_NUMBER
        ):
            return TakenNumber(number)
        case _:
            return None
