"""The smaller types inside names and transactions that this stand-in checks, stores and returns (from Intuit's schema)."""

from __future__ import annotations

from quickbooks_sandbox.company.members.kinds import Many, OneOf, Shape, Text
from quickbooks_sandbox.company.members.shared import (
    CUSTOM_FIELD,
    DAY,
    EMAIL,
    ENTITY,
    FLAG,
    NUMBER,
    PERCENT,
    PHONE,
    READ_ONLY,
    REFERENCE,
    TEXT,
    WEB_ADDRESS,
)

MONTHS = OneOf(
    (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    )
)
NAME_VALUE = Shape("NameValue", {"Name": TEXT, "Value": Text(4000)})
PAYMENT_TYPES = OneOf(("Cash", "Check", "CreditCard", "Expense", "Other"))

CONTACT_INFO = Shape(
    "ContactInfo",
    {
        "Type": OneOf(("TelephoneNumber", "EmailAddress", "WebSiteAddress", "GenericContactType")),
        "Telephone": PHONE,
        "Email": EMAIL,
        "WebSite": WEB_ADDRESS,
        "OtherContact": Shape(
            "GenericContactType",
            {"Id": READ_ONLY, "Name": TEXT, "Value": TEXT, "Type": TEXT, "Default": FLAG, "Tag": TEXT},
        ),
    },
)
CUSTOM_EXTENSIONS = Shape(
    "CustomExtensions",
    {
        "ExtensionType": TEXT,
        "AssociatedValues": Many(Shape("CustomExtensionAssociatedValues", {"Key": TEXT, "Value": TEXT})),
    },
)
CUSTOM_FIELD_DEFINITION = Shape(
    "CustomFieldDefinition",
    {
        **ENTITY,
        "CustomField": Many(CUSTOM_FIELD),
        "EntityType": TEXT,
        "Name": TEXT,
        "Hidden": FLAG,
        "Required": FLAG,
        "AppId": TEXT,
    },
)
TAG = Shape("Tag", {**ENTITY, "Name": TEXT})

JOB_INFO = Shape(
    "JobInfo",
    {
        "Status": OneOf(("Awarded", "Closed", "InProgress", "None", "NotAwarded", "Pending")),
        "StartDate": DAY,
        "ProjectedEndDate": DAY,
        "EndDate": DAY,
        "Description": Text(99),
        "JobTypeRef": REFERENCE,
    },
)
BANK_DETAIL = Shape(
    "VendorBankAccountDetail",
    {
        "BankBranchIdentifier": TEXT,
        "BankAccountNumber": TEXT,
        "BankAccountName": TEXT,
        "StatementText": TEXT,
    },
)

UNIT_OF_MEASURE = Shape("UOMRef", {"Unit": TEXT, "UOMSetRef": REFERENCE})
COMPONENT_LINE = Shape("ItemComponentLine", {"ItemRef": REFERENCE, "Qty": NUMBER, "UOMRef": UNIT_OF_MEASURE})
MARKUP = Shape(
    "MarkupInfo",
    {
        "PercentBased": FLAG,
        "Value": NUMBER,
        "Percent": NUMBER,
        "PriceLevelRef": REFERENCE,
        "MarkUpIncomeAccountRef": REFERENCE,
    },
)
PAYMENT_LINE_DETAIL = Shape(
    "PaymentLineDetail",
    {
        "ItemRef": REFERENCE,
        "ServiceDate": DAY,
        "ClassRef": REFERENCE,
        "Balance": READ_ONLY,
        "HomeBalance": READ_ONLY,
        "Discount": Shape(
            "DiscountOverride",
            {
                "DiscountRef": REFERENCE,
                "PercentBased": FLAG,
                "DiscountPercent": PERCENT,
                "DiscountAccountRef": REFERENCE,
            },
        ),
        "PaymentLineEx": READ_ONLY,
    },
)

CHECK_PAYMENT = Shape(
    "CheckPayment",
    {
        "CheckNum": Text(21),
        "Status": TEXT,
        "NameOnAcct": TEXT,
        "AcctNum": TEXT,
        "BankName": TEXT,
        "CheckPaymentEx": READ_ONLY,
    },
)
CARD_CHARGE = Shape(
    "CreditChargeInfo",
    {
        "Number": TEXT,
        "Type": TEXT,
        "NameOnAcct": TEXT,
        "CcExpiryMonth": NUMBER,
        "CcExpiryYear": NUMBER,
        "BillAddrStreet": Text(255),
        "PostalCode": Text(30),
        "CommercialCardCode": TEXT,
        "CCTxnMode": OneOf(("CardNotPresent", "CardPresent")),
        "CCTxnType": OneOf(("Authorization", "Capture", "Charge", "Refund", "VoiceAuthorization")),
        "PrevCCTransId": TEXT,
        "Amount": NUMBER,
        "ProcessPayment": FLAG,
        "CreditCardChargeInfoEx": READ_ONLY,
    },
)
_CHECKED = OneOf(("Fail", "NotAvailable", "Pass"))
CARD_PAYMENT = Shape(
    "CreditCardPayment",
    {
        "CreditChargeInfo": CARD_CHARGE,
        "CreditChargeResponse": Shape(
            "CreditChargeResponse",
            {
                "CCProcessor": TEXT,
                "CCTransId": TEXT,
                "Status": OneOf(("Completed", "Voided", "Unknown")),
                "ResultCode": NUMBER,
                "ResultMsg": TEXT,
                "MerchantAcctNum": TEXT,
                "CardSecurityCodeMatch": _CHECKED,
                "AuthCode": TEXT,
                "AvsStreet": _CHECKED,
                "AvsZip": _CHECKED,
                "SecurityCode": TEXT,
                "ReconBatchId": TEXT,
                "PaymentGroupingCode": NUMBER,
                "TxnAuthorizationTime": TEXT,
                "TxnAuthorizationStamp": NUMBER,
                "ClientTransID": TEXT,
                "CreditChargeResponseEx": READ_ONLY,
            },
        ),
    },
)
