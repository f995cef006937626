"""The REST interface over HTTP: authorisation, envelopes, request ids, limits, metering (reference 3, 4, 10-12)."""

from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ElementTree
from typing import Any

import httpx
import pytest

from quickbooks_sandbox.sandbox import Sandbox
from sandbox_kit.clock import Clock
from sandbox_kit.faults import Delay, Fault, Lose, Refuse
from sandbox_kit.in_process import InProcess

Caller = Any


def invoice(amount: int = 10) -> dict[str, Any]:
    detail = {"ItemRef": {"value": "1"}, "TaxCodeRef": {"value": "NON"}}
    line = {"Amount": amount, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
    return {"CustomerRef": {"value": "3"}, "Line": [line]}


async def test_success_is_200_with_the_recorded_headers(caller: Caller) -> None:
    """Reference 3.3 and 3.4: 200 also for create, the object under its name, the time at the root."""
    response = await caller.post("/customer", {"DisplayName": "Header Reader"}, minorversion="75")
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json;charset=utf-8"
    for header in ("intuit_tid", "qbo-version", "service-time", "x-spanid", "cache-control"):
        assert response.headers[header]
    assert list(caller.json(response)) == ["Customer", "time"]
    assert caller.json(response)["time"] == "2026-03-04T09:00:00.000-08:00"


async def test_amounts_are_numbers_with_two_decimals(caller: Caller) -> None:
    """Reference 3.4: totals and line amounts with cents, zero and prices in their shortest form."""
    text = (await caller.post("/invoice", invoice(100))).text
    assert '"TotalAmt":100.00' in text
    assert '"Amount":100.00' in text
    assert '"TotalTax":0}' in text


async def test_paths_are_read_without_regard_to_case(caller: Caller) -> None:
    """Clients write Customer, customer and SalesReceipt."""
    assert (await caller.get("/Customer/3")).status_code == 200
    assert (await caller.get("/CUSTOMER/3")).status_code == 200


@pytest.mark.parametrize("token", ["", "Bearer wrong", "Basic abc"])
async def test_a_bad_token_gets_the_gateways_fault(caller: Caller, token: str) -> None:
    """Reference 12.1: 401 with lower-case members, epoch milliseconds and WWW-Authenticate."""
    caller.headers["Authorization"] = token
    response = await caller.get("/customer/3")
    body = caller.json(response)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == 'Bearer realm="Intuit", error="invalid_token"'
    assert body["fault"]["type"] == "AUTHENTICATION"
    assert body["fault"]["error"][0]["code"] == "3200"
    assert (
        body["fault"]["error"][0]["message"]
        == "message=AuthenticationFailed; errorCode=003200; statusCode=401"
    )
    assert isinstance(body["time"], int)
    assert body["batchItemResponse"] == []


async def test_another_realm_is_403(caller: Caller) -> None:
    """Reference 12.4: 3100 in the SERVICE shape."""
    caller.realm = "/v3/company/9130350000000001"
    response = await caller.get("/customer/3")
    assert (response.status_code, caller.json(response)["fault"]["error"][0]["code"]) == (403, "3100")


async def test_an_access_token_lives_an_hour(caller: Caller, clock: Clock) -> None:
    """Reference 2.4: 401 3200 afterwards, with the reason in the detail."""
    clock.advance(3599)
    assert (await caller.get("/customer/3")).status_code == 200
    clock.advance(2)
    response = await caller.get("/customer/3")
    assert caller.json(response)["fault"]["error"][0]["detail"].startswith("Token expired")


async def test_an_application_fault_has_its_shape(caller: Caller) -> None:
    """Reference 12.1: Fault, Error, Message, Detail, code, element and type."""
    response = await caller.post("/customer", {"DisplayName": "quay printing"})
    assert response.status_code == 400
    assert caller.json(response)["Fault"] == {
        "Error": [
            {
                "Message": "Duplicate Name Exists Error",
                "Detail": "The name supplied already exists. : Another customer, vendor or employee is already using "
                "this name. Please use a different name.",
                "code": "6240",
                "element": "",
            }
        ],
        "type": "ValidationFault",
    }


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/customer/1/5", "500"),
        ("GET", "/unicorn/1", "500"),
        ("GET", "/customer/%0A", "2030"),
        ("PUT", "/customer", "500"),
        ("DELETE", "/customer/1", "500"),
        ("OPTIONS", "/customer/1", "500"),
        ("QUERY", "/customer", "500"),
        ("GET", "/customer/99999", "610"),
        ("GET", "/customer/abc", "2030"),
        ("POST", "/taxcode", "500"),
        ("POST", "/customer?operation=delete", "500"),
        ("POST", "/salesreceipt?operation=void", "500"),
        ("POST", "/invoice?operation=update&include=void", "500"),
    ],
)
async def test_what_the_realm_does_not_offer(caller: Caller, method: str, path: str, code: str) -> None:
    """Reference 12.2: 400 with code 500 for unknown resources and operations, 610 and 2030 for ids."""
    content = b'{"Id":"1","SyncToken":"0"}' if method == "POST" else b""
    response = await caller.client.request(
        method, caller.realm + path, headers=caller.headers, content=content
    )
    assert caller.code(response) == code


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"{", "2010"),
        (b"[]", "2010"),
        (b"3", "2010"),
        (b'{"DisplayName": "\xff"}', "500"),
        (b'{"Nope": 1}', "2010"),
    ],
)
async def test_bodies_that_cannot_be_read(caller: Caller, content: bytes, code: str) -> None:
    """Reference 3.2 and 12.3: malformed JSON and unknown members are 2010, broken UTF-8 is 500."""
    response = await caller.client.post(caller.realm + "/customer", headers=caller.headers, content=content)
    assert caller.code(response) == code


