"""Structured logs: one JSON object a line, an event name and ids, never secrets or personal data."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

NEVER = frozenset(
    {"token", "access_token", "refresh_token", "client_secret", "authorization", "code", "state", "body"}
    | {"email", "phone", "name", "address"}
)
"""Keys whose values are replaced wherever they turn up in a log line."""


def hide(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor that replaces the values of `NEVER`."""
    for key in event.keys() & NEVER:
        event[key] = "(hidden)"
    return event


def configure(*, level: str = "info", pretty: bool = False) -> None:
    """Send logs to standard error; `pretty` is for a person at a terminal."""
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if pretty else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            hide,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )
    # The HTTP client logs addresses, and addresses may hold ids of people; its own log says nothing more than ours.
    logging.getLogger("httpx").setLevel(logging.WARNING)
