"""QuickBooks' JSON to entities: decimals exact, and total: what cannot be understood is one of our errors.

Every object is kept in two forms, the struct that decisions read and the bytes as they came, which hold the members
that Counterfoil does not know.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from counterfoil import times
from counterfoil.quickbooks import entities
from counterfoil.quickbooks.api import faults

T = TypeVar("T")

Members = dict[str, msgspec.Raw]


@dataclass(frozen=True, slots=True)
class Answer:
    """One object as QuickBooks has it; `entity` is Intuit's name of its kind, `raw` the whole object as JSON."""

    entity: str
    object: entities.Entity
    raw: bytes


def one(entity: str, content: bytes, at: faults.Circumstances) -> Answer:
    """The object of an answer that holds one: `{"Customer": {...}, "time": ...}` (reference 3.4).

    Raises OutcomeUnknown (a write) or TryLater (a read) when there is none in it.
    """
    members = decoded(content, dict[str, msgspec.Raw], at)
    if entity not in members:
        raise faults.unreadable(at)
    return answer(entity, members[entity], at)


def many(entity: str, content: bytes, at: faults.Circumstances) -> tuple[Answer, ...]:
    """The objects of a query's answer, in its order; none when nothing was found (reference 3.4).

    Raises TryLater when it cannot be understood.
    """
    found = decoded(content, _Found, at).query_response.get(entity)
    rows = [] if found is None else decoded(found, list[msgspec.Raw], at)
    return tuple(answer(entity, row, at) for row in rows)


def answer(entity: str, raw: msgspec.Raw | bytes, at: faults.Circumstances) -> Answer:
    """One object, whose JSON stands alone. It must have an id. Raises like `one`."""
    content = bytes(raw)
    found: entities.Entity = decoded(content, entities.BY_NAME[entity], at)
    if not found.id:
        raise faults.unreadable(at)
    return Answer(entity, found, content)


def decoded(content: msgspec.Raw | bytes, shape: type[T], at: faults.Circumstances) -> T:
    """The JSON in this shape. Raises OutcomeUnknown (a write) or TryLater (a read) when it has another."""
    try:
        return msgspec.json.decode(content, type=shape)
    except faults.UNREADABLE as error:
        raise faults.unreadable(at) from error


def instant(text: Any, at: faults.Circumstances) -> datetime:
    """An instant of QuickBooks in UTC; it tells them with any offset (reference 3.4). Raises like `decoded`."""
    try:
        return times.parse_instant(text)
    except (TypeError, ValueError, OverflowError) as error:
        raise faults.unreadable(at) from error


class _Found(msgspec.Struct):
    query_response: Members = msgspec.field(name="QueryResponse")