async def test_without_accept_the_answer_is_xml(caller: Caller) -> None:
    """Reference 3.2: JSON only for those who ask."""
    caller.headers["Accept"] = "application/xml"
    response = await caller.get("/customer/3")
    assert response.headers["content-type"].startswith("application/xml")
    assert '<Customer domain="QBO" sparse="false">' in response.text
    assert '<CurrencyRef name="United States Dollar">USD</CurrencyRef>' in response.text


async def test_a_request_id_is_done_once_and_answered_twice(caller: Caller) -> None:
    """Reference 4 and 20.2: the original answer, byte for byte, whatever the second body says."""
    first = await caller.post("/invoice", invoice(), requestid="C1")
    second = await caller.post("/invoice", invoice(99), requestid="C1")
    assert second.content == first.content
    other = await caller.post("/invoice", invoice(), requestid="C2")
    assert caller.json(other)["Invoice"]["Id"] != caller.json(first)["Invoice"]["Id"]


async def test_a_request_id_outlives_the_object(caller: Caller) -> None:
    """Reference 18a, no. 3: the first answer comes back even after the object was deleted."""
    made = await caller.write("/invoice", invoice(), requestid="C1")
    await caller.write("/invoice", {"Id": made["Id"], "SyncToken": "0"}, operation="delete")
    assert (await caller.write("/invoice", invoice(), requestid="C1"))["Id"] == made["Id"]


async def test_a_request_id_is_forgotten_after_a_day(caller: Caller, clock: Clock) -> None:
    """Reference 19, no. 1: 24 hours by default."""
    made = await caller.write("/invoice", invoice(), requestid="C1")
    clock.advance(86_401)
    caller.headers["Authorization"] = f"Bearer {caller.sandbox.mint().access_token}"
    assert (await caller.write("/invoice", invoice(), requestid="C1"))["Id"] != made["Id"]


async def test_a_faulty_answer_is_not_remembered(caller: Caller) -> None:
    """Reference 19, no. 1: a retry after a fault executes again."""
    assert caller.code(await caller.post("/invoice", {"Line": []}, requestid="C1")) == "2020"
    assert (await caller.write("/invoice", invoice(), requestid="C1"))["SyncToken"] == "0"


async def test_a_request_id_has_at_most_fifty_characters(caller: Caller) -> None:
    """Reference 4: 2130."""
    assert caller.code(await caller.post("/invoice", invoice(), requestid="x" * 51)) == "2130"


