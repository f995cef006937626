"""One record: what came in, what was decided and why, what was sent, what came back (R74)."""

from __future__ import annotations

from uuid import UUID

from litestar import get
from litestar.params import FromPath
from litestar.response import Template
from msgspec import Struct

from counterfoil.store import attention, connections, history, links, records
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


class Line(Struct, frozen=True, kw_only=True):
    """One event with everything it tells; `rule` names the rule that was followed."""

    at: str
    what: str
    sentence: str
    rule: str
    details: tuple[tuple[str, str], ...]


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
    partners: tuple[str, ...]
    items: tuple[connection.Item, ...]
    lines: tuple[Line, ...]


def partner(ref: RecordRef, link: Link) -> str:
    """What stands on the other side, in words."""
    if ref.kind is Kind.CUSTOMER:
        return f"{link.crm_kind.capitalize()} {link.crm_id} in the CRM"
    word = wording.ENTITIES.get(link.entity, link.entity)
    return f"{word.capitalize()} number {link.entity_id} in QuickBooks"


def line(entry: history.Entry, *, zone: str, currency: str) -> Line:
    """One event."""
    return Line(
        at=wording.moment(entry.at, zone),
        what=wording.happened(entry),
        sentence=entry.because.sentence if entry.because else "",
        rule=entry.because.rule if entry.because else "",
        details=wording.details(entry.detail, currency),
    )


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
    zone = known.account_zone
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
        partners=tuple(partner(ref, link) for link in _links(tx, known.id, ref)),
        items=tuple(
            connection.item(found, uuid=known.uuid, record=name, zone=zone)
            for found in attention.open_items(tx, known.id)
            if found.record == ref
        ),
        lines=tuple(
            line(entry, zone=zone, currency=known.books.home_currency if known.books else "")
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
