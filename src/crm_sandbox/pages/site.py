"""How pages are asked for and answered: a visit comes in, a page or a way to the next one goes out.

A deed that is refused shows the page it came from again, with what was typed and a sentence that says why.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from crm_sandbox.location import shapes
from crm_sandbox.location.location import Location
from crm_sandbox.location.refusals import Refused
from crm_sandbox.pages.rendering import NOTICES, Pages, asset
from crm_sandbox.service import Service
from sandbox_kit import forms


class Form(forms.Form):
    """What a person typed, numbers among it."""

    def number(self, name: str) -> Decimal | None:
        """The value as a number, None when it is blank. Raises ValueError with a sentence."""
        return number(self.text(name))


@dataclass(frozen=True)
class Visit:
    """One request for a page; `problem` is why the deed before was refused."""

    service: Service
    path: Mapping[str, str]
    query: Form
    form: Form = field(default_factory=Form)
    problem: str = ""

    @property
    def location(self) -> Location:
        """The location that is looked at."""
        return self.service.location

    @property
    def alt(self) -> dict[str, str]:
        """The location as bodies of invoices name it."""
        return {"altId": self.location.id, "altType": "location"}


@dataclass(frozen=True)
class Show:
    """A page: template and what it shows; `frames` is an origin that it may frame."""

    template: str
    view: Mapping[str, Any]
    status: int = 200
    frames: str = "'none'"


@dataclass(frozen=True)
class Go:
    """The way to the next page; `done` is a key of `NOTICES` that is shown there."""

    where: str
    done: str = ""


Looking = Callable[[Visit], Show]
Doing = Callable[[Visit], Show | Go]


@dataclass(frozen=True)
class Look:
    """A page at a path."""

    path: str
    show: Looking


@dataclass(frozen=True)
class Deed:
    """Something a person does with a form; `again` is the page to show when it is refused."""

    path: str
    do: Doing
    again: Looking


Row = Look | Deed


class Site:
    """Serves rows of pages."""

    def __init__(self, service: Service, rows: Sequence[Row]) -> None:
        self._service = service
        self._rows = rows
        self._pages = Pages()

    def routes(self) -> list[BaseRoute]:
        """The pages, their style sheet and their script."""

        async def style(request: Request) -> Response:
            return asset("crm.css", "text/css")

        async def script(request: Request) -> Response:
            return asset("frame.js", "text/javascript")

        async def icon(request: Request) -> Response:
            return asset("icon.svg", "image/svg+xml")

        return [
            Route("/crm/crm.css", style, methods=["GET"]),
            Route("/crm/icon.svg", icon, methods=["GET"]),
            Route("/crm/frame.js", script, methods=["GET"]),
            *(self._route(row) for row in self._rows),
        ]

    def show(self, page: Show, visit: Visit) -> Response:
        """A page as it goes out."""
        view = {
            "location": self._service.location,
            "installed": self._service.tokens.state.installed,
            "query": visit.query,
            "form": visit.form,
            "problem": visit.problem,
            "notice": NOTICES.get(visit.query.text("done"), ""),
            **page.view,
        }
        kind = self._service.location.kind
        return self._pages.show(page.template, view, kind, status=page.status, frames=page.frames)

    def _route(self, row: Row) -> Route:
        async def look(request: Request) -> Response:
            visit = self._visit(request, Form())
            assert isinstance(row, Look)
            try:
                return self.show(row.show(visit), visit)
            except Refused as refused:
                return self._missing(visit, refused)

        async def act(request: Request) -> Response:
            visit = self._visit(request, Form.read(await request.body()))
            assert isinstance(row, Deed)
            return self._done(row, visit)

        return (
            Route(row.path, look, methods=["GET"])
            if isinstance(row, Look)
            else Route(row.path, act, methods=["POST"])
        )

    def _visit(self, request: Request, form: Form) -> Visit:
        query = Form({name: request.query_params.getlist(name) for name in request.query_params})
        return Visit(self._service, request.path_params, query, form)

    def _done(self, row: Deed, visit: Visit) -> Response:
        try:
            done = row.do(visit)
        except (Refused, ValueError) as error:
            again = dataclasses.replace(visit, problem=_sentence(error))
            try:
                page = row.again(again)
            except Refused as refused:
                return self._missing(visit, refused)
            status = error.status if isinstance(error, Refused) else 400
            return self.show(dataclasses.replace(page, status=status), again)
        finally:
            self._service.commit()
        if isinstance(done, Show):
            return self.show(done, visit)
        joint = "&" if "?" in done.where else "?"
        return RedirectResponse(f"{done.where}{joint}done={done.done}" if done.done else done.where, 303)

    def _missing(self, visit: Visit, refused: Refused) -> Response:
        return self.show(Show("missing.html", {"why": _sentence(refused)}, refused.status), visit)


def number(text: str) -> Decimal | None:
    """A number as people type it; None for nothing. Raises ValueError with a sentence."""
    if not text:
        return None
    found = shapes.exact(text.replace(",", ""))
    if found is None:
        raise ValueError(f"“{text[:40]}” is not a number.")
    return found


def _sentence(error: Exception) -> str:
    """What was wrong, as a sentence for a person."""
    said = error.message if isinstance(error, Refused) else str(error)
    text = "; ".join(said) if isinstance(said, list) else said
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
