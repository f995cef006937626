"""A bookkeeper who does random, mostly sensible things to a company: every kind of write that moves the books."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from quickbooks_sandbox.company import mailing
from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.company.intake import Options
from quickbooks_sandbox.company.refusals import Refused

from .books import SALES, account, rows

Record = dict[str, Any]
Deed = Callable[[int, Decimal], None]
DEPOSITED = ("Payment", "SalesReceipt", "RefundReceipt")
DAYS = ("2026-02-10", "2026-03-01", "2026-03-04", "2026-03-20")


class Clerk:
    """Each deed takes a number, which picks what it is done to and how, and an amount. ``moved`` is stock by hand."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.foreign = "USD" if company.kind.multicurrency else company.kind.currency
        self._customer("A", company.kind.currency)
        self._customer("B", self.foreign)
        self.trade = company.create("Account", {"Name": "Trade", "AccountType": "Accounts Receivable"})["Id"]
        forms = {"AllowShipping": True}
        company.update("Preferences", {"Id": "1", "SyncToken": "0", "SalesFormsPrefs": forms})
        stock = {
            "Name": "Pump",
            "Type": "Inventory",
            "QtyOnHand": 5,
            "InvStartDate": "2026-01-01",
            "UnitPrice": Decimal("7.77"),
            "PurchaseCost": Decimal("3.33"),
            "IncomeAccountRef": account(company, "Sales of Product Income"),
            "ExpenseAccountRef": account(company, "Cost of Goods Sold"),
            "AssetAccountRef": account(company, "Inventory Asset"),
        }
        if not company.kind.american:
            stock["SalesTaxCodeRef"] = {"value": company.default_tax_code}
        self.pump = company.create("Item", stock)["Id"]
        self.package = self._package()
        self.moved = Decimal(5)

    def deeds(self) -> dict[str, Deed]:
        """All that can be done, by name."""
        names = [name for name in dir(self) if name.startswith("do_")]
        return {name.removeprefix("do_"): getattr(self, name) for name in names}

    def _package(self) -> str:
        """A bundle of two services and a pump, which only a person can make (14.4)."""
        service = self.company.read("Item", "1")
        parts = [{"ItemRef": {"value": key}, "Qty": Decimal(2)} for key in ("1", self.pump)]
        named = {"Id": "90", "Name": "Package", "FullyQualifiedName": "Package", "Type": "Group"}
        kept = {name: service[name] for name in ("SyncToken", "MetaData", "domain", "sparse", "Active")}
        bundle = {**kept, **named, "ItemGroupDetail": {"ItemGroupLine": parts}}
        self.company.tables["Item"].put(bundle, 0)
        return named["Id"]

    # picking

    def _customer(self, name: str, code: str, **members: Any) -> Record:
        body = {"DisplayName": name, "CurrencyRef": {"value": code}, "BillAddr": {"Line1": "1 Main St"}}
        return self.company.create("Customer", {**body, **members})

    def _pick(self, entity: str, number: int) -> Record:
        found = rows(self.company, entity)
        if not found:
            raise Refused
        return found[number % len(found)]

    def _some(self, number: int) -> tuple[str, Record]:
        """Any sale, payment or deposit."""
        entities = [one for one in (*SALES, "Payment", "Deposit") if self.company.tables[one].records]
        if not entities:
            raise Refused
        entity = entities[number % len(entities)]
        return entity, self._pick(entity, number // len(entities))

    def _change(self, entity: str, record: Record, **members: Any) -> Record:
        identity = {"Id": record["Id"], "SyncToken": record["SyncToken"], "sparse": True}
        if entity == "Payment":
            identity |= {"CustomerRef": record["CustomerRef"], "TotalAmt": record["TotalAmt"]}
        return self.company.update(entity, {**identity, **members})

    # documents

    def _code(self, number: int) -> str:
        if self.company.kind.american:
            return ("TAX", "NON")[number % 2]
        codes = list(self.company.tables["TaxCode"].records)
        return codes[number % len(codes)]

    def _lines(self, number: int, amount: Decimal) -> list[Record]:
        def sold(value: Decimal, code: int, item: str = "1", **detail: Any) -> Record:
            inner = {"ItemRef": {"value": item}, "TaxCodeRef": {"value": self._code(code)}, **detail}
            return {"Amount": value, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": inner}

        lines = [sold(amount, number)]
        if number % 3 == 0:
            lines.append(sold(amount / 3, number // 2))
        if number % 4 == 1:
            lines.append(sold(amount, number, self.pump, Qty=number % 7))
        if number % 5 == 2:
            lines.append(sold(-amount / 7, number + 1))
        if number % 6 == 3:
            lines.append({"Description": "Subtotal:", "DetailType": "DescriptionOnly"})
        if number % 7 == 4:
            lines.append(sold(amount / 9, number, "SHIPPING_ITEM_ID"))
        if number % 8 == 5:
            lines.append(sold(amount / 10, number, "GRATUITY_ITEM_ID"))
        if number % 10 == 6:
            bundle = {"GroupItemRef": {"value": self.package}, "Quantity": number % 3}
            lines.append({"DetailType": "GroupLineDetail", "GroupLineDetail": bundle})
        if number % 9 in (0, 4):
            detail = {"PercentBased": True, "DiscountPercent": number % 23}
            lines.append({"DetailType": "DiscountLineDetail", "DiscountLineDetail": detail})
        return lines

    def _sale(self, number: int, amount: Decimal) -> Record:
        body: Record = {
            "CustomerRef": {"value": self._pick("Customer", number)["Id"]},
            "Line": self._lines(number, amount),
            "TxnDate": DAYS[number % len(DAYS)],
            "ApplyTaxAfterDiscount": number % 2 == 0,
        }
        if number % 11 == 0:
            body["TxnTaxDetail"] = {"TotalTax": amount / 13}
        if number % 10 == 3 and not self.company.kind.american:
            body["GlobalTaxCalculation"] = ("TaxInclusive", "NotApplicable")[number % 2]
        if number % 13 == 0:
            body["ExchangeRate"] = amount / 100
        return body

    def do_invoice(self, number: int, amount: Decimal) -> None:
        body = self._sale(number, amount)
        if number % 5 == 0:
            body["Deposit"] = amount / 4
        if number % 8 == 0:
            body["ARAccountRef"] = {"value": self.trade}
        self.company.create("Invoice", body)

    def do_estimate(self, number: int, amount: Decimal) -> None:
        estimate = self.company.create("Estimate", self._sale(number, amount))
        if number % 2:
            body = {**self._sale(number, amount), "CustomerRef": estimate["CustomerRef"]}
            link = [{"TxnId": estimate["Id"], "TxnType": "Estimate"}]
            self.company.create("Invoice", {**body, "LinkedTxn": link})

    def do_credit(self, number: int, amount: Decimal) -> None:
        self.company.create("CreditMemo", self._sale(number, amount))

    def do_receipt(self, number: int, amount: Decimal) -> None:
        self.company.create("SalesReceipt", self._sale(number, amount))

    def do_refund(self, number: int, amount: Decimal) -> None:
        source = {"value": self.company.undeposited_funds}
        self.company.create("RefundReceipt", {**self._sale(number, amount), "DepositToAccountRef": source})

    def do_rewrite(self, number: int, amount: Decimal) -> None:
        """Other lines for any sale, often for less than what is paid on it."""
        entity = SALES[number % len(SALES)]
        self._change(entity, self._pick(entity, number), Line=self._lines(number, amount))

    def do_annotate(self, number: int, amount: Decimal) -> None:
        entity, record = self._some(number)
        said: list[Record] = [
            {"PrivateNote": f"{amount}"},
            {"TxnDate": DAYS[number % len(DAYS)]},
            {"ExchangeRate": amount / 100},
            {"DepositToAccountRef": account(self.company, "Checking")},
            {"ARAccountRef": {"value": self.trade}},
            {"CustomerRef": {"value": self._pick("Customer", number)["Id"]}},
        ]
        self._change(entity, record, **said[number % len(said)])

    def do_echo(self, number: int, amount: Decimal) -> None:
        """The whole object as it stands, sent back, is no change at all (5.3) but for names that others have changed."""
        entity, record = self._some(number)
        after = self.company.update(entity, record)
        assert after == record or nameless(after) == nameless(record)

    def do_send(self, number: int, amount: Decimal) -> None:
        mailing.send(self.company, "Invoice", self._pick("Invoice", number)["Id"], "a@b.example")

    # payments

    def _payment_lines(self, number: int, amount: Decimal, *kinds: str) -> list[Record]:
        lines: list[Record] = []
        for place, kind in enumerate(kinds):
            found = rows(self.company, kind)
            target = found[(number + place) % len(found)] if found else None
            if target is not None and target["Balance"]:
                link = [{"TxnId": target["Id"], "TxnType": kind}]
                lines.append({"Amount": min(amount / 2, target["Balance"]), "LinkedTxn": link})
        return lines

    def do_pay(self, number: int, amount: Decimal) -> None:
        lines = self._payment_lines(number, amount, *["Invoice"] * (1 + number % 2))
        customer = lines and self.company.read("Invoice", lines[0]["LinkedTxn"][0]["TxnId"])["CustomerRef"]
        body = {"CustomerRef": customer or {"value": "1"}, "TotalAmt": amount, "Line": lines}
        rate = {"ExchangeRate": amount / 90} if number % 3 == 0 else {}
        self.company.create("Payment", {**body, **rate})

    def do_apply(self, number: int, amount: Decimal) -> None:
        """A credit memo that pays for an invoice, with money or without."""
        memo = self._pick("CreditMemo", number)
        mine = [one for one in rows(self.company, "Invoice") if one["CustomerRef"] == memo["CustomerRef"]]
        lines = [
            {"Amount": part, "LinkedTxn": [{"TxnId": record["Id"], "TxnType": kind}]}
            for kind, record in [("CreditMemo", memo), *(("Invoice", one) for one in mine[:1])]
            if (part := min(memo["Balance"], record["Balance"], amount))
        ]
        total = Decimal(0) if number % 2 else amount
        self.company.create("Payment", {"CustomerRef": memo["CustomerRef"], "TotalAmt": total, "Line": lines})

    def do_reapply(self, number: int, amount: Decimal) -> None:
        """A payment of another amount on other documents."""
        payment = self._pick("Payment", number)
        lines = [*payment["Line"][number % 2 :], *self._payment_lines(number, amount, "Invoice")]
        self._change("Payment", payment, TotalAmt=payment["TotalAmt"] + number % 5, Line=lines)

    def do_deposit(self, number: int, amount: Decimal) -> None:
        entity = DEPOSITED[number % 3]
        link = [{"TxnId": self._pick(entity, number)["Id"], "TxnType": entity}]
        direct = [
            {
                "Amount": value,
                "DetailType": "DepositLineDetail",
                "DepositLineDetail": {"AccountRef": account(self.company, name)},
            }
            for name, value in (("Merchant Fees", -amount / 50), ("Interest Earned", amount))
        ]
        body = {
            "DepositToAccountRef": account(self.company, "Checking"),
            "Line": [{"LinkedTxn": link}, *direct],
            "CurrencyRef": {"value": (self.company.kind.currency, self.foreign)[number % 2]},
        }
        back = {"CashBack": {"AccountRef": account(self.company, "Savings"), "Amount": amount / 60}}
        self.company.create("Deposit", {**body, **(back if number % 4 == 0 else {})})

    def do_take_off(self, number: int, amount: Decimal) -> None:
        """A line less on a deposit frees what it held."""
        deposit = self._pick("Deposit", number)
        self._change("Deposit", deposit, Line=deposit["Line"][1:])

    # endings

    def do_void(self, number: int, amount: Decimal) -> None:
        entity = ("Invoice", "Payment", "SalesReceipt")[number % 3]
        record = self._pick(entity, number)
        if entity == "Invoice":
            self.company.void(entity, record)
        else:
            self.company.update(entity, record, Options(void=True))

    def do_delete(self, number: int, amount: Decimal) -> None:
        entity, record = self._some(number)
        self.company.delete(entity, record)

    # customers, accounts, stock, rates, preferences

    def do_customer(self, number: int, amount: Decimal) -> None:
        """A new one: with an opening balance, or as a job of another one."""
        name = f"C{len(rows(self.company, 'Customer'))}"
        parent = self._pick("Customer", number)
        job = {"Job": True, "ParentRef": {"value": parent["Id"]}}
        opening = {"Balance": amount, "OpenBalanceDate": "2026-02-01"} if number % 3 == 0 else {}
        code = parent["CurrencyRef"]["value"]
        self._customer(name, code, **(job if number % 2 else {}), **opening)

    def do_move(self, number: int, amount: Decimal) -> None:
        customer, parent = self._pick("Customer", number), self._pick("Customer", number // 3)
        self._change("Customer", customer, Job=number % 4 != 0, ParentRef={"value": parent["Id"]})

    def do_merge(self, number: int, amount: Decimal) -> None:
        if number % 2 and len(rows(self.company, "Customer")) > 2:
            survivor, loser = self._pick("Customer", number // 2), self._pick("Customer", number // 3)
            self.company.merge(survivor["Id"], loser["Id"])

    def do_retire(self, number: int, amount: Decimal) -> None:
        customer = self._pick("Customer", number)
        self._change("Customer", customer, Active=not customer["Active"])

    def do_account(self, number: int, amount: Decimal) -> None:
        """A bank account with money in it, or one that is put below another one."""
        if number % 2:
            name = f"Bank {len(rows(self.company, 'Account'))}"
            self.company.create(
                "Account",
                {
                    "Name": name,
                    "AccountType": "Bank",
                    "OpeningBalance": amount,
                    "OpeningBalanceDate": "2026-01-01",
                },
            )
        else:
            banks = [one for one in rows(self.company, "Account") if one["AccountType"] == "Bank"]
            parent = {"value": banks[number // 2 % len(banks)]["Id"]} if number % 3 else None
            self._change("Account", banks[number % len(banks)], ParentRef=parent)

    def do_stock(self, number: int, amount: Decimal) -> None:
        """What is counted, or what a pump costs from now on."""
        item = self.company.read("Item", self.pump)
        if number % 2:
            self._change("Item", item, QtyOnHand=number)
            self.moved += number - item["QtyOnHand"]
        else:
            self._change("Item", item, PurchaseCost=amount)

    def do_rate(self, number: int, amount: Decimal) -> None:
        body = {"SourceCurrencyCode": "USD", "Rate": amount / 100, "AsOfDate": DAYS[number % len(DAYS)]}
        self.company.create("ExchangeRate", body)

    def do_prefer(self, number: int, amount: Decimal) -> None:
        """Closed or open books, own numbers, payments that apply themselves."""
        said: list[Record] = [
            {"AccountingInfoPrefs": {"BookCloseDate": "2026-02-15"}},
            {"AccountingInfoPrefs": {"BookCloseDate": ""}},
            {"SalesFormsPrefs": {"AutoApplyPayments": number % 2 == 0}},
            {"SalesFormsPrefs": {"CustomTxnNumbers": number % 2 == 0}},
        ]
        self._change("Preferences", self.company.read("Preferences", "1"), **said[number % len(said)])


def nameless(value: Any) -> Any:
    """Without the names of what is referred to, tokens and times."""
    if isinstance(value, list):
        return [nameless(one) for one in value]
    if not isinstance(value, dict):
        return value
    left_out = {"SyncToken", "MetaData", *(["name"] if "value" in value else [])}
    return {name: nameless(one) for name, one in value.items() if name not in left_out}
