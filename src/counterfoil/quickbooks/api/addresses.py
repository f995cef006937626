"""Where QuickBooks Online is found: Intuit's log-in page, token and revocation endpoints, and the API (reference 2.1)."""

from __future__ import annotations

from dataclasses import dataclass

_AUTHORIZE = "/connect/oauth2"
_TOKEN = "/oauth2/v1/tokens/bearer"  # noqa: S105 - a path, no secret
_REVOKE = "/v2/oauth2/tokens/revoke"
_API = "/v3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Whole URLs. `api` ends with the version and has no slash after it: the company's path follows."""

    authorize: str
    token: str
    revoke: str
    api: str


INTUIT_PRODUCTION = Addresses(
    authorize=f"https://appcenter.intuit.com{_AUTHORIZE}",
    token=f"https://oauth.platform.intuit.com{_TOKEN}",
    revoke=f"https://developer.api.intuit.com{_REVOKE}",
    api=f"https://quickbooks.api.intuit.com{_API}",
)
"""Real companies, with an app's production keys."""

INTUIT_SANDBOX = Addresses(
    authorize=INTUIT_PRODUCTION.authorize,
    token=INTUIT_PRODUCTION.token,
    revoke=INTUIT_PRODUCTION.revoke,
    api=f"https://sandbox-quickbooks.api.intuit.com{_API}",
)
"""Intuit's test companies, with an app's development keys; only the API has another host."""


def for_base(base_url: str) -> Addresses:
    """Intuit's paths on one base, for a server that keeps all of them together (`http://localhost:8081`)."""
    base = base_url.rstrip("/")
    return Addresses(authorize=base + _AUTHORIZE, token=base + _TOKEN, revoke=base + _REVOKE, api=base + _API)
