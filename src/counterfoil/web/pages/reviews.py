"""*Review requests*: whether and how customers are asked for a review (R2, R62)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Template
from msgspec import Struct

from counterfoil import errors as families
from counterfoil.crm import records as crm
from counterfoil.engine.connect import Pairing
from counterfoil.store import connections
from counterfoil.store.database import Database
from counterfoil.sync.facts import Reviews
from counterfoil.web import notices, session
from counterfoil.web.given import Given

TAG_LETTERS = 100
OFF, WORKFLOW, TAG = "off", "workflow", "tag"


class View(Struct, frozen=True, kw_only=True):
    """The whole page; `way` is off, workflow or tag. `problem` says what was wrong with what was sent."""

    uuid: str
    csrf: str
    may_change: bool
    way: str
    workflows: tuple[crm.Workflow, ...]
    workflow_id: str
    tag: str
    problem: str = ""


def told(reviews: Reviews) -> str:
    """How it is set, in a sentence."""
    if not reviews.on:
        return "Switched off: no customer is asked for a review."
    way = (
        f"by the workflow “{reviews.workflow_name}”" if reviews.workflow_id else f"by the tag “{reviews.tag}”"
    )
    return f"A customer is asked once, after the first fully paid invoice, {way}."


@get("/connections/{connection_uuid:uuid}/reviews")
async def show(
    connection_uuid: FromPath[UUID],
    visitor: Given[session.Visitor],
    database: Given[Database],
    pairing: Given[Pairing],
) -> Template:
    """The page. Raises NotFound for a connection that this browser has not proven."""
    known = await session.connection_of(visitor, str(connection_uuid), database)
    workflows, problem = await _workflows(pairing, known)
    return _page(known, visitor, workflows, problem=problem)


@post("/connections/{connection_uuid:uuid}/reviews")
async def change(
    request: Request[Any, Any, Any],
    pressed: Given[connections.Connection],
    visitor: Given[session.Visitor],
    pairing: Given[Pairing],
) -> Response[Any]:
    """*Save*. What cannot be taken is said on the page, and nothing is changed."""
    form = await request.form()
    way, tag = str(form.get("way", "")), str(form.get("tag", "")).strip()
    workflows, problem = await _workflows(pairing, pressed)
    chosen = next((each for each in workflows if each.id == form.get("workflow")), None)
    if way in (OFF, TAG) and chosen is not None and chosen.id != pressed.choices.reviews.workflow_id:
        problem = f"“{chosen.name}” is chosen, but not “Start a workflow”. Tick what you want."
    elif way == WORKFLOW and chosen is None:
        problem = problem or "Choose one of the published workflows."
    elif way == TAG and not 0 < len(tag) <= TAG_LETTERS:
        problem = f"Enter the tag, at most {TAG_LETTERS} letters."
    elif way in (OFF, WORKFLOW, TAG):
        await pairing.ask_for_reviews(
            pressed.id, workflow=chosen if way == WORKFLOW else None, tag=tag if way == TAG else ""
        )
        return notices.back_to(pressed, notice=notices.SAVED)
    return _page(
        pressed,
        visitor,
        workflows,
        problem=problem or "Choose one of the three.",
        way=way,
        tag=tag,
        workflow_id=chosen.id if chosen else "",
    )


async def _workflows(pairing: Pairing, known: connections.Connection) -> tuple[tuple[crm.Workflow, ...], str]:
    """What there is to choose from, and what to say when the CRM cannot be asked."""
    try:
        return await pairing.workflows(known), ""
    except families.CounterfoilError:
        return (), "The CRM's workflows cannot be read just now. Try again in a minute, or use a tag."


def _page(
    known: connections.Connection,
    visitor: session.Visitor,
    workflows: tuple[crm.Workflow, ...],
    *,
    problem: str = "",
    way: str = "",
    tag: str = "",
    workflow_id: str = "",
) -> Template:
    now = known.choices.reviews
    is_now = OFF if not now.on else WORKFLOW if now.workflow_id else TAG
    view = View(
        uuid=known.uuid,
        csrf=visitor.csrf,
        may_change=visitor.may_change,
        way=way or is_now,
        workflows=workflows,
        workflow_id=workflow_id or now.workflow_id,
        tag=tag or now.tag,
        problem=problem,
    )
    return Template("reviews.html", context={"view": view}, status_code=422 if way else 200)
