"""Who is at the browser: a random token in a cookie, its hash in the store, and the one connection it has proven.

A browser proves a connection by coming back from that CRM account's log-in; it sees no other. Every form carries the
session's CSRF token, because a cookie alone also travels with requests that another site has made.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from litestar import Request
from litestar.datastructures import Cookie
from litestar.params import FromPath

from counterfoil import times
from counterfoil.store import connections, sessions
from counterfoil.store.database import Database, Tx
from counterfoil.web.errors import BadForm, NotFound
from counterfoil.web.given import Given

COOKIE = "counterfoil_session"
LASTS = timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """One browser. `connection` is the one it has proven; a browser without a session has an empty token."""

    token: str = field(repr=False)
    connection: int | None
    csrf: str = field(repr=False)


STRANGER = Visitor(token="", connection=None, csrf="")


async def visitor(
    request: Request[Any, Any, Any], database: Given[Database], clock: Given[times.Clock]
) -> Visitor:
    """The visitor that the cookie names while its session lasts, else STRANGER; creates nothing."""
    token = request.cookies.get(COOKIE, "")
    if not token:
        return STRANGER
    at = clock()
    found = await database.read(lambda tx: sessions.get(tx, token_hash=_hash(token), at=at))
    if found is None:
        return STRANGER
    return Visitor(token=token, connection=found.connection, csrf=found.csrf)


async def welcome(known: Visitor, database: Database, *, at: datetime) -> Visitor:
    """The same visitor, with a new session when there was none."""
    if known.token:
        return known
    return await database.transact(lambda tx: _create(tx, connection=None, at=at))


async def prove(known: Visitor, connection: int, database: Database, *, at: datetime) -> Visitor:
    """The visitor has proven this connection. It gets a new token: one that was known before proves nothing."""

    def renew(tx: Tx) -> Visitor:
        sessions.delete(tx, token_hash=_hash(known.token))
        return _create(tx, connection=connection, at=at)

    return await database.transact(renew)


def cookie(known: Visitor, *, public_url: str) -> Cookie:
    """The cookie for this visitor; it is sent back when the CRM or Intuit redirects here (Lax)."""
    return Cookie(
        key=COOKIE,
        value=known.token,
        path="/",
        httponly=True,
        samesite="lax",
        secure=public_url.startswith("https:"),
        max_age=int(LASTS.total_seconds()),
    )


def check_csrf(known: Visitor, form_value: object) -> None:
    """The form was made for this very session. Raises BadForm."""
    given = form_value if isinstance(form_value, str) else ""
    if not known.csrf or not secrets.compare_digest(known.csrf.encode(), given.encode()):
        raise BadForm


async def connection_of(known: Visitor, connection_uuid: str, database: Database) -> connections.Connection:
    """The connection of this page, if this visitor has proven it. Raises NotFound, which also hides what exists."""
    number = known.connection
    if number is None:
        raise NotFound
    found = await database.read(lambda tx: connections.get(tx, number))
    if found.uuid != connection_uuid:
        raise NotFound
    return found


async def pressed(
    request: Request[Any, Any, Any],
    connection_uuid: FromPath[UUID],
    visitor: Given[Visitor],
    database: Given[Database],
) -> connections.Connection:
    """A dependency: the connection on whose page a button was pressed. Raises BadForm, NotFound."""
    form = await request.form()
    check_csrf(visitor, form.get("csrf"))
    return await connection_of(visitor, str(connection_uuid), database)


def _create(tx: Tx, *, connection: int | None, at: datetime) -> Visitor:
    made = Visitor(token=secrets.token_urlsafe(32), connection=connection, csrf=secrets.token_urlsafe(32))
    sessions.create(
        tx,
        token_hash=_hash(made.token),
        connection=connection,
        csrf=made.csrf,
        at=at,
        expires_at=at + LASTS,
    )
    return made


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
