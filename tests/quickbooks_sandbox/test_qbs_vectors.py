"""The reference's data files beside the samples, each held against what the stand-in answers: OAuth, limits, prices, webhooks."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from quickbooks_sandbox import batch, quota, replays, uploads, webhooks
from quickbooks_sandbox.company import changes, refusals, sales_lines
from quickbooks_sandbox.company.events import Event
from quickbooks_sandbox.company.kinds import CHOICES, Behaviour
from quickbooks_sandbox.query import statement
from sandbox_kit.ids import Ids

from .conftest import Caller

Record = dict[str, Any]
BACK = "http://localhost:8080/quickbooks/callback"


def told(reference: Path, name: str) -> Record:
    data: Record = json.loads((reference / name).read_text())
    return data


def kinds(value: Record) -> dict[str, type]:
    return {name: type(inner) for name, inner in value.items()}


async def granted(caller: Caller, scope: str) -> Record:
    """What the token endpoint answers after a consent to these scopes."""
    client = caller.sandbox.client
    code = caller.sandbox.grants.issue_code(
        client.client_id, caller.sandbox.realm_id, BACK, tuple(scope.split())
    )
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
    auth = httpx.BasicAuth(client.client_id, client.client_secret)
    answer = await caller.client.post("/oauth2/v1/tokens/bearer", data=form, auth=auth)
    body: Record = answer.json()
    return body


async def test_discovery(reference: Path, caller: Caller) -> None:
    """oauth/discovery.json: the same members; what is no address has the same value."""
    theirs = told(reference, "oauth/discovery.json")
    ours = (await caller.client.get("/.well-known/openid_configuration")).json()
    assert kinds(ours) == kinds(theirs)
    plain = {name for name, value in theirs.items() if not str(value).startswith("https://")}
    assert {name: ours[name] for name in plain} == {name: theirs[name] for name in plain}
    for name in theirs.keys() - plain:
        path = theirs[name].split("/", 3)[3]
        assert ours[name].endswith("/" + path), name


async def test_tokens(reference: Path, caller: Caller) -> None:
    """oauth/success_token_response.json: members and types; the id token only with openid."""
    theirs = told(reference, "oauth/success_token_response.json")
    assert kinds(await granted(caller, "com.intuit.quickbooks.accounting openid")) == kinds(theirs)
    del theirs["id_token"]
    plain = await granted(caller, "com.intuit.quickbooks.accounting")
    assert kinds(plain) == kinds(theirs)
    assert (plain["token_type"], plain["expires_in"]) == (theirs["token_type"], theirs["expires_in"])


async def test_userinfo(reference: Path, caller: Caller) -> None:
    """oauth/success_userinfo_response.json: all scopes together give all members, with their types."""
    tokens = await granted(caller, "openid profile email phone address")
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    ours = (await caller.client.get("/v1/openid_connect/userinfo", headers=headers)).json()
    theirs = told(reference, "oauth/success_userinfo_response.json")
    assert kinds(ours) == kinds(theirs)
    assert kinds(ours["address"]) == kinds(theirs["address"])


async def test_limits(reference: Path, caller: Caller) -> None:
    """rate-limits.json, every number that a stand-in can keep."""
    theirs = told(reference, "rate-limits.json")
    sandbox, ours = theirs["sandbox"], quota.Limits()
    assert ours.per_minute == sandbox["requests_per_minute_per_realm"]
    assert ours.per_second == ours.at_once == sandbox["requests_per_second_per_realm_and_app"]
    assert ours.batches_per_minute == sandbox["batch_requests_per_minute_per_realm_and_app"]
    assert ours.emails_per_day == sandbox["emails_per_day_per_realm"]
    assert sandbox["recommended_max_items_per_batch"] == batch.MOST_ITEMS
    assert theirs["max_entities_per_query_response"] == statement.MOST_RESULTS
    assert theirs["default_entities_per_query_response"] == statement.DEFAULT_MAX_RESULTS
    assert theirs["max_entities_per_cdc_response"] == changes.MOST_OBJECTS
    assert Behaviour().change_feed_days == theirs["cdc_lookback_days"]
    assert theirs["max_lines_per_taxable_invoice"] == sales_lines.MOST_TAXABLE_LINES
    assert theirs["upload_request_max_bytes"] == uploads.MOST_BYTES
    assert (
        theirs["requestid_max_chars"],
        theirs["requestid_max_chars_batch"],
    ) == (replays.LONGEST, replays.LONGEST_FOR_BATCH)
    assert theirs["bid_max_chars_when_requestid_is_sent"] == batch.LONGEST_ITEM_ID


async def metered(caller: Caller) -> int:
    count: int = (await caller.client.get("/_sandbox/quota")).json()["metered_this_month"]
    return count


async def test_classes_of_calls(reference: Path, caller: Caller) -> None:
    """pricing.json: Core calls cost nothing, CorePlus calls one each; a batch has three readings."""
    classes = told(reference, "pricing.json")["classification"]
    detail = {"ItemRef": {"value": "1"}}
    line = {"Amount": 5, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
    made = await caller.write("/invoice", {"CustomerRef": {"value": "3"}, "Line": [line]})
    key, realm = made["Id"], caller.sandbox.realm_id
    file = {"file_content_01": ("a.txt", b"abc", "text/plain")}
    address = caller.realm + "/upload"
    done = (await caller.client.post(address, files=file, headers=caller.headers)).json()
    await caller.post(f"/invoice/{key}/send", None, sendTo="a@b.example")
    assert await metered(caller) == 0
    stored = done["AttachableResponse"][0]["Attachable"]["Id"]
    calls = [
        f"/invoice/{key}",
        f"/companyinfo/{realm}",
        "/preferences",
        "/query?query=select%20*%20from%20Term",
        "/cdc?entities=Term&changedSince=2026-03-01",
        f"/download/{stored}",
        f"/invoice/{key}/pdf",
    ]
    for number, path in enumerate(calls, start=1):
        answer = await caller.client.get(caller.realm + path, headers=caller.headers)
        assert (answer.status_code, await metered(caller)) == (200, number), path
    await caller.client.post(caller.realm + "/query", content="select * from Term", headers=caller.headers)
    assert await metered(caller) == len(calls) + 1
    assert (
        len(classes["CorePlus"]) == len(calls) + 2
    )  # beside them batches, below, and reports, which are not here
    told_ways = told(reference, "pricing.json")["batch_metering"]
    assert len(CHOICES["batch_metering"]) == 1 + len(told_ways["alternatives"])
    assert Behaviour().batch_metering == "per-item" and "per batch item" in told_ways["default"]


def test_events_have_the_members_of_the_samples(reference: Path) -> None:
    """webhooks/*.body.json: the same members and types in both forms, all of them in one of our events."""
    at = datetime(2026, 3, 4, tzinfo=UTC)
    events = [Event("1", "Customer", "58", "updated", at), Event("1", "Customer", "58", "merged", at, "61")]
    ours = [webhooks.cloud_event(one, Ids(1)) for one in events]
    for theirs in json.loads((reference / "webhooks" / "cloudevents-sample.body.json").read_text()):
        merged = "deletedid" in theirs.get("data", {})
        assert kinds(theirs).items() <= kinds(ours[merged]).items()
        assert theirs.get("data", {}).keys() <= ours[merged]["data"].keys()
        assert theirs["type"].split(".")[0] == "qbo"
    (theirs,) = told(reference, "webhooks/classic-sample.body.json")["eventNotifications"]
    (classic,) = webhooks.classic(events)["eventNotifications"]
    assert kinds(classic) == kinds(theirs)
    shown = {frozenset(kinds(one).items()) for one in theirs["dataChangeEvent"]["entities"]}
    assert {frozenset(kinds(one).items()) for one in classic["dataChangeEvent"]["entities"]} == shown


@pytest.mark.parametrize("name", ["AuthenticationFault", "ValidationFault", "SystemFault"])
def test_types_of_faults(reference: Path, name: str) -> None:
    """error-codes.json names the types of faults; ours are among them."""
    assert name in json.dumps(told(reference, "error-codes.json")["fault_types"])
    assert {refusals.VALIDATION, refusals.SYSTEM} == {"ValidationFault", "SystemFault"}


def test_messages_are_documented_or_recorded(reference: Path) -> None:
    """error-codes.json or, where it was recorded otherwise, reference 6.7 and 12.3: the message of every code."""
    recorded = {
        "2020": "Required param missing, need to supply the required value for the API",
        "4000": "Error parsing query",
        "4001": "Invalid query",
        "5010": "Stale Object Error",
        "6000": "A business validation error has occurred while processing your request",
        "6140": "Duplicate Document Number Error",
        "6190": "Invalid Company Status",
        "6200": "Account Period Closed",
    }
    documented = {one["code"]: one["message"] for one in told(reference, "error-codes.json")["codes"]}
    made = [
        refusals.unsupported_operation("x"),
        refusals.not_found(),
        refusals.deleted_meanwhile(),
        refusals.duplicate_request_id("x"),
        refusals.cannot_link("1"),
        refusals.batch_too_large(30),
        refusals.unknown_member("x", "Invoice", ["y"]),
        refusals.unreadable("x"),
        refusals.missing("x"),
        refusals.missing_asset_account(),
        refusals.invalid_id("x"),
        refusals.invalid_characters("x", "y"),
        refusals.too_long("x", 1, 2),
        refusals.invalid_date("x", "y"),
        refusals.invalid_number("x", "y"),
        refusals.invalid_request_id("x"),
        refusals.invalid_enumeration("x", "y"),
        refusals.invalid_email("x"),
        refusals.unknown_reference("Names", "1", "x"),
        refusals.inactive_reference("x"),
        refusals.query_not_parsed("x"),
        refusals.query_not_valid("x"),
        refusals.stale(),
        refusals.feature_not_supported("x"),
        refusals.business("x"),
        refusals.account_kind_missing(),
        refusals.unsupported_attachment("x"),
        refusals.opening_day_missing(),
        refusals.no_name(),
        refusals.discount_incomplete(),
        refusals.invalid_line_tax_code("x"),
        refusals.duplicate_number("1", "Invoice", "2"),
        refusals.custom_sales_tax(),
        refusals.tax_detail_not_applicable(),
        refusals.too_deep(),
        refusals.subscription_ended(),
        refusals.period_closed(),
        refusals.deposited(),
        refusals.has_balance(),
        refusals.duplicate_name(),
        refusals.wrong_account_type("x"),
        refusals.upload_too_large(1),
    ]
    for refused in made:
        (problem,) = refused.problems
        expected = recorded.get(problem.code, documented[problem.code])
        assert problem.message.casefold() == expected.casefold(), problem.code


async def test_an_answer_of_the_service_is_read_back_exactly(caller: Caller) -> None:
    """Numbers are written with the digits they have (reference 3.4): 0.1 + 0.2 never shows."""
    detail = {"ItemRef": {"value": "1"}, "UnitPrice": 0.1, "Qty": 3}
    line = {"Amount": 0.3, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
    answer = await caller.post("/invoice", {"CustomerRef": {"value": "3"}, "Line": [line]})
    assert b'"UnitPrice":0.1,"Qty":3' in answer.content
    assert b'"TotalAmt":0.30' in answer.content
    assert msgspec.json.decode(answer.content)["Invoice"]["TotalAmt"] == 0.3
