"""Connectors by name: whatever is installed and announces itself in the entry-point group `counterfoil.crm`.

Nothing of a connector is imported before it is asked for by its name.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from typing import TYPE_CHECKING, Protocol

from counterfoil import times
from counterfoil.crm import port

if TYPE_CHECKING:
    import httpx

GROUP = "counterfoil.crm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a connector works with. `jitter` gives numbers in [0, 1)."""

    http: httpx.AsyncClient
    """Shared with others; carries no cookies and follows no redirects."""
    clock: times.Clock
    sleep: Callable[[float], Awaitable[None]]
    jitter: Callable[[], float]
    options: Mapping[str, str] = field(repr=False)
    """What the operator has set: `base_url` is COUNTERFOIL_HIGHLEVEL_BASE_URL for the connector `highlevel`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """A connector that is ready: the way in, the reader of its webhooks, and where its API is."""

    door: port.Door
    notices: port.Notices | None
    """None: there are no webhooks, and everything is found by asking."""
    page: port.CustomPage | None = None
    """None: the CRM shows no page of ours inside its own."""
    title: str
    """The CRM's name for people."""
    address: str
    """Base URL of its API, which an operator's check can try to reach."""


class Connector(Protocol):
    """What an entry point leads to, under the name that stands in settings, paths and tables."""

    def problems(self, options: Mapping[str, str]) -> tuple[str, ...]:
        """What is missing or malformed in the operator's settings, as sentences; never a value of them."""
        ...

    def connect(self, surroundings: Surroundings) -> Connected:
        """The connector with these settings, in which there are no problems. Calls nobody."""
        ...


class NotInstalled(LookupError):
    """No installed package announces a connector of this name; the message says which there are."""


def find(name: str) -> Connector:
    """The connector of this name. Raises NotInstalled."""
    found = metadata.entry_points(group=GROUP)
    if name not in found.names:
        known = ", ".join(sorted(found.names)) or "none"
        raise NotInstalled(f"There is no CRM connector named {name}; installed: {known}.")
    connector: Connector = found[name].load()
    return connector
