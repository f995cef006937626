"""Who is at the browser: a random token in a cookie, its hash in the store, and the one connection it has proven.

A browser proves a connection by coming back from that CRM account's log-in, or by what the CRM says of who looks at our
page inside it; it sees no other. Every form carries the session's CSRF token, because a cookie alone also travels with
requests that another site has made.

A page inside the CRM has a session and a cookie of its own. Browsers keep that cookie apart for each site that frames us
(`Partitioned`), so a window of its own does not have it.
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
from counterfoil.store import connections, framers, sessions
from counterfoil.store.database import Database, Tx
from counterfoil.web import framing
from counterfoil.web.errors import BadForm, NotFound, OnlyLooks
from counterfoil.web.given import Given

COOKIE = "counterfoil_session"
FRAMED_COOKIE = "counterfoil_page"
LASTS = timedelta(hours=12)
FRAMED_LASTS = timedelta(hours=1)
"""Short, because the CRM's word for who looks cannot be taken back; opening the page again renews it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """One browser. `connection` is the one it has proven; a browser without a session has an empty token."""

    token: str = field(repr=False)
    connection: int | None
    csrf: str = field(repr=False)
    may_change: bool = True
    """False for people of the CRM account who are no administrators: they only look."""
    framed: bool = False
    """Looks at our page inside the CRM."""


FRAMES = frozenset({"iframe", "frame"})
"""What `Sec-Fetch-Dest` says of a page inside another."""
FRAMED_SCRIPT = "x-counterfoil-framed"
"""The header by which the script of such a page tells where it is; other sites cannot send it with their requests."""
STRANGER = Visitor(token="", connection=None, csrf="")


async def visitor(
    request: Request[Any, Any, Any], database: Given[Database], clock: Given[times.Clock]
) -> Visitor:
    """The visitor that the cookie names while its session lasts, else STRANGER; creates nothing."""
    token = _token(request)
    if not token:
        return STRANGER
    at = clock()
    found, domains = await database.read(lambda tx: _known(tx, token, at=at))
    if found is None:
        return STRANGER
    framing.allow(request, domains)
    return Visitor(
        token=token,
        connection=found.connection,
        csrf=found.csrf,
        may_change=found.may_change,
        framed=found.framed,
    )


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


async def admit(viewer: int, database: Database, *, may_change: bool, at: datetime) -> Visitor:
    """A new session of the page inside the CRM, for somebody of this connection's account."""
    return await database.transact(
        lambda tx: _create(tx, connection=viewer, at=at, may_change=may_change, framed=True)
    )


def framed_cookie(known: Visitor, *, public_url: str) -> str:
    """The `Set-Cookie` line for a page inside the CRM: third-party there, so it must say Partitioned, which needs https.

    Without https only a CRM on the same site (a machine of one's own) can frame the page, and Lax is enough.
    """
    how = "Secure; SameSite=None; Partitioned" if public_url.startswith("https:") else "SameSite=Lax"
    seconds = int(FRAMED_LASTS.total_seconds())
    return f"{FRAMED_COOKIE}={known.token}; Path=/; HttpOnly; Max-Age={seconds}; {how}"


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
    """A dependency: the connection on whose page a button was pressed. Raises BadForm, NotFound, OnlyLooks."""
    form = await request.form()
    check_csrf(visitor, form.get("csrf"))
    if not visitor.may_change:
        raise OnlyLooks
    return await connection_of(visitor, str(connection_uuid), database)


def _token(request: Request[Any, Any, Any]) -> str:
    """The cookie that belongs to where this request comes from; both may be there on one site."""
    where = request.headers.get("sec-fetch-dest", "")
    framed = where in FRAMES or FRAMED_SCRIPT in request.headers
    names = (FRAMED_COOKIE,) if framed else (COOKIE,) if where else (COOKIE, FRAMED_COOKIE)
    return next((request.cookies[name] for name in names if request.cookies.get(name)), "")


def _known(tx: Tx, token: str, *, at: datetime) -> tuple[sessions.Session | None, tuple[str, ...]]:
    found = sessions.get(tx, token_hash=_hash(token), at=at)
    if found is None or not found.framed or found.connection is None:
        return found, ()
    return found, framers.of_connection(tx, found.connection)


def _create(
    tx: Tx, *, connection: int | None, at: datetime, may_change: bool = True, framed: bool = False
) -> Visitor:
    made = Visitor(
        token=secrets.token_urlsafe(32),
        connection=connection,
        csrf=secrets.token_urlsafe(32),
        may_change=may_change,
        framed=framed,
    )
    sessions.create(
        tx,
        token_hash=_hash(made.token),
        connection=connection,
        csrf=made.csrf,
        at=at,
        expires_at=at + (FRAMED_LASTS if framed else LASTS),
        may_change=may_change,
        framed=framed,
    )
    return made


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
