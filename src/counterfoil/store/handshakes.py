"""OAuth states (R3): single use, bound to a browser session and a purpose, short-lived. Only hashes are kept."""

from __future__ import annotations

import hashlib
from datetime import datetime

import msgspec
import sqlalchemy as sa

from counterfoil.store import schema
from counterfoil.store.database import Tx

_table = schema.handshakes


class Handshake(msgspec.Struct, frozen=True, kw_only=True):
    """A log-in that came back as it left."""

    purpose: str
    connection: int | None


def begin(
    tx: Tx,
    *,
    state: str,
    session: str,
    purpose: str,
    connection: int | None,
    at: datetime,
    expires_at: datetime,
) -> None:
    """A log-in leaves with this state; what has run out is forgotten."""
    tx.execute(sa.delete(_table).where(_table.c.expires_at <= at))
    tx.execute(
        sa.insert(_table).values(
            state_hash=_hash(state),
            session_hash=_hash(session),
            purpose=purpose,
            connection=connection,
            expires_at=expires_at,
        )
    )


def finish(tx: Tx, *, state: str, session: str, purpose: str, at: datetime) -> Handshake | None:
    """The log-in that left with this state from this session; None for a foreign, used or old one. Works once."""
    row = tx.execute(
        sa.delete(_table)
        .where(
            _table.c.state_hash == _hash(state),
            _table.c.session_hash == _hash(session),
            _table.c.purpose == purpose,
        )
        .returning(_table.c.connection, _table.c.expires_at)
    ).one_or_none()
    if row is None or row.expires_at <= at:
        return None
    return Handshake(purpose=purpose, connection=row.connection)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
