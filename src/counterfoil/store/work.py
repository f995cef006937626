"""Who is to run when: the truth of the schedule, one row per connection. The schedule itself holds only hints."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec
import sqlalchemy as sa

from counterfoil.store import schema
from counterfoil.store.database import Tx

_table = schema.connection_work


class Fenced(Exception):
    """A newer run of this connection has begun; the old one may write nothing any more."""


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """A run that may begin, with its fence and how many ended badly before it."""

    epoch: int
    attempts: int


def wake(tx: Tx, connections: Iterable[int], *, at: datetime) -> tuple[int, ...]:
    """There is something to do for these; which of them did not know it yet?"""
    flipped = []
    for connection in sorted(set(connections)):
        outcome = tx.execute(
            sa.update(_table)
            .where(_table.c.connection == connection, _table.c.wake.is_(False))
            .values(wake=True, wake_at=at, parked=False)
        )
        if outcome.rowcount:
            flipped.append(connection)
    return tuple(flipped)


def begin(tx: Tx, connection: int, *, at: datetime) -> Begun | None:
    """A run begins: it gets the next epoch, and counts as an attempt until it ends well. None for a parked one.

    It is due until it ends, so that a run whose process dies is run again.
    """
    row = tx.execute(
        sa.update(_table)
        .where(_table.c.connection == connection, _table.c.parked.is_(False))
        .values(wake=False, due_at=at, attempts=_table.c.attempts + 1, epoch=_table.c.epoch + 1)
        .returning(_table.c.epoch, _table.c.attempts)
    ).one_or_none()
    return Begun(epoch=row.epoch, attempts=row.attempts) if row else None


def finish(tx: Tx, connection: int, *, epoch: int, due_at: datetime | None) -> bool | None:
    """A run ended well; was the connection woken meanwhile? None when a newer run has begun."""
    return _end(tx, connection, epoch, due_at=due_at, attempts=0, error="")


def fail(
    tx: Tx,
    connection: int,
    *,
    epoch: int,
    due_at: datetime | None,
    parked: bool,
    attempts: int,
    error: str,
) -> bool | None:
    """A run ended badly; it is due again then, or parked, and counts as so many attempts. Answers like `finish`.

    One that was woken meanwhile is not parked: that wake-up is still to be answered, and later ones would find the
    connection awake and leave it parked for ever.
    """
    resting = sa.and_(sa.literal(parked), _table.c.wake.is_(False))
    return _end(tx, connection, epoch, due_at=due_at, parked=resting, attempts=attempts, error=error)


def check_epoch(tx: Tx, connection: int, epoch: int) -> None:
    """Is this run still the newest of its connection? Raises Fenced; holds the row until the transaction ends."""
    found = tx.scalar(sa.select(_table.c.epoch).where(_table.c.connection == connection).with_for_update())
    if found != epoch:
        raise Fenced(f"run {epoch} of connection {connection} was overtaken")


def set_poll(tx: Tx, connection: int, *, at: datetime) -> None:
    """Both sides are to be asked then."""
    tx.execute(sa.update(_table).where(_table.c.connection == connection).values(poll_at=at))


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """When a connection is wanted next, and why."""

    connection: int
    wake: bool
    wake_at: datetime | None
    due_at: datetime | None
    poll_at: datetime | None
    parked: bool


def one(tx: Tx, connection: int) -> Times | None:
    """When is this connection wanted?"""
    row = (
        tx.execute(
            sa.select(*(_table.c[name] for name in Times.__struct_fields__)).where(
                _table.c.connection == connection
            )
        )
        .mappings()
        .one_or_none()
    )
    return Times(**row) if row else None


def wanted(tx: Tx, *, at: datetime) -> tuple[int, ...]:
    """Which connections should run now, whatever anybody remembers?"""
    found = tx.execute(
        sa.select(_table.c.connection)
        .where(_table.c.parked.is_(False), sa.or_(_table.c.wake, _table.c.due_at <= at))
        .order_by(_table.c.connection)
    ).scalars()
    return tuple(found)


def to_poll(tx: Tx, *, at: datetime) -> tuple[int, ...]:
    """For which connections is it time to ask both sides?"""
    found = tx.execute(
        sa.select(_table.c.connection).where(_table.c.poll_at <= at).order_by(_table.c.poll_at)
    ).scalars()
    return tuple(found)


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What lies before the schedule; `late_polls` and `parked` count connections."""

    wanted: tuple[int, ...]
    oldest_wake_at: datetime | None
    late_polls: int
    parked: int


def load(tx: Tx, *, at: datetime, late_before: datetime) -> Load:
    """How much waits? Polls are late that should have happened before `late_before`."""
    return Load(
        wanted=wanted(tx, at=at),
        oldest_wake_at=tx.scalar(sa.select(sa.func.min(_table.c.wake_at)).where(_table.c.wake)),
        late_polls=len(to_poll(tx, at=late_before)),
        parked=len(parked(tx)),
    )


def parked(tx: Tx) -> tuple[int, ...]:
    """Which connections were given up after too many bad ends?"""
    return tuple(tx.execute(sa.select(_table.c.connection).where(_table.c.parked)).scalars())


def _end(tx: Tx, connection: int, epoch: int, *, due_at: datetime | None, **values: object) -> bool | None:
    row = tx.execute(
        sa.update(_table)
        .where(_table.c.connection == connection, _table.c.epoch == epoch)
        .values(due_at=due_at, **values)
        .returning(_table.c.wake)
    ).one_or_none()
    return None if row is None else bool(row.wake)
