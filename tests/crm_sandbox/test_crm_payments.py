"""Payments of invoices, checkouts, renewals, refunds: what the payments family shows (reference 7.7, 9)."""

from __future__ import annotations

from decimal import Decimal

import pytest


async def test_recorded_payments_move_an_invoice_to_paid(crm):
    """Part, then all that is due; the transaction is the only trace (reference 7.7)."""
    invoice = await crm.sent()
    part = await crm.pay(
        invoice,
        amount=Decimal("96.5"),
        notes="Counter",
        fulfilledAt="2026-02-20T16:00:00.000Z",
        meta={"a": 1},
    )
    rest = await crm.pay(invoice)
    second, first = await crm.transactions(entityId=invoice["_id"])

    assert (part.json()["invoice"]["status"], rest.json()["invoice"]["status"]) == ("partially_paid", "paid")
    assert "transaction" not in str(part.json().keys())
    assert (first["amount"], second["amount"]) == (Decimal("96.5"), Decimal("303.5"))
    assert first["chargeSnapshot"] == {"mode": "bank_transfer", "notes": "Counter"}
    assert (first["entityType"], first["entitySourceType"]) == ("invoice", "invoice")
    assert (first["fulfilledAt"], first["createdAt"]) == (
        "2026-02-20T16:00:00.000Z",
        "2026-03-02T15:00:00.000Z",
    )
    assert first["paymentProviderType"] is None
    assert crm.events()[-2:] == ["InvoicePartiallyPaid", "InvoicePaid"]


@pytest.mark.parametrize(
    ("members", "status"),
    [
        ({"amount": Decimal("400.01")}, 400),
        ({"amount": Decimal("0.001")}, 400),
        ({"amount": 0}, 422),
        ({"mode": "barter"}, 422),
        ({"fulfilledAt": "yesterday"}, 422),
        ({"mode": "cheque", "cheque": {}}, 422),
        ({"mode": "cheque", "cheque": {"number": "1042"}}, 200),
        ({"mode": "card", "card": {"brand": "visa", "last4": "4242"}}, 200),
    ],
)
async def test_a_payment_is_checked_before_it_is_recorded(crm, members, status):
    """More than is due, fractions of a cent, unknown modes."""
    assert (await crm.pay(await crm.sent(), **members)).status_code == status


async def test_a_draft_takes_no_payment_unless_switched_on(crm):
    """The stricter reading of an open point (reference 21, 1)."""
    draft = await crm.draft()
    refused = await crm.pay(draft, amount=1)
    await crm.act("/switches", {"record_payment_on_draft": True})
    taken = await crm.pay(draft, amount=1)

    assert (refused.status_code, taken.status_code) == (400, 200)


async def test_two_quick_payments_conflict_where_switched_on(crm):
    """409 within three seconds on one invoice, off by default (reference 3.1)."""
    invoice, other = await crm.sent(), await crm.sent()
    await crm.act("/switches", {"quick_payment_conflict_seconds": 3})
    answers = [
        await crm.pay(invoice, amount=1),
        await crm.pay(invoice, amount=1),
        await crm.pay(other, amount=1),
    ]
    crm.clock.advance(3)
    answers.append(await crm.pay(invoice, amount=1))

    assert [each.status_code for each in answers] == [200, 409, 200, 200]
    assert len(await crm.transactions(entityId=invoice["_id"])) == 2


async def test_a_pending_bank_debit_holds_the_invoice_until_it_settles(crm):
    """payment_processing, then paid or back to sent (reference 7.2)."""
    invoice = await crm.sent()
    first = await crm.act(f"/invoices/{invoice['_id']}/pay", {"card": "pending"})
    processing = (await crm.invoice(invoice))["status"]
    await crm.act(f"/transactions/{first['transaction']['id']}/settle", {"outcome": "failed"})
    back = (await crm.invoice(invoice))["status"]
    second = await crm.act(f"/invoices/{invoice['_id']}/pay", {"card": "pending"})
    await crm.act(f"/transactions/{second['transaction']['id']}/settle", {"outcome": "succeeded"})

    assert (processing, back, (await crm.invoice(invoice))["status"]) == (
        "payment_processing",
        "sent",
        "paid",
    )
    assert crm.events().count("InvoicePaid") == 1


