"""PaymentMethod: name at most 31 characters, unique (reference 14.11)."""

from __future__ import annotations

import msgspec

from counterfoil.quickbooks.entities.shapes import MetaData


class PaymentMethod(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", omit_defaults=True):
    id: str | None = None
    sync_token: str | None = None
    name: str | None = None
    type: str | None = None
    active: bool | None = None
    meta_data: MetaData | None = None
