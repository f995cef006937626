"""Holds requests and answers against HighLevel's own OpenAPI files, with the overlay of their known errors on them.

`judge()` reads the files beside the repository (../shared); where they are not there it is None, and whoever asks skips.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import referencing
import referencing.jsonschema

from highlevel_files.overlay import ANSWER_STATUS, ANSWERS, ERRORS, EXTRA_QUERY, OVERLAY

FILES = Path(__file__).resolve().parents[3] / "shared" / "reference" / "highlevel" / "openapi"
DATED, V3 = "2021-07-28", "v3"
NAMES = (
    *("contacts", "invoices", "payments", "products", "locations", "users", "workflows", "oauth"),
    "marketplace",
)
_CONTACT, _CONTACT_V3 = "GetContectByIdSchema", "GetContactByIdSchemaV3"
"""What the overlay calls a contact, and what v3 calls it."""
_FOLDERS = {DATED: ("v2", "{}.json"), V3: ("v3", "{}-v3.json")}


@dataclass(frozen=True)
class Operation:
    """One operation of a file. `name` is method and path as the file writes them."""

    name: str
    pattern: re.Pattern[str]
    uri: str
    pointer: str
    spec: Mapping[str, Any]


class Judge:
    """All files of both generations."""

    def __init__(self, folder: Path) -> None:
        self.documents: dict[str, Any] = {}
        self._operations: dict[str, list[Operation]] = {DATED: [], V3: []}
        common = "https://files/common/common-schemas.json"
        self.documents[common] = _nulls(_plain(folder / "common" / "common-schemas.json"))
        for schema in self.documents[common]["components"]["schemas"].values():
            schema["properties"].update(ERRORS)
        for version, (generation, pattern) in _FOLDERS.items():
            for name in NAMES:
                uri = f"https://files/{generation}/{name}.json"
                self.documents[uri] = _overlaid(name, _plain(folder / generation / pattern.format(name)))
                self._operations[version] += _operations(uri, self.documents[uri])
        for found in self._operations.values():
            found.sort(key=lambda each: each.name.count("{"))
        self._registry = referencing.Registry().with_resources(
            (uri, referencing.jsonschema.DRAFT202012.create_resource(document))
            for uri, document in self.documents.items()
        )

    def operations(self, version: str) -> tuple[Operation, ...]:
        """All operations of a generation."""
        return tuple(self._operations[version])

    def find(self, method: str, path: str, version: str) -> Operation | None:
        """The operation that a request is for; None when no file has it."""
        bare = f"{method.upper()} /{path.strip('/')}"
        return next((each for each in self._operations[version] if each.pattern.fullmatch(bare)), None)

    def answer(
        self, method: str, path: str, status: int, body: object, version: str = DATED
    ) -> list[str] | None:
        """What is wrong with an answer; None when no file says how it should look."""
        operation = self.find(method, path, version)
        if operation is None:
            return None
        held_against, _ = ANSWER_STATUS.get(operation.name, (str(status), ""))
        wanted = str(status) if status >= 400 else held_against
        said = operation.spec["responses"].get(wanted)
        if said is None:
            return [] if status >= 400 else [f"{operation.name} never answers {status}"]
        if "schema" not in said.get("content", {}).get("application/json", {}):
            return None
        pointer = f"{operation.pointer}/responses/{wanted}/content/application~1json/schema"
        return self._errors(operation.uri, pointer, body)

    def request(
        self, method: str, path: str, query: Mapping[str, str], body: object, version: str = DATED
    ) -> list[str]:
        """What is wrong with a request: its path, its query, its body with nothing in it that the file does not name."""
        operation = self.find(method, path, version)
        if operation is None:
            return [f"{method} {path} is in none of HighLevel's files"]
        found = list(_query_errors(operation, query))
        content = operation.spec.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None:
            return [*found, "the file has no body here"] if body else found
        pointer = f"{operation.pointer}/requestBody/content/application~1json/schema"
        found += self._errors(operation.uri, pointer, body)
        return [*found, *self._strangers(operation.uri, content["schema"], body, "body")]

    def shape(self, uri: str, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """The schema with references and single allOf followed."""
        while "$ref" in schema or "allOf" in schema:
            schema = schema.get("allOf", [schema])[0]
            if "$ref" in schema:
                schema = self.documents[uri]["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return schema

    def _errors(self, uri: str, pointer: str, value: object) -> list[str]:
        return [
            f"{'/'.join(map(str, each.absolute_path))}: {each.message}"[:300]
            for each in self._validator(f"{uri}#{pointer}").iter_errors(value)
        ]

    def _strangers(self, uri: str, schema: Mapping[str, Any], value: object, where: str) -> Iterator[str]:
        """Members of a body that the file does not name; HighLevel refuses them (reference 3.2)."""
        schema = self.shape(uri, schema)
        if isinstance(value, list):
            for each in value:
                yield from self._strangers(uri, schema.get("items", {}), each, where)
        known = schema.get("properties")
        if not isinstance(value, dict) or not known:
            return
        for name, each in value.items():
            if name not in known:
                yield f"{where}.{name} is not in the file"
            else:
                yield from self._strangers(uri, known[name], each, f"{where}.{name}")

    @functools.cache  # noqa: B019 - there is one judge, and it lives as long as the tests
    def _validator(self, reference: str) -> jsonschema.Draft202012Validator:
        return jsonschema.Draft202012Validator({"$ref": reference}, registry=self._registry)


@functools.cache
def judge() -> Judge | None:
    """The one judge; None where the files are not beside the repository."""
    return Judge(FILES) if FILES.exists() else None


def _plain(path: Path) -> Any:
    return json.loads(path.read_text())


def _overlaid(name: str, document: Any) -> Any:
    schemas = document["components"]["schemas"]
    for each in OVERLAY:
        if each.file != name:
            continue
        for schema in each.schemas.split():
            if schema not in schemas:
                continue
            required = schemas[schema].get("required", [])
            schemas[schema]["required"] = [member for member in required if member not in each.optional]
            schemas[schema].setdefault("properties", {}).update(each.members)
    if _CONTACT_V3 in schemas:
        schemas[_CONTACT] = {"$ref": f"#/components/schemas/{_CONTACT_V3}"}
    for operation, (_, schema) in ANSWERS.items():
        method, _, path = operation.partition(" ")
        found = document["paths"].get(path, {}).get(method.lower())
        if found is not None:
            found["responses"]["200"]["content"] = {"application/json": {"schema": schema}}
    return _nulls(document)


def _nulls(node: Any) -> Any:
    """`nullable` as a type that jsonschema knows."""
    if isinstance(node, list):
        return [_nulls(each) for each in node]
    if not isinstance(node, dict):
        return node
    node = {name: _nulls(each) for name, each in node.items()}
    if node.pop("nullable", False) is True and isinstance(node.get("type"), str):
        node["type"] = [node["type"], "null"]
    return node


def _operations(uri: str, document: Any) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path.rstrip("/")))
        for method, spec in methods.items():
            pointer = f"/paths/{path.replace('~', '~0').replace('/', '~1')}/{method}"
            yield Operation(
                f"{method.upper()} {path}",
                re.compile(f"{method.upper()} {pattern}"),
                uri,
                pointer.replace("{", "%7B").replace("}", "%7D"),
                spec,
            )


def _query_errors(operation: Operation, query: Mapping[str, str]) -> Iterator[str]:
    known = {
        each["name"]: each.get("required", False)
        for each in operation.spec.get("parameters", [])
        if each.get("in") == "query"
    }
    extra, _ = EXTRA_QUERY.get(operation.name, (set(), ""))
    yield from (f"query {name} is not in the file" for name in query.keys() - known.keys() - extra)
    yield from (f"query {name} is missing" for name, must in known.items() if must and name not in query)
