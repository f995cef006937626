"""Start and stop: what the schedule calls for each connection, and the desk that each run gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import structlog

from counterfoil import errors, times
from counterfoil.crm import port
from counterfoil.engine import poll, prune, retry, work
from counterfoil.engine.desk import Desk
from counterfoil.engine.quickbooks_door import QuickBooksDoor
from counterfoil.engine.schedule.port import Engine
from counterfoil.engine.tokens import Keeper
from counterfoil.store import connections
from counterfoil.store import work as work_rows
from counterfoil.store.database import Database, Tx
from counterfoil.store.secrets import Sealer

log = structlog.get_logger(__name__)


@dataclass(slots=True, kw_only=True)
class Service:
    """The sync itself: implements `schedule.port.Reconciler` and runs until the schedule is stopped."""

    database: Database
    sealer: Sealer
    schedule: Engine
    clock: times.Clock
    jitter: Callable[[], float]
    crms: Mapping[str, port.Door]
    quickbooks: QuickBooksDoor
    pace: poll.Pace
    owner: str
    """Names this process in leases."""
    _pruned_on: date | None = None
    _keepers: dict[tuple[int, str], Keeper] = field(default_factory=dict)

    async def run(self) -> None:
        """Work until `schedule.stop()`; what is under way is finished first."""
        log.info("service.started")
        await self.schedule.run(self)
        log.info("service.stopped")

    async def reconcile(self, connection: int, epoch: int) -> float | None:
        """One run of one connection; seconds until it is wanted again, None for not before a wake-up."""
        known = await self.database.read(lambda tx: connections.get(tx, connection))
        if known.state is not connections.State.RUNNING:
            return None
        desk = self._desk(known, epoch)
        run = work.Run(desk, self.jitter, self.pace)
        try:
            return await run.work()
        except errors.AccessLost as lost:
            await self._access_lost(desk, lost)
            return None
        except (errors.TryLater, errors.OutcomeUnknown) as trouble:
            log.info("run.later", connection=connection, error=str(trouble))
            return retry.pause_seconds(trouble, attempts=1, jitter=self.jitter())
        finally:
            if desk.calls:
                await desk.write(lambda tx: None)

    async def poll(self, ids: list[int]) -> None:
        """It is time to ask both sides: the asking itself belongs to the run, the only owner of quota and tokens."""
        now = self.clock()

        def want(tx: Tx) -> None:
            if self._pruned_on != now.date():
                prune.prune(tx, at=now)
            for connection in ids:
                known = connections.get(tx, connection)
                if known.state is connections.State.RUNNING:
                    connections.set_cursor(tx, connection, poll.WANTED, times.iso(now))
                    self.schedule.wake(tx, [connection], at=now)
                # Jitter spreads the connections of one service over the period.
                after = self.pace.every * (1.0 + 0.1 * self.jitter())
                work_rows.set_poll(tx, connection, at=now + timedelta(seconds=after))

        await self.database.transact(want)
        self._pruned_on = now.date()

    def _desk(self, known: connections.Connection, epoch: int) -> Desk:
        calls: list[Callable[[port.Call], None]] = []

        def count(call: port.Call) -> None:
            calls[0](call)

        crm = self.crms[known.crm].open(
            account_id=known.account_id,
            zone=known.account_zone,
            token=self._keeper(known, "crm").token,
            on_call=count,
        )
        client = self.quickbooks.open(
            known.realm_id, token=self._keeper(known, "quickbooks").token, on_call=count
        )
        desk = Desk(
            connection=known,
            epoch=epoch,
            database=self.database,
            clock=self.clock,
            crm=crm,
            quickbooks=client,
        )
        calls.append(desk.count)
        return desk

    def _keeper(self, known: connections.Connection, bank: str) -> Keeper:
        """One keeper per connection and bank in this process, so that its runs share one refresh."""
        if (known.id, bank) not in self._keepers:

            async def refresh(token: str) -> port.Tokens:
                if bank == "quickbooks":
                    return await self.quickbooks.refresh(token)
                return await self.crms[known.crm].refresh(account_id=known.account_id, refresh_token=token)

            self._keepers[known.id, bank] = Keeper(
                database=self.database,
                sealer=self.sealer,
                clock=self.clock,
                connection=known.id,
                bank=bank,
                owner=f"{self.owner}/{known.id}/{bank}",
                refresh=refresh,
            )
        return self._keepers[known.id, bank]

    async def _access_lost(self, desk: Desk, lost: errors.AccessLost) -> None:
        """Stop sending, keep collecting; the owner is told what to do (R5)."""

        def change(tx: Tx) -> None:
            connections.set_state(tx, desk.id, connections.State.RECONNECT_NEEDED, reason=str(lost))

        await desk.write(change)
        log.warning("connection.reconnect_needed", connection=desk.id)
