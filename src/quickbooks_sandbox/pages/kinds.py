"""The kinds of documents that have pages: their words in addresses, their states, and how lists show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from quickbooks_sandbox.company import amounts, documents, mailing, paper, times
from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.company.entities import ENTITIES, Void

Record = dict[str, Any]
UNPAID = ("Open", "Part paid", "Overdue")
"""The states of an invoice on which something is owed."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of document; ``word`` stands in addresses, ``states`` are what its list can be narrowed to."""

    word: str
    entity: str
    title: str
    plural: str
    states: tuple[str, ...] = ()

    @property
    def voids(self) -> bool:
        """Whether such a document can be voided at all (reference 5.5)."""
        return ENTITIES[self.entity].void is not Void.NEVER

    @property
    def sends(self) -> bool:
        """Whether it can be sent by e-mail."""
        return self.entity in mailing.SENT

    @property
    def prints(self) -> bool:
        """Whether there is a PDF of it."""
        return self.entity in paper.PRINTED


KINDS: Mapping[str, Kind] = {
    kind.entity: kind
    for kind in (
        Kind("invoices", "Invoice", "Invoice", "Invoices", ("Unpaid", *UNPAID, "Paid", "Voided")),
        Kind("sales-receipts", "SalesReceipt", "Sales receipt", "Sales receipts", ("Paid", "Voided")),
        Kind(
            "payments", "Payment", "Payment", "Payments", ("Applied", "Partly applied", "Unapplied", "Voided")
        ),
        Kind(
            "credit-memos",
            "CreditMemo",
            "Credit memo",
            "Credit memos",
            ("Unapplied", "Partly applied", "Applied"),
        ),
        Kind("refund-receipts", "RefundReceipt", "Refund receipt", "Refund receipts"),
        Kind("estimates", "Estimate", "Estimate", "Estimates", ("Pending", "Accepted", "Closed", "Rejected")),
        Kind("deposits", "Deposit", "Deposit", "Deposits"),
    )
}
"""By entity, in the order of the navigation."""


def state_of(company: Company, entity: str, record: Record) -> str:
    """The state of a document in a word: derived, as there is no such member (reference 14.6)."""
    if documents.is_voided(record):
        return "Voided"
    if entity == "Invoice":
        return _invoice_state(company, record)
    if entity == "Payment":
        return _applied_state(record["UnappliedAmt"], record["TotalAmt"])
    if entity == "CreditMemo":
        return _applied_state(record["Balance"], record["TotalAmt"])
    if entity == "Estimate":
        return str(record["TxnStatus"])
    return "Deposited" if entity == "Deposit" else "Paid"


def _invoice_state(company: Company, record: Record) -> str:
    if not record["Balance"]:
        return "Paid"
    if record["DueDate"] < times.server_day(company.now()).isoformat():
        return "Overdue"
    return "Part paid" if record["Balance"] < record["TotalAmt"] else "Open"


def _applied_state(left: Decimal, total: Decimal) -> str:
    if not left:
        return "Applied"
    return "Partly applied" if left < total else "Unapplied"


@dataclass(frozen=True, slots=True)
class Paper:
    """A document as lists show it; ``left`` is what is still open, or unapplied, of ``total``.

    Amounts are in ``currency``; ``rate`` is what one of it is in the home currency.
    """

    kind: Kind
    key: str
    number: str
    day: str
    due: str
    customer: str
    customer_key: str
    state: str
    total: Decimal
    left: Decimal | None
    currency: str
    rate: Decimal
    memo: str

    @property
    def at_home(self) -> Decimal:
        """The total in the home currency."""
        return amounts.money(self.total * self.rate)

    @property
    def left_at_home(self) -> Decimal:
        """What is open or unapplied in the home currency, 0 for a kind that knows no such thing."""
        return amounts.ZERO if self.left is None else amounts.money(self.left * self.rate)

    @property
    def path(self) -> str:
        """Its address inside the company."""
        return f"/{self.kind.word}/{self.key}"

    @property
    def label(self) -> str:
        """What a link to it says: its number, and where it has none its kind and id."""
        return self.number or self.full_label

    @property
    def full_label(self) -> str:
        """The kind with the number, or the id where it has none."""
        return f"{self.kind.title} {self.number or self.key}"

    @property
    def searched(self) -> str:
        """What a search looks into."""
        return f"{self.label} {self.customer} {self.memo} {self.total}".casefold()


def paper_of(company: Company, entity: str, record: Record) -> Paper:
    """How lists show a document."""
    customer = record.get("CustomerRef", {})
    left = record.get("UnappliedAmt") if entity == "Payment" else record.get("Balance")
    return Paper(
        KINDS[entity],
        record["Id"],
        record.get("DocNumber") or record.get("PaymentRefNum", ""),
        record["TxnDate"],
        record.get("DueDate", ""),
        customer.get("name", ""),
        customer.get("value", ""),
        state_of(company, entity, record),
        record["TotalAmt"],
        left if entity in ("Invoice", "Payment", "CreditMemo") else None,
        record["CurrencyRef"]["value"],
        record.get("ExchangeRate", Decimal(1)),
        record.get("PrivateNote", ""),
    )


def papers_of(company: Company, entity: str, customer: str | None = None) -> list[Paper]:
    """All documents of a kind, perhaps of one customer, the latest day first."""
    records = company.tables[entity].records.values()
    found = [record for record in records if customer in (None, record.get("CustomerRef", {}).get("value"))]
    found.sort(key=lambda record: (record["TxnDate"], int(record["Id"])), reverse=True)
    return [paper_of(company, entity, record) for record in found]


def linked(company: Company, entity: str, key: str) -> Paper | None:
    """The document that a link names, None for one that has no page."""
    if entity not in KINDS:
        return None
    record = company.tables[entity].records.get(key)
    return None if record is None else paper_of(company, entity, record)


def open_total(papers: list[Paper]) -> Decimal:
    """What is open on some documents, in the home currency."""
    return amounts.total(paper.left_at_home for paper in papers)
