"""One request to QuickBooks: what is sent, what is counted, and what its failures become."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from counterfoil import errors
from counterfoil.quickbooks import api

from .conftest import REALM, START, Bench


async def test_a_request_names_company_version_and_token(bench: Bench) -> None:
    """Without them Intuit answers in XML, for another version, or not at all."""
    bench.script.will({"Customer": {"Id": "58"}})

    await bench.client.read("customer/58", operation="read Customer")

    assert bench.last.url.path == f"/v3/company/{REALM}/customer/58"
    assert bench.last.url.params["minorversion"] == "75"
    assert bench.last.headers["authorization"] == "Bearer token-1"
    assert bench.last.headers["accept"] == "application/json"


async def test_R71_a_write_carries_its_request_id(bench: Bench) -> None:
    """QuickBooks does a request only once for each id."""
    bench.script.will({"Invoice": {"Id": "1"}})

    await bench.client.write("invoice", b"{}", operation="create Invoice", request_id="cause-1")

    assert bench.last.url.params["requestid"] == "cause-1"
    assert bench.last.headers["content-type"] == "application/json"


async def test_a_refused_token_is_refreshed_once_and_the_request_repeated(
    bench: Bench, gateway: Callable[..., httpx.Response]
) -> None:
    """An expired token is no reason to fail; the repetition has the same request id."""
    bench.script.will(gateway(401, "3200", "AuthenticationFailed"), {"Invoice": {"Id": "1"}})

    await bench.client.write("invoice", b"{}", operation="create Invoice", request_id="cause-1")

    assert bench.token_calls == [False, True]
    assert [request.url.params["requestid"] for request in bench.script.requests] == ["cause-1", "cause-1"]
    assert bench.last.headers["authorization"] == "Bearer token-2"


async def test_a_token_refused_twice_is_lost_access(
    bench: Bench, gateway: Callable[..., httpx.Response]
) -> None:
    """A fresh token that is refused too means that the owner took the access away."""
    bench.script.will(gateway(401, "3200", "AuthenticationFailed"))

    with pytest.raises(errors.AccessLost) as refused:
        await bench.client.read("customer/58", operation="read Customer")

    assert len(bench.script.requests) == 2
    assert "AB01secret" not in str(refused.value)


async def test_R75_reads_are_metered_and_writes_are_free(bench: Bench) -> None:
    """What is counted is what Intuit counts."""
    bench.script.will({"QueryResponse": {}})

    await bench.client.read("cdc", operation="changes")
    await bench.client.ask("SELECT * FROM Item", operation="query Item")
    await bench.client.write("invoice", b"{}", operation="create Invoice", request_id="1")
    await bench.client.batch(b"{}", items=7, request_id="2")

    assert [(one.operation, one.write, one.metered) for one in bench.exchanges] == [
        ("changes", False, 1),
        ("query Item", False, 1),
        ("create Invoice", True, 0),
        ("batch", True, 7),
    ]
    assert {(one.status, one.trace) for one in bench.exchanges} == {(200, "tid-1")}


async def test_a_refused_read_is_not_metered(bench: Bench, refuse: Callable[..., httpx.Response]) -> None:
    """Only successful calls count at Intuit."""
    bench.script.will(refuse(400, "610"))

    with pytest.raises(errors.Refused):
        await bench.client.read("invoice/9", operation="read Invoice")

    assert bench.exchanges == [
        api.Exchange(operation="read Invoice", write=False, metered=0, status=400, trace="tid-1")
    ]


async def test_a_read_whose_answer_is_lost_is_counted(bench: Bench) -> None:
    """Intuit may have answered it: our count must not be too low."""
    bench.script.will(httpx.ReadTimeout("lost"))

    with pytest.raises(errors.TryLater):
        await bench.client.read("invoice/9", operation="read Invoice")

    assert [(one.status, one.metered) for one in bench.exchanges] == [(0, 1)]


async def test_a_request_that_never_left_is_not_counted(bench: Bench) -> None:
    """Nobody can have metered it."""
    bench.script.will(httpx.ConnectError("refused"))

    with pytest.raises(errors.TryLater):
        await bench.client.read("invoice/9", operation="read Invoice")

    assert bench.exchanges == []


@pytest.mark.parametrize(
    ("error", "of_read", "of_write"),
    [
        (httpx.ReadTimeout("x"), errors.TryLater, errors.OutcomeUnknown),
        (httpx.ReadError("x"), errors.TryLater, errors.OutcomeUnknown),
        (httpx.RemoteProtocolError("x"), errors.TryLater, errors.OutcomeUnknown),
        (httpx.DecodingError("x"), errors.TryLater, errors.OutcomeUnknown),
        (httpx.ConnectError("x"), errors.TryLater, errors.TryLater),
        (httpx.ConnectTimeout("x"), errors.TryLater, errors.TryLater),
        (httpx.UnsupportedProtocol("x"), errors.NeedsPerson, errors.NeedsPerson),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value.__name__,
)
async def test_no_error_of_httpx_reaches_the_caller(
    bench: Bench, error: Exception, of_read: type[Exception], of_write: type[Exception]
) -> None:
    """Callers know five families and nothing else."""
    bench.script.will(error)

    with pytest.raises(of_read):
        await bench.client.read("item/1", operation="read Item")
    with pytest.raises(of_write):
        await bench.client.write("item", b"{}", operation="create Item", request_id="1")


async def test_a_fault_with_status_200_is_no_success(
    bench: Bench, refuse: Callable[..., httpx.Response]
) -> None:
    """Intuit documents faults in successful answers."""
    bench.script.will(refuse(200, "6240", "The name supplied already exists."))

    with pytest.raises(errors.Refused) as refused:
        await bench.client.write("customer", b"{}", operation="create Customer", request_id="1")

    assert refused.value.code == "6240"


async def test_R73_a_throttled_call_closes_the_quota(
    bench: Bench, gateway: Callable[..., httpx.Response]
) -> None:
    """The next call of this company waits the minute that Intuit wants."""
    bench.script.will(gateway(429, "3001", "ThrottleExceeded"), {"Item": {"Id": "1"}})

    with pytest.raises(errors.TryLater) as throttled:
        await bench.client.read("item/1", operation="read Item")
    await bench.client.read("item/1", operation="read Item")

    assert throttled.value.after_seconds == 60
    assert (bench.time.now - START).total_seconds() == pytest.approx(60)


async def test_a_retry_after_is_honoured(bench: Bench, gateway: Callable[..., httpx.Response]) -> None:
    """Undocumented, but if it is there it is meant."""
    bench.script.will(gateway(429, "3001", "ThrottleExceeded", **{"Retry-After": "7"}))

    with pytest.raises(errors.TryLater) as throttled:
        await bench.client.read("item/1", operation="read Item")

    assert throttled.value.after_seconds == 7


async def test_a_long_statement_goes_in_the_body(bench: Bench) -> None:
    """An address of many thousand characters would be refused by some gateway."""
    bench.script.will({"QueryResponse": {}})
    statement = "SELECT * FROM Item WHERE Name IN ('" + "x" * 3000 + "ü')"

    await bench.client.ask(statement, operation="query Item")

    assert bench.last.method == "POST"
    assert bench.last.content == statement.encode()
    assert bench.last.headers["content-type"] == "application/text"
    assert bench.exchanges[-1].metered == 1


async def test_a_realm_cannot_lead_out_of_its_path(bench: Bench) -> None:
    """The realm comes from a callback's address; it stays one segment."""
    client = api.Client(
        bench.http,
        api_base="http://quickbooks.test/v3/",
        realm_id="1/../2",
        token=lambda rejected: _token(),
        quota=bench.quota,
    )
    bench.script.will({})

    await client.read("preferences", operation="read Preferences")

    assert bench.last.url.raw_path.startswith(b"/v3/company/1%2F..%2F2/preferences?")


async def _token() -> str:
    return "token"
