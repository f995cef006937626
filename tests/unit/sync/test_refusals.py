"""What QuickBooks' refusals mean (R14, R32, R39, R72)."""

from __future__ import annotations

import pytest

from counterfoil.quickbooks import entities as qb
from counterfoil.sync import refusals
from counterfoil.sync.plan import Operation, QuickBooksWrite
from counterfoil.sync.reasons import Because


def write(body: qb.Entity, operation: Operation = Operation.CREATE) -> QuickBooksWrite:
    return QuickBooksWrite(
        entity=type(body).__name__, operation=operation, body=body, cause="c", because=Because.INVOICE_CREATED
    )


@pytest.mark.parametrize(
    ("body", "code", "remedy"),
    [
        (qb.Customer(display_name="Ada"), "6240", refusals.TakenName("Ada")),
        (qb.Customer(display_name="Ada"), "006240", refusals.TakenName("Ada")),
        (qb.Item(name="Course"), "6240", refusals.TakenItemName("Course")),
        (qb.Invoice(doc_number="INV-7"), "6140", refusals.TakenNumber("INV-7")),
        (qb.SalesReceipt(doc_number="SR-7"), "6140", refusals.TakenNumber("SR-7")),
    ],
)
def test_R14_R32_R39_what_is_taken_is_named(body: qb.Entity, code: str, remedy: refusals.Remedy) -> None:
    """So that the next decision takes another name or number."""
    assert refusals.remedy(write(body), code=code, detail="Duplicate") == remedy


@pytest.mark.parametrize("code", ["5010", "610"])
@pytest.mark.parametrize("operation", [Operation.UPDATE, Operation.VOID])
def test_R72_a_changed_or_missing_object_is_read_again(code: str, operation: Operation) -> None:
    """Somebody was faster."""
    assert refusals.remedy(write(qb.Invoice(id="1"), operation), code=code, detail="") == refusals.Stale()


def test_R72_one_name_at_a_time_is_only_a_matter_of_patience() -> None:
    """Known by its text alone; the code stands for many things."""
    detail = "Business Validation Error: You can only add or edit one name at a time. Please try again."

    assert refusals.remedy(write(qb.Customer()), code="6000", detail=detail) == refusals.OneNameAtATime()


@pytest.mark.parametrize(
    ("code", "because"),
    [
        ("610", Because.SOMETHING_INACTIVE),
        ("2500", Because.SOMETHING_INACTIVE),
        ("6250", Because.SOMETHING_INACTIVE),
        ("2050", Because.TOO_LONG),
        ("5020", Because.NOT_PERMITTED),
        ("6070", Because.AMOUNT_REFUSED),
        ("6190", Because.SUBSCRIPTION_ENDED),
        ("6200", Because.BOOKS_CLOSED),
        ("6210", Because.BOOKS_CLOSED),
        ("6430", Because.WRONG_ACCOUNT),
        ("6540", Because.LOCKED_BY_DEPOSIT),
        ("6000", Because.REFUSED),
        ("9999", Because.REFUSED),
    ],
)
def test_R72_everything_else_asks_a_person_and_shows_the_answer(code: str, because: Because) -> None:
    """With a bookkeeper's sentence, the code and QuickBooks' own words."""
    assert refusals.remedy(write(qb.Invoice()), code=code, detail="said so") == refusals.AskPerson(
        because, (("What QuickBooks answered", "said so"), ("Code", code))
    )


def test_R72_an_answer_without_words_is_shown_as_such() -> None:
    """Some faults have no detail (reference 12.4)."""
    remedy = refusals.remedy(write(qb.Customer(given_name="Ada"), Operation.UPDATE), code="6240", detail="")

    assert remedy == refusals.AskPerson(
        Because.REFUSED, (("What QuickBooks answered", "no explanation"), ("Code", "6240"))
    )
