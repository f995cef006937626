"""Progress of imports that can be interrupted and go on."""

from __future__ import annotations

from datetime import datetime

import msgspec
import sqlalchemy as sa

from counterfoil.store import rows, schema
from counterfoil.store.database import Tx

_table = schema.progress


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a job is: `cursor` says where to go on, `done` and `total` are for people."""

    job: str
    cursor: str
    done: int
    total: int
    begun_at: datetime
    finished_at: datetime | None


def begin(tx: Tx, connection: int, job: str, *, total: int, at: datetime) -> None:
    """The job starts, from the beginning."""
    rows.put(
        tx,
        _table,
        {"connection": connection, "job": job},
        {"cursor": "", "done": 0, "total": total, "begun_at": at, "finished_at": None},
    )


def advance(tx: Tx, connection: int, job: str, *, cursor: str, done: int) -> None:
    """The job has come so far."""
    tx.execute(sa.update(_table).where(*_is(connection, job)).values(cursor=cursor, done=done))


def finish(tx: Tx, connection: int, job: str, *, at: datetime) -> None:
    """The job is done."""
    tx.execute(sa.update(_table).where(*_is(connection, job)).values(finished_at=at))


def get(tx: Tx, connection: int, job: str) -> Progress | None:
    """How far is the job? None when it never began."""
    row = tx.execute(sa.select(_table).where(*_is(connection, job))).mappings().one_or_none()
    return Progress(**{name: row[name] for name in Progress.__struct_fields__}) if row else None


def _is(connection: int, job: str) -> tuple[sa.ColumnElement[bool], ...]:
    return _table.c.connection == connection, _table.c.job == job
