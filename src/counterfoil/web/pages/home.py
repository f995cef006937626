"""The front door: what this is, and the first step."""

from __future__ import annotations

from litestar import get
from litestar.response import Redirect, Template

from counterfoil.engine.connect import Pairing
from counterfoil.store import connections
from counterfoil.store.database import Database
from counterfoil.web import session
from counterfoil.web.given import Given

TITLES = {"highlevel": "HighLevel"}
"""How a CRM writes its own name, by the name of its connector."""


@get("/")
async def show(
    visitor: Given[session.Visitor], database: Given[Database], pairing: Given[Pairing]
) -> Template | Redirect:
    """The visitor's connection when there is one, else the invitation to connect."""
    number = visitor.connection
    if number is not None:
        known = await database.read(lambda tx: connections.get(tx, number))
        return Redirect(f"/connections/{known.uuid}", status_code=303)
    crms = tuple((name, TITLES.get(name, name)) for name in pairing.crms)
    return Template("home.html", context={"crms": crms})
