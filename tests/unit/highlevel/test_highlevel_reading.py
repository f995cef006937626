"""HighLevel's JSON becomes our records: every shape it has, and nothing invented."""

from __future__ import annotations

import copy
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.crm import records as crm
from counterfoil.crm.highlevel import members, reading

SAMPLES = Path(__file__).resolve().parents[4] / "shared" / "reference" / "highlevel" / "webhooks"
NEW_YORK = "America/New_York"

INVOICE: dict[str, Any] = {
    "_id": "inv1",
    "status": "partially_paid",
    "liveMode": True,
    "name": "Garden wall",
    "invoiceNumber": "000042",
    "invoiceNumberPrefix": "INV-",
    "currency": "USD",
    "contactDetails": {"id": "c1", "name": "Ada Quill", "email": "ada@example.com"},
    "issueDate": "2026-11-03T05:00:00.000Z",
    "dueDate": "2026-11-18T04:59:59.999Z",
    "discount": {"type": "percentage", "value": 10},
    "invoiceItems": [
        {
            "name": "Day of work",
            "qty": 2,
            "amount": 150,
            "productId": "p1",
            "priceId": "pr1",
            "taxes": [{"_id": "t1", "name": "Sales tax", "rate": Decimal("10"), "calculation": "exclusive"}],
        },
        {"name": "Stones", "qty": Decimal("0.5"), "amount": 200, "taxes": []},
    ],
    "total": 396,
    "amountPaid": 96,
    "amountDue": 300,
    "totalSummary": {"subTotal": 400, "discount": 40, "tax": 36},
    "createdAt": "2026-11-03T15:20:44.310Z",
    "updatedAt": "2026-11-10T11:30:09.800Z",
}
ORDER: dict[str, Any] = {
    "_id": "o1",
    "contactId": "c1",
    "currency": "USD",
    "amount": 138,
    "status": "completed",
    "liveMode": True,
    "amountSummary": {"subtotal": 150, "discount": 15, "tax": 3, "shipping": 0},
    "taxSummary": [{"_id": "t1", "name": "Sales tax", "rate": 10, "amount": 3}],
    "source": {"type": "funnel", "subType": "two_step_order_form", "name": "Spring"},
    "coupon": {"code": "SPRING15"},
    "items": [
        {
            "name": "Course",
            "qty": 1,
            "product": {"_id": "p1", "name": "Course", "taxes": []},
            "price": {"_id": "pr1", "type": "one_time", "amount": 120},
        },
        {
            "name": "Workbook",
            "qty": 1,
            "product": {"_id": "p2", "name": "Workbook", "taxes": ["t1"]},
            "price": {"_id": "pr2", "type": "one_time", "amount": 30},
        },
    ],
    "createdAt": "2026-11-08T18:00:21.412Z",
}
TRANSACTION: dict[str, Any] = {
    "_id": "tx1",
    "contactId": "c1",
    "contactName": "Ada Quill",
    "contactEmail": "ada@example.com",
    "currency": "USD",
    "amount": 138,
    "amountRefunded": 0,
    "status": "succeeded",
    "liveMode": True,
    "entityType": "order",
    "entityId": "o1",
    "entitySourceType": "funnel",
    "entitySourceSubType": "two_step_order_form",
    "entitySourceName": "Spring",
    "subscriptionId": None,
    "chargeId": "pi_1",
    "chargeSnapshot": {"id": "pi_1", "object": "payment_intent", "mode": "payment"},
    "paymentProviderType": "stripe",
    "paymentMethod": {"card": {"brand": "visa", "last4": "4242"}},
    "createdAt": "2026-11-08T18:00:27.100Z",
    "fulfilledAt": "2026-11-08T18:00:26.900Z",
}
CONTACT: dict[str, Any] = {
    "id": "c1",
    "contactName": "ada quill",
    "firstName": "Ada",
    "lastName": "Quill",
    "email": "ada@example.com",
    "phone": "+12075550143",
    "companyName": "Quill & Sons",
    "address1": "1 Ink Lane",
    "city": "Portland",
    "state": "ME",
    "country": "us",
    "postalCode": "04101",
    "tags": ["customer"],
    "source": "public api",
    "dnd": False,
    "dateAdded": "2026-11-02T14:05:11.204Z",
    "dateUpdated": "2026-11-05T09:41:30.102Z",
}


