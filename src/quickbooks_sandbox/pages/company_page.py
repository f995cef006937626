"""The company at a glance: customers, invoices, receipts and payments with their totals. Read only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from quickbooks_sandbox.company import amounts, documents, times
from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.oauth.grants import Grants
from quickbooks_sandbox.pages.rendering import Pages

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Section:
    """One table of the page; ``sums`` are its columns of money."""

    key: str
    title: str
    columns: tuple[str, ...]
    sums: tuple[str, ...]
    rows: list[Record]

    def total(self, column: str) -> Decimal:
        """The sum of a column."""
        return amounts.total(row[column] for row in self.rows)


class CompanyPage:
    """``/`` for the only company or the first one, ``/companies/{realm}`` for each."""

    def __init__(self, companies: Mapping[str, Company], grants: Grants, pages: Pages) -> None:
        self._companies = companies
        self._grants = grants
        self._pages = pages

    def routes(self) -> list[Route]:
        """The page's addresses."""
        return [Route("/", self._show), Route("/companies/{realm}", self._show)]

    async def _show(self, request: Request) -> Response:
        realm = request.path_params.get("realm") or next(iter(self._companies), "")
        company = self._companies.get(realm)
        if company is None:
            return self._pages.show("refused.html", {"reason": "There is no such company here."}, 404)
        shown = {
            "company": company,
            "info": company.read("CompanyInfo", "1"),
            "connected": self._grants.connected(realm),
            "sections": [_customers(company), _invoices(company), _receipts(company), _payments(company)],
        }
        return self._pages.show("company.html", shown)


def state_of(company: Company, invoice: Record) -> str:
    """Voided, Paid, Overdue, Part paid or Open: derived, as there is no such member (reference 14.6)."""
    if documents.is_voided(invoice):
        return "Voided"
    if not invoice["Balance"]:
        return "Paid"
    if invoice["DueDate"] < times.server_day(company.now()).isoformat():
        return "Overdue"
    return "Part paid" if invoice["Balance"] < invoice["TotalAmt"] else "Open"


def _customers(company: Company) -> Section:
    rows = [
        {
            "Id": record["Id"],
            "Name": record["FullyQualifiedName"],
            "E-mail": record.get("PrimaryEmailAddr", {}).get("Address", ""),
            "Active": "yes" if record["Active"] else "no",
            "Balance": record["Balance"],
        }
        for record in company.tables["Customer"].by_name()
    ]
    return Section(
        "customers", "Customers", ("Id", "Name", "E-mail", "Active", "Balance"), ("Balance",), rows
    )


def _latest(company: Company, entity: str) -> list[Record]:
    records = company.tables[entity].records.values()
    return sorted(records, key=lambda record: (record["TxnDate"], int(record["Id"])), reverse=True)


def _sale(record: Record) -> Record:
    return {
        "Id": record["Id"],
        "Number": record.get("DocNumber", ""),
        "Date": record["TxnDate"],
        "Customer": record.get("CustomerRef", {}).get("name", ""),
        "Tax": record["TxnTaxDetail"]["TotalTax"],
        "Total": record["TotalAmt"],
    }


def _invoices(company: Company) -> Section:
    rows = [
        {
            **_sale(record),
            "Due": record["DueDate"],
            "State": state_of(company, record),
            "Balance": record["Balance"],
        }
        for record in _latest(company, "Invoice")
    ]
    columns = ("Id", "Number", "Date", "Due", "Customer", "State", "Tax", "Total", "Balance")
    return Section("invoices", "Invoices", columns, ("Tax", "Total", "Balance"), rows)


def _receipts(company: Company) -> Section:
    rows = [
        {**_sale(record), "Into": record["DepositToAccountRef"].get("name", "")}
        for record in _latest(company, "SalesReceipt")
    ]
    columns = ("Id", "Number", "Date", "Customer", "Into", "Tax", "Total")
    return Section("receipts", "Sales receipts", columns, ("Tax", "Total"), rows)


def _payments(company: Company) -> Section:
    rows = [
        {
            "Id": record["Id"],
            "Date": record["TxnDate"],
            "Customer": record["CustomerRef"]["name"],
            "Reference": record.get("PaymentRefNum", ""),
            "On invoices": ", ".join(line["LinkedTxn"][0]["TxnId"] for line in record["Line"]),
            "Total": record["TotalAmt"],
            "Unapplied": record["UnappliedAmt"],
        }
        for record in _latest(company, "Payment")
    ]
    columns = ("Id", "Date", "Customer", "Reference", "On invoices", "Total", "Unapplied")
    return Section("payments", "Payments", columns, ("Total", "Unapplied"), rows)
