"""What the buttons of a connection's page do. Each leads back to the page, which then tells what has become of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, Router, post
from litestar.params import FromPath
from litestar.response import Redirect

from counterfoil import times
from counterfoil.engine import backfill
from counterfoil.engine.connect import Pairing
from counterfoil.engine.schedule.port import Engine
from counterfoil.store.database import Database, Tx
from counterfoil.sync.facts import Kind, RecordRef
from counterfoil.web import again, session
from counterfoil.web.errors import NotFound
from counterfoil.web.given import Given
from counterfoil.web.notices import back_to


@post("/start")
async def start(
    request: Request[Any, Any, Any],
    connection_uuid: FromPath[UUID],
    visitor: Given[session.Visitor],
    pairing: Given[Pairing],
    database: Given[Database],
) -> Redirect:
    """*Start*; pressed twice, or before both sides are connected, it changes nothing."""
    connection = await session.pressed(request, visitor, connection_uuid, database)
    await pairing.start(connection.id)
    return back_to(connection)


@post("/import")
async def import_again(
    request: Request[Any, Any, Any],
    connection_uuid: FromPath[UUID],
    visitor: Given[session.Visitor],
    database: Given[Database],
    schedule: Given[Engine],
    clock: Given[times.Clock],
) -> Redirect:
    """*Import customers again* (R50); whoever is in the CRM already is found, not doubled."""
    connection = await session.pressed(request, visitor, connection_uuid, database)
    at = clock()

    def change(tx: Tx) -> None:
        backfill.run_again(tx, connection.id, at=at)
        schedule.wake(tx, [connection.id], at=at)

    await database.transact(change)
    return back_to(connection)


@post("/disconnect")
async def disconnect(
    request: Request[Any, Any, Any],
    connection_uuid: FromPath[UUID],
    visitor: Given[session.Visitor],
    pairing: Given[Pairing],
    database: Given[Database],
) -> Redirect:
    """*Disconnect* (R6)."""
    connection = await session.pressed(request, visitor, connection_uuid, database)
    await pairing.disconnect(connection.id)
    return back_to(connection)


@post("/retry")
async def retry_everything(
    request: Request[Any, Any, Any],
    connection_uuid: FromPath[UUID],
    visitor: Given[session.Visitor],
    database: Given[Database],
    schedule: Given[Engine],
    clock: Given[times.Clock],
) -> Redirect:
    """*Try again*, for all records that rest in trouble."""
    connection = await session.pressed(request, visitor, connection_uuid, database)
    await again.everything(database, schedule, connection.id, at=clock())
    return back_to(connection)


@post("/records/{kind:str}/{record_id:str}/retry")
async def retry_record(
    request: Request[Any, Any, Any],
    connection_uuid: FromPath[UUID],
    kind: FromPath[str],
    record_id: FromPath[str],
    visitor: Given[session.Visitor],
    database: Given[Database],
    schedule: Given[Engine],
    clock: Given[times.Clock],
) -> Redirect:
    """*Try again*, for one record."""
    connection = await session.pressed(request, visitor, connection_uuid, database)
    await again.one(database, schedule, connection.id, ref_of(kind, record_id), at=clock())
    return back_to(connection)


def ref_of(kind: str, record_id: str) -> RecordRef:
    """The record of an address. Raises NotFound for a kind that there is not."""
    try:
        return RecordRef(Kind(kind), record_id)
    except ValueError:
        raise NotFound from None


def router() -> Router:
    """All of them, below /connections/<uuid>."""
    return Router(
        "/connections/{connection_uuid:uuid}",
        route_handlers=[start, import_again, disconnect, retry_everything, retry_record],
    )
