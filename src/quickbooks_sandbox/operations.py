"""What one request does to a company, whether it came alone or inside a batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from quickbooks_sandbox.company import refusals
from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.company.entities import Entity, Family, Void
from quickbooks_sandbox.company.intake import Options

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done (create, update, void, delete) and the object to answer with."""

    action: str
    record: Record


def write(
    company: Company, entity: Entity, body: Mapping[str, Any], operation: str, include: frozenset[str]
) -> Outcome:
    """Create, update, void or delete, by the query parameters and the body (reference 5).

    Args:
        operation: the parameter ``operation`` in lower case, empty if absent.
        include: the words of the parameter ``include`` in lower case.

    Raises:
        refusals.Refused: anything the company does not take.
    """
    if not isinstance(body, dict):
        raise refusals.unreadable("Can not deserialize the request body")
    options = Options(
        void=operation == "update" and "void" in include,
        allow_duplicate_numbers="allowduplicatedocnum" in include,
    )
    if operation == "delete":
        return Outcome("delete", company.delete(entity.name, body))
    if operation == "void" or options.void:
        form = Void.OPERATION if operation == "void" else Void.INCLUDE
        if entity.void is not form:
            raise refusals.unsupported_operation(f"void of {entity.name} by {form.value}")
        if form is Void.OPERATION:
            return Outcome("void", company.void(entity.name, body))
        return Outcome("void", company.update(entity.name, body, options))
    if operation not in ("", "create", "update"):
        raise refusals.unsupported_operation(f"{operation} of {entity.name}")
    has_id = body.get("Id") not in (None, "")
    if operation == "update" and not has_id and entity.family is not Family.RATE:
        raise refusals.missing("Id")
    if has_id or entity.family in (Family.SINGLE, Family.RATE):
        return Outcome("update", company.update(entity.name, body, options))
    return Outcome("create", company.create(entity.name, body, options))