def but(record: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(record), **changes}


def without(record: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in copy.deepcopy(record).items() if name not in names}


def invoice(raw: Any, zone: str = NEW_YORK) -> crm.Invoice:
    return reading.invoice(raw, zone=zone)


class TestInvoices:
    def test_an_invoice_is_read_whole(self) -> None:
        """Totals are HighLevel's own; lines keep name, quantity, price and tax."""
        found = invoice(INVOICE)

        assert found.number == "INV-000042"
        assert found.status is crm.InvoiceStatus.PARTIALLY_PAID
        assert (found.sub_total, found.discount_total, found.tax_total, found.total) == (400, 40, 36, 396)
        assert found.amount_paid == 96
        assert (found.contact_id, found.billing_email) == ("c1", "ada@example.com")
        assert found.lines[0].taxes == (crm.Tax(id="t1", name="Sales tax", rate=Decimal(10)),)
        assert (found.lines[0].product_id, found.lines[0].price_id) == ("p1", "pr1")
        assert found.lines[1].quantity == Decimal("0.5")
        assert found.discount == crm.Discount(kind=crm.DiscountKind.PERCENTAGE, value=Decimal(10))

    def test_R31_dates_are_days_of_the_location(self) -> None:
        """The end of the 17th in New York is the 18th in UTC; the due date is the 17th."""
        found = invoice(INVOICE)

        assert (found.issue_date, found.due_date) == (date(2026, 11, 3), date(2026, 11, 17))

    @pytest.mark.parametrize(
        ("zone", "issued"),
        [
            ("Pacific/Auckland", "2026-11-02T11:00:00.000Z"),
            ("America/Los_Angeles", "2026-11-03T08:00:00.000Z"),
        ],
    )
    def test_R31_east_and_west_of_greenwich_give_the_same_day(self, zone, issued) -> None:
        """The start of a day abroad may be another day in UTC."""
        assert invoice(but(INVOICE, issueDate=issued), zone).issue_date == date(2026, 11, 3)

    def test_plain_dates_stay_as_they_are(self) -> None:
        """Webhook samples show plain dates, which belong to no zone."""
        found = invoice(but(INVOICE, issueDate="2026-11-03", dueDate="2026-11-17"), "Pacific/Auckland")

        assert (found.issue_date, found.due_date) == (date(2026, 11, 3), date(2026, 11, 17))

    @pytest.mark.parametrize(
        ("number", "prefix", "shown"), [(42, "INV-", "INV-42"), ("007", None, "007"), (None, None, "")]
    )
    def test_numbers_are_texts_whatever_they_came_as(self, number, prefix, shown) -> None:
        """HighLevel documents a number and answers a text; zeros in front are kept."""
        assert invoice(but(INVOICE, invoiceNumber=number, invoiceNumberPrefix=prefix)).number == shown

    def test_lines_may_be_called_items(self) -> None:
        """The create call says `items`, everything else `invoiceItems`."""
        raw = but(without(INVOICE, "invoiceItems"), items=INVOICE["invoiceItems"])

        assert invoice(raw).lines == invoice(INVOICE).lines

    def test_a_missing_tax_is_the_rest_of_the_total(self) -> None:
        """The documented summary has no tax (reference 10)."""
        raw = but(INVOICE, totalSummary={"subTotal": 400, "discount": 40})

        assert invoice(raw).tax_total == 36

    def test_a_missing_tax_is_not_made_of_a_fee_on_untaxed_lines(self) -> None:
        """Without a taxed line the rest is a fee or tip, never tax."""
        raw = but(INVOICE, totalSummary={"subTotal": 400, "discount": 40})
        for line in raw["invoiceItems"]:
            line["taxes"] = []

        assert invoice(raw).tax_total == 0

    def test_a_late_fee_is_not_taken_for_tax(self) -> None:
        """The fee stands beside the tax in the total."""
        raw = but(
            INVOICE,
            total=421,
            totalSummary={"subTotal": 400, "discount": 40},
            lateFeesConfiguration={"enable": True, "totalLateFees": 25},
        )

        assert invoice(raw).tax_total == 36

    def test_without_a_summary_the_lines_are_added_up(self) -> None:
        """2 x 150 and half of 200 are 400; ten percent of it is 40; the rest is tax."""
        found = invoice(without(INVOICE, "totalSummary"))

        assert (found.sub_total, found.discount_total, found.tax_total) == (400, 40, 36)

    def test_a_discount_on_one_product_counts_that_product_only(self) -> None:
        """`validOnProductIds` limits the discount to those lines."""
        raw = but(
            without(INVOICE, "totalSummary"),
            discount={"type": "percentage", "value": 10, "validOnProductIds": ["p1"]},
            total=397,
        )

        found = invoice(raw)

        assert found.discount_total == 30
        assert found.discount is not None
        assert found.discount.product_ids == ("p1",)

    def test_no_discount_is_none(self) -> None:
        """HighLevel writes 'none' as zero percent."""
        assert invoice(but(INVOICE, discount={"type": "percentage", "value": 0})).discount is None

    def test_test_mode_is_not_live(self) -> None:
        """Neither of the two marks of a test may be overlooked (R23)."""
        assert not invoice(but(INVOICE, liveMode=False)).live
        assert not reading.order(but(ORDER, markAsTest=True)).live
        assert reading.transaction(TRANSACTION).live

    @pytest.mark.parametrize(
        "trace",
        [
            [{"provider": "quickbooks", "id": "8"}],
            [{"quickBooks": {"id": 1}}],
            {"type": "QBO"},
            ["qbo_invoice"],
        ],
    )
    def test_R7_traces_of_another_connector_are_seen(self, trace) -> None:
        """Where HighLevel names QuickBooks, its own connector is active."""
        assert invoice(but(INVOICE, syncDetails=trace)).posted_by_other_connector

    @pytest.mark.parametrize("trace", [None, [], {}, [{"provider": "xero"}], "odd"])
    def test_R7_other_traces_are_no_alarm(self, trace) -> None:
        """Another accounting program is not our concern."""
        assert not invoice(but(INVOICE, syncDetails=trace)).posted_by_other_connector

    @pytest.mark.parametrize("name", ["_id", "status", "currency", "issueDate", "total", "createdAt"])
    def test_what_an_invoice_cannot_do_without_is_named(self, name) -> None:
        """The error says which invoice and which member, never a KeyError."""
        raw = without(INVOICE, name, "amountDue") if name == "total" else without(INVOICE, name)

        with pytest.raises(members.Unreadable) as caught:
            invoice(raw)

        assert caught.value.member == name
        assert "inv1" in caught.value.record or name == "_id"

    def test_a_line_without_price_is_named_with_its_place(self) -> None:
        """The person who looks sees which line it is."""
        raw = but(INVOICE)
        raw["invoiceItems"][1]["amount"] = "much"

        with pytest.raises(members.Unreadable, match=r"invoiceItems\[1\]\.amount"):
            invoice(raw)

    def test_an_unknown_state_is_not_guessed(self) -> None:
        """A state that nobody knows could mean anything for the books."""
        with pytest.raises(members.Unreadable, match="status"):
            invoice(but(INVOICE, status="delete"))

    def test_the_total_may_be_called_otherwise(self) -> None:
        """`invoiceTotal`, or what is due and what is paid."""
        assert invoice(but(without(INVOICE, "total"), invoiceTotal=396)).total == 396
        assert invoice(without(INVOICE, "total")).total == 396


