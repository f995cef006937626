"""Intuit's OAuth: consent page, codes, tokens, rotation, revocation (reference 2)."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
import pytest

from sandbox_kit.clock import Clock

Caller = Any
BACK = "http://localhost:8080/quickbooks/callback"
DAY = 86_400


def wish(caller: Caller, **changes: str) -> dict[str, str]:
    return {
        "client_id": caller.sandbox.client.client_id,
        "response_type": "code",
        "scope": "com.intuit.quickbooks.accounting",
        "redirect_uri": BACK,
        "state": "s-1",
        **changes,
    }


async def consent(caller: Caller, decision: str = "connect", **changes: str) -> httpx.Response:
    form = {
        **wish(caller, **changes),
        "realm_id": caller.sandbox.realm_id,
        "email": "a@b.c",
        "decision": decision,
    }
    return await caller.client.post("/connect/oauth2", data=form)


def returned(response: httpx.Response) -> dict[str, str]:
    assert response.status_code == 302
    assert response.headers["location"].startswith(BACK + "?")
    return {
        name: values[0] for name, values in parse_qs(urlsplit(response.headers["location"]).query).items()
    }


async def token(caller: Caller, *, basic: bool = True, secret: str = "", **form: str) -> httpx.Response:
    client = caller.sandbox.client
    secret = secret or client.client_secret
    headers = {"Accept": "application/json"}
    if basic:
        pair = base64.b64encode(f"{client.client_id}:{secret}".encode()).decode()
        headers["Authorization"] = f"Basic {pair}"
    else:
        form = {**form, "client_id": client.client_id, "client_secret": secret}
    return await caller.client.post("/oauth2/v1/tokens/bearer", data=form, headers=headers)


async def renewed(caller: Caller, refresh_token: str) -> httpx.Response:
    return await token(caller, grant_type="refresh_token", refresh_token=refresh_token)


def error(response: httpx.Response, status: int = 400) -> str:
    assert response.status_code == status
    assert response.headers["intuit_tid"]
    return response.json()["error"]


@pytest.mark.parametrize("basic", [True, False])
async def test_the_whole_way_from_consent_to_a_call(caller: Caller, basic: bool) -> None:
    """Reference 2.2-2.4: page, callback with code, state and realmId, tokens, a call; by header and by form."""
    page = await caller.client.get("/connect/oauth2", params=wish(caller))
    assert page.status_code == 200
    assert "Sign in" in page.text
    back = returned(await consent(caller))
    assert (back["state"], back["realmId"]) == ("s-1", caller.sandbox.realm_id)
    response = await token(
        caller, basic=basic, grant_type="authorization_code", code=back["code"], redirect_uri=BACK
    )
    body = response.json()
    assert (body["token_type"], body["expires_in"], body["x_refresh_token_expires_in"]) == (
        "bearer",
        3600,
        8_726_400,
    )
    assert "x_refresh_token_hard_expires_in" not in body
    caller.headers["Authorization"] = f"Bearer {body['access_token']}"
    assert (await caller.get("/term/1")).status_code == 200


async def test_a_refusal_goes_back_as_access_denied(caller: Caller) -> None:
    """Reference 2.2."""
    assert returned(await consent(caller, "cancel")) == {"error": "access_denied", "state": "s-1"}


async def test_a_wrong_scope_goes_back_as_invalid_scope(caller: Caller) -> None:
    """Reference 2.2."""
    page = await caller.client.get("/connect/oauth2", params=wish(caller, scope="everything"))
    assert returned(page) == {"error": "invalid_scope", "state": "s-1"}


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "nobody"},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": BACK + "?x=1"},
        {"state": ""},
        {"response_type": "token"},
    ],
)
async def test_requests_that_must_not_be_redirected_stay_on_the_page(
    caller: Caller, changes: dict[str, str]
) -> None:
    """Reference 2.2: an unknown client, a bad return address, no state."""
    for response in (
        await caller.client.get("/connect/oauth2", params=wish(caller, **changes)),
        await consent(caller, **changes),
    ):
        assert response.status_code == 400
        assert "location" not in response.headers


async def test_a_registered_address_must_match_exactly(caller: Caller) -> None:
    """Reference 2.2: scheme, case and trailing slash."""
    client = caller.sandbox.client
    registered = type(client)(client.client_id, client.client_secret, (BACK,))
    caller.sandbox.grants.clients[client.client_id] = registered
    assert (await consent(caller)).status_code == 302
    assert (await consent(caller, redirect_uri=BACK + "/")).status_code == 400


async def test_a_code_is_good_once_and_its_reuse_ends_the_grant(caller: Caller) -> None:
    """Reference 2.5, rule 3."""
    code = returned(await consent(caller))["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
    tokens = (await token(caller, **form)).json()
    assert error(await token(caller, **form)) == "invalid_grant"
    assert error(await renewed(caller, tokens["refresh_token"])) == "invalid_grant"


async def test_a_code_dies_after_ten_minutes_or_with_another_address(caller: Caller, clock: Clock) -> None:
    """Reference 2.2 and 2.8."""
    code = returned(await consent(caller))["code"]
    form = {"grant_type": "authorization_code", "code": code}
    assert error(await token(caller, **form, redirect_uri=BACK + "x")) == "invalid_grant"
    clock.advance(601)
    assert error(await token(caller, **form, redirect_uri=BACK)) == "invalid_grant"


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({}, "invalid_request"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "nope"}, "invalid_grant"),
    ],
)
async def test_token_errors(caller: Caller, form: dict[str, str], expected: str) -> None:
    """Reference 2.8."""
    assert error(await token(caller, **form)) == expected


async def test_a_wrong_secret_is_invalid_client(caller: Caller) -> None:
    """Reference 2.8: never a reason to reconnect."""
    assert error(await token(caller, secret="wrong", grant_type="refresh_token"), 401) == "invalid_client"


async def test_the_life_of_a_token(caller: Caller, clock: Clock) -> None:
    """Reference 20.6: the same value within a day, a new one after it, the old one dead at once."""
    first = caller.sandbox.refresh_token
    clock.advance(55 * 60)
    assert (await renewed(caller, first)).json()["refresh_token"] == first
    clock.advance(DAY)
    second = (await renewed(caller, first)).json()["refresh_token"]
    assert second != first
    assert error(await renewed(caller, first)) == "invalid_grant"
    assert (await renewed(caller, second)).status_code == 200
    clock.advance(101 * DAY)
    assert error(await renewed(caller, second)) == "invalid_grant"


async def test_a_new_access_token_does_not_end_the_earlier_one(caller: Caller) -> None:
    """Reference 2.5, rule 5."""
    assert (await renewed(caller, caller.sandbox.refresh_token)).status_code == 200
    assert (await caller.get("/term/1")).status_code == 200


async def test_every_grant_ends_after_five_years(caller: Caller, clock: Clock) -> None:
    """Reference 2.6: the header shows the seconds left, and then nothing helps."""
    current = caller.sandbox.refresh_token
    pair = base64.b64encode(
        f"{caller.sandbox.client.client_id}:{caller.sandbox.client.client_secret}".encode()
    ).decode()
    headers = {"Authorization": f"Basic {pair}", "x-include-refresh-token-hard-expires-in": "true"}
    left = []
    for _ in range(19):
        form = {"grant_type": "refresh_token", "refresh_token": current}
        body = (await caller.client.post("/oauth2/v1/tokens/bearer", data=form, headers=headers)).json()
        current = body["refresh_token"]
        left.append(body["x_refresh_token_hard_expires_in"])
        clock.advance(100 * DAY)
    assert left[0] == 157_680_000
    assert left[-1] == 157_680_000 - 1800 * DAY
    assert error(await renewed(caller, current)) == "invalid_grant"


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
@pytest.mark.parametrize("as_json", [True, False])
async def test_revoking_either_token_ends_the_grant(caller: Caller, which: str, as_json: bool) -> None:
    """Reference 2.7: API calls 401, refresh invalid_grant; by JSON and by form."""
    client = caller.sandbox.client
    value = getattr(caller.sandbox, which)
    body: dict[str, Any] = {"json": {"token": value}} if as_json else {"data": {"token": value}}
    auth = httpx.BasicAuth(client.client_id, client.client_secret)
    assert (await caller.client.post("/v2/oauth2/tokens/revoke", auth=auth, **body)).status_code == 200
    assert (await caller.get("/term/1")).status_code == 401
    assert error(await renewed(caller, caller.sandbox.refresh_token)) == "invalid_grant"
    assert (await caller.client.post("/v2/oauth2/tokens/revoke", auth=auth, **body)).status_code == 400


async def test_a_person_can_disconnect(caller: Caller) -> None:
    """Reference 2.7: from Intuit's side both tokens die and nobody is told."""
    assert (await caller.client.post("/_sandbox/revoke")).json() == {"revoked": 1}
    response = await caller.get("/term/1")
    assert response.status_code == 401
    assert caller.json(response)["fault"]["error"][0]["detail"].startswith("Token revoked")


