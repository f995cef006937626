"""Puts the parts together; the only file that knows every folder. Nothing happens at import."""

from __future__ import annotations

import asyncio
import os
import random
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from counterfoil import times
from counterfoil.crm import connectors
from counterfoil.engine import poll
from counterfoil.engine.connect import Pairing
from counterfoil.engine.quickbooks_door import QuickBooksDoor
from counterfoil.engine.receive import Receiver
from counterfoil.engine.run import Service
from counterfoil.engine.schedule.embedded import Embedded
from counterfoil.quickbooks import api
from counterfoil.settings import Settings
from counterfoil.store.database import Database
from counterfoil.store.secrets import Sealer
from counterfoil.web import server


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterfoil:
    """The service, ready to run: `prepare`, then serve `app` while `run` runs, `stop`, `close`."""

    app: server.App
    service: Service
    database: Database
    schedule: Embedded
    http: httpx.AsyncClient
    crms: Mapping[str, connectors.Connected]
    pairing: Pairing

    async def prepare(self) -> None:
        """Take the database for this process and bring its tables up to date. Raises DatabaseInUse."""
        await self.database.claim()
        await self.database.migrate()

    async def run(self) -> None:
        """Sync until `stop`."""
        await self.service.run()

    def stop(self) -> None:
        """Finish what is under way and return from `run`."""
        self.schedule.stop()

    async def reaches(self, address: str) -> bool:
        """Whether anybody answers there, whatever the answer is."""
        try:
            await self.http.get(address)
        except httpx.HTTPError:
            return False
        return True

    async def close(self) -> None:
        """Let go of connections and the database."""
        await self.http.aclose()
        await self.database.close()


def now() -> datetime:
    """The wall clock, aware, in UTC."""
    return datetime.now(UTC)


def assemble(
    settings: Settings,
    *,
    clock: times.Clock = now,
    chance: Callable[[], float] = random.random,
    transport: httpx.AsyncBaseTransport | None = None,
    database: Database | None = None,
) -> Counterfoil:
    """The whole service from its settings; what is not given is the real thing.

    `transport` carries all requests to both banks, `chance` gives the jitter in [0, 1).
    Raises ValueError when a secret key is malformed.
    """
    database = database or Database(settings.database_url)
    sealer = Sealer(settings.secret_keys)
    http = httpx.AsyncClient(transport=transport, follow_redirects=False)
    schedule = Embedded(database, clock=clock, jitter=chance)
    crms = _crms(settings, http=http, clock=clock, chance=chance)
    doors = {name: crm.door for name, crm in crms.items()}
    quickbooks = _quickbooks(settings, http=http, clock=clock)
    service = Service(
        database=database,
        sealer=sealer,
        schedule=schedule,
        clock=clock,
        jitter=chance,
        crms=doors,
        quickbooks=quickbooks,
        pace=poll.Pace(
            every=settings.poll_every_seconds,
            feed_with_webhooks=settings.poll_quickbooks_with_webhooks_every_seconds,
        ),
        owner=f"{os.getpid()}/{secrets.token_hex(4)}",
    )
    pairing = Pairing(
        database=database,
        schedule=schedule,
        sealer=sealer,
        clock=clock,
        crms=doors,
        quickbooks=quickbooks,
        public_url=settings.public_url,
        start_at_once=settings.skip_preview,
    )
    app = server.build(
        receiver=_receiver(settings, crms, database=database, schedule=schedule, clock=clock),
        pairing=pairing,
        database=database,
        clock=clock,
        schedule=schedule,
        public_url=settings.public_url,
        operator_token=settings.operator_token,
        custom_pages={name: crm.page for name, crm in crms.items() if crm.page is not None},
    )
    return Counterfoil(
        app=app,
        service=service,
        database=database,
        schedule=schedule,
        http=http,
        crms=crms,
        pairing=pairing,
    )


def bank_addresses(service: Counterfoil, settings: Settings) -> dict[str, str]:
    """Where the APIs of both banks are, by a name for people."""
    crms = {crm.title: crm.address for crm in service.crms.values()}
    return crms | {"QuickBooks": _quickbooks_addresses(settings).api}


def _crms(
    settings: Settings, *, http: httpx.AsyncClient, clock: times.Clock, chance: Callable[[], float]
) -> dict[str, connectors.Connected]:
    return {
        name: connectors.find(name).connect(
            connectors.Surroundings(
                http=http, clock=clock, sleep=asyncio.sleep, jitter=chance, options=options
            )
        )
        for name, options in settings.crms.items()
    }


def _quickbooks_addresses(settings: Settings) -> api.addresses.Addresses:
    if settings.quickbooks_base_url:
        return api.addresses.for_base(settings.quickbooks_base_url)
    if settings.quickbooks_environment == "sandbox":
        return api.addresses.INTUIT_SANDBOX
    return api.addresses.INTUIT_PRODUCTION


def _quickbooks(settings: Settings, *, http: httpx.AsyncClient, clock: times.Clock) -> QuickBooksDoor:
    return QuickBooksDoor(
        http=http,
        addresses=_quickbooks_addresses(settings),
        app=api.App(settings.quickbooks.client_id, settings.quickbooks.client_secret),
        clock=clock,
        sleep=asyncio.sleep,
        calls_per_second=settings.quickbooks_calls_per_second,
        calls_per_minute=settings.quickbooks_calls_per_minute,
    )


def _receiver(
    settings: Settings,
    crms: Mapping[str, connectors.Connected],
    *,
    database: Database,
    schedule: Embedded,
    clock: times.Clock,
) -> Receiver:
    return Receiver(
        database=database,
        schedule=schedule,
        clock=clock,
        notices={name: crm.notices for name, crm in crms.items() if crm.notices is not None},
        verifier=settings.quickbooks_webhook_verifier,
    )
