"""Invoices: what may be written, states and their guards, days, numbers, lists (reference 7)."""

from __future__ import annotations

import pytest


async def test_an_invoice_is_born_as_a_draft_with_a_number(crm):
    """201, draft, number counted up, prefix beside it."""
    answer = await crm.call("POST", "/invoices/", await crm.invoice_body())
    second = await crm.draft()

    assert answer.status_code == 201
    assert (answer.json()["status"], answer.json()["invoiceNumber"], second["invoiceNumber"]) == (
        "draft",
        "000001",
        "000002",
    )
    assert second["invoiceNumberPrefix"] == "INV-"
    assert "items" not in second and len(second["invoiceItems"]) == 2


async def test_days_become_instants_in_the_locations_zone(crm):
    """Issue at the start of the day, due at its end (reference 7.3)."""
    draft = await crm.draft(issueDate="2026-11-03", dueDate="2026-11-17")

    assert (draft["issueDate"], draft["dueDate"]) == ("2026-11-03T05:00:00.000Z", "2026-11-18T04:59:59.999Z")


async def test_a_day_on_which_the_clocks_change_is_as_long_as_it_is(make_crm):
    """London, 29 March 2026: 23 hours."""
    crm = make_crm(location="gb")
    draft = await crm.draft(issueDate="2026-03-29", dueDate="2026-03-29")

    assert (draft["issueDate"], draft["dueDate"]) == ("2026-03-29T00:00:00.000Z", "2026-03-29T22:59:59.999Z")


async def test_the_next_number_is_told_but_not_used_up(crm):
    """generate-invoice-number (reference 7.1)."""
    first = await crm.ok("GET", "/invoices/generate-invoice-number", **crm.alt)
    again = await crm.ok("GET", "/invoices/generate-invoice-number", **crm.alt)

    assert first["invoiceNumber"] == again["invoiceNumber"] == 1


async def test_numbers_can_come_as_numbers(crm):
    """The other half of the evidence (reference 7.5), by switch."""
    await crm.act("/switches", {"numeric_invoice_numbers": True})

    assert (await crm.draft(invoiceNumber="42"))["invoiceNumber"] == 42
    assert (await crm.draft(invoiceNumber="A-42"))["invoiceNumber"] == "A-42"


@pytest.mark.parametrize(
    "missing",
    [
        "name",
        "currency",
        "businessDetails",
        "contactDetails",
        "issueDate",
        "items",
        "discount",
        "sentTo",
        "liveMode",
    ],
)
async def test_required_members_are_required(crm, missing):
    """422 names the one that is missing (reference 7.4)."""
    body = await crm.invoice_body()
    del body[missing]
    answer = await crm.call("POST", "/invoices/", body)

    assert answer.status_code == 422
    assert any(said.startswith(missing) for said in answer.json()["message"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"foo": 1}, "property foo should not exist"),
        ({"invoiceItems": []}, "property invoiceItems should not exist"),
        ({"issueDate": "03/02/2026"}, "issueDate must be a valid date in YYYY-MM-DD format"),
        ({"issueDate": "2026-02-30"}, "issueDate must be a valid date in YYYY-MM-DD format"),
        ({"items": []}, "items should not be empty"),
        ({"liveMode": "true"}, "liveMode must be a boolean value"),
        ({"discount": {"type": "half", "value": 1}}, "discount.type must be one of the following values"),
        (
            {"items": [{"name": "x", "currency": "USD", "amount": "5", "qty": 1}]},
            "items.0.amount must be a number conforming to the specified constraints",
        ),
        (
            {"items": [{"name": "x", "currency": "USD", "amount": 5, "qty": 1, "total": 5}]},
            "items.0.property total should not exist",
        ),
        (
            {
                "items": [
                    {
                        "name": "x",
                        "currency": "USD",
                        "amount": 5,
                        "qty": 1,
                        "taxes": [{"_id": "a", "name": "b"}],
                    }
                ]
            },
            "items.0.taxes.0.rate must be a number conforming to the specified constraints",
        ),
    ],
)
async def test_what_the_schema_does_not_know_is_refused(crm, change, message):
    """422, with the path of the culprit."""
    answer = await crm.call("POST", "/invoices/", {**await crm.invoice_body(), **change})

    assert answer.status_code == 422
    assert any(said.startswith(message) for said in answer.json()["message"]), answer.text


