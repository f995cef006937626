"""Workflows that a user has built, enrolment in them, and the review requests they would send (reference 12)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from crm_sandbox.location import contact_bodies, refusals, shapes
from crm_sandbox.location.contacts import Contacts
from crm_sandbox.location.desk import Desk
from crm_sandbox.location.records import Contact
from crm_sandbox.location.workflow_records import Enrolment, Message, Workflow


class Workflows:
    """Enrolment only queues: a draft workflow, do-not-disturb or a missing address are not reported (reference 12.1)."""

    def __init__(self, desk: Desk, contacts: Contacts) -> None:
        self._desk = desk
        self._contacts = contacts

    def get(self, workflow_id: str) -> Workflow:
        """The workflow. Raises Refused with 404."""
        workflow = self._desk.state.workflows.get(workflow_id)
        if workflow is None:
            raise refusals.not_found("Workflow", workflow_id)
        return workflow

    def enrol(self, contact_id: str, workflow_id: str, body: object) -> None:
        """Puts the contact into the workflow. Raises Refused: 404, 422."""
        workflow = self._checked(contact_id, workflow_id, body)
        self._enter(self._contacts.get(contact_id), workflow)

    def build(self, name: str, tag: str | None) -> Workflow:
        """A person builds a workflow whose one step sends a review request; it starts as a draft. Raises ValueError."""
        if not name.strip():
            raise ValueError("A workflow needs a name.")
        now = self._desk.now()
        workflow = Workflow(
            id=self._desk.ids.uuid(),
            name=name.strip(),
            status="draft",
            version=1,
            asks_for_review=True,
            tag=(tag or "").strip().lower() or None,
            created_at=now,
            updated_at=now,
        )
        self._desk.state.workflows[workflow.id] = workflow
        return workflow

    def publish(self, workflow_id: str, *, published: bool) -> Workflow:
        """A person publishes the workflow, or makes it a draft again. Raises Refused with 404."""
        workflow = self.get(workflow_id)
        workflow.status = "published" if published else "draft"
        workflow.version += 1
        workflow.updated_at = self._desk.now()
        return workflow

    def tagged(self, contact: Contact, new: Collection[str]) -> None:
        """A contact got tags that it did not have: published workflows that wait for one of them take it in."""
        for workflow in list(self._desk.state.workflows.values()):
            if workflow.status == "published" and workflow.tag in new:
                self._enter(contact, workflow)

    def _enter(self, contact: Contact, workflow: Workflow) -> None:
        contact_id, workflow_id = contact.id, workflow.id
        self._desk.state.enrolments.append(
            Enrolment(contact_id=contact_id, workflow_id=workflow_id, at=self._desk.now())
        )
        to = contact.email or contact.phone
        hears = contact.hears("Email" if contact.email else "SMS")
        if workflow.status != "published" or not workflow.asks_for_review or not hears or to is None:
            return
        self._desk.state.messages.append(
            Message(
                kind="email" if contact.email else "sms",
                to=to,
                contact_id=contact_id,
                subject="How did we do?",
                cause=f"workflow {workflow_id}",
                at=self._desk.now(),
            )
        )

    def leave(self, contact_id: str, workflow_id: str, body: object) -> None:
        """Takes the contact out of the workflow. Raises Refused: 404, 422."""
        self._checked(contact_id, workflow_id, body)
        self._desk.state.enrolments.append(
            Enrolment(contact_id=contact_id, workflow_id=workflow_id, at=self._desk.now(), left=True)
        )

    def views(self) -> list[dict[str, Any]]:
        """All workflows as the API lists them; their steps are not told (reference 12.1)."""
        return [
            {
                "id": each.id,
                "name": each.name,
                "status": each.status,
                "version": each.version,
                "locationId": self._desk.state.location_id,
                "createdAt": each.created_at,
                "updatedAt": each.updated_at,
            }
            for each in self._desk.state.workflows.values()
        ]

    def _checked(self, contact_id: str, workflow_id: str, body: object) -> Workflow:
        self._contacts.get(contact_id)
        shapes.check(contact_bodies.ENROL, body)
        return self.get(workflow_id)
