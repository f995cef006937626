"""The consent page: who asks, for what, and for which location."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from crm_sandbox.location.location import Location
from crm_sandbox.pages import frame

_CARRIED = ("response_type", "client_id", "redirect_uri", "scope", "state")


def page(location: Location, query: Mapping[str, str], path: str, scopes: Sequence[str]) -> str:
    """Asks for a location; the form carries the request's own members on."""
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(query[name])}">'
        for name in _CARRIED
        if name in query
    )
    kind = location.kind
    content = f"""
<div class="card"><h1>Install the app</h1>
<p>The app asks for {len(scopes)} permissions. Where should it be installed?</p>
<form method="post" action="{escape(path)}">{hidden}
<label><input type="radio" name="level" value="Location" checked>
 {escape(kind.company)}, {escape(kind.city)} <span class="quiet">({escape(location.id)})</span></label>
<label><input type="radio" name="level" value="Company">
 The whole agency <span class="quiet">(gives an agency token)</span></label>
<p><button type="submit">Allow and install</button></p></form>
<details><summary>Permissions</summary><p class="quiet">{escape(", ".join(scopes))}</p></details></div>"""
    return frame.page("Install the app", kind.company, content, narrow=True)


def refused(why: str) -> str:
    """The request for consent cannot be shown."""
    content = f'<div class="card"><h1>This link does not work</h1><p>{escape(why)}</p></div>'
    return frame.page("This link does not work", "Install", content, narrow=True)
