"""Is the service well, and how is its schedule doing?"""

from __future__ import annotations

from typing import Any

import structlog
from litestar import Response, get

from counterfoil.engine.schedule.port import Engine, EngineStats
from counterfoil.store import work
from counterfoil.store.database import Database
from counterfoil.web import errors
from counterfoil.web.given import Given

log = structlog.get_logger(__name__)


@get("/health", tags=["Service"])
async def health(database: Given[Database]) -> Response[dict[str, Any]]:
    """Whether the service answers and can read its database; needs no token."""
    try:
        await database.read(lambda tx: work.one(tx, 0))
    except Exception as error:
        # Any reason is the same answer: this process cannot do its work now.
        log.warning("health.failed", error=type(error).__name__)
        return errors.problem(
            errors.Problem(status=503, title="Unwell", sentence="The database cannot be read.")
        )
    return Response({"status": "ok"})


@get("/schedule", tags=["Service"])
async def schedule_stats(schedule: Given[Engine]) -> EngineStats:
    """How many connections wait, run or were given up, and since when the oldest waits."""
    return await schedule.stats()
