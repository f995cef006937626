"""Many customers and invoices at once, for measuring and for clients that must cope with size.

The first document of each sort is written as any caller would write it; the others repeat it, with an id, a number, a
customer and a day of their own. So all have the same arithmetic, and share whatever does not differ: records are never
changed in place.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from quickbooks_sandbox.company import amounts, payments, times
from quickbooks_sandbox.company.entities import ENTITIES
from quickbooks_sandbox.company.ledger import Posting
from quickbooks_sandbox.company.seeds import history, people

if TYPE_CHECKING:
    from quickbooks_sandbox.company.company import Company
    from quickbooks_sandbox.company.seeds.sowing import Calendar

Record = dict[str, Any]
BASKETS = (
    (("Design", "2"),),
    (("Weekly gardening", "4"), ("Design", "1.5")),
    (("Rock fountain", "1"),),
    (("Weekly gardening", "1"), ("Rock fountain", "2"), ("Design", "0.5")),
)
"""What is bought: items and quantities, none of them kept in stock."""
PAID, PART_PAID, OPEN = "paid", "part paid", "open"
STATES = (PAID, OPEN, PAID, PART_PAID, OPEN, PAID, OPEN, PAID, PART_PAID, OPEN)
STRIDE = 7919
"""A prime, so that invoices go round all customers before one gets its second."""
_NAMES = ("DisplayName", "FullyQualifiedName", "PrintOnCheckName")


def sow(company: Company, calendar: Calendar, today: datetime, customers: int, invoices: int) -> None:
    """Write ``customers`` customers, then ``invoices`` invoices with their payments, ending a day before ``today``."""
    crowd = _Crowd(company)
    for index, body in enumerate(people.many(company.kind.country, customers)):
        crowd.customer(index, body)
    left = today - timedelta(days=1) - calendar.now()
    pause = left / timedelta(days=1) / invoices if invoices else 0.0
    for index in range(invoices):
        calendar.pass_days(pause)
        crowd.invoice(index, index * STRIDE % customers)
    crowd.settle()


@dataclass(slots=True)
class _Sort:
    """The first invoice of its sort and its payment, and how many repeat them."""

    invoice: Record
    payment: Record | None
    posted: tuple[Posting, ...]
    paid: tuple[Posting, ...]
    repeated: int = 0


@dataclass(slots=True)
class _Crowd:
    company: Company
    _first: dict[int, Record] = field(default_factory=dict)
    _ids: list[str] = field(default_factory=list)
    _sorts: dict[tuple[int, str, int], _Sort] = field(default_factory=dict)
    _owed: dict[str, Decimal] = field(default_factory=dict)

    def customer(self, index: int, body: Record) -> None:
        """One more customer; those of one town repeat its first one."""
        first = self._first.get(index % people.PLACES)
        if first is None:
            made = self.company.create("Customer", body)
            self._first[index % people.PLACES] = made
            self._ids.append(made["Id"])
            return
        company, name = self.company, body["DisplayName"]
        record = {**first, **body, **self._new("Customer")}
        record.update({member: name for member in _NAMES if member in first})
        for member in ("BillAddr", "ShipAddr"):
            number = company.sequences.next("addresses")
            record[member] = {"Id": number, **body[member], "Lat": "INVALID", "Long": "INVALID"}
        self._put("Customer", record)
        self._ids.append(record["Id"])

    def invoice(self, index: int, buyer: int) -> None:
        """One more invoice of this customer, with its payment; those of one basket, state and town repeat the first."""
        customer = self.company.tables["Customer"].records[self._ids[buyer]]
        sort = (index % len(BASKETS), STATES[index % len(STATES)], buyer % people.PLACES)
        found = self._sorts.get(sort)
        if found is None:
            self._sorts[sort] = self._write(customer, BASKETS[sort[0]], sort[1])
        else:
            self._repeat(customer, found)

    def settle(self) -> None:
        """Carry what was repeated over to the accounts, and what is owed to the customers."""
        for sort in self._sorts.values():
            self.company.journal.carry(sort.posted, sort.repeated)
            self.company.journal.carry(sort.paid, sort.repeated)
        now = self.company.now()
        for key, owed in self._owed.items():
            record = self.company.tables["Customer"].records[key]
            changed = {
                member: amounts.money(record[member] + owed) for member in ("Balance", "BalanceWithJobs")
            }
            meta = {**record["MetaData"], "LastUpdatedTime": self.company.stamp()}
            self.company.tables["Customer"].put({**record, **changed, "MetaData": meta}, now.timestamp())

    def _write(self, customer: Record, basket: tuple[tuple[str, str], ...], state: str) -> _Sort:
        company = self.company
        items = {record["Name"]: record for record in company.tables["Item"].records.values()}
        invoice = company.create(
            "Invoice",
            {
                "CustomerRef": {"value": customer["Id"]},
                "BillEmail": customer["PrimaryEmailAddr"],
                "TxnDate": self._today().isoformat(),
                "Line": [history.line(company, items[name], Decimal(quantity)) for name, quantity in basket],
            },
        )
        payment: Record | None = None
        if state != OPEN:
            total: Decimal = invoice["TotalAmt"]
            payment = history.pay(company, invoice, total if state == PAID else amounts.money(total / 2))
        entries = company.journal.entries
        return _Sort(
            invoice=company.read("Invoice", invoice["Id"]),
            payment=payment,
            posted=entries["Invoice", invoice["Id"]].postings,
            paid=entries["Payment", payment["Id"]].postings if payment else (),
        )

    def _repeat(self, customer: Record, sort: _Sort) -> None:
        sort.repeated += 1
        day, buyer = self._today(), {"value": customer["Id"], "name": customer["DisplayName"]}
        invoice: Record = {
            **sort.invoice,
            **self._new("Invoice"),
            "SyncToken": sort.invoice["SyncToken"],
            "CustomerRef": buyer,
            "BillEmail": customer["PrimaryEmailAddr"],
            "BillAddr": customer["BillAddr"],
            "ShipAddr": customer["ShipAddr"],
            "TxnDate": day.isoformat(),
            "DueDate": (day + self._term(sort.invoice)).isoformat(),
        }
        if "DocNumber" in invoice:
            invoice["DocNumber"] = self.company.next_document_number()
        if sort.payment is not None:
            unpaid = {**invoice, "Balance": invoice["TotalAmt"]}
            payment: Record = {
                **sort.payment,
                **self._new("Payment"),
                "CustomerRef": buyer,
                "TxnDate": day.isoformat(),
                "Line": [payments.line_on("Invoice", unpaid, sort.payment["TotalAmt"])],
            }
            invoice["LinkedTxn"] = [{**sort.invoice["LinkedTxn"][0], "TxnId": payment["Id"]}]
            self._put("Payment", payment)
            self.company.journal.repeat("Payment", payment["Id"], payment["TxnDate"], sort.paid)
        self._put("Invoice", invoice)
        self.company.journal.repeat("Invoice", invoice["Id"], invoice["TxnDate"], sort.posted)
        if invoice["Balance"]:
            self._owed[customer["Id"]] = self._owed.get(customer["Id"], amounts.ZERO) + invoice["Balance"]

    def _new(self, entity: str) -> Record:
        stamp = self.company.stamp()
        return {
            "Id": self.company.sequences.next(ENTITIES[entity].sequence),
            "SyncToken": "0",
            "MetaData": {"CreateTime": stamp, "LastUpdatedTime": stamp},
        }

    def _put(self, entity: str, record: Record) -> None:
        self.company.tables[entity].put(record, self.company.now().timestamp())
        self.company.claim_name(entity, record)

    def _today(self) -> date:
        return times.server_day(self.company.now())

    @staticmethod
    def _term(invoice: Record) -> timedelta:
        return date.fromisoformat(invoice["DueDate"]) - date.fromisoformat(invoice["TxnDate"])
