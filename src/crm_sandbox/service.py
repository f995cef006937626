"""What the imitated API, the pages and the control API have in common: the location with all that stands around it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from crm_sandbox.limits import Limits
from crm_sandbox.location.location import Location
from crm_sandbox.location.switches import Switches
from crm_sandbox.tokens import Level, Tokens
from crm_sandbox.webhooks import Webhooks
from sandbox_kit.clock import Clock
from sandbox_kit.ids import Ids


@dataclass
class Service:
    """One running stand-in; `location` is exchanged for a new one by a reset."""

    location: Location
    tokens: Tokens
    limits: Limits
    webhooks: Webhooks
    clock: Clock
    ids: Ids
    switches: Switches
    base_url: Callable[[], str]
    reset: Callable[[str | None], None]
    save: Callable[[], None]

    def commit(self) -> None:
        """After every change: what happened goes to the postman, and to the file when there is one."""
        for event in self.location.take_events():
            self.webhooks.deliver(event, self.location.id)
        self.save()

    def installed(self, level: Level) -> None:
        """Tells the app that it was installed: for an agency once for the company and once for each location (2.9)."""
        state, tokens = self.location.state, self.tokens.state
        shared: dict[str, Any] = {
            "versionId": tokens.version_id,
            "companyId": state.company_id,
            "planId": tokens.plan_id,
            "trial": {"onTrial": False},
        }
        if level == "Company":
            self.webhooks.lifecycle("INSTALL", {"installType": "Company", **shared})
        siblings = [each.id for each in tokens.siblings] if level == "Company" else []
        for location_id in (state.location_id, *siblings):
            body = {"installType": "Location", "locationId": location_id, **self._installation(), **shared}
            self.webhooks.lifecycle("INSTALL", body)

    def appeared(self) -> None:
        """An agency's app comes into a location made later: told without user and company (reference 2.5, 11.6)."""
        tokens = self.tokens.state
        self.tokens.install(tokens.installed_scope)
        self.webhooks.lifecycle(
            "INSTALL",
            {
                "installType": "Location",
                "locationId": self.location.state.location_id,
                "versionId": tokens.version_id,
                "planId": tokens.plan_id,
                "trial": {"onTrial": False},
            },
        )

    def updated(self) -> None:
        """The app gets a new version in this location, and is told (reference 11.6)."""
        state, tokens = self.location.state, self.tokens.state
        previous, tokens.version_id = tokens.version_id, self.location.desk.new_id()
        self.webhooks.lifecycle(
            "UPDATE",
            {
                **self._installation(),
                "locationId": state.location_id,
                "companyId": state.company_id,
                "planId": tokens.plan_id,
                "trial": {"onTrial": False},
                "previousVersionId": previous,
            },
        )

    def uninstall(self, level: Level = "Location") -> None:
        """The app is removed from the location, or from the whole agency: its tokens die, then it is told."""
        self.tokens.uninstall()
        state = self.location.state
        whose = {"locationId": state.location_id} if level == "Location" else {"companyId": state.company_id}
        self.webhooks.lifecycle("UNINSTALL", whose)

    def _installation(self) -> dict[str, Any]:
        """What the app is told about who installed it."""
        domain = self.tokens.state.whitelabel_domain
        label = {"domain": domain, "logoUrl": f"https://{domain}/logo.png"} if domain else {}
        return {
            "userId": self.location.state.user_id,
            "companyName": "Harbour Agency",
            "isWhitelabelCompany": domain is not None,
            "whitelabelDetails": label,
        }
