"""CompanyInfo and Preferences as they are at first, and what may be changed in them (reference 14.1, 14.2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from quickbooks_sandbox.company import currencies, references, special_accounts, times
from quickbooks_sandbox.company.draft import Draft
from quickbooks_sandbox.company.intake import Intake
from quickbooks_sandbox.company.kinds import CompanyKind, TaxModel
from quickbooks_sandbox.company.members.kinds import is_unset

Record = dict[str, Any]
_USED, _NAMED = "SalesFormsPrefs.UseSalesCustom", "SalesFormsPrefs.SalesCustomName"


def company_info(kind: CompanyKind, at: datetime) -> Record:
    """The company's own card."""
    address = {
        "Id": "1",
        "Line1": "1400 Harbour Road",
        "City": kind.city,
        "CountrySubDivisionCode": kind.region,
        "PostalCode": kind.postal_code,
        "Country": kind.country,
    }
    features = {
        "NeoEnabled": "true",
        "IndustryType": "Landscaping Services",
        "IndustryCode": "56173",
        "ItemCategoriesFeature": "true",
        "SubscriptionStatus": "PAID",
        "OfferingSku": "QuickBooks Online Plus",
        "PayrollFeature": "false",
        "AccountantFeature": "false",
    }
    return {
        "CompanyName": kind.company_name,
        "LegalName": kind.company_name,
        "CompanyAddr": address,
        "CustomerCommunicationAddr": address,
        "LegalAddr": address,
        "PrimaryPhone": {"FreeFormNumber": "(555) 010-0144"},
        "CompanyStartDate": times.server_day(at).isoformat(),
        "FiscalYearStartMonth": "January",
        "Country": kind.country,
        "Email": {"Address": "books@larkspur.example"},
        "WebAddr": {"URI": "https://larkspur.example"},
        "SupportedLanguages": "en",
        "DefaultTimeZone": kind.zone,
        "NameValue": [{"Name": name, "Value": value} for name, value in features.items()],
        "domain": "QBO",
        "sparse": False,
        "Id": "1",
    }


def preferences(kind: CompanyKind, tax_code: str, discount_account: str, term: str, item: str) -> Record:
    """The company's preferences; ids are those of the default tax code, discount account, term and item."""
    return {
        "AccountingInfoPrefs": {
            "FirstMonthOfFiscalYear": "January",
            "UseAccountNumbers": False,
            "TaxYearMonth": "January",
            "ClassTrackingPerTxn": False,
            "ClassTrackingPerTxnLine": True,
            "TrackDepartments": True,
            "DepartmentTerminology": "Location",
            "CustomerTerminology": "Customers",
        },
        "ProductAndServicesPrefs": {
            "ForSales": True,
            "ForPurchase": True,
            "QuantityWithPriceAndRate": True,
            "QuantityOnHand": True,
        },
        "SalesFormsPrefs": {
            "ETransactionPaymentEnabled": False,
            "CustomTxnNumbers": False,
            "AllowShipping": False,
            "AllowServiceDate": False,
            "ETransactionEnabledStatus": "NotApplicable",
            "EmailCopyToCompany": False,
            "AllowEstimates": True,
            "DefaultTerms": {"value": term},
            "AllowDiscount": True,
            "DefaultDiscountAccount": discount_account,
            "AllowDeposit": True,
            "AutoApplyPayments": False,
            "AutoApplyCredit": False,
            "IPNSupportEnabled": False,
            "UsingPriceLevels": False,
            "ETransactionAttachPDF": False,
            "CustomField": [
                {"CustomField": [_preference(f"{_USED}{number}", number == 1) for number in (3, 2, 1)]},
                {"CustomField": [_preference(f"{_NAMED}1", "Crew #")]},
            ],
        },
        "EmailMessagesPrefs": {
            "InvoiceMessage": {
                "Subject": f"Invoice from {kind.company_name}",
                "Message": "Your invoice is attached. Thank you for your business.",
            }
        },
        "VendorAndPurchasesPrefs": {"BillableExpenseTracking": False, "TrackingByCustomer": False},
        "TaxPrefs": _tax_preferences(kind, tax_code),
        "ReportPrefs": {"ReportBasis": "Accrual", "CalcAgingReportFromTxnDate": False},
        "TimeTrackingPrefs": {"WorkWeekStartDate": "Monday", "UseServices": False, "BillCustomers": False},
        "CurrencyPrefs": {
            "HomeCurrency": {"value": kind.currency},
            "MultiCurrencyEnabled": kind.multicurrency,
        },
        "OtherPrefs": {
            "NameValue": [
                {"Name": "SalesFormsPrefs.DefaultItem", "Value": item},
                {"Name": "WarnDuplicateCheckNumber", "Value": "true"},
                {"Name": "WarnDuplicateBillNumber", "Value": "false"},
                {"Name": "ProjectsEnabled", "Value": "false"},
                *_tax_selection(kind),
            ]
        },
        "domain": "QBO",
        "sparse": False,
        "Id": "1",
    }


