"""The consent page: who asks, for what, and for which location."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crm_sandbox.pages.site import Show

_CARRIED = ("response_type", "client_id", "redirect_uri", "scope", "state")


def page(query: Mapping[str, str], path: str, scopes: Sequence[str]) -> Show:
    """Asks for a location; the form carries the request's own members on."""
    carried = [(name, query[name]) for name in _CARRIED if name in query]
    return Show("consent.html", {"path": path, "scopes": scopes, "carried": carried})


def refused(why: str) -> Show:
    """The request for consent cannot be shown."""
    return Show("refused.html", {"why": why}, 400)