class TestOrders:
    def test_an_order_is_read_with_items(self) -> None:
        """Prices are inside `price`, products inside `product`; taxes named by id are looked up."""
        found = reading.order(ORDER)

        assert [(line.name, line.unit_price) for line in found.lines] == [("Course", 120), ("Workbook", 30)]
        assert found.lines[1].taxes == (crm.Tax(id="t1", name="Sales tax", rate=Decimal(10)),)
        assert (found.sub_total, found.discount_total, found.tax_total, found.total) == (150, 15, 3, 138)
        assert (found.source, found.source_name) == (crm.Source.ORDER_FORM, "Spring")
        assert found.coupon_code == "SPRING15"

    def test_a_listed_order_is_flat_and_has_no_items(self) -> None:
        """The listing puts source and totals beside the order's own members."""
        raw = without(ORDER, "items", "source", "amountSummary", "coupon") | {
            "subtotal": 150,
            "discount": 15,
            "sourceType": "website",
            "sourceSubType": "store",
            "sourceName": "Shop",
            "couponCode": "X",
        }

        found = reading.order(raw)

        assert found.lines == ()
        assert (found.sub_total, found.discount_total, found.coupon_code) == (150, 15, "X")
        assert (found.source, found.source_name) == (crm.Source.STORE, "Shop")

    def test_a_recurring_price_makes_it_a_subscription(self) -> None:
        """The first charge of a subscription comes with an order (reference 9.2)."""
        raw = but(ORDER)
        raw["items"][0]["price"]["type"] = "recurring"

        assert reading.order(raw).source is crm.Source.SUBSCRIPTION

    def test_a_price_that_contains_its_tax_is_marked(self) -> None:
        """The flag may stand on item, product or price."""
        raw = but(ORDER)
        raw["items"][0]["price"]["taxInclusive"] = True

        assert [line.tax_inclusive for line in reading.order(raw).lines] == [True, False]