def _tax_selection(kind: CompanyKind) -> list[Record]:
    """How amounts are meant where nothing is said, outside the US: 1 is without tax, 2 with it (reference 14.2)."""
    name = "AccountingInfoPrefs.DefaultTaxRateSelection"
    return [{"Name": name, "Value": "1"}] if kind.tax is TaxModel.GLOBAL else []


def _tax_preferences(kind: CompanyKind, tax_code: str) -> Record:
    tax: Record = {"UsingSalesTax": kind.tax is not TaxModel.NONE}
    if tax["UsingSalesTax"]:
        tax["TaxGroupCodeRef"] = {"value": tax_code}
    if kind.tax is TaxModel.AUTOMATED:
        tax["PartnerTaxEnabled"] = True
    return tax


def _preference(name: str, value: bool | str) -> Record:
    """A preference that is kept as a custom field."""
    if isinstance(value, bool):
        return {"Name": name, "Type": "BooleanType", "BooleanValue": value}
    return {"Name": name, "Type": "StringType", "StringValue": value}


def custom_fields(groups: list[Record] | None) -> dict[str, str]:
    """The text fields that sales forms have, by number, from ``SalesFormsPrefs.CustomField`` (reference 13.1, 14.2)."""
    entries = {one.get("Name", ""): one for group in groups or [] for one in group.get("CustomField", [])}
    used = (
        number
        for number in ("1", "2", "3")
        if entries.get(f"{_USED}{number}", {}).get("BooleanValue") is True
    )
    return {number: entries.get(f"{_NAMED}{number}", {}).get("StringValue", "") for number in used}


def complete(draft: Draft, record: Record, intake: Intake) -> Record:
    """Lay the sent groups over the stored ones, member by member; one is cleared by an empty value, not by leaving it out.

    Raises:
        refusals.Refused: an account for shipping that is none for income (6430) or that is not there (2500).
    """
    before = intake.before or {}
    merged = dict(before)
    for name, value in record.items():
        old = before.get(name)
        merged[name] = {**old, **value} if isinstance(old, dict) and isinstance(value, dict) else value
        if isinstance(value, dict):
            merged[name] = {key: one for key, one in merged[name].items() if not is_unset(one)}
    if isinstance(record.get("SalesFormsPrefs"), dict):
        _settle_shipping(draft, merged["SalesFormsPrefs"], record["SalesFormsPrefs"])
    return merged


def _settle_shipping(draft: Draft, forms: Record, sent: Record) -> None:
    """Check the account for shipping that the forms name; allowing shipping opens one, as turning it on does."""
    if forms.get("AllowShipping") and not forms.get("DefaultShippingAccount"):
        home = currencies.reference(draft.company.kind.currency)
        income = special_accounts.opened(draft, "Shipping Income", special_accounts.SHIPPING, home)
        forms["DefaultShippingAccount"] = income
    member = "DefaultShippingAccount"
    # Clients send what they take for "none" ("false") with a switch that is off.
    if forms.get("AllowShipping") and member in sent and not is_unset(sent[member]):
        named = {member: {"value": sent[member]}}
        references.settle_account(draft, named, member, references.INCOME_TYPES)
