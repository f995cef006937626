"""Holds a request of our connector against HighLevel's OpenAPI files; without the files nothing is judged.

`highlevel_files.everywhere` asks this about every request of every test. Over and above `highlevel_files.judge`: headers, forms, and what only other sources than the files describe.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import parse_qsl

import httpx

from highlevel_files.judge import DATED, Operation, judge
from highlevel_files.overlay import TRIED

SEARCH = "POST /contacts/search"
SEARCH_MEMBERS = frozenset({"locationId", "pageLimit", "page", "searchAfter", "query", "filters", "sort"})
"""Section 5.5: the file has an empty schema for this body; these are the members of the filter guide."""

UNDESCRIBED = {
    "POST /oauth/reconnect": (
        ({"clientKey", "clientSecret", "locationId"}, {"clientKey", "clientSecret", "companyId"}),
        "section 2.8: only the help centre describes this operation",
    ),
}
"""Operations that no file has: the members of their body, and how we know."""


def hold(request: httpx.Request) -> None:
    """Raises AssertionError with everything that HighLevel's files do not allow about this request."""
    wrong = complaints(request)
    assert not wrong, f"{request.method} {request.url.path}: {'; '.join(wrong)}"


def complaints(request: httpx.Request) -> list[str]:
    """Everything that HighLevel's files do not allow about this request; nothing where they are not at hand."""
    return list(_complaints(request))


def _complaints(request: httpx.Request) -> Iterator[str]:
    files = judge()
    if files is None:
        return
    name = f"{request.method} {request.url.path}"
    kind = request.headers.get("content-type", "")
    if name in UNDESCRIBED:
        members, _ = UNDESCRIBED[name]
        if set(json.loads(request.content)) not in members:
            yield f"the body does not have the members {' or '.join(map(str, members))}"
        return
    operation = files.find(request.method, request.url.path, DATED)
    if operation is None:
        yield "there is no such operation in the files"
        return
    pairs = parse_qsl(request.url.query.decode(), keep_blank_values=True)
    if len({name for name, _ in pairs}) < len(pairs):
        yield "a parameter is given twice"
    yield from _about_headers(operation, request.headers)
    if "form" in kind:
        yield from files.request(request.method, request.url.path, dict(pairs), None)
        schema = operation.spec["requestBody"]["content"][kind]["schema"]
        named = files.shape(operation.uri, schema)
        given = dict(parse_qsl(request.content.decode(), keep_blank_values=True))
        yield from (f"{each} is not in the file" for each in given.keys() - named["properties"].keys())
        yield from (f"{each} is missing" for each in set(named.get("required", ())) - given.keys())
        return
    body = json.loads(request.content) if request.content else None
    tried, _ = TRIED.get(operation.name, ("", ""))
    found = files.request(request.method, request.url.path, dict(pairs), body)
    yield from (each for each in found if each != tried)
    if name == SEARCH:
        yield from (f"{each} is no member of a search" for each in body.keys() - SEARCH_MEMBERS)


def _about_headers(operation: Operation, headers: httpx.Headers) -> Iterator[str]:
    for each in operation.spec.get("parameters", []):
        if each["in"] == "header" and each.get("required") and each["name"] not in headers:
            yield f"the header {each['name']} is missing"
    if headers.get("version", DATED) != DATED:
        yield "the version is not the one that these files describe"
    if operation.spec.get("security") and not headers.get("authorization", "").startswith("Bearer "):
        yield "there is no bearer token"
