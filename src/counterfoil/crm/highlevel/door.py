"""The way into HighLevel for all its locations: `port.Door` over this folder's parts. One quota per location."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import httpx

from counterfoil import errors, times
from counterfoil.crm import port, records
from counterfoil.crm.highlevel import oauth
from counterfoil.crm.highlevel.addresses import Addresses
from counterfoil.crm.highlevel.client import Client
from counterfoil.crm.highlevel.connector import HighLevel
from counterfoil.crm.highlevel.limits import Quota


@dataclass(slots=True, kw_only=True)
class HighLevelDoor:
    """Opens locations for the app of this operator. `jitter` gives numbers in [0, 1)."""

    http: httpx.AsyncClient
    addresses: Addresses
    app: oauth.App
    clock: times.Clock
    sleep: Callable[[float], Awaitable[None]]
    jitter: Callable[[], float]
    name: str = "highlevel"
    _quotas: dict[str, Quota] = field(default_factory=dict)

    def authorize_url(self, *, state: str, redirect_uri: str) -> str:
        """See `port.Door.authorize_url`."""
        return oauth.authorize_url(self.addresses, self.app, state=state, redirect_uri=redirect_uri)

    async def exchange(self, *, code: str, redirect_uri: str) -> port.Installation:
        """See `port.Door.exchange`. Raises NeedsPerson when a whole agency installed, or a scope we need is missing."""
        grant = await self._oauth().exchange(code=code, redirect_uri=redirect_uri)
        if not grant.location_id:
            raise errors.NeedsPerson(
                "The app was installed for an agency. Install it in the sub-account whose sales are to be posted."
            )
        missing = grant.missing(oauth.NEEDED)
        if missing:
            raise errors.NeedsPerson(
                "This installation does not allow all that is needed. Install the app again; missing: "
                f"{', '.join(missing)}."
            )
        return port.Installation(account_id=records.AccountId(grant.location_id), tokens=grant.tokens)

    async def refresh(self, *, account_id: str, refresh_token: str) -> port.Tokens:
        """See `port.Door.refresh`. A refused token is replaced through `reconnect` while the app is installed."""
        login = self._oauth()
        try:
            return await login.refresh(refresh_token)
        except oauth.GrantInvalid:
            code = await login.reconnect(account_id)
            grant = await login.exchange(code=code)
            if grant.location_id != account_id:
                raise
            return grant.tokens

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

    def _oauth(self) -> oauth.OAuth:
        return oauth.OAuth(http=self.http, addresses=self.addresses, app=self.app, clock=self.clock)
