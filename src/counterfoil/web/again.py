"""*Try again*: records that rest in trouble are looked at once more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from counterfoil.engine.schedule.port import Engine
from counterfoil.store import records, reviews
from counterfoil.store.database import Database, Tx
from counterfoil.sync.facts import Kind, RecordRef
from counterfoil.web.errors import NotFound


async def one(database: Database, schedule: Engine, connection: int, ref: RecordRef, *, at: datetime) -> None:
    """Look at this record again. Raises NotFound for one that was never looked at."""

    def mark(tx: Tx) -> None:
        if records.get(tx, connection, ref) is None:
            raise NotFound
        _mark(tx, schedule, connection, [ref], at=at)

    await database.transact(mark)


async def everything(database: Database, schedule: Engine, connection: int, *, at: datetime) -> int:
    """Look again at all that needs a person or waits for its time; how many there are. A parked connection is woken."""

    def mark(tx: Tx) -> int:
        refs = [RecordRef(each.kind, each.id) for each in records.unsettled(tx, connection)]
        _mark(tx, schedule, connection, refs, at=at)
        schedule.wake(tx, [connection], at=at)
        return len(refs)

    return await database.transact(mark)


def _mark(tx: Tx, schedule: Engine, connection: int, refs: Sequence[RecordRef], *, at: datetime) -> None:
    for ref in refs:
        if ref.kind is Kind.REVIEW:
            reviews.forget_doubt(tx, connection, customer_id=ref.id)
    records.mark(tx, connection, refs, at=at)
    if refs:
        schedule.wake(tx, [connection], at=at)
