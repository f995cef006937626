"""The consent and the token calls: what is sent, what is kept, and which refusal means what."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from counterfoil import errors
from counterfoil.quickbooks import api
from counterfoil.quickbooks.api import addresses, oauth

from .conftest import START, Bench

APP = api.App("client-1", "secret-1")
HERE = addresses.for_base("http://quickbooks.test/")
TOKENS = {
    "token_type": "bearer",
    "expires_in": 3600,
    "refresh_token": "refresh-2",
    "x_refresh_token_expires_in": 8_726_400,
    "access_token": "access-2",
    "id_token": "ignored",
}


def login(bench: Bench) -> api.OAuth:
    return api.OAuth(bench.http, HERE, APP, clock=bench.time.clock)


def test_intuits_addresses_are_those_of_its_discovery_document(reference: Path) -> None:
    """They are fixed in the code, so they are compared with what Intuit publishes."""
    found = json.loads((reference / "oauth" / "discovery.json").read_text())

    for intuit in (addresses.INTUIT_PRODUCTION, addresses.INTUIT_SANDBOX):
        assert intuit.authorize == found["authorization_endpoint"]
        assert intuit.token == found["token_endpoint"]
        assert intuit.revoke == found["revocation_endpoint"]


def test_test_companies_have_another_api_host() -> None:
    """Everything else is shared between the environments."""
    assert addresses.INTUIT_PRODUCTION.api == "https://quickbooks.api.intuit.com/v3"
    assert addresses.INTUIT_SANDBOX.api == "https://sandbox-quickbooks.api.intuit.com/v3"


def test_one_base_serves_all_paths() -> None:
    """A stand-in keeps everything under one address."""
    assert addresses.for_base("http://localhost:8081/") == api.Addresses(
        authorize="http://localhost:8081/connect/oauth2",
        token="http://localhost:8081/oauth2/v1/tokens/bearer",
        revoke="http://localhost:8081/v2/oauth2/tokens/revoke",
        api="http://localhost:8081/v3",
    )


def test_the_consent_page_is_asked_with_our_state() -> None:
    """The state comes back and proves that the answer belongs to this browser."""
    url = oauth.authorize_url(
        addresses.INTUIT_PRODUCTION, APP, state="s+t/a te", redirect_uri="https://app.example/cb"
    )
    parts = urlsplit(url)

    assert url.startswith("https://appcenter.intuit.com/connect/oauth2?")
    assert {name: values[0] for name, values in parse_qs(parts.query).items()} == {
        "client_id": "client-1",
        "response_type": "code",
        "scope": "com.intuit.quickbooks.accounting",
        "redirect_uri": "https://app.example/cb",
        "state": "s+t/a te",
    }
    assert "secret-1" not in url


async def test_a_code_is_exchanged_with_the_apps_own_credentials(bench: Bench) -> None:
    """Basic authorization, a form body, and the wish to be told the end of the grant."""
    bench.script.will({**TOKENS, "x_refresh_token_hard_expires_in": 157_680_000})

    tokens = await login(bench).exchange("code-1", "https://app.example/cb")

    assert str(bench.last.url) == "http://quickbooks.test/oauth2/v1/tokens/bearer"
    basic = base64.b64encode(b"client-1:secret-1").decode()
    assert bench.last.headers["authorization"] == f"Basic {basic}"
    assert bench.last.headers["x-include-refresh-token-hard-expires-in"] == "true"
    assert parse_qs(bench.last.content.decode()) == {
        "grant_type": ["authorization_code"],
        "code": ["code-1"],
        "redirect_uri": ["https://app.example/cb"],
    }
    assert tokens == api.Tokens(
        access_token="access-2",
        access_expires_at=START + timedelta(hours=1),
        refresh_token="refresh-2",
        refresh_expires_at=START + timedelta(days=101),
        hard_expires_at=START + timedelta(days=5 * 365),
    )


async def test_a_refresh_gives_the_refresh_token_to_use_from_now_on(bench: Bench) -> None:
    """Its value changes about once a day, and the old one is dead then."""
    bench.script.will(TOKENS)

    tokens = await login(bench).refresh("refresh-1")

    assert parse_qs(bench.last.content.decode()) == {
        "grant_type": ["refresh_token"],
        "refresh_token": ["refresh-1"],
    }
    assert (tokens.access_token, tokens.refresh_token, tokens.hard_expires_at) == (
        "access-2",
        "refresh-2",
        None,
    )


async def test_intuits_own_sample_answer_is_understood(bench: Bench, reference: Path) -> None:
    """The answer in the tests of Intuit's SDK."""
    bench.script.will(json.loads((reference / "oauth" / "success_token_response.json").read_text()))

    tokens = await login(bench).refresh("refresh-1")

    assert tokens.refresh_expires_at == START + timedelta(seconds=15_552_000)


async def test_a_refresh_without_a_new_refresh_token_keeps_the_old_one(bench: Bench) -> None:
    """The standard allows to leave it out; losing it would end the connection."""
    bench.script.will({"access_token": "access-2"})

    tokens = await login(bench).refresh("refresh-1")

    assert tokens.refresh_token == "refresh-1"
    assert tokens.access_expires_at == START + timedelta(hours=1)
    assert tokens.refresh_expires_at == START + timedelta(days=100)


