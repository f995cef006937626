"""Fuzzing over HTTP from the stand-in's own OpenAPI document: refusals only, no other error, no state broken."""

from __future__ import annotations

from typing import Any

import httpx
import jsonschema
import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from quickbooks_sandbox import openapi, storage
from quickbooks_sandbox.company.entities import ENTITIES
from quickbooks_sandbox.sandbox import Sandbox
from sandbox_kit.clock import Clock
from sandbox_kit.in_process import InProcess

from .books import check_books

Record = dict[str, Any]
BOX = Sandbox(
    seed="sample",
    clock=Clock(lambda: 1_772_640_000.0),
    quota=False,
    http_client=httpx.AsyncClient(transport=InProcess({})),
)
DOCUMENT = openapi.document(BOX.realm_id)
schema = schemathesis.openapi.from_dict(DOCUMENT)
schema.app = BOX.app
schema.config.phases.coverage.enabled = False


@schema.parametrize()
@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
def test_no_request_is_a_server_error(case: Any) -> None:
    """Answered or refused in Intuit's words; a refusal leaves every object as it was, and the books balance always."""
    headers = {"Authorization": f"Bearer {BOX.access_token}", "Accept": "application/json"}
    before = state()
    response = case.call(headers=headers)
    assert response.status_code in (200, 400), response.text
    if response.status_code == 400:
        assert "Fault" in response.json()
    if response.status_code != 200:
        assert state() == before
    check_books(BOX.company)


def state() -> bytes:
    """Everything that a refused request must leave alone: objects, files, numbers, journal, tokens, request ids."""
    return storage.dump(BOX.company, BOX.grants, BOX.replays, {})


@schema.parametrize()
@settings(max_examples=1, deadline=None, suppress_health_check=list(HealthCheck))
def test_nobody_comes_in_without_a_token(case: Any) -> None:
    """Whatever is sent, the gateway answers 401 and nothing is done."""
    before = state()
    response = case.call(headers={"Authorization": "Bearer nobody", "Accept": "application/json"})
    assert response.status_code == 401
    assert state() == before


@pytest.mark.parametrize("entity", sorted(ENTITIES))
def test_objects_fit_the_document(entity: str) -> None:
    """What the stand-in stores is what its document says it takes."""
    validator = jsonschema.Draft7Validator(openapi.schema_of(ENTITIES[entity].shape))
    for record in list(BOX.company.tables[entity].records.values())[:20]:
        assert list(validator.iter_errors(plain(record))) == []


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value if isinstance(value, (str, bool)) else float(value)
