"""The consent of a company's owner, and its tokens (reference 2).

Access tokens last an hour. A refresh token lasts about 100 days from its last use and changes its value about once a
day; a value that was replaced is dead. Authlib writes the requests; its httpx client is not used, because it would
keep tokens on itself and send them by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
import msgspec
from authlib.oauth2.auth import encode_client_secret_basic
from authlib.oauth2.rfc6749 import parameters

from counterfoil import errors, times
from counterfoil.quickbooks.api import client, faults
from counterfoil.quickbooks.api.addresses import Addresses

SCOPE = "com.intuit.quickbooks.accounting"
"""All of the accounting API; there is no smaller one (reference 2.3)."""

HARD_EXPIRY = "x-include-refresh-token-hard-expires-in"
"""The header that asks for the end of the grant, five years after it at most (reference 2.6)."""

ACCESS_SECONDS = 3_600
REFRESH_SECONDS = 8_640_000
"""What Intuit documents, for an answer that does not say (reference 2.4)."""

_SECONDS_MAX = 10 * 365 * 86_400


class GrantInvalid(errors.AccessLost):
    """The code or refresh token is used, replaced, expired or revoked: the owner has to connect again.

    Intuit answers this in outages too: ask once more, later, before the owner is told (reference 2.8).
    """


@dataclass(frozen=True, slots=True)
class App:
    """The app that the operator registered at Intuit."""

    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What to store, all together, before the access token is used. Instants are UTC.

    `hard_expires_at` is the end of the grant, whatever is done; None when Intuit does not tell.
    """

    access_token: str = field(repr=False)
    access_expires_at: datetime
    refresh_token: str = field(repr=False)
    refresh_expires_at: datetime
    hard_expires_at: datetime | None


def authorize_url(addresses: Addresses, app: App, *, state: str, redirect_uri: str) -> str:
    """Where the owner's browser goes to connect a company; it comes back with `code`, `state` and `realmId`."""
    url: str = parameters.prepare_grant_uri(
        addresses.authorize,
        client_id=app.client_id,
        response_type="code",
        redirect_uri=redirect_uri,
        scope=SCOPE,
        state=state,
    )
    return url


class OAuth:
    """The token calls of one app. Keeps nothing; whoever calls stores what it answers before using it.

    Every call raises GrantInvalid, TryLater (nothing came of it), AccessLost (the app's own id or secret was refused)
    and Refused (anything else); `exchange` and `refresh` raise OutcomeUnknown when the answer was lost.
    """

    def __init__(
        self, http: httpx.AsyncClient, addresses: Addresses, app: App, *, clock: times.Clock
    ) -> None:
        self._http = http
        self._addresses = addresses
        self._app = app
        self._clock = clock

    async def exchange(self, code: str, redirect_uri: str) -> Tokens:
        """The code of the callback for tokens. Works once: a second try may cost the first one's tokens."""
        body = parameters.prepare_token_request("authorization_code", code=code, redirect_uri=redirect_uri)
        return await self._tokens(body, operation="exchange code", known_refresh_token="")

    async def refresh(self, refresh_token: str) -> Tokens:
        """A new access token, and the refresh token to use from now on, which may be another one.

        One at a time for each company: of two at once the second is refused (reference 2.5). After OutcomeUnknown the
        old refresh token may or may not be dead; the next refresh tells.
        """
        body = parameters.prepare_token_request("refresh_token", refresh_token=refresh_token)
        return await self._tokens(body, operation="refresh token", known_refresh_token=refresh_token)

    async def revoke(self, token: str) -> None:
        """End the whole grant that this access or refresh token belongs to. Raises GrantInvalid for a dead token."""
        at = faults.Circumstances(operation="revoke token", write=False)
        body = msgspec.json.encode({"token": token})
        await self._post(self._addresses.revoke, body, client.JSON, at)

    async def _tokens(self, body: str, *, operation: str, known_refresh_token: str) -> Tokens:
        asked_at = self._clock()
        at = faults.Circumstances(operation=operation, write=True)
        content = await self._post(
            self._addresses.token, body.encode(), "application/x-www-form-urlencoded", at
        )
        try:
            found: Any = msgspec.json.decode(content)
        except faults.UNREADABLE as error:
            raise faults.unreadable(at) from error
        members = found if isinstance(found, dict) else {}
        access_token = _text(members, "access_token")
        refresh_token = _text(members, "refresh_token") or known_refresh_token
        if not access_token or not refresh_token:
            raise faults.unreadable(at)
        hard = _seconds(members, "x_refresh_token_hard_expires_in")
        access = _seconds(members, "expires_in")
        rolling = _seconds(members, "x_refresh_token_expires_in")
        return Tokens(
            access_token=access_token,
            access_expires_at=asked_at + (access or timedelta(seconds=ACCESS_SECONDS)),
            refresh_token=refresh_token,
            refresh_expires_at=asked_at + (rolling or timedelta(seconds=REFRESH_SECONDS)),
            hard_expires_at=None if hard is None else asked_at + hard,
        )

    async def _post(self, url: str, content: bytes, content_type: str, at: faults.Circumstances) -> bytes:
        headers = {"Accept": client.JSON, "Content-Type": content_type, HARD_EXPIRY: "true"}
        try:
            encode_client_secret_basic(self._app, "POST", url, headers, content)
        except UnicodeEncodeError as error:
            raise _wrong_app(at.operation) from error
        try:
            answer = await self._http.post(
                url, content=content, headers=headers, timeout=client.TIMEOUT, follow_redirects=False
            )
        except faults.HTTPX as error:
            raise faults.of_transport(error, at) from error
        if not answer.is_success:
            raise _refusal(answer, at.operation)
        return answer.content


def _refusal(answer: httpx.Response, operation: str) -> errors.CounterfoilError:
    """A token call that was refused. Intuit's `error` decides; its description may be missing (reference 2.8)."""
    trace = client.trace_of(answer.headers)
    told = f"{operation}, intuit_tid {trace}" if trace else operation
    error = _error_of(answer.content)
    # A refusal is an answer: whatever was asked did not happen, so nothing here leaves the outcome open.
    if answer.status_code in (408, 429) or answer.status_code >= 500:
        return errors.TryLater(
            f"Intuit's log-in service failed with {answer.status_code} ({told}).",
            after_seconds=faults.THROTTLED_SECONDS if answer.status_code == 429 else None,
        )
    if error == "invalid_client" or (answer.status_code == 401 and not error):
        return _wrong_app(told)
    if error == "invalid_grant" or operation == "revoke token":
        return GrantInvalid(f"Intuit does not accept this log-in any more ({told}).")
    return errors.Refused(
        f"Intuit refused the log-in with {error or answer.status_code} ({told}).",
        code=error or str(answer.status_code),
        status=answer.status_code,
        trace=trace,
    )


def _wrong_app(told: str) -> errors.AccessLost:
    return errors.AccessLost(
        f"Intuit does not accept the client id and secret of the app ({told}); compare them with the settings."
    )


def _error_of(body: bytes) -> str:
    try:
        found: Any = msgspec.json.decode(body)
    except faults.UNREADABLE:
        return ""
    return _text(found, "error") if isinstance(found, dict) else ""


def _text(members: Mapping[str, Any], name: str) -> str:
    value = members.get(name)
    return value if isinstance(value, str) else ""


def _seconds(members: Mapping[str, Any], name: str) -> timedelta | None:
    """How long something lasts; None when it is not told, or nothing that could be meant."""
    value = members.get(name)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _SECONDS_MAX:
        return None
    return timedelta(seconds=int(value))
