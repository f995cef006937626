"""Faults as data: what matches, when it strikes, and the round trip through JSON."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox_kit.faults import Act, Delay, Fault, Faults, Lose, Refuse
from sandbox_kit.ids import Ids

seconds = st.floats(min_value=0, max_value=1e6, allow_nan=False) | st.integers(0, 10**6)
acts: st.SearchStrategy[Act] = (
    st.sampled_from(Lose)
    | st.builds(Delay, seconds)
    | st.builds(
        Refuse,
        status=st.integers(400, 599),
        after=st.none() | seconds,
        body=st.none() | st.text(),
        times=st.integers(1, 9),
    )
)
counts = st.none() | st.integers(1, 50)
rates = st.floats(min_value=0, max_value=1, exclude_min=True)
targets = st.sampled_from(["*", "POST /invoice", "get /v3/company/*/query", "* /oauth2/token", "/contacts/?"])
faults = st.builds(Fault, on=targets, act=acts, nth=counts, times=counts) | st.builds(
    Fault, on=targets, act=acts, rate=rates, times=counts
)


@given(faults)
def test_faults_survive_the_round_trip_through_json(fault: Fault) -> None:
    """What the control API shows can be posted again and means the same."""
    force = Faults(Ids(1))
    force.add(fault)
    sent = msgspec.json.encode(force.as_json())
    assert [Faults.parse(each) for each in msgspec.json.decode(sent)] == [fault]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda x: (
            st.lists(x)
            | st.dictionaries(
                st.sampled_from(["on", "act", "nth", "rate", "times", "refuse", "delay", "after"])
                | st.text(),
                x,
            )
        ),
    )
)
def test_faults_refuse_nonsense_with_a_sentence(data: object) -> None:
    """Any JSON is either a fault or a ValueError with words, never another error."""
    try:
        assert isinstance(Faults.parse(data), Fault)
    except ValueError as error:
        assert len(str(error).split()) > 3


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ([], "JSON object"),
        ({"act": "lose-answer"}, "needs `on`"),
        ({"on": "invoice", "act": "lose-answer"}, "POST /invoice"),
        ({"on": "*", "act": "explode"}, "lose-request"),
        ({"on": "*", "act": {"refuse": 200}}, "400 to 599"),
        ({"on": "*", "act": {"refuse": True}}, "whole number"),
        ({"on": "*", "act": {"refuse": 429, "afer": 3}}, "afer"),
        ({"on": "*", "act": {"refuse": 429, "times": 0}}, "1 or more"),
        ({"on": "*", "act": {"delay": -1}}, "0 or more"),
        ({"on": "*", "act": {"delay": None}}, "number of seconds"),
        ({"on": "*", "act": "lose-answer", "nth": 0}, "from 1"),
        ({"on": "*", "act": "lose-answer", "rate": 1.5}, "probability"),
        ({"on": "*", "act": "lose-answer", "rate": 0.5, "nth": 1}, "not both"),
    ],
)
def test_faults_say_what_is_wrong_with_a_fault(data: object, words: str) -> None:
    """The sentence names the member or shows the right form."""
    with pytest.raises(ValueError, match=words):
        Faults.parse(data)


@pytest.mark.parametrize(
    ("on", "method", "path", "match"),
    [
        ("*", "GET", "/anything", True),
        ("POST /invoice", "POST", "/v3/company/1/invoice", True),
        ("post /Invoice", "POST", "/v3/company/1/INVOICE/", True),
        ("POST /invoice", "GET", "/v3/company/1/invoice", False),
        ("POST /invoice", "POST", "/v3/company/1/subinvoice", False),
        ("POST /invoice", "POST", "/v3/company/1/invoice/7", False),
        ("* /invoice", "DELETE", "/invoice", True),
        ("/invoice", "PUT", "/invoice", True),
        ("GET /company/*/query", "GET", "/v3/company/42/query", True),
        ("GET /contacts/*", "GET", "/contacts/", False),
        ("GET *", "GET", "/", True),
    ],
)
def test_faults_match_method_and_end_of_path(on: str, method: str, path: str, match: bool) -> None:
    """`on` is a method and the end of a path or a glob, in any case of letters."""
    assert Fault(on, Lose.ANSWER).matches(method, path) is match


def struck(fault: Fault, requests: int = 8, seed: int = 1) -> list[int]:
    """The numbers (from 1) of the requests that the fault strikes."""
    force = Faults(Ids(seed))
    force.add(fault)
    return [n for n in range(1, requests + 1) if force.strike("POST", "/invoice") is not None]


@pytest.mark.parametrize(
    ("fault", "numbers"),
    [
        (Fault("*", Lose.ANSWER), [1, 2, 3, 4, 5, 6, 7, 8]),
        (Fault("*", Lose.ANSWER, times=2), [1, 2]),
        (Fault("*", Lose.ANSWER, nth=3), [3]),
        (Fault("*", Lose.ANSWER, nth=3, times=2), [3, 4]),
        (Fault("*", Refuse(429, times=3), nth=2), [2, 3, 4]),
        (Fault("*", Refuse(429), times=1), [1]),
        (Fault("GET *", Lose.ANSWER), []),
    ],
)
def test_faults_strike_the_requests_they_count(fault: Fault, numbers: list[int]) -> None:
    """`nth`, `times` and the burst of a refusal decide which matching requests are struck."""
    assert struck(fault) == numbers


def test_faults_by_rate_strike_about_that_part_and_the_same_for_a_seed() -> None:
    """A rate of one fifth strikes about 200 of 1000, repeatably."""
    fault = Fault("*", Lose.ANSWER, rate=0.2)
    assert 150 < len(struck(fault, 1000)) < 250
    assert struck(fault, 1000) == struck(fault, 1000)
    assert struck(fault, 1000, seed=2) != struck(fault, 1000)


def test_faults_count_all_matches_and_the_first_that_strikes_wins() -> None:
    """A request struck by one fault still counts for the others."""
    force = Faults(Ids(1))
    force.add(Fault("*", Lose.ANSWER, nth=1))
    force.add(Fault("*", Delay(1), nth=2))
    assert [force.strike("GET", "/") for _ in range(3)] == [Lose.ANSWER, Delay(1), None]
    force.clear()
    assert force.as_json() == []
