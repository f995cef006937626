"""The forms on which a person writes an invoice or a sales receipt, or changes what stands around its lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

from quickbooks_sandbox.company import amounts, documents, times
from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.company.kinds import TaxModel
from quickbooks_sandbox.company.members.kinds import MOST_DIGITS
from quickbooks_sandbox.pages.kinds import KINDS, Kind
from quickbooks_sandbox.pages.site import Go, Row, Sheet, Visit
from sandbox_kit.forms import Form

Record = dict[str, Any]
Choices = list[tuple[str, str]]
LINES, MORE = 4, 4
CUSTOMERS_MAX = 500
PLACES_MAX = 12
_NOT_SOLD = ("Category", "Group")
_OF_LINES = ("item", "said", "qty", "rate", "tax")
_EDITED = ("Invoice", "SalesReceipt", "CreditMemo", "RefundReceipt", "Estimate")
_WRITTEN = ("Invoice", "SalesReceipt")


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it was typed; ``tax`` is a tax code, empty for that of the item."""

    item: str = ""
    said: str = ""
    qty: str = ""
    rate: str = ""
    tax: str = ""


def rows() -> list[Row]:
    """A form for each kind that a person writes, and one for each whose number and notes can be changed."""
    written = [KINDS[entity] for entity in _WRITTEN]
    edited = [KINDS[entity] for entity in _EDITED]
    return [
        *(Row(f"/{kind.word}/new", partial(_new, kind), partial(_create, kind)) for kind in written),
        *(Row(f"/{kind.word}/{{id}}/edit", partial(_edit, kind), partial(_save, kind)) for kind in edited),
    ]


def customers(company: Company, chosen: str) -> Choices:
    """The customers to choose from: those who are active, not too many, and in any case the one already chosen."""
    found = [one for one in company.tables["Customer"].by_name() if one["Active"]]
    shown = found[:CUSTOMERS_MAX]
    shown += [one for one in found[CUSTOMERS_MAX:] if one["Id"] == chosen]
    return [("", "Choose a customer"), *((one["Id"], one["FullyQualifiedName"]) for one in shown)]


def accounts(company: Company) -> Choices:
    """The accounts into which money can go, Undeposited Funds first."""
    found = [
        one
        for one in company.tables["Account"].records.values()
        if one["AccountType"] in documents.DEPOSIT_TYPES and one["Active"]
    ]
    found.sort(key=lambda one: one["Id"] != company.undeposited_funds)
    return [(one["Id"], one["FullyQualifiedName"]) for one in found]


def methods(company: Company) -> Choices:
    """The payment methods, none first."""
    found = company.tables["PaymentMethod"].records.values()
    return [("", "–"), *((one["Id"], one["Name"]) for one in found if one["Active"])]


def number(text: str) -> Decimal | None:
    """A number as people type it, None for nothing. Raises ValueError with a sentence."""
    if not text:
        return None
    try:
        found = Decimal(text.replace(",", ""))
    except InvalidOperation:
        raise ValueError(f"“{text[:40]}” is not a number.") from None
    exponent = found.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -PLACES_MAX or found.adjusted() > MOST_DIGITS:
        raise ValueError(f"“{text[:40]}” is too large or too long for a number.")
    return found


def today(company: Company) -> str:
    """The day that new documents get unless a person says otherwise."""
    return times.server_day(company.now()).isoformat()


# writing


def _new(kind: Kind, visit: Visit) -> Sheet:
    company, form = visit.company, visit.form
    chosen = form.text("customer", visit.query.text("customer"))
    typed = _typed(form)
    blank = max(LINES - len(typed), MORE if typed and form.flag("more") else 0)
    codes = tax_codes(company)
    view = {
        "here": kind.word,
        "kind": kind,
        "customers": customers(company, chosen),
        "chosen": chosen,
        "more_customers": len(company.tables["Customer"].records) > CUSTOMERS_MAX,
        "today": today(company),
        "items": _items(company),
        "codes": codes,
        "code": company.default_tax_code if company.kind.tax is TaxModel.GLOBAL else "",
        "is_global": company.kind.tax is TaxModel.GLOBAL,
        "lines": [*typed, *(Line(tax=codes[0][0] if codes else "") for _ in range(blank))],
        "accounts": accounts(company),
        "methods": methods(company),
        "discounts": bool(company.preference("SalesFormsPrefs", "AllowDiscount")),
    }
    return Sheet("sale_form.html", view)


def _items(company: Company) -> Choices:
    found = [
        one for one in company.tables["Item"].by_name() if one["Active"] and one["Type"] not in _NOT_SOLD
    ]
    prices = {one["Id"]: one.get("UnitPrice") for one in found}
    said = {key: "" if price is None else f" ({price:,.2f})" for key, price in prices.items()}
    return [("", "–"), *((one["Id"], one["FullyQualifiedName"] + said[one["Id"]]) for one in found)]


