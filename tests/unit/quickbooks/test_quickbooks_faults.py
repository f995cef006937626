"""What QuickBooks' faults mean: the table of codes and statuses, and the shapes they come in."""

from __future__ import annotations

import json

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil import errors
from counterfoil.quickbooks.api import faults

READ = faults.Circumstances(operation="query Customer", write=False)
WRITE = faults.Circumstances(operation="create Invoice", write=True)


def at(status: int, *, write: bool, retry_after: str = "") -> faults.Circumstances:
    return faults.Circumstances(
        operation="create Invoice" if write else "query Customer",
        write=write,
        status=status,
        trace="tid-1",
        retry_after=retry_after,
    )


def body(code: str, *, detail: str = "", kind: str = "ValidationFault") -> bytes:
    error = {"Message": "un message", "Detail": detail, "code": code}
    return json.dumps({"Fault": {"Error": [error], "type": kind}, "time": "t"}).encode()


TABLE = [
    # status, code, fault type, error of a read, error of a write
    (401, "3200", "AUTHENTICATION", faults.TokenRejected, faults.TokenRejected),
    (400, "3200", "ValidationFault", faults.TokenRejected, faults.TokenRejected),
    (401, "", "", faults.TokenRejected, faults.TokenRejected),
    (401, "100", "AuthenticationFault", faults.TokenRejected, faults.TokenRejected),
    (403, "3100", "SERVICE", errors.AccessLost, errors.AccessLost),
    (403, "", "", errors.AccessLost, errors.AccessLost),
    (403, "120", "AuthorizationFault", errors.AccessLost, errors.AccessLost),
    (400, "120", "ValidationFault", errors.AccessLost, errors.AccessLost),
    (403, "5020", "AuthorizationFault", errors.Refused, errors.Refused),
    (403, "3001", "SERVICE", faults.Throttled, faults.Throttled),
    (429, "3001", "SERVICE", faults.Throttled, faults.Throttled),
    (429, "003001", "SERVICE", faults.Throttled, faults.Throttled),
    (429, "", "", faults.Throttled, faults.Throttled),
    (400, "150", "SystemFault", errors.TryLater, errors.TryLater),
    (500, "10000", "SystemFault", errors.TryLater, errors.OutcomeUnknown),
    (400, "10000", "SystemFault", errors.TryLater, errors.OutcomeUnknown),
    (400, "600", "ValidationFault", errors.TryLater, errors.OutcomeUnknown),
    (500, "", "", errors.TryLater, errors.OutcomeUnknown),
    (502, "", "", errors.TryLater, errors.OutcomeUnknown),
    (503, "", "", errors.TryLater, errors.OutcomeUnknown),
    (504, "", "", errors.TryLater, errors.OutcomeUnknown),
    (408, "", "", errors.TryLater, errors.OutcomeUnknown),
    (500, "6000", "ValidationFault", errors.Refused, errors.Refused),
    (302, "", "", errors.TryLater, errors.TryLater),
    (400, "6240", "ValidationFault", errors.Refused, errors.Refused),
    (400, "5010", "ValidationFault", errors.Refused, errors.Refused),
    (400, "610", "ValidationFault", errors.Refused, errors.Refused),
    (400, "500", "ValidationFault", errors.Refused, errors.Refused),
    (200, "6140", "ValidationFault", errors.Refused, errors.Refused),
    (404, "", "", errors.Refused, errors.Refused),
    (413, "", "", errors.Refused, errors.Refused),
]


@pytest.mark.parametrize(("status", "code", "kind", "of_read", "of_write"), TABLE)
def test_code_and_status_choose_the_family(
    status: int, code: str, kind: str, of_read: type, of_write: type
) -> None:
    """A fault means the same whatever language its texts are in; only doubt differs between read and write."""
    content = body(code, kind=kind) if code else b"<html>gateway</html>"

    assert type(faults.of_answer(content, at(status, write=False))) is of_read
    assert type(faults.of_answer(content, at(status, write=True))) is of_write


def test_a_refusal_carries_code_detail_status_and_trace() -> None:
    """The next decision and Intuit's support need all four."""
    error = faults.of_answer(body("6240", detail="The name supplied already exists."), at(400, write=True))

    assert isinstance(error, errors.Refused)
    assert (error.code, error.detail, error.status, error.trace) == (
        "6240",
        "The name supplied already exists.",
        400,
        "tid-1",
    )


def test_the_message_of_an_error_quotes_nothing_that_quickbooks_said() -> None:
    """Details hold e-mail addresses and even tokens; messages go to logs."""
    secret = "Token expired: AB01"

    for code, status in (("3200", 401), ("2210", 400), ("3100", 403), ("10000", 500)):
        assert secret not in str(faults.of_answer(body(code, detail=secret), at(status, write=True)))


@pytest.mark.parametrize(
    ("told", "seconds"), [("", 60.0), ("17", 17.0), ("0", 1.0), ("soon", 60.0), ("-3", 60.0)]
)
def test_a_throttled_call_waits_as_long_as_told_or_a_minute(told: str, seconds: float) -> None:
    """Intuit documents a minute; a Retry-After is honoured if there is one."""
    error = faults.of_answer(body("3001"), at(429, write=False, retry_after=told))

    assert isinstance(error, errors.TryLater)
    assert error.after_seconds == seconds


