"""The installation of our app in a location, and its tokens (reference 2.2 to 2.4, 2.8).

Access tokens last a day. A refresh token works once: every use gives a new pair, and the old one is dead. Authlib
writes the requests; its httpx client is not used, because it would keep tokens on itself and send them by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import msgspec
from authlib.oauth2.rfc6749 import parameters

from counterfoil import errors, times
from counterfoil.crm import port
from counterfoil.crm.highlevel import client, faults
from counterfoil.crm.highlevel.addresses import Addresses

SCOPES = (
    "contacts.readonly",
    "contacts.write",
    "invoices.readonly",
    "invoices.write",
    "payments/orders.readonly",
    "payments/transactions.readonly",
    "payments/subscriptions.readonly",
    "products.readonly",
    "products.write",
    "products/prices.readonly",
    "products/prices.write",
    "locations.readonly",
    "locations/tags.readonly",
    "locations/customFields.readonly",
    "workflows.readonly",
    "users.readonly",
    "businesses.readonly",
    "oauth.readonly",
    "oauth.write",
)
"""What the app asks for: the least that the rules need (reference 2.7)."""

NEEDED = (
    "contacts.readonly",
    "contacts.write",
    "invoices.readonly",
    "payments/orders.readonly",
    "payments/transactions.readonly",
    "payments/subscriptions.readonly",
    "locations.readonly",
)
"""Without one of these the sync cannot do its work; the others belong to features that can wait."""

_RECONNECT = "POST /oauth/reconnect"
FORM = "application/x-www-form-urlencoded"
LOCATIONS_PAGE = 100
ACCESS_SECONDS = 86_399
"""How long an access token lasts when the answer does not say."""


class GrantInvalid(errors.AccessLost):
    """The code or refresh token is used, expired or revoked: `reconnect`, or the owner installs again."""


@dataclass(frozen=True, slots=True)
class App:
    """The app that the operator registered at HighLevel."""

    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What an installation gave. `location_id` is empty when a whole agency installed (reference 2.5)."""

    tokens: port.Tokens
    location_id: str
    company_id: str
    user_id: str
    scopes: tuple[str, ...]

    def missing(self, wanted: Sequence[str] = SCOPES) -> tuple[str, ...]:
        """The wanted scopes that were not granted: the app was installed before it asked for them.

        None when the answer names no scopes at all, as one for an agency's location may (reference 2.5).
        """
        return tuple(scope for scope in wanted if self.scopes and scope not in self.scopes)


def authorize_url(
    addresses: Addresses, app: App, *, state: str, redirect_uri: str, scopes: Sequence[str] = SCOPES
) -> str:
    """Where the owner's browser goes to install the app in a location; it comes back with `code` and `state`."""
    url: str = parameters.prepare_grant_uri(
        addresses.choose_location,
        client_id=app.client_id,
        response_type="code",
        redirect_uri=redirect_uri,
        scope=list(scopes),
        state=state,
    )
    # A plus of a value is written %2B by now; what is left stands for a space, which HighLevel's links write as %20.
    return url.replace("+", "%20")


