"""What must be true of a company's books at any moment: the invariants that tests check after whatever they did."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from quickbooks_sandbox.company import amounts, documents, ledger
from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.company.line_items import item_lines, special

Record = dict[str, Any]
SALES = ("Invoice", "SalesReceipt", "CreditMemo", "RefundReceipt", "Estimate")
OWED = (("Invoice", "Balance", 1), ("CreditMemo", "Balance", -1), ("Payment", "UnappliedAmt", -1))
"""What customers owe: the documents, the member that says how much of it is open, and its sign (20.3)."""


def rows(company: Company, entity: str) -> list[Record]:
    """All objects of an entity."""
    return list(company.tables[entity].records.values())


def by_name(company: Company, key: tuple[str, str]) -> dict[str, Decimal]:
    """What a document posted, in the home currency by the name of the account."""
    entry = company.journal.entries[key]
    return {company.read("Account", one.account)["Name"]: one.amount for one in entry.postings}


def account(company: Company, name: str) -> Record:
    """A reference to the account of a name."""
    return {"value": next(one["Id"] for one in rows(company, "Account") if one["Name"] == name)}


def check_books(company: Company) -> None:
    """Every invariant of the books."""
    check_journal(company)
    check_receivables(company)
    check_customers(company)
    check_links(company)
    for entity in SALES:
        for record in rows(company, entity):
            check_document(company, entity, record)


def sums(company: Company) -> dict[str, Decimal]:
    """What the journal's postings come to per account, in the account's own currency."""
    total: dict[str, Decimal] = defaultdict(Decimal)
    at_home = {
        one["Id"]: one["CurrencyRef"]["value"] == company.kind.currency for one in rows(company, "Account")
    }
    for entry in company.journal.entries.values():
        for posting in entry.postings:
            total[posting.account] += posting.amount if at_home[posting.account] else posting.foreign
    return total


def check_journal(company: Company) -> None:
    """Debits equal credits in every entry, and balances are what was posted, with sub-accounts."""
    exchange = {
        one["Id"] for one in rows(company, "Account") if one["AccountSubType"] == "ExchangeGainorLoss"
    }
    for entry in company.journal.entries.values():
        assert ledger.balance(entry.postings) == 0, entry
        gains = [posting for posting in entry.postings if posting.account in exchange]
        assert not gains or entry.entity in ("Payment", "Deposit"), entry
    total = sums(company)
    accounts = rows(company, "Account")
    together: dict[str, Decimal] = defaultdict(Decimal)
    for one in accounts:
        kept = one["Classification"] in ("Asset", "Liability", "Equity")
        assert one["CurrentBalance"] == (total[one["Id"]] if kept else 0), one["Name"]
        above: str | None = one["Id"]
        while above is not None:
            together[above] += one["CurrentBalance"]
            above = company.read("Account", above).get("ParentRef", {}).get("value")
    for one in accounts:
        assert one["CurrentBalanceWithSubAccounts"] == together[one["Id"]], one["Name"]


def check_receivables(company: Company) -> None:
    """Receivable accounts are what customers owe, which is what is open on documents, here and at home."""
    total = sums(company)
    receivable: dict[str, Decimal] = defaultdict(Decimal)
    ledgers = {
        one["Id"]: one for one in rows(company, "Account") if one["AccountType"] == "Accounts Receivable"
    }
    for key, one in ledgers.items():
        receivable[one["CurrencyRef"]["value"]] += total[key]
    owed: dict[str, Decimal] = defaultdict(Decimal)
    for customer in rows(company, "Customer"):
        owed[customer["CurrencyRef"]["value"]] += customer["Balance"]
    open_now: dict[str, Decimal] = defaultdict(Decimal)
    at_home = amounts.ZERO
    for entity, member, sign in OWED:
        for record in rows(company, entity):
            assert record[member] >= 0
            open_now[record["CurrencyRef"]["value"]] += sign * record[member]
            at_home += sign * amounts.money(record[member] * record.get("ExchangeRate", 1))
    for currency in {*receivable, *owed, *open_now}:
        assert receivable[currency] == owed[currency] == open_now[currency], currency
    posted = [
        posting.amount
        for entry in company.journal.entries.values()
        for posting in entry.postings
        if posting.account in ledgers
    ]
    assert amounts.total(posted) == at_home


def check_customers(company: Company) -> None:
    """Each customer's balance is what is open on its documents, with its jobs what all below it owe."""
    own: dict[str, Decimal] = defaultdict(Decimal)
    for entity, member, sign in OWED:
        for record in rows(company, entity):
            own[record["CustomerRef"]["value"]] += sign * record[member]
    together: dict[str, Decimal] = defaultdict(Decimal)
    for customer in rows(company, "Customer"):
        above: str | None = customer["Id"]
        while above is not None:
            together[above] += own[customer["Id"]]
            above = company.read("Customer", above).get("ParentRef", {}).get("value")
    for customer in rows(company, "Customer"):
        key = customer["Id"]
        assert customer["Balance"] == own[key], customer["DisplayName"]
        assert customer["BalanceWithJobs"] == together[key], customer["DisplayName"]


