"""HighLevel's refusals, each in the family that says what to do next."""

from __future__ import annotations

import inspect
import json
from typing import Any

import httpx
import pytest

from counterfoil import errors
from counterfoil.crm.highlevel import faults

READ = "GET /contacts/{id}"
WRITE = "POST /contacts/"


def answer(status: int, message: Any, *, write: bool = False, operation: str = READ, **more: Any):
    body = json.dumps({"statusCode": status, "message": message, "traceId": "t-9", **more}).encode()
    return faults.of_answer(status=status, body=body, operation=operation, write=write, pause_seconds=14.0)


TABLE = [
    (401, "Invalid JWT", False, faults.TokenRejected),
    (401, "Invalid token: access token is invalid", True, faults.TokenRejected),
    (401, "The token is not authorized for this scope.", False, errors.AccessLost),
    (401, "version header was not found.", False, errors.Refused),
    (403, "The token does not have access to this location.", True, errors.AccessLost),
    (429, "Too many requests", True, errors.TryLater),
    (409, "Payment is being processed", True, errors.TryLater),
    (408, "Request timeout", True, errors.TryLater),
    (400, "Invoice cannot be voided", True, errors.Refused),
    (400, "Contact not found", False, faults.Gone),
    (404, "Not found", False, faults.Gone),
    (422, ["issueDate must be a string", "property foo should not exist"], True, errors.Refused),
    (500, "oops", False, errors.TryLater),
    (500, "oops", True, errors.OutcomeUnknown),
    (500, "Invoice validation failed: total", True, errors.Refused),
    (503, "away", False, errors.TryLater),
    (504, "away", True, errors.OutcomeUnknown),
]


@pytest.mark.parametrize(("status", "message", "write", "family"), TABLE)
def test_each_refusal_has_its_family(status, message, write, family) -> None:
    """Status and words decide what the caller does next (reference 3.3)."""
    found = answer(status, message, write=write)

    assert type(found) is family


@pytest.mark.parametrize("status", [401, 403, 404, 410])
@pytest.mark.parametrize("body", [b"", b"<html>Not Found</html>", b"[]"])
@pytest.mark.parametrize("write", [False, True])
def test_R72_a_proxys_page_is_no_word_of_highlevel(status, body, write) -> None:
    """Every answer of HighLevel is JSON (reference 3.2). A failed read is no missing record (quirk 19), which would void
    an invoice in QuickBooks, and a firewall's page ends nobody's access."""
    found = faults.of_answer(status=status, body=body, operation=READ, write=write, pause_seconds=1.0)

    assert type(found) is errors.TryLater


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        ("GET /invoices/{id}", "Location not found"),
        ("GET /payments/transactions/{id}", "altType not found"),
        ("GET /contacts/{id}", "Location not found"),
    ],
)
def test_only_a_missing_contact_is_told_by_words(operation, message) -> None:
    """Deleted contacts give other refusals than 404 (reference 3.2); of other records nothing of the kind is known."""
    assert type(answer(400, message, operation=operation)) is errors.Refused


def test_a_missing_scope_is_named_and_not_cured_by_a_refresh() -> None:
    """The owner reads which permission the app lacks; no refresh would give it."""
    found = answer(401, "The token is not authorized for this scope.", operation="GET /payments/transactions")

    assert not isinstance(found, faults.TokenRejected)
    assert "payments/transactions.readonly" in str(found)


@pytest.mark.parametrize("operation", ["GET /workflows/", "POST /contacts/{contactId}/workflow/{workflowId}"])
def test_R62_a_missing_scope_of_one_feature_stops_only_that(operation) -> None:
    """An app that was installed before reviews existed goes on posting sales (reference 2.3, 12)."""
    found = answer(401, "The token is not authorized for this scope.", operation=operation)

    assert type(found) is errors.NeedsPerson
    assert "workflows.readonly" in str(found)


def test_a_search_by_post_needs_only_the_reading_scope() -> None:
    """Searching contacts changes nothing, although it is a POST."""
    assert faults.scope_for("POST /contacts/search") == "contacts.readonly"
    assert faults.scope_for("POST /contacts/") == "contacts.write"
    assert faults.scope_for("GET /reputation/reviews") == ""