@pytest.mark.parametrize(
    "change",
    [
        {"items": [{"name": "x", "currency": "EUR", "amount": 5, "qty": 1}]},
        {
            "items": [
                {
                    "name": "x",
                    "currency": "USD",
                    "amount": 0,
                    "qty": 1,
                    "taxes": [{"_id": "a", "name": "b", "rate": 1}],
                }
            ]
        },
        {"dueDate": "2026-03-01"},
        {"contactDetails": {"id": "nobody", "name": "N", "email": "n@example.com"}},
    ],
)
async def test_what_the_business_forbids_is_refused(crm, change):
    """400: foreign currency, taxed zero item, due before issue, unknown contact."""
    answer = await crm.call("POST", "/invoices/", {**await crm.invoice_body(), **change})

    assert answer.status_code == 400


async def test_past_due_dates_can_be_forbidden(crm):
    """An open point of the reference (21, 2), by switch."""
    body = await crm.invoice_body(issueDate="2025-01-01", dueDate="2025-01-15")
    allowed = await crm.call("POST", "/invoices/", body)
    await crm.act("/switches", {"past_due_dates": False})
    refused = await crm.call("POST", "/invoices/", body)

    assert (allowed.status_code, refused.status_code) == (201, 400)


async def test_sending_manually_sends_nothing(crm):
    """Marked as sent, and the outbox stays empty (reference 7.6)."""
    sent = await crm.sent()
    outbox = (await crm.http.get("/_sandbox/outbox")).json()

    assert (sent["status"], sent["sentAt"]) == ("sent", "2026-03-02T15:00:00.000Z")
    assert outbox["messages"] == []
    assert crm.events()[-2:] == ["InvoiceCreate", "InvoiceSent"]


async def test_sending_by_email_is_seen_in_the_outbox(crm):
    """What would have gone out."""
    draft = await crm.draft()
    body = {**crm.alt, "action": "email", "liveMode": True}
    await crm.ok("POST", f"/invoices/{draft['_id']}/send", body)
    outbox = (await crm.http.get("/_sandbox/outbox")).json()

    assert [(each["kind"], each["to"]) for each in outbox["messages"]] == [
        ("email", "maya.ortiz@example.com")
    ]


async def test_a_text_without_a_phone_is_refused_and_changes_nothing(crm):
    """No recipient, no send."""
    draft = await crm.draft()
    answer = await crm.call(
        "POST", f"/invoices/{draft['_id']}/send", {**crm.alt, "action": "sms_and_email", "liveMode": True}
    )

    assert answer.status_code == 400
    assert (await crm.invoice(draft))["status"] == "draft"
    assert crm.sandbox.location.state.messages == []


async def put(crm, invoice, **members):
    body = await crm.invoice_body()
    body["invoiceItems"] = body.pop("items")
    del body["sentTo"]
    return await crm.call("PUT", f"/invoices/{invoice['_id']}", {**body, **members})


async def test_a_put_replaces_the_whole_invoice(crm):
    """Members that are left out fall back; items get new ids (reference 7.8)."""
    draft = await crm.draft(termsNotes="<p>soon</p>", title="BILL")
    answer = await put(crm, draft, name="Phase 2")
    body = answer.json()

    assert (answer.status_code, body["name"], body["title"]) == (200, "Phase 2", "INVOICE")
    assert "termsNotes" not in body
    assert body["invoiceNumber"] == draft["invoiceNumber"]
    assert crm.events()[-1] == "InvoiceUpdate"


@pytest.mark.parametrize("name", ["items", "sentTo", "_id", "status", "amountPaid"])
async def test_a_put_takes_nothing_that_only_reads_have(crm, name):
    """Never echo a whole object back (reference 3.2)."""
    answer = await put(crm, await crm.draft(), **{name: []})

    assert answer.json()["message"] == [f"property {name} should not exist"]


