"""The kinds of values a member can have, and how a sent value is accepted or refused.

Accepting returns the server's own value: numbers become ``Decimal``, empty strings and nulls mean *unset* and come back
as ``UNSET``, read-only members are dropped. Sent texts are never shortened or repaired.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from quickbooks_sandbox.company import amounts, refusals, times

Record = dict[str, Any]
MOST_DIGITS = 11
"""No number has more digits before the point: prices end at 99,999,999,999 (reference 14.4)."""
FIRST_YEAR, LAST_YEAR = 1900, 2199


class _Unset:
    """Marks a member that was sent empty: it is cleared."""


UNSET: Final = _Unset()


@dataclass(frozen=True, slots=True)
class Text:
    """A string of at most ``longest`` characters without any of ``forbidden``; numbers and *true* become their text.

    A *false* means unset: python-quickbooks sends it for texts that it does not know.
    """

    longest: int | None = None
    forbidden: str = ""

    def accept(self, value: Any, path: str) -> Any:
        """The stored form of a sent value, UNSET for an empty one; refused if it is not of this kind."""
        if not isinstance(value, (str, int, Decimal)):
            raise refusals.unreadable(f"Can not deserialize instance of java.lang.String ({path})")
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if value is False or not text.strip():
            return UNSET
        if self.longest is not None and len(text) > self.longest:
            raise refusals.too_long(path, self.longest, len(text))
        if any(character in text for character in self.forbidden):
            raise refusals.invalid_characters(path, text)
        return text


@dataclass(frozen=True, slots=True)
class Email:
    """One address, or several with commas between them; each must hold ``@`` and ``.`` (reference 14.3)."""

    longest: int = 100

    def accept(self, value: Any, path: str) -> Any:
        """The stored form of a sent value, UNSET for an empty one; refused if it is not of this kind."""
        text = Text(self.longest).accept(value, path)
        if isinstance(text, _Unset):
            return UNSET
        for address in text.split(","):
            name, at, domain = address.strip().rpartition("@")
            if not (name and at and "." in domain.strip(".")) or " " in address.strip():
                raise refusals.invalid_email(text)
        return text


@dataclass(frozen=True, slots=True)
class Number:
    """A decimal, sent as a number or as digits in a string; within the given bounds if any."""

    least: Decimal | None = None
    most: Decimal | None = None

    def accept(self, value: Any, path: str) -> Any:
        """The stored form of a sent value, UNSET for an empty one; refused if it is not of this kind."""
        if isinstance(value, str) and not value.strip():
            return UNSET
        if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
            raise refusals.unreadable(f"Can not deserialize instance of java.math.BigDecimal ({path})")
        try:
            number = Decimal(value)
        except InvalidOperation:
            raise refusals.unreadable(
                f"Can not construct instance of java.math.BigDecimal ({path})"
            ) from None
        if not number.is_finite() or number.adjusted() > MOST_DIGITS:
            raise refusals.invalid_number(path, str(value))
        if (self.least is not None and number < self.least) or (self.most is not None and number > self.most):
            raise refusals.invalid_number(path, str(value))
        return amounts.shortest(number)


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false, also as words."""

    def accept(self, value: Any, path: str) -> Any:
        """The stored form of a sent value, UNSET for an empty one; refused if it is not of this kind."""
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.strip().lower() in {"true", "false"}:
            return value.strip().lower() == "true"
        if value == "":
            return UNSET
        raise refusals.unreadable(f"Can not deserialize instance of java.lang.Boolean ({path})")


@dataclass(frozen=True, slots=True)
class Day:
    """A calendar day; the time of a date-time is dropped."""

    def accept(self, value: Any, path: str) -> Any:
        """The stored form of a sent value, UNSET for an empty one; refused if it is not of this kind."""
        if value == "":
            return UNSET
        if not isinstance(value, str):
            raise refusals.invalid_date(path, str(value))
        try:
            day: date = times.parse_day(value)
        except ValueError:
            raise refusals.invalid_date(path, value) from None
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise refusals.invalid_date(path, value)
        return day.isoformat()