SOURCES = [
    ("funnel", "one_step_order_form", None, "order", crm.Source.ORDER_FORM),
    ("funnel", "upsell", None, "order", crm.Source.ORDER_FORM),
    ("website", "two_step_order_form", None, "order", crm.Source.ORDER_FORM),
    ("website", "store", None, "order", crm.Source.STORE),
    ("website", "store_upsell", None, "order", crm.Source.STORE),
    ("website", "shopify", None, "order", crm.Source.OTHER),
    ("membership", "", None, "order", crm.Source.MEMBERSHIP),
    ("communities", "", None, "order", crm.Source.MEMBERSHIP),
    ("calendar", "meeting", None, "order", crm.Source.CALENDAR),
    ("calendar", "service", None, "order", crm.Source.CALENDAR),
    ("payment_link", "", None, "order", crm.Source.PAYMENT_LINK),
    ("funnel", "two_step_order_form", "sub_1", "order", crm.Source.SUBSCRIPTION),
    ("membership", "", "sub_1", "order", crm.Source.SUBSCRIPTION),
    ("invoice", "", None, "invoice", crm.Source.INVOICE),
    ("invoice", "", None, "order", crm.Source.INVOICE),
    ("invoice", "", "sub_1", "invoice", crm.Source.INVOICE),
    ("text2Pay", "", None, "invoice", crm.Source.TEXT_TO_PAY),
    ("text2pay", "", "sub_1", "order", crm.Source.TEXT_TO_PAY),
    ("", "", None, "invoice", crm.Source.INVOICE),
    ("manual", "imported_csv", None, "order", crm.Source.IMPORTED),
    ("external", "", None, "order", crm.Source.OTHER),
    ("something_new", "odd", None, "order", crm.Source.OTHER),
]


