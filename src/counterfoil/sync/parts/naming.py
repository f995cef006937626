"""Names and numbers inside QuickBooks' limits: DisplayName (R14), item names (R39), DocNumber (R32).

Limits and forbidden characters: reference 14.3, 14.4, 14.6. DisplayNames are unique over customers, vendors and
employees without regard to case; 100 characters is the length that every part of QuickBooks accepts.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Set
from itertools import chain, count

from counterfoil.crm import records as crm

NAME_MAX = 100
ITEM_NAME_MAX = 100
DOC_NUMBER_MAX = 21
REFERENCE_MAX = 21
EMAIL_MAX = 100
PHONE_MAX = 30
NOTE_MAX = 4000
_EMAIL_IN_NAME_MAX = 60


def plain(text: str, limit: int) -> str:
    """One line of at most `limit` characters: control characters gone, white space collapsed."""
    kept = "".join(
        " " if unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") else letter for letter in text
    )
    return " ".join(kept.split())[:limit].strip()


def name_part(text: str, limit: int = NAME_MAX) -> str:
    """As `plain`, and without the colon, which QuickBooks keeps for the path of sub-records."""
    return plain(text.replace(":", " "), limit)


def person(contact: crm.Contact) -> str:
    """The name of the person, empty when the contact has none."""
    return name_part(f"{contact.given_name} {contact.family_name}") or name_part(contact.name)


def display_name(contact: crm.Contact, taken: Set[str], current: str = "") -> str:
    """The DisplayName of a contact's customer (R14).

    The person's name, else the company, else the address, the phone or the id. When taken: with the e-mail address in
    brackets, then with a number. `taken` is case folded. `current` is kept when it was made from the same name.
    """
    first = (
        person(contact)
        or name_part(contact.company)
        or name_part(contact.email)
        or name_part(contact.phone)
        or name_part(f"Contact {contact.id}")
    )
    if current and current.casefold() in (
        name.casefold() for name in _first(_display_names(first, contact.email))
    ):
        return current
    return _free(_display_names(first, contact.email), taken)


def item_name(name: str, taken: Set[str] = frozenset()) -> str:
    """The name of the item for a line of this name; with a number in brackets when taken."""
    first = name_part(name, ITEM_NAME_MAX) or "Sale"
    numbered = (_with_suffix(first, f" ({number})", ITEM_NAME_MAX) for number in count(2))
    return _free(chain((first,), numbered), taken)


def doc_number(number: str, taken: Set[str] = frozenset(), current: str = "") -> str:
    """The DocNumber for the CRM's number (prefix included), at most 21 characters; empty when the CRM has none.

    Too long: the end counts, because there the numbers differ. Taken: with -2, -3 and so on. `current` is kept when it
    was made from the same number.
    """
    first = plain(number, len(number))[-DOC_NUMBER_MAX:].strip()
    if not first:
        return ""
    if current and current in _first(_doc_numbers(first)):
        return current
    return _free(_doc_numbers(first), taken)


def reference(identifier: str) -> str:
    """A PaymentRefNum for a CRM id, which is longer than QuickBooks' 21 characters: its end."""
    return identifier[-REFERENCE_MAX:]


def email(text: str) -> str:
    """The address when QuickBooks would take it (an @, a dot, at most 100 characters), else empty (reference 13.1)."""
    address = plain(text, len(text))
    local, _, domain = address.rpartition("@")
    fits = len(address) <= EMAIL_MAX and " " not in address.replace(", ", ",")
    return address if fits and local and "." in domain.strip(".") else ""


def _display_names(first: str, address: str) -> Iterator[str]:
    yield first
    bracketed = first
    if name_part(address) and name_part(address).casefold() != first.casefold():
        bracketed = _with_suffix(first, f" ({name_part(address, _EMAIL_IN_NAME_MAX)})", NAME_MAX)
        yield bracketed
    for number in count(2):
        yield _with_suffix(bracketed, f" {number}", NAME_MAX)


def _doc_numbers(first: str) -> Iterator[str]:
    yield first
    for number in count(2):
        yield _with_suffix(first, f"-{number}", DOC_NUMBER_MAX)


def _with_suffix(name: str, suffix: str, limit: int) -> str:
    return name[: limit - len(suffix)].rstrip() + suffix


def _free(names: Iterator[str], taken: Set[str]) -> str:
    folded = {name.casefold() for name in taken}
    return next(name for name in names if name.casefold() not in folded)


def _first(names: Iterator[str], how_many: int = 100) -> list[str]:
    return [name for name, _ in zip(names, range(how_many), strict=False)]
