"""What an agency's token is for, and the app's own installation (reference 2.5, 2.9); v3 spells it anew (1.3)."""

from __future__ import annotations

from typing import Any

from crm_sandbox import answers
from crm_sandbox.api import token_answers
from crm_sandbox.api.operations import DATED, V3, Answer, Call, Operation
from crm_sandbox.location import refusals, shapes
from crm_sandbox.location.shapes import Flag, Number, Object, Text, may, must
from crm_sandbox.tokens import LOCATION_SECONDS

_FILTERS = {
    "companyId": must(Text(filled=True)),
    "appId": must(Text(filled=True)),
    **{name: may(Text()) for name in ("query", "versionId", "planId", "locationId")},
    "isInstalled": may(Flag(textual=True)),
    "onTrial": may(Flag(textual=True)),
}
_INSTALLED = Object(
    {
        **_FILTERS,
        "skip": may(Number(least=0, whole=True, textual=True)),
        "limit": may(Number(least=1, most=100, whole=True, textual=True)),
    }
)
_INSTALLED_V3 = Object(
    {
        **_FILTERS,
        "pageSize": may(Number(least=1, most=100, whole=True, textual=True)),
        "pageToken": may(Text()),
        "restrictToUserLocations": may(Flag(textual=True)),
    }
)
_LOCATION_TOKEN = Object({"companyId": must(Text(filled=True)), "locationId": must(Text(filled=True))})
_UNINSTALL = Object({name: may(Text(filled=True)) for name in ("companyId", "locationId", "reason")})


def operations() -> list[Operation]:
    """The rows of the table."""
    dated, v3 = (DATED,), (V3,)
    return [
        Operation("GET", "/oauth/installedLocations", "oauth.readonly", _installed, versions=dated),
        Operation("GET", "/oauth/installed-locations", "oauth.readonly", _installed_v3, versions=v3),
        Operation("POST", "/oauth/locationToken", "oauth.write", _location_token, versions=dated),
        Operation("POST", "/oauth/location-token", "oauth.write", _location_token, versions=v3),
        Operation("DELETE", "/marketplace/app/{appId}/installations", "oauth.write", _uninstall),
    ]


def _installed(call: Call) -> Answer:
    query = call.query(_INSTALLED)
    rows = _rows(call, query) if int(query.get("skip", 0)) == 0 else []
    return Answer({"locations": rows, "count": len(rows), "installToFutureLocations": False})


def _installed_v3(call: Call) -> Answer:
    query = call.query(_INSTALLED_V3)
    rows = _rows(call, query) if not query.get("pageToken") else []
    paging = {"totalRecords": len(rows), "hasNextPage": False, "hasPrevPage": False}
    return Answer(
        {
            "items": rows,
            "pagination": {**paging, "currentPageSize": len(rows)},
            "metadata": {"filterApplied": query},
            "installToFutureLocations": False,
        }
    )


def _rows(call: Call, query: dict[str, str]) -> list[dict[str, Any]]:
    """The location, when it is what the query asks for."""
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
        **({"installedAt": tokens.installed_at} if tokens.installed and tokens.installed_at else {}),
    }
    wanted = query.get("isInstalled", "true" if tokens.installed else "false") == "true"
    fits = wanted == tokens.installed and query.get("locationId", location.id) == location.id
    return [row] if fits else []


def _location_token(call: Call) -> Answer:
    given = shapes.check(_LOCATION_TOKEN, call.body() if call.is_json else answers.form(call.raw_body))
    _agency_only(call, given["companyId"])
    if given["locationId"] != call.location.id:
        raise refusals.forbidden()
    tokens = call.service.tokens
    pair = tokens.pair("Location", call.grant.scope, call.grant.family, LOCATION_SECONDS)
    body = token_answers.of(pair, call.service, "", call.version)
    body |= {"appId": tokens.state.app_id, "versionId": tokens.state.version_id}
    left_out = {"traceId"}
    if call.version == DATED and not call.location.switches.location_token_refreshes:
        tokens.revoke_refresh(pair.refresh_token)
        left_out |= {"refresh_token", "refreshTokenId"}
    return Answer({name: value for name, value in body.items() if name not in left_out})


def _uninstall(call: Call) -> Answer:
    """The app removes itself: its tokens die and UNINSTALL is told (reference 2.9)."""
    given = shapes.check(_UNINSTALL, call.body())
    state = call.location.state
    named = (given.get("locationId", state.location_id), given.get("companyId", state.company_id))
    if call.path["appId"] != call.service.tokens.state.app_id or named != (
        state.location_id,
        state.company_id,
    ):
        raise refusals.forbidden()
    call.service.uninstall("Location" if "locationId" in given else "Company")
    return Answer({"success": True})


def _agency_only(call: Call, company_id: str) -> None:
    if call.grant.level != "Company":
        raise refusals.unauthorized(refusals.OUT_OF_SCOPE)
    if company_id != call.location.state.company_id:
        raise refusals.forbidden()
