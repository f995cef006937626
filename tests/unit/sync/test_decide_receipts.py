"""CRM payment → SalesReceipt, rule by rule (R20-R24)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from counterfoil.crm import records as crm
from counterfoil.quickbooks import entities as qb
from counterfoil.sync import facts
from counterfoil.sync.decide import decide
from counterfoil.sync.facts import Choices, Kind, KnownItem, Link, Origin, RecordRef
from counterfoil.sync.parts import lines
from counterfoil.sync.plan import Adopt, Look, Nothing, Operation, Pair, Wait
from counterfoil.sync.reasons import Because
from unit.sync import given

RECEIPT = Link(crm_kind="transaction", crm_id="tx1", entity="SalesReceipt", entity_id="77", origin=Origin.CRM)
ONE_LINE = {"name/payment": KnownItem(item_id="100", linked=True)}


def test_R20_a_paid_order_becomes_one_receipt() -> None:
    """Items, quantities, day in the company's zone, reference, method, note and total."""
    bought = given.order(
        given.line("Starter course", "1", "120"), given.line("Workbook", "2", "15"), coupon_code="SPRING"
    )
    sale = given.transaction(
        "150",
        id="69262a537c3b2e41d85aa101",
        order_id="o1",
        method="card",
        reference="pi_3",
        charged_at=datetime(2026, 3, 5, 3, 0, tzinfo=UTC),
    )

    decided = given.write(decide(given.transaction_facts(sale, bought)))

    assert decided.because is Because.RECEIPT_FOR_ORDER
    assert decided.operation is Operation.CREATE
    assert decided.cause == "transaction/69262a537c3b2e41d85aa101/receipt"
    assert decided.expect_total == Decimal("150.00")
    assert decided.pair == Pair(
        crm_kind="transaction", crm_id="69262a537c3b2e41d85aa101", entity="SalesReceipt", origin=Origin.CRM
    )
    body = decided.body
    assert isinstance(body, qb.SalesReceipt)
    assert body.txn_date == date(2026, 3, 4)
    assert body.customer_ref == qb.Ref("58")
    assert body.bill_email == qb.EmailAddress("ada@example.com")
    assert body.payment_ref_num == "62a537c3b2e41d85aa101"
    assert body.payment_method_ref == qb.Ref("3")
    assert body.private_note == "CRM payment 69262a537c3b2e41d85aa101, order o1, coupon SPRING, charge pi_3"
    assert body.deposit_to_account_ref is None
    assert given.sent_lines(body) == [
        ("Starter course", "1", "120", "120.00"),
        ("Workbook", "2", "15", "30.00"),
    ]


def test_R20_the_mapped_deposit_account_and_method_are_used() -> None:
    """What the owner chose counts more than names."""
    choices = Choices(deposit_account="35", payment_methods={"card": "9"})
    sale = given.transaction("100", method="card")

    body = given.write(decide(given.transaction_facts(sale, given.order(), choices=choices))).body

    assert body.deposit_to_account_ref == qb.Ref("35")
    assert body.payment_method_ref == qb.Ref("9")


@pytest.mark.parametrize(
    ("word", "known"), [("", None), ("stripe", None), ("bank_transfer", "5"), ("Cash", "6")]
)
def test_R20_a_method_that_the_company_does_not_have_is_left_out(word: str, known: str | None) -> None:
    """The receipt is posted all the same."""
    methods = {"bank transfer": "5", "cash": "6"}
    sale = given.transaction("100", method=word)

    body = given.write(decide(given.transaction_facts(sale, given.order(), payment_methods=methods))).body

    assert body.payment_method_ref == (qb.Ref(known) if known else None)


@pytest.mark.parametrize(
    ("brand", "known"),
    [("visa", "3"), ("Amex", "6"), ("mastercard", "4"), ("diners", "7"), ("unionpay", None), ("", None)],
)
def test_R20_a_company_that_keeps_cards_apart_gets_the_brand(brand: str, known: str | None) -> None:
    """QuickBooks' own list has Visa and MasterCard, and nothing for cards as such."""
    methods = {"visa": "3", "mastercard": "4", "american express": "6", "diners club": "7", "cash": "1"}
    sale = given.transaction("100", method="card", card_brand=brand)

    body = given.write(decide(given.transaction_facts(sale, given.order(), payment_methods=methods))).body

    assert body.payment_method_ref == (qb.Ref(known) if known else None)


