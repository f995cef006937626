"""Puts the parts behind one address: REST, OAuth, pages and the control API, inside the ring of exchanges."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from quickbooks_sandbox import answers, quota, replays, rest
from quickbooks_sandbox.company import refusals, times
from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.oauth.consent import Consent
from quickbooks_sandbox.oauth.endpoints import TokenEndpoints
from quickbooks_sandbox.oauth.grants import Grants
from quickbooks_sandbox.pages.company_site import company_site
from quickbooks_sandbox.pages.rendering import Pages
from sandbox_kit import control as kit_control
from sandbox_kit.clock import Clock
from sandbox_kit.exchanges import Exchanges
from sandbox_kit.faults import Faults, Refuse
from sandbox_kit.ids import Ids
from sandbox_kit.journal import Journal
from sandbox_kit.postman import Postman

_OAUTH = ("/oauth2/", "/v2/oauth2/", "/v1/openid_connect/")


@dataclass(slots=True)
class Parts:
    """What a server is built from; all of it belongs to one stand-in."""

    clock: Clock
    ids: Ids
    journal: Journal
    faults: Faults
    postman: Postman
    grants: Grants
    limits: quota.Quota
    memory: replays.Replays


def build(companies: Mapping[str, Company], parts: Parts, controls: Sequence[Route] = ()) -> Exchanges:
    """The ASGI app of a stand-in for some companies (by realm), with its own control routes."""
    writer = answers.Answers(parts.ids)
    interface = rest.Rest(
        companies,
        clock=parts.clock,
        grants=parts.grants,
        limits=parts.limits,
        memory=parts.memory,
        writer=writer,
        ids=parts.ids,
    )
    pages = Pages()
    routes: list[BaseRoute] = [
        *_of_realms(interface),
        *TokenEndpoints(parts.grants, writer).routes(),
        *Consent(companies, parts.grants, pages).routes(),
        *company_site(companies, parts.grants, pages).routes(),
        *kit_control.routes(
            clock=parts.clock,
            journal=parts.journal,
            faults=parts.faults,
            postman=parts.postman,
            extra=controls,
        ),
    ]
    handlers = {404: _not_found(writer, parts.clock), 405: _wrong_method(writer, parts.clock)}
    app = Starlette(routes=routes, exception_handlers=handlers)
    return Exchanges(
        app,
        journal=parts.journal,
        faults=parts.faults,
        name=operation_name,
        refuse=_refuser(writer, parts.clock),
        waits=lambda path: path.lower().startswith("/v3/company/"),
    )


def _of_realms(interface: rest.Rest) -> list[Route]:
    """Everything under a realm, by whatever method; addresses are read without regard to case, as in the original."""
    routes = [
        Route(path, interface.__call__) for path in ("/v3/company/{realm}", "/v3/company/{realm}/{rest:path}")
    ]
    for route in routes:
        route.methods = None
        route.path_regex = re.compile(route.path_regex.pattern, re.IGNORECASE | re.DOTALL)
    return routes


def operation_name(method: str, path: str) -> str | None:
    """The journal's label: ``POST /invoice``, ``GET /query``, ``GET /invoice/{id}``; None for pages and control."""
    parts = [part for part in path.split("/") if part]
    if [part.lower() for part in parts[:2]] == ["v3", "company"]:
        inside = [part.lower() for part in parts[3:4]] + ["{id}" for _ in parts[4:5]] + parts[5:]
        return f"{method} /{'/'.join(inside)}"
    if path.startswith(_OAUTH):
        return f"{method} {path}"
    return None


def _refuser(writer: answers.Answers, clock: Clock) -> Callable[[Refuse], tuple[int, dict[str, str], bytes]]:
    """How an injected refusal looks: as the gateway's or the application's own (reference 12)."""

    def refuse(refusal: Refuse) -> tuple[int, dict[str, str], bytes]:
        gateway = {
            401: ("3200", "AuthenticationFailed", "Token expired: injected"),
            403: ("3100", "ApplicationAuthorizationFailed", None),
            429: ("3001", "ThrottleExceeded", "The request limit was reached.  Try again later"),
        }
        if refusal.status in gateway:
            code, name, detail = gateway[refusal.status]
            response = writer.gateway(code, name, refusal.status, detail, clock.now())
            return refusal.status, dict(response.headers), bytes(response.body)
        problem = refusals.Problem(
            "10000",
            "An application error has occurred while processing your request",
            "System Failure Error: injected",
        )
        fault = answers.fault(refusals.Refused(problem, kind=refusals.SYSTEM, status=refusal.status))
        content = msgspec.json.encode({"Fault": fault, "time": times.root_time(clock.now())})
        return refusal.status, {**writer.headers(), "content-type": answers.JSON}, content

    return refuse


def _wrong_method(writer: answers.Answers, clock: Clock) -> Callable[[Request, Exception], Response]:
    """A known address, asked in a way that it does not answer."""

    def answer(request: Request, _: Exception) -> Response:
        if request.url.path.startswith("/_sandbox/"):
            return kit_control.json_answer({"error": f"{request.method} is not known here"}, 405)
        detail = f"{request.method} is not allowed at {request.url.path}"
        return writer.gateway("405", "MethodNotAllowed", 405, detail, clock.now())

    return answer


def _not_found(writer: answers.Answers, clock: Clock) -> Callable[[Request, Exception], Response]:
    """An unknown address at the gateway (reference 12.2)."""

    def answer(request: Request, _: Exception) -> Response:
        if request.url.path.startswith("/_sandbox/"):
            return kit_control.json_answer({"error": "there is no such control address"}, 404)
        detail = f"No resource at {request.url.path}"
        return writer.gateway("404", "ResourceNotFound", 404, detail, clock.now())

    return answer
