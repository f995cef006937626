"""History: every change of a record can be told afterwards (R74). No secrets, no bodies: those are with the steps."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

import msgspec
import sqlalchemy as sa

from counterfoil.store import schema
from counterfoil.store.database import Tx
from counterfoil.sync.facts import Kind, RecordRef
from counterfoil.sync.reasons import Because

_table = schema.history


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line: what happened to which record, why, and details as label and value."""

    at: datetime
    record: RecordRef | None
    what: str
    because: Because | None
    detail: dict[str, str]


def tell(
    tx: Tx,
    connection: int,
    ref: RecordRef | None,
    *,
    what: str,
    at: datetime,
    because: Because | None = None,
    detail: Mapping[str, str] | None = None,
) -> None:
    """Write one line."""
    tx.execute(
        sa.insert(_table).values(
            connection=connection,
            record_kind=ref.kind.value if ref else "",
            record_id=ref.id if ref else "",
            what=what,
            because=because.name if because else "",
            detail=msgspec.json.encode(dict(detail or {})),
            at=at,
        )
    )


def of(tx: Tx, connection: int, ref: RecordRef) -> tuple[Entry, ...]:
    """Everything about one record, oldest first."""
    found = tx.execute(
        sa.select(_table)
        .where(
            _table.c.connection == connection,
            _table.c.record_kind == ref.kind.value,
            _table.c.record_id == ref.id,
        )
        .order_by(_table.c.id)
    ).mappings()
    return tuple(_read(row) for row in found)


def recent(tx: Tx, connection: int, limit: int, *, only: Collection[str] = ()) -> tuple[Entry, ...]:
    """The last lines of a connection, newest first; `only` picks what happened, empty means all."""
    wanted = [_table.c.connection == connection]
    if only:
        wanted.append(_table.c.what.in_(only))
    question = sa.select(_table).where(*wanted).order_by(_table.c.id.desc()).limit(limit)
    return tuple(_read(row) for row in tx.execute(question).mappings())


def _read(row: sa.RowMapping) -> Entry:
    kind = row["record_kind"]
    return Entry(
        at=row["at"],
        record=RecordRef(Kind(kind), row["record_id"]) if kind else None,
        what=row["what"],
        because=Because[row["because"]] if row["because"] else None,
        detail=msgspec.json.decode(row["detail"], type=dict[str, str]),
    )
