"""Installing the app: the link, the code, rotating tokens, and coming back without the owner."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from counterfoil import errors
from counterfoil.crm import port
from counterfoil.crm.highlevel import addresses, oauth

APP = oauth.App("app0001-abc", "secret-of-the-app")
ANSWER = {
    "access_token": "access-1",
    "token_type": "Bearer",
    "expires_in": 86399,
    "refresh_token": "refresh-1",
    "scope": "contacts.readonly contacts.write",
    "userType": "Location",
    "companyId": "Company1",
    "locationId": "Location1",
    "userId": "User1",
}


def login(bench) -> oauth.OAuth:
    return oauth.OAuth(
        http=bench.http,
        addresses=addresses.for_base("http://crm.test/"),
        app=APP,
        clock=bench.time.clock,
    )


def form(request: httpx.Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.content.decode()).items()}


def test_R3_the_link_carries_state_scopes_and_the_way_back() -> None:
    """The browser goes to HighLevel's own page with everything that it will bring back."""
    url = oauth.authorize_url(
        addresses.HIGHLEVEL, APP, state="s+1", redirect_uri="https://sync.example/cb?x=1"
    )

    parts = urlsplit(url)
    query = parse_qs(parts.query)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == addresses.HIGHLEVEL.choose_location
    assert query["state"] == ["s+1"]
    assert query["redirect_uri"] == ["https://sync.example/cb?x=1"]
    assert query["scope"] == [" ".join(oauth.SCOPES)]
    assert query["response_type"] == ["code"]
    assert "+" not in parts.query


def test_addresses_of_another_base_keep_its_host() -> None:
    """A stand-in or proxy serves both, the API and the page; without a base it is the real one."""
    assert addresses.for_base("http://crm.test/").choose_location.startswith("http://crm.test/")
    assert addresses.for_base("http://crm.test/").api == "http://crm.test"
    assert addresses.for_base("") is addresses.HIGHLEVEL


def test_R3_a_copied_installation_link_leads_where_it_says_once() -> None:
    """White-label apps have another host, and a draft is pinned by its version (reference 2.2)."""
    link = (
        "https://marketplace.leadconnectorhq.com/oauth/chooselocation?response_type=code&client_id=copied"
        "&redirect_uri=https%3A%2F%2Fcopied.example&scope=a.b&version_id=v7"
    )
    where = addresses.for_base("", install_url=link)

    url = oauth.authorize_url(where, APP, state="s1", redirect_uri="https://sync.example/cb")

    parts = urlsplit(url)
    query = parse_qs(parts.query)
    assert (parts.netloc, parts.path) == ("marketplace.leadconnectorhq.com", "/oauth/chooselocation")
    assert query["client_id"] == [APP.client_id]
    assert query["redirect_uri"] == ["https://sync.example/cb"]
    assert (query["version_id"], query["state"]) == (["v7"], ["s1"])
    assert where.api == addresses.HIGHLEVEL.api


async def test_a_code_becomes_tokens_for_one_location(bench) -> None:
    """The secret goes in the form, as HighLevel wants it, and the expiry counts from before the question."""
    bench.script.on("POST /oauth/token", ANSWER)

    grant = await login(bench).exchange(code="code-1", redirect_uri="https://sync.example/cb")

    assert form(bench.script.requests[0]) == {
        "grant_type": "authorization_code",
        "code": "code-1",
        "redirect_uri": "https://sync.example/cb",
        "user_type": "Location",
        "client_id": APP.client_id,
        "client_secret": APP.client_secret,
    }
    assert (grant.location_id, grant.company_id, grant.user_id) == ("Location1", "Company1", "User1")
    assert grant.tokens == port.Tokens(
        access="access-1",
        refresh="refresh-1",
        access_expires_at=bench.time.now + timedelta(seconds=86399),
    )
    assert "invoices.readonly" in grant.missing()
    assert "contacts.write" not in grant.missing()


async def test_a_refresh_gives_a_new_pair_and_reads_the_newer_spelling(bench) -> None:
    """The v3 generation answers in camel case, with texts for numbers at times (reference 1.3)."""
    bench.script.on("POST /oauth/token", {"accessToken": "a2", "refreshToken": "r2", "expiresIn": "3600"})

    tokens = await login(bench).refresh("refresh-1")

    assert (tokens.access, tokens.refresh) == ("a2", "r2")
    assert tokens.access_expires_at == bench.time.now + timedelta(hours=1)
    assert form(bench.script.requests[0])["grant_type"] == "refresh_token"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"error": "invalid_grant", "error_description": "The refresh token is invalid."}),
        (401, {"message": "This refresh token is invalid", "statusCode": 401}),
        (422, {"message": ["code is expired"]}),
    ],
)
async def test_R5_a_dead_grant_is_lost_access(bench, status, body) -> None:
    """A used, expired or revoked token is not tried again."""
    bench.script.on("POST /oauth/token", httpx.Response(status, json=body))

    with pytest.raises(oauth.GrantInvalid):
        await login(bench).refresh("refresh-0")


async def test_a_wrong_secret_is_not_taken_for_a_dead_grant(bench) -> None:
    """The operator's settings are wrong, the owner's consent is not gone."""
    bench.script.on(
        "POST /oauth/token", httpx.Response(401, json={"error": "invalid_client", "message": "no"})
    )

    with pytest.raises(errors.AccessLost) as caught:
        await login(bench).refresh("refresh-1")

    assert not isinstance(caught.value, oauth.GrantInvalid)


async def test_R4_a_lost_answer_of_a_refresh_is_in_doubt(bench) -> None:
    """The old token may be dead already: nobody may take it for 'nothing happened'."""
    bench.script.on("POST /oauth/token", httpx.ReadTimeout("late"))

    with pytest.raises(errors.OutcomeUnknown):
        await login(bench).refresh("refresh-1")


@pytest.mark.parametrize("answer", [[], {}, {"access_token": 5}, "text"])
async def test_an_answer_without_a_token_is_in_doubt(bench, answer) -> None:
    """Nothing is concluded from an odd success."""
    bench.script.on("POST /oauth/token", httpx.Response(200, json=answer))

    with pytest.raises(errors.OutcomeUnknown):
        await login(bench).refresh("refresh-1")


async def test_an_answer_without_a_refresh_token_gives_an_empty_one(bench) -> None:
    """A token minted for an agency's location may come without (reference 2.5)."""
    bench.script.on("POST /oauth/token", {"access_token": "a"})

    tokens = await login(bench).refresh("refresh-1")

    assert tokens.refresh == ""
    assert tokens.access_expires_at == bench.time.now + timedelta(seconds=86399)


async def test_a_location_that_still_has_the_app_gives_a_code_again(bench) -> None:
    """The second step after a lost refresh token needs no owner (reference 2.8)."""
    bench.script.on("POST /oauth/reconnect", {"authorizationCode": "code-9"})

    assert await login(bench).reconnect(location_id="Location1") == "code-9"
    assert bench.script.bodies("POST /oauth/reconnect") == [
        {
            "clientKey": APP.client_id,
            "clientSecret": APP.client_secret,
            "locationId": "Location1",
        }
    ]


async def test_R4_no_value_shows_in_a_repr(bench) -> None:
    """Logs print objects; secrets must not be in them."""
    bench.script.on("POST /oauth/token", ANSWER)
    grant = await login(bench).exchange(code="code-1", redirect_uri="https://sync.example/cb")

    shown = repr(grant) + repr(APP)

    assert not any(secret in shown for secret in ("access-1", "refresh-1", "secret-of-the-app"))
