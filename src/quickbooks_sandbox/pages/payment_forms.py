"""The form on which a person receives a payment: first the customer, then the invoices it is for."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from quickbooks_sandbox.company import amounts
from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.pages.kinds import Paper, papers_of
from quickbooks_sandbox.pages.rendering import figure
from quickbooks_sandbox.pages.sale_forms import (
    CUSTOMERS_MAX,
    accounts,
    customers,
    methods,
    money_in,
    number,
    today,
)
from quickbooks_sandbox.pages.site import Go, Row, Sheet, Visit
from sandbox_kit.forms import Form

Record = dict[str, Any]


def rows() -> list[Row]:
    """The form of a new payment, and that which puts the rest of one on invoices."""
    return [Row("/payments/new", _new, _receive), Row("/payments/{id}/apply", _rest, _apply)]


def _new(visit: Visit) -> Sheet:
    company = visit.company
    invoice = company.tables["Invoice"].records.get(visit.query.text("invoice"))
    owner = invoice["CustomerRef"]["value"] if invoice is not None else ""
    chosen = visit.form.text("customer", visit.query.text("customer", owner))
    customer = company.tables["Customer"].records.get(chosen)
    view = {
        "here": "payments",
        "customers": customers(company, chosen),
        "more_customers": len(company.tables["Customer"].records) > CUSTOMERS_MAX,
        "chosen": chosen,
        "customer": customer,
        "invoices": open_invoices(company, customer) if customer is not None else [],
        "filled": {invoice["Id"]: figure(invoice["Balance"])} if invoice is not None else {},
        "today": today(company),
        "accounts": accounts(company),
        "methods": methods(company),
    }
    return Sheet("payment_form.html", view)


def open_invoices(company: Company, customer: Record) -> list[Paper]:
    """What a payment of a customer can be put on, the oldest first: own invoices and those of the nearest family."""
    records = company.tables["Customer"].records
    above = customer.get("ParentRef", {}).get("value")
    family = {customer["Id"], *([above] if above else [])}
    family |= {
        one["Id"] for one in records.values() if one.get("ParentRef", {}).get("value") == customer["Id"]
    }
    currency = customer["CurrencyRef"]["value"]
    found = [
        one
        for one in papers_of(company, "Invoice")
        if one.left and one.customer_key in family and one.currency == currency
    ]
    return found[::-1]


def _receive(visit: Visit) -> Go:
    form = visit.form
    customer = form.text("customer")
    if not customer:
        raise ValueError("Choose the customer who paid.")
    parts = applied(form)
    received = number(form.text("amount"))
    if received is None and not parts:
        raise ValueError("Say how much was received, or put amounts on the invoices that it is for.")
    body: Record = {
        "CustomerRef": {"value": customer},
        "TotalAmt": amounts.total(parts.values()) if received is None else received,
        "TxnDate": form.text("date"),
        "PrivateNote": form.text("memo"),
        "Line": _lines(parts),
        **money_in(form),
    }
    record = visit.write("Payment", body)
    return Go(f"{visit.home}/payments/{record['Id']}", "received")


def _rest(visit: Visit) -> Sheet:
    company, record = visit.company, visit.record("Payment")
    customer = company.read("Customer", record["CustomerRef"]["value"])
    found = [
        one for one in open_invoices(company, customer) if one.currency == record["CurrencyRef"]["value"]
    ]
    return Sheet(
        "payment_apply.html", {"here": "payments", "record": record, "invoices": found, "filled": {}}
    )


def _apply(visit: Visit) -> Go:
    """What is already applied stays; a second amount on the same invoice is added to the first."""
    record = visit.record("Payment")
    parts = applied(visit.form)
    if not parts:
        raise ValueError("Put an amount on one of the invoices.")
    lines = []
    for line in record["Line"]:
        link = line["LinkedTxn"][0]
        more = parts.pop(link["TxnId"], amounts.ZERO) if link["TxnType"] == "Invoice" else amounts.ZERO
        lines.append({"Amount": line["Amount"] + more, "LinkedTxn": [link]} if more else line)
    body: Record = {name: record[name] for name in ("Id", "CustomerRef", "TotalAmt")}
    body |= {"SyncToken": visit.form.text("token"), "sparse": True, "Line": [*lines, *_lines(parts)]}
    visit.write("Payment", body)
    return Go(f"{visit.home}/payments/{record['Id']}", "saved")


def _lines(parts: Mapping[str, Decimal]) -> list[Record]:
    return [
        {"Amount": amount, "LinkedTxn": [{"TxnId": key, "TxnType": "Invoice"}]}
        for key, amount in parts.items()
    ]


def applied(form: Form) -> dict[str, Decimal]:
    """The amounts put on invoices, by their ids. Raises ValueError with a sentence."""
    found = {}
    for name in form.fields:
        word, _, key = name.partition("apply_")
        amount = number(form.text(name)) if not word and key else None
        if amount:
            found[key] = amount
    return found
