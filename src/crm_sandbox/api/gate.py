"""The gate of the API: token, version, rate limit, scope, location; then the operation, then its events (reference 3).

The order is ours: who cannot say who they are is told that first, and only calls with a good token count.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from crm_sandbox import answers
from crm_sandbox.api.operations import SPELLINGS, V3, VERSIONS, Call, Operation, Table
from crm_sandbox.location import refusals
from crm_sandbox.location.records import Author
from crm_sandbox.location.refusals import Refused
from crm_sandbox.service import Service
from crm_sandbox.tokens import Grant
from sandbox_kit.exchanges import TAGS

OF_THE_AGENCY = ("/oauth/", "/locations/search", "/marketplace/")
"""Calls that look after themselves which location they are about."""
TOO_MANY = "Too many requests, please try again later."


class Gate:
    """Lets calls through to the operations of a table."""

    def __init__(self, service: Service, table: Table) -> None:
        self._service = service
        self._table = table

    async def answer(self, request: Request) -> Response:
        """Answers one request to the API."""
        trace_id = self._service.ids.uuid()
        raw = await request.body()
        try:
            grant = self._service.tokens.grant_of(request.headers.get("authorization"))
            version = _checked_version(request.headers.get("version"))
        except Refused as refused:
            return answers.refusal_answer(refused, trace_id)
        request.scope.setdefault(TAGS, {})["version"] = version
        who = self._who(grant)
        if not self._service.limits.admit(who):
            answer = answers.refusal_answer(Refused(429, TOO_MANY), trace_id)
        else:
            try:
                answer = self._call(request, raw, grant, version, trace_id)
            except Refused as refused:
                answer = _refusal(refused, request.url.path, version, trace_id)
        answer.headers.update(self._service.limits.headers(who))
        return answer

    def _call(self, request: Request, raw: bytes, grant: Grant, version: str, trace_id: str) -> Response:
        found = self._table.find(request.method, request.url.path)
        if found is None or version not in found[0].versions:
            raise self._nowhere(request, version)
        operation, path = found
        call = Call(
            service=self._service,
            grant=grant,
            by=self._author(grant),
            path=path,
            raw_query=dict(request.query_params),
            raw_body=raw,
            is_json="json" in request.headers.get("content-type", ""),
            version=version,
        )
        self._check_scope(operation, grant)
        self._check_location(operation, call)
        try:
            done = operation.handler(call)
        finally:
            if request.method != "GET":
                self._service.commit()
        return answers.json_answer(done.body, trace_id, done.status)

    def _check_scope(self, operation: Operation, grant: Grant) -> None:
        if operation.scope is not None and not grant.allows(operation.scope):
            raise refusals.unauthorized(refusals.OUT_OF_SCOPE)

    def _check_location(self, operation: Operation, call: Call) -> None:
        """A token opens one location only; an agency's token opens none but the agency's own calls (reference 2.5)."""
        if operation.path.startswith(OF_THE_AGENCY):
            return
        body = call.body() if call.is_json and call.raw_body else {}
        members: Mapping[str, Any] = body if isinstance(body, dict) else {}
        named = [
            place.get(name)
            for place in (call.raw_query, members, call.path)
            for name in ("altId", "locationId")
        ]
        foreign = any(isinstance(each, str) and each and each != call.location.id for each in named)
        if foreign or call.grant.level == "Company":
            raise refusals.forbidden()

    def _nowhere(self, request: Request, version: str) -> Refused:
        """What a path that is not public is answered with (reference 3.2): it looks like a missing scope."""
        if self._table.knows_path(request.url.path, version):
            return Refused(404, f"Cannot {request.method} {request.url.path}")
        return refusals.unauthorized(refusals.OUT_OF_SCOPE)

    def _who(self, grant: Grant) -> str:
        """Whose budget a call is taken from: each app has its own; private tokens share one (reference 2.6)."""
        return f"{'private' if grant.level == 'Private' else 'app'} {grant.level == 'Company'}"

    def _author(self, grant: Grant) -> Author:
        tokens = self._service.tokens.state
        if grant.level == "Private":
            return Author("INTEGRATION", "PRIVATE_INTEGRATION", self._service.location.state.user_id)
        return Author("INTEGRATION", "OAUTH", tokens.app_id)


def _refusal(refused: Refused, path: str, version: str, trace_id: str) -> Response:
    """A refusal as its generation words it: v3 has a shape of its own for OAuth (reference 1.3)."""
    if version != V3 or not path.startswith("/oauth/"):
        return answers.refusal_answer(refused, trace_id)
    code = HTTPStatus(refused.status).name
    return answers.v3_oauth_refusal(refused.status, code, refused.message, trace_id)


def _checked_version(version: str | None) -> str:
    if version is None:
        raise refusals.unauthorized("version header was not found.")
    named = SPELLINGS.get(version, version)
    if named not in VERSIONS:
        raise refusals.bad_request("version header is invalid")
    return named
