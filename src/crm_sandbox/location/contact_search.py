"""Search over contacts: nested filters, sorting, paging by number or by cursor (reference 5.5)."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct

from crm_sandbox.location import dates, refusals, shapes
from crm_sandbox.location.contact_index import ContactIndex
from crm_sandbox.location.records import Contact
from crm_sandbox.location.shapes import Choice, FreeObject, ListOf, Number, Object, Text, may, must

PAGE_MAX = 500
REACHABLE_BY_PAGE = 10_000
QUERY_LENGTH_MAX = 75
SORTS_MAX = 2
REMEMBERED_MAX = 16
"""Searches whose results are kept until a contact changes."""

_FIELDS: dict[str, Callable[[Contact], Any]] = {
    "id": lambda c: c.id,
    "contactName": lambda c: c.full_name.lower() or None,
    "firstNameLowerCase": lambda c: c.first_name and c.first_name.lower(),
    "lastNameLowerCase": lambda c: c.last_name and c.last_name.lower(),
    "email": lambda c: c.email and c.email.lower(),
    "phone": lambda c: c.phone,
    "companyName": lambda c: c.company_name,
    "businessName": lambda c: c.company_name,
    "address": lambda c: c.address1,
    "city": lambda c: c.city,
    "state": lambda c: c.state,
    "country": lambda c: c.country,
    "postalCode": lambda c: c.postal_code,
    "website": lambda c: c.website,
    "timezone": lambda c: c.timezone,
    "source": lambda c: c.source,
    "type": lambda c: c.type,
    "assignedTo": lambda c: c.assigned_to,
    "tags": lambda c: c.tags,
    "dnd": lambda c: c.dnd,
    "dateAdded": lambda c: dates.epoch_milliseconds(c.date_added),
    "dateUpdated": lambda c: dates.epoch_milliseconds(c.date_updated),
    "dateOfBirth": lambda c: c.date_of_birth,
}
_DATES = {"dateAdded", "dateUpdated"}
_SORTABLE = (
    "dateAdded",
    "dateUpdated",
    "firstNameLowerCase",
    "lastNameLowerCase",
    "email",
    "dateOfBirth",
    "businessName",
)
_OPERATORS = ("eq", "not_eq", "contains", "not_contains", "exists", "not_exists", "range")

_SORT = Object({"field": must(Text(choices=_SORTABLE)), "direction": must(Text(choices=("asc", "desc")))})
SEARCH = Object(
    {
        "locationId": must(Text(filled=True)),
        "pageLimit": must(Number(least=1, most=PAGE_MAX, whole=True)),
        "page": may(Number(least=1, whole=True)),
        "searchAfter": may(ListOf(Choice((Text(), Number())), least=1)),
        "query": may(Text(length_max=QUERY_LENGTH_MAX)),
        "filters": may(ListOf(FreeObject())),
        "sort": may(ListOf(_SORT)),
    }
)
_GROUP = Object({"group": must(Text(choices=("AND", "OR"))), "filters": must(ListOf(FreeObject()))})

Test = Callable[[Contact], bool]


class Found(Struct, frozen=True):
    """One page: contacts with the cursor that leads past each, and how many match in all."""

    contacts: list[tuple[Contact, list[Any]]]
    total: int


class Search:
    """Searches an index. The pages of one search are cut from one list for as long as nothing has changed."""

    def __init__(self, index: ContactIndex) -> None:
        self._index = index
        self._revision = 0
        self._found: dict[str, list[Contact]] = {}

    def page(self, body: object) -> Found:
        """The page that the body asks for. Raises Refused with 422, or 400 beyond the reachable pages."""
        given = shapes.check(SEARCH, body)
        sorts: list[tuple[str, bool]] = [
            (each["field"], each["direction"] == "desc") for each in given.get("sort", [])
        ] or [("dateAdded", True)]
        if len(sorts) > SORTS_MAX:
            raise refusals.unprocessable([f"sort must contain no more than {SORTS_MAX} elements"])
        found = self._all_found(given, sorts)
        limit = int(given["pageLimit"])
        start = _start(found, given, sorts, limit)
        page = found[start : start + limit]
        return Found([(contact, _cursor(contact, sorts)) for contact in page], len(found))

    def _all_found(self, given: dict[str, Any], sorts: list[tuple[str, bool]]) -> list[Contact]:
        """Everything that fits, in order. Several searches are remembered, because some read side by side."""
        contacts = self._index.contacts()
        if self._index.revision != self._revision:
            self._revision, self._found = self._index.revision, {}
        asked = repr((given.get("filters"), given.get("query"), sorts))
        if asked not in self._found:
            if len(self._found) >= REMEMBERED_MAX:
                del self._found[next(iter(self._found))]
            self._found[asked] = _ordered(contacts, given, sorts)
        return self._found[asked]


def _ordered(
    contacts: Iterable[Contact], given: dict[str, Any], sorts: list[tuple[str, bool]]
) -> list[Contact]:
    """Everything that fits, in order; equal ones by their ids."""
    matches = _all([_test(each) for each in given.get("filters", [])])
    query = given.get("query", "").casefold()
    found = [c for c in contacts if matches(c) and (not query or query in _text(c))]
    found.sort(key=lambda contact: contact.id)
    for field, descending in reversed(sorts):
        found.sort(key=_key(_FIELDS[field]), reverse=descending)
    return found


def _start(found: list[Contact], given: dict[str, Any], sorts: list[tuple[str, bool]], limit: int) -> int:
    after = given.get("searchAfter")
    if after is not None and "page" in given:
        raise refusals.bad_request("page and searchAfter cannot be used together.")
    if after is not None:
        if len(after) != len(sorts) + 1:
            raise refusals.bad_request("searchAfter does not fit the sort.")
        return bisect.bisect_left(found, True, key=lambda each: _is_after(each, after, sorts))
    start = (int(given.get("page", 1)) - 1) * limit
    if start + limit > REACHABLE_BY_PAGE:
        raise refusals.bad_request(
            f"Only the first {REACHABLE_BY_PAGE} records can be paged; use searchAfter."
        )
    return start


def _is_after(contact: Contact, after: list[Any], sorts: list[tuple[str, bool]]) -> bool:
    """Whether the contact stands behind the cursor in this order."""
    for (field, descending), value in zip(sorts, after, strict=False):
        own, mark = _order(_FIELDS[field](contact)), _order(value if value != "" else None)
        if own != mark:
            return own < mark if descending else own > mark
    return contact.id > str(after[-1])


def _cursor(contact: Contact, sorts: list[tuple[str, bool]]) -> list[Any]:
    values = [_FIELDS[field](contact) for field, _ in sorts]
    return ["" if value is None else value for value in values] + [contact.id]


def _key(read: Callable[[Contact], Any]) -> Callable[[Contact], tuple[int, float, str]]:
    return lambda contact: _order(read(contact))


def _order(value: Any) -> tuple[int, float, str]:
    """Something that sorts: the missing first, then numbers, then text."""
    if value is None:
        return (0, 0.0, "")
    if isinstance(value, str):
        return (2, 0.0, value)
    return (1, float(value), "")


def _text(contact: Contact) -> str:
    parts = (contact.full_name, contact.email, contact.phone, contact.company_name)
    return "\n".join(part for part in parts if part).casefold()


def _test(data: dict[str, Any]) -> Test:
    if "group" in data:
        given = shapes.check(_GROUP, data)
        tests = [_test(each) for each in given["filters"]]
        return _all(tests) if given["group"] == "AND" else _any(tests)
    return _leaf(data)


def _all(tests: list[Test]) -> Test:
    return lambda contact: all(test(contact) for test in tests)


def _any(tests: list[Test]) -> Test:
    return lambda contact: any(test(contact) for test in tests)


def _leaf(data: dict[str, Any]) -> Test:
    field, operator, value = data.get("field"), data.get("operator"), data.get("value")
    unknown = [
        f"property {name} should not exist" for name in data if name not in {"field", "operator", "value"}
    ]
    if unknown:
        raise refusals.unprocessable(unknown)
    if not isinstance(field, str) or not (field in _FIELDS or field.startswith("customFields.")):
        raise refusals.unprocessable([f"Invalid filter field: {field}"])
    if operator not in _OPERATORS:
        raise refusals.unprocessable(
            [f"operator must be one of the following values: {', '.join(_OPERATORS)}"]
        )
    read = _FIELDS.get(field) or _custom(field.removeprefix("customFields."))
    if operator == "exists":
        return lambda contact: read(contact) not in (None, [], "")
    if operator == "not_exists":
        return lambda contact: read(contact) in (None, [], "")
    if operator == "range":
        return _range(field, read, value)
    if value is None:
        raise refusals.unprocessable(["value should not be empty"])
    wanted = _compared(field, value)
    if operator in {"eq", "not_eq"}:
        return _negated(operator, lambda contact: _equal(read(contact), wanted))
    return _negated(operator, lambda contact: _contains(read(contact), wanted))


def _custom(field_id: str) -> Callable[[Contact], Any]:
    return lambda contact: next((each.value for each in contact.custom_fields if each.id == field_id), None)


def _negated(operator: str, test: Test) -> Test:
    return (lambda contact: not test(contact)) if operator.startswith("not_") else test


def _equal(own: Any, wanted: Any) -> bool:
    if isinstance(own, list):
        values = wanted if isinstance(wanted, list) else [wanted]
        return sorted(map(str, own)) == sorted(map(str, values))
    return bool(_fold(own) in [_fold(each) for each in (wanted if isinstance(wanted, list) else [wanted])])


def _contains(own: Any, wanted: Any) -> bool:
    values = wanted if isinstance(wanted, list) else [wanted]
    if isinstance(own, list):
        return any(_fold(value) in [_fold(each) for each in own] for value in values)
    return own is not None and any(str(_fold(value)) in str(_fold(own)) for value in values)


def _fold(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _compared(field: str, value: Any) -> Any:
    """The value in the form in which the field is compared; days of dates become milliseconds."""
    if field not in _DATES:
        return value
    if isinstance(value, str):
        try:
            return dates.epoch_milliseconds(dates.read(value))
        except ValueError as error:
            raise refusals.unprocessable([f"{field}: {value} is not a valid date"]) from error
    return int(value) if isinstance(value, int | float) or hasattr(value, "as_tuple") else value


def _range(field: str, read: Callable[[Contact], Any], value: Any) -> Test:
    if not isinstance(value, dict) or not value or set(value) - {"gt", "gte", "lt", "lte"}:
        raise refusals.unprocessable(["value must be an object with any of gt, gte, lt, lte"])
    bounds = [(name, _order(_compared(field, each))) for name, each in value.items()]

    def within(contact: Contact) -> bool:
        own = read(contact)
        return own is not None and all(_fits(name, _order(own), bound) for name, bound in bounds)

    return within


def _fits(name: str, own: tuple[int, float, str], bound: tuple[int, float, str]) -> bool:
    if name == "gt":
        return own > bound
    if name == "gte":
        return own >= bound
    if name == "lt":
        return own < bound
    return own <= bound
