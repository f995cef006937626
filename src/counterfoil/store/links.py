"""Links: which record of the CRM and which QuickBooks object stand for the same thing, and what we last wrote."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec
import sqlalchemy as sa

from counterfoil.store import rows, schema
from counterfoil.store.database import Tx
from counterfoil.sync import facts, plan

_table = schema.links
_written = schema.written
_BESIDE = "Contact"
"""Entity of the rows that tell which customer a second contact shares; `parent` names the customer."""


class Child(msgspec.Struct, frozen=True, kw_only=True):
    """A link below another, and what we last wrote to QuickBooks for it."""

    link: facts.Link
    written: bytes | None


def of_crm(tx: Tx, connection: int, *, kind: str, id: str, entity: str) -> facts.Link | None:
    """Which object of this kind belongs to the CRM's record? The primary one of several."""
    row = (
        tx.execute(
            sa.select(_table)
            .where(
                _table.c.connection == connection,
                _table.c.crm_kind == kind,
                _table.c.crm_id == id,
                _table.c.entity == entity,
            )
            .order_by(_table.c.primary.desc(), _table.c.at, _table.c.entity_id)
            .limit(1)
        )
        .mappings()
        .one_or_none()
    )
    return _read(row) if row else _shared(tx, connection, kind=kind, id=id, entity=entity)


def crm_ids_since(tx: Tx, connection: int, *, kind: str, since: datetime) -> frozenset[str]:
    """The CRM's records of this kind that were linked at or after this instant."""
    found = tx.scalars(
        sa.select(_table.c.crm_id).where(
            _table.c.connection == connection, _table.c.crm_kind == kind, _table.c.at >= since
        )
    )
    return frozenset(found)


def of_entity(tx: Tx, connection: int, *, entity: str, id: str) -> facts.Link | None:
    """Which CRM record belongs to this QuickBooks object?"""
    row = tx.execute(sa.select(_table).where(*_is(connection, entity, id))).mappings().one_or_none()
    return _read(row) if row else None


def items(tx: Tx, connection: int, keys: Iterable[str]) -> dict[str, str]:
    """Which items belong to these keys of lines?"""
    found = tx.execute(
        sa.select(_table.c.crm_id, _table.c.entity_id).where(
            _table.c.connection == connection,
            _table.c.crm_kind == "product",
            _table.c.entity == "Item",
            _table.c.crm_id.in_(list(keys)),
        )
    )
    return {row.crm_id: row.entity_id for row in found}


def children(tx: Tx, connection: int, *, parent: str) -> tuple[Child, ...]:
    """Which links lie below this record (the payments of an invoice), oldest first?"""
    joined = sa.outerjoin(
        _table,
        _written,
        sa.and_(
            _written.c.connection == _table.c.connection,
            _written.c.entity == _table.c.entity,
            _written.c.entity_id == _table.c.entity_id,
            _written.c.side == "quickbooks",
        ),
    )
    found = tx.execute(
        sa.select(_table, _written.c.body)
        .select_from(joined)
        .where(_table.c.connection == connection, _table.c.parent == parent)
        .order_by(_table.c.at, _table.c.entity_id)
    ).mappings()
    return tuple(Child(link=_read(row), written=row["body"]) for row in found)


def put(tx: Tx, connection: int, pair: plan.Pair, *, crm_id: str, entity_id: str, at: datetime) -> None:
    """These two belong together; a QuickBooks object that is linked already keeps its link.

    A contact that shares the customer of another one (both have its e-mail address) is remembered beside it.
    """
    row = {
        "connection": connection,
        "entity": pair.entity,
        "entity_id": entity_id,
        "crm_kind": pair.crm_kind,
        "crm_id": crm_id,
        "origin": pair.origin.value,
        "parent": pair.parent,
        "primary": pair.primary,
        "at": at,
    }
    if rows.once(tx, _table, row) or pair.crm_kind != "contact":
        return
    known = of_entity(tx, connection, entity=pair.entity, id=entity_id)
    if known is not None and known.crm_id != crm_id:
        beside = {
            "entity": _BESIDE,
            "entity_id": crm_id,
            "parent": f"{pair.entity}/{entity_id}",
            "primary": False,
        }
        rows.once(tx, _table, row | beside)


def follow(tx: Tx, connection: int, *, kind: str, gone: str, survivor: str) -> None:
    """The CRM's record is gone; another one stands for it from now on (R16)."""
    mine = (_table.c.connection == connection, _table.c.crm_kind == kind, _table.c.crm_id == gone)
    tx.execute(sa.update(_table).where(*mine, _table.c.entity != _BESIDE).values(crm_id=survivor))


def written(tx: Tx, connection: int, *, entity: str, entity_id: str, side: str) -> bytes | None:
    """What did we last write (`quickbooks`, `crm`), or see (`seen`), of this object?"""
    found: bytes | None = tx.scalar(
        sa.select(_written.c.body).where(
            _written.c.connection == connection,
            _written.c.entity == entity,
            _written.c.entity_id == entity_id,
            _written.c.side == side,
        )
    )
    return found


def set_written(tx: Tx, connection: int, *, entity: str, entity_id: str, side: str, body: bytes) -> None:
    """This is what we wrote or saw last."""
    key = {"connection": connection, "entity": entity, "entity_id": entity_id, "side": side}
    rows.put(tx, _written, key, {"body": body})


def everyone(tx: Tx, connection: int, *, entity: str | None = None) -> tuple[facts.Link, ...]:
    """All links, or those of one kind of object."""
    question = sa.select(_table).where(_table.c.connection == connection, _table.c.entity != _BESIDE)
    if entity:
        question = question.where(_table.c.entity == entity)
    found = tx.execute(question.order_by(_table.c.at, _table.c.entity_id)).mappings()
    return tuple(_read(row) for row in found)


def _shared(tx: Tx, connection: int, *, kind: str, id: str, entity: str) -> facts.Link | None:
    """The object that this record of the CRM shares with another one."""
    if kind != "contact":
        return None
    row = tx.execute(sa.select(_table).where(*_is(connection, _BESIDE, id))).mappings().one_or_none()
    shared, _, entity_id = (row["parent"] if row else "").partition("/")
    known = of_entity(tx, connection, entity=entity, id=entity_id) if shared == entity else None
    return msgspec.structs.replace(known, crm_id=id) if known is not None else None


def _is(connection: int, entity: str, entity_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        _table.c.connection == connection,
        _table.c.entity == entity,
        _table.c.entity_id == entity_id,
    )


def _read(row: sa.RowMapping) -> facts.Link:
    return facts.Link(
        crm_kind=row["crm_kind"],
        crm_id=row["crm_id"],
        entity=row["entity"],
        entity_id=row["entity_id"],
        origin=facts.Origin(row["origin"]),
    )