def test_one_name_at_a_time_is_a_short_wait() -> None:
    """Another write of a name is under way; this one is fine in a moment."""
    detail = "Business Validation Error: You can only add or edit one name at a time. Please try again."
    error = faults.of_answer(body("6000", detail=detail), at(400, write=True))

    assert isinstance(error, errors.TryLater)
    assert error.after_seconds == 2.0


def test_the_problem_with_a_meaning_of_its_own_decides() -> None:
    """A fault may list several errors; an expired token among them outweighs the rest."""
    listed = [{"Message": "a", "code": "2020"}, {"Message": "b", "code": "3200"}]
    content = json.dumps({"Fault": {"Error": listed, "type": "ValidationFault"}}).encode()

    assert isinstance(faults.of_answer(content, at(400, write=True)), faults.TokenRejected)


def test_all_details_of_a_refusal_are_kept() -> None:
    """A person who looks at the refusal should see every complaint."""
    listed = [{"Message": "first", "code": "2020"}, {"Message": "m", "Detail": "second", "code": "2050"}]
    content = json.dumps({"Fault": {"Error": listed, "type": "ValidationFault"}}).encode()
    error = faults.of_answer(content, at(400, write=True))

    assert isinstance(error, errors.Refused)
    assert (error.code, error.detail) == ("2020", "first; second")


def test_the_code_is_found_in_the_text_of_a_gateway_fault() -> None:
    """Some gateway answers leave the member out."""
    error = {"message": "message=ThrottleExceeded; errorCode=003001; statusCode=429", "code": None}
    found = faults.fault_in(json.dumps({"fault": {"error": [error], "type": "SERVICE"}}).encode())

    assert found is not None
    assert found.problems[0].code == "3001"


def test_a_fault_in_xml_is_understood() -> None:
    """Gateways answer in XML although JSON was asked for."""
    content = (
        b'<?xml version="1.0"?><IntuitResponse xmlns="x" time="t"><Fault type="SERVICE">'
        b'<Error code="003001" element=""><Message>message=ThrottleExceeded</Message>'
        b"<Detail>Try again &amp; later</Detail></Error></Fault></IntuitResponse>"
    )
    found = faults.fault_in(content)

    assert found == faults.Fault(
        "SERVICE", (faults.Problem("3001", "message=ThrottleExceeded", "Try again & later"),)
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"null",
        b'{"Fault": null}',
        b'{"fault": null, "Customer": {}}',
        b"\xff\xfe",
        b"<html/>",
    ],
)
def test_a_body_without_a_fault_has_none(content: bytes) -> None:
    """Gateway successes carry an empty member; pages of proxies carry nothing."""
    assert faults.fault_in(content) is None


def test_an_empty_fault_is_still_a_fault() -> None:
    """A complaint without errors is no success."""
    assert faults.fault_in(b'{"Fault": {}}') == faults.Fault("", ())


@given(
    st.one_of(
        st.binary(max_size=200),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["Fault", "fault", "Error", "error", "code", "type"]), inner
                )
            ),
            max_leaves=8,
        ).map(lambda found: json.dumps(found).encode()),
    ),
    st.integers(100, 599),
    st.booleans(),
)
def test_every_refusing_answer_becomes_one_of_our_errors(content: bytes, status: int, write: bool) -> None:
    """However odd a body is, nothing but our families comes of it."""
    assert isinstance(faults.of_answer(content, at(status, write=write)), errors.CounterfoilError)


def httpx_errors() -> list[type[Exception]]:
    """Every exception class of httpx that a request can end with."""
    found = {httpx.InvalidURL}
    todo: list[type[Exception]] = [httpx.HTTPError, httpx.StreamError]
    while todo:
        kind = todo.pop()
        found.add(kind)
        todo += kind.__subclasses__()
    return sorted(found - {httpx.HTTPStatusError}, key=lambda kind: kind.__name__)


def made(kind: type[Exception]) -> Exception:
    try:
        return kind("lost")
    except TypeError:
        return kind()


@pytest.mark.parametrize("kind", httpx_errors(), ids=lambda kind: kind.__name__)
def test_no_error_of_httpx_stays_unmapped(kind: type[Exception]) -> None:
    """Every class that httpx knows is caught and becomes one of our families."""
    error = made(kind)

    assert isinstance(error, faults.HTTPX)
    assert isinstance(faults.of_transport(error, READ), errors.TryLater | errors.NeedsPerson)
    assert isinstance(
        faults.of_transport(error, WRITE), errors.TryLater | errors.OutcomeUnknown | errors.NeedsPerson
    )


@pytest.mark.parametrize("kind", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout])
def test_a_write_that_never_left_is_no_doubt(kind: type[Exception]) -> None:
    """Without a connection nothing can have been done."""
    assert isinstance(faults.of_transport(kind("refused"), WRITE), errors.TryLater)


@pytest.mark.parametrize(
    "kind",
    [httpx.ReadTimeout, httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError, httpx.WriteTimeout],
)
def test_R71_a_write_whose_answer_is_lost_is_in_doubt(kind: type[Exception]) -> None:
    """It may have been done; it is repeated with its request id."""
    assert isinstance(faults.of_transport(kind("lost"), WRITE), errors.OutcomeUnknown)
    assert isinstance(faults.of_transport(kind("lost"), READ), errors.TryLater)
