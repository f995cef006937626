"""Insert-or-update and insert-once, which both databases have under different roofs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite


def _insert(tx: sa.Connection, table: sa.Table) -> Any:
    return sqlite.insert(table) if tx.dialect.name == "sqlite" else postgresql.insert(table)


def put(
    tx: sa.Connection,
    table: sa.Table,
    key: Mapping[str, Any],
    values: Mapping[str, Any],
    *,
    only_if: sa.ColumnElement[bool] | None = None,
) -> bool:
    """The row with this key has these values from now on; False when one is there and `only_if` is not true of it."""
    statement = _insert(tx, table).values(**key, **values)
    outcome = tx.execute(
        statement.on_conflict_do_update(index_elements=list(key), set_=dict(values), where=only_if)
    )
    return bool(outcome.rowcount)


def once(tx: sa.Connection, table: sa.Table, values: Mapping[str, Any]) -> bool:
    """Insert the row; False when its key is there already, and then nothing is changed."""
    outcome = tx.execute(_insert(tx, table).values(**values).on_conflict_do_nothing())
    return bool(outcome.rowcount)


def add(tx: sa.Connection, table: sa.Table, key: Mapping[str, Any], *, column: str, number: int) -> None:
    """The counter of this key grows by `number`."""
    statement = _insert(tx, table).values(**key, **{column: number})
    tx.execute(
        statement.on_conflict_do_update(index_elements=list(key), set_={column: table.c[column] + number})
    )
