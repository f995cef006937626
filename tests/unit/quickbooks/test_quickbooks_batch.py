"""Batches: what is sent, and what becomes of each item."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from counterfoil import errors
from counterfoil.quickbooks import entities as qb
from counterfoil.quickbooks.api import batch, faults
from counterfoil.quickbooks.api.reading import Answer

from .conftest import TIME, Bench

NEW = batch.Item("b1", "create", "SalesReceipt", qb.SalesReceipt(total_amt=Decimal("1.10")))
VOID_PAYMENT = batch.Item(
    "b2",
    "void",
    "Payment",
    qb.Payment(id="301", sync_token="0", customer_ref=qb.Ref("58"), total_amt=Decimal(5)),
)
VOID_INVOICE = batch.Item("b3", "void", "Invoice", qb.Invoice(id="129", sync_token="1"))
CHANGE = batch.Item("b4", "update", "Invoice", qb.Invoice(id="130", sync_token="1", sparse=True))
ITEMS = (NEW, VOID_PAYMENT, VOID_INVOICE, CHANGE)


def fault(code: str) -> dict[str, object]:
    return {"Fault": {"Error": [{"Message": "m", "Detail": "d", "code": code}], "type": "ValidationFault"}}


async def test_items_are_sent_in_intuits_form(bench: Bench) -> None:
    """Each kind of write and void, with exact amounts, under one request id."""
    bench.script.will({"BatchItemResponse": [], "time": TIME})

    await batch.send(bench.client, ITEMS, request_id="cause-1")

    assert bench.last.url.path.endswith("/batch")
    assert bench.last.url.params["requestid"] == "cause-1"
    assert b'"TotalAmt":1.10' in bench.last.content
    assert json.loads(bench.last.content)["BatchItemRequest"] == [
        {"bId": "b1", "operation": "create", "SalesReceipt": {"TotalAmt": 1.1}},
        {
            "bId": "b2",
            "operation": "update",
            "optionsData": "void",
            "Payment": {"Id": "301", "SyncToken": "0", "CustomerRef": {"value": "58"}, "TotalAmt": 5},
        },
        {"bId": "b3", "operation": "void", "Invoice": {"Id": "129", "SyncToken": "1"}},
        {"bId": "b4", "operation": "update", "Invoice": {"Id": "130", "SyncToken": "1", "sparse": True}},
    ]


async def test_R71_each_item_has_its_own_outcome(bench: Bench) -> None:
    """By its key, never by its place; what the answer does not mention may have happened."""
    bench.script.will(
        {
            "BatchItemResponse": [
                {**fault("5010"), "bId": "b4"},
                {"bId": "b2", **fault("3001")},
                {"SalesReceipt": {"Id": "415", "SyncToken": "0"}, "bId": "b1"},
            ],
            "time": TIME,
        }
    )

    found = await batch.send(bench.client, ITEMS, request_id="cause-1")

    made = found["b1"]
    assert isinstance(made, Answer)
    assert (made.entity, made.object.id) == ("SalesReceipt", "415")
    assert isinstance(found["b2"], faults.Throttled)
    assert isinstance(found["b3"], errors.OutcomeUnknown)
    stale = found["b4"]
    assert isinstance(stale, errors.Refused)
    assert (stale.code, stale.detail) == ("5010", "d")


@pytest.mark.parametrize("member", [{"Invoice": {}}, {"Invoice": 5}, {"SalesReceipt": None}, {}])
async def test_an_item_that_cannot_be_understood_is_in_doubt(bench: Bench, member: dict[str, object]) -> None:
    """The other items keep their outcomes."""
    good = {"Invoice": {"Id": "130", "SyncToken": "2"}, "bId": "b4"}
    bench.script.will({"BatchItemResponse": [{**member, "bId": "b1"}, good], "time": TIME})

    found = await batch.send(bench.client, (NEW, CHANGE), request_id="cause-1")

    assert isinstance(found["b1"], errors.OutcomeUnknown)
    assert isinstance(found["b4"], Answer)


@pytest.mark.parametrize("body", [{}, {"BatchItemResponse": None}, {"BatchItemResponse": [{"bId": 5}]}])
async def test_a_batch_answer_that_cannot_be_understood_leaves_all_in_doubt(
    bench: Bench, body: dict[str, object]
) -> None:
    """The same batch is sent again with the same request id."""
    bench.script.will(body)

    with pytest.raises(errors.OutcomeUnknown):
        await batch.send(bench.client, ITEMS, request_id="cause-1")


@pytest.mark.parametrize(
    ("items", "request_id"),
    [
        ((), "cause-1"),
        ((NEW, NEW), "cause-1"),
        (tuple(batch.Item(f"b{n}", "create", "Item", qb.Item()) for n in range(31)), "cause-1"),
        ((batch.Item("12345678901", "create", "Item", qb.Item()),), "cause-1"),
        ((NEW,), "x" * 37),
        ((NEW,), ""),
        ((batch.Item("b1", "create", "Item", qb.Item(id="5")),), "cause-1"),
        ((batch.Item("b1", "update", "Item", qb.Item()),), "cause-1"),
    ],
    ids=["none", "same key", "too many", "long key", "long id", "no id", "create known", "update unknown"],
)
async def test_what_quickbooks_would_not_take_is_not_sent(
    bench: Bench, items: tuple[batch.Item, ...], request_id: str
) -> None:
    """Such a batch is a mistake of ours."""
    with pytest.raises(ValueError, match=r"batch|item|id"):
        await batch.send(bench.client, items, request_id=request_id)

    assert bench.script.requests == []


async def test_R73_no_more_than_forty_batches_start_in_a_minute(bench: Bench) -> None:
    """Batches have a limit of their own."""
    bench.script.will({"BatchItemResponse": [], "time": TIME})
    begun = bench.time.now

    for _ in range(41):
        await batch.send(bench.client, (NEW,), request_id="cause-1")

    assert (bench.time.now - begun).total_seconds() > 60
