"""The mirror: QuickBooks' objects as last seen, so that they are never read again (R75); and names known as taken."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec
import sqlalchemy as sa

from counterfoil.quickbooks import entities
from counterfoil.store import rows, schema
from counterfoil.store.database import Tx

_table = schema.mirror
_emails = schema.mirror_emails
_taken = schema.taken

_INCOME_SUB_TYPES = ("SalesOfProductIncome", "ServiceFeeIncome")
"""The sub-types of income accounts that fit a sale best, best first (reference 14.5)."""


def put(
    tx: Tx,
    connection: int,
    *,
    entity: str,
    object: entities.Entity,
    raw: bytes,
    at: datetime,
    only_newer: bool = True,
) -> bool:
    """Keep the object as it came; False when what is kept is as new or newer (by SyncToken, then time)."""
    token, updated = _age(object)
    kept = rows.put(
        tx,
        _table,
        {"connection": connection, "entity": entity, "id": object.id or ""},
        {
            "sync_token": token,
            "updated_at": updated,
            "name_folded": _name(object).casefold(),
            "active": getattr(object, "active", None) is not False,
            "raw": raw,
            "at": at,
        },
        only_if=_is_older(token, updated) if only_newer else None,
    )
    if kept and isinstance(object, entities.Customer):
        _index_emails(tx, connection, object)
    return kept


def touch(tx: Tx, connection: int, *, entity: str, id: str, at: datetime) -> None:
    """A write of ours to another object changed this one at that time (the balance of a customer, say)."""
    tx.execute(sa.update(_table).where(*_is(connection, entity, id)).values(touched_at=at))


def touched_at(tx: Tx, connection: int, *, entity: str, id: str) -> datetime | None:
    """When did a write of ours to another object last change this one? By QuickBooks' clock."""
    found: datetime | None = tx.scalar(sa.select(_table.c.touched_at).where(*_is(connection, entity, id)))
    return found


def remove(tx: Tx, connection: int, *, entity: str, id: str) -> None:
    """The object was deleted in QuickBooks."""
    tx.execute(sa.delete(_table).where(*_is(connection, entity, id)))
    if entity == "Customer":
        _forget_emails(tx, connection, id)


def get(tx: Tx, connection: int, *, entity: str, id: str) -> entities.Entity | None:
    """The object as last seen."""
    raw = tx.scalar(sa.select(_table.c.raw).where(*_is(connection, entity, id)))
    return _decode(entity, raw) if raw else None


def customers_with_email(tx: Tx, connection: int, email: str) -> tuple[entities.Customer, ...]:
    """Which customers, inactive ones too, have this address among theirs?"""
    found = tx.execute(
        sa.select(_table.c.raw)
        .join(
            _emails,
            sa.and_(_emails.c.connection == _table.c.connection, _emails.c.customer_id == _table.c.id),
        )
        .where(
            _table.c.connection == connection,
            _table.c.entity == "Customer",
            _emails.c.email == email.strip().casefold(),
        )
        .order_by(_table.c.id)
    ).scalars()
    return tuple(msgspec.json.decode(raw, type=entities.Customer) for raw in found)


def names_taken(tx: Tx, connection: int, prefix: str) -> frozenset[str]:
    """Which DisplayNames that begin with this are taken, as far as we know? Case folded."""
    folded = prefix.strip().casefold()
    if not folded:
        return frozenset()
    found = tx.execute(
        sa.select(_table.c.name_folded).where(
            _table.c.connection == connection,
            _table.c.entity == "Customer",
            _table.c.name_folded.startswith(folded, autoescape=True),
        )
    ).scalars()
    refused = tx.execute(
        sa.select(_taken.c.name).where(
            _taken.c.connection == connection,
            _taken.c.scope == "DisplayName",
            _taken.c.name.startswith(folded, autoescape=True),
        )
    ).scalars()
    return frozenset(found) | frozenset(refused)


def item_named(tx: Tx, connection: int, name: str) -> entities.Item | None:
    """The active item with exactly this name, letter case aside."""
    raw = tx.scalar(
        sa.select(_table.c.raw)
        .where(
            _table.c.connection == connection,
            _table.c.entity == "Item",
            _table.c.active,
            _table.c.name_folded == name.strip().casefold(),
        )
        .order_by(_table.c.id)
        .limit(1)
    )
    return msgspec.json.decode(raw, type=entities.Item) if raw else None


