"""Who is asked for a review, and who never is (R62)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from counterfoil.sync import facts, plan
from counterfoil.sync.decide import decide
from counterfoil.sync.facts import Link, Origin, PaidInvoice, Reviews, Verdict
from counterfoil.sync.reasons import Because

from .given import CONNECTED, contact

SINCE = CONNECTED + timedelta(days=10)
LATER = SINCE + timedelta(days=1)
BY_WORKFLOW = Reviews(workflow_id="w1", workflow_name="Ask", since=SINCE)
BY_TAG = Reviews(tag="review-request", since=SINCE)
LINK = Link(crm_kind="contact", crm_id="c1", entity="Customer", entity_id="58", origin=Origin.QUICKBOOKS)


def paid(*moments: datetime | None) -> tuple[PaidInvoice, ...]:
    return tuple(PaidInvoice(invoice_id=str(number), paid_at=at) for number, at in enumerate(moments))


def known(**members: Any) -> facts.ReviewFacts:
    usual: dict[str, Any] = {
        "customer_id": "58",
        "reviews": BY_WORKFLOW,
        "link": LINK,
        "contact": contact(),
        "paid": paid(LATER),
        "workflows": frozenset({"w1"}),
    }
    return facts.ReviewFacts(**{**usual, **members})


def test_R62_the_first_fully_paid_invoice_starts_the_workflow() -> None:
    assert decide(known()) == plan.ReviewRequest(
        customer_id="58",
        contact_id="c1",
        cause="review/c1",
        because=Because.REVIEW_REQUESTED,
        workflow_id="w1",
    )


def test_R62_two_invoices_paid_at_once_are_one_request() -> None:
    assert isinstance(decide(known(paid=paid(LATER, LATER))), plan.ReviewRequest)


def test_R62_the_other_way_is_a_tag() -> None:
    decided = decide(known(reviews=BY_TAG, workflows=frozenset()))

    assert isinstance(decided, plan.ReviewRequest)
    assert (decided.tag, decided.workflow_id, decided.operation) == ("review-request", "", plan.Operation.TAG)


@pytest.mark.parametrize(
    ("members", "because"),
    [
        ({"verdict": Verdict.ASKED}, Because.REVIEW_DECIDED),
        ({"verdict": Verdict.PAID_BEFORE}, Because.REVIEW_DECIDED),
        ({"verdict": Verdict.DO_NOT_DISTURB}, Because.REVIEW_DECIDED),
        ({"reviews": Reviews()}, Because.REVIEWS_OFF),
        ({"reviews": Reviews(since=SINCE)}, Because.REVIEWS_OFF),
        ({"paid": ()}, Because.REVIEW_NOT_PAID),
        ({"contact": None, "link": None}, Because.REVIEW_NO_CONTACT),
    ],
)
def test_R62_nothing_for_now(members: dict[str, Any], because: Because) -> None:
    assert decide(known(**members)) == plan.Nothing(because=because)


@pytest.mark.parametrize(
    ("members", "verdict", "because"),
    [
        (
            {"paid": paid(SINCE - timedelta(seconds=1), LATER)},
            Verdict.PAID_BEFORE,
            Because.REVIEW_PAID_BEFORE,
        ),
        ({"paid": paid(None)}, Verdict.PAID_BEFORE, Because.REVIEW_PAID_BEFORE),
        (
            {"contact": contact(do_not_disturb=True)},
            Verdict.DO_NOT_DISTURB,
            Because.REVIEW_DO_NOT_DISTURB,
        ),
    ],
)
def test_R62_never(members: dict[str, Any], verdict: Verdict, because: Because) -> None:
    """Who had paid before, also at a time that nobody here knows, and who does not want to be disturbed."""
    assert decide(known(**members)) == plan.Decline(verdict=verdict, because=because, contact_id="c1")


def test_R62_a_workflow_that_is_not_published_any_more_is_asked_about() -> None:
    decided = decide(known(workflows=frozenset({"w2"})))

    assert decided == plan.Ask(because=Because.REVIEW_WORKFLOW_GONE, details=(("Workflow", "Ask"),))


def test_R62_a_request_in_doubt_is_never_repeated_without_a_person() -> None:
    assert decide(known(verdict=Verdict.IN_DOUBT)) == plan.Ask(because=Because.REVIEW_IN_DOUBT)


@drawn(
    moments=st.lists(st.none() | st.integers(-1000, 1000), max_size=6),
    verdict=st.none() | st.sampled_from(Verdict),
    on=st.booleans(),
    disturb=st.booleans(),
    there=st.booleans(),
)
def test_R62_only_who_is_eligible_is_ever_asked(
    moments: list[int | None], verdict: Verdict | None, on: bool, disturb: bool, there: bool
) -> None:
    """Whatever the facts: a request means no verdict, switched on, only new payments, a contact that may be asked."""
    times = [None if each is None else SINCE + timedelta(hours=each) for each in moments]
    decided = decide(
        known(
            verdict=verdict,
            paid=paid(*times),
            reviews=BY_WORKFLOW if on else Reviews(),
            contact=contact(do_not_disturb=disturb) if there else None,
        )
    )
    eligible = (
        verdict is None
        and on
        and bool(times)
        and all(at is not None and at >= SINCE for at in times)
        and there
        and not disturb
    )
    assert isinstance(decided, plan.ReviewRequest) == eligible
