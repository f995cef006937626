"""The way into QuickBooks Online: log-in, tokens, company, and a client for one connection's run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import httpx

from counterfoil import errors, times
from counterfoil.crm import port
from counterfoil.quickbooks import api, entities
from counterfoil.sync import facts


@dataclass(slots=True, kw_only=True)
class QuickBooksDoor:
    """Opens QuickBooks for every connection of this process. One quota per company lives here (R73)."""

    http: httpx.AsyncClient
    addresses: api.Addresses
    app: api.App
    clock: times.Clock
    sleep: Callable[[float], Awaitable[None]]
    calls_per_second: int
    calls_per_minute: int
    _quotas: dict[str, api.Quota] = field(default_factory=dict)

    def authorize_url(self, *, state: str, redirect_uri: str) -> str:
        """Where the owner's browser goes to log in at Intuit and choose a company."""
        return api.oauth.authorize_url(self.addresses, self.app, state=state, redirect_uri=redirect_uri)

    async def exchange(self, *, code: str, redirect_uri: str) -> port.Tokens:
        """The code of the callback for tokens; works once. Raises AccessLost, TryLater, OutcomeUnknown."""
        return _tokens(await self._oauth().exchange(code, redirect_uri))

    async def refresh(self, refresh_token: str) -> port.Tokens:
        """A new pair; at most daily with another refresh token. Raises AccessLost, TryLater, OutcomeUnknown."""
        return _tokens(await self._oauth().refresh(refresh_token))

    async def revoke(self, token: str) -> None:
        """End the whole grant at Intuit (R6). Raises what the token call raises."""
        await self._oauth().revoke(token)

    async def company(
        self, realm_id: str, *, token: port.TokenGetter, account_zone: str, on_call: port.OnCall
    ) -> tuple[str, facts.Books]:
        """The company's name and how its documents are written; two metered reads."""
        client = self.open(realm_id, token=token, on_call=on_call)
        info = (await api.writing.read(client, "CompanyInfo", realm_id)).object
        preferences = (await api.writing.read(client, "Preferences", realm_id)).object
        if not isinstance(info, entities.CompanyInfo) or not isinstance(preferences, entities.Preferences):
            raise errors.TryLater("QuickBooks answered about the company in a way we do not understand.")
        return info.company_name or realm_id, _books(info, preferences, account_zone=account_zone)

    def open(self, realm_id: str, *, token: port.TokenGetter, on_call: port.OnCall) -> api.Client:
        """A client for this company alone, for one run."""

        def count(exchange: api.Exchange) -> None:
            on_call(
                port.Call(
                    bank="quickbooks",
                    operation=exchange.operation,
                    status=exchange.status,
                    metered=exchange.metered,
                    write=exchange.write,
                )
            )

        if realm_id not in self._quotas:
            self._quotas[realm_id] = api.Quota(
                clock=self.clock,
                sleep=self.sleep,
                per_second=self.calls_per_second,
                at_once=self.calls_per_second,
                per_minute=self.calls_per_minute,
            )
        return api.Client(
            self.http,
            api_base=self.addresses.api,
            realm_id=realm_id,
            token=token,
            quota=self._quotas[realm_id],
            on_exchange=count,
        )

    def _oauth(self) -> api.OAuth:
        return api.OAuth(self.http, self.addresses, self.app, clock=self.clock)


def _tokens(found: api.Tokens) -> port.Tokens:
    return port.Tokens(
        access=found.access_token,
        refresh=found.refresh_token,
        access_expires_at=found.access_expires_at,
        refresh_expires_at=found.refresh_expires_at,
    )


def _books(
    info: entities.CompanyInfo, preferences: entities.Preferences, *, account_zone: str
) -> facts.Books:
    currency, sales = preferences.currency_prefs, preferences.sales_forms_prefs
    accounting = preferences.accounting_info_prefs
    home = currency.home_currency if currency else None
    return facts.Books(
        country=info.country or "",
        # A company that does not say has one currency, and documents then need none.
        home_currency=home.value if home else "USD",
        multi_currency=bool(currency and currency.multi_currency_enabled),
        custom_txn_numbers=bool(sales and sales.custom_txn_numbers),
        book_close_date=accounting.book_close_date if accounting else None,
        time_zone=info.default_time_zone or "",
        account_time_zone=account_zone or "UTC",
    )
