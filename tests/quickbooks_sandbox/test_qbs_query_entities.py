"""Every entity can be queried by every documented member: filtered, sorted and counted (reference 6.4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.company.entities import ENTITIES
from quickbooks_sandbox.company.kinds import KINDS
from quickbooks_sandbox.company.refusals import Refused
from quickbooks_sandbox.query import evaluation, properties
from sandbox_kit.clock import Clock
from sandbox_kit.ids import Ids

from .test_qbs_schema import filled

Record = dict[str, Any]
COMPANY = filled(Company("eu-multicurrency", "sample", clock=Clock(lambda: 1_772_640_000.0), ids=Ids(1)))


def cases() -> Iterator[tuple[str, properties.Property]]:
    for entity in sorted(ENTITIES):
        for prop in properties.PROPERTIES[entity].values():
            yield entity, prop


def literal(prop: properties.Property, record: Record) -> str | None:
    value: Any = record
    for step in prop.path:
        value = value.get(step) if isinstance(value, dict) else None
    if value is None:
        return None
    if prop.kind is properties.Kind.FLAG:
        return str(value).lower()
    escaped = str(value).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def everything(entity: str) -> str:
    """A condition that shows inactive objects too."""
    return "where Active in (true, false)" if "active" in properties.PROPERTIES[entity] else ""


@pytest.mark.parametrize(("entity", "prop"), list(cases()), ids=lambda one: getattr(one, "name", one))
def test_members_filter_and_sort(entity: str, prop: properties.Property) -> None:
    """``=`` and ``IN`` find the object; an order by the member keeps all of them."""
    table = COMPANY.tables[entity].records
    record = next((one for one in table.values() if literal(prop, one) is not None), None)
    if record is not None and prop.filters:
        value = literal(prop, record)
        active = " and Active in (true, false)" if everything(entity) and prop.name != "Active" else ""
        for condition in (f"{prop.name} = {value}", f"{prop.name} in ({value})"):
            statement = f"select * from {entity} where {condition}{active} maxresults 1000"
            assert record in evaluation.answer(COMPANY, statement)[entity], statement
    statement = f"select * from {entity} {everything(entity)} orderby {prop.name} desc maxresults 1000"
    if prop.sorts and prop.name != "Id":
        assert len(evaluation.answer(COMPANY, statement).get(entity, [])) == len(table)
    else:
        with pytest.raises(Refused, match="4001"):
            evaluation.answer(COMPANY, statement)


@pytest.mark.parametrize("entity", sorted(ENTITIES))
def test_entities_are_counted_in_any_spelling(entity: str) -> None:
    """Entity names and keywords do not mind case."""
    statement = f"SELECT COUNT(*) FROM {entity.upper()} {everything(entity)}"
    found = evaluation.answer(COMPANY, statement)
    assert found == {"totalCount": len(COMPANY.tables[entity].records)}


@pytest.mark.parametrize(
    "rest",
    [
        "where Line = '1'",
        "where BillAddr = 'x'",
        "where PrivateNote = 'x'",
        "where CustomerMemo like 'x%'",
        "where LinkedTxn = '1'",
        "where CurrencyRef = 'USD'",
        "where Id > '1'",
        "where Id like '1%'",
        "orderby Id",
        "orderby CustomerRef",
        "where TxnDate = 'soon'",
        "where TotalAmt like '1%'",
    ],
)
def test_what_may_not_be_asked_is_4001(rest: str) -> None:
    """Addresses, notes, lines, links and currencies are not filterable; ids only by equality (6.4)."""
    with pytest.raises(Refused, match="4001"):
        evaluation.answer(COMPANY, f"select * from Invoice {rest}")


@pytest.mark.parametrize("order", ["", "orderby TxnDate"])
def test_a_position_beyond_everything_is_an_empty_page(order: str) -> None:
    """However large it is."""
    statement = f"select * from Invoice {order} startposition {10**30} maxresults 1000"
    assert evaluation.answer(COMPANY, statement) == {}


@pytest.mark.parametrize(
    "rest",
    [
        "where TotalAmt != '1'",
        "where TotalAmt = '1' or TotalAmt = '2'",
        "where not TotalAmt = '1'",
        "where (TotalAmt = '1')",
        "group by TotalAmt",
        "where DocNumber = 'it''s'",
        "where",
        "startposition x",
    ],
)
def test_what_is_no_statement_is_4000(rest: str) -> None:
    """No OR, NOT, parentheses, GROUP BY, and no doubled quotes (6.1, 6.2)."""
    with pytest.raises(Refused, match="4000"):
        evaluation.answer(COMPANY, f"select * from Invoice {rest}")


async def test_the_feed_inside_a_batch(make_caller: Any) -> None:
    """``CDCQuery`` beside queries and writes, each with its own answer (7, 8)."""
    caller = await make_caller("us-ast")
    made = await caller.write("/customer", {"DisplayName": "A"})
    since = "2026-03-04T08:00:00-08:00"
    items = [
        {"bId": "1", "CDCQuery": {"Entities": "Customer,Invoice", "ChangedSince": since}},
        {"bId": "2", "CDCQuery": {"Entities": "Customer"}},
        {"bId": "3", "CDCQuery": "x"},
        {"bId": "4", "CDCQuery": {"Entities": "Customer", "ChangedSince": since}, "operation": "create"},
        {"bId": "5", "operation": "create", "Class": {"Name": "Shop"}},
    ]
    response = await caller.post("/batch", {"BatchItemRequest": items})
    feed, *faulty, written = caller.json(response)["BatchItemResponse"]
    found = feed["CDCResponse"][0]["QueryResponse"]
    assert [one["Id"] for one in found[0]["Customer"]] == [made["Id"]]
    assert found[1] == {}
    assert [one["Fault"]["Error"][0]["code"] for one in faulty] == ["2020", "2010", "2010"]
    assert written["Class"]["FullyQualifiedName"] == "Shop"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_all_kinds_can_be_filled(kind: str) -> None:
    """Every kind of company takes one of everything, over a client's whole vocabulary."""
    company = filled(Company(kind, "sample", clock=Clock(lambda: 1_772_640_000.0), ids=Ids(1)))
    assert company.tables["Deposit"].records
