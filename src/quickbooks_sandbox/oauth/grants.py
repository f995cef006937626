"""Codes, tokens and grants as a state machine, without HTTP (reference 2.4-2.8).

A grant is one company's consent for one client. Its refresh token changes at the first refresh after a day; the old
value is dead at once. An access token lives for an hour, and a newer one does not end it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from quickbooks_sandbox.company.kinds import Behaviour
from quickbooks_sandbox.oauth.identity import OWNER
from sandbox_kit.clock import Clock
from sandbox_kit.ids import Ids

ACCESS_SECONDS = 3600
ROTATION_SECONDS = 86_400
REFRESH_SECONDS = 8_726_400
HARD_SECONDS = 157_680_000
ACCOUNTING = "com.intuit.quickbooks.accounting"
SCOPES = frozenset(
    {ACCOUNTING, "com.intuit.quickbooks.payment", "openid", "profile", "email", "phone", "address"}
)


class TokenRefused(Exception):
    """An access token that opens nothing; the text is the gateway's detail."""


class OAuthRefused(Exception):
    """A token request that fails; ``error`` and ``description`` are the body's members (reference 2.8)."""

    def __init__(self, error: str, description: str = "", status: int = 400) -> None:
        super().__init__(error)
        self.error = error
        self.description = description
        self.status = status


@dataclass(frozen=True, slots=True)
class Client:
    """An app that may ask for consent. Without redirect addresses every one is allowed."""

    client_id: str
    client_secret: str
    redirect_uris: tuple[str, ...] = ()


@dataclass(slots=True)
class Grant:
    """One consent and its refresh token."""

    client_id: str
    realm_id: str
    scopes: tuple[str, ...]
    granted_at: float
    refresh_token: str
    rotated_at: float
    refreshed_at: float
    revoked: bool = False
    email: str = OWNER
    """The address that the person logged in with."""


@dataclass(slots=True)
class Code:
    """An authorization code, good for one exchange."""

    client_id: str
    realm_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    expires_at: float
    grant: Grant | None = None
    email: str = OWNER


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a token request gives; lifetimes in seconds from now."""

    access_token: str
    refresh_token: str
    refresh_expires_in: int
    hard_expires_in: int
    scopes: tuple[str, ...]


@dataclass(slots=True)
class Access:
    """An access token's grant and end."""

    grant: Grant
    expires_at: float


