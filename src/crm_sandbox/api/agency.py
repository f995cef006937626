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
LIMIT_DEFAULT = 20
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
    rows, start = _rows(call, query), int(query.get("skip", 0))
    page = rows[start : start + int(query.get("limit", LIMIT_DEFAULT))]
    return Answer({"locations": page, "count": len(rows), "installToFutureLocations": False})


def _installed_v3(call: Call) -> Answer:
    """In v3 a page is asked for by the token that the one before it gave: here, how many came before."""
    query = call.query(_INSTALLED_V3)
    rows, token = _rows(call, query), query.get("pageToken") or "0"
    if not token.isdecimal():
        raise refusals.bad_request("The pageToken is invalid.")
    start, size = int(token[:9]), int(query.get("pageSize", LIMIT_DEFAULT))
    page, more = rows[start : start + size], start + size < len(rows)
    paging = {"totalRecords": len(rows), "currentPageSize": len(page)}
    paging |= {"hasNextPage": more, "hasPrevPage": start > 0}
    return Answer(
        {
            "items": page,
            "pagination": {**paging, **({"nextPageToken": str(start + size)} if more else {})},
            "metadata": {"filterApplied": query},
            "installToFutureLocations": False,
        }
    )


def _rows(call: Call, query: dict[str, str]) -> list[dict[str, Any]]:
    """The agency's locations that the query asks for, this one first."""
    _agency_only(call, query["companyId"])
    tokens, location = call.service.tokens.state, call.location
    if query["appId"] != tokens.app_id:
        raise refusals.forbidden()
    all_of_them = [(location.id, location.kind.company, tokens.installed)]
    all_of_them += [(each.id, each.name, tokens.for_the_agency) for each in tokens.siblings]
    wanted = {"true": (True,), "false": (False,)}.get(query.get("isInstalled", ""), (True, False))
    return [
        {
            "_id": location_id,
            "name": name,
            "address": location.kind.address,
            "isInstalled": installed,
            "versionId": tokens.version_id,
            **({"installedAt": tokens.installed_at} if installed and tokens.installed_at else {}),
        }
        for location_id, name, installed in all_of_them
        if installed in wanted
        and query.get("locationId", location_id) == location_id
        and query.get("query", "").casefold() in name.casefold()
    ]


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
