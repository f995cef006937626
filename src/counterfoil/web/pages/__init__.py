"""The pages that people see: a handler, a frozen view made by a pure function, a template."""

from __future__ import annotations

from litestar import Router

from counterfoil.web.pages import connection, disconnect, home, record, reviews


def router() -> Router:
    """All pages."""
    shown = [home.show, connection.show, disconnect.show, record.show, reviews.show]
    return Router("/", route_handlers=[*shown, disconnect.carry_out, reviews.change])
