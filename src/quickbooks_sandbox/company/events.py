"""What happened in a company, for webhooks (reference 9.3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

CREATED = "created"
UPDATED = "updated"
DELETED = "deleted"
MERGED = "merged"
VOID = "void"
EMAILED = "emailed"

_NAME_LIST = frozenset({CREATED, UPDATED, DELETED, MERGED})
_SALES = frozenset({CREATED, UPDATED, DELETED, VOID, EMAILED})
ANNOUNCED = {
    "Account": _NAME_LIST,
    "Customer": _NAME_LIST,
    "Employee": _NAME_LIST,
    "Item": _NAME_LIST,
    "Vendor": _NAME_LIST,
    "PaymentMethod": frozenset({CREATED, UPDATED, MERGED}),
    "Invoice": _SALES,
    "Payment": _SALES,
    "SalesReceipt": _SALES,
    "CreditMemo": _SALES,
    "RefundReceipt": _SALES,
    "Estimate": _SALES - {VOID},
    "Deposit": frozenset({CREATED, UPDATED, DELETED}),
    "Class": _NAME_LIST,
    "Department": frozenset({CREATED, UPDATED, MERGED}),
    "CompanyCurrency": frozenset({CREATED, UPDATED, DELETED}),
    "TaxAgency": frozenset({CREATED, UPDATED}),
    "Term": frozenset({CREATED, UPDATED}),
    "Preferences": frozenset({UPDATED}),
}
"""Entity to the verbs that Intuit announces; others are silent."""


@dataclass(frozen=True, slots=True)
class Event:
    """One change of one object; ``merged_away`` is the id that vanished in a merge."""

    realm_id: str
    entity: str
    entity_id: str
    verb: str
    at: datetime
    merged_away: str | None = None
