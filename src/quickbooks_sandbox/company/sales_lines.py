"""The lines of invoices and sales receipts (reference 13.2-13.4, 14.6)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from quickbooks_sandbox.company import amounts, currencies, references, refusals, special_accounts
from quickbooks_sandbox.company.draft import Draft
from quickbooks_sandbox.company.line_items import SHIPPING, item_lines, special
from quickbooks_sandbox.company.members.kinds import MOST_DIGITS

Record = dict[str, Any]
MOST_TAXABLE_LINES = 750
DISCOUNT_TYPES = references.INCOME_TYPES | references.EXPENSE_TYPES
"""Accounts that a discount may go to."""
_UNIT_PRICE_PLACES = Decimal("0.0000001")
_INLINE_SUBTOTAL = re.compile(r"subtotal:\s*(-?[\d.,]+)?", re.IGNORECASE)
"""As it is asked for, and as it comes back."""
_LINE_MEMBERS = ("Description", "Received", "LinkedTxn", "CustomField", "ProjectRef", "CustomExtensions")
_NUMBERED = ("SalesItemLineDetail", "DescriptionOnly", "GroupLineDetail")


@dataclass(slots=True)
class SalesLines:
    """The lines of one document, put in order: what is sold and said, then the discount, then shipping and tips."""

    sold: list[Record]
    discount: Record | None
    extras: list[Record]

    @property
    def items(self) -> list[Record]:
        """The lines that have an item and an amount, those inside bundles and those for shipping and tips too."""
        return [*item_lines(self.sold), *self.extras]

    @property
    def subtotal(self) -> Decimal:
        """The sum of the item lines without shipping and tips; a discount is taken off it."""
        return amounts.total(line["Amount"] for line in item_lines(self.sold))

    @property
    def extra_amount(self) -> Decimal:
        """What shipping and tips come to."""
        return amounts.total(line["Amount"] for line in self.extras)

    @property
    def discount_amount(self) -> Decimal:
        """The document's discount, positive."""
        return self.discount["Amount"] if self.discount is not None else amounts.ZERO

    def as_stored(self) -> list[Record]:
        """All lines as the object carries them, with the subtotal line that QuickBooks adds."""
        subtotal = {
            "Amount": amounts.money(self.subtotal),
            "DetailType": "SubTotalLineDetail",
            "SubTotalLineDetail": {},
        }
        return [*self.sold, subtotal, *([self.discount] if self.discount is not None else []), *self.extras]


def complete(draft: Draft, lines: list[Record], before: list[Record]) -> SalesLines:
    """Check the lines of a request and fill in what QuickBooks fills in.

    Raises:
        refusals.Refused: no line at all (2020), amounts that do not multiply (6070), references (2500) and others.
    """
    if not lines:
        raise refusals.missing("Line")
    ids = _LineIds(before)
    sold: list[Record] = []
    discounts: list[Record] = []
    extras: dict[str, Record] = {}
    running = amounts.ZERO
    for line in lines:
        kind = line.get("DetailType")
        if kind is None:
            raise refusals.missing("Line.DetailType")
        extra = special(line)
        if extra in extras:
            raise refusals.business("Shipping and tips stand on one line each.", "Line")
        if kind == "SalesItemLineDetail" and extra is not None:
            extras[extra] = _extra_line(draft, line, extra)
        elif kind == "SalesItemLineDetail":
            sold.append(_item_line(draft, line))
            running += sold[-1]["Amount"]
        elif kind == "DescriptionOnly":
            sold.append(_description_line(line, running))
            running = amounts.ZERO if is_subtotal(line) else running
        elif kind == "DiscountLineDetail":
            discounts.append(line)
        elif kind == "GroupLineDetail":
            sold.append(_group_line(draft, line))
            running += sold[-1]["Amount"]
    if not sold:
        raise refusals.missing("Line")
    if len(discounts) > 1:
        raise refusals.business("Only one discount line is allowed per transaction.", "Line")
    for number, (line, sent) in enumerate(zip(sold, _numbered(lines), strict=True), start=1):
        line["Id"] = ids.for_line(sent)
        line["LineNum"] = number
        if line["DetailType"] == "GroupLineDetail":
            group = line["GroupLineDetail"]
            group["Line"] = [
                _ordered({**inner, "Id": ids.for_line(inner), "LineNum": place})
                for place, inner in enumerate(group["Line"], start=1)
            ]
    result = SalesLines([_ordered(line) for line in sold], None, list(extras.values()))
    if discounts:
        result.discount = _discount_line(draft, discounts[0], result.subtotal)
    return result


