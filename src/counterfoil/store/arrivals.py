"""Deliveries: stored once per source and delivery id. A forged one leaves nothing but a count (R70)."""

from __future__ import annotations

from datetime import datetime

import msgspec
import sqlalchemy as sa

from counterfoil.store import rows, schema
from counterfoil.store.database import Tx

_table = schema.arrivals


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    source: str
    delivery_id: str
    event: str
    at: datetime


def keep(
    tx: Tx,
    *,
    source: str,
    delivery_id: str,
    connection: int | None,
    event: str,
    body: bytes,
    at: datetime,
) -> bool:
    """Keep this delivery; False when it was seen before, and then nothing has changed."""
    return rows.once(
        tx,
        _table,
        {
            "source": source,
            "delivery_id": delivery_id,
            "connection": connection,
            "event": event,
            "body": body,
            "at": at,
        },
    )


def count_refused(tx: Tx, *, source: str, at: datetime) -> None:
    """One more delivery with a wrong signature today."""
    rows.add(tx, schema.refused_arrivals, {"source": source, "day": at.date()}, column="count", number=1)


def refused(tx: Tx, *, source: str) -> int:
    """How many deliveries of this source had a wrong signature."""
    table = schema.refused_arrivals
    found = tx.scalar(sa.select(sa.func.sum(table.c["count"])).where(table.c.source == source))
    return int(found or 0)


def recent(tx: Tx, *, connection: int, limit: int) -> tuple[Arrival, ...]:
    """The last deliveries of this connection, newest first."""
    found = tx.execute(
        sa.select(_table.c.source, _table.c.delivery_id, _table.c.event, _table.c.at)
        .where(_table.c.connection == connection)
        .order_by(_table.c.at.desc())
        .limit(limit)
    ).mappings()
    return tuple(Arrival(**row) for row in found)


def prune(tx: Tx, *, before: datetime) -> int:
    """Forget deliveries older than this; how many."""
    return tx.execute(sa.delete(_table).where(_table.c.at < before)).rowcount
