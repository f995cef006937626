"""The query language (reference 6)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.company.refusals import Refused
from quickbooks_sandbox.query import evaluation, statement
from sandbox_kit.clock import Clock

Make = Callable[..., Company]


@pytest.fixture
def company(make_company: Make) -> Company:
    return make_company(seed="sample")


def names(company: Company, text: str) -> list[str]:
    return [one["DisplayName"] for one in evaluation.answer(company, text).get("Customer", [])]


def refused(company: Company, text: str) -> Refused:
    with pytest.raises(Refused) as caught:
        evaluation.answer(company, text)
    return caught.value


def test_a_page_says_where_it_begins_and_how_long_it_is(company: Company) -> None:
    """Reference 3.4: startPosition is echoed, maxResults is the number of objects in this answer."""
    found = evaluation.answer(company, "SELECT * FROM Customer STARTPOSITION 30 MAXRESULTS 10")
    assert (found["startPosition"], found["maxResults"], len(found["Customer"])) == (30, 3, 3)


def test_nothing_found_is_an_empty_object(company: Company) -> None:
    """Reference 3.4: neither the entity nor positions."""
    assert evaluation.answer(company, "select * from Invoice where DocNumber = 'nope'") == {}


def test_counting(company: Company) -> None:
    """Reference 6.3: totalCount alone; inactive customers are not counted unless asked for."""
    assert evaluation.answer(company, "SELECT count(*) FROM Customer") == {"totalCount": 32}
    everyone = "select COUNT(*) from customer where Active IN (true, false)"
    assert evaluation.answer(company, everyone) == {"totalCount": 33}


def test_inactive_objects_are_hidden_by_default(company: Company) -> None:
    """Reference 6.5."""
    assert names(company, "select * from Customer where DisplayName like 'Retired%'") == []
    assert names(company, "select * from Customer where DisplayName like 'retired%' and Active = false") == [
        "Retired Roses Ltd (deleted)"
    ]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (r"DisplayName = 'O\'Brien & Söhne GmbH'", ["O'Brien & Söhne GmbH"]),
        ("displayname = 'JOSÉ IBÁÑEZ'", ["José Ibáñez"]),
        ("PrimaryEmailAddr = 'family@millers.example'", ["Miller, Ada", "Miller, Ben"]),
        ("Id IN ('1', '3', '999')", ["Amelia's Aviary", "José Ibáñez"]),
        ("Id = '2'", ["O'Brien & Söhne GmbH"]),
        ("GivenName LIKE '%ea'", ["Bea Thornton", "Rhea Costa"]),
        ("DisplayName LIKE 'Miller%' AND GivenName = 'Ben'", ["Miller, Ben"]),
        ("DisplayName >= 'Y' and DisplayName < 'Z'", ["Yara Saleh"]),
    ],
)
def test_conditions(company: Company, condition: str, found: list[str]) -> None:
    """Reference 6.1, 6.2 and 6.4: text without regard to case, backslash escapes, % wildcards, e-mail by bare name."""
    assert names(company, f"SELECT * FROM Customer WHERE {condition}") == found


def test_names_come_sorted_and_transactions_by_id(company: Company) -> None:
    """Reference 6.3: the default orders."""
    listed = names(company, "select * from Customer maxresults 1000")
    assert listed == sorted(listed, key=str.casefold)
    ids = [int(one["Id"]) for one in evaluation.answer(company, "select * from Invoice")["Invoice"]]
    assert ids == sorted(ids)


def test_orders_and_paging_in_either_order(company: Company) -> None:
    """Reference 6.1: ORDERBY and ORDER BY, several members, MAXRESULTS before STARTPOSITION."""
    down = names(
        company, "select * from Customer ORDER BY FamilyName desc, GivenName MAXRESULTS 2 STARTPOSITION 2"
    )
    assert down == ["Elias Vogel", "Bea Thornton"]


def test_amounts_dates_and_references_compare_by_kind(company: Company) -> None:
    """Reference 6.1 and 6.4: numbers quoted or not, ids by the bare reference, dates as dates."""
    some = evaluation.answer(company, "select * from Invoice where TotalAmt > 100 and Balance = '0'")[
        "Invoice"
    ]
    assert {one["Balance"] for one in some} == {0}
    one = some[0]
    by_customer = f"select * from Invoice where CustomerRef = '{one['CustomerRef']['value']}' and TxnDate <= CURRENT_DATE"
    assert one in evaluation.answer(company, by_customer)["Invoice"]
    assert evaluation.answer(company, f"select * from Invoice where TxnDate = '{one['TxnDate']}'")["Invoice"]


@pytest.mark.parametrize("member", ["MetaData.LastUpdatedTime", "Metadata.LastUpdatedTime"])
@pytest.mark.parametrize(
    "instant", ["2026-03-04T09:30:00-08:00", "2026-03-04T17:30:00Z", "2026-03-04T09:30:00-0800"]
)
def test_times_compare_as_instants(company: Company, clock: Clock, member: str, instant: str) -> None:
    """Reference 6.1: with any offset, also without its colon."""
    clock.advance(3600)
    company.create("Customer", {"DisplayName": "Newcomer"})
    assert names(company, f"select * from Customer where {member} > '{instant}'") == ["Newcomer"]


def test_projections_are_checked_and_whole_objects_come_back(company: Company) -> None:
    """Reference 6.1."""
    whole = evaluation.answer(
        company, "select Id, DisplayName, MetaData.CreateTime from Customer maxresults 1"
    )
    assert "FullyQualifiedName" in whole["Customer"][0]
    assert refused(company, "select Shoes from Customer").code == "4001"


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        (
            "select * from Invoice TxnDate = '2'",
            'QueryParserError: Encountered " <IDENTIFIER> "TxnDate "" at line 1, column 23.',
        ),
        ("select * from Customer where DisplayName = 'Amy''s'", "QueryParserError: Encountered"),
        ("select * from Customer where Id = '1' or Id = '2'", "QueryParserError"),
        ("select * from Customer where Id != '1'", "QueryParserError"),
        ("select * from Customer where DisplayName = Ada", "QueryParserError"),
        ("delete from Customer", "QueryParserError"),
        ("select * from Customer where DisplayName = 'x", "QueryParserError: Lexical"),
        ("", "QueryParserError"),
    ],
)
def test_what_does_not_parse(company: Company, text: str, detail: str) -> None:
    """Reference 6.2 and 6.7: 4000, also for doubled quotes, OR and unequal."""
    problem = refused(company, text).problems[0]
    assert problem.code == "4000"
    assert problem.detail.startswith(detail)


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        (
            "select * from Invoice where NoSuchField = '1'",
            "Property NoSuchField not found for Entity Invoice",
        ),
        (
            "select * from Invoice where PrivateNote = '1'",
            "Property PrivateNote not found for Entity Invoice",
        ),
        ("select * from Customer where Balance > '1'", "Property Balance not found for Entity Customer"),
        ("select * from Customer STARTPOSITION 0", "value 0 is too small. Min allowed value is 1"),
        ("select * from Customer MAXRESULTS 1500", "value 1500 is too large. Max allowed value is 1000"),
        ("select * from Customer where Id > '1'", "Operator > is not supported for property Id"),
        ("select * from Customer ORDERBY Id", "Property Id is not sortable for Entity Customer"),
        ("select * from Unicorn", "Entity Unicorn not found"),
        ("select * from Invoice where TxnDate > 'soon'", "Invalid value 'soon' for property TxnDate"),
    ],
)
def test_what_is_not_valid(company: Company, text: str, detail: str) -> None:
    """Reference 6.3, 6.4 and 6.7: 4001 with the recorded words."""
    problem = refused(company, text).problems[0]
    assert (problem.code, problem.detail) == ("4001", f"QueryValidationError: {detail}")


@given(name=st.text(min_size=1, max_size=30).filter(str.strip))
def test_any_text_can_be_asked_for_when_escaped(name: str) -> None:
    """Reference 6.2: a backslash before quotes and backslashes carries every text through the parser."""
    escaped = name.replace("\\", "\\\\").replace("'", "\\'")
    parsed = statement.parse(f"select * from Customer where DisplayName = '{escaped}'")
    assert parsed.conditions[0].values == (name,)


@given(text=st.text(max_size=60))
def test_no_text_breaks_the_parser(text: str) -> None:
    """Whatever is sent, the answer is a statement or a fault of the query family."""
    try:
        parsed: Any = statement.parse(f"select * from Customer where {text}")
    except Refused as refusal:
        assert refusal.code in ("4000", "4001")
    else:
        assert parsed.conditions


def test_several_orders_and_conditions_give_what_sorting_by_hand_gives(
    make_company: Callable[..., Company],
) -> None:
    """The first column decides, the next one only among equals, ids last; in any direction."""
    company = make_company("us-ast", "large:20,60")
    for key in ("7", "3", "11"):
        record = company.read("Customer", key)
        company.update(
            "Customer", {"Id": key, "SyncToken": record["SyncToken"], "sparse": True, "Title": "Dr"}
        )
    invoices = list(company.tables["Invoice"].records.values())
    cases: list[tuple[str, Callable[[Any], Any]]] = [
        ("orderby MetaData.LastUpdatedTime", lambda one: _at(one)),
        ("orderby TotalAmt, MetaData.LastUpdatedTime", lambda one: (one["TotalAmt"], _at(one))),
        ("orderby MetaData.LastUpdatedTime, TotalAmt", lambda one: (_at(one), one["TotalAmt"])),
        ("orderby Balance desc, MetaData.LastUpdatedTime", lambda one: (-one["Balance"], _at(one))),
    ]
    for clause, key_of in cases:
        found = evaluation.answer(company, f"select * from Invoice {clause} maxresults 1000")["Invoice"]
        assert [one["Id"] for one in found] == [one["Id"] for one in sorted(invoices, key=key_of)], clause
    some = [one for one in invoices if one["Balance"]]
    asked = "select * from Invoice where Balance > '0' orderby MetaData.LastUpdatedTime desc maxresults 1000"
    found = evaluation.answer(company, asked)["Invoice"]
    assert [_at(one) for one in found] == sorted((_at(one) for one in some), reverse=True)
    listed = ", ".join(f"'{one['Id']}'" for one in reversed(company.tables["Customer"].records.values()))
    asked = f"select * from Customer where Id in ({listed}) orderby MetaData.LastUpdatedTime maxresults 1000"
    stamps = [_at(one) for one in evaluation.answer(company, asked)["Customer"]]
    assert stamps == sorted(stamps)


def _at(record: Any) -> datetime:
    return datetime.fromisoformat(record["MetaData"]["LastUpdatedTime"])
