"""The page where a person logs in, chooses a company and connects it, or refuses (reference 2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.oauth.grants import SCOPES, Grants
from quickbooks_sandbox.oauth.identity import OWNER
from quickbooks_sandbox.pages.rendering import Pages

STEPS = ("sign-in", "company", "allow")
NO_EMAIL = "Enter an e-mail address to log in. Any will do in this sandbox."


@dataclass(frozen=True, slots=True)
class Wish:
    """A valid authorization request."""

    client_id: str
    redirect_uri: str
    state: str
    scopes: tuple[str, ...]

    @property
    def is_offered(self) -> bool:
        """Whether these scopes can be had at all."""
        return bool(self.scopes) and set(self.scopes) <= SCOPES


class Unanswerable(Exception):
    """A request that may not be answered on its redirect address: shown to the person instead."""


class Consent:
    """The authorization endpoint."""

    def __init__(self, companies: Mapping[str, Company], grants: Grants, pages: Pages) -> None:
        self._companies = companies
        self._grants = grants
        self._pages = pages

    def routes(self) -> list[Route]:
        """``/connect/oauth2``: GET shows the page, POST is its answer."""
        return [
            Route("/connect/oauth2", self._ask, methods=["GET"]),
            Route("/connect/oauth2", self._answer, methods=["POST"]),
        ]

    async def _ask(self, request: Request) -> Response:
        try:
            if "response_type" not in request.query_params:
                raise Unanswerable("The app did not say response_type=code.")
            wish = self._wish(request.query_params)
        except Unanswerable as error:
            return self._pages.show("refused.html", {"reason": str(error)}, 400)
        if not wish.is_offered:
            return _back(wish.redirect_uri, {"error": "invalid_scope", "state": wish.state})
        return self._step(wish, {}, STEPS[0])

    async def _answer(self, request: Request) -> Response:
        form = {
            name: values[-1]
            for name, values in parse_qs((await request.body()).decode(errors="replace")).items()
        }
        try:
            wish = self._wish(form)
            if not wish.is_offered:
                return _back(wish.redirect_uri, {"error": "invalid_scope", "state": wish.state})
            if form.get("step") in STEPS and "decision" not in form:
                return self._step(wish, form, form["step"])
            if form.get("decision") != "connect":
                return _back(wish.redirect_uri, {"error": "access_denied", "state": wish.state})
            realm = form.get("realm_id", "")
            if realm not in self._companies:
                raise Unanswerable("That company is not known here. Choose one of the list.")
            email = form.get("email", "").strip()
            if not email:
                raise Unanswerable(NO_EMAIL)
        except Unanswerable as error:
            return self._pages.show("refused.html", {"reason": str(error)}, 400)
        code = self._grants.issue_code(wish.client_id, realm, wish.redirect_uri, wish.scopes, email)
        return _back(wish.redirect_uri, {"code": code, "state": wish.state, "realmId": realm})

    def _step(self, wish: Wish, form: Mapping[str, str], step: str) -> Response:
        """One step of the way; without an e-mail address it does not get beyond the first."""
        realm = form.get("realm_id", "")
        company = self._companies.get(realm) or next(iter(self._companies.values()), None)
        problem, email = "", form.get("email", "").strip() if form else OWNER
        if not email and step != STEPS[0]:
            step, problem = STEPS[0], NO_EMAIL
        shown = {
            "wish": wish,
            "companies": list(self._companies.values()),
            "step": step,
            "problem": problem,
            "email": email,
            "realm_id": company.realm_id if company else "",
            "name": company.tables["CompanyInfo"].records["1"]["CompanyName"] if company else "",
        }
        return self._pages.show("consent.html", shown, 422 if problem else 200)

    def _wish(self, parameters: Mapping[str, str]) -> Wish:
        client = self._grants.clients.get(parameters.get("client_id", ""))
        if client is None:
            raise Unanswerable("The app that sent you here is not known (client_id).")
        address = parameters.get("redirect_uri", "")
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
            raise Unanswerable("The app's return address is not valid (redirect_uri).")
        if client.redirect_uris and address not in client.redirect_uris:
            raise Unanswerable("The app's return address is not registered (redirect_uri).")
        if parameters.get("response_type", "code") != "code":
            raise Unanswerable("Only response_type=code is offered.")
        state = parameters.get("state", "")
        if not state:
            raise Unanswerable("The app did not send a state value, which protects you from forged answers.")
        scopes = tuple(parameters.get("scope", "").split())
        return Wish(client.client_id, address, state, scopes)


def _back(address: str, parameters: Mapping[str, str]) -> Response:
    return RedirectResponse(f"{address}?{urlencode(parameters)}", 302)
