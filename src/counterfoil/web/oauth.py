"""The log-in dance of both sides: out to the consent page, back with a code, and what a refusal looks like (R1, R3)."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from counterfoil import errors as families
from counterfoil import times
from counterfoil.engine.connect import Pairing
from counterfoil.store import connections
from counterfoil.store.database import Database
from counterfoil.web import errors, notices, session
from counterfoil.web.given import Given


@get("/connect/{crm:str}")
async def connect_crm(
    crm: FromPath[str],
    visitor: Given[session.Visitor],
    pairing: Given[Pairing],
    database: Given[Database],
    clock: Given[times.Clock],
    public_url: Given[str],
) -> Response[Any]:
    """Off to the log-in of this CRM; where there is none, the page that asks for what stands in its place."""
    if crm not in pairing.crms:
        raise errors.NotFound
    guest = await session.welcome(visitor, database, at=clock())
    cookies = [session.cookie(guest, public_url=public_url)]
    asked = pairing.crms[crm].asks_for
    if asked:
        return Template(
            "token.html", context={"crm": crm, "asked": asked, "csrf": guest.csrf}, cookies=cookies
        )
    return Redirect(await pairing.begin_crm(crm, session=guest.token), cookies=cookies)


@post("/connect/{crm:str}")
async def connect_crm_by_token(
    request: Request[Any, Any, Any],
    crm: FromPath[str],
    visitor: Given[session.Visitor],
    pairing: Given[Pairing],
    database: Given[Database],
    clock: Given[times.Clock],
    public_url: Given[str],
) -> Response[Any]:
    """What was typed in instead of a log-in. Raises NotFound, BadForm, and what the CRM raises."""
    if crm not in pairing.crms or not pairing.crms[crm].asks_for:
        raise errors.NotFound
    form = await request.form()
    session.check_csrf(visitor, form.get("csrf"))
    typed = form.get("token")
    try:
        connection = await pairing.connect_by_token(
            crm, token=typed.strip() if isinstance(typed, str) else ""
        )
    except families.AccessLost as refused:
        return errors.page(
            "Not connected", str(refused), status=403, href=f"/connect/{crm}", words="Try again"
        )
    proven = await session.prove(visitor, connection.id, database, at=clock())
    return notices.back_to(connection, cookies=[session.cookie(proven, public_url=public_url)])


@get("/oauth/{crm:str}/callback")
async def crm_callback(
    request: Request[Any, Any, Any],
    crm: FromPath[str],
    visitor: Given[session.Visitor],
    pairing: Given[Pairing],
    database: Given[Database],
    clock: Given[times.Clock],
    public_url: Given[str],
) -> Response[Any]:
    """Back from the CRM's log-in: this browser has proven the account's connection."""
    if crm not in pairing.crms:
        raise errors.NotFound
    returned = request.query_params
    if not returned.get("code"):
        return await _not_accepted(visitor, database, again=f"/connect/{crm}")
    if not returned.get("state"):
        # Installed from the CRM's own listing (HighLevel reference 2.2): nobody here has asked for it.
        return errors.page(
            "One more step",
            "The app is installed in the CRM, but nothing was connected: that log-in did not begin here. Open the "
            "app's page inside the CRM, or begin again here.",
            status=400,
            href=f"/connect/{crm}",
            words="Begin here",
        )
    connection = await pairing.finish_crm(
        crm, session=visitor.token, state=returned.get("state", ""), code=returned["code"]
    )
    proven = await session.prove(visitor, connection.id, database, at=clock())
    return notices.back_to(connection, cookies=[session.cookie(proven, public_url=public_url)])


@post("/connections/{connection_uuid:uuid}/quickbooks")
async def connect_quickbooks(
    pressed: Given[connections.Connection],
    visitor: Given[session.Visitor],
    pairing: Given[Pairing],
) -> Redirect:
    """Off to Intuit's log-in, for this connection."""
    address = await pairing.begin_quickbooks(pressed.id, session=visitor.token)
    return Redirect(address, status_code=303)


@get("/oauth/quickbooks/callback")
async def quickbooks_callback(
    request: Request[Any, Any, Any],
    visitor: Given[session.Visitor],
    pairing: Given[Pairing],
    database: Given[Database],
) -> Response[Any]:
    """Back from Intuit's log-in, with the company that was chosen there."""
    returned = request.query_params
    if not returned.get("code"):
        return await _not_accepted(visitor, database, again="/")
    connection = await pairing.finish_quickbooks(
        session=visitor.token,
        state=returned.get("state", ""),
        code=returned["code"],
        realm_id=returned.get("realmId", ""),
    )
    return notices.back_to(connection)


def router() -> Router:
    """All of it."""
    return Router(
        "/",
        route_handlers=[
            connect_crm,
            connect_crm_by_token,
            crm_callback,
            connect_quickbooks,
            quickbooks_callback,
        ],
    )


async def _not_accepted(visitor: session.Visitor, database: Database, *, again: str) -> Response[Any]:
    """Back on the page with a plain message (R3); a visitor who has no page yet gets one with a link to try again."""
    number = visitor.connection
    if number is None:
        return errors.page(
            "Not connected", notices.NOTICES[notices.NOT_ACCEPTED], href=again, words="Try again"
        )
    connection = await database.read(lambda tx: connections.get(tx, number))
    return notices.back_to(connection, notice=notices.NOT_ACCEPTED)
