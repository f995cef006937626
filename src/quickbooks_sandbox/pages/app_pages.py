"""My apps: which apps the company is connected to, and where a person ends that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from quickbooks_sandbox.company import times
from quickbooks_sandbox.oauth.grants import Grants
from quickbooks_sandbox.pages.site import Go, Row, Sheet, Visit


@dataclass(frozen=True, slots=True)
class App:
    """An app with a living grant: since when, when it last asked for tokens, and what it may do."""

    client_id: str
    since: str
    seen: str
    scopes: tuple[str, ...]


def rows() -> list[Row]:
    """One page, and its one button."""
    return [Row("/apps", _apps), Row("/apps/disconnect", _apps, _disconnect)]


def _apps(visit: Visit) -> Sheet:
    return Sheet("apps.html", {"here": "apps", "apps": apps_of(visit.grants, visit.company.realm_id)})


def apps_of(grants: Grants, realm_id: str) -> list[App]:
    """The apps that are connected to a company, once each however many grants they have."""
    found: dict[str, App] = {}
    for grant, _ in grants.refresh.values():
        if grant.realm_id != realm_id or grant.revoked:
            continue
        app = App(grant.client_id, _day(grant.granted_at), _day(grant.refreshed_at), grant.scopes)
        older = found.get(grant.client_id)
        found[grant.client_id] = (
            app if older is None else App(app.client_id, older.since, app.seen, app.scopes)
        )
    return list(found.values())


def _day(seconds: float) -> str:
    return times.server_day(datetime.fromtimestamp(seconds, UTC)).isoformat()


def _disconnect(visit: Visit) -> Go:
    if not visit.grants.disconnect(visit.company.realm_id):
        raise ValueError("No app is connected, so there is nothing to disconnect.")
    return Go(f"{visit.home}/apps", "disconnected")