async def test_revoking_sends_the_token_as_json(bench: Bench) -> None:
    """Unlike the token endpoint, this one takes no form."""
    bench.script.will(httpx.Response(200))

    await login(bench).revoke("refresh-1")

    assert str(bench.last.url) == "http://quickbooks.test/v2/oauth2/tokens/revoke"
    assert json.loads(bench.last.content) == {"token": "refresh-1"}
    assert bench.last.headers["authorization"].startswith("Basic ")


REFUSALS = [
    (400, {"error": "invalid_grant", "error_description": "Token invalid"}, oauth.GrantInvalid),
    (400, {"error": "invalid_grant"}, oauth.GrantInvalid),
    (401, {"error": "invalid_grant"}, oauth.GrantInvalid),
    (401, {"error": "invalid_client"}, errors.AccessLost),
    (400, {"error": "invalid_client"}, errors.AccessLost),
    (401, None, errors.AccessLost),
    (400, {"error": "invalid_request"}, errors.Refused),
    (400, None, errors.Refused),
    (404, {"error": ["odd"]}, errors.Refused),
    (429, None, errors.TryLater),
    (500, {"error": "server_error"}, errors.TryLater),
    (503, None, errors.TryLater),
]


@pytest.mark.parametrize(("status", "body", "family"), REFUSALS)
async def test_only_a_dead_grant_asks_the_owner_to_connect_again(
    bench: Bench, status: int, body: object, family: type[Exception]
) -> None:
    """A wrong app, an outage and a bug of ours are other things than a revoked grant."""
    bench.script.will(
        httpx.Response(status, json=body) if body else httpx.Response(status, content=b"<html/>")
    )

    with pytest.raises(errors.CounterfoilError) as refused:
        await login(bench).refresh("refresh-1")

    assert type(refused.value) is family


async def test_a_refused_app_is_told_in_a_sentence_about_credentials(bench: Bench) -> None:
    """The operator can do something about it; the customer cannot."""
    bench.script.will(httpx.Response(401, json={"error": "invalid_client"}))

    with pytest.raises(errors.AccessLost, match="client id and secret"):
        await login(bench).refresh("refresh-1")


@pytest.mark.parametrize(
    ("error", "family"),
    [
        (httpx.ConnectError("x"), errors.TryLater),
        (httpx.ReadTimeout("x"), errors.OutcomeUnknown),
        (httpx.ReadError("x"), errors.OutcomeUnknown),
    ],
)
async def test_a_lost_answer_to_a_refresh_is_in_doubt(
    bench: Bench, error: Exception, family: type[Exception]
) -> None:
    """The token may have been replaced by one that we never saw."""
    bench.script.will(error)

    with pytest.raises(family):
        await login(bench).refresh("refresh-1")


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"<html/>", b'{"access_token": 5}', b"{}"])
async def test_tokens_that_cannot_be_read_are_in_doubt(bench: Bench, body: bytes) -> None:
    """Nothing escapes that a caller does not know."""
    bench.script.will(httpx.Response(200, content=body))

    with pytest.raises(errors.OutcomeUnknown):
        await login(bench).exchange("code-1", "https://app.example/cb")


@pytest.mark.parametrize("told", [True, "soon", -1, 10**30, None, 1e308])
async def test_a_lifetime_that_cannot_be_meant_is_not_believed(bench: Bench, told: object) -> None:
    """Then the documented hour counts."""
    bench.script.will({**TOKENS, "expires_in": told})

    tokens = await login(bench).refresh("refresh-1")

    assert tokens.access_expires_at == START + timedelta(hours=1)


async def test_a_lifetime_may_be_told_as_text(bench: Bench) -> None:
    """Numbers in quotes are common in token answers."""
    bench.script.will({**TOKENS, "expires_in": "1800"})

    tokens = await login(bench).refresh("refresh-1")

    assert tokens.access_expires_at == START + timedelta(minutes=30)


async def test_an_app_that_cannot_be_written_in_a_header_is_told_like_a_refused_one(bench: Bench) -> None:
    """A smart quote that was copied along with the secret."""
    pasted = api.OAuth(bench.http, HERE, api.App("client-1", "secret”"), clock=bench.time.clock)

    with pytest.raises(errors.AccessLost, match="client id and secret"):
        await pasted.refresh("refresh-1")


async def test_a_dead_token_cannot_be_revoked(bench: Bench) -> None:
    """The caller decides whether that matters."""
    bench.script.will(httpx.Response(400, json={"error": "invalid_request"}))

    with pytest.raises(oauth.GrantInvalid):
        await login(bench).revoke("refresh-1")


def test_no_secret_shows_in_a_representation(bench: Bench) -> None:
    """Values end up in logs and error reports."""
    tokens = api.Tokens(
        access_token="access-2",
        access_expires_at=START,
        refresh_token="refresh-2",
        refresh_expires_at=START,
        hard_expires_at=None,
    )
    shown = f"{tokens!r} {APP!r} {tokens} {APP}"

    assert not any(secret in shown for secret in ("access-2", "refresh-2", "client-1", "secret-1"))
