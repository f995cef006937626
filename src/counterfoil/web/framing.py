"""Who may show our pages inside their own: the CRMs that have a custom page, and their agencies' domains."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from litestar import Request
from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

from counterfoil.crm import port

POLICY = "content-security-policy"
_ALLOWED = "framers"


def allow(request: Request[Any, Any, Any], domains: Iterable[str]) -> None:
    """The answer to this request may also be framed by pages of these domains (names, without a scheme)."""
    request.state[_ALLOWED] = tuple(f"https://{domain}" for domain in domains)


def header(custom_pages: Mapping[str, port.CustomPage]) -> Callable[[Message, Scope], Awaitable[None]]:
    """The hook that says it in every answer.

    Nothing about form-action: the answer to a form redirects to Intuit, which that would forbid.
    """
    everywhere = tuple(dict.fromkeys(origin for page in custom_pages.values() for origin in page.framers))

    async def say(message: Message, scope: Scope) -> None:
        if message["type"] != "http.response.start":
            return
        framers = " ".join(("'self'", *everywhere, *scope.get("state", {}).get(_ALLOWED, ())))
        MutableScopeHeaders.from_message(message).setdefault(
            POLICY, f"default-src 'self'; frame-ancestors {framers}; base-uri 'none'; object-src 'none'"
        )

    return say
