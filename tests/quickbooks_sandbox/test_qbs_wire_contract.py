"""Every answer of a run over all entities, as it came over HTTP, is valid by Intuit's schema (skipped without ``../shared``).

Objects, envelopes, faults, batches and feeds: the JSON is turned into the XML that the original would send for it and
checked against ``IntuitResponse`` (reference 3.4, 7, 8, 12.1, 21).
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import msgspec
import pytest
import xmlschema

from quickbooks_sandbox.company.entities import ENTITIES, Family, Void

from .conftest import Caller
from .test_qbs_schema import SPACE, as_xml, filled, schema_at

Record = dict[str, Any]
ENVELOPES = {"QueryResponse", "CDCResponse", "BatchItemResponse", "AttachableResponse", "Fault", "Error"}
ATTRIBUTES = {"startPosition", "maxResults", "totalCount", "bId", "type", "code", "element", "time"}
WRITABLE = [name for name, one in ENTITIES.items() if one.family is not Family.FIXED]


class Recorder:
    """Keeps every answer that the caller gets."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.answers: list[tuple[str, Record]] = []
        caller.client.event_hooks = {"response": [self._hear]}

    async def _hear(self, response: httpx.Response) -> None:
        await response.aread()
        if response.headers["content-type"].startswith("application/json"):
            told = f"{response.request.method} {response.request.url.raw_path.decode()}"
            self.answers.append((told, self.caller.json(response)))


def envelope(schema: xmlschema.XMLSchema, name: str, value: Any) -> list[ElementTree.Element]:
    """The elements for a member of an envelope: more envelopes, and objects by their own declarations."""
    if isinstance(value, list):
        return [node for one in value for node in envelope(schema, name, one)]
    if name not in ENVELOPES and isinstance(value, dict):
        return [entity(schema, name, value)]
    node = ElementTree.Element(SPACE + name)
    if not isinstance(value, dict):
        node.text = str(value)
        return [node]
    for member, inner in value.items():
        if member in ATTRIBUTES:
            node.set(member, str(inner))
        else:
            node.extend(envelope(schema, member, inner))
    return [node]


def entity(schema: xmlschema.XMLSchema, name: str, value: Record) -> ElementTree.Element:
    declared = schema.maps.elements[SPACE + name]
    return as_xml(declared, name, value)


def errors(schema: xmlschema.XMLSchema, answer: Record) -> list[str]:
    declared = schema.maps.elements[SPACE + "IntuitResponse"]
    root = ElementTree.Element(SPACE + "IntuitResponse", time=answer["time"])
    for name, value in answer.items():
        if name != "time":
            root.extend(envelope(schema, name, value))
    return [f"{error.path}: {error.reason}" for error in declared.iter_errors(root)]


def example(caller: Caller, name: str) -> Record:
    """A body that makes one more object of an entity: what the last one says, under another name."""
    table = caller.sandbox.company.tables[name].records
    last = next(one for one in reversed(table.values()) if one.get("Type") not in ("Group", "Category"))
    dropped = {
        "Id",
        "SyncToken",
        "MetaData",
        "domain",
        "sparse",
        "LinkedTxn",
        "DocNumber",
        "Balance",
        "Level",
    }
    body = {member: value for member, value in last.items() if member not in dropped}
    for member in {"DisplayName", "Name"} & body.keys():
        body[member] = f"{body[member]} again"[:30]
    if name == "CompanyCurrency":
        body = {"Code": "CHF"}
    if name == "Payment":
        body = {"CustomerRef": body["CustomerRef"], "TotalAmt": 5}
    if name == "Deposit":
        detail = {"AccountRef": {"value": "22"}}
        line = {"Amount": 5, "DetailType": "DepositLineDetail", "DepositLineDetail": detail}
        body = {"DepositToAccountRef": {"value": "1"}, "Line": [line]}
    if name == "Item":
        body = {"Name": "Anything", "Type": "Service", "IncomeAccountRef": {"value": "14"}}
    return body


async def run_over(caller: Caller, name: str) -> None:
    """Create, read, query, update, void, send, delete or retire; and two faults."""
    rules, path = ENTITIES[name], f"/{name.lower()}"
    await caller.get("/query", query=f"select * from {name} maxresults 1000")
    await caller.get("/query", query=f"select count(*) from {name}")
    await caller.get(f"{path}/99999")
    await caller.post(path, {"Nonsense": 1})
    if rules.family is Family.FIXED:
        last = next(reversed(caller.sandbox.company.tables[name].records))
        assert (await caller.get(f"{path}/{last}")).status_code == 200
        return
    if rules.family is Family.SINGLE:
        current = caller.sandbox.company.tables[name].records["1"]
        key = caller.sandbox.realm_id if name == "CompanyInfo" else "1"
        read = caller.json(await caller.get(f"{path}/{key}"))[name]
        assert read == current
        await caller.write(path, {**current, "sparse": True})
        return
    if rules.family is Family.RATE:
        await caller.write(path, {"SourceCurrencyCode": "USD", "Rate": 0.91})
        await caller.get(path, sourcecurrencycode="USD")
        return
    made = await caller.write(path, example(caller, name))
    assert (await caller.get(f"{path}/{made['Id']}")).status_code == 200
    if rules.family is Family.WRITTEN_ONCE:
        return
    changed = await caller.write(path, {**made, "sparse": True})
    assert changed["SyncToken"] == made["SyncToken"]  # nothing was changed
    identity = {"Id": made["Id"], "SyncToken": made["SyncToken"], "sparse": True}
    assert caller.code(await caller.post(path, {**identity, "SyncToken": "77"})) == "5010"
    if rules.family is Family.LIST:
        assert (await caller.write(path, {**made, "Active": False}))["Active"] is False
        return
    await caller.post(f"{path}/{made['Id']}/send", None, sendTo="a@b.example")
    token = caller.json(await caller.get(f"{path}/{made['Id']}"))[name]["SyncToken"]
    whole = {**made, "SyncToken": token}
    if rules.void is not Void.NEVER:
        words = dict(part.split("=") for part in rules.void.value.split("&"))
        whole["SyncToken"] = (await caller.write(path, whole, **words))["SyncToken"]
    stub = await caller.write(path, whole, operation="delete")
    assert stub == {"domain": "QBO", "status": "Deleted", "Id": made["Id"]}