async def test_a_lost_answer_is_found_again_by_its_request_id(caller: Caller) -> None:
    """Reference 20.2: the invoice exists once, and the second try gets it."""
    caller.sandbox.faults.add(Fault("POST /invoice", Lose.ANSWER, nth=1))
    with pytest.raises(httpx.TransportError):
        await caller.post("/invoice", invoice(), requestid="C1")
    made = await caller.write("/invoice", invoice(), requestid="C1")
    assert len([one for one in caller.sandbox.company.tables["Invoice"].records if one == made["Id"]]) == 1
    assert len(caller.sandbox.company.tables["Invoice"].records) == 11


async def test_an_injected_refusal_speaks_like_intuit(caller: Caller) -> None:
    """Reference 12: 429 in the gateway's shape, 503 as a SystemFault."""
    caller.sandbox.faults.add(Fault("GET /customer/*", Refuse(429, after=60), times=1))
    response = await caller.get("/customer/3")
    assert (response.status_code, response.headers["retry-after"]) == (429, "60")
    assert caller.json(response)["fault"]["error"][0]["code"] == "3001"
    caller.sandbox.faults.add(Fault("GET /customer/*", Refuse(503), times=1))
    assert caller.json(await caller.get("/customer/3"))["Fault"]["type"] == "SystemFault"
    assert (await caller.get("/customer/3")).status_code == 200


async def test_one_name_at_a_time(caller: Caller) -> None:
    """Reference 5.3; 17, no. 13: while a slow write of a list object is under way another is 6000; documents are not."""
    caller.sandbox.faults.add(Fault("POST /customer", Delay(0.2), nth=1))
    slow = asyncio.create_task(caller.post("/customer", {"DisplayName": "Slow"}))
    await asyncio.sleep(0.05)
    refused = await caller.post("/vendor", {"DisplayName": "Quick"})
    assert caller.code(refused) == "6000"
    assert "You can only add or edit one name at a time. Please try again." in refused.text
    assert (await caller.post("/invoice", invoice())).status_code == 200
    assert (await slow).status_code == 200
    assert (await caller.post("/vendor", {"DisplayName": "Quick"})).status_code == 200


async def test_reads_are_metered_and_writes_are_free(caller: Caller) -> None:
    """Reference 11: reads, queries and feeds count one, a batch one per item, refused calls nothing."""
    journal = caller.sandbox.journal
    await caller.get("/customer/3")
    await caller.query("select * from Item")
    await caller.get("/cdc", entities="Customer", changedSince="2026-03-04T00:00:00-08:00")
    assert journal.total("metered") == 3
    await caller.write("/invoice", invoice())
    assert (journal.total("metered"), journal.total("write")) == (3, 1)
    await caller.get("/customer/99999")
    assert journal.total("metered") == 3
    items = [{"bId": str(n), "operation": "create", "Invoice": invoice()} for n in range(4)]
    await caller.post("/batch", {"BatchItemRequest": items})
    assert (journal.total("metered"), journal.total("write")) == (7, 5)
    assert [one.operation for one in journal.exchanges(operation="POST*")] == ["POST /invoice", "POST /batch"]


async def test_ten_requests_a_second_and_no_more(clock: Clock) -> None:
    """Reference 10 and 12.4: the eleventh within a second is 429 3001; a second later all is well."""
    async with httpx.AsyncClient(transport=InProcess({})) as nobody:
        sandbox = Sandbox(clock=clock, http_client=nobody)
        url = f"http://q.test/v3/company/{sandbox.realm_id}/customer/3"
        headers = {"Authorization": f"Bearer {sandbox.access_token}", "Accept": "application/json"}
        async with httpx.AsyncClient(transport=InProcess({"http://q.test": sandbox.app})) as client:
            statuses = [(await client.get(url, headers=headers)).status_code for _ in range(11)]
            assert statuses == [200] * 10 + [429]
            refusal = (await client.get(url, headers=headers)).json()
            assert refusal["fault"]["error"][0]["detail"] == "The request limit was reached.  Try again later"
            clock.advance(1)
            assert (await client.get(url, headers=headers)).status_code == 200


