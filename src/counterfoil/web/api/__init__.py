"""The operator's REST API, at /api/v1: what the pages show, for programs. Its description is /api/openapi.json."""

from __future__ import annotations

from litestar import Router
from litestar.openapi.spec import SecurityRequirement

from counterfoil.web.api import connections, health, records
from counterfoil.web.api.operator import operator_only

BEARER: SecurityRequirement = {"operator": []}


def router(operator_token: str) -> Router:
    """All of it. With an empty token everything but the health check is switched off."""
    for_operators = Router(
        "/",
        route_handlers=[*connections.HANDLERS, *records.HANDLERS, health.schedule_stats],
        guards=[operator_only(operator_token)],
        security=[BEARER],
    )
    return Router("/api/v1", route_handlers=[health.health, for_operators], include_in_schema=True)
