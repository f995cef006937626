"""Intuit's own OAuth client, unmodified, against the sandbox over HTTP: it is only told another discovery address."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from urllib.parse import parse_qsl, urlsplit

import httpx
import jwt
import pytest
import requests
from intuitlib.client import AuthClient
from intuitlib.enums import Scopes
from intuitlib.exceptions import AuthClientError

from quickbooks_sandbox.oauth.grants import Client, Grants
from quickbooks_sandbox.sandbox import Sandbox
from sandbox_kit.server import Running

BACK = "http://localhost:9/oauth/callback"
WISHED = [Scopes.ACCOUNTING, Scopes.OPENID, Scopes.EMAIL, Scopes.PROFILE]
DAY = 86_400


class Person:
    """A sandbox on a real port, and an app's developer and owner before it. Calls of the client block, so they run in a
    thread."""

    def __init__(self, sandbox: Sandbox, url: str) -> None:
        self.sandbox = sandbox
        self.url = url

    @property
    def grants(self) -> Grants:
        return self.sandbox.grants

    def client(self, **other: str) -> AuthClient:
        known = self.sandbox.credentials
        told = {
            "client_id": known["client_id"],
            "client_secret": known["client_secret"],
            "redirect_uri": BACK,
            "environment": f"{self.url}/.well-known/openid_sandbox_configuration",
        }
        return AuthClient(**{**told, **other})

    def consents(self, client: AuthClient, scopes: list[Scopes] | None = None) -> dict[str, str]:
        """Log in, choose the company and accept; what comes back to the app."""
        address = client.get_authorization_url(scopes or WISHED)
        page = urlsplit(address)
        assert requests.get(address, timeout=10).status_code == 200
        form = {
            **dict(parse_qsl(page.query)),
            "decision": "connect",
            "realm_id": self.sandbox.realm_id,
            "email": "owner@example.com",
            "password": "x",
        }
        answer = requests.post(f"{self.url}{page.path}", data=form, allow_redirects=False, timeout=10)
        assert answer.status_code == 302, answer.text
        return dict(parse_qsl(urlsplit(answer.headers["location"]).query))

    def connected(self) -> AuthClient:
        client = self.client()
        back = self.consents(client)
        client.get_bearer_token(back["code"], realm_id=back["realmId"])
        return client

    def reads(self, access_token: str) -> int:
        """The status of a call with this access token."""
        address = f"{self.url}/v3/company/{self.sandbox.realm_id}/companyinfo/1"
        headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/json"}
        return requests.get(address, headers=headers, timeout=10).status_code

    def waits(self, days: float) -> None:
        answer = requests.post(f"{self.url}/_sandbox/clock", json={"advance_seconds": days * DAY}, timeout=10)
        assert answer.status_code == 200


@pytest.fixture
async def person() -> AsyncIterator[Person]:
    sandbox = Sandbox(seed="empty", quota=False)
    async with Running(sandbox.app, background=sandbox.background) as server:
        sandbox.base_url = server.url
        yield Person(sandbox, server.url)
    await sandbox.aclose()


async def test_from_the_consent_to_the_disconnect(person: Person) -> None:
    """Reference 2.2 - 2.9: page, code, tokens with an id token that the client itself verifies, userinfo, refresh, revoke."""

    def story() -> None:
        client = person.client()
        back = person.consents(client)
        assert (back["state"], back["realmId"]) == (client.state_token, person.sandbox.realm_id)
        client.get_bearer_token(back["code"], realm_id=back["realmId"])
        assert client.expires_in == 3600
        assert client.x_refresh_token_expires_in == 8_726_400
        assert person.reads(client.access_token) == 200

        claims = jwt.decode(client.id_token, options={"verify_signature": False})
        assert claims["aud"] == [client.client_id]
        assert claims["realmid"] == person.sandbox.realm_id
        info = client.get_user_info().json()
        assert info["sub"] == claims["sub"]
        assert set(info) == {"sub", "email", "emailVerified", "givenName", "familyName"}

        first, refresh_token = client.access_token, client.refresh_token
        client.refresh()
        assert client.access_token != first
        assert client.refresh_token == refresh_token
        assert person.reads(first) == 200

        assert client.revoke() is True
        assert person.reads(client.access_token) == 401
        with pytest.raises(AuthClientError) as lost:
            client.refresh()
        assert (lost.value.status_code, b"invalid_grant" in lost.value.content) == (400, True)

    await asyncio.to_thread(story)


async def test_a_token_that_somebody_else_signed_is_not_believed(person: Person) -> None:
    """The key of the id token is the one that the discovery document leads to."""

    def story() -> None:
        client = person.connected()
        header, claims, signature = client.id_token.split(".")
        forged = ".".join((header, claims, signature[:-6] + secrets.token_urlsafe(4)[:6]))
        keys = jwt.PyJWKClient(client.jwks_uri)
        key = keys.get_signing_key_from_jwt(client.id_token).key
        jwt.decode(client.id_token, key, audience=client.client_id, algorithms=["RS256"])
        with pytest.raises(jwt.InvalidSignatureError):
            jwt.decode(forged, key, audience=client.client_id, algorithms=["RS256"])

    await asyncio.to_thread(story)


async def test_without_openid_there_is_neither_id_token_nor_userinfo(person: Person) -> None:
    """Reference 2.3."""

    def story() -> None:
        client = person.client()
        back = person.consents(client, [Scopes.ACCOUNTING])
        client.get_bearer_token(back["code"], realm_id=back["realmId"])
        assert client.id_token is None
        with pytest.raises(AuthClientError) as refused:
            client.get_user_info()
        assert refused.value.status_code == 403

    await asyncio.to_thread(story)


async def test_what_is_refused(person: Person) -> None:
    """Reference 2.8: wrong secret, a code twice (which ends its grant), another return address, unknown refresh token."""

    def refused(call: object, *given: str) -> tuple[int, str]:
        with pytest.raises(AuthClientError) as found:
            call(*given)  # type: ignore[operator]  # one of the client's own methods
        return found.value.status_code, found.value.content.decode()

    def story() -> None:
        stranger = person.client(client_secret="guessed")
        status, said = refused(stranger.get_bearer_token, "AB11")
        assert (status, "invalid_client" in said) == (401, True)

        client = person.connected()
        other = person.client(redirect_uri="http://localhost:9/other")
        code = person.consents(client)["code"]
        assert refused(other.get_bearer_token, code)[0] == 400
        client.get_bearer_token(code)
        status, said = refused(client.get_bearer_token, code)
        assert (status, "invalid_grant" in said) == (400, True)
        assert person.reads(client.access_token) == 401
        assert "invalid_grant" in refused(client.refresh, "AB1177")[1]

    await asyncio.to_thread(story)


async def test_what_is_dead_stays_dead(person: Person) -> None:
    """Reference 2.2, 2.7, 2.8: a code after ten minutes, a token revoked twice, a disconnect in QuickBooks."""

    def refused(call: object, *given: str) -> tuple[int, bytes]:
        with pytest.raises(AuthClientError) as found:
            call(*given)  # type: ignore[operator]  # one of the client's own methods
        assert found.value.intuit_tid
        return found.value.status_code, found.value.content

    def story() -> None:
        client = person.client()
        late = person.consents(client)["code"]
        person.waits(601 / DAY)
        assert refused(client.get_bearer_token, late)[0] == 400

        client = person.connected()
        assert client.revoke(token=client.access_token) is True
        assert refused(client.revoke)[0] == 400
        assert refused(client.get_user_info)[0] == 401

        client = person.connected()
        requests.post(f"{person.url}/_sandbox/revoke", json={}, timeout=10)
        assert person.reads(client.access_token) == 401
        status, said = refused(client.refresh)
        assert (status, b"invalid_grant" in said) == (400, True)

    await asyncio.to_thread(story)


async def test_a_scope_that_is_not_offered_is_refused_at_every_step(person: Person) -> None:
    """Reference 2.2: also when somebody answers the page without having been shown it."""

    def story() -> None:
        client = person.client()
        wish = dict(parse_qsl(urlsplit(client.get_authorization_url([Scopes.PAYROLL])).query))
        form = {**wish, "decision": "connect", "realm_id": person.sandbox.realm_id, "email": "a@example.com"}
        for answer in (
            requests.get(f"{person.url}/connect/oauth2", params=wish, allow_redirects=False, timeout=10),
            requests.post(f"{person.url}/connect/oauth2", data=form, allow_redirects=False, timeout=10),
        ):
            back = dict(parse_qsl(urlsplit(answer.headers["location"]).query))
            assert back == {"error": "invalid_scope", "state": client.state_token}

    await asyncio.to_thread(story)


async def test_nobody_ends_the_grant_of_another_app(person: Person) -> None:
    """Revoking takes the client's own tokens."""
    stranger, mine = Client("other", "secret"), person.sandbox.mint()

    assert not person.grants.revoke(stranger.client_id, mine.refresh_token)
    assert person.grants.revoke(person.sandbox.client.client_id, mine.access_token)


