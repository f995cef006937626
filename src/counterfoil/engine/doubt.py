"""Was it done? Looks in QuickBooks for the document of a step whose request id may be forgotten.

Costs one metered read, and is asked only when a step lay in doubt for the better part of a day (reference 20.2).
"""

from __future__ import annotations

from datetime import date
from typing import Any

from counterfoil.engine.desk import Desk
from counterfoil.quickbooks import api, entities
from counterfoil.store import steps
from counterfoil.sync.plan import Operation

_UNIQUE = {"Customer": ("DisplayName", "display_name"), "Item": ("Name", "name")}


async def find_in_quickbooks(
    desk: Desk, step: steps.Step, body: entities.Entity
) -> api.reading.Answer | None:
    """The object that this step has made or changed, when it did; None when nothing shows that it did.

    Customers and items are known by their unique name, documents by the marker in their private note among those of
    the same customer and day. An update is done when the object carries a newer SyncToken than the step sent.
    """
    if Operation(step.operation) is not Operation.CREATE:
        now = await api.writing.read(desk.quickbooks, step.entity, getattr(body, "id", None) or "")
        moved = getattr(now.object, "sync_token", None) != getattr(body, "sync_token", None)
        return now if moved else None
    if step.entity in _UNIQUE:
        column, member = _UNIQUE[step.entity]
        where = f"{column} = {api.query.quoted(getattr(body, member) or '')}"
        found = await api.query.select(desk.quickbooks, step.entity, where=where, maximum=1)
        return found[0] if found else None
    return await _by_note(desk, step.entity, body)


async def _by_note(desk: Desk, entity: str, body: Any) -> api.reading.Answer | None:
    day: date | None = body.txn_date
    conditions = [f"CustomerRef = {api.query.quoted(body.customer_ref.value)}"]
    if day is not None:
        conditions.append(f"TxnDate = {api.query.quoted(day.isoformat())}")
    found = await api.query.select(desk.quickbooks, entity, where=" AND ".join(conditions), maximum=1000)
    for answer in found:
        note = getattr(answer.object, "private_note", None)
        if body.private_note and note and body.private_note in note:
            return answer
    return None
