"""Objects to and from QuickBooks' JSON, and the forms of create, update, void and read."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil import errors
from counterfoil.quickbooks import entities as qb
from counterfoil.quickbooks.api import faults, query, reading, writing

from .conftest import REALM, TIME, Bench

READ = faults.Circumstances(operation="read Invoice", write=False)
WRITE = faults.Circumstances(operation="create Invoice", write=True)
INVOICE = b'{"Id": "412", "SyncToken": "0", "TotalAmt": 134.10, "Balance": 0.1, "New": {"x": [1.10]}}'


def test_R76_amounts_are_read_exactly() -> None:
    """0.1 is a tenth, and trailing zeros stay."""
    found = reading.one("Invoice", b'{"Invoice": ' + INVOICE + b"}", READ).object

    assert isinstance(found, qb.Invoice)
    assert (str(found.total_amt), str(found.balance)) == ("134.10", "0.1")


def test_the_whole_object_is_kept_as_it_came() -> None:
    """Members that we do not know must survive in the store."""
    answer = reading.one("Invoice", b'{"Invoice": ' + INVOICE + b', "time": "t"}', READ)

    assert (answer.entity, answer.raw) == ("Invoice", INVOICE)


def test_nothing_found_is_an_empty_answer() -> None:
    """QuickBooks leaves the entity out then."""
    assert reading.many("Customer", b'{"QueryResponse": {}, "time": "t"}', READ) == ()


BROKEN = [
    b"",
    b"<html/>",
    b"null",
    b"[]",
    b"{}",
    b'{"Invoice": null}',
    b'{"Invoice": []}',
    b'{"Invoice": {}}',
    b'{"Invoice": {"Id": ""}}',
    b'{"Invoice": {"Id": 5}}',
    b'{"Invoice": {"Id": "5", "TotalAmt": "much"}}',
    b'{"Invoice": {"Id": "5", "TxnDate": "yesterday"}}',
    b'{"Invoice": {"Id": "5"',
    b'{"Invoice": {"Id": "\xff"}}',
    b'{"Customer": {"Id": "5"}}',
    b'{"Invoice": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
]


@pytest.mark.parametrize("content", BROKEN, ids=range(len(BROKEN)))
def test_an_answer_that_cannot_be_understood_is_one_of_our_errors(content: bytes) -> None:
    """After a write we do not know what was done; a read is asked again."""
    with pytest.raises(errors.OutcomeUnknown):
        reading.one("Invoice", content, WRITE)
    with pytest.raises(errors.TryLater):
        reading.one("Invoice", content, READ)


@pytest.mark.parametrize(
    "content",
    [
        b"{}",
        b'{"QueryResponse": null}',
        b'{"QueryResponse": {"Invoice": {}}}',
        b'{"QueryResponse": {"Invoice": [5]}}',
    ],
)
def test_a_query_answer_that_cannot_be_understood_is_asked_again(content: bytes) -> None:
    """Never a KeyError."""
    with pytest.raises(errors.TryLater):
        reading.many("Invoice", content, READ)


@given(st.sampled_from(sorted(qb.BY_NAME)), st.binary(max_size=60))
def test_reading_is_total(entity: str, noise: bytes) -> None:
    """Whatever the bytes, the outcome is an object or one of our errors."""
    for content in (noise, b'{"' + entity.encode() + b'": ' + noise + b"}"):
        try:
            answer = reading.one(entity, content, WRITE)
        except errors.OutcomeUnknown:
            continue
        assert answer.object.id


def intuit_samples(folder: Path) -> list[tuple[str, Path]]:
    known = {name.lower(): name for name in qb.BY_NAME}
    return [
        (known[path.parent.name], path)
        for path in sorted((folder / "samples").glob("*/*.response.json"))
        if path.parent.name in known
    ]


def test_intuits_own_samples_are_read(reference: Path) -> None:
    """Every documented answer with an object of a kind that we know."""
    read = 0
    for entity, path in intuit_samples(reference):
        content = path.read_bytes()
        members = json.loads(content)
        if entity in members and members[entity].get("status") != "Deleted":
            assert reading.one(entity, content, READ).object.id, path.name
            read += 1
        elif "QueryResponse" in members:
            assert len(reading.many(entity, content, READ)) == len(members["QueryResponse"][entity]), (
                path.name
            )
            read += 1
    assert read > 20


async def test_a_new_object_is_posted_with_exact_amounts(bench: Bench) -> None:
    """Numbers on the wire, without quotes and without a binary float in between."""
    bench.script.will({"Invoice": {"Id": "412", "SyncToken": "0", "TotalAmt": 0.1}})
    line = qb.Line(amount=Decimal("0.10"), detail_type="SalesItemLineDetail")
    body = qb.Invoice(customer_ref=qb.Ref("58"), line=(line,))

    answer = await writing.create(bench.client, "Invoice", body, request_id="cause-1")

    assert bench.last.method == "POST"
    assert bench.last.url.path == f"/v3/company/{REALM}/invoice"
    assert dict(bench.last.url.params) == {"requestid": "cause-1", "minorversion": "75"}
    assert bench.last.content == (
        b'{"CustomerRef":{"value":"58"},"Line":[{"Amount":0.10,"DetailType":"SalesItemLineDetail"}]}'
    )
    assert isinstance(answer.object, qb.Invoice)
    assert answer.object.id == "412"


async def test_a_sparse_update_sends_only_what_is_set(bench: Bench) -> None:
    """Members that are left out stay as they are in QuickBooks."""
    bench.script.will({"Customer": {"Id": "58", "SyncToken": "4"}})
    body = qb.Customer(id="58", sync_token="3", sparse=True, active=False)

    await writing.update(bench.client, "Customer", body, request_id="cause-2")

    assert json.loads(bench.last.content) == {"Id": "58", "SyncToken": "3", "sparse": True, "Active": False}


VOIDS: list[tuple[str, qb.Entity, dict[str, str], dict[str, Any]]] = [
    (
        "Invoice",
        qb.Invoice(id="1", sync_token="2", doc_number="x"),
        {"operation": "void"},
        {"Id": "1", "SyncToken": "2"},
    ),
    (
        "Payment",
        qb.Payment(
            id="1",
            sync_token="2",
            sparse=False,
            customer_ref=qb.Ref("58"),
            total_amt=Decimal(5),
            unapplied_amt=Decimal(5),
            private_note="n",
        ),
        {"operation": "update", "include": "void"},
        {"Id": "1", "SyncToken": "2", "CustomerRef": {"value": "58"}, "TotalAmt": 5, "PrivateNote": "n"},
    ),
    (
        "SalesReceipt",
        qb.SalesReceipt(id="1", sync_token="2"),
        {"operation": "update", "include": "void"},
        {"Id": "1", "SyncToken": "2", "sparse": True},
    ),
]


@pytest.mark.parametrize(("entity", "body", "asked", "sent"), VOIDS, ids=lambda value: str(value)[:12])
async def test_R34_each_kind_of_document_is_voided_in_its_own_form(
    bench: Bench, entity: str, body: qb.Entity, asked: dict[str, str], sent: dict[str, Any]
) -> None:
    """An invoice by its operation, the others by an update that includes it; a payment is sent whole."""
    bench.script.will({entity: {"Id": "1", "SyncToken": "3"}})

    await writing.void(bench.client, entity, body, request_id="cause-3")

    assert {**asked, "requestid": "cause-3", "minorversion": "75"} == dict(bench.last.url.params)
    assert bench.last.url.path == f"/v3/company/{REALM}/{entity.lower()}"
    assert json.loads(bench.last.content) == sent


async def test_what_cannot_be_voided_is_not_tried(bench: Bench) -> None:
    """A customer has no void, and a payment needs all of it; such mistakes are ours, not refusals."""
    with pytest.raises(ValueError, match="cannot void"):
        await writing.void(bench.client, "Customer", qb.Customer(id="1", sync_token="0"), request_id="1")
    with pytest.raises(ValueError, match="whole"):
        await writing.void(bench.client, "Payment", qb.Payment(id="1", sync_token="0"), request_id="1")


async def test_a_write_says_what_it_means(bench: Bench) -> None:
    """A create with an id would change an object; a change without an id would create one."""
    with pytest.raises(ValueError, match="no id yet"):
        await writing.create(bench.client, "Item", qb.Item(id="1"), request_id="1")
    with pytest.raises(ValueError, match="sync token"):
        await writing.update(bench.client, "Item", qb.Item(name="x"), request_id="1")


@pytest.mark.parametrize("amount", ["NaN", "Infinity"])
def test_an_amount_that_is_no_number_is_never_sent(amount: str) -> None:
    """It would be no JSON."""
    with pytest.raises(ValueError, match="no number"):
        writing.encoded(qb.Payment(total_amt=Decimal(amount)))


@given(st.decimals(allow_nan=False, allow_infinity=False, places=5, min_value=-(10**10), max_value=10**10))
def test_R76_amounts_survive_the_way_out_and_back(amount: Decimal) -> None:
    """Every amount that QuickBooks can hold, to the last digit."""
    content = writing.encoded(qb.Payment(total_amt=amount))

    assert msgspec.json.decode(content, type=qb.Payment).total_amt == amount


async def test_company_and_preferences_are_read_where_they_are(bench: Bench) -> None:
    """They exist once; the company's own id is the realm's."""
    bench.script.will({"CompanyInfo": {"Id": "1"}}, {"Preferences": {"Id": "1"}}, {"Customer": {"Id": "5"}})

    await writing.read(bench.client, "CompanyInfo", "")
    await writing.read(bench.client, "Preferences", "")
    await writing.read(bench.client, "Customer", "5")

    assert [request.url.path.removeprefix(f"/v3/company/{REALM}/") for request in bench.script.requests] == [
        f"companyinfo/{REALM}",
        "preferences",
        "customer/5",
    ]


async def test_a_write_with_a_broken_answer_is_in_doubt(bench: Bench) -> None:
    """A gateway's page with status 200 does not say that nothing was done."""
    bench.script.will(httpx.Response(200, content=b"<html>One moment please</html>"))

    with pytest.raises(errors.OutcomeUnknown):
        await writing.create(bench.client, "Item", qb.Item(name="x"), request_id="1")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Amy's Bird Sanctuary", r"'Amy\'s Bird Sanctuary'"),
        ("a\\b", r"'a\\b'"),
        ("\\'", r"'\\\''"),
        ("", "''"),
        ("100% & + ü", "'100% & + ü'"),
    ],
)
def test_text_in_a_statement_is_escaped_with_backslashes(text: str, value: str) -> None:
    """Doubled quotes are not understood by QuickBooks."""
    assert query.quoted(text) == value


