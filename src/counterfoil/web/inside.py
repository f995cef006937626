"""Our page inside the CRM: learns from the CRM who looks, opens a short session, and leads out of the frame (R1).

The page itself holds nothing. Its script asks the CRM around it and posts the answer here; only the server can read it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import structlog
from litestar import Request, Response, Router, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from counterfoil import errors as families
from counterfoil import times
from counterfoil.crm import port
from counterfoil.engine.connect import Pairing
from counterfoil.store import framers
from counterfoil.store.database import Database
from counterfoil.web import errors, framing, notices, session
from counterfoil.web.given import Given

log = structlog.get_logger(__name__)

FAILURES_MAX = 10
FAILURES_WITHIN = timedelta(minutes=5)
PLACES_MAX = 10_000


@dataclass(slots=True)
class Failures:
    """Counts contexts that could not be read, by where they came from: nobody may try forgeries by the thousand."""

    _at: dict[str, deque[datetime]] = field(default_factory=dict)

    def check(self, place: str, *, at: datetime) -> None:
        """Raises TooMany while there were too many from this place."""
        recent = self._at.get(place, deque())
        while recent and recent[0] <= at - FAILURES_WITHIN:
            recent.popleft()
        if len(recent) >= FAILURES_MAX:
            raise errors.TooMany

    def count(self, place: str, *, at: datetime) -> None:
        """One more from this place."""
        if place not in self._at and len(self._at) >= PLACES_MAX:
            self._at.clear()
        self._at.setdefault(place, deque()).append(at)


@get("/inside/{crm:str}")
async def show(
    request: Request[Any, Any, Any],
    crm: FromPath[str],
    custom_pages: Given[Mapping[str, port.CustomPage]],
    database: Given[Database],
) -> Template:
    """The page that the CRM frames. Raises NotFound for a CRM that frames none."""
    _page(custom_pages, crm)
    framing.allow(request, await database.read(lambda tx: framers.of_crm(tx, crm=crm)))
    return Template("inside.html", context={"crm": crm})


@get("/inside/{crm:str}/ask.js")
async def script(crm: FromPath[str], custom_pages: Given[Mapping[str, port.CustomPage]]) -> Response[str]:
    """Its script, which the connector wrote."""
    page = _page(custom_pages, crm)
    return Response(page.script, media_type="text/javascript", headers={"cache-control": "no-cache"})


@post("/inside/{crm:str}")
async def enter(
    request: Request[Any, Any, Any],
    crm: FromPath[str],
    custom_pages: Given[Mapping[str, port.CustomPage]],
    failures: Given[Failures],
    pairing: Given[Pairing],
    database: Given[Database],
    clock: Given[times.Clock],
    public_url: Given[str],
) -> Response[Any]:
    """What the CRM said of who looks: a session for that account's connection, which is made when it is new.

    Raises NotFound, TooMany, and what the CRM raises.
    """
    page, place, at = _page(custom_pages, crm), request.client.host if request.client else "", clock()
    failures.check(place, at=at)
    given = (await request.form()).get("context", "")
    try:
        viewer = page.read(given if isinstance(given, str) else "")
    except port.Forged:
        failures.count(place, at=at)
        log.warning("inside.forged", crm=crm)
        return errors.page(
            "Not let in", "The CRM did not say who you are. Open the page there again.", status=403
        )
    try:
        connection = await pairing.admit(crm, viewer.account_id)
    except families.AccessLost:
        return errors.page("Not installed", "The app is not installed in this CRM account.", status=403)
    known = await session.admit(connection.id, database, may_change=viewer.may_change, at=at)
    entered = notices.back_to(connection)
    entered.set_header("set-cookie", session.framed_cookie(known, public_url=public_url))
    return entered


@post("/window")
async def leave(
    request: Request[Any, Any, Any],
    visitor: Given[session.Visitor],
    pairing: Given[Pairing],
    database: Given[Database],
    clock: Given[times.Clock],
    public_url: Given[str],
) -> Redirect:
    """In a window of its own: on to Intuit's log-in, with a session of that window. Raises BadForm, HandshakeRefused.

    The ticket comes from our framed page; another site's form would say another origin.
    """
    parts = urlsplit(public_url)
    if request.headers.get("origin", "") != f"{parts.scheme}://{parts.netloc}":
        raise errors.BadForm
    ticket = (await request.form()).get("ticket", "")
    connection = await pairing.finish_window(ticket if isinstance(ticket, str) else "")
    proven = await session.prove(visitor, connection.id, database, at=clock())
    address = await pairing.begin_quickbooks(connection.id, session=proven.token)
    return Redirect(address, status_code=303, cookies=[session.cookie(proven, public_url=public_url)])


def router() -> Router:
    """All of it."""
    return Router("/", route_handlers=[show, script, enter, leave])


def _page(custom_pages: Mapping[str, port.CustomPage], crm: str) -> port.CustomPage:
    if crm not in custom_pages:
        raise errors.NotFound
    return custom_pages[crm]