@pytest.mark.parametrize(
    ("method", "chosen", "known"),
    [("card", {}, "9"), ("card", {"card": "8"}, "8"), ("cash", {}, None), ("paypal", {}, None)],
)
def test_R20_the_brand_counts_only_where_cards_have_no_method(
    method: str, chosen: dict[str, str], known: str | None
) -> None:
    """The owner's choice, then a method for cards as such; a brand never says how cash was paid."""
    sale = given.transaction("100", method=method, card_brand="visa")
    facts = given.transaction_facts(
        sale,
        given.order(),
        payment_methods={"visa": "3", "credit card": "9"} if method == "card" else {"visa": "3"},
        choices=Choices(payment_methods=chosen),
    )

    body = given.write(decide(facts)).body

    assert body.payment_method_ref == (qb.Ref(known) if known else None)


def test_R20_coupon_tax_and_shipping_of_an_order_are_in_its_lines() -> None:
    """US: folded; shipping is a line of its own."""
    bought = given.order(
        given.line("Starter course", "1", "120"),
        given.line("Workbook", "1", "30", taxes=(given.tax("10"),)),
        sub_total=Decimal(150),
        discount_total=Decimal(15),
        tax_total=Decimal("2.70"),
        shipping_total=Decimal(5),
        total=Decimal("142.70"),
    )

    decided = given.write(decide(given.transaction_facts(given.transaction("142.70"), bought)))

    assert given.sent_lines(decided.body) == [
        ("Starter course", "1", "108", "108.00"),
        ("Workbook", "1", "29.7", "29.70"),
        (lines.SHIPPING_NAME, "1", "5.00", "5.00"),
    ]


def test_R20_every_renewal_is_a_receipt_of_its_own() -> None:
    """The same order, another transaction."""
    first = given.write(decide(given.transaction_facts(given.transaction("100", id="tx1"), given.order())))
    second = given.write(decide(given.transaction_facts(given.transaction("100", id="tx2"), given.order())))

    assert (first.cause, second.cause) == ("transaction/tx1/receipt", "transaction/tx2/receipt")


def test_R20_a_posted_payment_is_posted_once() -> None:
    """The link is the memory."""
    assert decide(given.transaction_facts(given.transaction(), receipt=RECEIPT)) == Nothing(
        Because.RECEIPT_EXISTS
    )


def test_R20_an_order_points_to_its_payments() -> None:
    """An order posts nothing itself."""
    paid = facts.OrderFacts(
        order_id=crm.OrderId("o1"), transactions=(given.transaction(id="tx1"), given.transaction(id="tx2"))
    )

    assert decide(paid) == Look(
        at=(RecordRef(Kind.TRANSACTION, "tx1"), RecordRef(Kind.TRANSACTION, "tx2")),
        because=Because.ORDER_HAS_PAYMENTS,
    )


def test_R20_an_unpaid_order_posts_nothing() -> None:
    """No payment, no income."""
    unpaid = facts.OrderFacts(order_id=crm.OrderId("o1"), transactions=())

    assert decide(unpaid) == Nothing(Because.ORDER_WITHOUT_PAYMENTS)


@pytest.mark.parametrize(
    ("sale", "because"),
    [
        (given.transaction(aggregate_parent=True), Because.PART_OF_OTHERS),
        (given.transaction(source=crm.Source.IMPORTED), Because.HISTORY_IMPORTED),
        (given.transaction(created_at=given.BEFORE), Because.PAID_BEFORE_CONNECTION),
        (None, Because.TRANSACTION_GONE),
    ],
)
def test_R20_what_is_no_new_income_posts_nothing(sale: crm.Transaction | None, because: Because) -> None:
    """Sums, history, and what was before us."""
    assert decide(given.transaction_facts(sale)) == Nothing(because)


def test_R21_a_payment_of_an_invoice_only_points_to_it() -> None:
    """The invoice counts the income already."""
    assert decide(given.transaction_facts(given.invoice_payment("100"))) == Look(
        at=(RecordRef(Kind.INVOICE, "i1"),), because=Because.PAYS_AN_INVOICE
    )


