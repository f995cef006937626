"""What stands in the way of a document before it is written: its customer, its currency, its day (R17, R36, R72)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from counterfoil import money
from counterfoil.crm import records as crm
from counterfoil.sync.facts import Books, Kind, Party, RecordRef
from counterfoil.sync.plan import Ask, Wait
from counterfoil.sync.reasons import Because

QUICKBOOKS_PLACES = 2


def to_sale(
    books: Books, *, contact_id: str, currency: str, total: Decimal, day: date | None, party: Party | None
) -> Ask | None:
    """What a person must settle before a sale of this total can be posted; None when nothing is in the way.

    `day` is None when the document is dated already.
    """
    if not contact_id:
        return Ask(because=Because.NO_CONTACT_NAMED)
    if total < 0:
        return Ask(because=Because.TOTAL_NEGATIVE, details=(("Total", money.text(total, currency)),))
    if not books.folds_taxes:
        return Ask(
            because=Because.TAXES_OUTSIDE_US,
            details=(("Country", books.country), ("Total", money.text(total, currency))),
        )
    return _of_currency(books, currency=currency, party=party) or to_day(books, day)


def to_day(books: Books, day: date | None) -> Ask | None:
    """Closed books refuse every document of their days (reference 12.3: 6200)."""
    if day is None or books.book_close_date is None or day > books.book_close_date:
        return None
    return Ask(
        because=Because.BOOKS_CLOSED,
        details=(("Day", day.isoformat()), ("Books closed until", books.book_close_date.isoformat())),
    )


def customer_first(contact_id: crm.ContactId, currency: str) -> Wait:
    """The customer of a sale is written before the sale (R10)."""
    return Wait(
        until=RecordRef(Kind.CONTACT, contact_id), because=Because.NEEDS_CUSTOMER, currency=currency.upper()
    )


def _of_currency(books: Books, *, currency: str, party: Party | None) -> Ask | None:
    code, home = currency.upper(), books.home_currency.upper()
    if not books.multi_currency and code != home:
        return Ask(
            because=Because.CURRENCY_NOT_KEPT, details=(("Sale in", code), ("Company's currency", home))
        )
    customers = ((party.currency if party else "") or home).upper()
    if books.multi_currency and party and customers != code:
        return Ask(
            because=Because.CUSTOMER_HAS_OTHER_CURRENCY,
            details=(("Sale in", code), ("Customer's currency", customers)),
        )
    if money.places(code) > QUICKBOOKS_PLACES:
        return Ask(because=Because.CURRENCY_TOO_FINE, details=(("Sale in", code),))
    return None