class TestTransactions:
    @pytest.mark.parametrize(("kind", "part", "subscription", "entity", "source"), SOURCES)
    @pytest.mark.parametrize("nested", [False, True])
    def test_R21_the_source_is_recognised(self, kind, part, subscription, entity, source, nested) -> None:
        """Whatever belongs to an invoice is never taken for a sale of its own; flat and nested alike."""
        raw = but(TRANSACTION, subscriptionId=subscription, entityType=entity)
        if nested:
            raw = without(raw, "entitySourceType", "entitySourceSubType")
            raw["entitySource"] = {"type": kind, "subType": part, "name": "Page"}
        else:
            raw |= {"entitySourceType": kind, "entitySourceSubType": part}

        assert reading.transaction(raw).source is source

    def test_a_charge_is_read_with_method_and_reference(self) -> None:
        """A card payment through a provider."""
        found = reading.transaction(TRANSACTION)

        assert (found.method, found.reference, found.note) == ("card", "pi_1", "")
        assert (found.order_id, found.invoice_id) == ("o1", None)
        assert found.charged_at == datetime(2026, 11, 8, 18, 0, 26, 900_000, UTC)
        assert found.status is crm.TransactionStatus.SUCCEEDED

    @pytest.mark.parametrize(
        ("said", "brand"),
        [
            ({}, "visa"),
            ({"paymentMethod": {}}, ""),
            ({"paymentMethod": {"us_bank_account": {"last4": "6789"}}}, ""),
            ({"paymentMethod": {}, "chargeSnapshot": {"mode": "card", "card": {"type": "amex"}}}, "amex"),
        ],
        ids=["charged", "unknown", "another kind", "recorded by a person"],
    )
    def test_the_brand_of_a_card_is_read_where_there_is_one(self, said: dict[str, Any], brand: str) -> None:
        """Some companies keep their takings apart by brand (reference 9.4)."""
        assert reading.transaction(but(TRANSACTION, **said)).card_brand == brand

    def test_a_recorded_payment_tells_how_and_when_it_was_made(self) -> None:
        """Somebody typed in a cheque of an earlier day: mode, number, note and date are theirs (quirk 25)."""
        raw = but(
            TRANSACTION,
            entityType="invoice",
            entityId="inv1",
            entitySourceType="invoice",
            chargeId="",
            chargeSnapshot={"mode": "cheque", "cheque": {"number": "1042"}, "notes": "by post"},
            paymentMethod={},
            paymentProviderType=None,
            fulfilledAt="2026-10-01T12:00:00.000Z",
        )

        found = reading.transaction(raw)

        assert (found.method, found.reference, found.note) == ("cheque", "1042", "by post")
        assert found.charged_at == datetime(2026, 10, 1, 12, tzinfo=UTC)
        assert found.created_at == datetime(2026, 11, 8, 18, 0, 27, 100_000, UTC)
        assert (found.invoice_id, found.order_id) == ("inv1", None)

    def test_the_providers_own_mode_is_not_a_method(self) -> None:
        """A checkout session of the provider has a `mode` that says something else."""
        raw = but(
            TRANSACTION,
            chargeSnapshot={"object": "checkout.session", "mode": "other"},
            paymentMethod={},
        )

        assert reading.transaction(raw).method == "stripe"

    def test_the_detail_nests_what_the_listing_has_flat(self) -> None:
        """Contact and source are inside; provider's invoice is not ours."""
        raw = without(TRANSACTION, "contactName", "contactEmail", "entitySourceName", "paymentMethod") | {
            "contactSnapshot": {
                "id": "c1",
                "firstName": "Ada",
                "lastName": "Quill",
                "email": "a@example.com",
            },
            "entitySource": {"type": "funnel", "name": "Spring"},
            "paymentProvider": {"type": "stripe"},
            "invoiceId": "in_provider",
            "isParent": True,
            "qboSynced": True,
        }

        found = reading.transaction(raw)

        assert (found.contact_name, found.contact_email) == ("Ada Quill", "a@example.com")
        assert found.source_name == "Spring"
        assert found.method == "stripe"
        assert found.invoice_id is None
        assert found.aggregate_parent

    @pytest.mark.parametrize(
        ("members_", "posted"),
        [
            ({"qboSynced": True}, True),
            ({"qboResponse": {"Id": "180"}}, True),
            ({"qboSynced": False, "qboResponse": None}, False),
            ({"qboResponse": {}}, False),
            ({}, False),
        ],
    )
    def test_R7_a_charge_posted_by_the_other_connector_is_seen(self, members_, posted) -> None:
        """HighLevel's own connector leaves its traces on the transaction."""
        assert reading.transaction(but(TRANSACTION, **members_)).posted_by_other_connector is posted

    def test_the_charge_counts_from_its_creation_when_nothing_else_is_known(self) -> None:
        """`fulfilledAt` may be missing."""
        assert reading.transaction(without(TRANSACTION, "fulfilledAt")).charged_at == datetime(
            2026, 11, 8, 18, 0, 27, 100_000, UTC
        )

    def test_an_unknown_state_moves_no_money(self) -> None:
        """What is neither succeeded nor refunded is not posted, whatever it is called."""
        assert reading.transaction(but(TRANSACTION, status="disputed")).status is crm.TransactionStatus.OTHER
        assert reading.transaction(but(TRANSACTION, status={"a": 1})).status is crm.TransactionStatus.OTHER


