"""Operations on the location itself: its data, its users, its workflows, the agency's view (reference 2.5, 4, 12.1)."""

from __future__ import annotations

from crm_sandbox import answers
from crm_sandbox.api import token_answers
from crm_sandbox.api.operations import Answer, Call, Operation
from crm_sandbox.location import refusals, shapes
from crm_sandbox.location.shapes import Flag, Number, Object, Text, may, must

_OF_LOCATION = Object({"locationId": must(Text(filled=True))})
_INSTALLED = Object(
    {
        "companyId": must(Text(filled=True)),
        "appId": must(Text(filled=True)),
        "skip": may(Number(least=0, whole=True, textual=True)),
        "limit": may(Number(least=1, most=100, whole=True, textual=True)),
        **{name: may(Text()) for name in ("query", "versionId", "planId", "locationId")},
        "isInstalled": may(Flag(textual=True)),
        "onTrial": may(Flag(textual=True)),
    }
)
_LOCATION_TOKEN = Object({"companyId": must(Text(filled=True)), "locationId": must(Text(filled=True))})


def operations() -> list[Operation]:
    """The rows of the table."""
    return [
        Operation("GET", "/locations/{locationId}", "locations.readonly", _location),
        Operation("GET", "/users/", "users.readonly", _users),
        Operation("GET", "/workflows/", "workflows.readonly", _workflows),
        Operation("GET", "/oauth/installedLocations", "oauth.readonly", _installed_locations),
        Operation("POST", "/oauth/locationToken", "oauth.write", _location_token),
    ]


def _location(call: Call) -> Answer:
    call.query(Object({}))
    return Answer({"location": call.location.view()})


def _users(call: Call) -> Answer:
    call.query(_OF_LOCATION)
    return Answer({"users": call.location.users()})


def _workflows(call: Call) -> Answer:
    call.query(_OF_LOCATION)
    return Answer({"workflows": call.location.workflows.views()})


def _installed_locations(call: Call) -> Answer:
    query = call.query(_INSTALLED)
    _agency_only(call, query["companyId"])
    tokens, location = call.service.tokens.state, call.location
    if query["appId"] != tokens.app_id:
        raise refusals.forbidden()
    row = {
        "_id": location.id,
        "name": location.kind.company,
        "address": location.kind.address,
        "isInstalled": tokens.installed,
        "versionId": tokens.version_id,
    }
    wanted = query.get("isInstalled", "true" if tokens.installed else "false") == "true"
    fits = wanted == tokens.installed and query.get("locationId", location.id) == location.id
    rows = [row] if fits and int(query.get("skip", 0)) == 0 else []
    return Answer({"locations": rows, "count": len(rows), "installToFutureLocations": False})


def _location_token(call: Call) -> Answer:
    given = shapes.check(_LOCATION_TOKEN, call.body() if call.is_json else answers.form(call.raw_body))
    _agency_only(call, given["companyId"])
    if given["locationId"] != call.location.id:
        raise refusals.forbidden()
    pair = call.service.tokens.pair("Location", call.grant.scope, call.grant.family)
    body = token_answers.of(pair, call.service, "")
    del body["traceId"]
    return Answer(body)


def _agency_only(call: Call, company_id: str) -> None:
    if call.grant.level != "Company":
        raise refusals.unauthorized(refusals.OUT_OF_SCOPE)
    if company_id != call.location.state.company_id:
        raise refusals.forbidden()
