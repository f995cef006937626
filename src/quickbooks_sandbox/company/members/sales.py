"""Invoice, SalesReceipt and Payment with their lines (reference 14.6-14.8)."""

from __future__ import annotations

from decimal import Decimal

from quickbooks_sandbox.company.members import details
from quickbooks_sandbox.company.members.kinds import Empty, Kind, Many, Number, OneOf, Shape, Text
from quickbooks_sandbox.company.members.shared import (
    ADDRESS,
    CUSTOM_FIELD,
    DAY,
    EMAIL,
    ENTITY,
    FLAG,
    LINKED_TXN,
    MEMO,
    NUMBER,
    PERCENT,
    READ_ONLY,
    REFERENCE,
    TEXT,
)

DETAIL_TYPES = (
    "SalesItemLineDetail",
    "DiscountLineDetail",
    "SubTotalLineDetail",
    "DescriptionOnly",
    "GroupLineDetail",
)
_NOT_NEGATIVE = Number(least=Decimal(0))

_ITEM_DETAIL = Shape(
    "SalesItemLineDetail",
    {
        "ItemRef": REFERENCE,
        "ClassRef": REFERENCE,
        "UnitPrice": NUMBER,
        "UnitCostPrice": NUMBER,
        "RatePercent": NUMBER,
        "PriceLevelRef": REFERENCE,
        "MarkupInfo": details.MARKUP,
        "Qty": NUMBER,
        "UOMRef": details.UNIT_OF_MEASURE,
        "ItemAccountRef": REFERENCE,
        "InventorySiteRef": REFERENCE,
        "TaxCodeRef": REFERENCE,
        "TaxClassificationRef": REFERENCE,
        "ServiceDate": DAY,
        "TaxInclusiveAmt": NUMBER,
        "DiscountRate": NUMBER,
        "DiscountAmt": NUMBER,
        "DeferredRevenue": FLAG,
        "RetainageAmount": NUMBER,
        "SalesItemLineDetailEx": READ_ONLY,
    },
)
_DISCOUNT_DETAIL = Shape(
    "DiscountLineDetail",
    {
        "DiscountRef": REFERENCE,
        "PercentBased": FLAG,
        "DiscountPercent": PERCENT,
        "DiscountAccountRef": REFERENCE,
        "ServiceDate": DAY,
        "ClassRef": REFERENCE,
        "TaxCodeRef": REFERENCE,
        "DiscountLineDetailEx": READ_ONLY,
    },
)
_DESCRIPTION_DETAIL = Shape(
    "DescriptionLineDetail",
    {"ServiceDate": DAY, "TaxCodeRef": REFERENCE, "DescriptionLineDetailEx": READ_ONLY},
)
_TAX_LINE_DETAIL = Shape(
    "TaxLineDetail",
    {
        "TaxRateRef": REFERENCE,
        "PercentBased": FLAG,
        "TaxPercent": NUMBER,
        "NetAmountTaxable": NUMBER,
        "TaxInclusiveAmount": NUMBER,
        "OverrideDeltaAmount": NUMBER,
        "ServiceDate": DAY,
        "TaxLineDetailEx": READ_ONLY,
    },
)
_LINE: dict[str, Kind] = {
    "Id": TEXT,
    "LineNum": READ_ONLY,
    "Description": Text(4000),
    "Amount": NUMBER,
    "Received": NUMBER,
    "LinkedTxn": Many(LINKED_TXN),
    "CustomField": Many(CUSTOM_FIELD),
    "LineEx": READ_ONLY,
    "ProjectRef": REFERENCE,
    "CostAmount": READ_ONLY,
    "HomeCostAmount": READ_ONLY,
    "CustomExtensions": Many(details.CUSTOM_EXTENSIONS),
}
_OTHER_DETAILS = dict.fromkeys(
    (
        *("ItemBasedExpenseLineDetail", "AccountBasedExpenseLineDetail", "ReimburseLineDetail"),
        *("PurchaseOrderItemLineDetail", "SalesOrderItemLineDetail", "ItemReceiptLineDetail"),
        *("JournalEntryLineDetail", "TDSLineDetail", "ItemAdjustmentLineDetail", "DepositLineDetail"),
        *("PaymentLineDetail", "DiscountLineDetail", "TaxLineDetail", "SalesItemLineDetail"),
        *("DescriptionLineDetail", "GroupLineDetail", "SubTotalLineDetail"),
    ),
    READ_ONLY,
)
"""Details of lines of other transactions: known to every line, and ignored on these."""
_LINE = {**_OTHER_DETAILS, **_LINE}
_GROUP_DETAIL = Shape(
    "GroupLineDetail",
    {
        "GroupItemRef": REFERENCE,
        "Quantity": NUMBER,
        "UOMRef": details.UNIT_OF_MEASURE,
        "ServiceDate": DAY,
        "Line": Many(
            Shape(
                "Line",
                {**_LINE, "DetailType": OneOf(DETAIL_TYPES), "SalesItemLineDetail": _ITEM_DETAIL},
            )
        ),
        "GroupLineDetailEx": READ_ONLY,
    },
)
_TAX_LINE = Shape(
    "Line", {**_LINE, "DetailType": OneOf(("TaxLineDetail",)), "TaxLineDetail": _TAX_LINE_DETAIL}
)
_SALES_LINE = Shape(
    "Line",
    {
        **_LINE,
        "DetailType": OneOf(DETAIL_TYPES),
        "SalesItemLineDetail": _ITEM_DETAIL,
        "DiscountLineDetail": _DISCOUNT_DETAIL,
        "SubTotalLineDetail": Empty(),
        "DescriptionLineDetail": _DESCRIPTION_DETAIL,
        "GroupLineDetail": _GROUP_DETAIL,
        "PaymentLineDetail": details.PAYMENT_LINE_DETAIL,
        "TaxLineDetail": _TAX_LINE_DETAIL,
    },
)
_PAYMENT_LINE = Shape(
    "Line",
    {
        **_LINE,
        "DetailType": OneOf(("PaymentLineDetail", *DETAIL_TYPES)),
        "PaymentLineDetail": details.PAYMENT_LINE_DETAIL,
        "Amount": _NOT_NEGATIVE,
    },
)
_TAX_DETAIL = Shape(
    "TxnTaxDetail",
    {
        "DefaultTaxCodeRef": REFERENCE,
        "TxnTaxCodeRef": REFERENCE,
        "TotalTax": NUMBER,
        "TaxReviewStatus": READ_ONLY,
        "TaxLine": Many(_TAX_LINE),
        "UseAutomatedSalesTax": FLAG,
    },
)
_TRANSACTION: dict[str, Kind] = {
    **ENTITY,
    "DocNumber": Text(21),
    "TxnDate": DAY,
    "TxnSubType": READ_ONLY,
    "DepartmentRef": REFERENCE,
    "CurrencyRef": REFERENCE,
    "ExchangeRate": NUMBER,
    "PrivateNote": Text(4000),
    "TxnStatus": READ_ONLY,
    "LinkedTxn": READ_ONLY,
    "TxnTaxDetail": _TAX_DETAIL,
    "TxnSource": TEXT,
    "TaxFormType": TEXT,
    "TaxFormNum": TEXT,
    "TransactionLocationType": TEXT,
    "Tag": Many(details.TAG),
    "TxnApprovalInfo": READ_ONLY,
    "RecurDataRef": READ_ONLY,
    "RecurringInfo": READ_ONLY,
    "ProjectRef": REFERENCE,
    "TotalCostAmount": READ_ONLY,
    "HomeTotalCostAmount": READ_ONLY,
}
_SALES: dict[str, Kind] = {
    **_TRANSACTION,
    "Line": Many(_SALES_LINE),
    "AutoDocNumber": FLAG,
    "CustomerRef": REFERENCE,
    "CustomerMemo": MEMO,
    "BillAddr": ADDRESS,
    "ShipAddr": ADDRESS,
    "FreeFormAddress": FLAG,
    "ShipFromAddr": ADDRESS,
    "RemitToRef": REFERENCE,
    "ClassRef": REFERENCE,
    "SalesTermRef": REFERENCE,
    "DueDate": DAY,
    "SalesRepRef": REFERENCE,
    "PONumber": Text(15),
    "FOB": Text(15),
    "ShipMethodRef": REFERENCE,
    "ShipDate": DAY,
    "TrackingNum": TEXT,
    "GlobalTaxCalculation": OneOf(("TaxExcluded", "TaxInclusive", "NotApplicable")),
    "TotalAmt": READ_ONLY,
    "HomeTotalAmt": READ_ONLY,
    "ApplyTaxAfterDiscount": FLAG,
    "ShippingTaxIncludedInTotalTax": FLAG,
    "TemplateRef": REFERENCE,
    "PrintStatus": OneOf(("NotSet", "NeedToPrint", "PrintComplete")),
    "EmailStatus": OneOf(("NotSet", "NeedToSend", "EmailSent")),
    "BillEmail": EMAIL,
    "BillEmailCc": EMAIL,
    "BillEmailBcc": EMAIL,
    "ARAccountRef": REFERENCE,
    "Balance": READ_ONLY,
    "HomeBalance": READ_ONLY,
    "FinanceCharge": READ_ONLY,
    "PaymentMethodRef": REFERENCE,
    "PaymentRefNum": Text(21),
    "PaymentType": details.PAYMENT_TYPES,
    "CheckPayment": details.CHECK_PAYMENT,
    "CreditCardPayment": details.CARD_PAYMENT,
    "DepositToAccountRef": REFERENCE,
    "DeliveryInfo": READ_ONLY,
    "DiscountRate": NUMBER,
    "DiscountAmt": NUMBER,
    "GovtTxnRefIdentifier": Text(30),
    "TaxExemptionRef": REFERENCE,
}

