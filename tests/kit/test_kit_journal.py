"""The journal: what it keeps, what it counts, what it must never show."""

from __future__ import annotations

import pytest

from sandbox_kit.clock import Clock
from sandbox_kit.journal import BODY_BYTES_MAX, Exchange, Journal, without_secrets
from sandbox_kit.virtual_time import START


def record(journal: Journal, operation: str = "invoice.create", **members: object) -> Exchange:
    """An exchange with the given members and otherwise plain ones."""
    plain: dict[str, object] = {
        "method": "POST",
        "path": "/invoice",
        "query": "",
        "status": 200,
        "request": "",
        "response": "",
        "tags": {},
    }
    return journal.record(operation=operation, **{**plain, **members})  # type: ignore[arg-type]  # by name


def test_journal_numbers_and_dates_exchanges() -> None:
    """Exchanges are numbered from 1 and carry the clock's instant."""
    clock = Clock(START.timestamp)
    journal = Journal(clock)
    record(journal)
    clock.advance(60)
    record(journal)
    assert [(e.seq, (e.at - START).total_seconds()) for e in journal.exchanges()] == [(1, 0), (2, 60)]


def test_journal_finds_by_operation_prefix_and_number() -> None:
    """A name is exact, a star ends a prefix, and `since` leaves out what was seen."""
    journal = Journal(Clock(START.timestamp))
    for operation in ("invoice.create", "invoice.void", "invoices", "payment.create"):
        record(journal, operation)
    assert [e.seq for e in journal.exchanges(operation="invoice.create")] == [1]
    assert [e.seq for e in journal.exchanges(operation="invoice.*")] == [1, 2]
    assert [e.seq for e in journal.exchanges(since=2)] == [3, 4]
    assert journal.exchanges(operation="invoice") == []


def test_journal_totals_outlive_what_is_kept() -> None:
    """Integer tags are summed over all exchanges, also those that made room for newer ones."""
    journal = Journal(Clock(START.timestamp), keep=2)
    for _ in range(5):
        record(journal, tags={"metered": 2, "realm": "1"})
    assert len(journal.exchanges()) == 2
    assert journal.total("metered") == 10
    assert journal.totals() == {"metered": 10}
    journal.clear()
    assert (journal.exchanges(), journal.total("metered")) == ([], 0)
    assert record(journal).seq == 6


@pytest.mark.parametrize(
    "body",
    [
        '{"access_token":"s3cret","expires_in":3600}',
        '{"refresh_token" : "s3cret \\" s3cret", "x": 1}',
        '{"a":{"client_secret":"s3cret"},"id_token":"s3cret"}',
        '{"accessToken":"s3cret"}',
        '{"client_id":"me","code":"s3cret"}',
        '{"access_token":"s3cret',
        "grant_type=refresh_token&refresh_token=s3cret",
        "code=s3cret&grant_type=authorization_code&client_secret=s3cret",
        '{"url":"http://back/callback?code=s3cret&state=1"}',
    ],
)
def test_journal_blots_out_secrets(body: str) -> None:
    """No token, secret or authorization code stays readable in request, answer or query."""
    exchange = record(Journal(Clock(START.timestamp)), request=body, response=body, query=body)
    assert "s3cret" not in exchange.request + exchange.response + exchange.query
    assert "…" in exchange.request


@pytest.mark.parametrize(
    "body",
    [
        '{"Fault":{"Error":[{"code":"6240","Message":"Duplicate Name Exists Error"}]}}',
        '{"expires_in":3600,"token_type":"bearer"}',
        "grant_type=authorization_code&redirect_uri=http%3A%2F%2Fback",
        "",
    ],
)
def test_journal_leaves_the_rest_readable(body: str) -> None:
    """Fault codes and harmless members are what the journal is read for."""
    assert without_secrets(body) == body


def test_journal_cuts_long_bodies_without_breaking_a_character() -> None:
    """A body is kept up to 64 KiB of UTF-8; what fits is kept whole."""
    exchange = record(
        Journal(Clock(START.timestamp)), request="x" * BODY_BYTES_MAX, response="x" + "é" * 50_000
    )
    assert exchange.request == "x" * BODY_BYTES_MAX
    assert len(exchange.response.encode()) == BODY_BYTES_MAX - 1


def test_journal_hides_a_secret_that_the_cut_would_halve() -> None:
    """Blotting out comes before cutting."""
    body = "{" + " " * (BODY_BYTES_MAX - 30) + '"access_token":"s3cret' * 9
    assert "s3cret" not in record(Journal(Clock(START.timestamp)), request=body).request
