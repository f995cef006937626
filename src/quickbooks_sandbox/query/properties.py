"""Which members a query may filter by and sort by, and what kind of value each has (reference 6.4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any

from quickbooks_sandbox.company import refusals, times

Record = dict[str, Any]
Comparable = str | Decimal | float | bool
"""Instants compare as seconds since 1970."""


class Kind(Enum):
    """How values of a member compare."""

    TEXT = "text"
    NUMBER = "number"
    DAY = "day"
    INSTANT = "instant"
    FLAG = "flag"
    REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class Property:
    """A member usable in queries, with the way to it inside the object."""

    name: str
    kind: Kind
    path: tuple[str, ...]
    filters: bool = True
    sorts: bool = True

    def reader(self) -> Callable[[Record], Comparable | None]:
        """What reads the value of a stored record in comparable form, None when it has none.

        What is stored was checked and written by the company itself: it needs no cleaning, only comparing.
        """
        find, ready = _finder(self.path), _READY[self.kind]
        if ready is None:
            return find

        def read(record: Record) -> Comparable | None:
            value = find(record)
            return None if value is None else ready(value)

        return read

    def literal(self, text: str | bool, today: date) -> Comparable | None:
        """The value of a condition in comparable form; None stands for null.

        Raises:
            refusals.Refused: 4001 when the text is no value of this kind.
        """
        if text == " " or (text == "" and self.kind is not Kind.TEXT):
            return None
        if text == "CURRENT_DATE":
            return today.isoformat()
        try:
            return _comparable(self.kind, text)
        except (ValueError, InvalidOperation):
            raise refusals.query_not_valid(f"Invalid value {text!r} for property {self.name}") from None


def _comparable(kind: Kind, value: Any) -> Comparable:
    match kind:
        case Kind.TEXT | Kind.REFERENCE:
            return str(value).casefold()
        case Kind.NUMBER:
            return Decimal(value) if not isinstance(value, Decimal) else value
        case Kind.DAY:
            return times.parse_day(str(value)).isoformat()
        case Kind.INSTANT:
            return times.parse_instant(str(value)).timestamp()
        case Kind.FLAG:
            if isinstance(value, bool):
                return value
            if str(value).casefold() not in ("true", "false"):
                raise ValueError(value)
            return str(value).casefold() == "true"


def _finder(path: tuple[str, ...]) -> Callable[[Record], Any]:
    """What finds the member at the end of a path of one or two names, None where there is none."""
    if len(path) == 1:
        (only,) = path
        return lambda record: record.get(only)
    outer, inner = path
    nothing: Record = {}
    return lambda record: record.get(outer, nothing).get(inner)


def _seconds(stamp: str) -> float:
    return datetime.fromisoformat(stamp).timestamp()


_READY: dict[Kind, Callable[[Any], Comparable] | None] = {
    Kind.TEXT: str.casefold,
    Kind.REFERENCE: str.casefold,
    Kind.INSTANT: _seconds,
    Kind.NUMBER: None,
    Kind.DAY: None,
    Kind.FLAG: None,
}
"""How a stored value is made comparable; None: it is."""


def _text(name: str, *path: str, filters: bool = True, sorts: bool = True) -> Property:
    return Property(name, Kind.TEXT, path or (name,), filters, sorts)


def _number(name: str, *, filters: bool = True) -> Property:
    return Property(name, Kind.NUMBER, (name,), filters)


def _reference(name: str) -> Property:
    return Property(name, Kind.REFERENCE, (name, "value"), sorts=False)


def _flag(name: str) -> Property:
    return Property(name, Kind.FLAG, (name,))


def _day(name: str) -> Property:
    return Property(name, Kind.DAY, (name,))


_EVERYWHERE = (
    Property("Id", Kind.TEXT, ("Id",)),
    Property("MetaData.CreateTime", Kind.INSTANT, ("MetaData", "CreateTime")),
    Property("MetaData.LastUpdatedTime", Kind.INSTANT, ("MetaData", "LastUpdatedTime")),
)
_NAME = (
    _text("DisplayName"),
    _text("GivenName"),
    _text("MiddleName"),
    _text("FamilyName"),
    _text("FullyQualifiedName"),
    _text("CompanyName"),
    _text("PrimaryEmailAddr", "PrimaryEmailAddr", "Address", sorts=False),
    _flag("Active"),
)
_BALANCES = (_number("Balance", filters=False), _number("BalanceWithJobs", filters=False))
_LIST = (_text("Name"), _flag("Active"))
_DOCUMENT = (
    _text("DocNumber"),
    _day("TxnDate"),
    _reference("CustomerRef"),
    _number("TotalAmt"),
    _number("Balance"),
)

_BY_ENTITY: dict[str, tuple[Property, ...]] = {
    "Customer": (*_NAME, *_BALANCES),
    "Vendor": (*_NAME, _number("Balance", filters=False)),
    "Employee": _NAME,
    "Item": (
        *_LIST,
        _text("FullyQualifiedName"),
        _text("Type"),
        _text("Sku"),
        _flag("Taxable"),
        _flag("SubItem"),
        _number("UnitPrice", filters=False),
        _number("PurchaseCost", filters=False),
    ),
    "Account": (
        *_LIST,
        _text("FullyQualifiedName"),
        _text("AccountType"),
        _text("AccountSubType"),
        _text("Classification"),
        _text("AcctNum"),
        _flag("SubAccount"),
        _number("CurrentBalance", filters=False),
    ),
    "Invoice": (*_DOCUMENT, _day("DueDate"), _reference("SalesTermRef"), _reference("ProjectRef")),
    "SalesReceipt": (*_DOCUMENT, _text("PaymentRefNum"), _reference("PaymentMethodRef")),
    "Payment": (
        _number("TotalAmt"),
        _day("TxnDate"),
        _reference("CustomerRef"),
        _text("PaymentRefNum"),
        _reference("PaymentMethodRef"),
        _number("UnappliedAmt", filters=False),
    ),
    "CreditMemo": (*_DOCUMENT, _reference("SalesTermRef"), _number("RemainingCredit")),
    "RefundReceipt": (
        *_DOCUMENT,
        _text("PaymentRefNum"),
        _text("PaymentType"),
        _reference("PaymentMethodRef"),
    ),
    "Estimate": (
        *_DOCUMENT[:-1],
        _day("DueDate"),
        _day("ExpirationDate"),
        _text("TxnStatus"),
        _reference("SalesTermRef"),
    ),
    "Deposit": (_day("TxnDate"), _number("TotalAmt"), _reference("DepositToAccountRef")),
    "Attachable": (
        _text("FileName"),
        _text("Note"),
        _text("Category"),
        _text("ContentType"),
        _text("Tag"),
        _text("PlaceName"),
        _number("Size"),
    ),
    "PaymentMethod": (*_LIST, _text("Type")),
    "Term": (*_LIST, _text("Type"), _number("DueDays")),
    "TaxCode": (*_LIST, _flag("Taxable"), _flag("TaxGroup"), _text("Description")),
    "TaxRate": (*_LIST, _text("Description"), _number("RateValue")),
    "TaxAgency": (_text("DisplayName", filters=False),),
    "Class": (*_LIST, _text("FullyQualifiedName"), _flag("SubClass"), _reference("ParentRef")),
    "Department": (*_LIST, _text("FullyQualifiedName"), _flag("SubDepartment"), _reference("ParentRef")),
    "CompanyCurrency": (*_LIST, _text("Code")),
    "ExchangeRate": (
        _text("SourceCurrencyCode"),
        _text("TargetCurrencyCode"),
        _day("AsOfDate"),
        _number("Rate"),
    ),
    "CompanyInfo": (_text("CompanyName"),),
    "Preferences": (),
}
PROPERTIES = {
    entity: {one.name.casefold(): one for one in (*_EVERYWHERE, *own)} for entity, own in _BY_ENTITY.items()
}
"""Entity to its properties by folded name: names are compared without regard to case."""


def find(entity: str, name: str) -> Property:
    """The property of an entity that a query names.

    Raises:
        refusals.Refused: 4001 for one that there is not.
    """
    found = PROPERTIES[entity].get(name.casefold())
    if found is None:
        raise refusals.query_not_valid(f"Property {name} not found for Entity {entity}")
    return found
