"""CompanyInfo and Preferences: the two objects a company has exactly once (reference 14.1, 14.2)."""

from __future__ import annotations

from quickbooks_sandbox.company.members.details import (
    CONTACT_INFO,
    CUSTOM_FIELD_DEFINITION,
    MONTHS,
    NAME_VALUE,
)
from quickbooks_sandbox.company.members.kinds import Group, Kind, Many, OneOf, Shape, Text
from quickbooks_sandbox.company.members.shared import (
    ADDRESS,
    DAY,
    EMAIL,
    ENTITY,
    FLAG,
    NUMBER,
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
        "FiscalYearStartMonth": MONTHS,
        "TaxYearStartMonth": MONTHS,
        "Country": READ_ONLY,
        "Email": EMAIL,
        "WebAddr": WEB_ADDRESS,
        "SupportedLanguages": READ_ONLY,
        "DefaultTimeZone": READ_ONLY,
        "NameValue": READ_ONLY,
        "OtherContactInfo": Many(CONTACT_INFO),
        "ShipAddr": ADDRESS,
        "OtherAddr": Many(ADDRESS),
        "Mobile": PHONE,
        "Fax": PHONE,
        **dict.fromkeys(
            (
                *("CompanyFileName", "FlavorStratum", "SampleFile", "CompanyUserId"),
                *("CompanyUserAdminEmail", "QBVersion", "LastImportedTime", "LastSyncTime"),
                *("MultiByteCharsSupported", "FifoCalculationStatus", "CompanyInfoEx"),
            ),
            READ_ONLY,
        ),
    },
)

_ACCOUNTING: dict[str, Kind] = {
    "FirstMonthOfFiscalYear": MONTHS,
    "UseAccountNumbers": FLAG,
    "TaxYearMonth": MONTHS,
    "ClassTrackingPerTxn": FLAG,
    "ClassTrackingPerTxnLine": FLAG,
    "TrackDepartments": FLAG,
    "TaxForm": TEXT,
    "CustomerTerminology": TEXT,
    "DepartmentTerminology": TEXT,
    "BookCloseDate": DAY,
    "DefaultARAccount": REFERENCE,
    "DefaultAPAccount": REFERENCE,
    "RequiresAccounts": FLAG,
    "AutoJournalEntryNumber": FLAG,
    "OtherContactInfo": Many(CONTACT_INFO),
}
_SALES_FORMS: dict[str, Kind] = {
    "ETransactionPaymentEnabled": FLAG,
    "CustomTxnNumbers": FLAG,
    "AllowShipping": FLAG,
    "AllowServiceDate": FLAG,
    "ETransactionEnabledStatus": OneOf(("Enabled", "NotApplicable")),
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
    "CustomField": Many(CUSTOM_FIELD_DEFINITION),
    "UsingProgressInvoicing": FLAG,
    "DelayedCharges": FLAG,
    "EstimateMessage": TEXT,
    "InvoiceMessage": TEXT,
    "DefaultShippingAccount": TEXT,
    "DefaultItem": REFERENCE,
    "DefaultDeliveryMethod": TEXT,
    "PrintItemWithZeroAmount": FLAG,
    "DefaultShipMethodRef": REFERENCE,
    "DefaultMarkup": NUMBER,
    "TrackReimbursableExpensesAsIncome": FLAG,
    "UsingSalesOrders": FLAG,
    "DefaultFOB": TEXT,
    "UsingPriceLevels": FLAG,
    "ETransactionAttachPDF": FLAG,
    "SalesEmailCc": EMAIL,
    "SalesEmailBcc": EMAIL,
}

_MESSAGE = Shape("EmailMessage", {"Subject": Text(4000), "Message": Text(4000)})
_EMAIL_MESSAGES = Group(
    "EmailMessagesPrefs",
    {
        "NameValue": Many(NAME_VALUE),
        "InvoiceMessage": _MESSAGE,
        "EstimateMessage": _MESSAGE,
        "SalesReceiptMessage": _MESSAGE,
        "StatementMessage": _MESSAGE,
    },
)
_PURCHASES = Group(
    "VendorAndPurchasesPrefs",
    {
        "EnableBills": FLAG,
        "TrackingByCustomer": FLAG,
        "BillableExpenseTracking": FLAG,
        "DefaultTerms": REFERENCE,
        "DefaultMarkup": NUMBER,
        "DefaultMarkupAccount": REFERENCE,
        "AutomaticBillPayment": FLAG,
        "TPAREnabled": FLAG,
        "POCustomField": Many(CUSTOM_FIELD_DEFINITION),
        "MsgToVendors": TEXT,
        "UsingInventory": FLAG,
        "UsingMultiLocationInventory": FLAG,
        "DaysBillsAreDue": NUMBER,
        "DiscountAccountRef": REFERENCE,
    },
)
_TIME_TRACKING = Group(
    "TimeTrackingPrefs",
    {
        "UseServices": FLAG,
        "DefaultTimeItem": REFERENCE,
        "BillCustomers": FLAG,
        "ShowBillRateToAll": FLAG,
        "WorkWeekStartDate": OneOf(
            ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
        ),
        "TimeTrackingEnabled": FLAG,
        "MarkTimeEntriesBillable": FLAG,
        "MarkExpensesAsBillable": FLAG,
    },
)

PREFERENCES = Shape(
    "Preferences",
    {
        **ENTITY,
        "AccountingInfoPrefs": Group("CompanyAccountingPrefs", _ACCOUNTING),
        "SalesFormsPrefs": Group("SalesFormsPrefs", _SALES_FORMS),
        "ProductAndServicesPrefs": Group(
            "ProductAndServicesPrefs",
            {
                "ForSales": FLAG,
                "ForPurchase": FLAG,
                "QuantityWithPriceAndRate": FLAG,
                "QuantityOnHand": FLAG,
                "InventoryAndPurchaseOrder": FLAG,
                "UOM": TEXT,
                "RevenueRecognition": FLAG,
                "RevenueRecognitionFrequency": TEXT,
            },
        ),
        "TaxPrefs": READ_ONLY,
        "CurrencyPrefs": READ_ONLY,
        "EmailMessagesPrefs": _EMAIL_MESSAGES,
        "ReportPrefs": Group(
            "ReportPrefs",
            {"ReportBasis": OneOf(("Accrual", "Cash")), "CalcAgingReportFromTxnDate": FLAG},
        ),
        "VendorAndPurchasesPrefs": _PURCHASES,
        "TimeTrackingPrefs": _TIME_TRACKING,
        "OtherPrefs": Shape("OtherPrefs", {"NameValue": Many(NAME_VALUE)}),
        "AdvancedInventoryPrefs": READ_ONLY,
        "PrintDocumentPrefs": Shape("PrintDocumentPrefs", {"NameValue": Many(NAME_VALUE)}),
        "FinanceChargesPrefs": READ_ONLY,
    },
)
