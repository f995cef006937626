"""Filling a new company: first the lists, then customers and a little history, spread over the last four months."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from quickbooks_sandbox.company import settings, times
from quickbooks_sandbox.company.entities import ENTITIES
from quickbooks_sandbox.company.kinds import TaxModel
from quickbooks_sandbox.company.seeds import chart, crowd, history

if TYPE_CHECKING:
    from quickbooks_sandbox.company.company import Company

Record = dict[str, Any]
DAYS_OF_HISTORY = 120
FIRST_NUMBER = 1000
SEEDS = "sample, empty, customers:N or large:N,M (N customers, M invoices)"
BUNDLE = "Fountain with design"
_COUNTED = re.compile(r"customers:(?P<alone>\d{1,7})|large:(?P<customers>\d{1,7}),(?P<invoices>\d{1,7})")


class Calendar:
    """The clock of the past that a seed is written by; it only moves when told."""

    def __init__(self, start: datetime) -> None:
        self.instant = start

    def now(self) -> datetime:
        """The instant of the history that is being written."""
        return self.instant

    def pass_days(self, days: float) -> None:
        """Go on in time."""
        self.instant += timedelta(days=days)


def sow(company: Company, seed: str) -> None:
    """Fill ``company`` with a seed.

    Raises:
        ValueError: an unknown seed.
    """
    counted = _counted(seed)
    clock = company.clock
    calendar = Calendar(clock.now() - timedelta(days=DAYS_OF_HISTORY))
    company.clock = calendar
    try:
        _lists(company)
        if counted is not None:
            crowd.sow(company, calendar, clock.now(), *counted)
        elif seed == "sample":
            history.sow(company, calendar, clock.now())
    finally:
        company.clock = clock


def _counted(seed: str) -> tuple[int, int] | None:
    """How many customers and invoices; None for a seed that tells a story."""
    found = _COUNTED.fullmatch(seed)
    if found is None:
        if seed not in ("sample", "empty"):
            raise ValueError(f"unknown seed {seed!r}; choose {SEEDS}")
        return None
    customers, invoices = int(found["alone"] or found["customers"]), int(found["invoices"] or 0)
    if invoices and not customers:
        raise ValueError(f"seed {seed!r}: invoices need at least one customer")
    return customers, invoices


def _lists(company: Company) -> None:
    kind = company.kind
    _settings(company)
    for name, account_type, sub_type in chart.ACCOUNTS:
        company.create("Account", {"Name": name, "AccountType": account_type, "AccountSubType": sub_type})
    accounts = {record["Name"]: record["Id"] for record in company.tables["Account"].records.values()}
    company.undeposited_funds = accounts["Undeposited Funds"]
    for name, method in chart.PAYMENT_METHODS:
        company.create("PaymentMethod", {"Name": name, "Type": method})
    for name, days in chart.TERMS:
        company.create("Term", {"Name": name, "DueDays": days})
    _tax(company)
    for body in _items(company, accounts):
        company.create(
            "Item", body if kind.american or body.get("Type") == "Category" else {**body, **_taxed(company)}
        )
    if company.seed != "empty":
        _bundle(company)
    company.sequences.skip_to("document numbers", FIRST_NUMBER)


def _bundle(company: Company) -> None:
    """A bundle, which only a person can make in QuickBooks (reference 14.4): written as one has made it."""
    items = {record["Name"]: record for record in company.tables["Item"].records.values()}
    parts = (("Rock fountain", 1), ("Design", 2))
    lines = [
        {
            "ItemRef": {"value": items[name]["Id"], "name": name, "type": items[name]["Type"]},
            "Qty": Decimal(quantity),
        }
        for name, quantity in parts
    ]
    bundle: Record = {
        "Name": BUNDLE,
        "Description": "A fountain with its design",
        "Active": True,
        "FullyQualifiedName": BUNDLE,
        "Taxable": items["Rock fountain"]["Taxable"],
        "Type": "Group",
        "PrintGroupedItems": True,
        "ItemGroupDetail": {"ItemGroupLine": lines},
        "domain": "QBO",
        "sparse": False,
        "Id": company.sequences.next(ENTITIES["Item"].sequence),
    }
    _put(company, "Item", bundle)
    company.claim_name("Item", bundle)


def _settings(company: Company) -> None:
    kind = company.kind
    accounts = [name for name, _, _ in chart.ACCOUNTS]
    company.default_tax_code = chart.DEFAULT_TAX_CODE[kind.country]
    company.default_item = "1"
    now = company.now()
    discount = str(accounts.index("Discounts given") + 1)
    terms = [name for name, _ in chart.TERMS]
    records = {
        "CompanyInfo": settings.company_info(kind, now),
        "Preferences": settings.preferences(
            kind, company.default_tax_code, discount, str(terms.index("Net 30") + 1), company.default_item
        ),
    }
    company.sequences.skip_to("addresses", 1)
    for entity, record in records.items():
        _put(company, entity, record)


def _put(company: Company, entity: str, record: Record) -> None:
    now = company.now()
    stamp = times.stamp(now)
    whole = {"SyncToken": "0", "MetaData": {"CreateTime": stamp, "LastUpdatedTime": stamp}, **record}
    company.tables[entity].put(whole, now.timestamp())


def _tax(company: Company) -> None:
    stamp = times.stamp(company.now())
    table = company.tables["TaxCode"]
    when = company.now().timestamp()
    american = company.kind.american
    if american:
        for name in ("TAX", "NON", "CustomSalesTax"):
            table.put(chart.pseudo_code(name, stamp), when)
    if company.kind.tax is TaxModel.NONE:
        return
    rates: dict[str, tuple[str, str]] = {}
    for key, name, parts in chart.tax_seed(company.kind):
        code = chart.tax_code(key, name, parts, stamp, group=american)
        if company.kind.tax is TaxModel.AUTOMATED:
            code["TaxCodeConfigType"] = "SYSTEM_GENERATED"
        table.put(code, when)
        rates.update({rate: (label, percent) for rate, label, percent in parts})
    for rate in sorted(rates, key=int):
        label, percent = rates[rate]
        _put(company, "TaxRate", _tax_rate(rate, label, percent, stamp, american=american))


def _tax_rate(key: str, name: str, percent: str, stamp: str, *, american: bool) -> Record:
    rate = Decimal(percent)
    return {
        "Name": name,
        "Description": "Sales Tax" if american else name,
        "Active": True,
        "RateValue": rate,
        "AgencyRef": {"value": chart.AGENCY_OF_RATE.get(name, "1")},
        "SpecialTaxType": "NONE" if rate or american else "ZERO_RATE",
        "DisplayType": "ReadOnly",
        "EffectiveTaxRate": [{"RateValue": rate, "EffectiveDate": stamp}],
        "domain": "QBO",
        "sparse": False,
        "Id": key,
    }


def _taxed(company: Company) -> Record:
    """What an item is taxed by outside the US, which bundles take over when they are expanded."""
    return {"SalesTaxCodeRef": {"value": company.default_tax_code}}


def _items(company: Company, accounts: dict[str, str]) -> list[Record]:
    services = {"value": accounts["Services"]}
    products = {"value": accounts["Sales of Product Income"]}
    costs = {"value": accounts["Cost of Goods Sold"]}
    taxed = company.kind.tax is not TaxModel.NONE
    bodies: list[Record] = [
        {"Name": "Services", "Type": "Service", "IncomeAccountRef": services},
        {"Name": "Hours", "Type": "Service", "IncomeAccountRef": services},
    ]
    if company.seed == "empty":
        return bodies
    bodies += [
        {
            "Name": "Design",
            "Type": "Service",
            "UnitPrice": 75,
            "Description": "Custom design",
            "IncomeAccountRef": {"value": accounts["Design income"]},
        },
        {
            "Name": "Weekly gardening",
            "Type": "Service",
            "UnitPrice": 45,
            "Description": "Weekly gardening service",
            "IncomeAccountRef": services,
        },
        {"Name": "Garden goods", "Type": "Category"},
        {
            "Name": "Fountain pump",
            "Type": "Inventory",
            "UnitPrice": Decimal("12.75"),
            "PurchaseCost": 10,
            "Taxable": taxed,
            "TrackQtyOnHand": True,
            "QtyOnHand": 25,
            "InvStartDate": times.server_day(company.now()).isoformat(),
            "IncomeAccountRef": products,
            "ExpenseAccountRef": costs,
            "AssetAccountRef": {"value": accounts["Inventory Asset"]},
            "Sku": "PUMP-12",
        },
        {
            "Name": "Rock fountain",
            "Type": "NonInventory",
            "UnitPrice": 275,
            "Taxable": taxed,
            "IncomeAccountRef": products,
            "Description": "Rock fountain",
        },
    ]
    return bodies
