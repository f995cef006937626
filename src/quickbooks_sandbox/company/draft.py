"""One write in the making: changes are collected, and either all of them become true or none (a refusal drops the draft).

A draft also does what every write has in common: SyncToken and MetaData, customers' balances, the name space, the
change feed and the events that webhooks announce.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from quickbooks_sandbox.company import amounts, events, ledger, stock, times
from quickbooks_sandbox.company.tables import key_of

if TYPE_CHECKING:
    from quickbooks_sandbox.company.company import Company

Record = dict[str, Any]
_BOOKKEEPING = frozenset({"SyncToken", "MetaData"})
_OF_WORTH = ("ARAccountRef", "ExchangeRate", "TotalAmt", "Deposit", "Balance", "LinkedTxn")
"""What decides where and, in a foreign currency, at which worth a document's payments settle it."""


@dataclass(slots=True)
class Change:
    """One object before and after; ``quiet`` leaves the SyncToken alone, as balances do (reference 17, no. 16)."""

    entity: str
    before: Record | None
    after: Record | None
    verb: str
    quiet: bool = False
    merged_away: str | None = None

    @property
    def is_nothing(self) -> bool:
        """Whether a stored object would be stored unchanged (reference 5.3: such an update keeps the token)."""
        if self.before is None or self.after is None:
            return False
        return _content(self.before) == _content(self.after)


def _content(record: Record) -> Record:
    return {name: value for name, value in record.items() if name not in _BOOKKEEPING}