def tax_codes(company: Company) -> Choices:
    """What a line can say about tax: nothing, taxed or not, or one of the company's codes (reference 15)."""
    if company.kind.tax is TaxModel.NONE:
        return []
    if company.kind.american:
        return [("", "As the item"), ("TAX", "Taxed"), ("NON", "Not taxed")]
    found = [one for one in company.tables["TaxCode"].records.values() if one.get("Active", True)]
    found.sort(key=lambda one: one["Id"] != company.default_tax_code)
    return [(one["Id"], one["Name"]) for one in found]


def _typed(form: Form) -> list[Line]:
    """The lines of the form that say anything, those left blank among them not."""
    columns = [form.texts(f"line_{name}") for name in _OF_LINES]
    if not any(columns):
        return []
    longest = max(len(column) for column in columns)
    padded = [column + [""] * (longest - len(column)) for column in columns]
    lines = [Line(*values) for values in zip(*padded, strict=True)]
    return [line for line in lines if any(astuple(line)[:-1])]


def _create(kind: Kind, visit: Visit) -> Sheet | Go:
    if visit.form.flag("more"):
        return _new(kind, visit)
    record = visit.write(kind.entity, _body(kind, visit))
    return Go(f"{visit.home}/{kind.word}/{record['Id']}", "created")


def _body(kind: Kind, visit: Visit) -> Record:
    """The form as a body of the API. Raises ValueError with a sentence."""
    company, form = visit.company, visit.form
    lines = [_line(company, line) for line in _typed(form)]
    if not lines:
        raise ValueError(
            "Fill in at least one line: choose an item, or say what it is for and what it costs."
        )
    discount = number(form.text("discount"))
    if discount:
        detail = {"PercentBased": True, "DiscountPercent": discount}
        lines.append({"DetailType": "DiscountLineDetail", "DiscountLineDetail": detail})
    body: Record = {"Line": lines, "TxnDate": form.text("date"), **_notes(form)}
    body |= {"DocNumber": form.text("number")} if form.text("number") else {"AutoDocNumber": True}
    chosen = form.text("customer")
    if chosen:
        body["CustomerRef"] = {"value": chosen}
    elif kind.entity == "Invoice":
        raise ValueError("Choose a customer.")
    customer = company.tables["Customer"].records.get(chosen, {})
    address = form.text("email") or customer.get("PrimaryEmailAddr", {}).get("Address", "")
    if address:
        body["BillEmail"] = {"Address": address}
    if company.kind.tax is TaxModel.GLOBAL:
        body["GlobalTaxCalculation"] = "NotApplicable" if form.flag("untaxed") else "TaxExcluded"
    if kind.entity == "Invoice":
        return {**body, "DueDate": form.text("due")}
    return {**body, **money_in(form)}


def money_in(form: Form) -> Record:
    """How money was paid and where it went, as members of a receipt or payment."""
    named = {
        "DepositToAccountRef": form.text("account"),
        "PaymentMethodRef": form.text("method"),
    }
    found: Record = {member: {"value": value} for member, value in named.items() if value}
    return found | ({"PaymentRefNum": form.text("reference")} if form.text("reference") else {})


def _notes(form: Form) -> Mapping[str, Any]:
    return {"PrivateNote": form.text("memo"), "CustomerMemo": {"value": form.text("message")}}


def _line(company: Company, line: Line) -> Record:
    """A line of the form as one of the API: the amount is worked out, and a rate left blank is the item's own."""
    item = company.tables["Item"].records.get(line.item or company.default_item, {})
    if not line.item and not line.rate and not line.qty:
        return {"DetailType": "DescriptionOnly", "Description": line.said, "DescriptionLineDetail": {}}
    quantity, rate = number(line.qty), number(line.rate)
    quantity = Decimal(1) if quantity is None else quantity
    if rate is None:  # an item that was made without a price has 0
        rate = item.get("UnitPrice") or None
    if rate is None:
        raise ValueError(f"Say what “{line.said or item.get('Name', 'this')}” costs: the item has no price.")
    detail: Record = {"ItemRef": {"value": line.item or company.default_item}}
    detail |= {"Qty": quantity, "UnitPrice": rate}
    code = line.tax or ("TAX" if item.get("Taxable") else "NON")
    if company.kind.tax is not TaxModel.NONE:
        detail["TaxCodeRef"] = {"value": code}
    said = line.said or item.get("Description", "")
    body = {"Amount": amounts.money(quantity * rate), "DetailType": "SalesItemLineDetail"}
    return {**body, "SalesItemLineDetail": detail, **({"Description": said} if said else {})}


# changing what stands around the lines


def _edit(kind: Kind, visit: Visit) -> Sheet:
    record = visit.record(kind.entity)
    return Sheet("sale_edit.html", {"here": kind.word, "kind": kind, "record": record})


def _save(kind: Kind, visit: Visit) -> Go:
    record, form = visit.record(kind.entity), visit.form
    body = {"Id": record["Id"], "SyncToken": form.text("token"), "sparse": True, **_notes(form)}
    body |= {"DocNumber": form.text("number"), "TxnDate": form.text("date")}
    body |= {"BillEmail": {"Address": form.text("email")}}
    if kind.entity == "Invoice":
        body["DueDate"] = form.text("due")
    visit.write(kind.entity, body)
    return Go(f"{visit.home}/{kind.word}/{record['Id']}", "saved")
