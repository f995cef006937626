"""Items, accounts with their balances and postings, and the whole journal."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from quickbooks_sandbox.company import amounts
from quickbooks_sandbox.pages.kinds import KINDS
from quickbooks_sandbox.pages.postings import Entered, entered, latest_first, moved
from quickbooks_sandbox.pages.site import Row, Sheet, Visit
from sandbox_kit.forms import paged

Record = dict[str, Any]
_ENTRIES_PER_PAGE = 20


def rows() -> list[Row]:
    """The pages of the books themselves, which are only looked at."""
    return [
        Row("/items", _items),
        Row("/accounts", _accounts),
        Row("/accounts/{id}", _account),
        Row("/journal", _journal),
    ]


def _items(visit: Visit) -> Sheet:
    wanted = visit.query.text("search").casefold()
    found = [
        record
        for record in visit.company.tables["Item"].by_name()
        if wanted in f"{record['FullyQualifiedName']} {record.get('Sku', '')}".casefold()
    ]
    page = paged(found, visit.query.text("page", "1"))
    return Sheet("items.html", {"here": "items", "page": page, "search": visit.query.text("search")})


def _accounts(visit: Visit) -> Sheet:
    """The chart of accounts; what profit and loss accounts come to is added up from the journal."""
    company = visit.company
    sums = moved(company)
    debit = amounts.total(max(amount, amounts.ZERO) for amount in sums.values())
    view = {
        "here": "accounts",
        "accounts": list(company.tables["Account"].records.values()),
        "moved": sums,
        "debit": debit,
        "credit": debit - amounts.total(sums.values()),
    }
    return Sheet("accounts.html", view)


@dataclass(frozen=True, slots=True)
class Movement:
    """What one entry did to an account, and what the account came to then; debits are positive."""

    entry: Entered
    amount: Decimal
    balance: Decimal


def _account(visit: Visit) -> Sheet:
    company, record = visit.company, visit.record("Account")
    balance = amounts.ZERO
    movements: list[Movement] = []
    for entry in reversed(latest_first(company.journal.entries.values())):
        amount = amounts.total(one.amount for one in entry.postings if one.account == record["Id"])
        if amount:
            balance += amount
            movements.append(Movement(entered(company, entry), amount, balance))
    page = paged(movements[::-1], visit.query.text("page", "1"))
    return Sheet("account.html", {"here": "accounts", "record": record, "page": page, "balance": balance})


def _journal(visit: Visit) -> Sheet:
    company = visit.company
    wanted = visit.query.text("entity")
    entries = [one for one in latest_first(company.journal.entries.values()) if wanted in ("", one.entity)]
    page = paged(entries, visit.query.text("page", "1"), _ENTRIES_PER_PAGE)
    amounts_of = [posting.amount for entry in entries for posting in entry.postings]
    view = {
        "here": "journal",
        "page": page,
        "entries": [entered(company, entry) for entry in page.rows],
        "kinds": [
            (one, KINDS[one].plural if one in KINDS else f"{one}s")
            for one in sorted({one.entity for one in company.journal.entries.values()})
        ],
        "wanted": wanted,
        "debit": amounts.total(amount for amount in amounts_of if amount > 0),
        "credit": -amounts.total(amount for amount in amounts_of if amount < 0),
    }
    return Sheet("journal.html", view)