async def test_userinfo_gives_what_was_consented(caller: Caller) -> None:
    """Reference 2.9."""
    back = returned(await consent(caller, scope="openid email"))
    form = {"grant_type": "authorization_code", "code": back["code"], "redirect_uri": BACK}
    tokens = (await token(caller, **form)).json()
    assert tokens["id_token"]
    info = await caller.client.get(
        "/v1/openid_connect/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"}
    )
    assert set(info.json()) == {"sub", "email", "emailVerified"}
    assert info.json()["email"] == "a@b.c"  # who logged in
    claims = tokens["id_token"].split(".")[1]
    told = msgspec.json.decode(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    assert told["sub"] == info.json()["sub"]


async def test_discovery_names_its_own_addresses(caller: Caller) -> None:
    """Reference 2.1."""
    for name in ("openid_configuration", "openid_sandbox_configuration"):
        found = msgspec.json.decode((await caller.client.get(f"/.well-known/{name}")).content)
        assert found["token_endpoint"] == "http://quickbooks.test/oauth2/v1/tokens/bearer"
        assert found["authorization_endpoint"] == "http://quickbooks.test/connect/oauth2"


async def test_no_secret_reaches_the_journal(caller: Caller) -> None:
    """Tokens and secrets are never journaled."""
    await renewed(caller, caller.sandbox.refresh_token)
    await caller.get("/term/1")
    text = (await caller.client.get("/_sandbox/journal")).text
    for secret in (
        caller.sandbox.refresh_token,
        caller.sandbox.access_token,
        caller.sandbox.client.client_secret,
    ):
        assert secret not in text
