"""What companies are filled with: the sample of every kind, and crowds of any size with books as sound as typed-in ones."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from quickbooks_sandbox.company import documents
from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.company.kinds import KINDS
from quickbooks_sandbox.company.seeds import crowd
from quickbooks_sandbox.pages.kinds import state_of
from quickbooks_sandbox.query import evaluation

from .books import check_books

Make = Callable[..., Company]
Record = dict[str, Any]


def rows(company: Company, entity: str) -> list[Record]:
    return list(company.tables[entity].records.values())


def names(company: Company, entity: str, member: str = "Name") -> set[str]:
    return {row[member] for row in rows(company, entity)}


@pytest.mark.parametrize("kind", KINDS)
def test_the_sample_has_the_accounts_and_lists_of_a_real_company(make_company: Make, kind: str) -> None:
    """Over twenty accounts, with the ones that an integration looks for by type or name."""
    company = make_company(kind, "sample")
    accounts = rows(company, "Account")
    kinds = [(one["AccountType"], one["AccountSubType"]) for one in accounts]

    assert len(accounts) > 20
    assert sum(1 for kind, _ in kinds if kind == "Bank") == 2
    assert {"Checking", "Services", "Travel", "Undeposited Funds", "Retained Earnings"} <= names(
        company, "Account"
    )
    for wanted in (
        ("Accounts Receivable", "AccountsReceivable"),
        ("Income", "SalesOfProductIncome"),
        ("Cost of Goods Sold", "SuppliesMaterialsCogs"),
        ("Other Current Asset", "Inventory"),
        ("Expense", "Travel"),
        ("Equity", "RetainedEarnings"),
    ):
        assert wanted in kinds
    assert any(one["Classification"] == "Liability" and "Tax" in one["AccountSubType"] for one in accounts)
    assert len(rows(company, "PaymentMethod")) >= 3 and len(rows(company, "Term")) >= 3
    if kind != "us-none":
        assert rows(company, "TaxCode") and rows(company, "TaxRate") and rows(company, "TaxAgency")


@pytest.mark.parametrize("kind", KINDS)
def test_the_sample_has_people_items_and_a_past(make_company: Make, kind: str) -> None:
    company = make_company(kind, "sample")
    customers = rows(company, "Customer")
    addresses = [one.get("PrimaryEmailAddr", {}).get("Address", "") for one in customers]
    invoices = rows(company, "Invoice")
    states = {state_of(company, "Invoice", one) for one in invoices}

    assert len(customers) >= 30
    assert int(customers[0]["Id"]) == 1
    assert any("," in address for address in addresses)
    assert any(address and addresses.count(address) == 2 for address in addresses)
    assert sum(1 for one in customers if not one["Active"]) == 1
    assert any("ParentRef" in one for one in customers)
    shown = "".join(one["DisplayName"] for one in customers)
    assert "'" in shown and not shown.isascii()
    assert rows(company, "Vendor") and rows(company, "Employee")
    assert {"Service", "NonInventory", "Inventory", "Group", "Category"} <= names(company, "Item", "Type")
    assert states >= {"Open", "Part paid", "Paid", "Overdue", "Voided"}
    assert len(rows(company, "Payment")) >= 5
    assert rows(company, "SalesReceipt")
    (memo,) = rows(company, "CreditMemo")
    assert memo["Balance"] > 0
    check_books(company)


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_company_has_lists_and_no_past(make_company: Make, kind: str) -> None:
    company = make_company(kind, "empty")

    assert len(rows(company, "Account")) > 20
    for entity in ("Customer", "Invoice", "Payment", "SalesReceipt", "CreditMemo"):
        assert rows(company, entity) == []
    check_books(company)


def typed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is repeated: every customer and document of a crowd is written as a caller would."""

    def customer(self: crowd._Crowd, index: int, body: Record) -> None:
        self._ids.append(self.company.create("Customer", body)["Id"])

    def invoice(self: crowd._Crowd, index: int, buyer: int) -> None:
        customer = self.company.tables["Customer"].records[self._ids[buyer]]
        self._write(customer, crowd.BASKETS[index % 4], crowd.STATES[index % 10])

    monkeypatch.setattr(crowd._Crowd, "customer", customer)
    monkeypatch.setattr(crowd._Crowd, "invoice", invoice)