@dataclass(frozen=True, slots=True)
class OneOf:
    """A word of an enumeration; spelled as Intuit spells it, compared without regard to case."""

    words: tuple[str, ...]

    def accept(self, value: Any, path: str) -> Any:
        """The stored form of a sent value, UNSET for an empty one; refused if it is not of this kind."""
        if value == "":
            return UNSET
        for word in self.words:
            if isinstance(value, str) and value.casefold() == word.casefold():
                return word
        raise refusals.invalid_enumeration(path, str(value))


@dataclass(frozen=True, slots=True)
class ReadOnly:
    """Written by QuickBooks alone; a sent value is silently ignored (reference 5.1)."""

    def accept(self, value: Any, path: str) -> Any:
        """The stored form of a sent value, UNSET for an empty one; refused if it is not of this kind."""
        return UNSET


@dataclass(frozen=True, slots=True)
class Shape:
    """An object with known members; ``java`` is the class name that refusals show."""

    java: str
    members: Mapping[str, Kind]
    required: tuple[str, ...] = ()

    def accept(self, value: Any, path: str) -> Any:
        """The stored form of a sent value, UNSET for an empty one; refused if it is not of this kind."""
        if value == "":
            return UNSET
        accepted = self.accept_members(value, path)
        kept = {name: inner for name, inner in accepted.items() if not isinstance(inner, _Unset)}
        for name in self.required:
            if name not in kept and kept:
                raise refusals.missing(f"{path}.{name}")
        return kept or UNSET

    def accept_members(self, value: Any, path: str) -> Record:
        """All members of ``value``, in which an unset one is ``UNSET``; refused if it is no object."""
        if not isinstance(value, dict):
            raise refusals.unreadable(
                f"Can not construct instance of com.intuit.schema.finance.v3.{self.java} ({path})"
            )
        accepted: Record = {}
        for name, inner in value.items():
            kind = self.members.get(name)
            if kind is None:
                raise refusals.unknown_member(name, self.java, list(self.members))
            if inner is None:
                accepted[name] = UNSET
            else:
                accepted[name] = kind.accept(inner, f"{path}.{name}" if path else name)
        return accepted


@dataclass(frozen=True, slots=True)
class Group(Shape):
    """An object whose members are set and cleared one by one, such as a group of preferences."""

    def accept(self, value: Any, path: str) -> Any:
        """All members that can be written, in which an unset one is ``UNSET``; refused if it is no object."""
        if value == "":
            return UNSET
        accepted = self.accept_members(value, path)
        return {name: one for name, one in accepted.items() if not isinstance(self.members[name], ReadOnly)}


@dataclass(frozen=True, slots=True)
class Empty:
    """An object that says something by being there, like ``SubTotalLineDetail``; what is in it is not looked at."""

    def accept(self, value: Any, path: str) -> Any:
        """The stored form of a sent value, UNSET for an empty one; refused if it is not of this kind."""
        return value if isinstance(value, dict) else {}


@dataclass(frozen=True, slots=True)
class Many:
    """A list of values of one kind. An empty list stays an empty list: it clears the member."""

    kind: Kind

    def accept(self, value: Any, path: str) -> Any:
        """The stored form of a sent value, UNSET for an empty one; refused if it is not of this kind."""
        if not isinstance(value, list):
            raise refusals.unreadable(f"Can not deserialize instance of java.util.ArrayList ({path})")
        accepted = [self.kind.accept(inner, path) for inner in value if inner is not None]
        return [inner for inner in accepted if not isinstance(inner, _Unset)]


Kind = Text | Email | Number | Flag | Day | OneOf | ReadOnly | Shape | Empty | Many


def is_unset(value: object) -> bool:
    """Whether an accepted value clears its member."""
    return isinstance(value, _Unset)
