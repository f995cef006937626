"""One-line messages that a redirect leaves for the page of a connection: `?notice=<name>`."""

from __future__ import annotations

from collections.abc import Mapping

NOT_ACCEPTED = "not-accepted"

NOTICES: Mapping[str, str] = {
    NOT_ACCEPTED: "Nothing was connected, because the permissions were not accepted. You can try again at any time.",
}
"""The name in the address → the sentence; names that are not here are not shown."""
