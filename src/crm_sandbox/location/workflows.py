"""Workflows that a user has built, enrolment in them, and the review requests they would send (reference 12)."""

from __future__ import annotations

from typing import Any

from crm_sandbox.location import contact_bodies, refusals, shapes
from crm_sandbox.location.contacts import Contacts
from crm_sandbox.location.desk import Desk
from crm_sandbox.location.records import Enrolment, Message, Workflow


class Workflows:
    """Enrolment only queues: a draft workflow, do-not-disturb or a missing address are not reported (reference 12.1)."""

    def __init__(self, desk: Desk, contacts: Contacts) -> None:
        self._desk = desk
        self._contacts = contacts

    def enrol(self, contact_id: str, workflow_id: str, body: object) -> None:
        """Puts the contact into the workflow. Raises Refused: 404, 422."""
        workflow = self._get(contact_id, workflow_id, body)
        self._desk.state.enrolments.append(
            Enrolment(contact_id=contact_id, workflow_id=workflow_id, at=self._desk.now())
        )
        contact = self._contacts.get(contact_id)
        to = contact.email or contact.phone
        if workflow.status != "published" or not workflow.asks_for_review or contact.dnd or to is None:
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
        self._get(contact_id, workflow_id, body)
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

    def _get(self, contact_id: str, workflow_id: str, body: object) -> Workflow:
        self._contacts.get(contact_id)
        shapes.check(contact_bodies.ENROL, body)
        workflow = self._desk.state.workflows.get(workflow_id)
        if workflow is None:
            raise refusals.not_found("Workflow", workflow_id)
        return workflow
