"""Webhooks: a flat body, signed over its bytes, posted to one address per event (reference 11)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from crm_sandbox import answers
from crm_sandbox.location.desk import Event
from crm_sandbox.location.switches import Switches
from crm_sandbox.tokens import TokenState
from sandbox_kit.clock import Clock
from sandbox_kit.ids import Ids
from sandbox_kit.postman import Delivery, Postman

RETRIES = 12
FIRST_PAUSE_SECONDS = 10.0
_WITHOUT_TYPE = ("Invoice", "Product", "Price")
_NEEDS: Mapping[str, str] = MappingProxyType(
    {
        "Contact": "contacts.readonly",
        "Invoice": "invoices.readonly",
        "Order": "payments/orders.readonly",
        "Product": "products.readonly",
        "Price": "products/prices.readonly",
    }
)
"""Scope by the beginning of an event's name: documented for contacts, assumed for the others (reference 2.7)."""


def pauses(ids: Ids) -> tuple[float, ...]:
    """Seconds before each of the 12 retries: doubling, up to a quarter off (reference 11.4; the original's are unknown)."""
    return tuple(FIRST_PAUSE_SECONDS * 2**n * (0.75 + ids.chance() / 2) for n in range(RETRIES))


class Webhooks:
    """Turns events into signed letters. Without an address, or with the app not installed, nothing goes out."""

    def __init__(
        self,
        url: str | None,
        credentials: TokenState,
        postman: Postman,
        clock: Clock,
        ids: Ids,
        switches: Switches,
    ) -> None:
        self.url = url
        self._credentials = credentials
        self._postman = postman
        self._clock = clock
        self._ids = ids
        self._switches = switches
        self._key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(credentials.signing_seed))

    @property
    def public_key(self) -> str:
        """The 32 bytes that signatures are checked with, base64."""
        raw = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return base64.b64encode(raw).decode()

    def deliver(self, event: Event, location_id: str) -> None:
        """Posts what happened in the location to the address of its event, when the app may know of it."""
        granted = self._credentials.installed_scope.split()
        needed = next(scope for what, scope in _NEEDS.items() if event.name.startswith(what))
        if not self._credentials.installed or needed not in granted:
            return
        envelope: dict[str, Any] = {"type": event.name, "locationId": location_id}
        if not self._switches.invoice_events_have_type and event.name.startswith(_WITHOUT_TYPE):
            del envelope["type"]
            if event.name.startswith("Invoice"):
                del envelope["locationId"]
        envelope |= {"appId": self._credentials.app_id, "versionId": self._credentials.version_id}
        self._post(f"/{event.name}", {**envelope, **event.body, "timestamp": event.at})

    def lifecycle(self, name: str, body: dict[str, Any]) -> None:
        """Posts an event of the app's life to the default address (reference 2.9, 11.6)."""
        self._post(
            "", {"type": name, "appId": self._credentials.app_id, **body, "timestamp": self._clock.now()}
        )

    def tell(self, url: str, body: dict[str, Any]) -> None:
        """Posts to an address of the app's own, unsigned, as the workflow module does (reference 14.1)."""
        self._postman.post(url, answers.encode(body), {"Content-Type": "application/json"})

    def log(self) -> list[Delivery]:
        """Everything that was posted and its fate so far, oldest first."""
        return self._postman.deliveries()

    def resend(self, delivery_id: str) -> None:
        """Posts the same bytes once more, with the same webhookId (reference 11.4). Raises KeyError."""
        self._postman.resend(delivery_id)

    def sign(self, raw: bytes) -> str:
        """The signature over a raw body, base64."""
        return base64.b64encode(self._key.sign(raw)).decode()

    def _post(self, path: str, body: dict[str, Any]) -> None:
        if self.url is None:
            return
        raw = answers.encode({**body, "webhookId": self._ids.uuid()})
        headers = {"Content-Type": "application/json", "X-GHL-Signature": self.sign(raw)}
        self._postman.post(self.url.rstrip("/") + path, raw, headers)