def test_a_statement_has_its_parts_in_order() -> None:
    """The grammar knows only this one."""
    assert query.statement("Invoice", where="Balance > '0'", order_by="TxnDate DESC", start=3, maximum=7) == (
        "SELECT * FROM Invoice WHERE Balance > '0' ORDERBY TxnDate DESC STARTPOSITION 3 MAXRESULTS 7"
    )
    assert query.one_of(["1", "it's"]) == r"('1', 'it\'s')"


@pytest.mark.parametrize(("start", "maximum"), [(0, 10), (-1, 10), (1, 0), (1, 1001)])
def test_a_page_that_cannot_be_is_not_asked_for(start: int, maximum: int) -> None:
    """QuickBooks would refuse it."""
    with pytest.raises(ValueError, match="a page"):
        query.statement("Item", start=start, maximum=maximum)


async def test_the_statement_arrives_as_it_was_meant(bench: Bench) -> None:
    """Plus, percent, ampersand and quotes survive the address."""
    bench.script.will({"QueryResponse": {"Customer": [{"Id": "5"}]}, "time": TIME})

    found = await query.customers_by_email(bench.client, "o'neil+a%b&c@example.com")

    assert bench.last.url.params["query"] == (
        r"SELECT * FROM Customer WHERE PrimaryEmailAddr = 'o\'neil+a%b&c@example.com'"
        " AND Active IN (true, false) STARTPOSITION 1 MAXRESULTS 1000"
    )
    assert "+a" not in str(bench.last.url)
    assert [answer.object.id for answer in found] == ["5"]


async def test_a_refused_query_is_a_refusal(bench: Bench, refuse: Callable[..., httpx.Response]) -> None:
    """A mistake in a statement does not go away by asking again."""
    bench.script.will(refuse(400, "4001", "Property X not found"))

    with pytest.raises(errors.Refused):
        await query.select(bench.client, "Customer", where="X = '1'")
