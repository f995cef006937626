"""The stand-in against Intuit's own documentation samples and the reference's vectors (skipped where they are not)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from quickbooks_sandbox import operations, webhooks
from quickbooks_sandbox.company import amounts
from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.company.entities import ENTITIES
from quickbooks_sandbox.company.members import kinds
from quickbooks_sandbox.company.refusals import Refused
from quickbooks_sandbox.query import properties

from .test_qbs_schema import filled

Make = Callable[..., Company]
Shape = dict[str, set[str]]

NOT_OURS = {"ProjectRef", "totalCount"}
"""Members of newer or optional features that samples show and this company does not have."""


def samples(
    reference: Path, entity: str, pattern: str = "*.response.json"
) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted((reference / "samples" / entity.lower()).glob(pattern)):
        yield path.name, json.loads(path.read_text(), parse_float=Decimal)


def objects(reference: Path, entity: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of an entity in its samples, without deletion stubs."""
    for name, body in samples(reference, entity):
        found = body.get("QueryResponse", body).get(entity, [])
        for one in found if isinstance(found, list) else [found]:
            if one.get("status") != "Deleted" and "SyncToken" in one:
                yield name, one


def kind_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float | Decimal) else type(value).__name__


def shape_of(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    yield path, kind_of(value)
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from shape_of(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from shape_of(inner, f"{path}[]")


def collected(records: list[Any]) -> Shape:
    shape: Shape = {}
    for record in records:
        for path, kind in shape_of(record):
            shape.setdefault(path, set()).add(kind)
    return shape


SAMPLED = set(ENTITIES) - {"Employee", "CompanyCurrency", "ExchangeRate", "TaxAgency", "Estimate"}
"""The entities that Intuit's samples show."""


@pytest.mark.parametrize("entity", sorted(SAMPLED))
def test_members_have_the_types_of_the_samples(reference: Path, make_company: Make, entity: str) -> None:
    """Wherever a path stands in Intuit's samples and in ours, the JSON type is the same."""
    theirs = collected([one for _, one in objects(reference, entity)])
    ours = collected(list(filled(make_company(seed="sample")).tables[entity].records.values()))
    differing = {
        path: (ours[path], theirs[path])
        for path in ours.keys() & theirs.keys()
        if not ours[path] <= theirs[path]
    }
    assert differing == {}


@pytest.mark.parametrize("entity", sorted(SAMPLED - {"Preferences"}))
def test_members_that_every_sample_has_are_always_there(
    reference: Path, make_company: Make, entity: str
) -> None:
    """What Intuit shows in each of its answers is in each of ours."""
    all_theirs = [set(one) for _, one in objects(reference, entity)]
    assert all_theirs
    expected = set.intersection(*all_theirs) - NOT_OURS
    for record in filled(make_company(seed="sample")).tables[entity].records.values():
        if "SyncToken" in record and record.get("Type") != "Category":
            present = expected & set(record)
            assert expected - present <= optional(entity), record["Id"]


def optional(entity: str) -> set[str]:
    """Members that all samples happen to have but that depend on what was entered."""
    entered = {
        "Customer": {
            "PrimaryEmailAddr",
            "GivenName",
            "FamilyName",
            "CompanyName",
            "PrimaryPhone",
            "BillAddr",
        },
        "Vendor": {
            "PrimaryEmailAddr",
            "GivenName",
            "FamilyName",
            "PrimaryPhone",
            "BillAddr",
            "WebAddr",
            "AcctNum",
        },
        "Invoice": {"BillAddr", "ShipAddr", "Deposit", "CustomerMemo", "SalesTermRef", "BillEmail"},
        "SalesReceipt": {"BillAddr", "PaymentMethodRef", "CustomerMemo", "PaymentRefNum"},
        "Payment": {"PaymentMethodRef"},
        "Item": {"Description"},
        "CompanyInfo": {"EmployerId"},
        "Attachable": {"Note"},
    }
    return entered.get(entity, set())


@pytest.mark.parametrize("entity", sorted(SAMPLED - {"TaxCode", "TaxRate"}))
def test_every_sample_member_is_known(reference: Path, entity: str) -> None:
    """No member of Intuit's samples would be refused as unknown (2010)."""
    shape = ENTITIES[entity].shape
    for name, one in objects(reference, entity):
        known = {member: value for member, value in one.items() if member in shape.members}
        assert set(one) - set(known) <= {"domain", "status"}, name
        for member, value in known.items():
            kind = shape.members[member]
            try:
                accepted = kind.accept(value, member)
            except (
                Refused
            ) as refusal:  # void samples spell enumerations as constants; nothing else may be refused
                assert refusal.code == "2170", (name, member)
            else:
                assert accepted is not None or kinds.is_unset(accepted)


@pytest.mark.parametrize(
    "entity",
    [
        *("Account", "Customer", "Item", "Invoice", "SalesReceipt", "Payment", "PaymentMethod", "Term"),
        *("Vendor", "CreditMemo", "RefundReceipt", "Deposit", "Class", "Department", "Attachable"),
    ],
)
def test_documented_create_requests_are_taken(reference: Path, make_company: Make, entity: str) -> None:
    """Each documented create request works once its ids point into our company."""
    company = make_company(seed="sample")
    for name, body in samples(reference, entity, "create-*.request.json"):
        moved = relocated(body, company)
        if moved.get("Type") == "Group":
            continue
        record = company.create(entity, moved)
        assert record["SyncToken"] == "0", name


@pytest.mark.parametrize(
    ("pattern", "operation"),
    [
        ("full-update-*", ""),
        ("update-a-category*", ""),
        ("sparse-update-*", ""),
        ("void-*", "void"),
        ("delete-*", "delete"),
    ],
)
@pytest.mark.parametrize("entity", sorted(SAMPLED - {"TaxCode", "TaxRate"}))
def test_documented_changes_are_taken(
    reference: Path, make_company: Make, entity: str, pattern: str, operation: str
) -> None:
    """Each documented update, void and delete works on an object of ours once its ids point into our company."""
    for name, body in samples(reference, entity, f"{pattern}.request.json"):
        company = filled(make_company(seed="sample", payment_needs_full_object=False))
        rules = ENTITIES[entity]
        form = rules.void.value if operation == "void" else operation
        words = frozenset({"void"}) if form.endswith("include=void") else frozenset[str]()
        verb = "update" if words else operation
        target = changeable(company, entity, body, category="category" in name)
        moved = relocated(body, company, target) | {"Id": target["Id"], "SyncToken": target["SyncToken"]}
        outcome = operations.write(company, rules, moved, verb, words)
        assert outcome.record["Id"] == target["Id"], name


def changeable(company: Company, entity: str, body: dict[str, Any], *, category: bool) -> dict[str, Any]:
    """The latest object of an entity that nothing keeps from being changed; the one of the same name if there is one."""
    found = [
        record
        for record in company.tables[entity].records.values()
        if (entity, record["Id"]) not in company.registers.deposited
        and not str(record.get("PrivateNote", "")).startswith("Voided")
        and (record.get("Type") == "Category") == category
    ]
    wanted = str(body.get("Name")).casefold()
    same = [record for record in found if record.get("Name", "").casefold() == wanted]
    return (same or found)[-1]


IDS = {
    "CustomerRef": "3",
    "ItemRef": "1",
    "IncomeAccountRef": "15",
    "AssetAccountRef": "5",
    "ExpenseAccountRef": "19",
    "ParentRef": "5",
    "DepositToAccountRef": "1",
    "PaymentMethodRef": "2",
    "APAccountRef": "8",
    "TermRef": "2",
    "AccountRef": "14",
    "DiscountAccountRef": "17",
}


def relocated(value: Any, company: Company, target: dict[str, Any] | None = None) -> Any:
    """The request with its references moved to ids of our seed, a changed object staying with its customer."""
    if isinstance(value, list):
        return [relocated(one, company, target) for one in value]
    if not isinstance(value, dict):
        return value
    moved = {}
    for name, inner in value.items():
        if name == "CustomerRef" and target is not None and "CustomerRef" in target:
            moved[name] = target["CustomerRef"]
        elif name in IDS:
            moved[name] = {"value": IDS[name]}
        elif name == "EntityRef":
            moved[name] = {**inner, "value": linkable(company, inner["type"], target)}
        elif name == "TxnId":
            moved[name] = linkable(company, value["TxnType"], target)
        else:
            moved[name] = relocated(inner, company, target)
    if target is not None and moved.get("LinkedTxn"):
        link = moved["LinkedTxn"][0]
        whole = company.tables[link["TxnType"]].records[link["TxnId"]]["TotalAmt"]
        moved["Amount"] = whole if link["TxnType"] == "Payment" else 1
    return moved


def linkable(company: Company, kind: str, target: dict[str, Any] | None) -> str:
    """A document with enough open on it, of the customer whose document is changed; or a payment in no deposit."""
    owner = (target or {}).get("CustomerRef", {}).get("value")
    for record in company.tables[kind].records.values():
        free = (kind, record["Id"]) not in company.registers.deposited and record["TotalAmt"]
        mine = owner in (None, record["CustomerRef"]["value"])
        if free and (kind == "Payment" or (mine and record["Balance"] > 10)):
            return str(record["Id"])
    raise AssertionError(f"no {kind} to link")


def vectors(reference: Path, name: str) -> list[dict[str, Any]]:
    return json.loads((reference / "arithmetic-vectors.json").read_text())[name]


def test_line_amount_vectors(reference: Path, make_company: Make, line: Callable[..., Any]) -> None:
    """arithmetic-vectors.json: the demanded amount is taken, the rejected ones are 6070."""
    company = make_company(seed="sample")
    for vector in vectors(reference, "line_amount"):
        detail = {"UnitPrice": Decimal(vector["UnitPrice"]), "Qty": Decimal(vector["Qty"])}
        company.create(
            "Invoice",
            {"CustomerRef": {"value": "3"}, "Line": [line("5000"), line(vector["Amount"], **detail)]},
        )
        for wrong in vector["rejected"]:
            with pytest.raises(Refused, match="6070"):
                company.create(
                    "Invoice", {"CustomerRef": {"value": "3"}, "Line": [line("5000"), line(wrong, **detail)]}
                )


def test_percent_discount_vectors(reference: Path) -> None:
    """arithmetic-vectors.json: discounts of a percentage."""
    for vector in vectors(reference, "percent_discount"):
        got = amounts.percent_of(Decimal(vector["SubTotal"]), Decimal(vector["DiscountPercent"]))
        assert got == Decimal(vector["Amount"])


def test_tax_vectors(reference: Path) -> None:
    """arithmetic-vectors.json: tax once per rate on the sum."""
    for vector in vectors(reference, "tax_per_rate_on_sum"):
        net = amounts.total(Decimal(one) for one in vector["lines"])
        assert net == Decimal(vector["NetAmountTaxable"])
        assert amounts.percent_of(net, Decimal(vector["TaxPercent"])) == Decimal(vector["Amount"])


def test_signature_vectors(reference: Path) -> None:
    """signature-test-vectors.json, over the exact bytes of the files."""
    folder = reference / "webhooks"
    for vector in json.loads((folder / "signature-test-vectors.json").read_text())["vectors"]:
        body = (folder / vector["body_file"]).read_bytes()
        assert webhooks.signature(vector["verifier_token"], body) == vector["intuit-signature"]


def test_filters_and_orders_cover_the_documented_ones(reference: Path) -> None:
    """field-limits.json: every filterable or sortable member of our entities can be asked for."""
    limits = json.loads((reference / "field-limits.json").read_text())
    missing = []
    for entity in ENTITIES:
        for name, facts in limits.get(entity, {}).items():
            usable = facts.get("filter_name", name)
            if facts.get("filter") and usable.casefold() not in properties.PROPERTIES[entity]:
                missing.append((entity, usable))
    assert missing == []


def test_refusal_codes_are_intuits(reference: Path, make_company: Make) -> None:
    """error-codes.json knows every code that the catalogue of refusals has."""
    import inspect

    from quickbooks_sandbox.company import refusals

    known = {one["code"] for one in json.loads((reference / "error-codes.json").read_text())["codes"]}
    source = inspect.getsource(refusals)
    used = {part.split('"')[0] for part in source.split('Problem("')[1:]}
    assert used
    assert used <= known
