"""Usage: API calls by bank, kind and day, metered reads among them (R75)."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from counterfoil.store import rows, schema
from counterfoil.store.database import Tx

_table = schema.usage


def count(tx: Tx, connection: int, *, bank: str, kind: str, day: date, calls: int) -> None:
    """So many more calls of this kind (`metered`, `write`, `read`) on this day."""
    key = {"connection": connection, "bank": bank, "kind": kind, "day": day}
    rows.add(tx, _table, key, column="calls", number=calls)


def totals(tx: Tx, connection: int, *, since: date | None = None) -> dict[tuple[str, str], int]:
    """All calls by bank and kind, from a day on when it is given."""
    question = sa.select(_table.c.bank, _table.c.kind, sa.func.sum(_table.c.calls)).where(
        _table.c.connection == connection
    )
    if since is not None:
        question = question.where(_table.c.day >= since)
    found = tx.execute(question.group_by(_table.c.bank, _table.c.kind))
    return {(bank, kind): int(calls) for bank, kind, calls in found}
