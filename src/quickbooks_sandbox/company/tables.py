"""Where a company keeps its objects: one table per entity, and the name space that customers, vendors and employees share.

Records are never changed in place: an update puts a new dictionary under the same id, so an answer that is being
written out cannot change under its reader.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Record = dict[str, Any]
REMEMBERED = 1000
"""So many of the latest changes of a table can be looked behind."""


@dataclass(frozen=True, slots=True)
class Past:
    """An object as it was until an instant (seconds since 1970), None before it was made, and when it became that."""

    until: float
    key: str
    record: Record | None
    since: float


@dataclass(slots=True)
class Table:
    """All objects of one entity by id, in the order of their creation."""

    entity: str
    records: dict[str, Record] = field(default_factory=dict)
    touched: dict[str, float] = field(default_factory=dict)
    """When each object, deleted ones too, was last changed (seconds since 1970); the last one changed comes last."""
    deleted: dict[str, str] = field(default_factory=dict)
    """Deleted transactions: id to the LastUpdatedTime of the deletion."""
    sorted_ids: list[str] | None = None
    """Cached order by name, None when it has to be made anew."""
    recent: deque[Past] = field(default_factory=lambda: deque(maxlen=REMEMBERED), compare=False)
    """What objects were before the latest changes, for those who see them late."""

    def put(self, record: Record, when: float) -> None:
        """Store ``record`` under its key as changed at ``when``."""
        key = key_of(record)
        self._remember(key, when)
        if key not in self.records or _name(self.records[key]) != _name(record):
            self.sorted_ids = None
        self.records[key] = record
        self.touched.pop(key, None)
        self.touched[key] = when

    def remove(self, key: str, when: float, stamp: str) -> None:
        """Delete an object and leave a stub for the change feed."""
        self._remember(key, when)
        del self.records[key]
        self.deleted[key] = stamp
        self.touched.pop(key, None)
        self.touched[key] = when
        self.sorted_ids = None

    def _remember(self, key: str, until: float) -> None:
        self.recent.append(Past(until, key, self.records.get(key), self.touched.get(key, 0.0)))

    def as_of(self, moment: float) -> Table:
        """The table as it was at an instant, as far back as it remembers."""
        later = [past for past in self.recent if past.until > moment]
        if not later:
            return self
        records, touched, deleted = dict(self.records), dict(self.touched), dict(self.deleted)
        for past in reversed(later):  # the earliest of an object's versions is the last to be laid
            touched.pop(past.key, None)
            deleted.pop(past.key, None)
            if past.record is None:
                records.pop(past.key, None)
            else:
                records[past.key], touched[past.key] = past.record, past.since
        return Table(self.entity, records, dict(sorted(touched.items(), key=lambda one: one[1])), deleted)

    def changed_since(self, since: float) -> Iterator[str]:
        """Ids changed at or after ``since``, the latest first."""
        for key in reversed(self.touched):
            if self.touched[key] < since:
                return
            yield key

    def by_name(self) -> list[Record]:
        """All objects in the order in which name lists come: by DisplayName or Name (reference 6.3)."""
        if self.sorted_ids is None:
            self.sorted_ids = sorted(self.records, key=self._sort_key)
        return [self.records[key] for key in self.sorted_ids]

    def _sort_key(self, key: str) -> tuple[str, int]:
        return _name(self.records[key]).casefold(), int(key) if key.isdigit() else 0


def key_of(record: Record) -> str:
    """What an object is stored under: its id, and for an exchange rate, which has none, currency and day."""
    key: str | None = record.get("Id")
    return key if key is not None else f"{record['SourceCurrencyCode']}@{record['AsOfDate']}"


def _name(record: Record) -> str:
    return record.get("DisplayName") or record.get("Name") or ""


def folded(name: str) -> str:
    """How names are compared: trimmed and without regard to case (reference 19, no. 19)."""
    return name.strip().casefold()


@dataclass(slots=True)
class Sequences:
    """The id counters. Names share one, transactions share another, every other list has its own (reference 3.5)."""

    last: dict[str, int] = field(default_factory=dict)

    def next(self, name: str) -> str:
        """The next id of a sequence."""
        value = self.last.get(name, 0) + 1
        self.last[name] = value
        return str(value)

    def skip_to(self, name: str, last: int) -> None:
        """Let the sequence go on after ``last``."""
        self.last[name] = max(last, self.last.get(name, 0))
