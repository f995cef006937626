"""Every object of every entity is valid by Intuit's own schema (skipped without ``../shared``)."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import xmlschema

from quickbooks_sandbox.company import attachments, documents, mailing
from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.company.entities import ENTITIES
from quickbooks_sandbox.company.members import kinds

Make = Callable[..., Company]
Record = dict[str, Any]
SPACE = "{http://schema.intuit.com/finance/v3}"
TEXT_MEMBER = {"ReferenceType": "value", "MemoRef": "value"}
"""Types whose text has a name in JSON."""
NOT_KNOWN_ANY_MORE = {"Source"}
"""Members that Intuit withdrew after this schema (reference 18)."""
KINDS = ["us-ast", "us-manual", "us-none", "gb", "eu-multicurrency"]


@cache
def schema_at(folder: Path) -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(folder / "schema" / "SalesTax.xsd")


@pytest.fixture
def schema(reference: Path) -> xmlschema.XMLSchema:
    return schema_at(reference)


def local(name: str) -> str:
    return name.rpartition("}")[2]


def as_xml(element: Any, name: str, value: Any) -> ElementTree.Element:
    """A JSON value as the XML that the original would send for it; members that the schema lacks fail."""
    node = ElementTree.Element(SPACE + name)
    if isinstance(value, dict):
        kind = element.type
        left = {**left_out(name, value), **value}
        for attribute in list(kind.attributes):
            if attribute is not None and attribute in left:
                node.set(attribute, plain(left.pop(attribute)))
        if kind.has_simple_content():
            node.text = plain(left.pop(TEXT_MEMBER[local(kind.name)], ""))
        else:
            for child in kind.content.iter_elements():
                inside = list(members(left, local(child.name) if child.name else ""))
                if not getattr(
                    child.type, "abstract", False
                ):  # JSON does not say which concrete type is meant
                    node.extend(as_xml(child, local(child.name), one) for one in inside)
        left.pop("any", None)
        assert not left, (name, left)
    else:
        node.text = plain(value)
    return node


def left_out(name: str, value: Record) -> Record:
    """What the schema demands and recorded answers do not have, such as the value of an empty custom field (13.1)."""
    if name == "CheckPayment":
        return {"CheckPaymentEx": {}}
    empty = name == "CustomField" and value.get("Type") == "StringType"
    return {"StringValue": ""} if empty else {}


def members(left: Record, name: str) -> Iterator[Any]:
    value = left.pop(name, [])
    yield from value if isinstance(value, list) else [value]


def plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def filled(company: Company) -> Company:
    """The sample company with one more object of every entity, each with many members."""
    tax = company.default_tax_code
    code = {"us-none": "NON"}.get(company.kind.name, "TAX" if company.kind.american else tax)
    customer = company.create(
        "Customer",
        {
            "DisplayName": "Schema & Sons",
            "Title": "Ms",
            "GivenName": "Ada",
            "PrimaryEmailAddr": {"Address": "ada@example.com"},
            "PrimaryPhone": {"FreeFormNumber": "1"},
            "WebAddr": {"URI": "https://example.com"},
            "BillAddr": {"Line1": "1 Main St", "City": "Tucson", "CountrySubDivisionCode": "AZ"},
            "OtherContactInfo": [{"Type": "TelephoneNumber", "Telephone": {"FreeFormNumber": "2"}}],
            "JobInfo": {"Status": "Pending", "StartDate": "2026-01-01"},
        },
    )
    company.create("Vendor", {"DisplayName": "V", "TaxIdentifier": "1", "BillRate": "1.5"})
    company.create("Employee", {"GivenName": "E", "HiredDate": "2026-01-01", "Gender": "Female"})
    shop = company.create("Class", {"Name": "Shop"})["Id"]
    north = company.create("Department", {"Name": "North", "Address": {"City": "Galway"}})["Id"]
    detail = {"ItemRef": {"value": "1"}, "UnitPrice": "12.5", "Qty": 2, "TaxCodeRef": {"value": code}}
    discount = {"PercentBased": True, "DiscountPercent": 10}
    sale = {
        "CustomerRef": {"value": customer["Id"]},
        "ClassRef": {"value": shop},
        "DepartmentRef": {"value": north},
        "CustomerMemo": {"value": "Thank you"},
        "PrivateNote": "note",
        "BillEmail": {"Address": "a@b.example"},
        "ShipDate": "2026-03-04",
        "CustomField": [{"DefinitionId": "1", "StringValue": "102"}],
        "Line": [
            {
                "Amount": 25,
                "DetailType": "SalesItemLineDetail",
                "SalesItemLineDetail": {**detail, "ServiceDate": "2026-03-01", "ClassRef": {"value": shop}},
            },
            {"Description": "Words", "DetailType": "DescriptionOnly"},
            {"DetailType": "DiscountLineDetail", "DiscountLineDetail": discount},
        ],
    }
    checking = {"value": "1"}
    estimate = company.create("Estimate", {**sale, "ExpirationDate": "2026-05-01"})
    link = [{"TxnId": estimate["Id"], "TxnType": "Estimate"}]
    invoice = company.create("Invoice", {**sale, "LinkedTxn": link, "Deposit": 1})
    memo = company.create("CreditMemo", sale)
    check = {"CheckPayment": {"CheckNum": "7", "BankName": "B"}, "PaymentType": "Check"}
    receipt = company.create("SalesReceipt", {**sale, **check, "PaymentMethodRef": {"value": "1"}})
    company.create("RefundReceipt", {**sale, "DepositToAccountRef": checking})
    part = {"Amount": 5, "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}
    other = {"Amount": 2, "LinkedTxn": [{"TxnId": memo["Id"], "TxnType": "CreditMemo"}]}
    payment = company.create(
        "Payment", {"CustomerRef": {"value": customer["Id"]}, "TotalAmt": 9, "Line": [part, other]}
    )
    fee = {"AccountRef": {"value": "22"}, "Entity": {"value": customer["Id"]}, "CheckNum": "7"}
    held = [("Payment", payment), ("SalesReceipt", receipt)]
    company.create(
        "Deposit",
        {
            "DepositToAccountRef": checking,
            "Line": [
                *({"LinkedTxn": [{"TxnId": one["Id"], "TxnType": kind}]} for kind, one in held),
                {"Amount": -1, "DetailType": "DepositLineDetail", "DepositLineDetail": fee},
            ],
            "CashBack": {"AccountRef": {"value": "2"}, "Amount": 3, "Memo": "till"},
        },
    )
    company.create("Payment", {"CustomerRef": {"value": customer["Id"]}, "TotalAmt": 8})
    mailing.send(company, "Invoice", invoice["Id"], "a@b.example")
    company.void("Invoice", company.create("Invoice", sale))
    reference = {"EntityRef": {"type": "Invoice", "value": invoice["Id"]}}
    company.create("Attachable", {"Note": "n", "AttachableRef": [reference]})
    attachments.store(company, {"AttachableRef": [reference]}, "a.txt", "text/plain", b"abc")
    company.create("TaxAgency", {"DisplayName": "Agency"})
    if company.kind.multicurrency:
        company.create("ExchangeRate", {"SourceCurrencyCode": "USD", "Rate": "0.9"})
        foreign = company.create("Customer", {"DisplayName": "F", "CurrencyRef": {"value": "USD"}})
        company.create("Invoice", {**sale, "CustomerRef": {"value": foreign["Id"]}})
    return company


@pytest.mark.parametrize("kind", KINDS)
def test_every_object_is_valid(schema: xmlschema.XMLSchema, make_company: Make, kind: str) -> None:
    """Names, order, types and enumerations of all objects that a filled company answers with."""
    company = filled(make_company(kind, "sample"))
    for entity, table in company.tables.items():
        expected = kind == "eu-multicurrency" or entity not in ("CompanyCurrency", "ExchangeRate")
        taxless = kind == "us-none" and entity in ("TaxCode", "TaxRate")
        assert table.records or not expected or taxless, entity
        declared = schema.maps.elements[SPACE + entity]
        for record in table.records.values():
            node = as_xml(declared, entity, record)
            errors = [f"{error.path}: {error.reason}" for error in declared.iter_errors(node)]
            assert errors == [], record


@pytest.mark.parametrize("entity", sorted(ENTITIES))
def test_every_member_of_the_schema_is_known(schema: xmlschema.XMLSchema, entity: str) -> None:
    """No member of Intuit's type, on any level, would be refused as unknown (2010)."""
    unknown = list(
        unknown_members(schema.maps.elements[SPACE + entity].type, ENTITIES[entity].shape, entity, ())
    )
    assert unknown == []


