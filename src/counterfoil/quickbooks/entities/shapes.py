"""The small shapes that many entities share (reference 13.1)."""

from __future__ import annotations

from datetime import datetime

import msgspec


class Ref(msgspec.Struct, frozen=True, omit_defaults=True):
    """ReferenceType: write `value` (the id) only; QuickBooks adds `name`."""

    value: str
    name: str | None = None


class EmailAddress(msgspec.Struct, frozen=True, rename="pascal", omit_defaults=True):
    """At most 100 characters; typed by people it may hold several addresses with commas."""

    address: str | None = None


class TelephoneNumber(msgspec.Struct, frozen=True, rename="pascal", omit_defaults=True):
    """At most 30 characters, any form."""

    free_form_number: str | None = None


class PhysicalAddress(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", omit_defaults=True):
    """Lines at most 500 characters, city and region 255, postal code 30."""

    line1: str | None = None
    line2: str | None = None
    line3: str | None = None
    line4: str | None = None
    line5: str | None = None
    city: str | None = None
    country_sub_division_code: str | None = None
    postal_code: str | None = None
    country: str | None = None


class MetaData(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", omit_defaults=True):
    """When QuickBooks made and last changed the object (offset as QuickBooks sends it)."""

    create_time: datetime | None = None
    last_updated_time: datetime | None = None


class LinkedTxn(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", omit_defaults=True):
    """A link to another transaction, for example a payment's line to its invoice."""

    txn_id: str
    txn_type: str


class MemoRef(msgspec.Struct, frozen=True):
    """CustomerMemo: what the customer reads, at most 1,000 characters."""

    value: str
