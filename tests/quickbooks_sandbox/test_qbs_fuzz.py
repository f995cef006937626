"""Whatever is sent, the company answers or refuses in Intuit's words, and a refusal changes nothing."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quickbooks_sandbox import control, operations
from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.company.entities import ENTITIES
from quickbooks_sandbox.company.line_items import SPECIAL
from quickbooks_sandbox.company.refusals import Refused
from quickbooks_sandbox.query import evaluation
from sandbox_kit.clock import Clock
from sandbox_kit.ids import Ids

from .books import check_books

IDS = st.sampled_from(["1", "2", "3", "4", "5", "9", "19", "999", "x", ""])
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-10, 10**13),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    IDS,
    st.sampled_from(["2026-03-04", "9999-12-31", "TAX", "NON", "0001-01-01T00:00:00+14:00"]),
)
REFERENCE = st.fixed_dictionaries({"value": IDS})
SOLD = st.one_of(REFERENCE, st.sampled_from([{"value": one} for one in SPECIAL]))
LINE = st.fixed_dictionaries(
    {},
    optional={
        "Id": IDS,
        "Amount": st.one_of(SCALARS, st.decimals(-5, 5000, places=2)),
        "DetailType": st.sampled_from(
            [
                *("SalesItemLineDetail", "DiscountLineDetail", "DescriptionOnly", "SubTotalLineDetail"),
                "DepositLineDetail",
            ]
        ),
        "DepositLineDetail": st.fixed_dictionaries(
            {}, optional={"AccountRef": REFERENCE, "Entity": REFERENCE, "ClassRef": REFERENCE}
        ),
        "Description": SCALARS,
        "SalesItemLineDetail": st.fixed_dictionaries(
            {}, optional={"ItemRef": SOLD, "Qty": SCALARS, "UnitPrice": SCALARS, "TaxCodeRef": REFERENCE}
        ),
        "DiscountLineDetail": st.fixed_dictionaries(
            {}, optional={"PercentBased": SCALARS, "DiscountPercent": SCALARS}
        ),
        "LinkedTxn": st.lists(
            st.fixed_dictionaries(
                {
                    "TxnId": IDS,
                    "TxnType": st.sampled_from(
                        ["Invoice", "CreditMemo", "Payment", "SalesReceipt", "Estimate", "x"]
                    ),
                }
            ),
            max_size=2,
        ),
    },
)
MEMBER = st.one_of(
    SCALARS, REFERENCE, st.lists(LINE, max_size=3), st.dictionaries(st.text(max_size=5), SCALARS)
)


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, dict[str, Any], str, frozenset[str]]:
    """An entity, a body of its members with sensible and senseless values, and an operation."""
    entity = draw(st.sampled_from(sorted(ENTITIES)))
    members = st.sampled_from(sorted(ENTITIES[entity].shape.members))
    body = draw(st.dictionaries(members, MEMBER, max_size=6))
    if draw(st.booleans()):
        body["CustomerRef"] = {"value": "3"}
        body["Line"] = draw(st.lists(LINE, min_size=1, max_size=3))
        body["DepositToAccountRef"] = {"value": draw(st.sampled_from(["1", "4"]))}
        body["TotalAmt"] = draw(st.decimals(0, 500, places=2))
    if draw(st.booleans()):
        body.update({"Id": draw(IDS), "SyncToken": draw(st.sampled_from(["0", "1", "2"]))})
    operation = draw(st.sampled_from(["", "", "", "update", "delete", "void"]))
    include = draw(st.sampled_from([frozenset[str](), frozenset({"void"})]))
    return entity, body, operation, include


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(
    sent=st.lists(requests(), min_size=1, max_size=6),
    kind=st.sampled_from(["us-ast", "us-manual", "gb", "eu-multicurrency"]),
)
def test_no_request_breaks_the_company(
    sent: list[tuple[str, dict[str, Any], str, frozenset[str]]], kind: str
) -> None:
    """Only refusals, never another error; the books balance, and a refused request leaves them as they were."""
    company = Company(kind, "sample", clock=Clock(lambda: 1_772_640_000.0), ids=Ids(1))
    for entity, body, operation, include in sent:
        before = deepcopy(company.tables), dict(company.sequences.last), deepcopy(company.registers)
        try:
            operations.write(company, ENTITIES[entity], body, operation, include)
        except Refused as refusal:
            assert refusal.code.isdigit()
            assert (company.tables, company.sequences.last, company.registers) == before
        check_books(company)
        books = control.books(company)
        assert books["receivables"] == books["customer_balances"]
        total = sum((one["TotalAmt"] for one in company.tables["Invoice"].records.values()), Decimal(0))
        assert books["invoices_total"] == total


WORDS = """
select * from Customer Invoice where Id TxnDate = < '1' '2026-01-01' and in ( ) , like '%a%a%' orderby startposition
maxresults 10 true count(*) '' MetaData.CreateTime Balance '0001-01-01T00:00:00+14:00' Active null
"""
PIECES = st.sampled_from(WORDS.split())


@settings(max_examples=300, deadline=None)
@given(pieces=st.lists(PIECES, max_size=14))
def test_no_statement_breaks_the_query(pieces: list[str]) -> None:
    """Any row of words is answered or refused with a code of the query family."""
    try:
        evaluation.answer(SAMPLE, "select * from " + " ".join(pieces))
    except Refused as refusal:
        assert refusal.code in ("4000", "4001")


SAMPLE = Company("us-ast", "sample", clock=Clock(lambda: 1_772_640_000.0), ids=Ids(1))
