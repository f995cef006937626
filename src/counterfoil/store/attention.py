"""Attention: what needs a person, one open item per record."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec
import sqlalchemy as sa

from counterfoil.store import schema
from counterfoil.store.database import Tx
from counterfoil.sync.facts import Kind, RecordRef
from counterfoil.sync.reasons import Because

_table = schema.attention


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """What happened and why; `details` are label and value in a bookkeeper's words."""

    id: int
    record: RecordRef
    because: Because
    details: tuple[tuple[str, str], ...]
    opened_at: datetime


def open(
    tx: Tx,
    connection: int,
    ref: RecordRef,
    *,
    because: Because,
    details: Iterable[tuple[str, str]],
    at: datetime,
) -> None:
    """This record needs a person; an item that says the same stays, another one is replaced."""
    encoded = msgspec.json.encode(tuple(details))
    known = tx.execute(
        sa.select(_table.c.because, _table.c.details).where(*_is_open(connection, ref))
    ).one_or_none()
    if known == (because.name, encoded):
        return
    close(tx, connection, ref, at=at)
    tx.execute(
        sa.insert(_table).values(
            connection=connection,
            record_kind=ref.kind.value,
            record_id=ref.id,
            because=because.name,
            details=encoded,
            opened_at=at,
        )
    )


def close(tx: Tx, connection: int, ref: RecordRef, *, at: datetime) -> None:
    """This record needs nobody any more."""
    tx.execute(sa.update(_table).where(*_is_open(connection, ref)).values(closed_at=at))


def open_items(tx: Tx, connection: int) -> tuple[Item, ...]:
    """What needs a person now? Oldest first."""
    found = tx.execute(
        sa.select(_table)
        .where(_table.c.connection == connection, _table.c.closed_at.is_(None))
        .order_by(_table.c.id)
    ).mappings()
    return tuple(
        Item(
            id=row["id"],
            record=RecordRef(Kind(row["record_kind"]), row["record_id"]),
            because=Because[row["because"]],
            details=msgspec.json.decode(row["details"], type=tuple[tuple[str, str], ...]),
            opened_at=row["opened_at"],
        )
        for row in found
    )


def _is_open(connection: int, ref: RecordRef) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        _table.c.connection == connection,
        _table.c.record_kind == ref.kind.value,
        _table.c.record_id == ref.id,
        _table.c.closed_at.is_(None),
    )
