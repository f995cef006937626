"""Currencies, and what one is worth in another (reference 13.5, 14.11).

The first rates of a company are a fixed list, as no market is asked; what a caller stores replaces them from its day on.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from quickbooks_sandbox.company import amounts, refusals, special_accounts
from quickbooks_sandbox.company.events import CREATED
from quickbooks_sandbox.company.tables import key_of

if TYPE_CHECKING:
    from quickbooks_sandbox.company.company import Company
    from quickbooks_sandbox.company.draft import Draft
    from quickbooks_sandbox.company.intake import Intake

Record = dict[str, Any]
ONE = Decimal(1)
_RATE_PLACES = Decimal("0.00000001")

NAMES = {
    "AUD": "Australian Dollar",
    "BRL": "Brazilian Real",
    "CAD": "Canadian Dollar",
    "CHF": "Swiss Franc",
    "CNY": "Chinese Yuan",
    "CZK": "Czech Koruna",
    "DKK": "Danish Krone",
    "EUR": "Euro",
    "GBP": "British Pound Sterling",
    "HKD": "Hong Kong Dollar",
    "HUF": "Hungarian Forint",
    "ILS": "Israeli New Sheqel",
    "INR": "Indian Rupee",
    "JPY": "Japanese Yen",
    "KRW": "South Korean Won",
    "MXN": "Mexican Peso",
    "NOK": "Norwegian Krone",
    "NZD": "New Zealand Dollar",
    "PLN": "Polish Zloty",
    "RON": "Romanian Leu",
    "SEK": "Swedish Krona",
    "SGD": "Singapore Dollar",
    "THB": "Thai Baht",
    "TRY": "Turkish Lira",
    "USD": "United States Dollar",
    "ZAR": "South African Rand",
}
"""The currencies that a company can use, with the names that Intuit gives them."""

_IN_DOLLARS = {
    "AUD": "0.65",
    "BRL": "0.18",
    "CAD": "0.73",
    "CHF": "1.12",
    "CNY": "0.14",
    "CZK": "0.044",
    "DKK": "0.145",
    "EUR": "1.08",
    "GBP": "1.27",
    "HKD": "0.128",
    "HUF": "0.0028",
    "ILS": "0.27",
    "INR": "0.012",
    "JPY": "0.0068",
    "KRW": "0.00074",
    "MXN": "0.055",
    "NOK": "0.094",
    "NZD": "0.6",
    "PLN": "0.25",
    "RON": "0.217",
    "SEK": "0.095",
    "SGD": "0.74",
    "THB": "0.029",
    "TRY": "0.029",
    "USD": "1",
    "ZAR": "0.055",
}


def reference(code: str) -> Record:
    """A currency as a ``CurrencyRef`` shows it."""
    return {"value": code, "name": NAMES[code]}


def check(code: str, element: str) -> None:
    """Refuse a code that is no currency.

    Raises:
        refusals.Refused: 2170.
    """
    if code not in NAMES:
        raise refusals.invalid_enumeration(element, code)


def rate_on(company: Company, code: str, day: str) -> Decimal:
    """What one unit of ``code`` is worth in the home currency on ``day``: the latest stored rate, else the first one."""
    home = company.kind.currency
    if code == home:
        return ONE
    best = ""
    rate: Decimal | None = None
    for record in company.tables["ExchangeRate"].records.values():
        if record["SourceCurrencyCode"] == code and best <= record["AsOfDate"] <= day:
            best, rate = record["AsOfDate"], record["Rate"]
    if rate is not None:
        return rate
    first = Decimal(_IN_DOLLARS[code]) / Decimal(_IN_DOLLARS[home])
    return amounts.shortest(first.quantize(_RATE_PLACES))


def complete_company_currency(draft: Draft, record: Record, intake: Intake) -> Record:
    """Fill in and check a currency of the company; its code never changes.

    Raises:
        refusals.Refused: 5030 in a company of one currency, 2020, 2170 and 6240 for the code.
    """
    _need_multicurrency(draft.company)
    if intake.before is not None:
        if record.get("Code", intake.before["Code"]) != intake.before["Code"]:
            raise refusals.business("The code of a currency cannot be changed.", "Code")
        record["Code"] = intake.before["Code"]
    if "Code" not in record:
        raise refusals.missing("Code")
    record["Code"] = record["Code"].upper()
    check(record["Code"], "Code")
    record.setdefault("Name", NAMES[record["Code"]])
    record.setdefault("Active", True)
    if not record["Active"] and record["Code"] == draft.company.kind.currency:
        raise refusals.business("The home currency cannot be made inactive.", "Active")
    draft.company.check_name("CompanyCurrency", record)
    return record


def use(draft: Draft, code: str) -> None:
    """Add a currency to the company's list, and the accounts that it needs, when it is first used (reference 14.3)."""
    company = draft.company
    record: Record = {"domain": "QBO", "sparse": False, "Active": True}
    if all(one["Code"] != code for one in company.tables["CompanyCurrency"].records.values()):
        named = {"Id": company.sequences.next("currencies"), "Code": code, "Name": NAMES[code]}
        draft.put("CompanyCurrency", {**named, **record}, CREATED)
    if company.journal.account("AccountsReceivable", currency=code) is None:
        name = f"Accounts Receivable (A/R) - {code}"
        special_accounts.opened(draft, name, special_accounts.RECEIVABLE, reference(code))
    if company.journal.account("ExchangeGainorLoss") is None:
        home = reference(company.kind.currency)
        special_accounts.opened(draft, "Exchange Gain or Loss", special_accounts.EXCHANGE, home)


