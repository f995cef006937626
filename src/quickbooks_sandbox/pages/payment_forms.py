"""The form on which a person receives a payment: first the customer, then the invoices it is for."""

from __future__ import annotations

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
    """One form."""
    return [Row("/payments/new", _new, _receive)]


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
    lines = [
        {"Amount": amount, "LinkedTxn": [{"TxnId": key, "TxnType": "Invoice"}]}
        for key, amount in parts.items()
    ]
    received = number(form.text("amount"))
    if received is None and not lines:
        raise ValueError("Say how much was received, or put amounts on the invoices that it is for.")
    body: Record = {
        "CustomerRef": {"value": customer},
        "TotalAmt": amounts.total(parts.values()) if received is None else received,
        "TxnDate": form.text("date"),
        "PrivateNote": form.text("memo"),
        "Line": lines,
        **money_in(form),
    }
    record = visit.write("Payment", body)
    return Go(f"{visit.home}/payments/{record['Id']}", "received")


def applied(form: Form) -> dict[str, Decimal]:
    """The amounts put on invoices, by their ids. Raises ValueError with a sentence."""
    found = {}
    for name in form.fields:
        word, _, key = name.partition("apply_")
        amount = number(form.text(name)) if not word and key else None
        if amount:
            found[key] = amount
    return found