def unknown_members(declared: Any, shape: kinds.Shape, path: str, above: tuple[str, ...]) -> Iterator[str]:
    if declared.name in above or declared.has_simple_content():
        return
    names = {name for name in declared.attributes if name is not None}
    for child in declared.content.iter_elements():
        if child.name is None:
            continue
        name = local(child.name)
        names.add(name)
        kind = shape.members.get(name)
        inner = kind.kind if isinstance(kind, kinds.Many) else kind
        if isinstance(inner, kinds.Shape) and child.type.is_complex():
            yield from unknown_members(child.type, inner, f"{path}.{name}", (*above, declared.name))
    for name in sorted(names - set(shape.members) - NOT_KNOWN_ANY_MORE):
        yield f"{path}.{name}"


SAMPLES: dict[type[Any], Any] = {
    kinds.Text: "7",
    kinds.Number: Decimal(1),
    kinds.Flag: True,
    kinds.Day: "2026-03-03",
}


def sample(kind: Any) -> Any:
    """A value of a kind, None for what is not a plain value."""
    return kind.words[-1] if isinstance(kind, kinds.OneOf) else SAMPLES.get(type(kind))


IDENTITY = {"Id", "SyncToken", "sparse", "Active", "CustomField"}
DECIDED = {
    "Account": {"AccountType", "AccountSubType", "SubAccount", "OpeningBalance", "OpeningBalanceDate"},
    "Customer": {"Job", "BillWithParent", "OpenBalanceDate", "TaxExemptionReasonId", "Taxable"},
    "Item": {"Type", "SubItem", "TrackQtyOnHand", "QtyOnHand", "InvStartDate"},
    "Term": {"DayOfMonthDue", "Type"},
    "CompanyCurrency": {"Code"},
    "Invoice": {"AutoDocNumber", "GlobalTaxCalculation", "EmailStatus", "Deposit", *documents.ONLINE},
    "SalesReceipt": {"AutoDocNumber", "GlobalTaxCalculation", "EmailStatus", "DueDate"},
    "CreditMemo": {"AutoDocNumber", "GlobalTaxCalculation", "EmailStatus", "DueDate"},
    "RefundReceipt": {"AutoDocNumber", "GlobalTaxCalculation", "EmailStatus", "DueDate"},
    "Estimate": {"AutoDocNumber", "GlobalTaxCalculation", "EmailStatus", "TxnStatus"},
    "Deposit": {"GlobalTaxCalculation"},
    "Payment": {"DocNumber", "TotalAmt"},
    "Attachable": {"ContentType", "FileName"},
}
"""Members that the company decides itself or that other members must go with."""
NOT_HOME = {"ExchangeRate"}
"""Members that only companies of several currencies keep."""


