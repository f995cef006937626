"""Account, Item and the small lists (reference 14.4, 14.5, 14.11)."""

from __future__ import annotations

from decimal import Decimal

from quickbooks_sandbox.company.members.details import COMPONENT_LINE, CUSTOM_EXTENSIONS
from quickbooks_sandbox.company.members.kinds import Many, Number, OneOf, Shape, Text
from quickbooks_sandbox.company.members.shared import (
    ADDRESS,
    BIG_PRICE,
    DAY,
    ENTITY,
    FLAG,
    NUMBER,
    PERCENT,
    READ_ONLY,
    REFERENCE,
    TEXT,
)

ACCOUNT_TYPES = (
    "Bank",
    "Accounts Receivable",
    "Other Current Asset",
    "Fixed Asset",
    "Other Asset",
    "Accounts Payable",
    "Credit Card",
    "Other Current Liability",
    "Long Term Liability",
    "Equity",
    "Income",
    "Cost of Goods Sold",
    "Expense",
    "Other Income",
    "Other Expense",
    "Non-Posting",
)

_DAYS = Number(least=Decimal(0), most=Decimal(999))
_DAY_OF_MONTH = Number(least=Decimal(1), most=Decimal(31))

ACCOUNT = Shape(
    "Account",
    {
        **ENTITY,
        "Name": Text(100, '":'),
        "SubAccount": FLAG,
        "ParentRef": REFERENCE,
        "Description": Text(100),
        "FullyQualifiedName": READ_ONLY,
        "AccountAlias": Text(100),
        "TxnLocationType": Text(50),
        "Active": FLAG,
        "Classification": READ_ONLY,
        "AccountType": OneOf(ACCOUNT_TYPES),
        "AccountSubType": TEXT,
        "AccountPurposes": Many(REFERENCE),
        "AcctNum": Text(20, ":"),
        "AcctNumExtn": TEXT,
        "BankNum": Text(25),
        "OpeningBalance": NUMBER,
        "OpeningBalanceDate": DAY,
        "CurrentBalance": READ_ONLY,
        "CurrentBalanceWithSubAccounts": READ_ONLY,
        "CurrencyRef": REFERENCE,
        "TaxAccount": FLAG,
        "TaxCodeRef": REFERENCE,
        "OnlineBankingEnabled": READ_ONLY,
        "FIName": TEXT,
        "JournalCodeRef": REFERENCE,
        "AccountEx": READ_ONLY,
    },
)

ITEM = Shape(
    "Item",
    {
        **ENTITY,
        "Name": Text(100, ":\t\n"),
        "Sku": Text(100),
        "Description": Text(4000),
        "Active": FLAG,
        "SubItem": FLAG,
        "ParentRef": REFERENCE,
        "Level": READ_ONLY,
        "FullyQualifiedName": READ_ONLY,
        "Taxable": FLAG,
        "SalesTaxIncluded": FLAG,
        "PercentBased": FLAG,
        "UnitPrice": BIG_PRICE,
        "RatePercent": NUMBER,
        "Type": OneOf(("Service", "NonInventory", "Inventory", "Category", "Group")),
        "PaymentMethodRef": REFERENCE,
        "UOMSetRef": REFERENCE,
        "IncomeAccountRef": REFERENCE,
        "PurchaseDesc": Text(1000),
        "PurchaseTaxIncluded": FLAG,
        "PurchaseCost": BIG_PRICE,
        "ExpenseAccountRef": REFERENCE,
        "COGSAccountRef": REFERENCE,
        "AssetAccountRef": REFERENCE,
        "PrefVendorRef": REFERENCE,
        "AvgCost": READ_ONLY,
        "TrackQtyOnHand": FLAG,
        "QtyOnHand": NUMBER,
        "QtyOnPurchaseOrder": READ_ONLY,
        "QtyOnSalesOrder": READ_ONLY,
        "ReorderPoint": NUMBER,
        "ManPartNum": TEXT,
        "DepositToAccountRef": REFERENCE,
        "SalesTaxCodeRef": REFERENCE,
        "PurchaseTaxCodeRef": REFERENCE,
        "InvStartDate": DAY,
        "BuildPoint": NUMBER,
        "PrintGroupedItems": FLAG,
        "SpecialItem": READ_ONLY,
        "SpecialItemType": READ_ONLY,
        "ItemGroupDetail": Shape("ItemGroupDetail", {"ItemGroupLine": Many(COMPONENT_LINE)}),
        "ItemAssemblyDetail": Shape("ItemAssemblyDetail", {"ItemAssemblyLine": Many(COMPONENT_LINE)}),
        "AbatementRate": NUMBER,
        "ReverseChargeRate": NUMBER,
        "ServiceType": TEXT,
        "ItemCategoryType": TEXT,
        "ItemEx": READ_ONLY,
        "TaxClassificationRef": REFERENCE,
        "UQCDisplayText": TEXT,
        "UQCId": TEXT,
        "ClassRef": REFERENCE,
        "DeferredRevenue": FLAG,
        "CustomExtensions": Many(CUSTOM_EXTENSIONS),
    },
)

PAYMENT_METHOD = Shape(
    "PaymentMethod",
    {
        **ENTITY,
        "Name": Text(31),
        "Active": FLAG,
        "Type": OneOf(("CREDIT_CARD", "NON_CREDIT_CARD")),
        "PaymentMethodEx": READ_ONLY,
    },
)

TERM = Shape(
    "Term",
    {
        **ENTITY,
        "Name": Text(31),
        "Active": FLAG,
        "Type": READ_ONLY,
        "DiscountPercent": PERCENT,
        "DueDays": _DAYS,
        "DiscountDays": _DAYS,
        "DayOfMonthDue": _DAY_OF_MONTH,
        "DueNextMonthDays": _DAYS,
        "DiscountDayOfMonth": _DAY_OF_MONTH,
        "SalesTermEx": READ_ONLY,
    },
)

CLASS = Shape(
    "Class",
    {
        **ENTITY,
        "Name": Text(100, ":"),
        "SubClass": READ_ONLY,
        "ParentRef": REFERENCE,
        "FullyQualifiedName": READ_ONLY,
        "Active": FLAG,
        "ClassEx": READ_ONLY,
    },
)

DEPARTMENT = Shape(
    "Department",
    {
        **ENTITY,
        "Name": Text(100, ":"),
        "SubDepartment": READ_ONLY,
        "ParentRef": REFERENCE,
        "FullyQualifiedName": READ_ONLY,
        "Active": FLAG,
        "DepartmentEx": READ_ONLY,
        "Address": ADDRESS,
    },
)

COMPANY_CURRENCY = Shape(
    "CompanyCurrency",
    {**ENTITY, "Code": Text(3), "Name": Text(100), "Active": FLAG, "CompanyCurrencyEx": READ_ONLY},
)

EXCHANGE_RATE = Shape(
    "ExchangeRate",
    {
        **ENTITY,
        "SourceCurrencyCode": Text(3),
        "TargetCurrencyCode": Text(3),
        "Rate": NUMBER,
        "AsOfDate": DAY,
        "ExchangeRateEx": READ_ONLY,
    },
)
