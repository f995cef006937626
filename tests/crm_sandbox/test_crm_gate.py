"""What every call has to pass before it is answered (reference 3)."""

from __future__ import annotations

import pytest


async def test_a_call_without_version_is_refused(crm):
    """The Version header is mandatory."""
    answer = await crm.call("GET", f"/locations/{crm.location}", headers={"Version": None})

    assert answer.status_code == 401
    assert "version" in answer.json()["message"]


async def test_a_version_that_does_not_exist_is_refused(crm):
    """Only known dates are versions."""
    answer = await crm.call("GET", f"/locations/{crm.location}", headers={"Version": "2019-01-01"})

    assert answer.status_code == 400


@pytest.mark.parametrize("header", [None, "Bearer nonsense", "Basic abc", "Bearer "])
async def test_a_bad_token_belongs_to_the_family_that_a_refresh_cures(crm, header):
    """An unknown bearer is an invalid JWT."""
    answer = await crm.call("GET", f"/locations/{crm.location}", headers={"Authorization": header})

    assert answer.status_code == 401
    assert answer.json()["message"] == "Invalid JWT"


async def test_a_missing_scope_is_told_in_its_own_words(crm):
    """401 has a second family, for which a refresh is no cure."""
    token = (await crm.act("/tokens", {"kind": "location", "scope": "contacts.readonly"}))["access_token"]

    answer = await crm.call("GET", f"/locations/{crm.location}", token=token)

    assert answer.status_code == 401
    assert answer.json()["message"] == "The token is not authorized for this scope."


async def test_an_expired_access_token_is_refused(crm):
    """An access token lives 86,399 seconds."""
    token = crm.sandbox.credentials["access_token"]
    crm.clock.advance(86_398)
    still = await crm.call("GET", f"/locations/{crm.location}", token=token)
    crm.clock.advance(1)
    over = await crm.call("GET", f"/locations/{crm.location}", token=token)

    assert (still.status_code, over.status_code) == (200, 401)


@pytest.mark.parametrize(
    ("method", "path", "place"),
    [
        ("GET", "/locations/Foreign0000000000000", None),
        ("GET", "/users/", "query"),
        ("POST", "/contacts/", "body"),
    ],
)
async def test_a_foreign_location_is_403(crm, method, path, place):
    """A token opens one location, wherever the location is named."""
    named = {"locationId": "Foreign0000000000000"}
    answer = await crm.call(
        method, path, named if place == "body" else None, **(named if place == "query" else {})
    )

    assert answer.status_code == 403
    assert answer.json()["error"] == "Forbidden"


async def test_a_path_that_is_not_public_looks_like_a_missing_scope(crm):
    """The reputation paths exist for nobody (reference 12)."""
    answer = await crm.call("POST", "/reputation/requests", {})

    assert answer.status_code == 401
    assert answer.json()["message"] == "The token is not authorized for this scope."


async def test_a_method_that_a_path_does_not_have_is_404(crm):
    """Known path, unknown method."""
    answer = await crm.call("PATCH", "/contacts/", {})

    assert answer.status_code == 404
    assert answer.json()["message"] == "Cannot PATCH /contacts/"


@pytest.mark.parametrize("path", ["/users/", "/users"])
async def test_a_slash_at_the_end_makes_no_difference(crm, path):
    """Both spellings lead to the same operation."""
    answer = await crm.call("GET", path, locationId=crm.location)

    assert answer.status_code == 200


async def test_every_answer_carries_a_trace_id_of_its_own(crm):
    """Support asks for the trace id, good answer or bad."""
    good = await crm.call("GET", f"/locations/{crm.location}")
    bad = await crm.call("GET", "/contacts/nobody")

    assert good.json()["traceId"] and bad.json()["traceId"]
    assert good.json()["traceId"] != bad.json()["traceId"]


async def test_an_unknown_query_member_is_refused(crm):
    """The query is checked like a body."""
    answer = await crm.call("GET", "/users/", locationId=crm.location, colour="red")

    assert answer.status_code == 422
    assert answer.json()["message"] == ["property colour should not exist"]


async def test_a_broken_body_is_400(crm):
    """What is not JSON never reaches an operation."""
    headers = {"Authorization": f"Bearer {crm.sandbox.credentials['private_token']}", "Version": "2021-07-28"}
    answer = await crm.http.post(
        "/contacts/", content=b"{", headers={**headers, "Content-Type": "application/json"}
    )

    assert answer.status_code == 400


async def test_the_burst_is_a_hundred_in_ten_seconds(crm):
    """Call 101 within ten seconds is 429; ten seconds later all is well."""
    answers = [await crm.call("GET", f"/locations/{crm.location}") for _ in range(101)]
    crm.clock.advance(10)
    later = await crm.call("GET", f"/locations/{crm.location}")

    assert [each.status_code for each in answers] == [200] * 100 + [429]
    assert later.status_code == 200


async def test_every_answer_says_what_is_left(crm):
    """The five headers count down, also on refusals."""
    await crm.call("GET", f"/locations/{crm.location}")
    answer = await crm.call("GET", "/contacts/nobody")

    assert {name: value for name, value in answer.headers.items() if name.startswith("x-ratelimit")} == {
        "x-ratelimit-limit-daily": "200000",
        "x-ratelimit-daily-remaining": "199998",
        "x-ratelimit-interval-milliseconds": "10000",
        "x-ratelimit-max": "100",
        "x-ratelimit-remaining": "98",
    }


async def test_the_daily_limit_ends_the_day(crm):
    """When the day's budget is spent, only the next day helps."""
    await crm.act("/switches", {"daily_limit": 2})
    answers = [(await crm.call("GET", f"/locations/{crm.location}")).status_code for _ in range(3)]
    crm.clock.advance(86_400)
    later = await crm.call("GET", f"/locations/{crm.location}")

    assert answers == [200, 200, 429]
    assert later.status_code == 200


async def test_without_quota_nothing_is_refused(make_crm):
    """--no-quota counts but does not refuse."""
    crm = make_crm(quota=False)
    answers = {(await crm.call("GET", f"/locations/{crm.location}")).status_code for _ in range(120)}

    assert answers == {200}


async def test_private_tokens_and_the_app_have_budgets_of_their_own(crm):
    """A second private token shares the first one's budget; the app does not."""
    second = (await crm.act("/tokens"))["private_token"]
    await crm.call("GET", f"/locations/{crm.location}")
    private = await crm.call("GET", f"/locations/{crm.location}", token=second)
    app = await crm.call("GET", f"/locations/{crm.location}", token=crm.sandbox.credentials["access_token"])

    assert private.headers["x-ratelimit-remaining"] == "98"
    assert app.headers["x-ratelimit-remaining"] == "99"


async def test_a_fault_refuses_in_the_shape_of_the_api(crm):
    """A 500 by fault looks like a 500 of the API."""
    await crm.act("/faults", {"on": "GET /locations/*", "act": {"refuse": 500}, "nth": 1})

    first = await crm.call("GET", f"/locations/{crm.location}")
    second = await crm.call("GET", f"/locations/{crm.location}")

    assert (first.status_code, first.json()["statusCode"]) == (500, 500)
    assert second.status_code == 200


async def test_the_journal_names_operations_as_the_openapi_files_do(crm):
    """Tests ask the journal by operation."""
    contact = await crm.contact(email="ada@example.com")
    await crm.call("GET", f"/contacts/{contact['id']}")

    assert [each.operation for each in crm.sandbox.journal.exchanges()] == [
        "POST /contacts/",
        "GET /contacts/{contactId}",
    ]
