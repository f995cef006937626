"""Invoice (reference 14.6). `DocNumber` at most 21 characters; `TotalAmt` and `Balance` are QuickBooks' own."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from counterfoil.quickbooks.entities.line import Line, TxnTaxDetail
from counterfoil.quickbooks.entities.shapes import EmailAddress, LinkedTxn, MemoRef, MetaData, Ref


class Invoice(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", omit_defaults=True):
    id: str | None = None
    sync_token: str | None = None
    sparse: bool | None = msgspec.field(default=None, name="sparse")
    doc_number: str | None = None
    txn_date: date | None = None
    due_date: date | None = None
    customer_ref: Ref | None = None
    bill_email: EmailAddress | None = None
    line: tuple[Line, ...] | None = None
    txn_tax_detail: TxnTaxDetail | None = None
    global_tax_calculation: str | None = None
    private_note: str | None = None
    customer_memo: MemoRef | None = None
    currency_ref: Ref | None = None
    total_amt: Decimal | None = None
    balance: Decimal | None = None
    linked_txn: tuple[LinkedTxn, ...] | None = None
    meta_data: MetaData | None = None
    status: str | None = msgspec.field(default=None, name="status")
