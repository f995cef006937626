"""CompanyInfo and Preferences: the two objects a company has exactly once (reference 14.1, 14.2)."""

from __future__ import annotations

from quickbooks_sandbox.company.members.kinds import Kind, Many, Shape, Text
from quickbooks_sandbox.company.members.shared import (
    ADDRESS,
    ANYTHING,
    DAY,
    EMAIL,
    ENTITY,
    FLAG,
    PHONE,
    READ_ONLY,
    REFERENCE,
    TEXT,
    WEB_ADDRESS,
)

COMPANY_INFO = Shape(
    "CompanyInfo",
    {
        **ENTITY,
        "CompanyName": Text(1024),
        "LegalName": Text(1024),
        "CompanyAddr": ADDRESS,
        "CustomerCommunicationAddr": ADDRESS,
        "LegalAddr": ADDRESS,
        "CompanyEmailAddr": EMAIL,
        "CustomerCommunicationEmailAddr": EMAIL,
        "CompanyURL": WEB_ADDRESS,
        "PrimaryPhone": PHONE,
        "CompanyStartDate": READ_ONLY,
        "EmployerId": TEXT,
        "FiscalYearStartMonth": TEXT,
        "TaxYearStartMonth": TEXT,
        "Country": READ_ONLY,
        "Email": EMAIL,
        "WebAddr": WEB_ADDRESS,
        "SupportedLanguages": READ_ONLY,
        "DefaultTimeZone": READ_ONLY,
        "NameValue": READ_ONLY,
    },
)

_ACCOUNTING: dict[str, Kind] = {
    "FirstMonthOfFiscalYear": TEXT,
    "UseAccountNumbers": FLAG,
    "TaxYearMonth": TEXT,
    "ClassTrackingPerTxn": FLAG,
    "ClassTrackingPerTxnLine": FLAG,
    "TrackDepartments": FLAG,
    "TaxForm": TEXT,
    "CustomerTerminology": TEXT,
    "DepartmentTerminology": TEXT,
    "BookCloseDate": DAY,
}
_SALES_FORMS: dict[str, Kind] = {
    "ETransactionPaymentEnabled": FLAG,
    "CustomTxnNumbers": FLAG,
    "AllowShipping": FLAG,
    "AllowServiceDate": FLAG,
    "ETransactionEnabledStatus": TEXT,
    "DefaultCustomerMessage": TEXT,
    "EmailCopyToCompany": FLAG,
    "AllowEstimates": FLAG,
    "DefaultTerms": REFERENCE,
    "AllowDiscount": FLAG,
    "DefaultDiscountAccount": TEXT,
    "AllowDeposit": FLAG,
    "AutoApplyPayments": FLAG,
    "AutoApplyCredit": READ_ONLY,
    "IPNSupportEnabled": FLAG,
    "CustomField": Many(ANYTHING),
    "UsingPriceLevels": FLAG,
    "ETransactionAttachPDF": FLAG,
    "SalesEmailCc": EMAIL,
    "SalesEmailBcc": EMAIL,
}

PREFERENCES = Shape(
    "Preferences",
    {
        **ENTITY,
        "AccountingInfoPrefs": Shape("CompanyAccountingPrefs", _ACCOUNTING),
        "SalesFormsPrefs": Shape("SalesFormsPrefs", _SALES_FORMS),
        "ProductAndServicesPrefs": Shape(
            "ProductAndServicesPrefs",
            {
                "ForSales": FLAG,
                "ForPurchase": FLAG,
                "QuantityWithPriceAndRate": FLAG,
                "QuantityOnHand": FLAG,
            },
        ),
        "TaxPrefs": READ_ONLY,
        "CurrencyPrefs": READ_ONLY,
        "EmailMessagesPrefs": ANYTHING,
        "ReportPrefs": ANYTHING,
        "VendorAndPurchasesPrefs": ANYTHING,
        "TimeTrackingPrefs": ANYTHING,
        "OtherPrefs": ANYTHING,
    },
)