class OAuth:
    """The token calls of one app. Keeps nothing; whoever calls stores what it answers before using it.

    Every call raises TryLater (nothing happened), OutcomeUnknown (the old token may be dead already), AccessLost
    (the app's own id or secret was refused) and Refused (anything else).
    """

    def __init__(
        self, *, http: httpx.AsyncClient, addresses: Addresses, app: App, clock: times.Clock
    ) -> None:
        self._http = http
        self._addresses = addresses
        self._app = app
        self._clock = clock

    async def exchange(self, *, code: str, redirect_uri: str = "") -> Grant:
        """The code of the callback, or of `reconnect` (which has no address to come back to), for tokens; works once.

        Raises GrantInvalid for a used or foreign code.
        """
        asked_at = self._clock()
        answer = await self._token("authorization_code", code=code, redirect_uri=redirect_uri)
        return _grant(answer, asked_at=asked_at)

    async def refresh(self, refresh_token: str) -> port.Tokens:
        """A new pair; `refresh_token` is dead from now on. Raises GrantInvalid when it was dead before."""
        asked_at = self._clock()
        answer = await self._token("refresh_token", refresh_token=refresh_token)
        return _tokens(answer, asked_at=asked_at)

    async def reconnect(self, *, location_id: str = "", company_id: str = "") -> str:
        """A fresh code for a location, or an agency, that still has the app, without its owner (reference 2.8).

        Raises GrantInvalid when the app is not installed there any more.
        """
        body = {
            "clientKey": self._app.client_id,
            "clientSecret": self._app.client_secret,
            **({"companyId": company_id} if company_id else {"locationId": location_id}),
        }
        answer = await self._ask(
            *_RECONNECT.split(), content=msgspec.json.encode(body), content_type="application/json"
        )
        code = _text(answer, "authorizationCode", "authorization_code")
        if not code:
            raise errors.OutcomeUnknown("HighLevel answered a reconnection without authorizationCode.")
        return code

    async def installed_locations(self, agency: Grant) -> tuple[tuple[str, str], ...]:
        """Id and name of every location for which an agency has installed the app (reference 2.5)."""
        found: list[tuple[str, str]] = []
        while True:
            query = {
                "companyId": agency.company_id,
                "appId": self._app.client_id.partition("-")[0],
                "isInstalled": "true",
                "skip": str(len(found)),
                "limit": str(LOCATIONS_PAGE),
            }
            answer = await self._ask("GET", "/oauth/installedLocations", bearer=agency, query=query)
            listed = answer.get("locations")
            page = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
            found += [(_text(each, "_id", "id"), _text(each, "name")) for each in page]
            if len(page) < LOCATIONS_PAGE:
                return tuple(found)

    async def location_token(self, agency: Grant, location_id: str) -> Grant:
        """Tokens for one location of an agency that has installed the app, out of the agency's own (reference 2.5)."""
        asked_at = self._clock()
        form = urlencode({"companyId": agency.company_id, "locationId": location_id})
        answer = await self._ask(
            "POST", "/oauth/locationToken", content=form.encode(), content_type=FORM, bearer=agency
        )
        return _grant(answer, asked_at=asked_at)

    async def _token(self, grant_type: str, **members: str) -> Mapping[str, Any]:
        body = parameters.prepare_token_request(
            grant_type,
            **members,
            user_type="Location",
            client_id=self._app.client_id,
            client_secret=self._app.client_secret,
        )
        return await self._ask("POST", "/oauth/token", content=body.encode(), content_type=FORM)

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        content: bytes | None = None,
        content_type: str = "",
        query: Mapping[str, str] | None = None,
        bearer: Grant | None = None,
    ) -> Mapping[str, Any]:
        operation = f"{method} {path}"
        headers = {"Accept": "application/json"}
        if content is not None:
            headers["Content-Type"] = content_type
        if bearer is not None:
            headers |= {"Authorization": f"Bearer {bearer.tokens.access}", "Version": client.VERSION}
        write = method != "GET"
        try:
            answer = await self._http.request(
                method,
                self._addresses.api + path,
                params=dict(query) if query else None,
                content=content,
                headers=headers,
                timeout=client.TIMEOUT_SECONDS,
                follow_redirects=False,
            )
        except faults.HTTPX as error:
            raise faults.of_transport(error, operation=operation, write=write) from error
        if not answer.is_success:
            raise _refusal(answer.status_code, answer.content, operation)
        try:
            found = msgspec.json.decode(answer.content)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise faults.not_json(operation=operation, write=write) from error
        if not isinstance(found, dict):
            raise faults.not_json(operation=operation, write=write)
        return found


def _refusal(status: int, body: bytes, operation: str) -> errors.CounterfoilError:
    """A log-in that was refused. Only a client error in HighLevel's own words says that the grant is dead.

    404 is what a location without the app may be to `reconnect`; that it is answered so is not documented.
    """
    complaint = faults.complaint(body)
    said = complaint.text.lower()
    if complaint.spoken and status in (400, 401, 403, 404, 422):
        if "invalid_client" in said or ("client" in said and "secret" in said):
            return errors.AccessLost(
                "HighLevel does not accept the client id and secret of the app; compare them with the settings."
            )
        if operation == _RECONNECT:
            return GrantInvalid(
                f"The app is not installed in this HighLevel account any more ({operation} gave {status}). Install "
                "it again to go on."
            )
        return GrantInvalid(f"HighLevel does not accept this log-in any more ({operation} gave {status}).")
    return faults.of_answer(status=status, body=body, operation=operation, write=True, pause_seconds=10.0)


def _grant(answer: Mapping[str, Any], *, asked_at: datetime) -> Grant:
    return Grant(
        tokens=_tokens(answer, asked_at=asked_at),
        location_id=_text(answer, "locationId", "location_id"),
        company_id=_text(answer, "companyId", "company_id"),
        user_id=_text(answer, "userId", "user_id"),
        scopes=tuple(_text(answer, "scope").split()),
    )


def _tokens(answer: Mapping[str, Any], *, asked_at: datetime) -> port.Tokens:
    access = _text(answer, "access_token", "accessToken")
    if not access:
        raise errors.OutcomeUnknown("HighLevel answered a log-in without access_token.")
    lasts = _seconds(answer, "expires_in", "expiresIn")
    refresh_lasts = _seconds(answer, "refresh_token_expires_in", "refreshTokenExpiresIn")
    return port.Tokens(
        access=access,
        access_expires_at=asked_at + timedelta(seconds=ACCESS_SECONDS if lasts is None else lasts),
        refresh=_text(answer, "refresh_token", "refreshToken"),
        refresh_expires_at=None if refresh_lasts is None else asked_at + timedelta(seconds=refresh_lasts),
    )


def _text(answer: Mapping[str, Any], *names: str) -> str:
    """The first of these members that is a text: the generations of the API write them differently."""
    return next((value for name in names if isinstance(value := answer.get(name), str)), "")


def _seconds(answer: Mapping[str, Any], *names: str) -> int | None:
    for name in names:
        value = answer.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return int(value)
        if isinstance(value, str) and value.isascii() and value.isdigit():
            return int(value)
    return None
