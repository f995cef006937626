"""Turns templates into pages: amounts, quantities and days in the notation of people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from importlib.resources import files
from typing import Any

import jinja2
from starlette.responses import Response

from quickbooks_sandbox.company.kinds import CompanyKind
from sandbox_kit.notation import Notation

_TONES: Mapping[str, str] = {
    **dict.fromkeys(("Paid", "Applied", "Deposited", "Accepted"), "good"),
    **dict.fromkeys(("Part paid", "Partly applied", "Unapplied", "Pending"), "wait"),
    **dict.fromkeys(("Overdue", "Rejected"), "bad"),
}


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
        self._templates.filters |= {"money": money, "figure": figure, "tone": tone}

    def show(self, name: str, shown: Mapping[str, Any], status: int = 200) -> Response:
        """The page of a template; it may not be kept or framed.

        The referrer stays within the sandbox: with ``no-referrer`` browsers would send ``Origin: null`` with forms, and
        a form of this site could not be told from a foreign one.
        """
        headers = {
            "cache-control": "no-store",
            "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'",
            "referrer-policy": "same-origin",
            "x-content-type-options": "nosniff",
        }
        text = self._templates.get_template(name).render(shown)
        return Response(text, status, headers, media_type="text/html")


def asset(name: str, media_type: str) -> Response:
    """A file beside the templates: the style sheet and the icon."""
    text = files("quickbooks_sandbox.pages").joinpath("templates", name).read_text("utf-8")
    return Response(text, media_type=media_type, headers={"cache-control": "no-cache"})


def money(value: Decimal | int) -> str:
    """1,234.50, with a minus sign that cannot be taken for a hyphen."""
    return f"{Decimal(value):,.2f}".replace("-", "−")


def figure(value: Decimal | int | None) -> str:
    """A number as a form field holds it: 120, 9.5, and nothing for none."""
    return "" if value is None else f"{Decimal(value).normalize():f}"


def in_words(kind: CompanyKind) -> dict[str, Any]:
    """What templates call: `day` of a day as the API writes it, `cash` of an amount, in the notation of the company's country."""
    notation = Notation(kind.country, kind.zone)

    def day(text: str) -> str:
        return notation.day(datetime.fromisoformat(text))

    def cash(amount: Decimal | int, currency: str = kind.currency) -> str:
        return notation.money(Decimal(amount), currency)

    return {"day": day, "cash": cash}


def tone(state: str) -> str:
    """In which colour a state is shown: good, wait, bad or plain."""
    return _TONES.get(state, "plain")
