"""Sealed tokens of both banks, and the lease of whoever may renew them (R4)."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import sqlalchemy as sa

from counterfoil.store import rows, schema
from counterfoil.store.database import Tx

_table = schema.tokens


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """A pair of sealed tokens; `version` rises with every pair, `refused` says that the bank will not renew this one."""

    access: bytes
    refresh: bytes
    access_expires_at: datetime
    refresh_expires_at: datetime | None
    version: int
    refused: bool


def put(
    tx: Tx,
    connection: int,
    bank: str,
    *,
    access: bytes,
    refresh: bytes,
    access_expires_at: datetime,
    refresh_expires_at: datetime | None,
) -> int:
    """Keep this pair; the version it got."""
    known = get(tx, connection, bank)
    version = known.version + 1 if known else 1
    rows.put(
        tx,
        _table,
        {"connection": connection, "bank": bank},
        {
            "access": access,
            "refresh": refresh,
            "access_expires_at": access_expires_at,
            "refresh_expires_at": refresh_expires_at,
            "version": version,
            "refused": False,
        },
    )
    return version


def get(tx: Tx, connection: int, bank: str) -> Sealed | None:
    """The pair that is kept."""
    row = tx.execute(sa.select(_table).where(*_is(connection, bank))).mappings().one_or_none()
    return Sealed(**{name: row[name] for name in Sealed.__struct_fields__}) if row else None


def refuse(tx: Tx, connection: int, bank: str) -> None:
    """The bank will not renew this pair: only the owner can bring a new one."""
    tx.execute(sa.update(_table).where(*_is(connection, bank)).values(refused=True))


def doubt(tx: Tx, connection: int, bank: str, *, at: datetime) -> None:
    """The access token may not be what it was: it is renewed before its next use, even where that was refused."""
    tx.execute(sa.update(_table).where(*_is(connection, bank)).values(refused=False, access_expires_at=at))


def forget(tx: Tx, connection: int, bank: str) -> None:
    """The pair is gone."""
    tx.execute(sa.delete(_table).where(*_is(connection, bank)))


def lease(tx: Tx, connection: int, bank: str, *, owner: str, at: datetime, seconds: float) -> bool:
    """May this owner renew the tokens now? One at a time; a lease that ran out is free."""
    free = sa.or_(_table.c.lease_owner.is_(None), _table.c.lease_owner == owner, _table.c.lease_until <= at)
    outcome = tx.execute(
        sa.update(_table)
        .where(*_is(connection, bank), free)
        .values(lease_owner=owner, lease_until=at + timedelta(seconds=seconds))
    )
    return bool(outcome.rowcount)


def release(tx: Tx, connection: int, bank: str, *, owner: str) -> None:
    """The owner is done."""
    tx.execute(
        sa.update(_table)
        .where(*_is(connection, bank), _table.c.lease_owner == owner)
        .values(lease_owner=None, lease_until=None)
    )


def _is(connection: int, bank: str) -> tuple[sa.ColumnElement[bool], ...]:
    return _table.c.connection == connection, _table.c.bank == bank