@pytest.mark.parametrize("source", [crm.Source.INVOICE, crm.Source.TEXT_TO_PAY])
def test_R21_invoice_money_without_its_invoice_is_never_a_receipt(source: crm.Source) -> None:
    """Better nothing than income twice."""
    assert decide(given.transaction_facts(given.transaction(source=source))) == Nothing(
        Because.PAYS_AN_INVOICE
    )


def test_R22_an_instalment_becomes_one_line_of_what_was_paid() -> None:
    """The order's items are named, the amount is what came in."""
    bought = given.order(given.line("Course", "1", "300"), given.line("Book", "1", "60"))
    sale = given.transaction("120", source_name="Spring funnel")
    items = {"name/spring funnel": KnownItem(item_id="5", linked=True)}

    decided = given.write(decide(given.transaction_facts(sale, bought, items=items)))

    assert decided.because is Because.RECEIPT_FOR_PART
    assert given.sent_lines(decided.body) == [("Spring funnel\nCourse, Book", "1", "120", "120.00")]


def test_R22_an_instalment_of_one_product_uses_its_item() -> None:
    """There is only one thing that it can be for."""
    bought = given.order(given.line("Course", "2", "300", product_id="p1"))
    known = given.transaction_facts(given.transaction("120"), bought, subscription_name="Course, monthly")

    decided = given.write(decide(known))

    assert given.sent_lines(decided.body) == [("Course\nCourse, monthly", "1", "120", "120.00")]


def test_R22_a_renewal_without_its_order_is_named_by_its_subscription() -> None:
    """The money comes from the payment, the name from the subscription."""
    items = {"name/members area": KnownItem(item_id="5", linked=True)}
    known = given.transaction_facts(given.transaction("29"), items=items, subscription_name="Members area")

    assert given.sent_lines(given.write(decide(known)).body) == [("Members area", "1", "29", "29.00")]


@pytest.mark.parametrize(
    ("sale", "because"),
    [
        (given.transaction(live=False), Because.TEST_MODE),
        (given.transaction(status=crm.TransactionStatus.PENDING), Because.NOT_SUCCEEDED),
        (given.transaction(status=crm.TransactionStatus.FAILED), Because.NOT_SUCCEEDED),
        (given.transaction(status=crm.TransactionStatus.OTHER), Because.NOT_SUCCEEDED),
        (given.transaction("0"), Because.NOTHING_PAID),
        (given.transaction("0.004"), Because.NOTHING_PAID),
    ],
)
def test_R23_what_brought_no_money_posts_nothing(sale: crm.Transaction, because: Because) -> None:
    """Test mode, pending, failed, zero."""
    assert decide(given.transaction_facts(sale)) == Nothing(because)


def test_R23_a_test_order_is_no_income() -> None:
    """Even when its payment does not say so."""
    assert decide(given.transaction_facts(given.transaction(), given.order(live=False))) == Nothing(
        Because.TEST_MODE
    )


def test_R24_a_refund_of_a_posted_payment_is_asked_about() -> None:
    """It is not posted yet by this version, and it is not passed over."""
    sale = given.transaction("100", amount_refunded=Decimal(40))

    decided = given.asked(decide(given.transaction_facts(sale, receipt=RECEIPT)))

    assert decided.because is Because.REFUND_BY_HAND
    assert decided.details == (("Payment tx1", "$40.00 refunded of $100.00"),)


def test_R24_what_was_refunded_came_in_first() -> None:
    """The receipt is posted, the refund follows it."""
    sale = given.transaction("100", amount_refunded=Decimal(100), status=crm.TransactionStatus.REFUNDED)

    assert given.write(decide(given.transaction_facts(sale, given.order()))).entity == "SalesReceipt"


def test_R10_the_customer_comes_before_the_receipt() -> None:
    """A sale of an unknown customer waits for it."""
    assert decide(given.transaction_facts(given.transaction(), party=None)) == Wait(
        until=RecordRef(Kind.CONTACT, "c1"), because=Because.NEEDS_CUSTOMER, currency="USD"
    )


def test_R10_a_sale_of_nobody_is_asked_about() -> None:
    """Without a contact there is no customer to wait for."""
    sale = given.transaction(contact_id=crm.ContactId(""))

    assert given.asked(decide(given.transaction_facts(sale))).because is Because.NO_CONTACT_NAMED


