"""The marketplace app's credentials, its installation, and the tokens that open the API (reference 2.2-2.8).

An access token lives 86,399 seconds; a refresh token a year or until it is used: the new pair replaces the old one at
once. Private tokens last until they are deleted. The tokens look like JWTs, and as in reality nobody should read them.
"""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from msgspec import Struct, field

from crm_sandbox import scopes
from crm_sandbox.location import refusals
from crm_sandbox.location.switches import Switches
from sandbox_kit.clock import Clock
from sandbox_kit.ids import Ids

ACCESS_SECONDS = 86_399
LOCATION_SECONDS = 86_400
"""A location's token that an agency asks for lives a second longer (reference 2.5)."""
REFRESH_DAYS = 365
CODE_SECONDS = 600

PRIVATE = "pit-"

Level = Literal["Location", "Company"]


class OAuthRefused(Exception):
    """The token endpoint turns the call away; `error` is OAuth's own word."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.error = error
        self.description = description


class Code(Struct, frozen=True, kw_only=True):
    """An authorisation code: good once, for ten minutes."""

    level: Level
    scope: str
    redirect_uri: str | None
    expires_at: datetime


class Grant(Struct, frozen=True, kw_only=True):
    """What an access token allows. `family` names all tokens that stem from one installation; private ones have none."""

    level: Literal["Location", "Company", "Private"]
    scope: str
    expires_at: datetime | None
    family: str | None = None

    def allows(self, scope: str) -> bool:
        """Whether the scope was granted."""
        return scope in self.scope.split()


class Refresh(Struct, frozen=True, kw_only=True):
    """What a refresh token leads to."""

    level: Level
    scope: str
    access_token: str
    family: str
    expires_at: datetime


class Pair(Struct, frozen=True, kw_only=True):
    """Tokens just handed out."""

    access_token: str
    refresh_token: str
    refresh_token_id: str
    level: Level
    scope: str
    seconds: int


class Sibling(Struct, frozen=True):
    """Another location of the agency. It is listed and told of, but there is nothing in it here."""

    id: str
    name: str


class TokenState(Struct, kw_only=True):
    """Everything about credentials that is kept; with `--data` it is written to the file.

    `for_the_agency`: the app was installed for all its locations, `siblings` included.
    """

    app_id: str
    client_id: str
    client_secret: str
    version_id: str
    shared_secret: str
    plan_id: str
    signing_seed: str
    page_url: str | None = None
    redirect_uri: str | None = None
    whitelabel_domain: str | None = None
    siblings: list[Sibling] = field(default_factory=list)
    for_the_agency: bool = False
    installed: bool = True
    installed_at: datetime | None = None
    installed_scope: str = ""
    codes: dict[str, Code] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)
    refreshes: dict[str, Refresh] = field(default_factory=dict)
    dead: list[str] = field(default_factory=list)


def new_state(ids: Ids) -> TokenState:
    """Fresh credentials for an app (client id = app id, a dash and a suffix; reference 2.1)."""
    app_id = ids.hex(24)
    return TokenState(
        installed_scope=" ".join(sorted(scopes.KNOWN)),
        app_id=app_id,
        client_id=f"{app_id}-{ids.alphanumeric(8).lower()}",
        client_secret=ids.uuid(),
        version_id=ids.hex(24),
        shared_secret=ids.uuid(),
        plan_id=ids.hex(24),
        signing_seed=ids.hex(64),
    )


class Tokens:
    """Hands out tokens, checks them, takes them away."""

    def __init__(
        self,
        state: TokenState,
        clock: Clock,
        ids: Ids,
        switches: Switches,
        *,
        location_id: str,
        company_id: str,
    ) -> None:
        self.state = state
        self._location_id = location_id
        self._company_id = company_id
        self._clock = clock
        self._ids = ids
        self._switches = switches

    def grant_of(self, authorization: str | None) -> Grant:
        """What the bearer of this header may do. Raises Refused with 401, or 403 when the app was removed."""
        kind, _, token = (authorization or "").partition(" ")
        grant = self.state.grants.get(token.strip())
        if kind.lower() != "bearer" or not token:
            raise refusals.unauthorized(refusals.INVALID_TOKEN)
        if grant is None:
            known = token.strip() in self.state.dead
            if known and not self.state.installed and not token.strip().startswith(PRIVATE):
                raise refusals.forbidden()  # the app was removed (reference 3.2)
            raise refusals.unauthorized(refusals.DEAD_TOKEN if known else refusals.INVALID_TOKEN)
        if grant.expires_at is not None and grant.expires_at <= self._clock.now():
            raise refusals.unauthorized(refusals.DEAD_TOKEN)
        return grant

    def code(self, level: Level, scope: str, redirect_uri: str | None) -> str:
        """A new authorisation code."""
        code = self._ids.hex(40)
        self.state.codes[code] = Code(
            level=level,
            scope=scope,
            redirect_uri=redirect_uri,
            expires_at=self._clock.now() + timedelta(seconds=CODE_SECONDS),
        )
        return code

    def install(self, scope: str, level: Level = "Location") -> None:
        """The app is in the location, or in all of the agency's, from now on, with these scopes."""
        self.state.installed = True
        self.state.for_the_agency = level == "Company"
        self.state.installed_at = self._clock.now()
        self.state.installed_scope = scope

    def exchange(self, code: str, redirect_uri: str | None) -> Pair:
        """Tokens for a code. Raises OAuthRefused when it was used, is too old, or was meant for another address."""
        found = self.state.codes.pop(code, None)
        if found is None or found.expires_at <= self._clock.now():
            raise OAuthRefused(400, "invalid_grant", "The authorization code is invalid or has been used.")
        if redirect_uri and found.redirect_uri and redirect_uri != found.redirect_uri:
            raise OAuthRefused(400, "invalid_grant", "The redirect_uri differs from the one of the request.")
        return self.pair(found.level, found.scope)

    def refresh(self, refresh_token: str) -> Pair:
        """A new pair for a refresh token, which is worthless from now on. Raises OAuthRefused."""
        found = self.state.refreshes.pop(refresh_token, None)
        if found is None or found.expires_at <= self._clock.now():
            raise OAuthRefused(400, "invalid_grant", "This refresh token is invalid.")
        if not self._switches.access_token_outlives_refresh:
            self._kill(found.access_token)
        return self.pair(found.level, found.scope, found.family)

    def pair(
        self, level: Level, scope: str, family: str | None = None, seconds: int = ACCESS_SECONDS
    ) -> Pair:
        """A fresh access and refresh token; the first lives so many seconds."""
        family = family or self._ids.hex(24)
        now = self._clock.now()
        access, refresh = self._jwt(level, scope, seconds), self._jwt(level, scope, seconds)
        self.state.grants[access] = Grant(
            level=level, scope=scope, expires_at=now + timedelta(seconds=seconds), family=family
        )
        self.state.refreshes[refresh] = Refresh(
            level=level,
            scope=scope,
            access_token=access,
            family=family,
            expires_at=now + timedelta(days=REFRESH_DAYS),
        )
        return Pair(
            access_token=access,
            refresh_token=refresh,
            refresh_token_id=self._ids.hex(24),
            level=level,
            scope=scope,
            seconds=seconds,
        )

    def private(self, scope: str | None = None) -> str:
        """A private integration token (reference 2.6); without a scope it may do everything."""
        token = f"{PRIVATE}{self._ids.uuid()}"
        everything = " ".join(sorted(scopes.KNOWN - {"oauth.readonly", "oauth.write"}))
        self.state.grants[token] = Grant(level="Private", scope=scope or everything, expires_at=None)
        return token

    def revoke(self, token: str) -> bool:
        """Takes one token away; False when it was none."""
        self.state.refreshes.pop(token, None)
        return self._kill(token)

    def revoke_refresh(self, token: str) -> None:
        """Takes a refresh token away; the access token beside it lives on."""
        self.state.refreshes.pop(token, None)

    def uninstall(self) -> None:
        """The app is removed: all its tokens and codes stop working at once (reference 2.9)."""
        self.state.installed = self.state.for_the_agency = False
        self.state.codes.clear()
        self.state.refreshes.clear()
        for token in [token for token, grant in self.state.grants.items() if grant.level != "Private"]:
            self._kill(token)

    def check_client(self, client_id: str | None, client_secret: str | None) -> None:
        """Raises OAuthRefused with 401 unless these are the app's own."""
        if (client_id, client_secret) != (self.state.client_id, self.state.client_secret):
            raise OAuthRefused(401, "invalid_client", "Invalid client credentials.")

    def _kill(self, token: str) -> bool:
        if self.state.grants.pop(token, None) is None:
            return False
        self.state.dead.append(token)
        del self.state.dead[:-1000]
        return True

    def _jwt(self, level: Level, scope: str, seconds: int) -> str:
        """A token of three parts with the original's claims (reference 2.3); nobody should read them."""
        whose = self._company_id if level == "Company" else self._location_id
        claims = {
            "authClass": level,
            "authClassId": whose,
            "primaryAuthClassId": whose,
            "oauthMeta": {"scopes": scope.split()},
            "jti": self._ids.hex(16),
            "exp": int(self._clock.now().timestamp()) + seconds,
        }
        header = {"alg": "RS256", "typ": "JWT"}
        parts = [
            base64.urlsafe_b64encode(msgspec.json.encode(each)).decode().rstrip("=")
            for each in (header, claims)
        ]
        return ".".join([*parts, self._ids.alphanumeric(43)])
