"""TaxAgency, TaxCode, TaxRate and the tax service (reference 14.13, 15.6)."""

from __future__ import annotations

from quickbooks_sandbox.company.members.kinds import Kind, Many, OneOf, Shape, Text
from quickbooks_sandbox.company.members.names import VENDOR
from quickbooks_sandbox.company.members.shared import DAY, ENTITY, FLAG, PERCENT, READ_ONLY, REFERENCE, TEXT

TAX_AGENCY = Shape(
    "TaxAgency",
    {
        **VENDOR.members,
        "DisplayName": Text(100),
        "SalesTaxCodeRef": REFERENCE,
        "SalesTaxCountry": TEXT,
        "SalesTaxReturnRef": REFERENCE,
        "TaxRegistrationNumber": TEXT,
        "ReportingPeriod": TEXT,
        "TaxTrackedOnPurchases": FLAG,
        "TaxOnPurchasesAccountRef": REFERENCE,
        "TaxTrackedOnSales": FLAG,
        "TaxTrackedOnSalesAccountRef": REFERENCE,
        "TaxOnTax": FLAG,
        "LastFileDate": DAY,
        "TaxAgencyExt": READ_ONLY,
        "TaxAgencyConfig": READ_ONLY,
    },
)

_CODE_MEMBERS = (
    *("Name", "Description", "Active", "Hidden", "Taxable", "TaxGroup", "TaxCodeConfigType", "TaxCodeEx"),
    *("SalesTaxRateList", "PurchaseTaxRateList", "AdjustmentTaxRateList"),
)
_RATE_MEMBERS = (
    *("Name", "Description", "Active", "RateValue", "AgencyRef", "TaxReturnLineRef", "EffectiveTaxRate"),
    *("SpecialTaxType", "DisplayType", "TaxRateEx", "OriginalTaxRate"),
)


def _read_only(*members: str) -> dict[str, Kind]:
    return dict.fromkeys((*ENTITY, *members), READ_ONLY)


TAX_CODE = Shape("TaxCode", _read_only(*_CODE_MEMBERS))
TAX_RATE = Shape("TaxRate", _read_only(*_RATE_MEMBERS))

_RATE_DETAILS = Shape(
    "TaxRateDetails",
    {
        "TaxRateName": Text(100),
        "TaxRateId": TEXT,
        "RateValue": PERCENT,
        "TaxAgencyId": TEXT,
        "TaxApplicableOn": OneOf(("Sales", "Purchase")),
    },
)
TAX_SERVICE = Shape(
    "TaxService",
    {
        **ENTITY,
        "Id": READ_ONLY,
        "TaxCode": Text(100),
        "TaxCodeId": READ_ONLY,
        "TaxRateDetails": Many(_RATE_DETAILS),
        "Fault": READ_ONLY,
    },
)
"""``Id`` is sent as a number by some clients and means nothing here."""