def complete_exchange_rate(draft: Draft, record: Record, intake: Intake) -> Record:
    """Check a rate and give it the day it holds from: today unless it says otherwise.

    Raises:
        refusals.Refused: 5030 in a company of one currency, 2020 and 2170 for the members.
    """
    company = draft.company
    _need_multicurrency(company)
    for member in ("SourceCurrencyCode", "Rate"):
        if member not in record:
            raise refusals.missing(member)
    record["SourceCurrencyCode"] = record["SourceCurrencyCode"].upper()
    check(record["SourceCurrencyCode"], "SourceCurrencyCode")
    home = company.kind.currency
    if record.setdefault("TargetCurrencyCode", home) != home:
        raise refusals.business("The target of an exchange rate is the home currency.", "TargetCurrencyCode")
    if record["SourceCurrencyCode"] == home or record["Rate"] <= 0:
        raise refusals.invalid_number("Rate", str(record["Rate"]))
    return record


def shown_rate(company: Company, code: str, day: date) -> Record:
    """The rate of a day as an ``ExchangeRate``: a stored one as it is, else one made from the latest before it.

    Raises:
        refusals.Refused: 5030 in a company of one currency, 2170 for an unknown code.
    """
    _need_multicurrency(company)
    check(code, "sourcecurrencycode")
    made = {"SourceCurrencyCode": code, "AsOfDate": day.isoformat()}
    stored = company.tables["ExchangeRate"].records.get(key_of(made))
    if stored is not None:
        return stored
    return {
        "SyncToken": "0",
        "domain": "QBO",
        "sparse": False,
        "SourceCurrencyCode": code,
        "TargetCurrencyCode": company.kind.currency,
        "Rate": rate_on(company, code, day.isoformat()),
        "AsOfDate": day.isoformat(),
        "MetaData": {"LastUpdatedTime": company.tables["CompanyInfo"].records["1"]["MetaData"]["CreateTime"]},
    }


def settle(draft: Draft, record: Record, party: Record | None) -> None:
    """Set currency and rate of a transaction: those of its customer, at the rate of its day.

    Raises:
        refusals.Refused: 6000 for another currency than the customer's, or than the home currency where there is only
            one; 2090 for a rate that is none.
    """
    company = draft.company
    home = company.kind.currency
    code = party["CurrencyRef"]["value"] if party is not None else home
    sent = record.get("CurrencyRef", {}).get("value", code)
    if party is None and company.kind.multicurrency and sent in NAMES:
        code = sent
    if sent != code and not company.kind.multicurrency:
        raise refusals.business("Multicurrency is not turned on in this company.", "CurrencyRef")
    if sent != code:
        raise refusals.business("A transaction has the currency of its customer.", "CurrencyRef")
    record["CurrencyRef"] = reference(code)
    if not company.kind.multicurrency:
        record.pop("ExchangeRate", None)
        return
    if code == home:
        record["ExchangeRate"] = ONE
    elif record.setdefault("ExchangeRate", rate_on(company, code, record["TxnDate"])) <= 0:
        raise refusals.invalid_number("ExchangeRate", str(record["ExchangeRate"]))


def at_home(record: Record, amount: Decimal) -> Decimal:
    """An amount of a transaction in the home currency."""
    return amounts.money(amount * record.get("ExchangeRate", ONE))


def show_at_home(record: Record) -> None:
    """Fill in what a document comes to in the home currency, in companies of several currencies."""
    for member, at_home_member in (("TotalAmt", "HomeTotalAmt"), ("Balance", "HomeBalance")):
        record.pop(at_home_member, None)
        if "ExchangeRate" in record and member in record:
            record[at_home_member] = at_home(record, record[member])


def _need_multicurrency(company: Company) -> None:
    if not company.kind.multicurrency:
        raise refusals.feature_not_supported("Multicurrency is not turned on in this company.")
