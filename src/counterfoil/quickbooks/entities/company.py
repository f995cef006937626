"""CompanyInfo and Preferences: what decides how a company's documents are written (reference 14.1, 14.2)."""

from __future__ import annotations

from datetime import date

import msgspec

from counterfoil.quickbooks.entities.shapes import MetaData, Ref


class CompanyInfo(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", omit_defaults=True):
    """`country` decides the tax model; `default_time_zone` is an IANA name."""

    id: str | None = None
    sync_token: str | None = None
    company_name: str | None = None
    country: str | None = None
    default_time_zone: str | None = None
    meta_data: MetaData | None = None


class SalesFormsPrefs(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", omit_defaults=True):
    custom_txn_numbers: bool | None = None
    allow_discount: bool | None = None
    default_discount_account: str | None = None


class TaxPrefs(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", omit_defaults=True):
    using_sales_tax: bool | None = None
    partner_tax_enabled: bool | None = None


class CurrencyPrefs(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", omit_defaults=True):
    multi_currency_enabled: bool | None = None
    home_currency: Ref | None = None


class AccountingInfoPrefs(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", omit_defaults=True):
    book_close_date: date | None = None


class Preferences(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", omit_defaults=True):
    id: str | None = None
    sync_token: str | None = None
    sales_forms_prefs: SalesFormsPrefs | None = None
    tax_prefs: TaxPrefs | None = None
    currency_prefs: CurrencyPrefs | None = None
    accounting_info_prefs: AccountingInfoPrefs | None = None
    meta_data: MetaData | None = None