@pytest.mark.parametrize("kind", KINDS)
def test_a_crowd_is_what_typing_it_in_would_give(
    make_company: Make, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Every record, every journal entry and every account's balance, but for when customers were last changed."""
    fast = make_company(kind, "large:45,130")
    with monkeypatch.context() as patched:
        typed_in(patched)
        slow = make_company(kind, "large:45,130")

    for entity in fast.tables:
        found, wanted = fast.tables[entity].records, slow.tables[entity].records
        assert list(found) == list(wanted), entity
        for key, record in wanted.items():
            later = {"MetaData": None} if entity == "Customer" else {}
            assert {**found[key], **later} == {**record, **later}, (entity, key)
    assert fast.journal.entries == slow.journal.entries
    assert fast.registers == slow.registers
    assert fast.sequences == slow.sequences


@pytest.mark.parametrize("kind", KINDS)
def test_a_crowd_is_a_company_like_any_other(make_company: Make, kind: str) -> None:
    """Found by query, changed, paid and voided; the books stay sound."""
    company = make_company(kind, "large:200,300")
    check_books(company)
    assert evaluation.answer(company, "select count(*) from Invoice") == {"totalCount": 300}
    states = {state_of(company, "Invoice", one) for one in rows(company, "Invoice")}
    assert states >= {"Open", "Part paid", "Paid", "Overdue"}
    open_ones = evaluation.answer(
        company, "select * from Invoice where Balance > '0' orderby TxnDate desc maxresults 2"
    )
    first, second = open_ones["Invoice"]

    changed = company.update(
        "Invoice",
        {"Id": first["Id"], "SyncToken": first["SyncToken"], "sparse": True, "PrivateNote": "Checked"},
    )
    paid = company.create(
        "Payment",
        {
            "CustomerRef": first["CustomerRef"],
            "TotalAmt": first["Balance"],
            "Line": [
                {"Amount": first["Balance"], "LinkedTxn": [{"TxnId": first["Id"], "TxnType": "Invoice"}]}
            ],
        },
    )
    company.void("Invoice", {"Id": second["Id"], "SyncToken": second["SyncToken"]})

    assert changed["TotalAmt"] == first["TotalAmt"]
    assert paid["UnappliedAmt"] == Decimal(0)
    assert company.read("Invoice", first["Id"])["Balance"] == 0
    assert documents.is_voided(company.read("Invoice", second["Id"]))
    check_books(company)


@pytest.mark.parametrize("seed", ["large:10", "large:10,", "large:a,b", "large:0,5", "customers:x", "huge"])
def test_a_seed_that_cannot_be_read_is_said(make_company: Make, seed: str) -> None:
    with pytest.raises(ValueError, match="seed"):
        make_company("us-ast", seed)


def test_rates_are_owed_to_their_own_authority(make_company: Make) -> None:
    """California and Arizona, Canada and Quebec (14.13 AgencyRef)."""
    for kind, other in (("us-ast", {"AZ State tax", "Tucson City"}), ("ca", {"QST (QC)"})):
        company = make_company(kind)
        owed = {one["Name"]: one["AgencyRef"]["value"] for one in rows(company, "TaxRate")}
        assert {name for name, agency in owed.items() if agency == "2"} == other
        assert set(owed.values()) <= {one["Id"] for one in rows(company, "TaxAgency")}


def test_every_american_company_knows_the_pseudo_codes(make_company: Make) -> None:
    """US queries on TaxCode return TAX, NON and CustomSalesTax first, with or without sales tax (15.1)."""
    for kind in ("us-ast", "us-manual", "us-none"):
        found = [one["Id"] for one in rows(make_company(kind), "TaxCode")]
        assert found[:3] == ["TAX", "NON", "CustomSalesTax"]
        assert (kind == "us-none") == (len(found) == 3)


def test_the_automated_engine_makes_its_own_codes(make_company: Make) -> None:
    """15.3: TaxCodeConfigType SYSTEM_GENERATED."""
    for kind, made in (("us-ast", {"SYSTEM_GENERATED"}), ("us-manual", {None}), ("gb", {None})):
        real = [one for one in rows(make_company(kind), "TaxCode") if "SyncToken" in one]
        assert {one.get("TaxCodeConfigType") for one in real} == made


def test_a_company_of_several_currencies_has_sales_in_them(make_company: Make) -> None:
    """One paid at a better rate, which leaves a gain, and one open in pounds; the euros stay on their own account."""
    company = make_company("eu-multicurrency", "sample")
    abroad = [one for one in rows(company, "Invoice") if one["CurrencyRef"]["value"] != "EUR"]
    assert {(one["CurrencyRef"]["value"], one["Balance"] > 0) for one in abroad} == {
        ("USD", False),
        ("GBP", True),
    }
    assert all(one["HomeTotalAmt"] != one["TotalAmt"] for one in abroad)
    gains = [
        posting.amount
        for entry in company.journal.entries.values()
        for posting in entry.postings
        if company.read("Account", posting.account)["Name"] == "Exchange Gain or Loss"
    ]
    assert min(gains) < 0


@pytest.mark.parametrize("kind", KINDS)
def test_customers_live_where_the_company_is(make_company: Make, kind: str) -> None:
    """Regions that the tax of the country knows; most of them the company's own."""
    for seed in ("sample", "large:12,0"):
        company = make_company(kind, seed)
        home = company.kind.region
        regions = [
            one["BillAddr"]["CountrySubDivisionCode"]
            for one in rows(company, "Customer")
            if "BillAddr" in one
        ]
        assert home in regions and len(set(regions)) > 1