async def test_a_put_needs_a_due_date(crm):
    """Required here, optional on create."""
    answer = await put(crm, await crm.draft(), dueDate=None)

    assert answer.status_code == 422


async def test_a_paid_invoice_cannot_be_edited_and_a_part_paid_one_keeps_its_contact(crm):
    """Guards of 7.2."""
    invoice = await crm.sent()
    other = await crm.contact(email="eva@example.com")
    await crm.pay(invoice, amount=100)
    moved = await put(
        crm, invoice, contactDetails={"id": other["id"], "name": "Eva", "email": "eva@example.com"}
    )
    too_little = await put(
        crm, invoice, invoiceItems=[{"name": "x", "currency": "USD", "amount": 50, "qty": 1}]
    )
    same = await put(crm, invoice, name="Renamed")
    await crm.pay(invoice)
    paid = await put(crm, invoice)

    assert [each.status_code for each in (moved, too_little, same, paid)] == [400, 400, 200, 400]


async def test_void_is_final(crm):
    """Draft and sent can be voided once; nothing follows (reference 7.8)."""
    invoice = await crm.sent()
    voided = await crm.ok("POST", f"/invoices/{invoice['_id']}/void", crm.alt)
    again = await crm.call("POST", f"/invoices/{invoice['_id']}/void", crm.alt)
    sent = await crm.call(
        "POST", f"/invoices/{invoice['_id']}/send", {**crm.alt, "action": "send_manually", "liveMode": True}
    )
    paid = await crm.pay(invoice, amount=1)

    assert (voided["status"], again.status_code, sent.status_code, paid.status_code) == (
        "void",
        400,
        400,
        400,
    )
    assert crm.events()[-1] == "InvoiceVoid"


async def test_void_waits_for_the_refund_of_provider_payments(crm):
    """400 until the card payment is refunded; recorded payments do not hold it (reference 7.2)."""
    card, cash = await crm.sent(), await crm.sent()
    paid = await crm.act(f"/invoices/{card['_id']}/pay", {"amount": 100, "card": "4242424242424242"})
    await crm.pay(cash, amount=100)
    held = await crm.call("POST", f"/invoices/{card['_id']}/void", crm.alt)
    await crm.act(f"/transactions/{paid['transaction']['id']}/refund")
    freed = await crm.call("POST", f"/invoices/{card['_id']}/void", crm.alt)
    recorded = await crm.call("POST", f"/invoices/{cash['_id']}/void", crm.alt)

    assert (held.status_code, freed.status_code, recorded.status_code) == (400, 200, 200)


async def test_only_unpaid_invoices_are_deleted(crm):
    """The event says status delete; afterwards 404 (reference 7.2)."""
    plain, paid = await crm.sent(), await crm.sent()
    await crm.pay(paid, amount=1)
    gone = await crm.call("DELETE", f"/invoices/{plain['_id']}", **crm.alt)
    kept = await crm.call("DELETE", f"/invoices/{paid['_id']}", **crm.alt)

    assert (gone.status_code, kept.status_code) == (200, 400)
    assert crm.event("InvoiceDelete")[0]["status"] == "delete"
    assert (await crm.call("GET", f"/invoices/{plain['_id']}", **crm.alt)).status_code == 404


async def test_a_declined_card_is_no_payment_and_keeps_no_invoice(crm):
    """Deletion asks for payments only (reference 7.2)."""
    invoice = await crm.sent()
    await crm.act(f"/invoices/{invoice['_id']}/pay", {"card": "fail"})

    assert (await crm.call("DELETE", f"/invoices/{invoice['_id']}", **crm.alt)).status_code == 200


async def test_only_marking_as_sent_is_a_transition_by_hand(crm):
    """manualStatusTransitions tells it apart from a message that went out (reference 7.5, 7.6)."""
    marked, mailed = await crm.sent(), await crm.draft()
    body = {**crm.alt, "action": "email", "liveMode": True}
    mailed = (await crm.ok("POST", f"/invoices/{mailed['_id']}/send", body))["invoice"]

    assert marked["manualStatusTransitions"] == {"sent": marked["sentAt"]}
    assert mailed["sentAt"] and mailed["manualStatusTransitions"] == {}


