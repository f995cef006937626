"""Carry out a recorded step: the request goes out with the step's own key, the answer is stored before anything else.

A step that was recorded earlier may have gone out already. QuickBooks replays the answer to a repeated request id, so
the same request is simply sent again, as long as QuickBooks remembers ids; after that the document is searched for
first. HighLevel knows no such ids: there the marker is searched for before a repeat.
"""

from __future__ import annotations

from datetime import timedelta

import msgspec

from counterfoil import errors
from counterfoil.crm import records as crm
from counterfoil.engine import doubt
from counterfoil.engine.desk import Desk
from counterfoil.quickbooks import api, entities
from counterfoil.store import links, steps
from counterfoil.sync import plan
from counterfoil.sync.facts import Verdict
from counterfoil.sync.plan import Operation

REQUEST_IDS_REMEMBERED_FOR = timedelta(hours=20)
"""Nobody says how long Intuit remembers a request id; a day is assumed, with a margin (reference 4, 19.1)."""


CLOCKS_DIFFER = timedelta(hours=1)
"""A contact that was linked longer ago than this is too old to be taken for one of this step by any connector."""


async def send(desk: Desk, step: steps.Step, *, repeated: bool) -> steps.Step:
    """Send the step and store its answer; the step as it stands afterwards.

    `repeated` says that it may have been sent before. Raises the families of `errors`; the step stays recorded then,
    and the next run sends it again with the same key.
    """
    if step.bank == "quickbooks":
        answer = await _to_quickbooks(desk, step, repeated=repeated)
    else:
        answer = await _to_crm(desk, step, repeated=repeated)
    await desk.write(lambda tx: steps.answered(tx, step.id, answer=answer))
    return msgspec.structs.replace(step, state="answered", answer=answer)


async def _to_quickbooks(desk: Desk, step: steps.Step, *, repeated: bool) -> bytes:
    body = msgspec.json.decode(step.body, type=entities.BY_NAME[step.entity])
    if repeated and desk.clock() - step.recorded_at > REQUEST_IDS_REMEMBERED_FOR:
        found = await doubt.find_in_quickbooks(desk, step, body)
        if found is not None:
            return found.raw
    match Operation(step.operation):
        case Operation.CREATE:
            answer = await api.writing.create(desk.quickbooks, step.entity, body, request_id=step.key)
        case Operation.UPDATE:
            answer = await api.writing.update(desk.quickbooks, step.entity, body, request_id=step.key)
        case Operation.VOID:
            answer = await api.writing.void(desk.quickbooks, step.entity, body, request_id=step.key)
        case Operation.ENROL | Operation.TAG:
            raise ValueError(f"QuickBooks knows no {step.operation}.")
    return answer.raw


async def _to_crm(desk: Desk, step: steps.Step, *, repeated: bool) -> bytes:
    if step.entity == steps.REVIEW:
        return await _ask_for_review(desk, step)
    draft = msgspec.json.decode(step.body, type=crm.ContactDraft)
    contact: crm.Contact | None = None
    if step.target_id:
        contact = await desk.crm.update_contact(crm.ContactId(step.target_id), draft)
    else:
        if repeated:
            contact = await desk.crm.find_created(
                draft=draft, since=step.recorded_at, besides=await _linked_lately(desk, step)
            )
        if contact is None:
            contact = await desk.crm.create_contact(draft)
    return msgspec.json.encode(contact)


async def _linked_lately(desk: Desk, step: steps.Step) -> frozenset[str]:
    """Contacts that got their customer about the time of this step: others made them, perhaps for namesakes."""
    since = step.recorded_at - CLOCKS_DIFFER
    return await desk.read(lambda tx: links.crm_ids_since(tx, desk.id, kind="contact", since=since))


async def _ask_for_review(desk: Desk, step: steps.Step) -> bytes:
    """The verdict that follows, as JSON.

    A workflow that is started twice writes to the customer twice, and nobody can ask whether it was started. So a
    request is marked just before it goes out; a start that is found marked is in doubt and not repeated (R62). A tag is
    simply added once more.
    """
    request = msgspec.json.decode(step.body, type=plan.ReviewRequest)
    contact = crm.ContactId(request.contact_id)
    tags = request.operation is Operation.TAG
    if step.state == "sending" and not tags:
        return msgspec.json.encode(Verdict.IN_DOUBT)
    await desk.write(lambda tx: steps.sending(tx, step.id, is_so=True))
    try:
        if tags:
            await desk.crm.add_tag(contact, request.tag)
        else:
            await desk.crm.enrol(contact, request.workflow_id)
    except (errors.TryLater, errors.AccessLost, errors.NeedsPerson):
        await desk.write(lambda tx: steps.sending(tx, step.id, is_so=False))
        raise
    except errors.OutcomeUnknown:
        if tags:
            raise
        return msgspec.json.encode(Verdict.IN_DOUBT)
    return msgspec.json.encode(Verdict.ASKED)
