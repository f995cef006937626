"""What must be found by something other than its id: names that must be unique, document numbers, deposits (14)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from quickbooks_sandbox.company import refusals
from quickbooks_sandbox.company.tables import folded

Record = dict[str, Any]

NAME_SPACES = {
    "Customer": "names",
    "Vendor": "names",
    "Employee": "names",
    "Item": "Item",
    "Account": "Account",
    "PaymentMethod": "PaymentMethod",
    "Term": "Term",
    "Class": "Class",
    "Department": "Department",
    "CompanyCurrency": "CompanyCurrency",
    "TaxAgency": "TaxAgency",
}
"""Customers, vendors and employees share one name space, every other list has its own."""

_MEMBERS = {
    "names": "DisplayName",
    "TaxAgency": "DisplayName",
    "Item": "FullyQualifiedName",
    "Account": "FullyQualifiedName",
    "Class": "FullyQualifiedName",
    "Department": "FullyQualifiedName",
    "CompanyCurrency": "Code",
}
NUMBERED = frozenset({"Invoice", "SalesReceipt", "CreditMemo", "RefundReceipt", "Estimate"})


@dataclass(slots=True)
class Registers:
    """The name spaces and the numbers in use."""

    names: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    """(name space, folded name) to (entity, id)."""
    numbers: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """(entity, document number) to the ids that have it, duplicates being possible."""
    deposited: dict[tuple[str, str], str] = field(default_factory=dict)
    """(entity, id) of what stands on a deposit to the id of the deposit."""

    def claim(self, entity: str, record: Record) -> None:
        """Enter a stored object."""
        name = _name_key(entity, record)
        if name is not None:
            self.names[name] = (entity, record["Id"])
        number = _number_key(entity, record)
        if number is not None:
            self.numbers.setdefault(number, []).append(record["Id"])
        for held in _held(entity, record):
            self.deposited[held] = record["Id"]

    def release(self, entity: str, record: Record | None) -> None:
        """Strike out an object that is about to change or to go."""
        if record is None:
            return
        name = _name_key(entity, record)
        if name is not None and self.names.get(name) == (entity, record["Id"]):
            del self.names[name]
        number = _number_key(entity, record)
        if number is not None and number in self.numbers:
            self.numbers[number].remove(record["Id"])
        for held in _held(entity, record):
            self.deposited.pop(held, None)

    def check(self, entity: str, record: Record) -> None:
        """Refuse a name that another object has.

        Raises:
            refusals.Refused: 6240.
        """
        key = _name_key(entity, record)
        holder = self.names.get(key) if key is not None else None
        if holder is not None and holder != (entity, record["Id"]):
            shared = NAME_SPACES[entity] == "names"
            raise refusals.duplicate_name() if shared else refusals.duplicate_list_name()

    def retired(self, entity: str, name: str, *, numbered: bool = True) -> str:
        """The name of an object made inactive: with a suffix, numbered when that is taken too (5.4; 19, no. 20)."""
        space = NAME_SPACES[entity]
        candidate = f"{name} (deleted)"
        count = 0
        while numbered and (space, folded(candidate)) in self.names:
            count += 1
            candidate = f"{name} (deleted - {count})"
        return candidate

    def holder_of_number(self, entity: str, number: str) -> str | None:
        """The first object of an entity with a document number."""
        holders = self.numbers.get((entity, number))
        return holders[0] if holders else None


def _held(entity: str, record: Record) -> list[tuple[str, str]]:
    """What a deposit locks."""
    if entity != "Deposit":
        return []
    links = (link for line in record["Line"] for link in line.get("LinkedTxn", []))
    return [(link["TxnType"], link["TxnId"]) for link in links]


def _name_key(entity: str, record: Record) -> tuple[str, str] | None:
    space = NAME_SPACES.get(entity)
    if space is None:
        return None
    return space, folded(record[_MEMBERS.get(space, "Name")])


def _number_key(entity: str, record: Record) -> tuple[str, str] | None:
    if entity not in NUMBERED or "DocNumber" not in record:
        return None
    return entity, record["DocNumber"]
