"""The double entry behind the documents, in words: accounts by name, debits and credits apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from quickbooks_sandbox.company import amounts
from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.company.journal import Entry
from quickbooks_sandbox.pages.kinds import Paper, linked


@dataclass(frozen=True, slots=True)
class Posted:
    """One posting: the account, and the amount on one of the two sides in the home currency."""

    account: str
    name: str
    debit: Decimal
    credit: Decimal


@dataclass(frozen=True, slots=True)
class Entered:
    """One entry; ``paper`` is the document behind it, None for an item or account that was opened with a balance."""

    entity: str
    key: str
    day: str
    paper: Paper | None
    posted: list[Posted]

    @property
    def debit(self) -> Decimal:
        """The sum of the debits."""
        return amounts.total(one.debit for one in self.posted)

    @property
    def credit(self) -> Decimal:
        """The sum of the credits, which is the same in a sound entry."""
        return amounts.total(one.credit for one in self.posted)


def entered(company: Company, entry: Entry) -> Entered:
    """An entry of the journal in words."""
    accounts = company.tables["Account"].records
    posted = [
        Posted(
            one.account,
            str(accounts.get(one.account, {}).get("FullyQualifiedName", f"Account {one.account}")),
            max(one.amount, amounts.ZERO),
            max(-one.amount, amounts.ZERO),
        )
        for one in entry.postings
    ]
    return Entered(entry.entity, entry.key, entry.day, linked(company, entry.entity, entry.key), posted)


def moved(company: Company) -> dict[str, Decimal]:
    """What all entries together come to by account, in the home currency; debits are positive."""
    found: dict[str, Decimal] = {}
    for entry in company.journal.entries.values():
        for posting in entry.postings:
            found[posting.account] = found.get(posting.account, amounts.ZERO) + posting.amount
    return found


def latest_first(entries: Iterable[Entry]) -> list[Entry]:
    """Entries by day, the latest first, and within a day the last written first."""
    found = list(entries)
    found.reverse()
    found.sort(key=lambda entry: entry.day, reverse=True)
    return found
