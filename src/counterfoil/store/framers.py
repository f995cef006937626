"""Domains under which the people of a CRM account see the CRM: they may frame the pages of that account's connection."""

from __future__ import annotations

import sqlalchemy as sa

from counterfoil.store import rows, schema
from counterfoil.store.database import Tx

_table = schema.framers


def add(tx: Tx, *, crm: str, account_id: str, domain: str) -> None:
    """This account's people see the CRM there."""
    rows.once(tx, _table, {"crm": crm, "account_id": account_id, "domain": domain})


def of_connection(tx: Tx, connection: int) -> tuple[str, ...]:
    """The domains of this connection's account."""
    mine = schema.connections
    return _domains(
        tx,
        _table.c.crm == mine.c.crm,
        _table.c.account_id == mine.c.account_id,
        mine.c.id == connection,
    )


def of_crm(tx: Tx, *, crm: str) -> tuple[str, ...]:
    """The domains of all accounts of this CRM."""
    return _domains(tx, _table.c.crm == crm)


def _domains(tx: Tx, *which: sa.ColumnElement[bool]) -> tuple[str, ...]:
    found = sa.select(_table.c.domain).where(*which).distinct().order_by(_table.c.domain)
    return tuple(tx.scalars(found))
