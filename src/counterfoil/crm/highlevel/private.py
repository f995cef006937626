"""The way into one location by a private integration token: no app, no refresh, no webhooks (reference 2.6).

The operator puts token and location id into the settings. There is no page of HighLevel to log in at: who connects
proves it by knowing the token, which stands in the place of the log-in's code.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import timedelta

from counterfoil import errors
from counterfoil.crm import port, records
from counterfoil.crm.highlevel.door import Locations

LASTS = timedelta(days=36_500)
"""A private token does not expire; the owner deletes it or puts a new one in its place."""


@dataclass(slots=True, kw_only=True)
class PrivateDoor(Locations):
    """Opens the one location of a private token. Tells nobody the token."""

    token: str = field(repr=False)
    location_id: str
    asks_for: str = "private integration token"

    def authorize_url(self, *, state: str, redirect_uri: str) -> str:
        """See `port.Door.authorize_url`: there is no page of HighLevel to go to."""
        return ""

    async def exchange(self, *, code: str, redirect_uri: str) -> port.Installation:
        """See `port.Door.exchange`; `code` is the token. Reading the location proves the rest (reference 2.6)."""
        if not hmac.compare_digest(code.encode(), self.token.encode()):
            raise errors.AccessLost("This is not the private token that stands in the settings.")
        return await self.admit(account_id=self.location_id)

    async def admit(self, *, account_id: str) -> port.Installation:
        """See `port.Door.admit`. Raises AccessLost for every other location."""
        if account_id != self.location_id:
            raise errors.AccessLost("The private token in the settings belongs to another location.")
        await self.open(
            account_id=account_id, zone="", token=self._get_token, on_call=lambda call: None
        ).account()
        return port.Installation(account_id=records.AccountId(account_id), tokens=self._tokens())

    async def refresh(self, *, account_id: str, refresh_token: str) -> port.Tokens:
        """See `port.Door.refresh`: the token of the settings, when the operator has put another one there.

        HighLevel is not asked. Raises AccessLost when it is the one that was refused.
        """
        now = self._tokens()
        if account_id != self.location_id or refresh_token == now.refresh:
            raise errors.AccessLost(
                "HighLevel does not accept the private token any more. Make a new one under Settings, Private "
                "Integrations, put it into the settings of this service and start it again."
            )
        return now

    def _tokens(self) -> port.Tokens:
        """The token; in the place of a refresh token stands a fingerprint, which tells whether it was replaced."""
        return port.Tokens(
            access=self.token,
            refresh=f"sha256:{hashlib.sha256(self.token.encode()).hexdigest()}",
            access_expires_at=self.clock() + LASTS,
        )

    async def _get_token(self, rejected: bool) -> str:
        return self.token
