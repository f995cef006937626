"""The way into HighLevel for all its locations: `port.Door` over this folder's parts. One quota per location."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

import httpx

from counterfoil import errors, times
from counterfoil.crm import port, records
from counterfoil.crm.highlevel import oauth
from counterfoil.crm.highlevel.addresses import Addresses
from counterfoil.crm.highlevel.client import Client
from counterfoil.crm.highlevel.connector import HighLevel
from counterfoil.crm.highlevel.limits import Quota

RECONNECT = "reconnect"
"""Stands for the refresh token where HighLevel gave none: an agency's location tokens (reference 2.5). With a colon the
company's id follows it."""
NAMED_MAX = 5


@dataclass(slots=True, kw_only=True)
class Locations:
    """Opens locations, however the access to them came about. `jitter` gives numbers in [0, 1)."""

    http: httpx.AsyncClient
    addresses: Addresses
    clock: times.Clock
    sleep: Callable[[float], Awaitable[None]]
    jitter: Callable[[], float]
    name: str = "highlevel"
    asks_for: str = ""
    _quotas: dict[str, Quota] = field(default_factory=dict)

    def open(self, *, account_id: str, zone: str, token: port.TokenGetter, on_call: port.OnCall) -> HighLevel:
        """See `port.Door.open`."""
        quota = self._quotas.setdefault(account_id, Quota(clock=self.clock, sleep=self.sleep))
        client = Client(
            http=self.http,
            addresses=self.addresses,
            token=token,
            quota=quota,
            jitter=self.jitter,
            on_call=on_call,
        )
        return HighLevel(client, account_id, zone=zone, sleep=self.sleep)


@dataclass(slots=True, kw_only=True)
class HighLevelDoor(Locations):
    """Opens locations for the marketplace app of this operator."""

    app: oauth.App

    def authorize_url(self, *, state: str, redirect_uri: str) -> str:
        """See `port.Door.authorize_url`."""
        return oauth.authorize_url(self.addresses, self.app, state=state, redirect_uri=redirect_uri)

    async def exchange(self, *, code: str, redirect_uri: str) -> port.Installation:
        """See `port.Door.exchange`. An agency's token becomes that of its location when it has the app in just one.

        Raises NeedsPerson when it has it in several or none, and when a scope we need is missing.
        """
        login = self._oauth()
        grant = await login.exchange(code=code, redirect_uri=redirect_uri)
        if not grant.location_id:
            grant = await self._only_location(login, grant)
        return _installation(grant)

    async def admit(self, *, account_id: str) -> port.Installation:
        """See `port.Door.admit`: an agency has installed the app in this location, now or for the future."""
        return _installation(await self._anew(self._oauth(), account_id))

    async def refresh(self, *, account_id: str, refresh_token: str) -> port.Tokens:
        """See `port.Door.refresh`. A refused token is replaced through `reconnect` while the app is installed."""
        login = self._oauth()
        stand_in, _, company_id = refresh_token.partition(":")
        if stand_in != RECONNECT:
            company_id = ""
            try:
                return await login.refresh(refresh_token)
            except oauth.GrantInvalid:
                pass
        return _renewable(await self._anew(login, account_id, company_id=company_id))

    async def _anew(self, login: oauth.OAuth, account_id: str, *, company_id: str = "") -> oauth.Grant:
        """A grant without the owner (reference 2.8). Raises GrantInvalid when the app is not installed there.

        An agency's installation may be known to HighLevel only by its company: then the agency's token gives that of
        the location (reference 2.5).
        """
        try:
            code = await login.reconnect(location_id=account_id)
        except oauth.GrantInvalid:
            if not company_id:
                raise
            agency = await login.exchange(code=await login.reconnect(company_id=company_id))
            grant = await login.location_token(agency, account_id)
        else:
            grant = await login.exchange(code=code)
        if grant.location_id != account_id:
            raise oauth.GrantInvalid("HighLevel gave access to another location than the one that was meant.")
        return grant

    async def _only_location(self, login: oauth.OAuth, agency: oauth.Grant) -> oauth.Grant:
        found = await login.installed_locations(agency)
        if len(found) != 1:
            names = ", ".join(name or id for id, name in found[:NAMED_MAX])
            several = f" It has the app in {len(found)} sub-accounts: {names}." if found else ""
            raise errors.NeedsPerson(
                "The app was installed for an agency. Install it in the sub-account whose sales are to be posted."
                + several
            )
        return await login.location_token(agency, found[0][0])

    def _oauth(self) -> oauth.OAuth:
        return oauth.OAuth(http=self.http, addresses=self.addresses, app=self.app, clock=self.clock)


def _installation(grant: oauth.Grant) -> port.Installation:
    missing = grant.missing(oauth.NEEDED)
    if missing:
        raise errors.NeedsPerson(
            "This installation does not allow all that is needed. Install the app again; missing: "
            f"{', '.join(missing)}."
        )
    return port.Installation(account_id=records.AccountId(grant.location_id), tokens=_renewable(grant))


def _renewable(grant: oauth.Grant) -> port.Tokens:
    """The tokens; where a refresh token is missing stands what does its work."""
    by_company = f"{RECONNECT}:{grant.company_id}" if grant.company_id else RECONNECT
    return grant.tokens if grant.tokens.refresh else replace(grant.tokens, refresh=by_company)