def check_links(company: Company) -> None:
    """Links are seen from both ends, and what payments put on a document is what is settled of it (16)."""
    settled: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    linked: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    for payment in rows(company, "Payment"):
        used = amounts.ZERO
        for line in payment["Line"]:
            (link,) = line["LinkedTxn"]
            target = (link["TxnType"], link["TxnId"])
            assert line["Amount"] > 0
            settled[target] += line["Amount"]
            linked[target].add(("Payment", payment["Id"]))
            used += line["Amount"] if target[0] == "Invoice" else -line["Amount"]
        assert payment["UnappliedAmt"] == payment["TotalAmt"] - used >= 0, payment
    for entity in ("Invoice", "CreditMemo", "Estimate"):
        for record in rows(company, entity):
            links = [(one["TxnType"], one["TxnId"]) for one in record.get("LinkedTxn", [])]
            assert len(links) == len(set(links)), record
            for kind, key in links:
                if kind != "Payment":
                    back = company.read(kind, key)["LinkedTxn"]
                    assert {"TxnId": record["Id"], "TxnType": entity} in back
            of_payments = {link for link in links if link[0] == "Payment"}
            assert of_payments == linked[entity, record["Id"]], record
            if entity != "Estimate":
                left = record["TotalAmt"] - record.get("Deposit", 0) - settled[entity, record["Id"]]
                assert record["Balance"] == left >= 0, record
                assert record.get("RemainingCredit", left) == left
    held = {
        (link["TxnType"], link["TxnId"]): deposit["Id"]
        for deposit in rows(company, "Deposit")
        for line in deposit["Line"]
        for link in line.get("LinkedTxn", [])
    }
    assert company.registers.deposited == held
    assert all(company.read(kind, key) for kind, key in held)


def check_document(company: Company, entity: str, record: Record) -> None:
    """The total is lines less discount and with tax, shown at home at the document's rate, and posted as it stands."""
    of_line: dict[str, Decimal] = defaultdict(Decimal)
    for line in record["Line"]:
        kind = "extra" if special(line) else line["DetailType"]
        of_line[kind] += line.get("Amount", 0)
    items = item_lines(record["Line"])
    sold = amounts.total(line["Amount"] for line in items if not special(line))
    assert of_line["SubTotalLineDetail"] == sold
    detail = record["TxnTaxDetail"]
    assert record["TotalAmt"] == (
        sold - of_line["DiscountLineDetail"] + of_line["extra"] + detail["TotalTax"]
    )
    if "TaxLine" in detail:
        assert detail["TotalTax"] == amounts.total(line["Amount"] for line in detail["TaxLine"])
    assert ("ExchangeRate" in record) == company.kind.multicurrency
    for member in ("TotalAmt", "Balance"):
        if company.kind.multicurrency and member in record:
            assert record[f"Home{member.removesuffix('Amt')}{'Amt' if member == 'TotalAmt' else ''}"] == (
                amounts.money(record[member] * record["ExchangeRate"])
            )
    if documents.is_voided(record):
        assert all(not line.get("Amount") for line in [*record["Line"], *items])
        assert not record.get("Balance") and not detail["TotalTax"] and not record.get("LinkedTxn")
        assert (entity, record["Id"]) not in company.journal.entries
