"""Back to the page of a connection, perhaps with one line for the person who looks at it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from litestar.datastructures import Cookie
from litestar.response import Redirect

from counterfoil.store import connections

NOT_ACCEPTED = "not-accepted"
NOT_CHECKED = "not-checked"
SAVED = "saved"

NOTICES: Mapping[str, str] = {
    SAVED: "Saved.",
    NOT_CHECKED: "Not started: the CRM could not be asked just now whether another connector posts its sales. Try again in a minute.",
    NOT_ACCEPTED: "Nothing was connected, because the permissions were not accepted. You can try again at any time.",
}
"""The name in the address (`?notice=…`) → the sentence on the page; a name that is not here shows nothing."""


def back_to(
    connection: connections.Connection, *, notice: str = "", cookies: Sequence[Cookie] = ()
) -> Redirect:
    """See Other: the page of this connection."""
    path = f"/connections/{connection.uuid}"
    return Redirect(f"{path}?notice={notice}" if notice else path, status_code=303, cookies=cookies)
