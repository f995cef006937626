"""The sample company's past: customers, invoices in every state, payments and receipts."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from quickbooks_sandbox.company import times
from quickbooks_sandbox.company.seeds import people

if TYPE_CHECKING:
    from quickbooks_sandbox.company.company import Company
    from quickbooks_sandbox.company.seeds.sowing import Calendar

Record = dict[str, Any]


def sow(company: Company, calendar: Calendar, today: datetime) -> None:
    """Write the past of ``company``, ending a day before ``today``."""
    for body in people.sample(company.kind.country):
        company.create("Customer", body)
    _others(company)
    calendar.pass_days(10)
    names = {record["DisplayName"]: record["Id"] for record in company.tables["Customer"].records.values()}
    scribe = _Scribe(company, calendar, names, today)
    scribe.overdue()
    scribe.paid()
    scribe.part_paid()
    scribe.receipts()
    scribe.voided()
    scribe.credit()
    if company.kind.multicurrency:
        scribe.abroad()
    scribe.open()
    _retire(company, names[people.INACTIVE])


def _others(company: Company) -> None:
    parent = next(
        record["Id"]
        for record in company.tables["Customer"].records.values()
        if record["DisplayName"] == people.SUB_CUSTOMER_OF
    )
    company.create("Customer", {**people.SUB_CUSTOMER, "ParentRef": {"value": parent}})
    if company.kind.multicurrency:
        for name, code in people.ABROAD:
            company.create("Customer", {"DisplayName": name, "CurrencyRef": {"value": code}})
    company.create("Vendor", people.VENDOR)
    company.create("Employee", people.EMPLOYEE)


def _retire(company: Company, key: str) -> None:
    token = company.read("Customer", key)["SyncToken"]
    company.update("Customer", {"Id": key, "SyncToken": token, "sparse": True, "Active": False})


class _Scribe:
    """Writes documents as the bookkeeper did, moving the calendar on."""

    def __init__(self, company: Company, calendar: Calendar, names: dict[str, str], today: datetime) -> None:
        self._company = company
        self._calendar = calendar
        self._customers = names
        self._today = today
        self._items = {
            record["Name"]: record
            for record in company.tables["Item"].records.values()
            if "UnitPrice" in record
        }

    def overdue(self) -> None:
        """Two invoices that nobody paid in time."""
        self._invoice("José Ibáñez", ("Design", "3.5"))
        self._invoice("Carlos Mendes", ("Weekly gardening", "4"), ("Fountain pump", "2"))

    def paid(self) -> None:
        """Three invoices paid in full, by three payments."""
        for name in ("Amelia's Aviary", "Bea Thornton", "Façade Études"):
            invoice = self._invoice(name, ("Rock fountain", "1"), ("Weekly gardening", "2"))
            self._pay(invoice, invoice["TotalAmt"])

    def part_paid(self) -> None:
        """An invoice paid in part, twice; it is overdue by now."""
        first = self._invoice("Dara Okonkwo", ("Design", "10"))
        self._pay(first, Decimal(300))
        self._pay(first, Decimal("150.50"))

    def receipts(self) -> None:
        """Three sales paid at once."""
        for name, item in (
            ("Farah Aziz", "Rock fountain"),
            ("Hiro Tanaka", "Design"),
            ("Mei Chen", "Fountain pump"),
        ):
            self._calendar.pass_days(3)
            self._company.create(
                "SalesReceipt", {**self._document(name, ((item, "2"),)), "PaymentMethodRef": {"value": "3"}}
            )

    def voided(self) -> None:
        """An invoice that was written by mistake."""
        invoice = self._invoice("Gwen Pritchard", ("Design", "1"))
        self._company.void("Invoice", {"Id": invoice["Id"], "SyncToken": invoice["SyncToken"]})

    def credit(self) -> None:
        """Something was given back, and its worth is still the customer's."""
        self._calendar.pass_days(1)
        self._company.create("CreditMemo", self._document("Imani Brooks", (("Weekly gardening", "1"),)))

    def abroad(self) -> None:
        """A sale in each foreign currency: one paid when the money was worth a little more, one still open."""
        sales = [self._invoice(name, ("Design", "4"), ("Rock fountain", "2")) for name, _ in people.ABROAD]
        self._calendar.pass_days(4)
        better = sales[0]["ExchangeRate"] + Decimal("0.01")
        pay(self._company, sales[0], sales[0]["TotalAmt"], ExchangeRate=better)

    def open(self) -> None:
        """A fresh invoice paid in part and two that are just open."""
        self._go_to(12)
        self._pay(self._invoice("Elias Vogel", ("Weekly gardening", "12")), Decimal(100))
        self._go_to(3)
        self._invoice("Harbour Lights Café", ("Design", "6"))
        self._invoice("O'Brien & Söhne GmbH", ("Rock fountain", "3"), ("Design", "1.5"))

    def _go_to(self, days_ago: float) -> None:
        gap = self._today - timedelta(days=days_ago) - self._calendar.now()
        self._calendar.pass_days(max(gap / timedelta(days=1), 0))

    def _invoice(self, customer: str, *sold: tuple[str, str]) -> Record:
        self._calendar.pass_days(0.9)
        return self._company.create("Invoice", self._document(customer, sold))

    def _document(self, customer: str, sold: tuple[tuple[str, str], ...]) -> Record:
        address = self._company.read("Customer", self._customers[customer]).get("PrimaryEmailAddr")
        document: Record = {
            "CustomerRef": {"value": self._customers[customer]},
            "TxnDate": times.server_day(self._calendar.now()).isoformat(),
            "Line": [line(self._company, self._items[name], Decimal(quantity)) for name, quantity in sold],
        }
        return {**document, "BillEmail": address} if address else document

    def _pay(self, invoice: Record, amount: Decimal) -> None:
        self._calendar.pass_days(4)
        pay(self._company, invoice, amount)


def line(company: Company, item: Record, quantity: Decimal) -> Record:
    """A line that sells a quantity of an item at its price, taxed as the company's kind does it."""
    detail: Record = {"ItemRef": {"value": item["Id"]}, "UnitPrice": item["UnitPrice"], "Qty": quantity}
    if company.kind.american:
        detail["TaxCodeRef"] = {"value": "TAX" if item["Taxable"] else "NON"}
    else:
        detail["TaxCodeRef"] = {"value": company.default_tax_code}
    return {
        "Description": item.get("Description", item["Name"]),
        "Amount": item["UnitPrice"] * quantity,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": detail,
    }


def pay(company: Company, invoice: Record, amount: Decimal, **members: Any) -> Record:
    """Receive a payment by cheque for an invoice, today."""
    link = {"TxnId": invoice["Id"], "TxnType": "Invoice"}
    return company.create(
        "Payment",
        {
            "CustomerRef": invoice["CustomerRef"],
            "TotalAmt": amount,
            "TxnDate": times.server_day(company.now()).isoformat(),
            "PaymentMethodRef": {"value": "2"},
            "Line": [{"Amount": amount, "LinkedTxn": [link]}],
            **members,
        },
    )