def income_account(tx: Tx, connection: int) -> str:
    """The income account for new items when none is chosen: the best sub-type, then the lowest id; empty for none."""
    found = [
        account
        for account in everyone(tx, connection, "Account")
        if isinstance(account, entities.Account)
        and account.active is not False
        and account.account_type == "Income"
    ]

    def preference(account: entities.Account) -> tuple[int, int, str]:
        kind = account.account_sub_type or ""
        rank = _INCOME_SUB_TYPES.index(kind) if kind in _INCOME_SUB_TYPES else len(_INCOME_SUB_TYPES)
        number = account.id or ""
        return rank, int(number) if number.isdigit() else 0, number

    return min(found, key=preference).id or "" if found else ""


def payment_methods(tx: Tx, connection: int) -> dict[str, str]:
    """The company's active payment methods: lower-case name → id."""
    return {
        (method.name or "").lower(): method.id or ""
        for method in everyone(tx, connection, "PaymentMethod")
        if isinstance(method, entities.PaymentMethod) and method.active is not False
    }


def everyone(tx: Tx, connection: int, entity: str) -> Iterator[entities.Entity]:
    """All objects of a kind."""
    found = tx.execute(
        sa.select(_table.c.raw)
        .where(_table.c.connection == connection, _table.c.entity == entity)
        .order_by(_table.c.id)
    ).scalars()
    return (_decode(entity, raw) for raw in found)


def count(tx: Tx, connection: int, entity: str) -> int:
    """How many objects of a kind are known?"""
    found = tx.scalar(
        sa.select(sa.func.count()).where(_table.c.connection == connection, _table.c.entity == entity)
    )
    return int(found or 0)


def take(tx: Tx, connection: int, *, scope: str, name: str) -> None:
    """QuickBooks refused this name or number as taken."""
    rows.once(tx, _taken, {"connection": connection, "scope": scope, "name": name.strip().casefold()})


def taken(tx: Tx, connection: int, *, scope: str) -> frozenset[str]:
    """Which names or numbers were refused as taken? Case folded."""
    found = tx.execute(
        sa.select(_taken.c.name).where(_taken.c.connection == connection, _taken.c.scope == scope)
    ).scalars()
    return frozenset(found)


def _age(object: entities.Entity) -> tuple[int, datetime | None]:
    token = object.sync_token or ""
    meta = object.meta_data
    return int(token) if token.isdigit() else 0, meta.last_updated_time if meta else None


def _is_older(token: int, updated: datetime | None) -> sa.ColumnElement[bool]:
    """Asked of a kept row inside the statement that replaces it, so that two who write at once agree."""
    older = _table.c.sync_token < token
    if updated is None:
        return older
    earlier = sa.or_(_table.c.updated_at.is_(None), _table.c.updated_at < updated)
    return sa.or_(older, sa.and_(_table.c.sync_token == token, earlier))


def _name(object: entities.Entity) -> str:
    for member in ("display_name", "name"):
        name = getattr(object, member, None)
        if name:
            return str(name).strip()
    return ""


def _index_emails(tx: Tx, connection: int, customer: entities.Customer) -> None:
    _forget_emails(tx, connection, customer.id or "")
    address = (customer.primary_email_addr.address if customer.primary_email_addr else None) or ""
    folded = {part.strip().casefold() for part in address.replace(";", ",").split(",")}
    for email in sorted(folded - {""}):
        tx.execute(sa.insert(_emails).values(connection=connection, customer_id=customer.id, email=email))


def _forget_emails(tx: Tx, connection: int, customer_id: str) -> None:
    mine = (_emails.c.connection == connection, _emails.c.customer_id == customer_id)
    tx.execute(sa.delete(_emails).where(*mine))


def _decode(entity: str, raw: bytes) -> entities.Entity:
    found: entities.Entity = msgspec.json.decode(raw, type=entities.BY_NAME[entity])
    return found


def _is(connection: int, entity: str, id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return _table.c.connection == connection, _table.c.entity == entity, _table.c.id == id