INVOICE = Shape(
    "Invoice",
    {
        **_SALES,
        "LinkedTxn": Many(LINKED_TXN),
        "Deposit": _NOT_NEGATIVE,
        "AllowIPNPayment": FLAG,
        "AllowOnlinePayment": FLAG,
        "AllowOnlineCreditCardPayment": FLAG,
        "AllowOnlineACHPayment": FLAG,
        "AllowOnlinePayPalPayment": FLAG,
        "EInvoiceStatus": READ_ONLY,
        "ECloudStatusTimeStamp": READ_ONLY,
        "invoiceStatus": READ_ONLY,
        "callToAction": READ_ONLY,
        "invoiceStatusLog": READ_ONLY,
        "InvoiceEx": READ_ONLY,
        "LessCIS": READ_ONLY,
        "InvoiceLink": READ_ONLY,
        "PaymentDetailsMessage": TEXT,
        "GratuityEnabled": FLAG,
        "AllowOnlineAffirmPayment": FLAG,
        "CfdiUse": NUMBER,
        "Exportation": TEXT,
        "GlobalInfo": Shape("MXGlobalInfo", {"Periodicity": TEXT, "Month": TEXT, "Year": TEXT}),
        "AutoPayEligible": FLAG,
        "SchedulePayEligible": FLAG,
        "ScheduledPaymentId": TEXT,
        "FinancingProductType": OneOf(("GET_PAID_UPFRONT",)),
        "SubscriptionPaymentsSetting": OneOf(("SALE_TERM",)),
        "TxnRetainageDetail": Shape(
            "TxnRetainageDetail", {"RetainageAmount": NUMBER, "RetainageOpenBalance": READ_ONLY}
        ),
        "ConvenienceFeeDetail": READ_ONLY,
        "EnabledSurchargeInfo": READ_ONLY,
        "InvoiceLinkSecurityCode": READ_ONLY,
        "InvoiceLinkExpiryDate": READ_ONLY,
    },
)