async def test_time_passes(person: Person) -> None:
    """Reference 2.4 - 2.6: an hour, a day, a hundred days, five years."""

    def story() -> None:
        client = person.connected()
        person.waits(1 / 24)
        assert person.reads(client.access_token) == 401
        client.refresh()
        old = client.refresh_token
        person.waits(1.01)
        client.refresh()
        assert client.refresh_token != old
        with pytest.raises(AuthClientError):
            client.refresh(old)

        for _ in range(18):
            person.waits(100)
            client.refresh()
        assert client.x_refresh_token_expires_in < 8_726_400
        person.waits(30)
        with pytest.raises(AuthClientError):
            client.refresh()

        unused = person.connected()
        person.waits(102)
        with pytest.raises(AuthClientError):
            unused.refresh()

    await asyncio.to_thread(story)


async def test_of_two_refreshes_at_once_one_is_left_with_a_dead_value(person: Person) -> None:
    """Reference 2.5, rule 3: after a day the first one rotates the value, and the other comes too late with the old one."""
    client = await asyncio.to_thread(person.connected)
    await asyncio.to_thread(person.waits, 1.01)
    known = person.sandbox.credentials
    form = {"grant_type": "refresh_token", "refresh_token": client.refresh_token}
    async with httpx.AsyncClient(auth=(known["client_id"], known["client_secret"])) as http:
        answers = await asyncio.gather(
            *(http.post(f"{person.url}/oauth2/v1/tokens/bearer", data=form) for _ in range(2))
        )

    assert sorted(answer.status_code for answer in answers) == [200, 400]
    (late,) = [answer for answer in answers if answer.status_code == 400]
    assert late.json()["error"] == "invalid_grant"


async def test_every_address_of_the_discovery_document_answers(person: Person) -> None:
    """Both documents; nothing leads to Intuit."""
    async with httpx.AsyncClient() as http:
        for name in ("openid_configuration", "openid_sandbox_configuration"):
            told = (await http.get(f"{person.url}/.well-known/{name}")).json()
            assert all(told[key].startswith(person.url) for key in told if key.endswith(("_endpoint", "uri")))
        statuses = {
            "jwks_uri": (await http.get(told["jwks_uri"])).status_code,
            "userinfo_endpoint": (await http.get(told["userinfo_endpoint"])).status_code,
            "token_endpoint": (await http.post(told["token_endpoint"])).status_code,
            "revocation_endpoint": (await http.post(told["revocation_endpoint"])).status_code,
            "authorization_endpoint": (await http.get(told["authorization_endpoint"])).status_code,
        }

    assert statuses == {
        "jwks_uri": 200,
        "userinfo_endpoint": 401,
        "token_endpoint": 401,
        "revocation_endpoint": 401,
        "authorization_endpoint": 400,
    }
