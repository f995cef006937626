"""Lines and taxes of sales documents (reference 14.6, 15). Amounts are in the document's currency."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from counterfoil.quickbooks.entities.shapes import LinkedTxn, Ref

SALES_ITEM = "SalesItemLineDetail"
DISCOUNT = "DiscountLineDetail"
SUB_TOTAL = "SubTotalLineDetail"


class SalesItemLineDetail(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", omit_defaults=True):
    """`Amount = UnitPrice × Qty`, rounded half-up to two decimals, or QuickBooks refuses the line (6070)."""

    item_ref: Ref | None = None
    unit_price: Decimal | None = None
    qty: Decimal | None = None
    tax_code_ref: Ref | None = None
    tax_inclusive_amt: Decimal | None = None


class DiscountLineDetail(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", omit_defaults=True):
    """A discount on the whole document; its line's `Amount` is positive and reduces the total."""

    percent_based: bool | None = None
    discount_percent: Decimal | None = None
    discount_account_ref: Ref | None = None


class Line(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", omit_defaults=True):
    """A line of a sales document (with `detail_type`) or of a payment (with `linked_txn`)."""

    id: str | None = None
    amount: Decimal | None = None
    description: str | None = None
    detail_type: str | None = None
    sales_item_line_detail: SalesItemLineDetail | None = None
    discount_line_detail: DiscountLineDetail | None = None
    linked_txn: tuple[LinkedTxn, ...] | None = None


class TxnTaxDetail(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", omit_defaults=True):
    txn_tax_code_ref: Ref | None = None
    total_tax: Decimal | None = None
