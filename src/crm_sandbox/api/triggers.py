"""Firing a custom trigger (reference 14.1). It is in none of HighLevel's OpenAPI files."""

from __future__ import annotations

from crm_sandbox.api.operations import Answer, Call, Operation
from crm_sandbox.location.triggers import EXECUTE


def operations() -> list[Operation]:
    """The one row of the table."""
    path = f"{EXECUTE}/{{locationId}}/{{triggerId}}"
    return [Operation("POST", path, "workflows.readonly", _fire)]


def _fire(call: Call) -> Answer:
    call.location.triggers.fire(call.path["triggerId"], call.body())
    return Answer({"success": True})
