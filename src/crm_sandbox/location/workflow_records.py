"""The records of a location's automations: workflows, triggers, who was taken in, and what would have been sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from msgspec import Struct, field


class Workflow(Struct, kw_only=True):
    """An automation that a user built; `asks_for_review` is what its one step does here.

    `tag` starts it when a contact gets that tag (reference 12); without one, only enrolment does.
    """

    id: str
    name: str
    status: Literal["published", "draft"]
    version: int
    asks_for_review: bool
    tag: str | None = None
    created_at: datetime
    updated_at: datetime


class Trigger(Struct, frozen=True, kw_only=True):
    """The app's own trigger as a user has put it into a workflow (reference 14.1)."""

    id: str
    key: str
    workflow_id: str
    filters: list[Any] = field(default_factory=list)


class Enrolment(Struct, frozen=True, kw_only=True):
    """A contact was put into a workflow, or taken out of it."""

    contact_id: str
    workflow_id: str
    at: datetime
    left: bool = False


class Message(Struct, frozen=True, kw_only=True):
    """What the CRM would have sent to a customer. `cause` says what made it do so."""

    kind: Literal["email", "sms"]
    to: str
    contact_id: str
    subject: str
    cause: str
    at: datetime
