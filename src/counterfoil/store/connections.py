"""Connections: one CRM account paired with one QuickBooks company."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import Enum
from typing import Any

import msgspec
import sqlalchemy as sa

from counterfoil.store import rows, schema
from counterfoil.store.database import Tx
from counterfoil.sync import facts

_table = schema.connections


class State(Enum):
    """Where a connection is in its life; READY has both sides and waits for *Start*."""

    NEW = "new"
    READY = "ready"
    RUNNING = "running"
    RECONNECT_NEEDED = "reconnect needed"
    DISCONNECTED = "disconnected"


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """`connected_at` is when it was first started: what was sold before is not posted (R30)."""

    id: int
    uuid: str
    crm: str
    account_id: str
    account_name: str
    account_zone: str
    account_country: str
    realm_id: str
    company_name: str
    state: State
    state_reason: str
    created_at: datetime
    connected_at: datetime | None
    books: facts.Books | None
    choices: facts.Choices


def create(tx: Tx, *, crm: str, account_id: str, at: datetime) -> Connection:
    """The connection of this CRM account; made when it is new."""
    made = rows.once(
        tx,
        _table,
        {
            "uuid": str(uuid.uuid4()),
            "crm": crm,
            "account_id": account_id,
            "account_name": "",
            "account_zone": "",
            "account_country": "",
            "realm_id": "",
            "company_name": "",
            "state": State.NEW.value,
            "state_reason": "",
            "created_at": at,
            "choices": msgspec.json.encode(facts.Choices()),
        },
    )
    found = by_account(tx, crm=crm, account_id=account_id)
    if found is None:
        raise LookupError(f"connection of {crm} account {account_id} was not stored")
    if made:
        tx.execute(
            sa.insert(schema.connection_work).values(
                connection=found.id, wake=False, attempts=0, epoch=0, parked=False, error=""
            )
        )
    return found


def get(tx: Tx, connection: int) -> Connection:
    """The connection of this number. Raises LookupError."""
    row = tx.execute(sa.select(_table).where(_table.c.id == connection)).mappings().one_or_none()
    if row is None:
        raise LookupError(f"there is no connection {connection}")
    return _read(row)


def by_uuid(tx: Tx, uuid: str) -> Connection | None:
    """Which connection has this public name?"""
    row = tx.execute(sa.select(_table).where(_table.c.uuid == uuid)).mappings().one_or_none()
    return _read(row) if row else None


def by_account(tx: Tx, *, crm: str, account_id: str) -> Connection | None:
    """Which connection belongs to this CRM account?"""
    row = (
        tx.execute(sa.select(_table).where(_table.c.crm == crm, _table.c.account_id == account_id))
        .mappings()
        .one_or_none()
    )
    return _read(row) if row else None


def by_realm(tx: Tx, realm_id: str) -> tuple[Connection, ...]:
    """Which connections belong to this QuickBooks company?"""
    found = tx.execute(sa.select(_table).where(_table.c.realm_id == realm_id)).mappings()
    return tuple(_read(row) for row in found)


def everyone(tx: Tx) -> tuple[Connection, ...]:
    """All connections, oldest first."""
    found = tx.execute(sa.select(_table).order_by(_table.c.id)).mappings()
    return tuple(_read(row) for row in found)


def set_state(tx: Tx, connection: int, state: State, *, reason: str = "") -> None:
    """The connection is in this state from now on, and why."""
    _update(tx, connection, state=state.value, state_reason=reason)


def set_realm(tx: Tx, connection: int, *, realm_id: str, company_name: str, books: facts.Books) -> None:
    """The QuickBooks company of the connection, and how its documents are written."""
    _update(
        tx,
        connection,
        realm_id=realm_id,
        company_name=company_name,
        books=msgspec.json.encode(books),
    )


def set_account(tx: Tx, connection: int, *, name: str, zone: str, country: str) -> None:
    """What the CRM says about its account."""
    _update(tx, connection, account_name=name, account_zone=zone, account_country=country)


def set_choices(tx: Tx, connection: int, choices: facts.Choices) -> None:
    """What the owner chose."""
    _update(tx, connection, choices=msgspec.json.encode(choices))


def start(tx: Tx, connection: int, *, at: datetime) -> None:
    """The connection runs; the line between old and new sales is drawn the first time only."""
    _update(
        tx,
        connection,
        state=State.RUNNING.value,
        state_reason="",
        connected_at=sa.func.coalesce(_table.c.connected_at, sa.bindparam("at", at, type_=schema.Instant())),
    )
    tx.execute(
        sa.update(schema.connection_work)
        .where(
            schema.connection_work.c.connection == connection,
            schema.connection_work.c.poll_at.is_(None),
        )
        .values(poll_at=at)
    )


def cursor(tx: Tx, connection: int, name: str) -> str:
    """How far this reading has come; empty before the first time."""
    table = schema.cursors
    found = tx.scalar(sa.select(table.c.value).where(table.c.connection == connection, table.c.name == name))
    return found or ""


def set_cursor(tx: Tx, connection: int, name: str, value: str) -> None:
    """This reading has come so far."""
    rows.put(tx, schema.cursors, {"connection": connection, "name": name}, {"value": value})


def _update(tx: Tx, connection: int, **values: Any) -> None:
    tx.execute(sa.update(_table).where(_table.c.id == connection).values(**values))


def _read(row: sa.RowMapping) -> Connection:
    books = row["books"]
    return Connection(
        **{name: row[name] for name in _PLAIN},
        state=State(row["state"]),
        books=msgspec.json.decode(books, type=facts.Books) if books else None,
        choices=msgspec.json.decode(row["choices"], type=facts.Choices),
    )


_PLAIN = (
    "id",
    "uuid",
    "crm",
    "account_id",
    "account_name",
    "account_zone",
    "account_country",
    "realm_id",
    "company_name",
    "state_reason",
    "created_at",
    "connected_at",
)
