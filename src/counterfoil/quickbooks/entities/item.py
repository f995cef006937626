"""Item: a product or service (reference 14.4). `Name` at most 100 characters, unique, without a colon."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from counterfoil.quickbooks.entities.shapes import MetaData, Ref


class Item(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", omit_defaults=True):
    id: str | None = None
    sync_token: str | None = None
    sparse: bool | None = msgspec.field(default=None, name="sparse")
    name: str | None = None
    fully_qualified_name: str | None = None
    type: str | None = None
    description: str | None = None
    unit_price: Decimal | None = None
    income_account_ref: Ref | None = None
    taxable: bool | None = None
    active: bool | None = None
    meta_data: MetaData | None = None
    status: str | None = msgspec.field(default=None, name="status")