class TestContacts:
    def test_a_contact_is_read_whole(self) -> None:
        """Names, company, ways to reach, address, tags."""
        found = reading.contact(CONTACT)

        assert (found.given_name, found.family_name, found.name) == ("Ada", "Quill", "Ada Quill")
        assert found.company == "Quill & Sons"
        assert found.address == crm.Address(
            line1="1 Ink Lane", city="Portland", region="ME", postal_code="04101", country="US"
        )
        assert found.tags == ("customer",)
        assert found.updated_at == datetime(2026, 11, 5, 9, 41, 30, 102_000, UTC)

    def test_a_name_in_lower_case_gives_way_to_a_better_one(self) -> None:
        """Searches put lower case into `contactName` (reference 5.3)."""
        raw = without(CONTACT, "firstName", "lastName") | {"name": "Ada Quill"}

        assert reading.contact(raw).name == "Ada Quill"

    def test_a_name_that_exists_only_in_lower_case_is_kept_as_it_is(self) -> None:
        """Capitals are not invented: nobody knows how 'de la cruz' is written."""
        raw = without(CONTACT, "firstName", "lastName") | {
            "contactName": "inés de la cruz",
            "firstNameLowerCase": "inés",
        }

        found = reading.contact(raw)

        assert (found.name, found.given_name) == ("inés de la cruz", "inés")

    def test_nothing_but_an_id_is_a_contact(self) -> None:
        """A contact may have no name, no e-mail and no phone."""
        found = reading.contact({"id": "c9", "email": None, "tags": None, "dnd": None, "address1": ""})

        assert found == crm.Contact(id=crm.ContactId("c9"))

    @pytest.mark.parametrize(
        ("raw", "quiet"),
        [
            ({"dnd": True}, True),
            ({"dnd": False}, False),
            ({"dndSettings": {"SMS": {"status": "active"}, "Email": {"status": "permanent"}}}, True),
            ({"dndSettings": {"SMS": {"status": "active"}, "Email": {"status": "inactive"}}}, False),
            ({"phone": "", "dndSettings": {"Email": {"status": "active"}}}, True),
            ({"email": "", "dndSettings": {"SMS": {"status": "permanent"}}}, True),
            ({"email": "", "dndSettings": {"Email": {"status": "active"}}}, False),
            ({"phone": "", "email": "", "dndSettings": {}}, False),
        ],
    )
    def test_R62_do_not_disturb_is_respected(self, raw, quiet) -> None:
        """For everything, or for both channels in which a review could be asked for."""
        assert reading.contact(without(CONTACT, "dnd") | raw).do_not_disturb is quiet


