"""Settings: the business with its taxes, and the integrations: install, frame and remove the app (reference 2.2, 13)."""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from crm_sandbox import user_context
from crm_sandbox.location.location import Location
from crm_sandbox.pages.listing import page
from crm_sandbox.pages.site import Deed, Go, Look, Row, Show, Visit
from crm_sandbox.service import Service

APP_NAME = "QuickBooks Connect"
VIEWERS: Mapping[str, str] = MappingProxyType(
    {
        "admin": "Administrator",
        "user": "User",
        "agency": "Agency administrator",
        "outside": "Agency administrator, no sub-account open",
    }
)


def rows() -> list[Row]:
    """The pages of settings."""
    here = "/crm/settings/integrations"
    return [
        Look("/crm/settings", _business),
        Look(here, _integrations),
        Deed(f"{here}/app", _listing, _integrations),
        Deed(f"{here}/uninstall", _uninstall, _integrations),
        Deed(f"{here}/update", _update, _integrations),
        Look(f"{here}/quickbooks-connect", _frame),
        Look(f"{here}/webhooks", _webhooks),
        Deed(f"{here}/webhooks/{{id}}/resend", _resend, _webhooks),
    ]


async def context_answer(service: Service, request: Request) -> Response:
    """The encrypted context for the frame's script: who looks is told by `as`."""
    viewer = request.query_params.get("as", "admin")
    salt = bytes.fromhex(service.ids.hex(2 * user_context.SALT_BYTES))
    context = context_of(service.location, viewer)
    payload = user_context.encrypted(context, service.tokens.state.shared_secret, salt)
    return JSONResponse({"payload": payload}, headers={"cache-control": "no-store"})


def context_of(location: Location, viewer: str) -> dict[str, Any]:
    """Who looks, as HighLevel tells the page. An agency's administrator inside a location has activeLocation too."""
    (person,) = location.users()
    context = {
        "userId": person["id"],
        "companyId": location.state.company_id,
        "role": "user" if viewer == "user" else "admin",
        "type": "agency" if viewer in {"agency", "outside"} else "location",
        "activeLocation": location.id,
        "userName": person["name"],
        "email": person["email"],
    }
    return {name: value for name, value in context.items() if (viewer, name) != ("outside", "activeLocation")}


def page_address(template: str, location: Location) -> str:
    """The page's address with HighLevel's placeholders filled (reference 13.1); they are not signed."""
    (person,) = location.users()
    view = location.view()
    names = {
        "first_name": "firstName",
        "last_name": "lastName",
        "name": "name",
        "email": "email",
        "phone": "phone",
    }
    places = {name: name for name in ("id", "name", "country", "address", "city", "state", "email", "phone")}
    places |= {"postal_code": "postalCode", "website": "website", "timezone": "timezone"}
    filled = {f"location.{name}": view[member] for name, member in places.items()}
    for whose in ("user", "location_owner"):
        filled |= {f"{whose}.{name}": person[member] for name, member in names.items()}
    for name, value in filled.items():
        template = template.replace("{{" + name + "}}", urllib.parse.quote(value, safe=""))
    return template


def checked_address(address: str) -> str | None:
    """An http or https address; None for nothing. Raises ValueError."""
    if not address:
        return None
    parts = urllib.parse.urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("An address begins with http:// or https://")
    return address


def _business(visit: Visit) -> Show:
    return Show(
        "settings.html", {"view": visit.location.view(), "taxes": list(visit.location.state.taxes.values())}
    )


def _integrations(visit: Visit) -> Show:
    service = visit.service
    kept = service.tokens.state
    install = None
    if kept.redirect_uri:
        query = {"response_type": "code", "redirect_uri": kept.redirect_uri, "client_id": kept.client_id}
        install = f"/v2/oauth/chooselocation?{urllib.parse.urlencode(query)}"
    return Show(
        "integrations.html",
        {
            "app": APP_NAME,
            "kept": kept,
            "install": install,
            "webhooks_url": service.webhooks.url,
            "public_key": service.webhooks.public_key,
            "private_tokens": [token for token, grant in kept.grants.items() if grant.level == "Private"],
        },
    )


def _listing(visit: Visit) -> Go:
    kept, form = visit.service.tokens.state, visit.form
    shown, back = checked_address(form.text("page_url")), checked_address(form.text("redirect_uri"))
    hooks = checked_address(form.text("webhooks_url"))
    kept.page_url, kept.redirect_uri, visit.service.webhooks.url = shown, back, hooks
    return Go("/crm/settings/integrations", "saved")


def _uninstall(visit: Visit) -> Go:
    visit.service.uninstall()
    return Go("/crm/settings/integrations", "uninstalled")


def _update(visit: Visit) -> Go:
    visit.service.updated()
    return Go("/crm/settings/integrations", "updated")


def _webhooks(visit: Visit) -> Show:
    found = page(visit, visit.service.webhooks.log())
    events = {each.id: urllib.parse.urlsplit(each.url).path.rpartition("/")[2] for each in found.rows}
    return Show("webhooks.html", {"page": found, "events": events})


def _resend(visit: Visit) -> Go:
    try:
        visit.service.webhooks.resend(visit.path["id"])
    except KeyError as error:
        raise ValueError("This delivery is not in the log any more") from error
    return Go("/crm/settings/integrations/webhooks", "resent")


def _frame(visit: Visit) -> Show:
    """The page of the app in a frame; the script beside it answers the page's question who looks at it."""
    kept = visit.service.tokens.state
    viewer = visit.query.text("as", "admin")
    address = page_address(kept.page_url, visit.location) if kept.page_url and kept.installed else None
    origin = "'none'"
    if address:
        parts = urllib.parse.urlsplit(address)
        origin = f"{parts.scheme}://{parts.netloc}"
    view = {"app": APP_NAME, "address": address, "origin": origin, "viewers": VIEWERS, "viewer": viewer}
    return Show("custom_page.html", view, frames=origin)
