"""Turns templates into pages."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import jinja2
from starlette.responses import Response


class Pages:
    """The templates beside this module, escaped by default."""

    def __init__(self) -> None:
        self._templates = jinja2.Environment(
            loader=jinja2.PackageLoader("quickbooks_sandbox.pages"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["money"] = _money

    def show(self, name: str, shown: Mapping[str, Any], status: int = 200) -> Response:
        """The page of a template; it may not be kept or framed."""
        headers = {
            "cache-control": "no-store",
            "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
            "referrer-policy": "no-referrer",
        }
        text = self._templates.get_template(name).render(shown)
        return Response(text, status, headers, media_type="text/html")


def _money(value: Decimal | int) -> str:
    return f"{Decimal(value):,.2f}"