def _numbered(lines: list[Record]) -> list[Record]:
    return [line for line in lines if line["DetailType"] in _NUMBERED and special(line) is None]


class _LineIds:
    """Line ids: known ones stay, new lines get numbers never used in the document (reference 5.3)."""

    def __init__(self, before: list[Record]) -> None:
        every = [*before, *item_lines(before)]
        self._known = {line["Id"] for line in every if "Id" in line}
        self._last = max((int(known) for known in self._known), default=0)

    def for_line(self, sent: Record) -> str:
        """The id of a sent line."""
        key = sent.get("Id")
        if key in self._known:
            self._known.discard(key)
            return str(key)
        self._last += 1
        return str(self._last)


def _ordered(line: Record) -> Record:
    first: Record = {name: line[name] for name in ("Id", "LineNum", "Description", "Amount") if name in line}
    return {**first, **{name: value for name, value in line.items() if name not in first}}


def _item_line(draft: Draft, line: Record) -> Record:
    detail = dict(line.get("SalesItemLineDetail", {}))
    if "Amount" not in line:
        raise refusals.missing("Line.Amount")
    amount: Decimal = line["Amount"]
    if amount and not detail.get("UnitPrice") and not detail.get("Qty"):
        # python-quickbooks sends both as 0 when they were not set, and the original takes its lines
        detail.pop("UnitPrice", None)
        detail.pop("Qty", None)
    price, quantity = detail.get("UnitPrice"), detail.get("Qty")
    if price is not None and quantity is not None and amount != amounts.money(price * quantity):
        raise refusals.amount_is_no_product(amount)
    if price is None and quantity and (amount / quantity).adjusted() <= MOST_DIGITS:
        detail["UnitPrice"] = amounts.shortest((amount / quantity).quantize(_UNIT_PRICE_PLACES))
    item_reference = detail.get("ItemRef", {"value": draft.company.default_item})
    item = references.target(draft, "Item", item_reference, "Line.SalesItemLineDetail.ItemRef")
    if item["Type"] in ("Category", "Group"):
        raise refusals.business("A category or bundle cannot stand on an item line. Choose an item.", "Line")
    detail["ItemRef"] = references.named(item)
    references.settle(draft, detail, "ClassRef", "Class", with_name=True)
    kept: Record = {name: line[name] for name in _LINE_MEMBERS if name in line}
    return {
        **kept,
        "Amount": amounts.money(amount),
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": _detail_ordered(detail),
    }


def _extra_line(draft: Draft, line: Record, extra: str) -> Record:
    """The line for shipping or for a tip: an amount alone, which stands after subtotal and discount without an id."""
    if "Amount" not in line:
        raise refusals.missing("Line.Amount")
    company = draft.company
    if extra == SHIPPING and not company.preference("SalesFormsPrefs", "AllowShipping"):
        raise refusals.business("Shipping is not turned on in this company.", "Line")
    if extra != SHIPPING:
        home = currencies.reference(company.kind.currency)
        special_accounts.opened(draft, "Undistributed Tips", special_accounts.TIPS, home)
    detail = line["SalesItemLineDetail"]
    kept: Record = {"TaxCodeRef": detail["TaxCodeRef"]} if "TaxCodeRef" in detail else {}
    return {
        **({"Description": line["Description"]} if "Description" in line else {}),
        "Amount": amounts.money(line["Amount"]),
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"ItemRef": {"value": extra}, **kept},
    }


