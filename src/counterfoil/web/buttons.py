"""What the buttons of a connection's page do. Each leads back to the page, which then tells what has become of it."""

from __future__ import annotations

from litestar import Router, post
from litestar.params import FromPath
from litestar.response import Redirect

from counterfoil import errors, times
from counterfoil.engine import backfill
from counterfoil.engine.connect import OtherConnector, Pairing
from counterfoil.engine.schedule.port import Engine
from counterfoil.store import connections
from counterfoil.store.database import Database, Tx
from counterfoil.sync.facts import Kind, RecordRef
from counterfoil.web import again
from counterfoil.web.errors import NotFound
from counterfoil.web.given import Given
from counterfoil.web.notices import NOT_CHECKED, back_to


@post("/start")
async def start(pressed: Given[connections.Connection], pairing: Given[Pairing]) -> Redirect:
    """*Start*; pressed twice, or before both sides are connected, it changes nothing.

    Where another connector is at work (R7), the page says so and offers the next button.
    """
    try:
        await pairing.start(pressed.id)
    except OtherConnector:
        return back_to(pressed)
    except errors.CounterfoilError:
        return back_to(pressed, notice=NOT_CHECKED)
    return back_to(pressed)


@post("/start-anyway")
async def start_anyway(pressed: Given[connections.Connection], pairing: Given[Pairing]) -> Redirect:
    """*It is switched off: start*: the owner says so of the other connector (R7)."""
    await pairing.start(pressed.id, anyway=True)
    return back_to(pressed)


@post("/import")
async def import_again(
    pressed: Given[connections.Connection],
    database: Given[Database],
    schedule: Given[Engine],
    clock: Given[times.Clock],
) -> Redirect:
    """*Import customers again* (R50); whoever is in the CRM already is found, not doubled."""
    at = clock()

    def change(tx: Tx) -> None:
        backfill.run_again(tx, pressed.id, at=at)
        schedule.wake(tx, [pressed.id], at=at)

    await database.transact(change)
    return back_to(pressed)


@post("/retry")
async def retry_everything(
    pressed: Given[connections.Connection],
    database: Given[Database],
    schedule: Given[Engine],
    clock: Given[times.Clock],
) -> Redirect:
    """*Try again*, for all records that rest in trouble."""
    await again.everything(database, schedule, pressed.id, at=clock())
    return back_to(pressed)


@post("/records/{kind:str}/{record_id:str}/retry")
async def retry_record(
    kind: FromPath[str],
    record_id: FromPath[str],
    pressed: Given[connections.Connection],
    database: Given[Database],
    schedule: Given[Engine],
    clock: Given[times.Clock],
) -> Redirect:
    """*Try again*, for one record."""
    await again.one(database, schedule, pressed.id, ref_of(kind, record_id), at=clock())
    return back_to(pressed)


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
        route_handlers=[start, start_anyway, import_again, retry_everything, retry_record],
    )