@pytest.mark.parametrize(
    ("source", "type_", "sub_type"),
    [
        ("order_form", "funnel", "one_step_order_form"),
        ("two_step", "funnel", "two_step_order_form"),
        ("upsell", "funnel", "upsell"),
        ("website_order_form", "website", "one_step_order_form"),
        ("store", "website", "store"),
        ("store_upsell", "website", "store_upsell"),
        ("membership", "membership", None),
        ("communities", "communities", None),
        ("calendar", "calendar", "meeting"),
        ("calendar_service", "calendar", "service"),
        ("payment_link", "payment_link", None),
        ("qr_code", "payment_link", "qr_code"),
        ("form", "form", None),
        ("survey", "survey", None),
        ("document", "document_contracts", None),
        ("mobile_app", "mobile_app", "tap_to_pay"),
        ("point_of_sale", "point_of_sale", "card_payment"),
        ("manual", "manual", "contact_view"),
        ("external", "external", "woocommerce"),
        ("imported", "external", "imported_csv"),
    ],
)
async def test_each_checkout_names_its_source(crm, source, type_, sub_type):
    """Order and transaction agree about where the sale happened (reference 9.2)."""
    sale = await crm.buy(source=source)
    order = await crm.ok("GET", f"/payments/orders/{sale['order']['id']}", **crm.alt)
    (row,) = await crm.transactions(entityId=sale["order"]["id"])

    assert (order["source"]["type"], order["source"].get("subType")) == (type_, sub_type)
    assert (row["entitySourceType"], row["entitySourceSubType"] or None) == (type_, sub_type)
    assert crm.events()[-2:] == ["OrderCreate", "OrderStatusUpdate"]


@pytest.mark.parametrize("origin", ["invoice", "text2Pay"])
async def test_an_order_stands_beside_a_paid_invoice_where_switched_on(crm, origin):
    """An open point (reference 9.1, 21.4): its source says whose it is; the transactions stay the invoice's."""
    await crm.act("/switches", {"invoice_payments_make_orders": True})
    invoice = await crm.sent()
    if origin == "text2Pay":
        user = crm.sandbox.location.state.user_id
        body = await crm.invoice_body(action="send", userId=user)
        invoice = (await crm.ok("POST", "/invoices/text2pay", body))["invoice"]
    await crm.pay(invoice, amount=100)
    await crm.pay(invoice)
    ((row),) = (await crm.ok("GET", "/payments/orders", **crm.alt))["data"]
    order = await crm.ok("GET", f"/payments/orders/{row['_id']}", **crm.alt)

    assert (row["sourceType"], row["sourceId"], row["status"], row["amount"]) == (
        origin,
        invoice["_id"],
        "completed",
        400,
    )
    assert [(each["name"], each["price"]["amount"]) for each in order["items"]] == [
        ("Fitting, per day", 150),
        ("Materials", 100),
    ]
    page = await crm.http.get(f"/crm/orders/{order['_id']}")
    assert f"/crm/invoices/{invoice['_id']}" in page.text and "deleted" not in page.text
    assert crm.events()[-4:] == ["InvoicePartiallyPaid", "OrderCreate", "InvoicePaid", "OrderStatusUpdate"]
    assert {each["entityId"] for each in await crm.transactions()} == {invoice["_id"]}


async def test_an_order_keeps_its_coupon_taxes_and_items(crm):
    """Flat on the list, nested alone, no coupon in the event (reference 9.3)."""
    sale = await crm.buy(
        items=[
            {"name": "Starter course", "price": 120, "qty": 1},
            {"name": "Workbook", "price": 30, "qty": 1, "taxes": [{"name": "Sales tax", "rate": 10}]},
        ],
        coupon={"code": "SPRING15", "type": "amount", "value": 15},
    )
    order = await crm.ok("GET", f"/payments/orders/{sale['order']['id']}", **crm.alt)
    (flat,) = (await crm.ok("GET", "/payments/orders", **crm.alt))["data"]
    coupons = (await crm.ok("GET", "/payments/coupon/list", **crm.alt))["data"]

    assert order["amountSummary"] == {"subtotal": 150, "discount": 15, "tax": Decimal("2.7"), "shipping": 0}
    assert [each["amount"] for each in order["taxSummary"]] == [Decimal("2.7")]
    assert (order["amount"], flat["amount"], flat["couponCode"]) == (
        Decimal("137.7"),
        Decimal("137.7"),
        "SPRING15",
    )
    assert order["coupon"]["discountType"] == "amount"
    assert "items" not in flat and "coupon" not in crm.event("OrderStatusUpdate")[0]
    assert [(each["code"], each["usageCount"]) for each in coupons] == [("SPRING15", 1)]


