"""Turns templates into pages: one location's money, days and instants in its own notation."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import jinja2
from starlette.responses import Response

from crm_sandbox.location.kinds import Kind
from sandbox_kit.notation import Notation

NOTICES: Mapping[str, str] = MappingProxyType(
    {
        "created": "Created.",
        "saved": "Saved.",
        "deleted": "Deleted.",
        "merged": "The contacts are one now.",
        "sent": "Sent. What would have gone out is in the outbox.",
        "marked": "Marked as sent.",
        "recorded": "The payment is recorded.",
        "voided": "The invoice is void.",
        "refunded": "Refunded.",
        "settled": "The payment is settled.",
        "renewed": "The subscription was charged.",
        "declined": "The card was declined; the attempt is in the transactions.",
        "processing": "The charge is pending; settle it on its transaction.",
        "resent": "Sent again, with the same body.",
        "canceled": "The subscription is canceled.",
        "enrolled": "The contact is in the workflow.",
        "uninstalled": "The app is removed. Its tokens no longer work.",
        "updated": "The app has a new version; it was told.",
    }
)
_STATES: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("paid", "succeeded", "completed", "active", "published", "delivered"), "good"),
        **dict.fromkeys(
            ("pending", "payment_processing", "partially_paid", "trialing", "sent", "waiting"), "wait"
        ),
        **dict.fromkeys(("failed", "unpaid", "void", "canceled", "given up", "lost"), "bad"),
    }
)


class Pages:
    """The templates beside this module, escaped by default."""

    def __init__(self) -> None:
        self._templates = jinja2.Environment(
            loader=jinja2.PackageLoader("crm_sandbox.pages"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {
            "figure": figure,
            "plainly": plainly,
            "state": state_of,
        }

    def show(
        self, name: str, view: Mapping[str, Any], kind: Kind, *, status: int = 200, frames: str = "'none'"
    ) -> Response:
        """The page of a template for a location of this kind; `frames` is the origin that it may frame."""

        words = notation_of(kind)
        shown = {"kind": kind, "money": words.money, "day": words.day, "moment": words.moment, **view}
        headers = {
            "cache-control": "no-store",
            "content-security-policy": (
                f"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
                f"frame-src {frames}; frame-ancestors 'self'"
            ),
            "referrer-policy": "no-referrer",
        }
        text = self._templates.get_template(name).render(shown)
        return Response(text, status, headers, media_type="text/html")


def asset(name: str, media_type: str) -> Response:
    """A file beside the templates: the style sheet and the one script."""
    text = files("crm_sandbox.pages").joinpath("templates", name).read_text(encoding="utf-8")
    return Response(text, media_type=media_type, headers={"cache-control": "no-cache"})


def notation_of(kind: Kind) -> Notation:
    """How a location of this kind writes money, days and instants."""
    return Notation(kind.country, kind.timezone)


def figure(number: Decimal) -> str:
    """A number as a form field holds it: 120, 9.5."""
    return f"{Decimal(number).normalize():f}"


def plainly(word: str) -> str:
    """A word of the API as people write it: partially_paid is "Partially paid"."""
    return word.replace("_", " ").capitalize()


def state_of(status: str) -> str:
    """The tone in which a status is shown: good, wait, bad or plain."""
    return _STATES.get(status, "plain")
