"""Double entry behind the documents: what each of them posts to which account.

Nothing here changes or keeps anything; ``journal`` keeps the entries. Debits are positive, credits negative, and the
postings of one document come to nothing. Amounts are in the home currency; a posting in a foreign currency also says how
much it is there. Invoices, credit memos and payments move receivables by exactly what they add to or take from the
balances of customers (reference 16, 20.3); a payment of an invoice written at another rate leaves a gain or a loss.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from quickbooks_sandbox.company import amounts
from quickbooks_sandbox.company.line_items import item_lines

Record = dict[str, Any]
ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Posting:
    """One line of an entry; ``foreign`` is the amount in the document's own currency."""

    account: str
    amount: Decimal
    foreign: Decimal


@dataclass(frozen=True, slots=True)
class Stock:
    """Where the goods of an inventory item stand, what they become when sold, and what one costs."""

    asset: str
    cost: str
    each: Decimal


@dataclass(frozen=True, slots=True)
class Linked:
    """What a payment or deposit asks of a document it links.

    ``open`` is what was open of it before this payment and after those linked earlier, in a foreign currency.
    """

    rate: Decimal
    receivable: str
    open: Decimal = amounts.ZERO


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts that no document names: where receivables, tax, discounts and exchange differences go.

    ``equity`` is what opening balances come from. ``income`` and ``stock`` tell of an item by its id, ``linked`` of a
    document by kind, id and the id of who links it.
    """

    receivable: str
    undeposited: str
    tax: str
    discount: str
    exchange: str
    equity: str
    income: Callable[[str], str]
    stock: Callable[[str], Stock | None]
    linked: Callable[[str, str, str], Linked]


def postings(entity: str, record: Record, accounts: Accounts) -> tuple[Posting, ...]:
    """What a document posts; nothing for one that moves no money, such as an estimate or a voided invoice."""
    post = _POSTED.get(entity)
    if post is None:
        return ()
    return _entry(post(record, accounts), None if entity in _SALES else accounts.exchange)


_Sums = list[tuple[str, Decimal, Decimal]]
"""(account, foreign amount, rate) in the order of the document."""


def _entry(parts: _Sums, exchange: str | None) -> tuple[Posting, ...]:
    """Add up per account and turn into home amounts.

    What rates leave goes to the exchange account; without one there is only the cent that rounding leaves, which the
    largest account but the first takes.
    """
    home: dict[str, Decimal] = {}
    foreign: dict[str, Decimal] = {}
    for account, amount, own_rate in parts:
        home[account] = home.get(account, amounts.ZERO) + amounts.money(amount * own_rate)
        foreign[account] = foreign.get(account, amounts.ZERO) + amount
    left = -amounts.total(home.values())
    if left:
        taker = exchange or max(list(home)[1:] or home, key=lambda account: abs(home[account]))
        home[taker] = home.get(taker, amounts.ZERO) + left
        foreign.setdefault(taker, amounts.ZERO)
    return tuple(
        Posting(account, amount, foreign[account])
        for account, amount in home.items()
        if amount or foreign[account]
    )


def _sale(record: Record, accounts: Accounts, sign: int) -> _Sums:
    """What was sold, given away and taxed, as credits for a sale (``sign`` 1) and debits for its return (-1)."""
    rate: Decimal = record.get("ExchangeRate", ONE)
    parts: _Sums = []
    for line in item_lines(record["Line"]):
        income = accounts.income(line["SalesItemLineDetail"]["ItemRef"]["value"])
        parts.append((income, -line["Amount"] * sign, rate))
        parts += _goods(line["SalesItemLineDetail"], accounts, sign)
    for line in record["Line"]:
        if line["DetailType"] == "DiscountLineDetail":
            detail = line["DiscountLineDetail"]
            amount = line["Amount"] * sign
            parts.append((detail.get("DiscountAccountRef", {}).get("value", accounts.discount), amount, rate))
    parts.append((accounts.tax, -record["TxnTaxDetail"]["TotalTax"] * sign, rate))
    return parts


def _goods(detail: Record, accounts: Accounts, sign: int) -> _Sums:
    """The cost of goods that leave the stock, in the home currency as they were bought."""
    stock = accounts.stock(detail["ItemRef"]["value"])
    if stock is None:
        return []
    cost = amounts.money(stock.each * detail.get("Qty", amounts.ZERO)) * sign
    return [(stock.cost, cost, ONE), (stock.asset, -cost, ONE)]


def stocked(stock: Stock, equity: str, quantity: Decimal) -> tuple[Posting, ...]:
    """What a quantity that is entered by hand posts: goods out of equity, at the beginning or by adjustment."""
    value = amounts.money(stock.each * quantity)
    return _entry([(stock.asset, value, ONE), (equity, -value, ONE)], equity)


def _invoice(record: Record, accounts: Accounts) -> _Sums:
    rate: Decimal = record.get("ExchangeRate", ONE)
    deposit = record.get("Deposit", amounts.ZERO)
    parts = [(accounts.receivable, record["TotalAmt"] - deposit, rate)]
    if deposit:
        parts.append((record["DepositToAccountRef"]["value"], deposit, rate))
    return [*parts, *_sale(record, accounts, 1)]


def _credit_memo(record: Record, accounts: Accounts) -> _Sums:
    rate: Decimal = record.get("ExchangeRate", ONE)
    return [(accounts.receivable, -record["TotalAmt"], rate), *_sale(record, accounts, -1)]


def _receipt(record: Record, accounts: Accounts) -> _Sums:
    rate: Decimal = record.get("ExchangeRate", ONE)
    return [
        (record["DepositToAccountRef"]["value"], record["TotalAmt"], rate),
        *_sale(record, accounts, 1),
    ]


def _refund(record: Record, accounts: Accounts) -> _Sums:
    rate: Decimal = record.get("ExchangeRate", ONE)
    return [
        (record["DepositToAccountRef"]["value"], -record["TotalAmt"], rate),
        *_sale(record, accounts, -1),
    ]


def _payment(record: Record, accounts: Accounts) -> _Sums:
    """Money in; receivables go at the rates of the documents that are settled, unapplied money at the payment's.

    Of a document in a foreign currency goes what it was worth at home before less what the rest is worth, so that
    nothing is left of one that is settled in several parts.
    """
    rate: Decimal = record.get("ExchangeRate", ONE)
    parts: _Sums = [(record["DepositToAccountRef"]["value"], record["TotalAmt"], rate)]
    left: dict[tuple[str, str], Decimal] = {}
    for line in record["Line"]:
        link = line["LinkedTxn"][0]
        target = (link["TxnType"], link["TxnId"])
        sign = -1 if target[0] == "Invoice" else 1
        document = accounts.linked(*target, record["Id"])
        before = left.get(target, document.open)
        left[target] = before - line["Amount"]
        parts.append((document.receivable, before * sign, document.rate))
        parts.append((document.receivable, -left[target] * sign, document.rate))
    parts.append((accounts.receivable, -record["UnappliedAmt"], rate))
    return parts


def _deposit(record: Record, accounts: Accounts) -> _Sums:
    rate: Decimal = record.get("ExchangeRate", ONE)
    parts: _Sums = [(record["DepositToAccountRef"]["value"], record["TotalAmt"], rate)]
    back = record.get("CashBack")
    if back is not None:
        parts.append((back["AccountRef"]["value"], back["Amount"], rate))
    for line in record["Line"]:
        if "LinkedTxn" in line:
            link = line["LinkedTxn"][0]
            document = accounts.linked(link["TxnType"], link["TxnId"], record["Id"])
            parts.append((accounts.undeposited, -line["Amount"], document.rate))
        else:
            parts.append((line["DepositLineDetail"]["AccountRef"]["value"], -line["Amount"], rate))
    return parts


def _opening(record: Record, accounts: Accounts) -> _Sums:
    """The opening balance of an account, which comes out of equity, at the rate of its day in a foreign currency."""
    rate: Decimal = record.get("ExchangeRate", ONE)
    opening = record.get("OpeningBalance", amounts.ZERO)
    return [(record["Id"], opening, rate), (accounts.equity, -opening, rate)]


_POSTED: Mapping[str, Callable[[Record, Accounts], _Sums]] = {
    "Invoice": _invoice,
    "CreditMemo": _credit_memo,
    "SalesReceipt": _receipt,
    "RefundReceipt": _refund,
    "Payment": _payment,
    "Deposit": _deposit,
    "Account": _opening,
}
_SALES = frozenset({"Invoice", "CreditMemo", "SalesReceipt", "RefundReceipt"})
POSTED = frozenset(_POSTED)
"""The entities that post at all."""


_SAID = (
    *("TxnDate", "Line", "TotalAmt", "UnappliedAmt", "TxnTaxDetail", "Deposit", "DepositToAccountRef"),
    *("ARAccountRef", "CurrencyRef", "ExchangeRate", "CashBack", "OpeningBalance", "OpeningBalanceDate"),
)


def posts_alike(before: Record | None, after: Record | None) -> bool:
    """Whether two states of one object say the same to the books, so that its entry stays as it was written.

    A payment or a note touches an invoice without writing its entry anew at what its goods cost today.
    """
    if before is None or after is None:
        return False
    return all(before.get(member) == after.get(member) for member in _SAID)


def balance(entry: Iterable[Posting]) -> Decimal:
    """Debits less credits; 0 for a sound entry."""
    return amounts.total(posting.amount for posting in entry)
