"""All settings, read once from the environment, frozen from then on.

Every variable begins with `COUNTERFOIL_`. What is missing or malformed is said in one list, so that an operator mends
everything in one go.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from counterfoil.crm import connectors


class SettingsError(Exception):
    """Something in the environment is missing or malformed; the message says what, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppCredentials:
    """Client id and secret of an app that the operator registered at Intuit."""

    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an operator decides. Times are in seconds."""

    public_url: str
    """Where browsers and webhooks reach this service; redirect URIs are made from it. No slash at the end."""

    database_url: str = "sqlite:///counterfoil.sqlite3"
    """SQLite by default: nothing to install. `postgresql://…` where many connections share one service."""

    secret_keys: tuple[str, ...] = field(repr=False)
    """Fernet keys that seal tokens; the first seals, all open. Put a new one in front to rotate."""

    quickbooks: AppCredentials
    quickbooks_base_url: str = ""
    """Empty: Intuit's production addresses. Otherwise one base URL for authorisation, tokens and API."""
    quickbooks_environment: str = "production"
    """`production` or `sandbox` (Intuit's), when no base URL is given."""
    quickbooks_webhook_verifier: str = field(default="", repr=False)
    quickbooks_calls_per_second: int = 10
    quickbooks_calls_per_minute: int = 500
    """Intuit's limits for one company. All its apps share the minute: lower it where others are busy too (R73)."""

    crms: Mapping[str, Mapping[str, str]] = field(repr=False)
    """The CRM connectors to load, each with what is set for it: `base_url` of `highlevel` is
    COUNTERFOIL_HIGHLEVEL_BASE_URL."""

    operator_token: str = field(default="", repr=False)
    """Bearer token of the operator's API; empty switches that API off."""

    skip_preview: bool = False
    """Start syncing as soon as both sides are connected, without the preview of R8."""

    poll_every_seconds: float = 240.0
    """How often both sides are asked for what was missed. Below five minutes, so that R51 holds without webhooks."""
    poll_quickbooks_with_webhooks_every_seconds: float = 3600.0
    """The same for QuickBooks' metered change feed once webhooks arrive: an hour, because each one costs a read."""

    host: str = "127.0.0.1"
    port: int = 8700


_REQUIRED = {
    "COUNTERFOIL_PUBLIC_URL": "the address under which browsers reach this service",
    "COUNTERFOIL_SECRET_KEYS": "one or more keys made by `counterfoil keys`, separated by commas",
    "COUNTERFOIL_QUICKBOOKS_CLIENT_ID": "the client id of your app at Intuit",
    "COUNTERFOIL_QUICKBOOKS_CLIENT_SECRET": "the client secret of your app at Intuit",
}


def from_environment(environment: Mapping[str, str]) -> Settings:
    """The settings of this environment. Raises SettingsError with every problem at once."""
    problems = [
        f"{name} is not set: {what}." for name, what in _REQUIRED.items() if not environment.get(name)
    ]
    public_url = environment.get("COUNTERFOIL_PUBLIC_URL", "").rstrip("/")
    if public_url and urlsplit(public_url).scheme not in {"http", "https"}:
        problems.append("COUNTERFOIL_PUBLIC_URL must begin with https:// (or http:// on this machine).")
    where = environment.get("COUNTERFOIL_QUICKBOOKS_ENVIRONMENT", "production")
    if where not in {"production", "sandbox"}:
        problems.append("COUNTERFOIL_QUICKBOOKS_ENVIRONMENT must be production or sandbox.")
    poll_every = _positive(environment, "COUNTERFOIL_POLL_EVERY_SECONDS", 240.0, problems)
    poll_slowly = _positive(environment, "COUNTERFOIL_POLL_QUICKBOOKS_EVERY_SECONDS", 3600.0, problems)
    per_second = _positive(environment, "COUNTERFOIL_QUICKBOOKS_CALLS_PER_SECOND", 10, problems)
    per_minute = _positive(environment, "COUNTERFOIL_QUICKBOOKS_CALLS_PER_MINUTE", 500, problems)
    port = _positive(environment, "COUNTERFOIL_PORT", 8700, problems)
    crms = _crms(environment, problems)
    if problems:
        raise SettingsError("\n".join(problems))
    return Settings(
        public_url=public_url,
        database_url=environment.get("COUNTERFOIL_DATABASE_URL", "sqlite:///counterfoil.sqlite3"),
        secret_keys=tuple(
            key.strip() for key in environment["COUNTERFOIL_SECRET_KEYS"].split(",") if key.strip()
        ),
        quickbooks=_credentials(environment, "QUICKBOOKS"),
        quickbooks_base_url=environment.get("COUNTERFOIL_QUICKBOOKS_BASE_URL", "").rstrip("/"),
        quickbooks_environment=where,
        quickbooks_webhook_verifier=environment.get("COUNTERFOIL_QUICKBOOKS_WEBHOOK_VERIFIER", ""),
        quickbooks_calls_per_second=int(per_second),
        quickbooks_calls_per_minute=int(per_minute),
        crms=crms,
        operator_token=environment.get("COUNTERFOIL_OPERATOR_TOKEN", ""),
        skip_preview=environment.get("COUNTERFOIL_SKIP_PREVIEW", "") in {"1", "true", "yes"},
        poll_every_seconds=poll_every,
        poll_quickbooks_with_webhooks_every_seconds=poll_slowly,
        host=environment.get("COUNTERFOIL_HOST", "127.0.0.1"),
        port=int(port),
    )


def _crms(environment: Mapping[str, str], problems: list[str]) -> dict[str, dict[str, str]]:
    """The settings of each connector by its own names; it says itself what is wrong with them."""
    found: dict[str, dict[str, str]] = {}
    for name in environment.get("COUNTERFOIL_CRMS", "highlevel").replace(",", " ").split():
        prefix = f"COUNTERFOIL_{name.upper().replace('-', '_')}_"
        found[name] = {
            variable.removeprefix(prefix).lower(): value
            for variable, value in environment.items()
            if variable.startswith(prefix) and value
        }
        try:
            problems += connectors.find(name).problems(found[name])
        except connectors.NotInstalled as error:
            problems.append(f"COUNTERFOIL_CRMS: {error}")
    if not found:
        problems.append("COUNTERFOIL_CRMS must name at least one CRM connector.")
    return found


def _credentials(environment: Mapping[str, str], bank: str) -> AppCredentials:
    return AppCredentials(
        client_id=environment[f"COUNTERFOIL_{bank}_CLIENT_ID"],
        client_secret=environment[f"COUNTERFOIL_{bank}_CLIENT_SECRET"],
    )


def _positive(environment: Mapping[str, str], name: str, default: float, problems: list[str]) -> float:
    try:
        number = float(environment.get(name, default))
    except ValueError:
        number = -1
    if number <= 0:
        problems.append(f"{name} must be a number greater than zero.")
    return number
