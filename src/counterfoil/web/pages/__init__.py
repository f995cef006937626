"""The pages that people see: a handler, a frozen view made by a pure function, a template."""

from __future__ import annotations

from litestar import Router

from counterfoil.web.pages import connection, home, record, reviews


def router() -> Router:
    """All pages."""
    return Router("/", route_handlers=[home.show, connection.show, record.show, reviews.show, reviews.change])
