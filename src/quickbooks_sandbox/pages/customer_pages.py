"""Customers: the list, one with its documents, adding, changing, making inactive, merging."""

from __future__ import annotations

from typing import Any

from quickbooks_sandbox.company import amounts, kinds
from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.company.tables import folded
from quickbooks_sandbox.pages.kinds import KINDS, papers_of
from quickbooks_sandbox.pages.site import Go, Row, Sheet, Visit
from sandbox_kit.forms import Form, paged

Record = dict[str, Any]
SHOWN = ("Active", "Inactive", "All", "Owing")
ADDRESSES = {"BillAddr": "Billing address", "ShipAddr": "Shipping address"}
PARTS = {
    "Line1": "Street",
    "City": "Town",
    "CountrySubDivisionCode": "State or region",
    "PostalCode": "Postal code",
    "Country": "Country",
}
_COMPUTED = ("Id", "Lat", "Long")
_TEXTS = ("DisplayName", "CompanyName", "GivenName", "FamilyName", "Notes")
_DOCUMENTS = 20
OFFERED_MAX = 500


def rows() -> list[Row]:
    """The pages of customers."""
    one = "/customers/{id}"
    return [
        Row("/customers", _list),
        Row("/customers/new", _new, _create),
        Row(one, _customer),
        Row(f"{one}/edit", _edit, _save),
        Row(f"{one}/active", _customer, _set_active),
        Row(f"{one}/merge", _customer, _merge),
    ]


def _list(visit: Visit) -> Sheet:
    wanted, shown = folded(visit.query.text("search")), visit.query.text("show", SHOWN[0])
    found = [
        record
        for record in visit.company.tables["Customer"].by_name()
        if _is_shown(record, shown) and wanted in _searched(record)
    ]
    view = {
        "here": "customers",
        "page": paged(found, visit.query.text("page", "1")),
        "total": amounts.total(record["Balance"] for record in found),
        "tabs": SHOWN,
        "shown": shown,
        "search": visit.query.text("search"),
    }
    return Sheet("customers.html", view)


def _is_shown(record: Record, shown: str) -> bool:
    if shown == "Owing":
        return bool(record["Balance"])
    return shown == "All" or record["Active"] is (shown != "Inactive")


def _searched(record: Record) -> str:
    texts = (
        record["FullyQualifiedName"],
        record.get("CompanyName", ""),
        record.get("PrimaryEmailAddr", {}).get("Address", ""),
        record.get("PrimaryPhone", {}).get("FreeFormNumber", ""),
    )
    return " ".join(texts).casefold()


def _customer(visit: Visit) -> Sheet:
    company, record = visit.company, visit.record("Customer")
    below = [
        one
        for one in company.tables["Customer"].records.values()
        if one.get("ParentRef", {}).get("value") == record["Id"]
    ]
    found = [(kind, papers_of(company, kind.entity, record["Id"])) for kind in KINDS.values()]
    view = {
        "here": "customers",
        "record": record,
        "below": below,
        "others": _others(company, record),
        "addresses": [(title, record[name]) for name, title in ADDRESSES.items() if name in record],
        "sections": [(kind, papers[:_DOCUMENTS], len(papers)) for kind, papers in found if papers],
    }
    return Sheet("customer.html", view)


def _others(company: Company, record: Record) -> list[str]:
    """The names to choose from when another one is merged into this customer; none where they are too many to send."""
    records = company.tables["Customer"].records
    if len(records) > OFFERED_MAX:
        return []
    return [one["FullyQualifiedName"] for one in records.values() if one["Active"] and one is not record]


def _new(visit: Visit) -> Sheet:
    return _form(visit, None)


def _edit(visit: Visit) -> Sheet:
    return _form(visit, visit.record("Customer"))


def _form(visit: Visit, record: Record | None) -> Sheet:
    view = {
        "here": "customers",
        "record": record or {},
        "adding": record is None,
        "addresses": ADDRESSES,
        "parts_of_address": PARTS,
        "taxable": _taxable_counts(visit.company),
    }
    return Sheet("customer_form.html", view)


def _taxable_counts(company: Company) -> bool:
    """Whether the company asks of a customer if they are taxed."""
    return company.kind.american and company.kind.tax is not kinds.TaxModel.NONE


def _create(visit: Visit) -> Go:
    record = visit.write("Customer", _typed(visit, {}))
    return Go(f"{visit.home}/customers/{record['Id']}", "created")


def _save(visit: Visit) -> Go:
    before = visit.record("Customer")
    _changed(visit, before, _typed(visit, before))
    return Go(f"{visit.home}/customers/{before['Id']}", "saved")


def _changed(visit: Visit, before: Record, body: Record) -> Record:
    token = visit.form.text("token")
    return visit.write("Customer", {**body, "Id": before["Id"], "SyncToken": token, "sparse": True})


def _typed(visit: Visit, before: Record) -> Record:
    """The form as a body of the API; what was left blank clears its member, what the form does not show stays."""
    form = visit.form
    body: Record = {name: form.text(name) for name in _TEXTS}
    body["PrimaryEmailAddr"] = {"Address": form.text("email")}
    body["PrimaryPhone"] = {"FreeFormNumber": form.text("phone")}
    for name in ADDRESSES:
        kept = {part: value for part, value in before.get(name, {}).items() if part not in _COMPUTED}
        body[name] = {**kept, **_address(form, name)}
    if _taxable_counts(visit.company):
        body["Taxable"] = form.flag("taxable")
    return body


def _address(form: Form, name: str) -> Record:
    return {part: form.text(f"{name}.{part}") for part in PARTS}


def _set_active(visit: Visit) -> Go:
    active = visit.form.text("active") == "true"
    record = _changed(visit, visit.record("Customer"), {"Active": active})
    return Go(f"{visit.home}/customers/{record['Id']}", "revived" if active else "retired")


def _merge(visit: Visit) -> Go:
    """The other customer goes into this one, as in QuickBooks when two get the same name."""
    survivor = visit.record("Customer")
    visit.check_token(survivor)
    loser = _named(visit.company, visit.form.text("loser"))
    visit.company.check_writable()
    visit.company.merge(survivor["Id"], loser["Id"])
    return Go(f"{visit.home}/customers/{survivor['Id']}", "merged")


def _named(company: Company, text: str) -> Record:
    """The customer with a name or, failing that, an id. Raises ValueError with a sentence."""
    records = company.tables["Customer"].records
    wanted = folded(text)
    if not wanted:
        raise ValueError("Say which customer to merge into this one: a name or an id.")
    for record in records.values():
        if wanted in (folded(record["DisplayName"]), folded(record["FullyQualifiedName"])):
            return record
    if text not in records:
        raise ValueError(f"There is no customer with the name or id “{text[:60]}”.")
    return records[text]
