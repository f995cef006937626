"""Custom triggers: a user puts the app's trigger into a workflow, the app fires it at its address (reference 14.1)."""

from __future__ import annotations

from typing import Any

import msgspec

from crm_sandbox.location import refusals
from crm_sandbox.location.contacts import Contacts
from crm_sandbox.location.desk import Desk
from crm_sandbox.location.records import Contact
from crm_sandbox.location.workflow_records import Trigger
from crm_sandbox.location.workflows import Workflows

EXECUTE = "/workflows-marketplace/triggers/execute"
_OPERATORS = ("==", "!=")


class Triggers:
    """The app's triggers in this location's workflows. Filters are evaluated here, against the body."""

    def __init__(self, desk: Desk, contacts: Contacts, workflows: Workflows) -> None:
        self._desk = desk
        self._contacts = contacts
        self._workflows = workflows

    def add(self, key: str, workflow_id: str, filters: list[Any]) -> Trigger:
        """A user adds the trigger to a workflow. Raises Refused with 404, ValueError for a filter that is none."""
        workflow = self._workflows.get(workflow_id)
        _check(filters)
        trigger = Trigger(
            id=self._desk.ids.alphanumeric(20), key=key, workflow_id=workflow.id, filters=list(filters)
        )
        self._desk.state.triggers[trigger.id] = trigger
        return trigger

    def change(self, trigger_id: str, filters: list[Any]) -> Trigger:
        """The user sets other filters. Raises Refused with 404, ValueError for a filter that is none."""
        _check(filters)
        trigger = msgspec.structs.replace(self._get(trigger_id), filters=list(filters))
        self._desk.state.triggers[trigger_id] = trigger
        return trigger

    def remove(self, trigger_id: str) -> Trigger:
        """The user takes the trigger out again. Raises Refused with 404."""
        trigger = self._get(trigger_id)
        del self._desk.state.triggers[trigger_id]
        return trigger

    def fire(self, trigger_id: str, body: object) -> bool:
        """The app fires it; True when a contact was taken into the workflow. Raises Refused with 400 or 404.

        The contact is found by contactId, else e-mail, else phone; without one the workflow runs for nobody.
        """
        trigger = self._get(trigger_id)
        if self._workflows.get(trigger.workflow_id).status != "published":
            raise refusals.bad_request(f"Trigger with id {trigger_id} is inactive")
        given = body if isinstance(body, dict) else {}
        if not all(_passes(each, given) for each in trigger.filters):
            return False
        contact = self._contact(given)
        if contact is not None:
            self._workflows.enrol(contact.id, trigger.workflow_id, {})
        return contact is not None

    def subscription(self, trigger: Trigger, event: str, base_url: str) -> dict[str, Any]:
        """What the app's subscription address is told: CREATED, UPDATED or DELETED (reference 14.1)."""
        location_id = self._desk.state.location_id
        return {
            "triggerData": {
                "id": trigger.id,
                "key": trigger.key,
                "filters": trigger.filters,
                "eventType": event,
                "targetUrl": f"{base_url}{EXECUTE}/{location_id}/{trigger.id}",
            },
            "meta": {"key": trigger.key, "version": "1.0"},
            "extras": {
                "locationId": location_id,
                "workflowId": trigger.workflow_id,
                "companyId": self._desk.state.company_id,
            },
        }

    def _get(self, trigger_id: str) -> Trigger:
        trigger = self._desk.state.triggers.get(trigger_id)
        if trigger is None:
            raise refusals.not_found("Trigger", trigger_id)
        return trigger

    def _contact(self, given: dict[str, Any]) -> Contact | None:
        person = given.get("contact")
        places = [given, *([person] if isinstance(person, dict) else [])]
        texts = {
            name: next((each[name] for each in places if isinstance(each.get(name), str)), None)
            for name in ("contactId", "email", "phone")
        }
        return (
            self._desk.state.contacts.get(texts["contactId"] or "")
            or self._contacts.with_email(texts["email"])
            or self._contacts.with_phone(texts["phone"])
        )


def _check(filters: list[Any]) -> None:
    for each in filters:
        if not isinstance(each, dict) or "field" not in each or each.get("operator") not in _OPERATORS:
            raise ValueError('a filter is {"field", "operator": "==" or "!=", "value"}')


def _passes(condition: dict[str, Any], given: dict[str, Any]) -> bool:
    same = str(given.get(str(condition["field"]))) == str(condition.get("value"))
    return same if condition["operator"] == "==" else not same