class Draft:
    """The changes of one request against a company's books."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self._changes: dict[tuple[str, str], Change] = {}

    def find(self, entity: str, key: str) -> Record | None:
        """The object as this draft sees it, None when there is none (or this draft deletes it)."""
        change = self._changes.get((entity, key))
        if change is not None:
            return change.after
        return self.company.tables[entity].records.get(key)

    def put(
        self,
        entity: str,
        record: Record,
        verb: str = events.UPDATED,
        *,
        quiet: bool = False,
        merged_away: str | None = None,
    ) -> None:
        """Plan to store ``record``; a second plan for the same object replaces the first but keeps its verb."""
        key = (entity, key_of(record))
        earlier = self._changes.get(key)
        if earlier is not None:
            earlier.after = record
            earlier.quiet = earlier.quiet and quiet
            return
        before = self.company.tables[entity].records.get(key[1])
        self._changes[key] = Change(entity, before, record, verb, quiet, merged_away)

    def remove(self, entity: str, key: str) -> None:
        """Plan to delete a transaction."""
        before = self.company.tables[entity].records.get(key)
        self._changes[entity, key] = Change(entity, before, None, events.DELETED)

    def commit(self) -> None:
        """Make the plan true."""
        self._settle_moved_customers()
        self._settle_customers()
        self._settle_stock()
        now = self.company.now()
        stamp = times.stamp(now)
        real = [(key, change) for (_, key), change in self._changes.items() if not change.is_nothing]
        for key, change in real:
            self._store(key, change, now.timestamp(), stamp)
        for key, change in real:
            self._post(key, change, stamp[:10])
        self._repost_payments()
        for key, change in real:
            self.company.announce(change.entity, key, change.verb, change.merged_away, quiet=change.quiet)

    def _store(self, key: str, change: Change, when: float, stamp: str) -> None:
        company = self.company
        table = company.tables[change.entity]
        company.release_name(change.entity, change.before)
        if change.after is None:
            table.remove(key, when, stamp)
        else:
            table.put(_stamped(change, stamp), when)
            self.company.claim_name(change.entity, table.records[key])

    def _post(self, key: str, change: Change, day: str) -> None:
        """Write what a stored change posts; all records are as they will be, so that entries can look at each other's."""
        journal, stored = self.company.journal, self.company.tables[change.entity].records.get(key)
        if not ledger.posts_alike(change.before, change.after):
            journal.post(change.entity, key, stored)
        if change.entity == "Account" and change.before is not None and stored is not None:
            journal.follow(change.before, stored)
        if change.entity == "Item" and not change.quiet:
            self._restock(change, day)

    def _repost_payments(self) -> None:
        """Post the payments of documents that are worth another amount now, or stand on another receivable account."""
        for change in self._changes.values():
            before, after = change.before, change.after
            if change.entity not in ("Invoice", "CreditMemo") or before is None or after is None:
                continue
            told = _OF_WORTH if "ExchangeRate" in after else _OF_WORTH[:1]
            if all(before.get(name) == after.get(name) for name in told):
                continue
            for link in after.get("LinkedTxn", []):
                if link["TxnType"] == "Payment":
                    payment = self.company.tables["Payment"].records[link["TxnId"]]
                    self.company.journal.post("Payment", link["TxnId"], payment)

    def _settle_moved_customers(self) -> None:
        """Carry what a customer with its jobs owes from the customers it stood below to those it stands below now."""
        table = self.company.tables["Customer"].records
        moved = [
            (change.before, change.after)
            for change in self._changes.values()
            if change.entity == "Customer" and change.before is not None and change.after is not None
        ]
        for before, after in moved:
            owed = before["BalanceWithJobs"]
            if not owed or _parent(before) == _parent(after):
                continue
            for start, sign, look_up in ((before, -1, table.get), (after, 1, self._customer)):
                above = look_up(_parent(start))
                while above is not None:
                    current = self._customer(above["Id"]) or above
                    total = amounts.money(current["BalanceWithJobs"] + sign * owed)
                    self.put("Customer", {**current, "BalanceWithJobs": total}, quiet=True)
                    above = look_up(_parent(above))

    def _customer(self, key: str) -> Record | None:
        return self.find("Customer", key)

    def _settle_customers(self) -> None:
        """Carry what customers owe over to their balances and to those of the customers above them."""
        differences: dict[str, Decimal] = {}
        for change in self._changes.values():
            for record, sign in ((change.before, -1), (change.after, 1)):
                owner, owed = _owed(change.entity, record)
                if owner is not None and owed:
                    differences[owner] = differences.get(owner, amounts.ZERO) + sign * owed
        for owner, difference in differences.items():
            if difference:
                self._add_to_balance(owner, difference)

    def _settle_stock(self) -> None:
        """Carry what is sold and returned over to the quantities of inventory items."""
        differences: dict[str, Decimal] = {}
        for change in self._changes.values():
            for record, sign in ((change.before, -1), (change.after, 1)):
                for item, quantity in stock.moved(change.entity, record).items():
                    differences[item] = differences.get(item, amounts.ZERO) + sign * quantity
        for item, difference in differences.items():
            record = self.find("Item", item)
            if difference and record is not None and record["Type"] == "Inventory":
                quantity = amounts.shortest(record["QtyOnHand"] + difference)
                self.put("Item", {**record, "QtyOnHand": quantity}, quiet=True)

    def _restock(self, change: Change, day: str) -> None:
        """Post what a person or caller says is in stock, at the beginning or by correction."""
        before, after = (
            (record or {}).get("QtyOnHand", amounts.ZERO) for record in (change.before, change.after)
        )
        if change.after is not None and before != after:
            since = day if change.before is not None else change.after.get("InvStartDate", day)
            self.company.journal.restock(change.after, after - before, since)

    def _add_to_balance(self, owner: str, difference: Decimal) -> None:
        members: tuple[str, ...] = ("Balance", "BalanceWithJobs")
        above: str | None = owner
        while above is not None:
            customer = self.find("Customer", above)
            if customer is None:
                return
            changed = dict(customer)
            for member in members:
                changed[member] = amounts.money(changed.get(member, amounts.ZERO) + difference)
            self.put("Customer", changed, quiet=True)
            members = ("BalanceWithJobs",)
            above = customer.get("ParentRef", {}).get("value")


def _parent(customer: Record) -> str:
    return str(customer.get("ParentRef", {}).get("value", ""))


def _owed(entity: str, record: Record | None) -> tuple[str | None, Decimal]:
    """Whom a transaction burdens and with how much: open invoices count for, credits against (20.3)."""
    if record is None or entity not in ("Invoice", "Payment", "CreditMemo"):
        return None, amounts.ZERO
    owner: str = record["CustomerRef"]["value"]
    if entity == "Invoice":
        return owner, record["Balance"]
    return owner, -record["UnappliedAmt" if entity == "Payment" else "Balance"]


def _stamped(change: Change, stamp: str) -> Record:
    record = dict(change.after or {})
    if change.before is None:
        record["SyncToken"] = "0"
        record["MetaData"] = {"CreateTime": stamp, "LastUpdatedTime": stamp}
        return record
    raised = 0 if change.quiet else 1
    record["SyncToken"] = str(int(change.before["SyncToken"]) + raised)
    record["MetaData"] = {**change.before["MetaData"], "LastUpdatedTime": stamp}
    return record