async def test_the_customers_look_at_an_invoice_is_seen(crm):
    """lastVisitedAt, without an event or another status (reference 7.2, 7.5)."""
    invoice = await crm.sent()
    told = crm.events()
    crm.clock.advance(60)
    await crm.http.get(f"/pay/invoice/{invoice['_id']}")
    after = await crm.invoice(invoice)

    assert "lastVisitedAt" not in invoice and after["lastVisitedAt"] == "2026-03-02T15:01:00.000Z"
    assert (after["status"], after["updatedAt"], crm.events()) == ("sent", invoice["updatedAt"], told)


LATE_FEES = {
    "enable": True,
    "value": 10,
    "type": "fixed",
    "frequency": {"intervalCount": 10, "interval": "day"},
    "grace": {"intervalCount": 3, "interval": "day"},
}


async def test_late_fees_are_configured_by_patch(crm):
    """The configuration is read back beside what was charged (reference 7.1, 7.5); a paid invoice keeps its own."""
    invoice, paid = await crm.sent(), await crm.sent()
    await crm.pay(paid)
    body = {**crm.alt, "lateFeesConfiguration": LATE_FEES}
    path = "/invoices/{}/late-fees-configuration"
    await crm.ok("PATCH", path.format(invoice["_id"]), body)
    await crm.act(f"/invoices/{invoice['_id']}/late-fee", {"amount": 10})
    late = await crm.call("PATCH", path.format(paid["_id"]), body)
    wrong = await crm.call("PATCH", path.format(invoice["_id"]), {**crm.alt, "lateFeesConfiguration": {}})
    found = (await crm.invoice(invoice))["lateFeesConfiguration"]

    assert found.items() >= LATE_FEES.items()
    assert (found["charges"], found["totalLateFees"]) == ([{"amount": 10}], 10)
    assert (late.status_code, wrong.status_code) == (400, 422)
    assert crm.events()[-2:] == ["InvoiceUpdate", "InvoiceUpdate"]


async def test_the_other_connector_leaves_its_trace(crm):
    """syncDetails names QuickBooks when HighLevel's own integration posts (reference 7.5, 16)."""
    invoice = await crm.sent()
    await crm.act(f"/invoices/{invoice['_id']}/posted-elsewhere")

    assert invoice["syncDetails"] == []
    assert (await crm.invoice(invoice))["syncDetails"][0]["source"] == "quickbooks"


async def listed(crm, **query):
    found = await crm.ok("GET", "/invoices/", **crm.alt, **{"limit": "10", "offset": "0", **query})
    return [each["name"] for each in found["invoices"]]


async def test_the_list_filters_and_sorts_by_issue_date(crm):
    """Filters of 7.9."""
    for name, day in (("old", "2026-01-05"), ("mid", "2026-02-05"), ("new", "2026-03-01")):
        await crm.draft(name=name, issueDate=day)
    await crm.sent(name="sent", issueDate="2026-02-20")
    await crm.draft(name="test", issueDate="2026-02-21", liveMode=False)

    assert await listed(crm) == ["new", "test", "sent", "mid", "old"]
    assert await listed(crm, sortOrder="ascend", limit="2") == ["old", "mid"]
    assert await listed(crm, offset="3") == ["mid", "old"]
    assert await listed(crm, status="sent") == ["sent"]
    assert await listed(crm, startAt="2026-02-05", endAt="2026-02-20") == ["sent", "mid"]
    assert await listed(crm, paymentMode="test") == ["test"]
    assert await listed(crm, search="INV-000001") == ["old"]
    assert await listed(crm, contactId="nobody") == []


@pytest.mark.parametrize(
    "query", [{"limit": "101"}, {"limit": None}, {"offset": None}, {"sortField": "total"}]
)
async def test_a_list_without_its_bounds_is_refused(crm, query):
    """limit and offset are required (reference 7.9)."""
    full = {**crm.alt, "limit": "10", "offset": "0", **query}
    answer = await crm.call(
        "GET", "/invoices/", **{name: value for name, value in full.items() if value is not None}
    )

    assert answer.status_code == 422
