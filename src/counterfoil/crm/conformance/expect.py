"""What a check says when a connector does not conform, and the vocabulary's laws for every record."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from counterfoil.crm import port

T = TypeVar("T")

PAGES_MAX = 1000
_KEPT = (Decimal, datetime, date)


class NotConforming(AssertionError):
    """The connector does not keep the port's promise; the message says which."""


def expect(holds: bool, promise: str) -> None:
    """Raises NotConforming with the promise that was not kept."""
    if not holds:
        raise NotConforming(promise)


def same(found: object, wanted: object, promise: str) -> None:
    """Raises NotConforming unless both are equal."""
    if found != wanted:
        raise NotConforming(f"{promise}: {wanted!r} was expected, {found!r} was found")


@contextmanager
def refused_as(family: type[Exception], promise: str) -> Iterator[None]:
    """Raises NotConforming unless the block raises an error of this family."""
    try:
        yield
    except family:
        return
    except Exception as other:
        raise NotConforming(f"{promise}: {type(other).__name__} is no {family.__name__}") from other
    raise NotConforming(f"{promise}: {family.__name__} was expected, and nothing was raised")


def there(record: T | None, promise: str) -> T:
    """The record, which must exist and keep the laws of the vocabulary. Raises NotConforming."""
    if record is None:
        raise NotConforming(f"{promise}: there is no record")
    sound(record)
    return record


def sound(record: Any) -> None:
    """The laws of `counterfoil.crm.records`: types as declared, instants in UTC, no binary fractions.

    Raises NotConforming.
    """
    kind = type(record).__name__
    plain = msgspec.to_builtins(record, builtin_types=_KEPT)
    _lawful(plain, kind)
    try:
        msgspec.convert(plain, type(record), builtin_types=_KEPT)
    except msgspec.ValidationError as error:
        raise NotConforming(f"{kind} is not made as declared: {error}") from error


async def every(first: port.Page[T], following: Any) -> tuple[T, ...]:
    """All items of a listing; `following(after)` fetches one page. Raises NotConforming when it has no end."""
    items, page = list(first.items), first
    for _ in range(PAGES_MAX):
        if page.after is None:
            for item in items:
                sound(item)
            return tuple(items)
        page = await following(page.after)
        items += page.items
    raise NotConforming("a listing comes to an end")


async def portions(stream: AsyncIterator[tuple[T, ...]]) -> tuple[T, ...]:
    """All items of a stream of portions."""
    found: list[T] = []
    async for portion in stream:
        for item in portion:
            sound(item)
        found += portion
    return tuple(found)


def _lawful(value: Any, where: str) -> None:
    if isinstance(value, dict):
        for name, part in value.items():
            _lawful(part, f"{where}.{name}")
    elif isinstance(value, list):
        for part in value:
            _lawful(part, where)
    elif isinstance(value, datetime):
        expect(value.tzinfo is not None and value.utcoffset() == UTC.utcoffset(None), f"{where} is in UTC")
    else:
        expect(not isinstance(value, float), f"{where} is no binary fraction")
