"""How pages are asked for and answered: a visit comes in; a sheet, or the way to another one, goes out.

Every deed goes through the functions that the REST interface uses. One that is refused shows its form again with what
was typed and says why; the form then carries the current SyncToken, so that a person who was overtaken by somebody else
decides with open eyes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from quickbooks_sandbox import operations
from quickbooks_sandbox.company import refusals
from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.company.entities import ENTITIES, Void
from quickbooks_sandbox.oauth.grants import Grants
from quickbooks_sandbox.pages.rendering import Pages, asset, in_words
from sandbox_kit.forms import Form

Record = dict[str, Any]
REFUSED, FOREIGN, MISSING = 422, 403, 404
STALE = (
    "Somebody else changed this while you were at it, so nothing was saved. What you typed is kept below; "
    "saving it now goes over their change."
)
NOTICES: Mapping[str, str] = {
    "created": "Saved.",
    "saved": "Saved.",
    "voided": "Voided: every amount is zero now.",
    "deleted": "Deleted.",
    "sent": "Sent. Nothing leaves this sandbox; the document only says so.",
    "received": "The payment is recorded.",
    "retired": "The customer is inactive now.",
    "revived": "The customer is active again.",
    "merged": "The customers are one now.",
    "disconnected": "Disconnected. The app's tokens no longer work.",
}


@dataclass(frozen=True)
class Visit:
    """One request for a page of a company; ``problem`` is why the deed before was refused."""

    companies: Mapping[str, Company]
    company: Company
    grants: Grants
    path: Mapping[str, str]
    query: Form
    form: Form = field(default_factory=Form)
    problem: str = ""

    @property
    def home(self) -> str:
        """The address under which the pages of the company are."""
        return home_of(self.company)

    def record(self, entity: str) -> Record:
        """The object that the address names. Raises refusals.Refused when there is none."""
        return self.company.read(entity, self.path["id"])

    def check_token(self, record: Record) -> None:
        """Refuse (5010) when the object was changed since the form was made, where the company does not ask itself."""
        if self.form.text("token") != record["SyncToken"]:
            raise refusals.stale()

    def write(self, entity: str, body: Record, operation: str = "") -> Record:
        """What the REST interface does with this body; returns the object. Raises refusals.Refused."""
        return operations.write(self.company, ENTITIES[entity], body, operation, frozenset()).record

    def void(self, entity: str, record: Record) -> None:
        """Void a transaction in the way that its entity has (reference 5.5). Raises refusals.Refused."""
        rules = ENTITIES[entity]
        body: Record = {"Id": record["Id"], "SyncToken": self.form.text("token"), "sparse": True}
        if rules.void is Void.OPERATION:
            operations.write(self.company, rules, body, "void", frozenset())
            return
        body |= {name: record[name] for name in ("CustomerRef", "TotalAmt") if name in record}
        operations.write(self.company, rules, body, "update", frozenset({"void"}))


@dataclass(frozen=True)
class Sheet:
    """A page: the template and what it shows."""

    template: str
    view: Mapping[str, Any]


@dataclass(frozen=True)
class Go:
    """The way to another page; ``done`` is a key of ``NOTICES`` that is shown there."""

    where: str
    done: str = ""


@dataclass(frozen=True)
class Row:
    """A path inside a company, what is shown there, and what a form that is sent there does."""

    path: str
    show: Callable[[Visit], Sheet | Response]
    do: Callable[[Visit], Sheet | Go] | None = None


class Site:
    """Serves the pages of all companies of one server."""

    def __init__(
        self, companies: Mapping[str, Company], grants: Grants, pages: Pages, rows: Sequence[Row]
    ) -> None:
        self._companies = companies
        self._grants = grants
        self._pages = pages
        self._rows = rows

    def routes(self) -> list[Route]:
        """``/`` for the first company, ``/companies/{realm}`` and below for each, the style sheet and the icon."""

        async def style(_: Request) -> Response:
            return asset("quickbooks.css", "text/css")

        async def icon(_: Request) -> Response:
            return asset("icon.svg", "image/svg+xml")

        return [
            Route("/pages/quickbooks.css", style),
            Route("/pages/icon.svg", icon),
            self._route("/", self._rows[0]),
            *(self._route(f"/companies/{{realm}}{row.path}", row) for row in self._rows),
        ]

    def _route(self, path: str, row: Row) -> Route:
        async def answer(request: Request) -> Response:
            realm = request.path_params.get("realm") or next(iter(self._companies), "")
            company = self._companies.get(realm)
            if company is None:
                return self._plain("There is no such company here.", MISSING)
            query = Form({name: request.query_params.getlist(name) for name in request.query_params})
            visit = Visit(self._companies, company, self._grants, request.path_params, query)
            if request.method != "POST" or row.do is None:
                return self._looked(row, visit)
            if not from_here(request):
                return self._plain("This form was sent from another site, so nothing was done.", FOREIGN)
            visit = dataclasses.replace(visit, form=Form.read(await request.body()))
            return self._acted(row, row.do, visit)

        return Route(path, answer, methods=["GET", "POST"] if row.do is not None else ["GET"])

    def _looked(self, row: Row, visit: Visit, status: int = 200) -> Response:
        try:
            return self._out(row.show(visit), visit, status)
        except refusals.Refused as refused:
            view = {"why": sentence(refused)}
            return self._out(Sheet("missing.html", view), visit, MISSING)

    def _acted(self, row: Row, do: Callable[[Visit], Sheet | Go], visit: Visit) -> Response:
        try:
            done = do(visit)
        except (refusals.Refused, ValueError) as error:
            return self._looked(row, dataclasses.replace(visit, problem=sentence(error)), REFUSED)
        if isinstance(done, Sheet):
            return self._out(done, visit)
        joint = "&" if "?" in done.where else "?"
        return RedirectResponse(f"{done.where}{joint}done={done.done}" if done.done else done.where, 303)

    def _out(self, page: Sheet | Response, visit: Visit, status: int = 200) -> Response:
        if isinstance(page, Response):
            return page
        company = visit.company
        view = {
            **in_words(company.kind),
            "companies": [(home_of(one), name_of(one)) for one in visit.companies.values()],
            "company": company,
            "name": name_of(company),
            "home": visit.home,
            "connected": self._grants.connected(company.realm_id),
            "query": visit.query,
            "form": visit.form,
            "problem": visit.problem,
            "notice": NOTICES.get(visit.query.text("done"), ""),
            "here": "",
            **page.view,
        }
        return self._pages.show(page.template, view, status)

    def _plain(self, reason: str, status: int) -> Response:
        return self._pages.show("refused.html", {"reason": reason}, status)


def home_of(company: Company) -> str:
    """The address of a company's pages."""
    return f"/companies/{company.realm_id}"


def name_of(company: Company) -> str:
    """What the company calls itself."""
    return str(company.tables["CompanyInfo"].records["1"]["CompanyName"])


def from_here(request: Request) -> bool:
    """Whether a form was sent by a page of this server; callers that are no browsers send no ``Origin`` at all."""
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host", "")


def sentence(error: Exception) -> str:
    """What was wrong, for a person; of a refusal, QuickBooks' own words and its code."""
    if not isinstance(error, refusals.Refused):
        return str(error)
    if error.code == refusals.stale().code:
        return STALE
    said = [f"{one.detail.rstrip('.')} ({one.code})." for one in error.problems]
    return " ".join(said)
