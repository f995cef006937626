"""The company at a glance: what is owed and overdue, what came in, what happened last."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from quickbooks_sandbox.company import amounts, times
from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.pages.kinds import KINDS, UNPAID, Paper, linked, open_total, papers_of
from quickbooks_sandbox.pages.postings import moved
from quickbooks_sandbox.pages.site import Row, Sheet, Visit

Record = dict[str, Any]
LATEST, NEWEST = 12, 6
DAYS = 30


def rows() -> list[Row]:
    """The overview is the company's own address."""
    return [Row("", _overview)]


def _overview(visit: Visit) -> Sheet:
    company = visit.company
    invoices = papers_of(company, "Invoice")
    states = {state: [one for one in invoices if one.state == state] for state in (*UNPAID, "Paid", "Voided")}
    unpaid = [one for state in UNPAID for one in states[state]]
    since = (times.server_day(company.now()) - timedelta(days=DAYS)).isoformat()
    came_in = [
        one
        for entity in ("Payment", "SalesReceipt")
        for one in papers_of(company, entity)
        if one.day >= since
    ]
    loose = open_total([*papers_of(company, "Payment"), *papers_of(company, "CreditMemo")])
    money = {one["Id"] for one in company.tables["Account"].records.values() if _is_money(company, one)}
    tiles = [
        ("Open on invoices", "/invoices?state=Unpaid", open_total(unpaid)),
        ("Overdue", "/invoices?state=Overdue", open_total(states["Overdue"])),
        ("Not applied yet", "/payments?state=Unapplied", loose),
        (f"Came in, last {DAYS} days", "/payments", amounts.total(one.at_home for one in came_in)),
        (
            "In the bank and undeposited",
            "/accounts",
            amounts.total(amount for key, amount in moved(company).items() if key in money),
        ),
    ]
    return Sheet(
        "overview.html",
        {
            "here": "overview",
            "info": company.read("CompanyInfo", "1"),
            "tiles": tiles,
            "states": [(state, len(found), open_total(found)) for state, found in states.items()],
            "latest": _latest(company),
            "customers": _newest_customers(company),
            "counts": {name: len(table.records) for name, table in company.tables.items()},
        },
    )


def _is_money(company: Company, account: Record) -> bool:
    return company.undeposited_funds == account["Id"] or bool(account["AccountType"] == "Bank")


def _latest(company: Company) -> list[Paper]:
    """The documents that changed last, whoever changed them."""
    touched = [
        (when, entity, key)
        for entity in KINDS
        for key, when in list(company.tables[entity].touched.items())[-LATEST:]
    ]
    touched.sort(key=lambda one: one[0], reverse=True)
    found = [linked(company, entity, key) for _, entity, key in touched]
    return [one for one in found if one is not None][:LATEST]


def _newest_customers(company: Company) -> list[Record]:
    return list(company.tables["Customer"].records.values())[-NEWEST:][::-1]
