"""The pages that people see."""

from __future__ import annotations

from litestar import Router


def router() -> Router:
    """All pages."""
    return Router("/", route_handlers=[])