def _group_line(draft: Draft, line: Record) -> Record:
    """A bundle with its parts: as sent, else expanded from the bundle and its quantity (reference 14.6)."""
    detail = dict(line.get("GroupLineDetail", {}))
    if "GroupItemRef" not in detail:
        raise refusals.missing("Line.GroupLineDetail.GroupItemRef")
    element = "Line.GroupLineDetail.GroupItemRef"
    bundle = references.target(draft, "Item", detail["GroupItemRef"], element)
    if bundle["Type"] != "Group":
        raise refusals.business("Only a bundle can stand on a bundle line.", element)
    quantity = detail.setdefault("Quantity", Decimal(1))
    parts = detail.get("Line") or [_part(draft, one, quantity) for one in _components(bundle)]
    if any(part.get("DetailType") != "SalesItemLineDetail" for part in parts):
        raise refusals.business("A bundle holds item lines only.", "Line.GroupLineDetail.Line")
    inside = [{**_item_line(draft, part), **_own_id(part)} for part in parts]
    return {
        **({"Description": line["Description"]} if "Description" in line else {}),
        "Amount": amounts.money(amounts.total(one["Amount"] for one in inside)),
        "DetailType": "GroupLineDetail",
        "GroupLineDetail": {**detail, "GroupItemRef": references.named(bundle), "Line": inside},
    }


def _own_id(part: Record) -> Record:
    return {"Id": part["Id"]} if "Id" in part else {}


def _components(bundle: Record) -> list[Record]:
    found: list[Record] = bundle.get("ItemGroupDetail", {}).get("ItemGroupLine", [])
    return found


def _part(draft: Draft, component: Record, bundles: Decimal) -> Record:
    item = references.target(draft, "Item", component["ItemRef"], "ItemGroupLine.ItemRef")
    quantity = component.get("Qty", Decimal(1)) * bundles
    price = item.get("UnitPrice", amounts.ZERO)
    detail: Record = {"ItemRef": component["ItemRef"], "UnitPrice": price, "Qty": quantity}
    if "SalesTaxCodeRef" in item:
        detail["TaxCodeRef"] = item["SalesTaxCodeRef"]
    return {
        "Amount": amounts.money(price * quantity),
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": detail,
    }


def _detail_ordered(detail: Record) -> Record:
    first: Record = {
        name: detail[name] for name in ("ServiceDate", "ItemRef", "UnitPrice", "Qty") if name in detail
    }
    return {**first, **{name: value for name, value in detail.items() if name not in first}}


def is_subtotal(line: Record) -> bool:
    """Whether a line of text is an inline subtotal, as asked for or as it came back."""
    return _INLINE_SUBTOTAL.fullmatch(str(line.get("Description", "")).strip()) is not None


def subtotal_text(amount: Decimal) -> str:
    """An inline subtotal as it is shown."""
    return f"Subtotal: {amount.quantize(amounts.CENT)}"


def _description_line(line: Record, running: Decimal) -> Record:
    described = {
        "DetailType": "DescriptionOnly",
        "DescriptionLineDetail": line.get("DescriptionLineDetail", {}),
    }
    if is_subtotal(line):
        return {**described, "Description": subtotal_text(running)}
    if "Description" not in line:
        raise refusals.missing("Line.Description")
    return {**described, "Description": line["Description"]}


def _discount_line(draft: Draft, line: Record, subtotal: Decimal) -> Record:
    company = draft.company
    if not company.preference("SalesFormsPrefs", "AllowDiscount"):
        raise refusals.business("Discounts are not turned on in this company.", "Line")
    detail = dict(line.get("DiscountLineDetail", {}))
    percent = detail.get("DiscountPercent")
    by_percent = percent is not None and (detail.get("PercentBased") is True or "Amount" not in line)
    if by_percent and percent is not None:
        amount = amounts.percent_of(subtotal, percent)
        kept: Record = {"PercentBased": True, "DiscountPercent": percent}
    elif "Amount" in line:
        amount = amounts.money(line["Amount"])
        kept = {"PercentBased": False}
    else:
        raise refusals.discount_incomplete()
    if amount < 0:
        raise refusals.business("The amount of a discount must not be negative.", "Line.Amount")
    account = {
        "DiscountAccountRef": {"value": company.preference("SalesFormsPrefs", "DefaultDiscountAccount")}
    }
    detail = {**detail, **kept}
    detail.setdefault("DiscountAccountRef", account["DiscountAccountRef"])
    references.settle_account(draft, detail, "DiscountAccountRef", DISCOUNT_TYPES)
    references.settle(draft, detail, "ClassRef", "Class", with_name=True)
    return {"Amount": amount, "DetailType": "DiscountLineDetail", "DiscountLineDetail": detail}
