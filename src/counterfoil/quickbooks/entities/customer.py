"""Customer (reference 14.3). `DisplayName` is unique over customers, vendors and employees."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from counterfoil.quickbooks.entities.shapes import (
    EmailAddress,
    MetaData,
    PhysicalAddress,
    Ref,
    TelephoneNumber,
)


class Customer(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", omit_defaults=True):
    """`sparse=True` with `id` and `sync_token` makes an update that leaves all unset members alone."""

    id: str | None = None
    sync_token: str | None = None
    sparse: bool | None = msgspec.field(default=None, name="sparse")
    display_name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    company_name: str | None = None
    primary_email_addr: EmailAddress | None = None
    primary_phone: TelephoneNumber | None = None
    bill_addr: PhysicalAddress | None = None
    active: bool | None = None
    job: bool | None = None
    parent_ref: Ref | None = None
    currency_ref: Ref | None = None
    balance: Decimal | None = None
    meta_data: MetaData | None = None
    status: str | None = msgspec.field(default=None, name="status")