@pytest.mark.parametrize(
    "entity", sorted(set(ENTITIES) - {"ExchangeRate", "TaxAgency", "TaxCode", "TaxRate", "Preferences"})
)
def test_every_plain_member_is_stored_and_returned(make_company: Make, entity: str) -> None:
    """Text, numbers, flags, days and words come back as they were sent; a full update clears the optional ones."""
    kind = "eu-multicurrency" if entity == "CompanyCurrency" else "us-manual"
    company = filled(make_company(kind, "sample"))
    before = next(
        record
        for record in reversed(company.tables[entity].records.values())
        if not str(record.get("PrivateNote", "")).startswith("Voided")
        and record.get("Type") != "Category"
        and (entity, record["Id"]) not in company.registers.deposited
    )
    skipped = IDENTITY | DECIDED.get(entity, set()) | NOT_HOME
    values = {
        name: sample(member)
        for name, member in ENTITIES[entity].shape.members.items()
        if name not in skipped and sample(member) is not None
    }
    identity = {"Id": before["Id"], "SyncToken": before["SyncToken"], "sparse": True}
    if entity == "Payment":
        identity |= {"CustomerRef": before["CustomerRef"], "TotalAmt": before["TotalAmt"]}
    after = company.update(entity, {**identity, **values})
    kept = {name: after.get(name) for name in values}
    assert kept == values
