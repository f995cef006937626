"""The pages that people see."""

from __future__ import annotations

from uuid import UUID

from litestar import Router, get
from litestar.params import FromPath
from litestar.response import Response

from counterfoil.store.database import Database
from counterfoil.web import session
from counterfoil.web.given import Given


@get("/connections/{connection_uuid:uuid}")
async def connection_page(
    connection_uuid: FromPath[UUID],
    visitor: Given[session.Visitor],
    database: Given[Database],
) -> Response[str]:
    known = await session.connection_of(visitor, str(connection_uuid), database)
    form = '<form method=post action="/connections/%s/%s"><input type=hidden name=csrf value="%s"><button>%s</button></form>'
    body = form % (known.uuid, "quickbooks", visitor.csrf, "Connect QuickBooks") + form % (
        known.uuid,
        "start",
        visitor.csrf,
        "Start",
    )
    return Response(body, media_type="text/html")


def router() -> Router:
    """All pages."""
    return Router("/", route_handlers=[connection_page])
