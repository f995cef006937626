"""The chart of accounts, payment methods, terms and tax codes that every seeded company begins with."""

from __future__ import annotations

from typing import Any

from quickbooks_sandbox.company.kinds import CompanyKind

Record = dict[str, Any]

ACCOUNTS = (
    ("Checking", "Bank", "Checking"),
    ("Savings", "Bank", "Savings"),
    ("Accounts Receivable (A/R)", "Accounts Receivable", "AccountsReceivable"),
    ("Undeposited Funds", "Other Current Asset", "UndepositedFunds"),
    ("Inventory Asset", "Other Current Asset", "Inventory"),
    ("Prepaid Expenses", "Other Current Asset", "PrepaidExpenses"),
    ("Truck", "Fixed Asset", "Vehicles"),
    ("Accounts Payable (A/P)", "Accounts Payable", "AccountsPayable"),
    ("Company Card", "Credit Card", "CreditCard"),
    ("Sales Tax Payable", "Other Current Liability", "SalesTaxPayable"),
    ("Loan Payable", "Other Current Liability", "LoanPayable"),
    ("Opening Balance Equity", "Equity", "OpeningBalanceEquity"),
    ("Retained Earnings", "Equity", "RetainedEarnings"),
    ("Services", "Income", "ServiceFeeIncome"),
    ("Sales of Product Income", "Income", "SalesOfProductIncome"),
    ("Design income", "Income", "ServiceFeeIncome"),
    ("Discounts given", "Income", "DiscountsRefundsGiven"),
    ("Uncategorized Income", "Income", "ServiceFeeIncome"),
    ("Cost of Goods Sold", "Cost of Goods Sold", "SuppliesMaterialsCogs"),
    ("Advertising", "Expense", "AdvertisingPromotional"),
    ("Travel", "Expense", "Travel"),
    ("Merchant Fees", "Expense", "BankCharges"),
    ("Office Supplies", "Expense", "OfficeGeneralAdministrativeExpenses"),
    ("Interest Earned", "Other Income", "InterestEarned"),
)
"""Name, type and sub-type; ids follow the order, from 1."""

PAYMENT_METHODS = (
    ("Cash", "NON_CREDIT_CARD"),
    ("Check", "NON_CREDIT_CARD"),
    ("Visa", "CREDIT_CARD"),
    ("MasterCard", "CREDIT_CARD"),
    ("Discover", "CREDIT_CARD"),
    ("American Express", "CREDIT_CARD"),
)

TERMS = (("Due on receipt", 0), ("Net 15", 15), ("Net 30", 30), ("Net 60", 60))

TaxSeed = tuple[tuple[str, str, tuple[tuple[str, str, str], ...]], ...]
"""Tax codes as (id, name, ((rate id, rate name, percent), ...))."""

AMERICAN_TAX: TaxSeed = (
    ("2", "California", (("3", "California", "8"),)),
    ("3", "Tucson", (("1", "AZ State tax", "6.1"), ("2", "Tucson City", "2.6"))),
)
GLOBAL_TAX: dict[str, TaxSeed] = {
    "GB": (
        ("2", "0.0% Z", (("4", "0.0% Z", "0"),)),
        ("3", "5.0% R", (("6", "5.0% R", "5"),)),
        ("4", "Exempt", (("8", "Exempt (sales)", "0"),)),
        ("5", "No VAT", (("10", "No VAT (sales)", "0"),)),
        ("6", "20.0% S", (("12", "20.0% S", "20"),)),
    ),
    "CA": (
        ("2", "Exempt", (("2", "Exempt", "0"),)),
        ("3", "Zero-rated", (("4", "Zero-rated", "0"),)),
        ("4", "GST", (("6", "GST", "5"),)),
        ("5", "HST ON", (("8", "HST (ON)", "13"),)),
        ("6", "GST/QST QC - 9.975", (("6", "GST", "5"), ("10", "QST (QC)", "9.975"))),
    ),
    "IE": (
        ("2", "0.0% Z", (("4", "0.0% Z", "0"),)),
        ("3", "13.5% R", (("6", "13.5% R", "13.5"),)),
        ("4", "Exempt", (("8", "Exempt (sales)", "0"),)),
        ("5", "23.0% S", (("12", "23.0% S", "23"),)),
    ),
    "AU": (
        ("2", "GST free", (("2", "GST free (sales)", "0"),)),
        ("3", "GST", (("4", "GST (sales)", "10"),)),
    ),
}
AGENCY_OF_RATE = {"AZ State tax": "2", "Tucson City": "2", "QST (QC)": "2"}
"""Rates that are owed to the second authority of their country; the others to the first."""
DEFAULT_TAX_CODE = {"US": "2", "GB": "6", "CA": "5", "AU": "3", "IE": "5"}


def tax_seed(kind: CompanyKind) -> TaxSeed:
    """The tax codes of a kind of company."""
    return AMERICAN_TAX if kind.country == "US" else GLOBAL_TAX[kind.country]


def tax_code(
    key: str, name: str, rates: tuple[tuple[str, str, str], ...], stamp: str, *, group: bool
) -> Record:
    """A real tax code (reference 14.13)."""
    details = [
        {"TaxRateRef": {"value": rate, "name": label}, "TaxTypeApplicable": "TaxOnAmount", "TaxOrder": 0}
        for rate, label, _ in rates
    ]
    return {
        "Id": key,
        "SyncToken": "0",
        "domain": "QBO",
        "sparse": False,
        "Active": True,
        "Name": name,
        "Description": name,
        "Taxable": True,
        "TaxGroup": group,
        "SalesTaxRateList": {"TaxRateDetail": details},
        "PurchaseTaxRateList": {"TaxRateDetail": []},
        "MetaData": {"CreateTime": stamp, "LastUpdatedTime": stamp},
    }


def pseudo_code(name: str, stamp: str) -> Record:
    """TAX, NON or CustomSalesTax: neither a SyncToken nor ``sparse`` (reference 15.1)."""
    return {
        "Id": name,
        "Name": name,
        "Description": name,
        "Taxable": name != "NON",
        "TaxGroup": name == "CustomSalesTax",
        "MetaData": {"CreateTime": stamp, "LastUpdatedTime": stamp},
    }
