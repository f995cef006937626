"""*Disconnect?*: what it would end and what stays, before it is done (R6)."""

from __future__ import annotations

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template
from msgspec import Struct

from counterfoil.engine.connect import Pairing
from counterfoil.store import connections
from counterfoil.store.database import Database
from counterfoil.web import notices, session
from counterfoil.web.errors import OnlyLooks
from counterfoil.web.given import Given


class View(Struct, frozen=True, kw_only=True):
    """The whole page."""

    uuid: str
    csrf: str
    company: str


@get("/connections/{connection_uuid:uuid}/disconnect")
async def show(
    connection_uuid: FromPath[UUID], visitor: Given[session.Visitor], database: Given[Database]
) -> Template:
    """The page. Raises NotFound for a connection that this browser has not proven, OnlyLooks for who may change nothing."""
    known = await session.connection_of(visitor, str(connection_uuid), database)
    if not visitor.may_change:
        raise OnlyLooks
    view = View(uuid=known.uuid, csrf=visitor.csrf, company=known.company_name or known.account_name)
    return Template("disconnect.html", context={"view": view})


@post("/connections/{connection_uuid:uuid}/disconnect")
async def carry_out(pressed: Given[connections.Connection], pairing: Given[Pairing]) -> Redirect:
    """*Yes, disconnect* (R6)."""
    await pairing.disconnect(pressed.id)
    return notices.back_to(pressed)
