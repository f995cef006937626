"""Answering a parsed query from a company's tables (reference 6)."""

from __future__ import annotations

import operator as operators
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from itertools import islice
from typing import Any

from quickbooks_sandbox.company import refusals, times
from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.company.entities import BY_PATH
from quickbooks_sandbox.company.tables import Table, key_of
from quickbooks_sandbox.query import properties
from quickbooks_sandbox.query.statement import Condition, Order, Statement, parse

Record = dict[str, Any]
Test = Callable[[Record], bool]
Reader = Callable[[Record], properties.Comparable | None]
_HOLDS: Mapping[str, Callable[[Any, Any], Any]] = {
    "<": operators.lt,
    ">": operators.gt,
    "<=": operators.le,
    ">=": operators.ge,
}
NAME_LISTS = frozenset(
    {"Customer", "Vendor", "Employee", "Item", "Account", "PaymentMethod", "Term", "Class", "Department"}
)


def answer(company: Company, text: str) -> Record:
    """The ``QueryResponse`` object for a statement.

    Raises:
        refusals.Refused: 4000 and 4001.
    """
    statement = parse(text, clamp=company.behaviour.clamp_max_results)
    rules = BY_PATH.get(statement.entity.lower())
    if rules is None:
        raise refusals.query_not_valid(f"Entity {statement.entity} not found")
    entity = rules.name
    for column in statement.columns:
        _check_column(entity, column)
    table = company.seen(entity)
    matching = _matching(company, table, statement)
    found = _sorted(table, statement, list(matching)) if statement.order else matching
    if statement.count:
        return {"totalCount": sum(1 for _ in found)}
    first = min(statement.start - 1, len(table.records))
    page = list(islice(found, first, first + statement.max_results))
    if not page:
        return {}
    if statement.columns and "*" not in statement.columns and company.behaviour.sparse_projections:
        page = [{**record, "sparse": True} if "sparse" in record else record for record in page]
    return {entity: page, "startPosition": statement.start, "maxResults": len(page)}


def _check_column(entity: str, column: str) -> None:
    """A projection names members of the entity; whole objects come back all the same (reference 6.1)."""
    head = column.split(".")[0].casefold()
    known = {name.casefold() for name in BY_PATH[entity.lower()].shape.members}
    if column != "*" and head not in known and column.casefold() not in properties.PROPERTIES[entity]:
        raise refusals.query_not_valid(f"Property {column} not found for Entity {entity}")


def _matching(company: Company, table: Table, statement: Statement) -> Iterator[Record]:
    """The records that fulfil all conditions, found one after the other: a page reads no further than it must."""
    entity = table.entity
    today = times.server_day(company.now())
    conditions = list(statement.conditions)
    tests = [_test(table, condition, today) for condition in conditions]
    if "active" in properties.PROPERTIES[entity] and not any(
        one.member.casefold() == "active" for one in conditions
    ):
        tests.append(_is_active)
    candidates: Iterable[Record]
    wanted = next((one for one in conditions if one.member.casefold() == "id"), None)
    if wanted is not None:
        keys = dict.fromkeys(str(value) for value in wanted.values)
        candidates = [table.records[key] for key in keys if key in table.records]
    elif statement.order or entity not in NAME_LISTS:
        candidates = table.records.values()
    else:
        candidates = table.by_name()
    found = iter(candidates)
    for test in tests:
        found = filter(test, found)
    return found


def _is_active(record: Record) -> bool:
    return record.get("Active") is not False


def _test(table: Table, condition: Condition, today: date) -> Test:
    entity = table.entity
    found = properties.find(entity, condition.member)
    operator = condition.operator
    if found.name == "Id" and operator not in ("=", "IN"):
        raise refusals.query_not_valid(f"Operator {operator} is not supported for property Id")
    if not found.filters:
        raise refusals.query_not_valid(f"Property {condition.member} not found for Entity {entity}")
    if operator == "LIKE":
        return _like(found, _reader(table, found), str(condition.values[0]))
    literals = [found.literal(value, today) for value in condition.values]
    if operator == "IN":
        read = _reader(table, found)
        return lambda record: read(record) in literals
    return _comparison(found, _reader(table, found), operator, literals[0])


def _reader(table: Table, found: properties.Property) -> Reader:
    """How the value is read from the records of a table, which itself knows when each was last changed."""
    if found.name != "MetaData.LastUpdatedTime":
        return found.reader()
    touched = table.touched
    if table.entity == "ExchangeRate":  # alone without an id
        return lambda record: int(touched[key_of(record)])
    return lambda record: int(touched[record["Id"]])


def _like(found: properties.Property, read: Reader, pattern: str) -> Test:
    if found.kind not in (properties.Kind.TEXT, properties.Kind.REFERENCE):
        raise refusals.query_not_valid(f"Operator LIKE is not supported for property {found.name}")
    parts = pattern.casefold().split("%")
    return lambda record: _is_like(str(read(record) or ""), parts)


def _is_like(text: str, parts: list[str]) -> bool:
    """Whether ``text`` is the parts in their order with anything between them; takes time in proportion to it."""
    if len(parts) == 1:
        return text == parts[0]
    first, *middle, last = parts
    if not text.startswith(first) or not text.endswith(last) or len(text) < len(first) + len(last):
        return False
    at, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def _comparison(found: properties.Property, read: Reader, operator: str, literal: Any) -> Test:
    if operator == "=":
        return lambda record: read(record) == literal
    if literal is None or found.kind is properties.Kind.FLAG:
        raise refusals.query_not_valid(f"Operator {operator} is not supported for property {found.name}")
    holds = _HOLDS[operator]

    def test(record: Record) -> bool:
        value = read(record)
        return value is not None and bool(holds(value, literal))

    return test


def _sorted(table: Table, statement: Statement, found: list[Record]) -> list[Record]:
    untouched = not statement.conditions and len(found) == len(table.records)
    for order in reversed(statement.order):
        found = _by(table, order, found, in_table_order=untouched)
        untouched = False
    return found


def _by(table: Table, order: Order, found: list[Record], *, in_table_order: bool) -> list[Record]:
    prop = properties.find(table.entity, order.member)
    if not prop.sorts or prop.name == "Id":
        raise refusals.query_not_valid(f"Property {order.member} is not sortable for Entity {table.entity}")
    values: list[properties.Comparable | None]
    if in_table_order and prop.name == "MetaData.LastUpdatedTime":
        # The table knows it by id: nothing has to be looked up in a hundred thousand records.
        values = [int(table.touched[key]) for key in table.records]
    else:
        values = list(map(_reader(table, prop), found))
    places = list(range(len(found)))
    if None in values:
        places = [place for place in places if values[place] is not None]
    places.sort(key=values.__getitem__, reverse=order.descending)  # type: ignore[arg-type]  # none of them is None
    ordered = [found[place] for place in places]
    if len(places) == len(found):
        return ordered
    without = [record for record, value in zip(found, values, strict=True) if value is None]
    return ordered + without if order.descending else without + ordered