SALES_RECEIPT = Shape("SalesReceipt", {**_SALES, "SalesReceiptEx": READ_ONLY, "LessCIS": READ_ONLY})

CREDIT_MEMO = Shape(
    "CreditMemo",
    {**_SALES, "RemainingCredit": READ_ONLY, "InvoiceRef": REFERENCE, "CreditMemoEx": READ_ONLY},
)

REFUND_RECEIPT = Shape(
    "RefundReceipt",
    {**_SALES, "PaymentRefNum": Text(100), "RemainingCredit": READ_ONLY, "RefundReceiptEx": READ_ONLY},
)

ESTIMATE = Shape(
    "Estimate",
    {
        **_SALES,
        "TxnStatus": OneOf(("Pending", "Accepted", "Closed", "Rejected", "Converted")),
        "ExpirationDate": DAY,
        "AcceptedBy": TEXT,
        "AcceptedDate": DAY,
        "EstimateEx": READ_ONLY,
    },
)

_DEPOSIT_DETAIL = Shape(
    "DepositLineDetail",
    {
        "Entity": REFERENCE,
        "ClassRef": REFERENCE,
        "AccountRef": REFERENCE,
        "PaymentMethodRef": REFERENCE,
        "CheckNum": Text(21),
        "TxnType": Text(40),
        "TaxCodeRef": REFERENCE,
        "TaxApplicableOn": OneOf(("Sales", "Purchase")),
        "DepositLineDetailEx": READ_ONLY,
    },
)
_DEPOSIT_LINE = Shape(
    "Line", {**_LINE, "DetailType": OneOf(("DepositLineDetail",)), "DepositLineDetail": _DEPOSIT_DETAIL}
)
DEPOSIT = Shape(
    "Deposit",
    {
        **_TRANSACTION,
        "Line": Many(_DEPOSIT_LINE),
        "DepositToAccountRef": REFERENCE,
        "CashBack": Shape(
            "CashBackInfo",
            {"AccountRef": REFERENCE, "Amount": _NOT_NEGATIVE, "Memo": Text(4000)},
            required=("AccountRef", "Amount"),
        ),
        "GlobalTaxCalculation": OneOf(("TaxExcluded", "TaxInclusive", "NotApplicable")),
        "TotalAmt": READ_ONLY,
        "HomeTotalAmt": READ_ONLY,
        "DepositEx": READ_ONLY,
    },
)

PAYMENT = Shape(
    "Payment",
    {
        **_TRANSACTION,
        "Line": Many(_PAYMENT_LINE),
        "CustomerRef": REFERENCE,
        "RemitToRef": REFERENCE,
        "ARAccountRef": REFERENCE,
        "DepositToAccountRef": REFERENCE,
        "PaymentMethodRef": REFERENCE,
        "PaymentRefNum": Text(21),
        "PaymentType": details.PAYMENT_TYPES,
        "CheckPayment": details.CHECK_PAYMENT,
        "CreditCardPayment": details.CARD_PAYMENT,
        "TotalAmt": _NOT_NEGATIVE,
        "UnappliedAmt": READ_ONLY,
        "ProcessPayment": FLAG,
        "PaymentExtendedType": READ_ONLY,
        "PaymentEx": READ_ONLY,
    },
)
