"""The stand-in, assembled: location, tokens, limits, webhooks, API, pages and control behind one ASGI application."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from crm_sandbox import answers, control, saving, tokens, webhooks
from crm_sandbox.api import account, agency, contacts, invoices, payments, products, triggers
from crm_sandbox.api.gate import Gate
from crm_sandbox.api.oauth import CONSENT_PATHS, OAuth
from crm_sandbox.api.operations import Table
from crm_sandbox.limits import Limits
from crm_sandbox.location.location import Location
from crm_sandbox.location.refusals import Refused
from crm_sandbox.location.switches import Switches
from crm_sandbox.pages import (
    contact_pages,
    counter_pages,
    invoice_pages,
    overview,
    payment_pages,
    product_pages,
    settings_pages,
    workflow_pages,
)
from crm_sandbox.pages.site import Row, Site
from crm_sandbox.service import Service
from sandbox_kit import control as kit_control
from sandbox_kit.clock import Clock
from sandbox_kit.exchanges import Exchanges
from sandbox_kit.faults import Faults, Refuse
from sandbox_kit.ids import Ids
from sandbox_kit.journal import Journal
from sandbox_kit.postman import Postman

DELIVERY_TIMEOUT_SECONDS = 10.0
_PAGES = ("/crm/", "/pay/")
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


class Sandbox:
    """One HighLevel location with all that stands around it; as many as you like in one process.

    `location` is us, gb, ca, au or eu (us when neither it nor the file says so); `seed` is sample, empty, contacts:N or large:N,M. `webhooks_url` is where events go: each
    to `<url>/<event>`, those of the app's life to the address itself. `http_client` carries them; it is the caller's
    to close. `data` is a file that is continued when it exists. `page_url` is the page that Settings -> Integrations
    frames, `redirect_uri` where its Install leads back to. Raises ValueError for an unknown location or seed, or
    a file with another location.
    """

    def __init__(
        self,
        *,
        location: str | None = None,
        seed: str = "sample",
        clock: Clock | None = None,
        random_seed: int = 1,
        quota: bool = True,
        webhooks_url: str | None = None,
        http_client: httpx.AsyncClient | None = None,
        base_url: str = "",
        data: Path | None = None,
        page_url: str | None = None,
        redirect_uri: str | None = None,
    ) -> None:
        clock = clock or Clock()
        saved = saving.load(data) if data is not None else None
        if saved and location not in (None, saved.state.kind):
            raise ValueError(f"{data} holds a location in {saved.state.kind}, not in {location}")
        starts = saved.starts + 1 if saved else 1
        ids = Ids(random_seed + 1_000_003 * (starts - 1))
        self.base_url = base_url
        self.clock = clock
        self.journal = Journal(clock)
        self.faults = Faults(ids)
        self._seed = saved.seed if saved else seed
        self._data = data
        self._starts = starts
        switches = saved.switches if saved else Switches()
        state = saved.tokens if saved else tokens.new_state(ids)
        state.page_url = page_url or state.page_url
        state.redirect_uri = redirect_uri or state.redirect_uri
        client = http_client or httpx.AsyncClient()
        self._own_client = client if http_client is None else None
        self.postman = Postman(
            clock=clock,
            ids=ids,
            client=client,
            retry_after=webhooks.pauses(ids),
            timeout=DELIVERY_TIMEOUT_SECONDS,
            withhold=False,
        )
        url = webhooks_url or (saved.webhooks_url if saved else None)
        place = Location(
            location or "us", seed, clock, ids, switches=switches, state=saved.state if saved else None
        )
        self._service = Service(
            location=place,
            tokens=tokens.Tokens(
                state, clock, ids, switches, location_id=place.id, company_id=place.state.company_id
            ),
            limits=Limits(clock, switches, enforced=quota),
            webhooks=webhooks.Webhooks(url, state, self.postman, clock, ids, switches),
            clock=clock,
            ids=ids,
            switches=switches,
            base_url=lambda: self.base_url,
            reset=self.reset,
            save=self._save,
        )
        self._private, self._access, self._refresh = self._first_tokens(saved)
        self._table = _table()
        self.app = Exchanges(
            self._starlette(),
            journal=self.journal,
            faults=self.faults,
            name=self._name,
            refuse=self._refuse,
        )
        self._save()

    @property
    def location(self) -> Location:
        """The location; a reset exchanges it."""
        return self._service.location

    @property
    def switches(self) -> Switches:
        """Delays and open questions (see `Switches`)."""
        return self._service.switches

    @property
    def operations(self) -> tuple[str, ...]:
        """What is imitated: method and path as the OpenAPI files write them."""
        return tuple(each.name for each in self._table.operations)

    @property
    def credentials(self) -> dict[str, str]:
        """What a user of the stand-in needs; the first line of `serve --json`."""
        state, kept = self._service.location.state, self._service.tokens.state
        return {
            "base_url": self.base_url,
            "client_id": kept.client_id,
            "client_secret": kept.client_secret,
            "location_id": state.location_id,
            "company_id": state.company_id,
            "access_token": self._access,
            "refresh_token": self._refresh,
            "private_token": self._private,
            "webhook_public_key": self._service.webhooks.public_key,
            "shared_secret": kept.shared_secret,
        }

    @property
    def background(self) -> tuple[Callable[[], Coroutine[Any, Any, None]], ...]:
        """What has to run beside the application: the postman."""
        return (self._deliver,)

    def reset(self, seed: str | None = None) -> None:
        """Starts the location anew under its old id; tokens stay good, journal and faults are cleared."""
        old = self._service.location
        fresh = Location(
            old.kind.name,
            seed or self._seed,
            self.clock,
            self._service.ids,
            switches=self._service.switches,
            identity=(old.state.location_id, old.state.company_id),
        )
        self._service.location = fresh
        self._seed = seed or self._seed
        self.journal.clear()
        self.faults.clear()

    def _first_tokens(self, saved: saving.Saved | None) -> tuple[str, str, str]:
        """A private token, and a pair as if the app had been installed by hand before the story begins."""
        if saved is not None:
            return saved.private_token, saved.access_token, saved.refresh_token
        self._service.tokens.install(self._service.tokens.state.installed_scope)
        pair = self._service.tokens.pair("Location", self._service.tokens.state.installed_scope)
        return self._service.tokens.private(), pair.access_token, pair.refresh_token

    async def _deliver(self) -> None:
        try:
            await self.postman.run()
        finally:
            if self._own_client is not None:
                await self._own_client.aclose()

    def _starlette(self) -> Starlette:
        site = Site(self._service, _pages())
        gate, oauth = Gate(self._service, self._table), OAuth(self._service, site)

        async def context(request: Request) -> Response:
            return await settings_pages.context_answer(self._service, request)

        return Starlette(
            routes=[
                *site.routes(),
                Route("/crm/user-context", context, methods=["GET"]),
                *(Route(path, oauth.ask, methods=["GET"]) for path in CONSENT_PATHS),
                *(Route(path, oauth.choose, methods=["POST"]) for path in CONSENT_PATHS),
                Route("/oauth/token", oauth.token, methods=["POST"]),
                Route("/oauth/reconnect", oauth.reconnect, methods=["POST"]),
                *kit_control.routes(
                    clock=self.clock,
                    journal=self.journal,
                    faults=self.faults,
                    postman=self.postman,
                    extra=control.routes(self._service, lambda: self.credentials),
                ),
                Route("/{path:path}", gate.answer, methods=_METHODS),
            ]
        )

    def _name(self, method: str, path: str) -> str | None:
        """The journal's label; pages and the control API have none."""
        if path == "/" or path.startswith(("/_sandbox/", *_PAGES)) or path in CONSENT_PATHS:
            return None
        found = self._table.find(method, path)
        return found[0].name if found else f"{method} {path}"

    def _refuse(self, refusal: Refuse) -> tuple[int, dict[str, str], bytes]:
        """A refusal by fault, in the words of the API."""
        refused = Refused(refusal.status, "The sandbox was told to refuse this request.")
        body = {**refused.body(), "traceId": self._service.ids.uuid()}
        return refusal.status, {"Content-Type": "application/json"}, answers.encode(body)

    def _save(self) -> None:
        if self._data is None:
            return
        saving.save(
            self._data,
            saving.Saved(
                state=self._service.location.state,
                tokens=self._service.tokens.state,
                private_token=self._private,
                access_token=self._access,
                refresh_token=self._refresh,
                switches=self._service.switches,
                seed=self._seed,
                webhooks_url=self._service.webhooks.url,
                starts=self._starts,
            ),
        )


def _pages() -> list[Row]:
    """All pages; the dashboard first."""
    return [
        *overview.rows(),
        *contact_pages.rows(),
        *product_pages.rows(),
        *invoice_pages.rows(),
        *payment_pages.rows(),
        *workflow_pages.rows(),
        *settings_pages.rows(),
        *counter_pages.rows(),
    ]


def _table() -> Table:
    """Everything of the API that is imitated."""
    return Table(
        [
            *contacts.operations(),
            *invoices.operations(),
            *payments.operations(),
            *products.operations(),
            *account.operations(),
            *agency.operations(),
            *triggers.operations(),
        ]
    )
