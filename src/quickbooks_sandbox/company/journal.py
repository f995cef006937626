"""The company's journal: the entry of every document, and what each account comes to."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from quickbooks_sandbox.company import amounts, currencies, ledger
from quickbooks_sandbox.company.line_items import GRATUITY, SHIPPING

if TYPE_CHECKING:
    from quickbooks_sandbox.company.company import Company

Record = dict[str, Any]
RECEIVABLE, UNDEPOSITED = "AccountsReceivable", "UndepositedFunds"
EXCHANGE, EQUITY, DISCOUNT = "ExchangeGainorLoss", "OpeningBalanceEquity", "DiscountsRefundsGiven"
TAX = ("GlobalTaxPayable", "SalesTaxPayable")
_KEPT_ON = frozenset({"Asset", "Liability", "Equity"})
"""Classifications whose accounts show a balance; those of profit and loss show 0."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one document posted."""

    entity: str
    key: str
    day: str
    postings: tuple[ledger.Posting, ...]


class Journal:
    """All entries by entity and id, in the order in which the documents were first written."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self.entries: dict[tuple[str, str], Entry] = {}

    def post(self, entity: str, key: str, record: Record | None) -> None:
        """Replace the entry of a document, None for a deleted one, and carry the difference over to the accounts."""
        if entity not in ledger.POSTED:
            return
        before = self.entries.get((entity, key))
        after = self._entry(entity, key, record)
        if after is None or not after.postings:
            self.entries.pop((entity, key), None)
        else:
            self.entries[entity, key] = after
        if (before.postings if before else ()) == (after.postings if after else ()):
            return
        for posting in before.postings if before else ():
            self._carry(posting, -1)
        for posting in after.postings if after else ():
            self._carry(posting, 1)

    def repeat(self, entity: str, key: str, day: str, postings: tuple[ledger.Posting, ...]) -> None:
        """Enter a document that posts what another one did; the accounts are left to `carry`."""
        self.entries[entity, key] = Entry(entity, key, day, postings)

    def carry(self, postings: tuple[ledger.Posting, ...], times: int) -> None:
        """Carry the postings of so many repeated documents over to the accounts."""
        for one in postings:
            self._carry(ledger.Posting(one.account, one.amount * times, one.foreign * times), 1)

    def restock(self, item: Record, quantity: Decimal, day: str) -> None:
        """Add to the entry of an inventory item what a quantity entered by hand posts."""
        stock, equity = self._stock(item["Id"]), self.account(EQUITY)
        if stock is None or equity is None:
            return
        key = ("Item", item["Id"])
        before = self.entries[key].postings if key in self.entries else ()
        added = ledger.stocked(stock, equity, quantity)
        self.entries[key] = Entry(*key, day, (*before, *added))
        for posting in added:
            self._carry(posting, 1)

    def follow(self, before: Record, after: Record) -> None:
        """Let balances follow an account that was put below another one or that became one of another kind."""
        kept, keeps = (one["Classification"] in _KEPT_ON for one in (before, after))
        change = amounts.ZERO
        if kept != keeps:
            change = self._sum(after) - before["CurrentBalance"] if keeps else -before["CurrentBalance"]
        old, new = (one.get("ParentRef", {}).get("value") for one in (before, after))
        if old == new and not change:
            return
        together = before["CurrentBalanceWithSubAccounts"]
        self._lift(old, -together)
        self._lift(new, together + change)
        own = {"CurrentBalance": before["CurrentBalance"], "CurrentBalanceWithSubAccounts": together}
        table = self._company.tables["Account"].records
        table[after["Id"]] = {
            **after,
            **{member: amounts.money(amount + change) for member, amount in own.items()},
        }

    def _sum(self, account: Record) -> Decimal:
        at_home = account["CurrencyRef"]["value"] == self._company.kind.currency
        return amounts.total(
            posting.amount if at_home else posting.foreign
            for entry in self.entries.values()
            for posting in entry.postings
            if posting.account == account["Id"]
        )

    def _lift(self, above: str | None, amount: Decimal) -> None:
        """Add to what an account and those above it show with their sub-accounts."""
        table = self._company.tables["Account"].records
        while above is not None:
            account = table[above]
            total = amounts.money(account["CurrentBalanceWithSubAccounts"] + amount)
            table[above] = {**account, "CurrentBalanceWithSubAccounts": total}
            above = account.get("ParentRef", {}).get("value")

    def account(self, *sub_types: str, currency: str | None = None) -> str | None:
        """The first account of one of some sub-types, in a currency if that matters."""
        for record in self._company.tables["Account"].records.values():
            fits = currency is None or record["CurrencyRef"]["value"] == currency
            if record["AccountSubType"] in sub_types and fits:
                return str(record["Id"])
        return None

    def _entry(self, entity: str, key: str, record: Record | None) -> Entry | None:
        if record is None:
            return None
        day = (
            record.get("TxnDate") or record.get("OpeningBalanceDate") or record["MetaData"]["CreateTime"][:10]
        )
        if entity == "Account" and "OpeningBalance" in record:
            rate = currencies.rate_on(self._company, record["CurrencyRef"]["value"], day)
            record = {**record, "ExchangeRate": rate}
        postings = ledger.postings(entity, record, self._accounts(record))
        return Entry(entity, key, day, postings)

    def _accounts(self, record: Record) -> ledger.Accounts:
        equity = self.account(EQUITY) or ""
        return ledger.Accounts(
            receivable=self._receivable(record),
            undeposited=self._company.undeposited_funds,
            tax=self.account(*TAX) or equity,
            discount=self.account(DISCOUNT) or equity,
            exchange=self.account(EXCHANGE) or equity,
            equity=equity,
            income=self._income,
            stock=self._stock,
            linked=self._linked,
        )

    def _income(self, item: str) -> str:
        if item == SHIPPING:
            return str(self._company.preference("SalesFormsPrefs", "DefaultShippingAccount"))
        if item == GRATUITY:
            return self.account("Gratuity") or ""
        record = self._company.tables["Item"].records.get(item, {})
        own: str | None = record.get("IncomeAccountRef", {}).get("value")
        return own or self.account("ServiceFeeIncome", "SalesOfProductIncome") or self.account(EQUITY) or ""

    def _stock(self, item: str) -> ledger.Stock | None:
        record = self._company.tables["Item"].records.get(item, {})
        if record.get("Type") != "Inventory":
            return None
        return ledger.Stock(
            record["AssetAccountRef"]["value"], record["ExpenseAccountRef"]["value"], record["PurchaseCost"]
        )

    def _receivable(self, record: Record) -> str:
        named: str | None = record.get("ARAccountRef", {}).get("value")
        currency = record.get("CurrencyRef", {}).get("value")
        return named or self.account(RECEIVABLE, currency=currency) or self.account(EQUITY) or ""

    def _linked(self, entity: str, key: str, payer: str) -> ledger.Linked:
        record = self._company.tables[entity].records.get(key, {})
        rate = record.get("ExchangeRate", ledger.ONE)
        left = amounts.ZERO
        if rate != ledger.ONE:
            left = record["TotalAmt"] - record.get("Deposit", amounts.ZERO)
            for link in record.get("LinkedTxn", []):
                if link["TxnId"] == payer:
                    break
                left -= self._paid(link, entity, key)
        return ledger.Linked(rate, self._receivable(record), left)

    def _paid(self, link: Record, entity: str, key: str) -> Decimal:
        """What a linked payment settles of a document."""
        payment = self._company.tables["Payment"].records.get(link["TxnId"])
        if payment is None or link["TxnType"] != "Payment":
            return amounts.ZERO
        target = {"TxnId": key, "TxnType": entity}
        return amounts.total(line["Amount"] for line in payment["Line"] if line["LinkedTxn"][0] == target)

    def _carry(self, posting: ledger.Posting, sign: int) -> None:
        """Add a posting to an account and to those above it; their tokens and times stay (as customers' do)."""
        table = self._company.tables["Account"]
        account = table.records.get(posting.account)
        if account is None or account["Classification"] not in _KEPT_ON:
            return
        at_home = account["CurrencyRef"]["value"] == self._company.kind.currency
        amount = (posting.amount if at_home else posting.foreign) * sign
        balance = amounts.money(account["CurrentBalance"] + amount)
        table.records[posting.account] = {**account, "CurrentBalance": balance}
        self._lift(posting.account, amount)