async def test_shipping_is_charged_beyond_the_items(crm):
    """Apart in amountSummary, within the order's and the transaction's amount (reference 9.3, 10)."""
    sale = await crm.buy(source="store", shipping=Decimal("7.5"))
    order = await crm.ok("GET", f"/payments/orders/{sale['order']['id']}", **crm.alt)
    (row,) = await crm.transactions()

    assert order["amountSummary"] == {"subtotal": 120, "discount": 0, "tax": 0, "shipping": Decimal("7.5")}
    assert order["amount"] == row["amount"] == Decimal("127.5")


async def test_a_full_discount_leaves_no_transaction(crm):
    """Nothing to pay, order completed all the same (reference 9.3)."""
    sale = await crm.buy(coupon={"code": "FREE", "type": "percentage", "value": 100})

    assert (sale["order"]["amount"], sale["order"]["status"], sale["transactions"]) == (0, "completed", [])


@pytest.mark.parametrize(("card", "status"), [("fail", "failed"), ("4000002500003155", "pending")])
async def test_a_card_that_does_not_succeed_leaves_the_order_pending(crm, card, status):
    """OrderCreate only."""
    sale = await crm.buy(card=card)

    assert (sale["order"]["status"], sale["transactions"][0]["status"]) == ("pending", status)
    assert "OrderStatusUpdate" not in crm.events()


async def test_a_pending_charge_completes_its_order_when_it_settles(crm):
    """Then the status is told."""
    sale = await crm.buy(card="pending")
    await crm.act(f"/transactions/{sale['transactions'][0]['id']}/settle", {"outcome": "succeeded"})

    assert crm.events()[-1] == "OrderStatusUpdate"


async def test_a_buyer_is_matched_by_email(crm):
    """Two sales, one contact."""
    first, second = await crm.buy(), await crm.buy()

    assert first["contact"] == second["contact"]
    assert crm.events().count("ContactCreate") == 1


async def test_a_renewal_is_a_transaction_and_nothing_else(crm):
    """Same subscriptionId, no order, no event (reference 9.1)."""
    sale = await crm.buy(
        source="membership", items=[{"name": "Members area", "price": 49, "recurring": {"interval": "month"}}]
    )
    before = crm.events()
    crm.clock.advance(30 * 86_400)
    made = await crm.act(f"/subscriptions/{sale['subscription']['id']}/renew")
    rows = await crm.transactions(subscriptionId=sale["subscription"]["subscriptionId"])
    orders = await crm.ok("GET", "/payments/orders", **crm.alt)
    described = await crm.ok("GET", f"/payments/subscriptions/{sale['subscription']['id']}", **crm.alt)

    assert [each["_id"] for each in rows] == [made["transaction"]["id"], sale["transactions"][0]["id"]]
    assert {each["amount"] for each in rows} == {49}
    assert (orders["totalCount"], crm.events()) == (1, before)
    assert described["subscriptionId"] == rows[0]["subscriptionId"]
    assert described["recurringProduct"]["product"]["name"] == "Members area"


async def test_a_renewal_can_be_told_by_the_order(crm):
    """An open point (reference 9.1, 21.5): the order's event once more, for a charge that came through."""
    await crm.act("/switches", {"renewals_are_told": True})
    sale = await crm.buy(items=[{"name": "Members area", "price": 49, "recurring": {"interval": "month"}}])
    for card in ("fail", "success"):
        await crm.act(f"/subscriptions/{sale['subscription']['id']}/renew", {"card": card})

    assert [each["_id"] for each in crm.event("OrderStatusUpdate")] == [sale["order"]["id"]] * 2


async def test_a_subscription_says_its_coupon_and_who_canceled_it(crm):
    """The members of reference 9.6."""
    sale = await crm.buy(
        items=[{"name": "Members area", "price": 49, "recurring": {"interval": "month"}}],
        coupon={"code": "FOREVER", "type": "amount", "value": 9, "apply_to_future_payments": True},
    )
    await crm.act(f"/subscriptions/{sale['subscription']['id']}/cancel")
    found = await crm.ok("GET", f"/payments/subscriptions/{sale['subscription']['id']}", **crm.alt)

    assert (found["amount"], found["coupon"]["code"]) == (40, "FOREVER")
    assert (found["status"], found["canceledBy"]) == ("canceled", crm.sandbox.location.state.user_id)
    assert {"canceledAt", "autoPayment", "recurringProduct", "schedule", "paymentProvider"} <= found.keys()


