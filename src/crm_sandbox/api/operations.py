"""The table of imitated operations: method and path as the OpenAPI files write them, scope, and what answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from crm_sandbox import answers
from crm_sandbox.location import refusals, shapes
from crm_sandbox.location.location import Location
from crm_sandbox.location.records import Author
from crm_sandbox.location.shapes import Object
from crm_sandbox.service import Service
from crm_sandbox.tokens import Grant


@dataclass(frozen=True)
class Answer:
    """What an operation answers."""

    body: Mapping[str, Any]
    status: int = 200


@dataclass
class Call:
    """One authorised call: where it goes, what it carries, who makes it."""

    service: Service
    grant: Grant
    by: Author
    path: Mapping[str, str]
    raw_query: Mapping[str, str]
    raw_body: bytes
    is_json: bool
    version: str

    @property
    def location(self) -> Location:
        """The location that is spoken to."""
        return self.service.location

    def query(self, shape: Object) -> dict[str, str]:
        """The query, checked. Raises Refused with 422."""
        return shapes.check(shape, dict(self.raw_query))

    def body(self) -> Any:
        """The JSON body; an empty object when there is none, as the original's parser sees it. Raises Refused with 400."""
        if not self.is_json or not self.raw_body:
            return {}
        try:
            return answers.decode(self.raw_body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise refusals.bad_request("Unexpected token in JSON body") from error


Handler = Callable[[Call], Answer]
DATED = "2021-07-28"
V3 = "v3"
VERSIONS = (DATED, V3)
"""The generations of the API, as the `Version` header names them; v3 differs in few places (reference 1.3)."""

SPELLINGS = {"2023-02-21": DATED}
"""Another listed value (reference 1.3): HighLevel's Node client sends it by default, and to the dated paths."""


NO_IDS = frozenset({"collections", "inventory", "reviews", "schedule", "template"})
"""Words of HighLevel's other paths, which are not imitated and stand where an id could stand."""


@dataclass(frozen=True)
class Operation:
    """One operation of the API. `path` is spelt as in the OpenAPI file; without `scope` any token may call it.

    `versions` are the generations that know it.
    """

    method: str
    path: str
    scope: str | None
    handler: Handler
    versions: tuple[str, ...] = VERSIONS
    pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path.rstrip("/"))
        object.__setattr__(self, "pattern", re.compile(pattern))

    @property
    def name(self) -> str:
        """Method and path: the journal's label."""
        return f"{self.method} {self.path}"


class Table:
    """Finds the operation of a request; a slash at the end of a path makes no difference."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self.operations = tuple(operations)

    def find(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """The operation and its path members, or None."""
        bare = path.rstrip("/")
        for operation in self.operations:
            found = operation.pattern.fullmatch(bare) if operation.method == method else None
            if found is not None and NO_IDS.isdisjoint(found.groups()):
                return operation, found.groupdict()
        return None

    def knows_path(self, path: str, version: str) -> bool:
        """Whether this generation serves any method on this path."""
        bare = path.rstrip("/")
        return any(
            version in each.versions
            and (found := each.pattern.fullmatch(bare))
            and NO_IDS.isdisjoint(found.groups())
            for each in self.operations
        )