@dataclass(slots=True)
class Grants:
    """All consents given to the clients of one server."""

    clock: Clock
    ids: Ids
    behaviour: Behaviour = field(default_factory=Behaviour)
    clients: dict[str, Client] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    access: dict[str, Access] = field(default_factory=dict)
    refresh: dict[str, tuple[Grant, float | None]] = field(default_factory=dict)
    """Refresh token to grant and, for one that was rotated away, the end of its grace."""
    _under_way: set[int] = field(default_factory=set)
    """The grants that are being refreshed, by identity."""

    # consent

    def issue_code(
        self, client_id: str, realm_id: str, redirect_uri: str, scopes: tuple[str, ...], email: str = OWNER
    ) -> str:
        """A code for the callback after the person of this address consented."""
        code = f"AB1{self.ids.digits(10)}{self.ids.alphanumeric(36)}"
        ends = self._now() + self.behaviour.code_lifetime_seconds
        self.codes[code] = Code(client_id, realm_id, redirect_uri, scopes, ends, email=email)
        return code

    # tokens

    def exchange(self, client_id: str, code: str, redirect_uri: str) -> Tokens:
        """Tokens for a code.

        Raises:
            OAuthRefused: invalid_grant; a code that comes twice also ends the grant of its first exchange (2.5).
        """
        found = self.codes.get(code)
        if found is None or found.client_id != client_id:
            raise OAuthRefused("invalid_grant", "Token invalid")
        if found.grant is not None:
            self._end(found.grant)
            raise OAuthRefused("invalid_grant", "Token invalid")
        if found.expires_at <= self._now() or found.redirect_uri != redirect_uri:
            raise OAuthRefused("invalid_grant", "Token invalid")
        tokens, found.grant = self.mint(client_id, found.realm_id, found.scopes, email=found.email)
        return tokens

    def mint(
        self, client_id: str, realm_id: str, scopes: tuple[str, ...] = (ACCOUNTING,), *, email: str = OWNER
    ) -> tuple[Tokens, Grant]:
        """A new grant without any page, as after a consent."""
        now = self._now()
        grant = Grant(client_id, realm_id, scopes, now, self._new_refresh_value(), now, now, email=email)
        self.refresh[grant.refresh_token] = (grant, None)
        return self._hand_out(grant), grant

    def renew(self, client_id: str, refresh_token: str) -> Tokens:
        """Tokens for a refresh token; the value changes at the first refresh after 24 hours.

        Raises:
            OAuthRefused: invalid_grant for an unknown, rotated, revoked or expired value.
        """
        now = self._now()
        grant, ends = self.refresh.get(refresh_token, (None, None))
        if grant is None or grant.revoked or grant.client_id != client_id:
            raise OAuthRefused("invalid_grant", "Incorrect or invalid refresh token")
        out_of_grace = ends is not None and ends <= now
        unused = now >= grant.refreshed_at + REFRESH_SECONDS
        over = now >= grant.granted_at + HARD_SECONDS
        if out_of_grace or unused or over:
            raise OAuthRefused("invalid_grant", "Refresh token is invalid or expired")
        if ends is None and now >= grant.rotated_at + ROTATION_SECONDS:
            grace = self.behaviour.rotated_token_grace_seconds
            self.refresh[grant.refresh_token] = (grant, now + grace)
            grant.refresh_token = self._new_refresh_value()
            grant.rotated_at = now
            self.refresh[grant.refresh_token] = (grant, None)
        grant.refreshed_at = now
        return self._hand_out(grant)

    @contextmanager
    def renewing(self, refresh_token: str) -> Iterator[None]:
        """The time that one refresh takes; another one for the same grant during it comes too late (2.5, rule 3).

        Raises:
            OAuthRefused: invalid_grant, as a refresh of this grant is under way.
        """
        grant, _ = self.refresh.get(refresh_token, (None, None))
        if grant is None:
            yield
            return
        if id(grant) in self._under_way:
            raise OAuthRefused("invalid_grant", "Token invalid")
        self._under_way.add(id(grant))
        try:
            yield
        finally:
            self._under_way.discard(id(grant))

    def revoke(self, client_id: str, token: str) -> bool:
        """End the grant that an access or refresh token of this client belongs to; False when there is none."""
        access = self.access.get(token)
        grant = access.grant if access is not None else self.refresh.get(token, (None, None))[0]
        if grant is None or grant.revoked or grant.client_id != client_id:
            return False
        self._end(grant)
        return True

    def disconnect(self, realm_id: str) -> int:
        """What a person does in QuickBooks under *My apps*: every grant of a realm ends. Returns how many."""
        grants = {id(grant): grant for grant, _ in self.refresh.values()}
        mine = [grant for grant in grants.values() if grant.realm_id == realm_id and not grant.revoked]
        for grant in mine:
            self._end(grant)
        return len(mine)

    def check(self, access_token: str) -> Grant:
        """The grant of an access token.

        Raises:
            TokenRefused: none, expired or revoked.
        """
        if not access_token:
            raise TokenRefused("AuthorizationCode is missing or malformed")
        found = self.access.get(access_token)
        if found is None:
            raise TokenRefused(f"Token invalid: {_shown(access_token)}")
        if found.grant.revoked:
            raise TokenRefused(f"Token revoked: {_shown(access_token)}")
        if found.expires_at <= self._now():
            raise TokenRefused(f"Token expired: {_shown(access_token)}")
        return found.grant

    def connected(self, realm_id: str) -> bool:
        """Whether any grant of a realm is alive."""
        return any(grant.realm_id == realm_id and not grant.revoked for grant, _ in self.refresh.values())

    def _end(self, grant: Grant) -> None:
        grant.revoked = True

    def _hand_out(self, grant: Grant) -> Tokens:
        now = self._now()
        access_token = f"eyJlbmMiOiJBMTI4Q0JDIn0..{self.ids.alphanumeric(120)}"
        self._forget_expired(now)
        self.access[access_token] = Access(grant, now + ACCESS_SECONDS)
        hard = int(grant.granted_at + HARD_SECONDS - now)
        return Tokens(access_token, grant.refresh_token, min(REFRESH_SECONDS, hard), hard, grant.scopes)

    def _forget_expired(self, now: float) -> None:
        """Drop access tokens a day after their end; until then their refusal can name the reason."""
        old = [token for token, access in self.access.items() if access.expires_at + ROTATION_SECONDS < now]
        for token in old:
            del self.access[token]

    def _new_refresh_value(self) -> str:
        return f"AB1{self.ids.digits(10)}{self.ids.alphanumeric(37)}"

    def _now(self) -> float:
        return self.clock.now().timestamp()


def _shown(token: str) -> str:
    """The beginning of a token, enough to recognise it in a log."""
    return f"{token[:6]}..."
