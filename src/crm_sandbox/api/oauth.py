"""OAuth as HighLevel speaks it: consent page, token call, reconnect (reference 2.2, 2.3, 2.8)."""

from __future__ import annotations

import urllib.parse
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crm_sandbox import answers, scopes
from crm_sandbox.api import token_answers
from crm_sandbox.api.operations import DATED, V3
from crm_sandbox.location import dates
from crm_sandbox.pages import consent
from crm_sandbox.pages.site import Form, Site, Visit
from crm_sandbox.service import Service
from crm_sandbox.tokens import Level, OAuthRefused, Pair
from sandbox_kit.exchanges import TAGS

_FROM_V3 = {
    "clientId": "client_id",
    "clientSecret": "client_secret",
    "grantType": "grant_type",
    "refreshToken": "refresh_token",
    "userType": "user_type",
    "redirectUri": "redirect_uri",
}
CONSENT_PATHS = ("/oauth/chooselocation", "/v2/oauth/chooselocation")


class OAuth:
    """The endpoints that work without a bearer token."""

    def __init__(self, service: Service, site: Site) -> None:
        self._service = service
        self._site = site

    async def ask(self, request: Request) -> Response:
        """The page on which a person chooses where to install the app."""
        query = dict(request.query_params)
        wrong = self._wrong(query)
        if wrong is not None:
            return self._site.show(consent.refused(wrong), self._visit())
        return self._site.show(consent.page(query, request.url.path, _scopes(query)), self._visit())

    async def choose(self, request: Request) -> Response:
        """The person has chosen: the app is installed, and the browser goes back with a code and the state."""
        given = answers.form(await request.body())
        wrong = self._wrong(given)
        if wrong is not None:
            return self._site.show(consent.refused(wrong), self._visit())
        level: Level = "Company" if given.get("level") == "Company" else "Location"
        scope = " ".join(_scopes(given))
        code = self._service.tokens.code(level, scope, given["redirect_uri"])
        self._service.tokens.install(scope, level)
        self._service.installed(level)
        self._service.commit()
        back = {"code": code} | ({"state": given["state"]} if given.get("state") else {})
        return RedirectResponse(_with_query(given["redirect_uri"], back), 302)

    async def token(self, request: Request) -> Response:
        """Tokens for a code or a refresh token; form and JSON are taken, no Version is needed.

        With `Version: v3` all members are in camel case, and so is the answer (reference 1.3).
        """
        trace_id = self._service.ids.uuid()
        version = V3 if request.headers.get("version") == V3 else DATED
        request.scope.setdefault(TAGS, {})["version"] = version
        given = await _fields(request)
        if version == V3:
            given = {_FROM_V3.get(name, name): value for name, value in given.items()}
        tokens = self._service.tokens
        try:
            tokens.check_client(given.get("client_id"), given.get("client_secret"))
            pair = self._granted(given)
        except OAuthRefused as refused:
            return _refusal(refused, trace_id, version)
        finally:
            self._service.save()
        body = token_answers.of(pair, self._service, trace_id, version)
        return Response(answers.encode(body), media_type="application/json")

    async def reconnect(self, request: Request) -> Response:
        """A code without the user, for an app that is still installed (reference 2.8)."""
        trace_id = self._service.ids.uuid()
        given = await _fields(request)
        tokens, state = self._service.tokens, self._service.location.state
        try:
            tokens.check_client(given.get("clientKey"), given.get("clientSecret"))
            company = given.get("companyId") == state.company_id
            if not (company or given.get("locationId") == state.location_id) or not tokens.state.installed:
                raise OAuthRefused(400, "invalid_request", "The app is not installed there.")
        except OAuthRefused as refused:
            return _refusal(refused, trace_id, DATED)
        code = tokens.code("Company" if company else "Location", tokens.state.installed_scope, None)
        self._service.save()
        expires = tokens.state.codes[code].expires_at
        body = {"authorizationCode": code, "expiresAt": dates.written(expires)}
        return answers.json_answer(body, trace_id)

    def _visit(self) -> Visit:
        return Visit(self._service, {}, Form())

    def _granted(self, given: dict[str, Any]) -> Pair:
        kind = given.get("grant_type")
        if given.get("user_type", "Location") not in {"Location", "Company"}:
            raise OAuthRefused(422, "invalid_request", "user_type must be one of: Company, Location")
        if kind == "authorization_code":
            return self._service.tokens.exchange(given.get("code", ""), given.get("redirect_uri"))
        if kind == "refresh_token":
            return self._service.tokens.refresh(given.get("refresh_token", ""))
        raise OAuthRefused(
            400, "unsupported_grant_type", "grant_type is authorization_code or refresh_token."
        )

    def _wrong(self, query: dict[str, str]) -> str | None:
        """What is wrong with the address that brought the browser here; None when nothing is."""
        redirect = urllib.parse.urlsplit(query.get("redirect_uri", ""))
        if query.get("client_id") != self._service.tokens.state.client_id:
            return "There is no app with this client_id."
        if query.get("response_type") != "code":
            return "The response_type must be code."
        if redirect.scheme not in {"http", "https"} or not redirect.netloc:
            return "The redirect_uri must be an http or https address."
        registered = self._service.tokens.state.redirect_uri
        if registered and query["redirect_uri"] != registered:
            return "The redirect_uri is not the one that is registered for this app."
        unknown = [scope for scope in query.get("scope", "").split() if scope not in scopes.KNOWN]
        if unknown:
            return f"There is no scope {', '.join(unknown)}."
        return None


def _scopes(query: dict[str, str]) -> list[str]:
    """The scopes asked for; all of the app's when the address names none."""
    return query.get("scope", "").split() or sorted(scopes.KNOWN)


def _with_query(address: str, members: dict[str, str]) -> str:
    parts = urllib.parse.urlsplit(address)
    query = urllib.parse.parse_qsl(parts.query, keep_blank_values=True) + list(members.items())
    return urllib.parse.urlunsplit(parts._replace(query=urllib.parse.urlencode(query)))


async def _fields(request: Request) -> dict[str, Any]:
    """The members of a form or JSON body; nothing when it is neither."""
    raw = await request.body()
    if "json" not in request.headers.get("content-type", ""):
        return answers.form(raw)
    try:
        data = answers.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return (
        {name: value for name, value in data.items() if isinstance(value, str)}
        if isinstance(data, dict)
        else {}
    )


def _refusal(refused: OAuthRefused, trace_id: str, version: str) -> Response:
    if version == V3:
        return answers.v3_oauth_refusal(refused.status, refused.error, refused.description, trace_id)
    said = refused.description
    body = {
        "statusCode": refused.status,
        "error": refused.error,
        "error_description": said,
        "message": [said] if refused.status == HTTPStatus.UNPROCESSABLE_ENTITY else said,
    }
    return answers.json_answer(body, trace_id, refused.status)
