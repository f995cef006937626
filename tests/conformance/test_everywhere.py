"""The ear of every test hears what is wrong; else its silence would say nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from counterfoil import errors
from counterfoil.crm.highlevel import addresses, client, limits, oauth
from crm_sandbox.sandbox import Sandbox
from highlevel_files.everywhere import Ear
from highlevel_files.judge import judge
from sandbox_kit.journal import BODY_BYTES_MAX

CRM = "http://crm.test"
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)

pytestmark = pytest.mark.skipif(
    judge() is None, reason="HighLevel's OpenAPI files are not beside the repository (../shared)"
)


def heard(ear: Ear) -> str:
    """What was wrong; it is forgiven, because here it is meant."""
    said = "; ".join(ear.found)
    ear.found.clear()
    return said


def connector(answer: Any) -> client.Client:
    """Our connector's client before something that answers always the same."""

    async def token(rejected: bool) -> str:
        return "t"

    async def sleep(seconds: float) -> None:
        raise AssertionError("nothing is to wait for")

    return client.Client(
        http=httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200, json=answer))),
        addresses=addresses.for_base(CRM),
        token=token,
        quota=limits.Quota(clock=lambda: NOW, sleep=sleep),
        jitter=lambda: 0.0,
    )


async def test_a_request_that_the_files_do_not_have_is_heard(ear: Ear) -> None:
    """A member too many, wherever the request goes."""
    await connector({}).write("POST", "/contacts/", body={"locationId": "l", "color": "red"})

    assert "POST /contacts/: request: body.color is not in the file" in heard(ear)


async def test_a_form_that_the_files_do_not_have_is_heard(ear: Ear) -> None:
    """The token calls have a client of their own."""
    http = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200, json={})))
    tokens = oauth.OAuth(
        http=http, addresses=addresses.for_base(CRM), app=oauth.App("a", "b"), clock=lambda: NOW
    )
    before = ear.judged

    with pytest.raises(errors.OutcomeUnknown):
        await tokens.exchange(code="c", redirect_uri="")

    assert ear.judged == before + 1
    assert heard(ear) == ""


async def test_what_goes_elsewhere_is_not_judged(ear: Ear) -> None:
    """The product's HTTP client speaks to QuickBooks as well."""
    http = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200, json={})))
    oauth.OAuth(http=http, addresses=addresses.for_base(CRM), app=oauth.App("a", "b"), clock=lambda: NOW)

    await http.get("http://quickbooks.test/v3/company/1/query")

    assert ear.judged == 0


async def test_one_client_of_many_parts_is_heard_once(ear: Ear) -> None:
    """Each connection that the product opens gets the same HTTP client."""
    talks = connector({"contacts": [], "total": 0})
    for _ in range(3):
        oauth.OAuth(
            http=talks._http, addresses=addresses.for_base(CRM), app=oauth.App("a", "b"), clock=lambda: NOW
        )

    await talks.read("/contacts/search", body={"locationId": "l", "pageLimit": 1})

    assert ear.judged == 1


@pytest.mark.parametrize(
    ("status", "answer", "says"),
    [
        (200, {"contact": {"id": 5}}, "answer: contact/id: 5 is not of type 'string'"),
        (400, {"statusCode": "bad"}, "answer: statusCode: 'bad' is not of type 'number'"),
    ],
)
def test_an_answer_that_the_files_do_not_have_is_heard(
    ear: Ear, status: int, answer: dict[str, Any], says: str
) -> None:
    """Success or refusal: what a stand-in journals is judged as it is written down."""
    Sandbox(seed="empty").journal.record(
        method="GET",
        path="/contacts/c1",
        query="",
        operation="GET /contacts/{contactId}",
        status=status,
        request="",
        response=json.dumps(answer),
        tags={},
    )

    assert says in heard(ear)


async def test_an_answer_too_long_for_a_journal_is_heard(ear: Ear) -> None:
    """It is heard at the client that gets it."""
    Sandbox(seed="empty")
    answer = {"contact": {"id": 5, "source": "x" * BODY_BYTES_MAX}}

    await connector(answer).read("/contacts/{id}", ids={"id": "c1"})

    assert "GET /contacts/c1: answer: contact/id: 5 is not of type 'string'" in heard(ear)


async def test_an_answer_that_a_test_invents_is_not_judged(ear: Ear) -> None:
    """Without a stand-in nobody claims that the original would answer so."""
    await connector({"contact": {"id": 5, "source": "x" * BODY_BYTES_MAX}}).read(
        "/contacts/{id}", ids={"id": "c1"}
    )

    assert heard(ear) == ""
