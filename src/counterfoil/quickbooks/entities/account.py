"""Account: a line of the chart of accounts (reference 14.5)."""

from __future__ import annotations

import msgspec

from counterfoil.quickbooks.entities.shapes import MetaData


class Account(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", omit_defaults=True):
    id: str | None = None
    sync_token: str | None = None
    name: str | None = None
    fully_qualified_name: str | None = None
    account_type: str | None = None
    account_sub_type: str | None = None
    classification: str | None = None
    active: bool | None = None
    meta_data: MetaData | None = None
