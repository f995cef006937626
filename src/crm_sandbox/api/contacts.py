"""Operations on contacts (reference 5.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from crm_sandbox.api.operations import DATED, V3, Answer, Call, Operation
from crm_sandbox.location import contact_views
from crm_sandbox.location.records import Contact
from crm_sandbox.location.shapes import Number, Object, Text, may, must

_DUPLICATE = Object({"locationId": must(Text(filled=True)), "number": may(Text()), "email": may(Text())})
_LIST = Object(
    {
        "locationId": must(Text(filled=True)),
        "startAfterId": may(Text()),
        "startAfter": may(Number(whole=True, textual=True)),
        "query": may(Text()),
        "limit": may(Number(least=1, most=100, whole=True, textual=True)),
    }
)
_NOTHING = Object({})
LIMIT_DEFAULT = 20
_FROM_V3 = {"call": "Call", "email": "Email", "sms": "SMS", "whatsApp": "WhatsApp", "gmb": "GMB", "fb": "FB"}
"""The channels of do-not-disturb, as the v3 file and as the dated one spell them."""


def operations() -> list[Operation]:
    """The rows of the table."""
    one = "/contacts/{contactId}"
    return [
        Operation("GET", "/contacts/", "contacts.readonly", _list, versions=(DATED,)),
        Operation("POST", "/contacts/", "contacts.write", _create),
        Operation("POST", "/contacts/upsert", "contacts.write", _upsert),
        Operation("POST", "/contacts/search", "contacts.readonly", _search),
        Operation("GET", "/contacts/search/duplicate", "contacts.readonly", _duplicate),
        Operation("GET", one, "contacts.readonly", _get),
        Operation("PUT", one, "contacts.write", _update),
        Operation("DELETE", one, "contacts.write", _delete),
        Operation("POST", f"{one}/tags", "contacts.write", _add_tags),
        Operation("DELETE", f"{one}/tags", "contacts.write", _remove_tags),
        Operation("POST", f"{one}/workflow/{{workflowId}}", "contacts.write", _enrol),
        Operation("DELETE", f"{one}/workflow/{{workflowId}}", "contacts.write", _leave),
    ]


def _list(call: Call) -> Answer:
    """The deprecated list, newest first (reference 5.1): its cursor is the last contact's time and id."""
    query = call.query(_LIST)
    limit = int(query.get("limit", LIMIT_DEFAULT))
    asked: dict[str, Any] = {"locationId": query["locationId"], "pageLimit": limit}
    asked |= {"query": query["query"]} if query.get("query") else {}
    if "startAfter" in query and "startAfterId" in query:
        asked["searchAfter"] = [int(query["startAfter"]), query["startAfterId"]]
    found = call.location.search.page(asked)
    more = len(found.contacts) == limit
    at, last = found.contacts[-1][1] if more else (None, None)
    following = {**query, "startAfter": str(at), "startAfterId": str(last)}
    meta = {
        "total": found.total,
        "nextPageUrl": f"{call.service.base_url()}/contacts/?{urlencode(following)}" if more else None,
        "startAfter": at,
        "startAfterId": last,
        "currentPage": None if "searchAfter" in asked else 1,
        "nextPage": 2 if more and "searchAfter" not in asked else None,
        "prevPage": None,
    }
    contacts = [_view(call, contact) for contact, _ in found.contacts]
    return Answer({"contacts": contacts, "count": found.total, "meta": meta})


def _create(call: Call) -> Answer:
    contact = call.location.contacts.create(_body(call), call.by)
    return Answer({"contact": _view(call, contact)}, 201)


def _upsert(call: Call) -> Answer:
    contact, new = call.location.contacts.upsert(_body(call), call.by)
    return Answer({"new": new, "contact": _view(call, contact)}, 201 if new else 200)


def _search(call: Call) -> Answer:
    found = call.location.search.page(call.body())
    contacts = [{**_view(call, contact), "searchAfter": cursor} for contact, cursor in found.contacts]
    return Answer({"contacts": contacts, "total": found.total})


def _duplicate(call: Call) -> Answer:
    query = call.query(_DUPLICATE)
    contacts = call.location.contacts
    found = contacts.with_email(query.get("email")) or contacts.with_phone(query.get("number"))
    return Answer({"contact": None if found is None else _view(call, found)})


def _get(call: Call) -> Answer:
    call.query(_NOTHING)
    return Answer({"contact": _view(call, call.location.contacts.get(call.path["contactId"]))})


def _update(call: Call) -> Answer:
    contact = call.location.contacts.update(call.path["contactId"], _body(call), call.by)
    return Answer({_succeeded(call): True, "contact": _view(call, contact)})


def _delete(call: Call) -> Answer:
    call.location.contacts.delete(call.path["contactId"])
    return Answer({_succeeded(call): True})


def _add_tags(call: Call) -> Answer:
    tags = call.location.contacts.add_tags(call.path["contactId"], call.body(), call.by)
    return Answer({"tags": tags}, 201)


def _remove_tags(call: Call) -> Answer:
    return Answer({"tags": call.location.contacts.remove_tags(call.path["contactId"], call.body(), call.by)})


def _enrol(call: Call) -> Answer:
    call.location.workflows.enrol(call.path["contactId"], call.path["workflowId"], call.body())
    return Answer({_succeeded(call): True})


def _leave(call: Call) -> Answer:
    call.location.workflows.leave(call.path["contactId"], call.path["workflowId"], call.body())
    return Answer({_succeeded(call): True})


def _body(call: Call) -> Any:
    """The body of a contact, as the dated generation spells it; see `_FROM_V3` and reference 1.3."""
    body = call.body()
    if call.version != V3 or not isinstance(body, dict):
        return body
    fields, silence = body.get("customFields"), body.get("dndSettings")
    if isinstance(fields, list):
        body = {**body, "customFields": [_renamed(each, {"fieldValue": "field_value"}) for each in fields]}
    return {**body, "dndSettings": _renamed(silence, _FROM_V3)} if isinstance(silence, dict) else body


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if not isinstance(value, dict):
        return value
    return {names.get(name, name): each for name, each in value.items()}


def _succeeded(call: Call) -> str:
    """The word for success: misspelt until v3 (reference 1.3)."""
    return "succeeded" if call.version == V3 else "succeded"


def _view(call: Call, contact: Contact) -> dict[str, object]:
    view = contact_views.read(contact, call.location.id)
    if call.version == V3:
        view["dndSettings"] = _renamed(view["dndSettings"], {old: new for new, old in _FROM_V3.items()})
    return view
