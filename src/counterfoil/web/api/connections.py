"""Connections: list, show, what the owner chose."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from litestar import get, patch
from litestar.exceptions import ClientException
from litestar.params import FromPath, JSONBody

from counterfoil.engine import backfill
from counterfoil.store import attention, connections, progress, records, usage
from counterfoil.store.database import Database, Tx
from counterfoil.sync.facts import Choices
from counterfoil.web.api import views
from counterfoil.web.errors import NotFound
from counterfoil.web.given import Given

TAGS = ["Connections"]


class Connections(msgspec.Struct, frozen=True):
    """All connections, oldest first."""

    connections: tuple[views.Connection, ...]


@get("/connections", tags=TAGS)
async def list_connections(database: Given[Database]) -> Connections:
    """All connections with their counts."""
    return await database.read(
        lambda tx: Connections(tuple(_view(tx, each) for each in connections.everyone(tx)))
    )


@get("/connections/{connection_uuid:uuid}", tags=TAGS)
async def show_connection(connection_uuid: FromPath[UUID], database: Given[Database]) -> views.Connection:
    """One connection with its counts."""
    return await database.read(lambda tx: _view(tx, find(tx, connection_uuid)))


@get("/connections/{connection_uuid:uuid}/choices", tags=TAGS)
async def show_choices(connection_uuid: FromPath[UUID], database: Given[Database]) -> Choices:
    """What the owner chose; empty means the default."""
    return await database.read(lambda tx: find(tx, connection_uuid).choices)


@patch("/connections/{connection_uuid:uuid}/choices", tags=TAGS)
async def change_choices(
    connection_uuid: FromPath[UUID], data: JSONBody[dict[str, Any]], database: Given[Database]
) -> Choices:
    """Change the choices that are given and keep the others."""

    def change(tx: Tx) -> Choices:
        known = find(tx, connection_uuid)
        chosen = merged(known.choices, data)
        connections.set_choices(tx, known.id, chosen)
        return chosen

    return await database.transact(change)


def merged(known: Choices, changes: dict[str, Any]) -> Choices:
    """The choices after these changes. Raises ClientException, which names what is wrong with them."""
    names = Choices.__struct_fields__
    unknown = sorted(set(changes) - set(names))
    if unknown:
        raise ClientException(
            f"There is no choice called {', '.join(unknown)}. There are: {', '.join(names)}."
        )
    try:
        return msgspec.convert({**msgspec.structs.asdict(known), **changes}, Choices)
    except msgspec.ValidationError as error:
        raise ClientException(f"A choice has a value that it cannot have: {error}.") from error


def find(tx: Tx, connection_uuid: UUID) -> connections.Connection:
    """The connection of this public id. Raises NotFound."""
    found = connections.by_uuid(tx, str(connection_uuid))
    if found is None:
        raise NotFound
    return found


def _view(tx: Tx, known: connections.Connection) -> views.Connection:
    contacts = progress.get(tx, known.id, backfill.JOB)
    return views.connection(
        known,
        records=records.counts(tx, known.id),
        attention=len(attention.open_items(tx, known.id)),
        calls=usage.totals(tx, known.id),
        jobs=(contacts,) if contacts else (),
    )


HANDLERS = (list_connections, show_connection, show_choices, change_choices)
