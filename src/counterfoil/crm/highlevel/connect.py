"""HighLevel as an installable connector: which settings it wants, and what it makes of them."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Mapping

from counterfoil.crm import port
from counterfoil.crm.connectors import Connected, Surroundings
from counterfoil.crm.highlevel import addresses, custom_page, oauth
from counterfoil.crm.highlevel.door import HighLevelDoor
from counterfoil.crm.highlevel.private import PrivateDoor
from counterfoil.crm.highlevel.webhooks import PUBLISHED_KEY, HighLevelNotices, keys

_APP = {
    "client_id": "the client id of your app at HighLevel",
    "client_secret": "the client secret of your app at HighLevel",
}
_PRIVATE = {
    "private_token": "a private integration token of the location",
    "location_id": "the id of the location that the private token belongs to",
}


class HighLevelConnector:
    """See `connectors.Connector`. A private token in the settings takes the place of the marketplace app."""

    def problems(self, options: Mapping[str, str]) -> tuple[str, ...]:
        """See `connectors.Connector.problems`."""
        private = any(name in options for name in _PRIVATE)
        found = [
            f"COUNTERFOIL_HIGHLEVEL_{name.upper()} is not set: {what}."
            for name, what in (_PRIVATE if private else _APP).items()
            if name not in options
        ]
        if private and any(name in options for name in _APP):
            found.append(
                "COUNTERFOIL_HIGHLEVEL_PRIVATE_TOKEN and COUNTERFOIL_HIGHLEVEL_CLIENT_ID are two ways of "
                "connecting; set only one of them."
            )
        bad = custom_page.malformed(options.get("frame_ancestors", ""))
        if bad:
            found.append(
                "COUNTERFOIL_HIGHLEVEL_FRAME_ANCESTORS must be origins such as https://crm.example.com, separated by "
                f"spaces; not readable: {', '.join(bad)}."
            )
        webhook_keys = keys(options.get("webhook_key", PUBLISHED_KEY))
        if not webhook_keys or not all(map(_is_key, webhook_keys)):
            found.append(
                "COUNTERFOIL_HIGHLEVEL_WEBHOOK_KEY must be an Ed25519 public key, 32 bytes in base64, or several "
                "of them separated by spaces."
            )
        if "install_url" in options and not addresses.is_web_address(options["install_url"]):
            found.append(
                "COUNTERFOIL_HIGHLEVEL_INSTALL_URL must be a web address, the app's installation link."
            )
        return tuple(found)

    def connect(self, surroundings: Surroundings) -> Connected:
        """See `connectors.Connector.connect`."""
        options = surroundings.options
        where = addresses.for_base(options.get("base_url", ""), install_url=options.get("install_url", ""))
        door: port.Door
        notices: HighLevelNotices | None = None
        page: custom_page.HighLevelPage | None = None
        if "private_token" in options:
            door = PrivateDoor(
                http=surroundings.http,
                addresses=where,
                clock=surroundings.clock,
                sleep=surroundings.sleep,
                jitter=surroundings.jitter,
                token=options["private_token"],
                location_id=options["location_id"],
            )
        else:
            door = HighLevelDoor(
                http=surroundings.http,
                addresses=where,
                clock=surroundings.clock,
                sleep=surroundings.sleep,
                jitter=surroundings.jitter,
                app=oauth.App(options["client_id"], options["client_secret"]),
            )
            notices = HighLevelNotices(
                public_key_base64=options.get("webhook_key", PUBLISHED_KEY), app_id=options["client_id"]
            )
            if "shared_secret" in options:
                page = custom_page.HighLevelPage(
                    options["shared_secret"], framers=custom_page.origins(options.get("frame_ancestors", ""))
                )
        return Connected(door=door, notices=notices, page=page, title="HighLevel", address=where.api)


def _is_key(text: str) -> bool:
    try:
        return len(b64decode(text, validate=True)) == 32
    except (binascii.Error, ValueError):
        return False


CONNECTOR = HighLevelConnector()
