"""One record: what came in, what was decided and why, what was sent, what came back (R74)."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import msgspec
from litestar import get
from litestar.params import FromPath
from litestar.response import Template
from msgspec import Struct

from counterfoil.store import attention, connections, history, links, records, steps
from counterfoil.store.database import Database, Tx
from counterfoil.sync.facts import Kind, Link, RecordRef
from counterfoil.web import session
from counterfoil.web.buttons import ref_of
from counterfoil.web.errors import NotFound
from counterfoil.web.given import Given
from counterfoil.web.pages import connection, wording

STATES = {
    "clean": ("In step", "good"),
    "dirty": ("Working on it", "wait"),
    "waiting": ("Waiting for its customer", "wait"),
    "later": ("Will be tried again", "wait"),
    "asking": ("Needs attention", "bad"),
    "broken": ("Needs attention", "bad"),
}
"""A record's state in the store → words and the tone of their colour."""
CARD = "CreditCardPayment"
"""What QuickBooks knows of a card (number and holder, masked or not) is under this name."""


class Line(Struct, frozen=True, kw_only=True):
    """One event with everything it tells; `rule` names the rule that was followed.

    `sent` and `answer` are the request that was decided and what came back, as JSON, for those who may see them.
    """

    at: str
    what: str
    sentence: str
    rule: str
    details: tuple[tuple[str, str], ...]
    sent: str = ""
    answer: str = ""


class View(Struct, frozen=True, kw_only=True):
    """The whole page."""

    back: str
    csrf: str
    may_change: bool
    kind: str
    name: str
    state: str
    tone: str
    retry: str
    since: str
    partners: tuple[str, ...]
    items: tuple[connection.Item, ...]
    lines: tuple[Line, ...]


def partner(ref: RecordRef, link: Link) -> str:
    """What stands on the other side, in words."""
    if ref.kind is Kind.CUSTOMER:
        return f"{link.crm_kind.capitalize()} {link.crm_id} in the CRM"
    word = wording.ENTITIES.get(link.entity, link.entity)
    return f"{word.capitalize()} with the id {link.entity_id} in QuickBooks"


def line(
    entry: history.Entry, *, notation: wording.Notation, currency: str, written: Mapping[str, steps.Step]
) -> Line:
    """One event; `written` are the writes of the record by their keys."""
    step = written.get(entry.detail.get("key", "")) if entry.what == "decided" else None
    return Line(
        at=notation.moment(entry.at),
        what=wording.happened(entry),
        sentence=entry.because.sentence if entry.because else "",
        rule=entry.because.rule if entry.because else "",
        details=wording.details(entry.detail, notation, currency),
        sent=told(step.body) if step else "",
        answer=told(step.answer or b"") if step else "",
    )


def told(body: bytes) -> str:
    """A body of JSON for people to read, without what it says of a card (R74)."""
    if body.startswith(b"{"):
        members = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        body = msgspec.json.encode({name: value for name, value in members.items() if name != CARD})
    return msgspec.json.format(body, indent=2).decode() if body else ""


@get("/connections/{connection_uuid:uuid}/records/{kind:str}/{record_id:str}")
async def show(
    connection_uuid: FromPath[UUID],
    kind: FromPath[str],
    record_id: FromPath[str],
    visitor: Given[session.Visitor],
    database: Given[Database],
) -> Template:
    """The page. Raises NotFound for a record that was never looked at."""
    known = await session.connection_of(visitor, str(connection_uuid), database)
    ref = ref_of(kind, record_id)
    view = await database.read(lambda tx: _view(tx, known, ref, visitor))
    if view is None:
        raise NotFound
    return Template("record.html", context={"view": view})


def _view(tx: Tx, known: connections.Connection, ref: RecordRef, visitor: session.Visitor) -> View | None:
    record = records.get(tx, known.id, ref)
    if record is None:
        return None
    notation = wording.Notation(known.account_zone, known.account_country)
    written = steps.of_record(tx, known.id, ref) if visitor.may_change else ()
    by_key = {step.key: step for step in written}
    name = wording.known_name(tx, known.id, ref)
    words, tone = STATES[record.state]
    return View(
        back=f"/connections/{known.uuid}",
        csrf=visitor.csrf,
        may_change=visitor.may_change,
        kind=wording.KINDS[ref.kind],
        name=name,
        state=words,
        tone=tone,
        retry=f"{wording.address(known.uuid, ref)}/retry",
        since=notation.moment(record.first_seen_at),
        partners=tuple(partner(ref, link) for link in _links(tx, known.id, ref)),
        items=tuple(
            connection.item(found, uuid=known.uuid, record=name, notation=notation)
            for found in attention.open_items(tx, known.id)
            if found.record == ref
        ),
        lines=tuple(
            line(
                entry,
                notation=notation,
                currency=known.books.home_currency if known.books else "",
                written=by_key,
            )
            for entry in history.of(tx, known.id, ref)
        ),
    )


def _links(tx: Tx, connection_id: int, ref: RecordRef) -> tuple[Link, ...]:
    if ref.kind is Kind.CUSTOMER:
        found = links.of_entity(tx, connection_id, entity="Customer", id=ref.id)
        return (found,) if found else ()
    entity = wording.ENTITY_OF.get(ref.kind)
    mine = links.of_crm(tx, connection_id, kind=ref.kind.value, id=ref.id, entity=entity) if entity else None
    below = tuple(child.link for child in links.children(tx, connection_id, parent=ref.id))
    return ((mine,) if mine else ()) + below