def test_R39_a_missing_item_is_created_first() -> None:
    """A service with the income account, linked to the CRM's product."""
    bought = given.order(given.line("Course: Basics", product_id="p1"))

    decided = given.write(decide(given.transaction_facts(given.transaction(), bought, items={})))

    assert decided.because is Because.NEEDS_ITEM
    assert decided.cause == "item/p1"
    assert decided.pair == Pair(crm_kind="product", crm_id="p1", entity="Item", origin=Origin.CRM)
    assert decided.body == qb.Item(
        name="Course Basics", type="Service", income_account_ref=qb.Ref("79"), taxable=False
    )


def test_R39_an_item_of_exactly_this_name_is_linked_first() -> None:
    """Then it is used like one that we made."""
    items = {"p1": KnownItem(item_id="19", linked=False)}
    bought = given.order(given.line("Course", product_id="p1"))

    assert decide(given.transaction_facts(given.transaction(), bought, items=items)) == Adopt(
        pair=Pair(crm_kind="product", crm_id="p1", entity="Item", entity_id="19", origin=Origin.QUICKBOOKS),
        because=Because.ITEM_MATCHED,
    )


def test_R39_a_taken_item_name_gets_a_number() -> None:
    """An inactive item or a category may have the name."""
    known = given.transaction_facts(
        given.transaction(),
        given.order(given.line("Course")),
        items={},
        taken_item_names=frozenset({"course"}),
    )

    assert given.write(decide(known)).body.name == "Course (2)"


def test_R39_without_an_income_account_a_person_is_asked() -> None:
    """An item cannot be made without one."""
    known = given.transaction_facts(given.transaction(), given.order(), items={}, income_account="")

    assert given.asked(decide(known)).because is Because.NEEDS_INCOME_ACCOUNT


def test_R39_one_general_item_takes_the_lines_without_a_product() -> None:
    """By setting; the name stands in the description."""
    bought = given.order(given.line("Course", product_id="p1"), given.line("Advice", price="50"))
    known = given.transaction_facts(given.transaction("150"), bought, choices=Choices(general_item="7"))

    body = given.write(decide(known)).body

    assert [line.sales_item_line_detail.item_ref for line in body.line] == [qb.Ref("100"), qb.Ref("7")]
    assert [line.description for line in body.line] == ["Course", "Advice"]


@pytest.mark.parametrize(
    ("sale", "books", "because"),
    [
        (given.transaction(currency="EUR"), given.BOOKS, Because.CURRENCY_NOT_KEPT),
        (given.transaction(), given.changed(given.BOOKS, country="GB"), Because.TAXES_OUTSIDE_US),
        (
            given.transaction(),
            given.changed(given.BOOKS, book_close_date=date(2026, 3, 4)),
            Because.BOOKS_CLOSED,
        ),
        (
            given.transaction(currency="EUR"),
            given.changed(given.BOOKS, multi_currency=True),
            Because.CUSTOMER_HAS_OTHER_CURRENCY,
        ),
        (
            given.transaction(currency="KWD"),
            given.changed(given.BOOKS, home_currency="KWD"),
            Because.CURRENCY_TOO_FINE,
        ),
        (given.transaction(posted_by_other_connector=True), given.BOOKS, Because.POSTED_BY_OTHER),
    ],
)
def test_R17_R36_R72_R7_what_cannot_be_posted_rightly_is_asked_about(
    sale: crm.Transaction, books: facts.Books, because: Because
) -> None:
    """Nothing is posted in a wrong currency, with a wrong tax, into closed books, or twice."""
    assert given.asked(decide(given.transaction_facts(sale, books=books, items=ONE_LINE))).because is because


def test_R17_in_a_multi_currency_company_the_currency_is_named() -> None:
    """The customer has the sale's currency."""
    books = given.changed(given.BOOKS, multi_currency=True)
    known = given.transaction_facts(
        given.transaction(currency="EUR"),
        books=books,
        party=facts.Party(customer_id="59", currency="EUR"),
        items=ONE_LINE,
    )

    assert given.write(decide(known)).body.currency_ref == qb.Ref("EUR")
