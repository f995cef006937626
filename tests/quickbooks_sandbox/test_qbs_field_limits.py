"""field-limits.json, entry by entry: the longest value is taken, one more is 2050; forbidden signs, ranges, what filters."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.company.entities import ENTITIES
from quickbooks_sandbox.company.members import kinds
from quickbooks_sandbox.company.refusals import Refused
from quickbooks_sandbox.query import evaluation, properties

from .test_qbs_schema import SPACE, schema_at

Make = Callable[..., Company]
Record = dict[str, Any]
LENGTH = re.compile(r"Max\. ?length: \d+|QB[OW]: [Mm]ax=\d+|Length Restriction:\s+QBO: \d+")
PLACES = {"PhysicalAddress": ("Customer", "BillAddr.")}
"""Types that are not entities, and where one of them stands."""
COUNTRIES = {"AU": "au", "CA": "ca", "US": "us-ast", "UK": "gb"}


def limits(reference: Path) -> dict[str, dict[str, Record]]:
    told: dict[str, Any] = json.loads((reference / "field-limits.json").read_text())
    return {name: facts for name, facts in told.items() if isinstance(facts, dict)}


def body(entity: str, company: Company) -> Record:
    """The least that makes an object of an entity."""
    line = {
        "Amount": 1,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"ItemRef": {"value": "1"}},
    }
    sale = {"CustomerRef": {"value": "3"}, "Line": [line]}
    least: Record = {
        "Item": {"Name": "N", "Type": "Service", "IncomeAccountRef": {"value": "14"}},
        "Account": {"Name": "N", "AccountType": "Bank"},
        "Payment": {"CustomerRef": {"value": "3"}, "TotalAmt": 1},
        "RefundReceipt": {**sale, "DepositToAccountRef": {"value": "1"}},
        "Attachable": {"Note": "n"},
    }
    if entity in least:
        return dict(least[entity])
    if entity in ("Invoice", "SalesReceipt", "CreditMemo"):
        return sale
    return {"DisplayName": "N"} if "DisplayName" in ENTITIES[entity].shape.members else {"Name": "N"}


def with_value(whole: Record, path: str, value: Any) -> Record:
    """The body with a value at the end of a path; ``Line.`` means the first line."""
    head, _, rest = path.partition(".")
    if not rest:
        return {**whole, head: value}
    inner = whole.get(head, {})
    if isinstance(inner, list):
        return {**whole, head: [with_value(inner[0], rest, value), *inner[1:]]}
    return {**whole, head: with_value(inner, rest, value)}


def paths(entity: str, path: str) -> list[tuple[str, str]]:
    entity, prefix = PLACES.get(entity, (entity, ""))
    names = [f"Line{n}" for n in range(1, 6)] if path == "Line1..Line5" else [path]
    return [(entity, prefix + name) for name in names]


def text(path: str, length: int) -> str:
    return ("a@b." + "x" * length)[:length] if path.endswith(".Address") else "x" * length


def refused(company: Company, entity: str, sent: Record) -> str:
    with pytest.raises(Refused) as found:
        company.create(entity, sent)
    return found.value.code


def test_every_length(reference: Path, make_company: Make) -> None:
    """``max``: that many characters are taken and kept, one more is 2050 with the limit and the length in its detail."""
    company = make_company(seed="sample")
    tried = 0
    for name, facts in limits(reference).items():
        for told, fact in facts.items():
            if "max" not in fact or told == "PaymentType":  # an enumeration
                continue
            for entity, path in paths(name, told):
                longest = fact["max"]
                sent = with_value(body(entity, company), path, text(path, longest + 1))
                with pytest.raises(Refused, match=f"2050 .*Max:{longest} supplied:{longest + 1}"):
                    company.create(entity, sent)
                company.create(entity, with_value(body(entity, company), path, text(path, longest)))
                tried += 1
                company.reset()
    assert tried > 45


def test_no_length_of_the_schema_is_forgotten(reference: Path) -> None:
    """Finance.xsd: where it states a greatest length and field-limits.json nothing newer, there is a limit here too."""
    schema = schema_at(reference)
    unlimited: list[str] = []

    def walk(declared: Any, shape: kinds.Shape, path: str) -> None:
        for child in declared.content.iter_elements():
            if child.name is None:
                continue
            name = child.name.rpartition("}")[2]
            kind = shape.members.get(name)
            inner = kind.kind if isinstance(kind, kinds.Many) else kind
            notes = child.annotation.documentation if child.annotation is not None else []
            told = " ".join(note.text or "" for note in notes)
            if isinstance(inner, kinds.Text) and inner.longest is None and LENGTH.search(told):
                unlimited.append(f"{path}.{name}")
            content = getattr(child.type, "content", None)
            if isinstance(inner, kinds.Shape) and hasattr(content, "iter_elements") and path.count(".") < 3:
                walk(child.type, inner, f"{path}.{name}")

    for entity, rules in ENTITIES.items():
        walk(schema.maps.elements[SPACE + entity].type, rules.shape, entity)
    assert unlimited == []


def test_lines_of_an_address_together(reference: Path, make_company: Make) -> None:
    """``combined_max`` of the address lines."""
    most = limits(reference)["PhysicalAddress"]["Line1..Line5"]["combined_max"]
    company = make_company(seed="sample")
    lines = {f"Line{n}": "x" * (most // 4) for n in range(1, 5)}
    company.create("Customer", {"DisplayName": "Full", "BillAddr": lines})
    assert (
        refused(company, "Customer", {"DisplayName": "Over", "BillAddr": {**lines, "Line5": "x"}}) == "2050"
    )


def test_every_forbidden_sign(reference: Path, make_company: Make) -> None:
    """``forbid``: 2040, whatever stands around it."""
    company = make_company(seed="sample")
    for entity, facts in limits(reference).items():
        for path, fact in facts.items():
            for sign in (*fact.get("forbid", ()), *fact.get("forbid_unverified", ())):
                assert (
                    refused(company, entity, with_value(body(entity, company), path, f"a{sign}b")) == "2040"
                )


def test_every_range(reference: Path, make_company: Make) -> None:
    """``range`` and ``max_value``: the ends are taken, beyond them is refused."""
    company = make_company(seed="sample")
    for entity, facts in limits(reference).items():
        for path, fact in facts.items():
            if "max_value" in fact:
                fact["range"] = [-fact["max_value"], fact["max_value"]]
            for end, step in zip(fact.get("range", ()), (-1, 1), strict=False):
                company.create(entity, with_value(body(entity, company), path, Decimal(end)))
                company.reset()
                beyond = with_value(body(entity, company), path, Decimal(end + step))
                assert refused(company, entity, beyond) == "2090", (entity, path)


@pytest.mark.parametrize("country", sorted(COUNTRIES))
def test_account_numbers_by_country(reference: Path, make_company: Make, country: str) -> None:
    """``max_by_country`` of AcctNum."""
    longest = limits(reference)["Account"]["AcctNum"]["max_by_country"][country]
    company = make_company(COUNTRIES[country])
    account = {"Name": "N", "AccountType": "Bank"}
    assert refused(company, "Account", {**account, "AcctNum": "1" * (longest + 1)}) == "2050"
    assert company.create("Account", {**account, "AcctNum": "1" * longest})["AcctNum"] == "1" * longest


def test_everything_that_filters_and_sorts_can_be_asked(reference: Path, make_company: Make) -> None:
    """``filter`` and ``sort``; an id filters by equality alone and sorts no more (reference 6.4)."""
    company = make_company(seed="sample")
    values = {
        properties.Kind.DAY: "'2026-03-04'",
        properties.Kind.INSTANT: "'2026-03-04T00:00:00Z'",
        properties.Kind.FLAG: "true",
    }
    for entity in ENTITIES.keys() & limits(reference).keys():
        for path, fact in limits(reference)[entity].items():
            name = fact.get("filter_name", path)
            if fact.get("filter"):
                value = values.get(properties.find(entity, name).kind, "'1'")
                evaluation.answer(company, f"select * from {entity} where {name} = {value}")
            if fact.get("sort") and name != "Id":
                evaluation.answer(company, f"select * from {entity} orderby {name}")


@pytest.mark.parametrize(
    ("entity", "member"),
    [
        *(("Customer", name) for name in ("BillAddr", "PrimaryPhone", "CurrencyRef", "Notes", "Balance")),
        *(("Invoice", name) for name in ("PrivateNote", "CustomerMemo", "CurrencyRef", "Line", "LinkedTxn")),
        *(("Invoice", name) for name in ("CustomField", "ShipAddr", "EmailStatus")),
        *(("Payment", name) for name in ("PrivateNote", "Line", "CurrencyRef", "DepositToAccountRef")),
        *(("Item", name) for name in ("UnitPrice", "Description", "IncomeAccountRef")),
    ],
)
def test_what_filters_nothing(make_company: Make, entity: str, member: str) -> None:
    """Reference 6.4: 4001 in the recorded words."""
    with pytest.raises(Refused, match=f"4001 .*Property {member} not found for Entity {entity}"):
        evaluation.answer(make_company(), f"select * from {entity} where {member} = '1'")
