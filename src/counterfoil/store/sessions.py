"""Web sessions: a hash of the browser's token, the connection it has proven, its CSRF token, and what it may do."""

from __future__ import annotations

from datetime import datetime

import msgspec
import sqlalchemy as sa

from counterfoil.store import schema
from counterfoil.store.database import Tx

_table = schema.sessions


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """`connection` is None until the browser came back from that CRM's log-in, or the CRM said who looks at its page.

    `framed` is the session of a page inside the CRM.
    """

    connection: int | None
    csrf: str
    expires_at: datetime
    may_change: bool
    framed: bool


def create(
    tx: Tx,
    *,
    token_hash: str,
    connection: int | None,
    csrf: str,
    at: datetime,
    expires_at: datetime,
    may_change: bool = True,
    framed: bool = False,
) -> None:
    """A new session; what has run out is forgotten."""
    tx.execute(sa.delete(_table).where(_table.c.expires_at <= at))
    tx.execute(
        sa.insert(_table).values(
            token_hash=token_hash,
            connection=connection,
            csrf=csrf,
            expires_at=expires_at,
            may_change=may_change,
            framed=framed,
        )
    )


def get(tx: Tx, *, token_hash: str, at: datetime) -> Session | None:
    """The session of this token, while it lasts."""
    row = (
        tx.execute(sa.select(_table).where(_table.c.token_hash == token_hash, _table.c.expires_at > at))
        .mappings()
        .one_or_none()
    )
    if row is None:
        return None
    return Session(**{name: row[name] for name in Session.__struct_fields__})


def end_framed(tx: Tx, *, connection: int) -> None:
    """The sessions of this connection's page inside the CRM are over."""
    tx.execute(sa.delete(_table).where(_table.c.connection == connection, _table.c.framed.is_(True)))


def delete(tx: Tx, *, token_hash: str) -> None:
    """The session is over."""
    tx.execute(sa.delete(_table).where(_table.c.token_hash == token_hash))