async def run_in_a_batch(caller: Caller) -> None:
    """A create and an update of every entity, queries, a feed and faults, thirty to a batch."""
    items: list[Record] = []
    for name in WRITABLE:
        if ENTITIES[name].family not in (Family.SINGLE, Family.RATE):
            items.append({"operation": "create", name: {**example(caller, name), **renamed(name)}})
        items.append({"Query": f"select * from {name} maxresults 5"})
    items.append({"CDCQuery": {"Entities": "Invoice,Customer", "ChangedSince": "2026-03-01"}})
    items.append({"operation": "delete", "Invoice": {"Id": "99999", "SyncToken": "0"}})
    for start in range(0, len(items), 30):
        some = [{"bId": f"b{place}", **item} for place, item in enumerate(items[start : start + 30])]
        done = await caller.post("/batch", {"BatchItemRequest": some})
        assert done.status_code == 200
        faults = [one for one in done.json()["BatchItemResponse"] if "Fault" in one]
        assert {one["Fault"]["Error"][0]["code"] for one in faults} <= {"610"}, faults


def renamed(name: str) -> Record:
    members = {"CompanyCurrency": {"Code": "SEK"}, "Item": {"Name": "Anything else"}}
    named = (
        {"DisplayName": f"Batch {name}"} if name in ("Customer", "Vendor", "Employee", "TaxAgency") else {}
    )
    lists = ("Account", "Class", "Department", "PaymentMethod", "Term")
    return members.get(name) or ({"Name": f"Batch {name}"} if name in lists else named)


@pytest.mark.parametrize("kind", ["us-manual", "us-ast", "eu-multicurrency"])
async def test_every_answer_of_a_run_over_all_entities_is_valid(
    reference: Any, make_caller: Callable[..., Awaitable[Caller]], kind: str
) -> None:
    """Names, order, types and enumerations, in single answers, pages, batches, feeds and faults."""
    caller = await make_caller(kind, "sample")
    filled(caller.sandbox.company)
    recorder = Recorder(caller)
    there = [
        name
        for name in ENTITIES
        if kind == "eu-multicurrency" or name not in ("CompanyCurrency", "ExchangeRate")
    ]
    for name in there:
        await run_over(caller, name)
    if kind == "eu-multicurrency":
        await run_in_a_batch(caller)
    fed = ",".join(name for name in there if ENTITIES[name].family not in (Family.FIXED, Family.WRITTEN_ONCE))
    feed = await caller.get("/cdc", entities=fed, changedSince="2026-02-20")
    assert feed.status_code == 200
    await upload(caller)
    schema = schema_at(reference)
    wrong = {told: found for told, answer in recorder.answers if (found := errors(schema, answer))}
    assert wrong == {}
    assert len(recorder.answers) > 180
    told = {name for _, answer in recorder.answers for name in answer}
    assert told >= {*there, "QueryResponse", "CDCResponse", "Fault", "AttachableResponse", "time"}
    members = {name for _, answer in recorder.answers for name in answer.get("QueryResponse", {})}
    assert members >= {*there, "totalCount", "startPosition", "maxResults"}


async def upload(caller: Caller) -> None:
    about = msgspec.json.encode({"AttachableRef": [{"EntityRef": {"type": "Customer", "value": "3"}}]})
    wrong = msgspec.json.encode({"AttachableRef": [{"EntityRef": {"type": "Invoice", "value": "99999"}}]})
    files = {
        "file_metadata_01": ("m.json", about, "application/json"),
        "file_content_01": ("a.txt", b"abc", "text/plain"),
        "file_metadata_02": ("m.json", wrong, "application/json"),
        "file_content_02": ("b.txt", b"abc", "text/plain"),
    }
    response = await caller.client.post(caller.realm + "/upload", files=files, headers=caller.headers)
    done = response.json()["AttachableResponse"]
    assert ["Attachable" in one for one in done] == [True, False]


def test_the_check_finds_what_is_wrong(reference: Any) -> None:
    """A word that an enumeration lacks, a text for a number, an unknown member."""
    schema = schema_at(reference)
    time = "2026-03-04T09:00:00.000-08:00"
    assert errors(schema, {"PaymentMethod": {"Name": "Cash"}, "time": time}) == []
    for wrong in ({"PrintStatus": "Sideways"}, {"TotalAmt": "much"}):
        assert errors(schema, {"Invoice": wrong, "time": time})
    with pytest.raises(AssertionError):
        errors(schema, {"Invoice": {"Unheard": "of"}, "time": time})
