"""Schemas of request bodies and queries, and what HighLevel's validator says when they are broken.

Members that are not named are refused ("property X should not exist", reference 3.2); null counts as absent. Complaints
about a nested member carry its path in front: `items.0.name must be a string`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

from crm_sandbox.location import refusals

LARGEST = 10**13
"""No number of a business is larger, milliseconds since 1970 included; beyond it sums would no longer be exact."""


class Shape(Protocol):
    """What a value must look like."""

    def complaints(self, name: str, value: object) -> Iterator[str]:
        """What is wrong with `value`, which the caller calls `name`."""
        ...


@dataclass(frozen=True)
class Member:
    """A member of an object: its shape and whether it must be there."""

    shape: Shape
    required: bool = False


def must(shape: Shape) -> Member:
    """A member that has to be there."""
    return Member(shape, required=True)


def may(shape: Shape) -> Member:
    """A member that may be missing."""
    return Member(shape)


@dataclass(frozen=True)
class Text:
    """A string; `choices` are the only ones allowed when given."""

    choices: Sequence[str] = ()
    filled: bool = False
    length_max: int | None = None

    def complaints(self, name: str, value: object) -> Iterator[str]:
        if not isinstance(value, str):
            yield f"{name} must be a string"
        elif self.filled and not value.strip():
            yield f"{name} should not be empty"
        if self.choices and value not in self.choices:
            yield f"{name} must be one of the following values: {', '.join(self.choices)}"
        if self.length_max is not None and isinstance(value, str) and len(value) > self.length_max:
            yield f"{name} must be shorter than or equal to {self.length_max} characters"


@dataclass(frozen=True)
class Number:
    """A JSON number. With `textual` a string of digits will do as well, as in a query."""

    least: Decimal | int | None = None
    above: Decimal | int | None = None
    most: int | None = None
    whole: bool = False
    textual: bool = False

    def complaints(self, name: str, value: object) -> Iterator[str]:
        number = _number(value, textual=self.textual)
        if number is not None and abs(number) > LARGEST:
            yield f"{name} must not be greater than {LARGEST}"
            return
        if number is None or (self.whole and number != int(number)):
            kind = "an integer number" if self.whole else "a number conforming to the specified constraints"
            yield f"{name} must be {kind}"
            return
        if self.least is not None and number < self.least:
            yield f"{name} must not be less than {self.least}"
        if self.above is not None and number <= self.above:
            yield f"{name} must be greater than {self.above}"
        if self.most is not None and number > self.most:
            yield f"{name} must not be greater than {self.most}"


@dataclass(frozen=True)
class Flag:
    """true or false. With `textual` the words will do as well, as in a query."""

    textual: bool = False

    def complaints(self, name: str, value: object) -> Iterator[str]:
        if not isinstance(value, bool) and not (self.textual and value in {"true", "false"}):
            yield f"{name} must be a boolean value"


@dataclass(frozen=True)
class Day:
    """A calendar day as YYYY-MM-DD (reference 7.3)."""

    def complaints(self, name: str, value: object) -> Iterator[str]:
        if not isinstance(value, str):
            yield f"{name} must be a string"
        elif not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value) or _broken(date.fromisoformat, value):
            yield f"{name} must be a valid date in YYYY-MM-DD format"


@dataclass(frozen=True)
class Instant:
    """An instant in ISO 8601."""

    def complaints(self, name: str, value: object) -> Iterator[str]:
        if not isinstance(value, str) or _broken(datetime.fromisoformat, value):
            yield f"{name} must be a valid ISO 8601 date string"


@dataclass(frozen=True)
class Email:
    """An address of the usual form; empty means none."""

    def complaints(self, name: str, value: object) -> Iterator[str]:
        if not isinstance(value, str) or (value and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", value)):
            yield f"{name} must be an email"


@dataclass(frozen=True)
class Anything:
    """A value of no particular shape."""

    def complaints(self, name: str, value: object) -> Iterator[str]:
        yield from ()


@dataclass(frozen=True)
class ListOf:
    """A list whose elements have one shape."""

    element: Shape
    least: int = 0

    def complaints(self, name: str, value: object) -> Iterator[str]:
        if not isinstance(value, list):
            yield f"{name} must be an array"
            return
        if len(value) < self.least:
            yield f"{name} should not be empty"
        for index, each in enumerate(value):
            if isinstance(self.element, Object) and isinstance(each, dict):
                yield from (f"{name}.{index}.{said}" for said in self.element.inner(each))
            else:
                yield from self.element.complaints(f"each value in {name}", each)


@dataclass(frozen=True)
class Object:
    """An object with exactly these members."""

    members: Mapping[str, Member] = field(default_factory=dict)

    def complaints(self, name: str, value: object) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{name} must be an object"
        else:
            yield from (f"{name}.{said}" for said in self.inner(value))

    def inner(self, value: Mapping[str, Any]) -> Iterator[str]:
        """Complaints about the members of an object, without a path in front."""
        for name in value:
            if name not in self.members:
                yield f"property {name} should not exist"
        for name, member in self.members.items():
            given = value.get(name)
            if given is not None or member.required:
                yield from member.shape.complaints(name, given)


@dataclass(frozen=True)
class FreeObject:
    """An object with any members."""

    def complaints(self, name: str, value: object) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{name} must be an object"


@dataclass(frozen=True)
class Choice:
    """A value that fits one of several shapes; the first one's complaints are told."""

    shapes: tuple[Shape, ...]

    def complaints(self, name: str, value: object) -> Iterator[str]:
        if all(any(shape.complaints(name, value)) for shape in self.shapes):
            yield from self.shapes[0].complaints(name, value)


def check(shape: Object, value: object) -> dict[str, Any]:
    """The value as an object of this shape, nulls left out. Raises Refused with 422."""
    if not isinstance(value, dict):
        raise refusals.unprocessable(["the body must be an object"])
    found = list(shape.inner(value))
    if found:
        raise refusals.unprocessable(found)
    return {name: each for name, each in value.items() if each is not None}


def exact(text: str) -> Decimal | None:
    """The number that a text names; None when it names none, or one larger than any business has."""
    try:
        number = Decimal(text)
    except ArithmeticError:
        return None
    return number if number.is_finite() and abs(number) <= LARGEST else None


def _number(value: object, *, textual: bool) -> Decimal | None:
    if textual and isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value):
        return Decimal(value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    return Decimal(value)


def _broken(read: Any, value: str) -> bool:
    try:
        read(value)
    except ValueError:
        return True
    return False
