"""Workflows that ask for reviews, who is in them, and the outbox of everything that would have been sent."""

from __future__ import annotations

from crm_sandbox.pages.listing import newest, page
from crm_sandbox.pages.site import Deed, Go, Look, Row, Show, Visit


def rows() -> list[Row]:
    """The pages of workflows and the outbox."""
    return [
        Look("/crm/workflows", _list),
        Deed("/crm/workflows", _build, _list),
        Deed("/crm/workflows/{id}/publish", _publish, _list),
        Look("/crm/outbox", _outbox),
    ]


def _list(visit: Visit) -> Show:
    state = visit.location.state
    inside = {
        each.id: sum(1 for one in state.enrolments if one.workflow_id == each.id and not one.left)
        for each in state.workflows.values()
    }
    return Show(
        "workflows.html",
        {
            "workflows": list(state.workflows.values()),
            "inside": inside,
            "enrolments": newest(state.enrolments, 30),
            "names": {each.id: each.name for each in state.workflows.values()},
            "contacts": state.contacts,
        },
    )


def _build(visit: Visit) -> Go:
    visit.location.workflows.build(visit.form.text("name"), visit.form.text("tag"))
    return Go("/crm/workflows", "created")


def _publish(visit: Visit) -> Go:
    visit.location.workflows.publish(visit.path["id"], published=visit.form.text("to") == "published")
    return Go("/crm/workflows", "saved")


def _outbox(visit: Visit) -> Show:
    state = visit.location.state
    return Show("outbox.html", {"page": page(visit, state.messages), "contacts": state.contacts})
