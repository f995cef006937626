"""Records: one row for each record that was ever looked at, and what is to become of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal

import msgspec
import sqlalchemy as sa

from counterfoil.store import rows, schema
from counterfoil.store.database import Tx
from counterfoil.sync.facts import Kind, RecordRef

_table = schema.records

State = Literal["dirty", "clean", "waiting", "asking", "later", "broken"]

_RANK = {Kind.CONTACT: 0, Kind.CUSTOMER: 1}
"""Contacts first: sales wait for them."""

_AT_REST: Mapping[str, object] = {"due_at": None, "waiting_kind": "", "waiting_id": ""}
"""A record waits for nothing."""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """`version` rises with every mark; `wanted` says that a sale needs it, in `currency`.

    `as_of` is when the record had last been changed on its own side, by that side's clock, when it was last looked at.
    """

    connection: int
    kind: Kind
    id: str
    version: int
    state: State
    wanted: bool
    currency: str
    attempts: int
    due_at: datetime | None
    waiting_for: RecordRef | None
    error: str
    first_seen_at: datetime
    as_of: datetime | None


def mark(
    tx: Tx,
    connection: int,
    refs: Iterable[RecordRef],
    *,
    at: datetime,
    wanted: bool = False,
    currency: str = "",
    if_unseen: bool = False,
) -> int:
    """These records are to be looked at; how many became dirty. `if_unseen` passes over those seen before."""
    marked = 0
    for ref in refs:
        new = rows.once(
            tx,
            _table,
            {
                "connection": connection,
                "kind": ref.kind.value,
                "id": ref.id,
                "version": 1,
                "state": "dirty",
                "wanted": wanted,
                "currency": currency,
                "attempts": 0,
                "waiting_kind": "",
                "waiting_id": "",
                "error": "",
                "rank": _RANK.get(ref.kind, 2),
                "first_seen_at": at,
            },
        )
        if not new and not if_unseen:
            change = {"version": _table.c.version + 1, "state": "dirty", "attempts": 0, **_AT_REST}
            if wanted:
                change |= {"wanted": True}
            if currency:
                change |= {"currency": currency}
            tx.execute(sa.update(_table).where(*_is(connection, ref)).values(**change))
        marked += new or not if_unseen
    return marked


def mark_changed(
    tx: Tx, connection: int, changed: Mapping[RecordRef, datetime | None], *, at: datetime
) -> int:
    """A listing shows these records with their times of change: those that were not looked at since become dirty."""
    newer = []
    for ref, changed_at in changed.items():
        known = get(tx, connection, ref)
        if known is None or known.as_of is None or changed_at is None or changed_at > known.as_of:
            newer.append(ref)
    return mark(tx, connection, newer, at=at)


def know(tx: Tx, connection: int, ref: RecordRef, *, as_of: datetime | None, at: datetime) -> None:
    """The record is as we made it ourselves just now; it needs no look unless it changes after that."""
    if as_of is None:
        return
    if mark(tx, connection, [ref], at=at, if_unseen=True):
        tx.execute(sa.update(_table).where(*_is(connection, ref)).values(state="clean"))
    tx.execute(sa.update(_table).where(*_is(connection, ref)).values(as_of=as_of))


def due(tx: Tx, connection: int, *, at: datetime, limit: int) -> tuple[Record, ...]:
    """What is to be looked at now? Contacts first, then customers, then by age."""
    ready = sa.or_(_table.c.state == "dirty", sa.and_(_table.c.state == "later", _table.c.due_at <= at))
    found = tx.execute(
        sa.select(_table)
        .where(_table.c.connection == connection, ready)
        .order_by(_table.c.rank, _table.c.first_seen_at, _table.c.id)
        .limit(limit)
    ).mappings()
    return tuple(_read(row) for row in found)


def next_due(tx: Tx, connection: int) -> datetime | None:
    """When is the next record wanted that waits for its time?"""
    found: datetime | None = tx.scalar(
        sa.select(_table.c.due_at)
        .where(_table.c.connection == connection, _table.c.state == "later")
        .order_by(_table.c.due_at)
        .limit(1)
    )
    return found


def get(tx: Tx, connection: int, ref: RecordRef) -> Record | None:
    """The record, when it was ever looked at."""
    row = tx.execute(sa.select(_table).where(*_is(connection, ref))).mappings().one_or_none()
    return _read(row) if row else None


def clean(tx: Tx, record: Record) -> bool:
    """The record needs nothing; False when it was marked again meanwhile, and then it stays dirty."""
    return _leave(tx, record, state="clean", attempts=0, error="")


def wait(tx: Tx, record: Record, *, until: RecordRef) -> None:
    """The record waits until this other one is linked."""
    _leave(tx, record, state="waiting", waiting_kind=until.kind.value, waiting_id=until.id)


def wake_waiting(tx: Tx, connection: int, ref: RecordRef) -> int:
    """Those that waited for this record are to be looked at; how many."""
    waiting = (
        _table.c.connection == connection,
        _table.c.state == "waiting",
        _table.c.waiting_kind == ref.kind.value,
        _table.c.waiting_id == ref.id,
    )
    change = {"version": _table.c.version + 1, "state": "dirty", **_AT_REST}
    return tx.execute(sa.update(_table).where(*waiting).values(**change)).rowcount


def later(tx: Tx, record: Record, *, due_at: datetime, error: str) -> None:
    """The record is looked at again then; one more failed attempt."""
    _leave(tx, record, state="later", due_at=due_at, attempts=record.attempts + 1, error=error)


def asking(tx: Tx, record: Record) -> None:
    """A person has to choose."""
    _leave(tx, record, state="asking")


def broken(tx: Tx, record: Record, *, error: str) -> None:
    """Our own mistake stopped this record."""
    _leave(tx, record, state="broken", error=error)


def counts(tx: Tx, connection: int) -> dict[str, int]:
    """How many records are in each state?"""
    found = tx.execute(
        sa.select(_table.c.state, sa.func.count().label("number"))
        .where(_table.c.connection == connection)
        .group_by(_table.c.state)
    )
    return {row.state: row.number for row in found}


def unsettled(tx: Tx, connection: int) -> tuple[Record, ...]:
    """Records that rest in trouble: asking, broken, or later."""
    states = ("asking", "broken", "later")
    found = tx.execute(
        sa.select(_table).where(_table.c.connection == connection, _table.c.state.in_(states))
    ).mappings()
    return tuple(_read(row) for row in found)


def _leave(tx: Tx, record: Record, **change: object) -> bool:
    """Only from the version that was looked at: a record marked meanwhile stays dirty."""
    outcome = tx.execute(
        sa.update(_table)
        .where(
            *_is(record.connection, RecordRef(record.kind, record.id)),
            _table.c.version == record.version,
        )
        .values(**{"as_of": record.as_of, **_AT_REST, **change})
    )
    return bool(outcome.rowcount)


def _is(connection: int, ref: RecordRef) -> tuple[sa.ColumnElement[bool], ...]:
    return _table.c.connection == connection, _table.c.kind == ref.kind.value, _table.c.id == ref.id


def _read(row: sa.RowMapping) -> Record:
    waiting = row["waiting_kind"]
    return Record(
        connection=row["connection"],
        kind=Kind(row["kind"]),
        id=row["id"],
        version=row["version"],
        state=row["state"],
        wanted=row["wanted"],
        currency=row["currency"],
        attempts=row["attempts"],
        due_at=row["due_at"],
        waiting_for=RecordRef(Kind(waiting), row["waiting_id"]) if waiting else None,
        error=row["error"],
        first_seen_at=row["first_seen_at"],
        as_of=row["as_of"],
    )