def test_the_pause_after_429_is_the_one_passed_in() -> None:
    """Interval and jitter are the caller's."""
    assert answer(429, "Too many requests").after_seconds == 14.0


def test_the_pause_after_409_is_three_seconds() -> None:
    """Two payments on one invoice need three seconds between them (reference 7.7)."""
    assert answer(409, "conflict", write=True).after_seconds == 3.0


def test_a_duplicate_carries_the_existing_contact() -> None:
    """The caller can adopt the contact that is there already."""
    found = answer(
        400,
        "This location does not allow duplicated contacts.",
        write=True,
        operation=WRITE,
        meta={"contactId": "c1", "matchingField": "email", "contactName": "Ada Quill"},
    )

    assert isinstance(found, faults.Duplicate)
    assert (found.contact_id, found.matching_field) == ("c1", "email")
    assert "Ada" not in str(found) + found.detail


def test_a_refusal_keeps_code_words_and_trace() -> None:
    """What HighLevel's support asks for is kept; a list of messages is one line."""
    found = answer(422, ["a must be a string", "property b should not exist"])

    assert isinstance(found, errors.Refused)
    assert (found.code, found.status, found.trace) == ("422", 422, "t-9")
    assert found.detail == "a must be a string; property b should not exist"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"null", b'{"message": 3, "meta": []}', b"\xff"])
def test_an_odd_error_body_is_still_an_error_of_ours(body) -> None:
    """Gateways answer pages; the family follows the status alone."""
    found = faults.of_answer(status=502, body=body, operation=READ, write=False, pause_seconds=1.0)

    assert isinstance(found, errors.TryLater)


def test_the_v3_shape_is_read_too() -> None:
    """The newer generation nests code and message under `error` (reference 1.3)."""
    body = b'{"error": {"code": "SCOPE_MISSING", "message": "no scope"}}'

    found = faults.of_answer(status=401, body=body, operation=READ, write=False, pause_seconds=1.0)

    assert type(found) is errors.AccessLost


def every_httpx_error() -> list[type[Exception]]:
    kinds = [kind for _, kind in inspect.getmembers(httpx, inspect.isclass)]
    return [kind for kind in kinds if issubclass(kind, Exception) and kind is not httpx.CookieConflict]


def instance(kind: type[Exception]) -> Exception:
    if issubclass(kind, httpx.HTTPStatusError):
        request = httpx.Request("GET", "http://crm.test")
        return kind("odd", request=request, response=httpx.Response(500, request=request))
    if issubclass(kind, httpx.StreamError) and kind is not httpx.StreamError:
        return kind()
    return kind("odd")


@pytest.mark.parametrize("kind", every_httpx_error(), ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("write", [False, True])
def test_every_error_of_httpx_has_a_family(kind, write) -> None:
    """Whatever happens on the wire, the caller sees only our families."""
    error = instance(kind)

    assert isinstance(error, faults.HTTPX)
    found = faults.of_transport(error, operation=WRITE, write=write)
    assert isinstance(found, errors.TryLater | errors.OutcomeUnknown | errors.NeedsPerson)


@pytest.mark.parametrize(
    ("kind", "read_family", "write_family"),
    [
        (httpx.ConnectError, errors.TryLater, errors.TryLater),
        (httpx.ConnectTimeout, errors.TryLater, errors.TryLater),
        (httpx.PoolTimeout, errors.TryLater, errors.TryLater),
        (httpx.ReadTimeout, errors.TryLater, errors.OutcomeUnknown),
        (httpx.ReadError, errors.TryLater, errors.OutcomeUnknown),
        (httpx.RemoteProtocolError, errors.TryLater, errors.OutcomeUnknown),
        (httpx.UnsupportedProtocol, errors.NeedsPerson, errors.NeedsPerson),
    ],
)
def test_a_write_without_answer_is_in_doubt_only_when_it_may_have_arrived(
    kind, read_family, write_family
) -> None:
    """Without a connection nothing happened; after it anything may have (R71)."""
    assert type(faults.of_transport(kind("x"), operation=READ, write=False)) is read_family
    assert type(faults.of_transport(kind("x"), operation=WRITE, write=True)) is write_family