async def test_trial_and_setup_fee_make_the_first_charge_differ(crm):
    """Trust the transaction, not the items (reference 9.3)."""
    item = {
        "name": "Members area",
        "price": 49,
        "recurring": {"interval": "month"},
        "trial_days": 7,
        "setup_fee": 10,
    }
    sale = await crm.buy(source="membership", items=[item])

    assert sale["transactions"][0]["amount"] == 10
    assert sale["order"]["amount"] == 49


async def test_refunds_are_a_growing_figure_that_nobody_tells_of(crm):
    """Partial keeps succeeded; full is refunded; the order's payment status follows (reference 9.5)."""
    sale = await crm.buy()
    before, path = crm.events(), f"/transactions/{sale['transactions'][0]['id']}/refund"
    crm.clock.advance(60)
    await crm.act(path, {"amount": 20})
    (part,) = await crm.transactions()
    await crm.act(path, {"amount": 100})
    (full,) = await crm.transactions()
    refunded = await crm.ok("GET", "/payments/orders", **crm.alt, paymentStatus="refunded")

    assert (part["status"], part["amountRefunded"]) == ("succeeded", 20)
    assert (full["status"], full["amountRefunded"]) == ("refunded", 120)
    assert part["updatedAt"] > part["createdAt"]
    assert (refunded["totalCount"], crm.events()) == (1, before)
    assert (await crm.http.post(f"/_sandbox{path}", json={"amount": 1})).status_code == 400


@pytest.mark.parametrize(
    ("reopens", "expected"), [(False, [("paid", 400)] * 2), (True, [("partially_paid", 300), ("sent", 0)])]
)
async def test_a_refunded_invoice_is_unchanged_unless_switched(crm, reopens, expected):
    """What the original does is not known (reference 9.5, 21.6); no event in either case."""
    await crm.act("/switches", {"refunds_reopen_invoices": reopens})
    invoice = await crm.sent()
    paid = await crm.act(f"/invoices/{invoice['_id']}/pay", {"card": "success"})
    told, seen = crm.events(), []
    for amount in ({"amount": 100}, {}):
        await crm.act(f"/transactions/{paid['transaction']['id']}/refund", amount)
        now = await crm.invoice(invoice)
        seen.append((now["status"], now["amountPaid"]))

    assert seen == expected
    assert crm.events() == told


async def test_transactions_can_be_filtered(crm):
    """Filters of 9.4: mode, source, contact, days of creation."""
    await crm.buy(test_mode=True)
    crm.clock.advance(86_400)
    sale = await crm.buy(source="calendar")

    assert len(await crm.transactions()) == 2
    assert len(await crm.transactions(paymentMode="test")) == 1
    assert len(await crm.transactions(entitySourceType="calendar")) == 1
    assert len(await crm.transactions(contactId=sale["contact"]["id"], limit="1")) == 1
    assert len(await crm.transactions(startAt="2026-03-03")) == 1
    assert len(await crm.transactions(endAt="2026-03-02")) == 1
    assert await crm.transactions(offset="2") == []


async def test_the_other_connectors_mark_is_seen_on_the_detail(crm):
    """qboSynced and qboResponse (reference 9.4)."""
    sale = await crm.buy()
    transaction = sale["transactions"][0]["id"]
    plain = await crm.ok("GET", f"/payments/transactions/{transaction}", **crm.alt)
    await crm.act(f"/transactions/{transaction}/posted-elsewhere")
    marked = await crm.ok("GET", f"/payments/transactions/{transaction}", **crm.alt)

    assert (plain["qboSynced"], marked["qboSynced"]) == (False, True)
    assert marked["qboResponse"]["TotalAmt"] == 120


async def test_taxes_are_seen_on_products_only(make_crm):
    """There is no API for taxes; `expand=tax` shows those of products (reference 10)."""
    crm = make_crm(seed="sample", location="ca")
    plain = await crm.ok("GET", "/products/", locationId=crm.location)
    wide = await crm.ok("GET", "/products/", locationId=crm.location, expand="tax", search="Fitting")

    assert plain["total"] == [{"total": 5}]
    assert wide["products"][0]["taxes"][0]["name"] == "HST ON"
    assert wide["products"][0]["taxes"][0]["rate"] == 13
