"""The operator's bearer token."""

from __future__ import annotations

import secrets
from typing import Any

from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException, NotFoundException
from litestar.handlers import BaseRouteHandler
from litestar.types import Guard


def operator_only(operator_token: str) -> Guard:
    """Lets through who shows this token; when it is empty, nobody, and nothing tells that there is anything."""

    def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        if not operator_token:
            raise NotFoundException
        scheme, _, shown = connection.headers.get("authorization", "").partition(" ")
        genuine = secrets.compare_digest(shown.strip().encode(), operator_token.encode())
        if scheme.lower() != "bearer" or not genuine:
            raise NotAuthorizedException(
                "This needs the operator's token: Authorization: Bearer <token>.",
                headers={"WWW-Authenticate": 'Bearer realm="counterfoil"'},
            )

    return guard
