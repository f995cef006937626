"""Payment: money received for invoices (reference 14.8). `TotalAmt` is required input here."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from counterfoil.quickbooks.entities.line import Line
from counterfoil.quickbooks.entities.shapes import MetaData, Ref


class Payment(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", omit_defaults=True):
    id: str | None = None
    sync_token: str | None = None
    sparse: bool | None = msgspec.field(default=None, name="sparse")
    txn_date: date | None = None
    customer_ref: Ref | None = None
    total_amt: Decimal | None = None
    unapplied_amt: Decimal | None = None
    line: tuple[Line, ...] | None = None
    deposit_to_account_ref: Ref | None = None
    payment_method_ref: Ref | None = None
    payment_ref_num: str | None = None
    private_note: str | None = None
    currency_ref: Ref | None = None
    meta_data: MetaData | None = None
    status: str | None = msgspec.field(default=None, name="status")
