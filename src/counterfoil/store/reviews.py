"""What was decided once for ever about asking customers for a review (R62)."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from counterfoil.store import rows, schema
from counterfoil.store.database import Tx
from counterfoil.sync.facts import Verdict

_table = schema.reviews


def verdict(tx: Tx, connection: int, *, customer_id: str, contact_id: str = "") -> Verdict | None:
    """What was decided about this customer, else about any that shares its contact (R53)."""
    mine = sa.and_(_table.c.connection == connection, _table.c.customer_id == customer_id)
    shared = sa.and_(
        _table.c.connection == connection, _table.c.contact_id == contact_id, sa.literal(bool(contact_id))
    )
    found = tx.scalar(
        sa.select(_table.c.verdict)
        .where(sa.or_(mine, shared))
        .order_by(sa.case((mine, 0), else_=1), _table.c.at)
        .limit(1)
    )
    return Verdict(found) if found else None


def decide(
    tx: Tx, connection: int, *, customer_id: str, contact_id: str, verdict: Verdict, at: datetime
) -> None:
    """This is decided."""
    rows.put(
        tx,
        _table,
        {"connection": connection, "customer_id": customer_id},
        {"contact_id": contact_id, "verdict": verdict.value, "at": at},
    )


def forget_doubt(tx: Tx, connection: int, *, customer_id: str) -> None:
    """A person has looked: what was in doubt is open again. Other verdicts stay."""
    tx.execute(
        sa.delete(_table).where(
            _table.c.connection == connection,
            _table.c.customer_id == customer_id,
            _table.c.verdict == Verdict.IN_DOUBT.value,
        )
    )