async def test_five_hundred_requests_a_minute(caller: Caller, clock: Clock) -> None:
    """Reference 10: the window of a minute slides; batches have their own of 40."""
    limits = caller.sandbox.quota.limits
    limits.enabled, limits.per_second = True, 10_000
    statuses = {(await caller.get("/term/1")).status_code for _ in range(500)}
    assert statuses == {200}
    assert (await caller.get("/term/1")).status_code == 429
    clock.advance(60)
    batches = [(await caller.post("/batch", {"BatchItemRequest": []})).status_code for _ in range(41)]
    assert batches == [200] * 40 + [429]


async def test_company_info_and_preferences_are_read_in_their_ways(caller: Caller) -> None:
    """Reference 14.1 and 14.2."""
    info = caller.json(await caller.get(f"/companyinfo/{caller.sandbox.realm_id}"))["CompanyInfo"]
    assert (info["Country"], info["Id"]) == ("US", "1")
    tax = caller.json(await caller.get("/preferences"))["Preferences"]["TaxPrefs"]
    assert tax == {"UsingSalesTax": True, "TaxGroupCodeRef": {"value": "2"}, "PartnerTaxEnabled": True}


async def test_a_statement_may_come_as_a_body(caller: Caller) -> None:
    """Reference 6.6: POST with application/text."""
    headers = {**caller.headers, "Content-Type": "application/text"}
    response = await caller.client.post(
        caller.realm + "/query", content="select count(*) from Term", headers=headers
    )
    assert caller.json(response)["QueryResponse"] == {"totalCount": 4}


async def test_voids_in_their_forms(caller: Caller) -> None:
    """Reference 5.5: invoice by operation=void, receipt and payment by include=void."""
    made = await caller.write("/invoice", invoice())
    gone = await caller.write("/invoice", {"Id": made["Id"], "SyncToken": "0"}, operation="void")
    assert (gone["PrivateNote"], gone["TotalAmt"]) == ("Voided", 0)
    receipt = await caller.write("/salesreceipt", invoice())
    body = {"Id": receipt["Id"], "SyncToken": "0", "sparse": True}
    gone = await caller.write("/salesreceipt", body, operation="update", include="void")
    assert (gone["PrivateNote"], gone["TotalAmt"], gone["SyncToken"]) == ("Voided", 0, "1")
    payment = await caller.write("/payment", {"CustomerRef": {"value": "3"}, "TotalAmt": 5})
    full = {**body, "Id": payment["Id"], "CustomerRef": {"value": "3"}, "TotalAmt": 5}
    gone = await caller.write("/payment", full, operation="update", include="void")
    assert (gone["TotalAmt"], gone["UnappliedAmt"], gone["Line"]) == (0, 0, [])


async def test_the_company_page_shows_everything(caller: Caller) -> None:
    """A person can look: names, states and totals, with markup in names escaped."""
    await caller.write("/customer", {"DisplayName": "<b>Bold</b> & Co"})
    page = await caller.client.get("/")
    assert page.status_code == 200
    assert "&lt;b&gt;Bold&lt;/b&gt; &amp; Co" in page.text
    for word in ("Overdue", "Part paid", "Paid", "Voided", "Open", "Sales receipts", "Payments"):
        assert word in page.text


async def test_xml_has_attributes_where_the_schema_has_them(caller: Caller) -> None:
    """Objects, faults, errors, batches and pages carry them; a reference is its value with its name beside it."""
    caller.headers["Accept"] = "application/xml"
    space = "{http://schema.intuit.com/finance/v3}"
    found = await caller.get("/query", query="select * from Invoice maxresults 2")
    page = ElementTree.fromstring(found.text)[0]
    assert (page.get("startPosition"), page.get("maxResults"), len(page)) == ("1", "2", 2)
    invoice = page[0]
    assert (invoice.get("domain"), invoice.get("sparse")) == ("QBO", "false")
    customer = invoice.find(f"{space}CustomerRef")
    assert customer is not None
    assert customer.get("name")
    assert (customer.text or "").isdigit()
    refused = ElementTree.fromstring((await caller.get("/invoice/999999")).text)[0]
    assert refused.get("type") == "ValidationFault"
    assert refused[0].get("code") == "610"
    batch = {"BatchItemRequest": [{"bId": "b1", "Query": "select count(*) from Invoice"}]}
    item = ElementTree.fromstring((await caller.post("/batch", batch)).text)[0]
    assert item.get("bId") == "b1"
