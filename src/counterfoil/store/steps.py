"""Steps: writes to the outside, recorded before they are sent (R71).

A step holds the complete request and its key. The key is made of the cause and a generation: a retry never changes
it, and after a step is closed (settled or refused) the same cause gets the next generation, because QuickBooks gives
an old answer to an old key even when the object is gone.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec
import sqlalchemy as sa

from counterfoil.store import schema
from counterfoil.store.database import Tx
from counterfoil.sync import plan
from counterfoil.sync.facts import Kind, RecordRef
from counterfoil.sync.reasons import Because

_table = schema.steps

REVIEW = "Review"
"""What a request for a review is called where QuickBooks' entities and `Contact` have their names."""

OPEN = ("recorded", "sending", "answered")


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One write. `bank` is `quickbooks` or `crm`; `target_id` is the CRM's record that is changed, empty for a new one."""

    id: int
    connection: int
    record: RecordRef
    bank: str
    operation: str
    entity: str
    target_id: str
    body: bytes
    wanted: bytes | None
    pair: plan.Pair | None
    because: Because
    expect_total: Decimal | None
    cause: str
    generation: int
    key: str
    state: Literal["recorded", "sending", "answered", "settled", "refused"]
    answer: bytes | None
    recorded_at: datetime


def record(
    tx: Tx,
    connection: int,
    *,
    record: RecordRef,
    plan: plan.Write,
    body: bytes,
    wanted: bytes | None,
    at: datetime,
    epoch: int,
) -> Step:
    """Record this write; when its cause has an open step, that one is what has to be finished first."""
    before = opened(tx, connection, plan.cause)
    if before is not None:
        return before
    generation = 1 + _closed(tx, connection, plan.cause)
    values: dict[str, Any] = {
        "connection": connection,
        "record_kind": record.kind.value,
        "record_id": record.id,
        **_of_plan(plan),
        "body": body,
        "wanted": wanted,
        "pair": _pair(plan),
        "because": plan.because.name,
        "cause": plan.cause,
        "generation": generation,
        "key": _key(tx, connection, plan.cause, generation),
        "state": "recorded",
        "code": "",
        "detail": "",
        "epoch": epoch,
        "recorded_at": at,
    }
    number = tx.execute(sa.insert(_table).values(**values).returning(_table.c.id)).scalar_one()
    made = _first(tx, _table.c.id == number)
    if made is None:
        raise LookupError("a step that was just recorded is gone")
    return made


def opened(tx: Tx, connection: int, cause: str) -> Step | None:
    """The step of this cause that is not concluded; it may have been sent."""
    return _first(tx, _table.c.connection == connection, _table.c.cause == cause, _table.c.state.in_(OPEN))


def unfinished(tx: Tx, connection: int) -> tuple[Step, ...]:
    """Which steps were recorded or answered but not concluded? Oldest first."""
    return _all(tx, _table.c.connection == connection, _table.c.state.in_(OPEN))


def of_record(tx: Tx, connection: int, ref: RecordRef) -> tuple[Step, ...]:
    """All writes that were decided for this record, oldest first."""
    mine = _table.c.record_kind == ref.kind.value, _table.c.record_id == ref.id
    return _all(tx, _table.c.connection == connection, *mine)


def sending(tx: Tx, step: int, *, is_so: bool) -> None:
    """A request that is not safe to repeat goes out now; with False, it certainly was not carried out."""
    state = "sending" if is_so else "recorded"
    tx.execute(sa.update(_table).where(_table.c.id == step).values(state=state))


def answered(tx: Tx, step: int, *, answer: bytes) -> None:
    """The other side said yes; its answer is kept before anything is concluded from it."""
    tx.execute(sa.update(_table).where(_table.c.id == step).values(state="answered", answer=answer))


def settled(tx: Tx, step: int, *, at: datetime) -> None:
    """Everything has been concluded from the answer."""
    tx.execute(sa.update(_table).where(_table.c.id == step).values(state="settled", closed_at=at))


def refused(tx: Tx, step: int, *, code: str, detail: str, at: datetime) -> None:
    """The other side said no."""
    tx.execute(
        sa.update(_table)
        .where(_table.c.id == step)
        .values(state="refused", code=code, detail=detail, closed_at=at)
    )


def _pair(found: plan.Write) -> bytes | None:
    if isinstance(found, plan.ReviewRequest) or found.pair is None:
        return None
    return msgspec.json.encode(found.pair)


def _of_plan(found: plan.Write) -> dict[str, Any]:
    operation = found.operation.value
    if isinstance(found, plan.ReviewRequest):
        return {"bank": "crm", "operation": operation, "entity": REVIEW, "target_id": found.contact_id}
    if isinstance(found, plan.CrmWrite):
        return {"bank": "crm", "operation": operation, "entity": "Contact", "target_id": found.contact_id}
    total = found.expect_total
    return {
        "bank": "quickbooks",
        "operation": operation,
        "entity": found.entity,
        "target_id": "",
        "expect_total": None if total is None else str(total),
    }


def _closed(tx: Tx, connection: int, cause: str) -> int:
    found = tx.scalar(
        sa.select(sa.func.max(_table.c.generation)).where(
            _table.c.connection == connection, _table.c.cause == cause
        )
    )
    return int(found or 0)


def _key(tx: Tx, connection: int, cause: str, generation: int) -> str:
    """36 characters, the most that QuickBooks takes for a batch (reference 4); the same for the same cause for ever."""
    mine = tx.scalar(sa.select(schema.connections.c.uuid).where(schema.connections.c.id == connection))
    return str(uuid.uuid5(uuid.UUID(mine), f"{cause}#{generation}"))


def _first(tx: Tx, *conditions: sa.ColumnElement[bool]) -> Step | None:
    found = _all(tx, *conditions)
    return found[0] if found else None


def _all(tx: Tx, *conditions: sa.ColumnElement[bool]) -> tuple[Step, ...]:
    found = tx.execute(sa.select(_table).where(*conditions).order_by(_table.c.id)).mappings()
    return tuple(_read(row) for row in found)


def _read(row: sa.RowMapping) -> Step:
    total = row["expect_total"]
    return Step(
        **{name: row[name] for name in _PLAIN},
        record=RecordRef(Kind(row["record_kind"]), row["record_id"]),
        pair=msgspec.json.decode(row["pair"], type=plan.Pair) if row["pair"] else None,
        because=Because[row["because"]],
        expect_total=None if total is None else Decimal(total),
    )


_PLAIN = (
    "id",
    "connection",
    "bank",
    "operation",
    "entity",
    "target_id",
    "body",
    "wanted",
    "cause",
    "generation",
    "key",
    "state",
    "answer",
    "recorded_at",
)
