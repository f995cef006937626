"""The records of a connection: links, what needs a person, history, and *try again*."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.exceptions import ClientException
from litestar.params import FromPath, FromQuery, QueryParameter

from counterfoil import times
from counterfoil.engine.schedule.port import Engine
from counterfoil.store import attention, history, links
from counterfoil.store.database import Database, Tx
from counterfoil.sync.facts import Kind, RecordRef
from counterfoil.web import again
from counterfoil.web.api import views
from counterfoil.web.api.connections import find
from counterfoil.web.given import Given

TAGS = ["Records"]
LINES_MAX = 500


class Links(msgspec.Struct, frozen=True):
    """All links, oldest first."""

    links: tuple[views.Link, ...]


class OpenItems(msgspec.Struct, frozen=True):
    """What needs a person, oldest first."""

    attention: tuple[views.Attention, ...]


class Lines(msgspec.Struct, frozen=True):
    """Lines of history, newest first."""

    history: tuple[views.History, ...]


class Retried(msgspec.Struct, frozen=True):
    """How many records are looked at again."""

    records: int


@get("/connections/{connection_uuid:uuid}/links", tags=TAGS)
async def list_links(connection_uuid: FromPath[UUID], database: Given[Database]) -> Links:
    """Which record of the CRM and which of QuickBooks stand for the same thing."""

    def ask(tx: Tx) -> Links:
        known = find(tx, connection_uuid)
        return Links(tuple(views.link(each) for each in links.everyone(tx, known.id)))

    return await database.read(ask)


@get("/connections/{connection_uuid:uuid}/attention", tags=TAGS)
async def list_attention(connection_uuid: FromPath[UUID], database: Given[Database]) -> OpenItems:
    """What needs a person now."""

    def ask(tx: Tx) -> OpenItems:
        known = find(tx, connection_uuid)
        return OpenItems(tuple(views.attention_item(each) for each in attention.open_items(tx, known.id)))

    return await database.read(ask)


@get("/connections/{connection_uuid:uuid}/history", tags=TAGS)
async def list_history(
    connection_uuid: FromPath[UUID],
    database: Given[Database],
    record: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LINES_MAX)] = 100,
) -> Lines:
    """The last lines of the connection or, with `record=invoice/<id>`, of one record."""
    ref = None if record is None else _ref(record)

    def ask(tx: Tx) -> Lines:
        known = find(tx, connection_uuid)
        if ref is None:
            found = history.recent(tx, known.id, limit)
        else:
            found = history.of(tx, known.id, ref)[::-1][:limit]
        return Lines(tuple(views.history_line(each) for each in found))

    return await database.read(ask)


@post("/connections/{connection_uuid:uuid}/retry", tags=TAGS, status_code=200)
async def retry(
    connection_uuid: FromPath[UUID],
    database: Given[Database],
    schedule: Given[Engine],
    clock: Given[times.Clock],
) -> Retried:
    """Look again at all records that need a person or wait for their time."""
    known = await database.read(lambda tx: find(tx, connection_uuid))
    return Retried(await again.everything(database, schedule, known.id, at=clock()))


def _ref(text: str) -> RecordRef:
    kind, _, record_id = text.partition("/")
    kinds = [each.value for each in Kind]
    if kind not in kinds or not record_id:
        raise ClientException(f"A record is written kind/id, with one of these kinds: {', '.join(kinds)}.")
    return RecordRef(Kind(kind), record_id)


HANDLERS = (list_links, list_attention, list_history, retry)