def test_a_location_tells_country_and_zone() -> None:
    """What is missing outside may stand inside `business`."""
    raw = {"id": "l1", "name": "Harbour", "business": {"country": "us", "timezone": NEW_YORK}}

    assert reading.account(raw) == crm.Account(
        id=crm.AccountId("l1"), name="Harbour", country="US", time_zone=NEW_YORK
    )


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (
            {"recurringProduct": {"product": {"name": "Members area"}, "price": {"name": "Monthly"}}},
            "Members area, Monthly",
        ),
        ({"recurringProduct": {"name": "Members area"}}, "Members area"),
        ({"entitySourceName": "Spring funnel"}, "Spring funnel"),
        ({"entitySource": {"name": "Spring funnel"}}, "Spring funnel"),
        ({}, ""),
    ],
)
def test_a_renewal_is_described_by_what_is_sold(raw, name) -> None:
    """The product and its price, else the page, else nothing."""
    assert reading.subscription_name({"_id": "s1", **raw}) == name


READERS = [
    (invoice, INVOICE),
    (reading.order, ORDER),
    (reading.transaction, TRANSACTION),
    (reading.contact, CONTACT),
    (reading.subscription_name, {"_id": "s", "recurringProduct": {"product": {"name": "A"}}}),
]
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.decimals(),
    st.text(max_size=12),
    st.sampled_from(
        ["", "9" * 400, "1e999999999", "NaN", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01"]
    ),
    st.lists(
        st.none() | st.text(max_size=3) | st.dictionaries(st.text(max_size=3), st.integers()), max_size=3
    ),
    st.dictionaries(
        st.sampled_from(["_id", "id", "type", "value", "rate", "name"]), st.none() | st.text(max_size=5)
    ),
)


@given(data=st.data())
def test_reading_is_total(data: st.DataObject) -> None:
    """Any member may be anything: the result is a record or an error that names what is wrong."""
    read, whole = data.draw(st.sampled_from(READERS))
    raw = copy.deepcopy(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        place: Any = raw
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = data.draw(st.sampled_from(keys))
            deeper = isinstance(place[key], dict | list) and data.draw(st.booleans())
            if not deeper:
                place[key] = data.draw(ODD)
                break
            place = place[key]
    try:
        read(raw)
    except members.Unreadable as unreadable:
        assert unreadable.member


@pytest.mark.parametrize("raw", [None, [], "text", 5, {}])
@pytest.mark.parametrize("read", [reader for reader, _ in READERS[:4]])
def test_what_is_no_record_is_unreadable(read, raw) -> None:
    """Even an empty answer names what is missing."""
    with pytest.raises(members.Unreadable):
        read(raw)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the reference's sample bodies are not beside this checkout")
def test_the_sample_bodies_of_the_reference_are_records() -> None:
    """Contacts, invoices and orders of the documentation can be read."""
    decoder = msgspec.json.Decoder(float_hook=Decimal)
    read = 0
    for path in sorted(SAMPLES.glob("*.json")):
        raw = decoder.decode(path.read_bytes())
        if path.name.startswith("Contact"):
            assert reading.contact(raw).name == "Maya Ortiz"
        elif path.name.startswith("Invoice") and raw["status"] != "delete":
            found = invoice(raw)
            assert found.issue_date == date(2026, 11, 3)
            assert found.total == found.sub_total - found.discount_total + found.tax_total
        elif path.name.startswith("Order"):
            order = reading.order(raw)
            parts = order.sub_total - order.discount_total + order.tax_total + order.shipping_total
            assert order.total == parts
        else:
            continue
        read += 1
    assert read == 15
