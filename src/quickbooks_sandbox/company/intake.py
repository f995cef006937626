"""What a write request says: the accepted members, and how they lie over what is stored (reference 5.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from quickbooks_sandbox.company import refusals
from quickbooks_sandbox.company.members import kinds

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Options:
    """Query parameters that change what a write does."""

    void: bool = False
    allow_duplicate_numbers: bool = False


@dataclass(slots=True)
class Intake:
    """One accepted body. ``sent`` has every member of it, unset ones as ``kinds.UNSET``."""

    sent: Record
    sparse: bool
    before: Record | None
    options: Options = field(default_factory=Options)

    @property
    def creates(self) -> bool:
        """Whether the object is new."""
        return self.before is None

    def says(self, *members: str) -> bool:
        """Whether the body speaks about one of these members at all."""
        return any(member in self.sent for member in members)

    def merged(self, kept_in_full_update: frozenset[str]) -> Record:
        """The members of the object as the request wants them, before defaults and computed ones."""
        if self.before is None:
            record: Record = {}
        elif self.sparse:
            record = dict(self.before)
        else:
            record = {name: value for name, value in self.before.items() if name in kept_in_full_update}
        for name, value in self.sent.items():
            if kinds.is_unset(value):
                record.pop(name, None)
            else:
                record[name] = value
        return record


_NOT_CONTENT = ("Id", "SyncToken", "sparse", "MetaData", "domain", "status")


def accept(shape: kinds.Shape, body: Mapping[str, Any], before: Record | None, options: Options) -> Intake:
    """Check a body against the members of its entity.

    Raises:
        refusals.Refused: an unknown member, a wrong type, length or word.
    """
    if not isinstance(body, dict):
        raise refusals.unreadable("Can not deserialize the request body")
    accepted = shape.accept_members(body, "")
    sparse = accepted.get("sparse") is True
    read_only = [name for name in accepted if isinstance(shape.members[name], kinds.ReadOnly)]
    for name in (*_NOT_CONTENT, *read_only):
        accepted.pop(name, None)
    return Intake(accepted, sparse, before, options)
