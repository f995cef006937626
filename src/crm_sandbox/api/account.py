"""Operations on the location itself: its data, users, tags and workflows (reference 4, 12.1)."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from crm_sandbox.api.operations import DATED, Answer, Call, Operation
from crm_sandbox.location import custom_fields, refusals
from crm_sandbox.location.shapes import Flag, Object, Text, may, must

_NOTHING = Object({})
_OF_LOCATION = Object({"locationId": must(Text(filled=True))})
_LOCATIONS = Object({name: may(Text()) for name in ("companyId", "skip", "limit", "order", "email")})
_USERS = Object(
    {
        "companyId": must(Text(filled=True)),
        **{name: may(Text()) for name in ("query", "skip", "limit", "locationId", "type", "role", "ids")},
        **{name: may(Text()) for name in ("sort", "sortDirection")},
        "enabled2waySync": may(Flag(textual=True)),
    }
)
_CUSTOM_FIELDS = Object({"model": may(Text(choices=("contact", "opportunity", "all")))})


def operations() -> list[Operation]:
    """The rows of the table. The search stands before the location, whose path would swallow it."""
    one = "/locations/{locationId}"
    return [
        Operation("GET", "/locations/search", "locations.readonly", _locations),
        Operation("GET", one, "locations.readonly", _location),
        Operation("GET", f"{one}/timezones", "locations.readonly", _timezones),
        Operation("GET", f"{one}/tags", "locations/tags.readonly", _tags),
        Operation("GET", f"{one}/customFields", "locations/customFields.readonly", _custom_fields),
        Operation("POST", f"{one}/customFields", "locations/customFields.write", _create_custom_field),
        Operation("GET", "/users/search", "users.readonly", _search_users),
        Operation("GET", "/users/{userId}", "users.readonly", _user),
        Operation("GET", "/users/", "users.readonly", _users, versions=(DATED,)),
        Operation("GET", "/workflows/", "workflows.readonly", _workflows),
    ]


def _locations(call: Call) -> Answer:
    """The locations that the token opens; an agency has but this one here."""
    query = call.query(_LOCATIONS)
    if query.get("companyId", call.location.state.company_id) != call.location.state.company_id:
        raise refusals.forbidden()
    view = call.location.view()
    fits = query.get("email", view["email"]) == view["email"] and query.get("skip", "0") == "0"
    members = ("id", "name", "phone", "email", "address", "city", "state", "country", "postalCode")
    row = {name: view[name] for name in (*members, "website", "timezone", "settings", "social")}
    return Answer({"locations": [row] if fits else []})


def _location(call: Call) -> Answer:
    call.query(_NOTHING)
    return Answer({"location": call.location.view()})


def _timezones(call: Call) -> Answer:
    call.query(_NOTHING)
    return Answer({"timeZones": sorted(available_timezones())})


def _tags(call: Call) -> Answer:
    """The tags in use; each keeps its id because the id is made from its name."""
    call.query(_NOTHING)
    return Answer({"tags": call.location.tags()})


def _custom_fields(call: Call) -> Answer:
    model = call.query(_CUSTOM_FIELDS).get("model", "all")
    known = call.location.state.custom_fields.values()
    wanted = [each for each in known if model in ("all", each.model)]
    return Answer({"customFields": [custom_fields.view(each, call.location.id) for each in wanted]})


def _create_custom_field(call: Call) -> Answer:
    field = call.location.add_custom_field(call.body())
    return Answer({"customField": custom_fields.view(field, call.location.id)}, 201)


def _search_users(call: Call) -> Answer:
    query = call.query(_USERS)
    if query["companyId"] != call.location.state.company_id:
        raise refusals.forbidden()
    wanted = query.get("query", "").casefold()
    found = [each for each in call.location.users() if wanted in f"{each['name']} {each['email']}".casefold()]
    return Answer({"users": found, "count": len(found)})


def _user(call: Call) -> Answer:
    call.query(_NOTHING)
    found: list[dict[str, Any]] = [
        each for each in call.location.users() if each["id"] == call.path["userId"]
    ]
    if not found:
        raise refusals.not_found("User", call.path["userId"])
    return Answer(found[0])


def _users(call: Call) -> Answer:
    call.query(_OF_LOCATION)
    return Answer({"users": call.location.users()})


def _workflows(call: Call) -> Answer:
    call.query(_OF_LOCATION)
    return Answer({"workflows": call.location.workflows.views()})
