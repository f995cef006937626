"""text2pay: an invoice written and sent in one call (reference 8)."""

from __future__ import annotations


async def body(crm, **members):
    user = crm.sandbox.location.state.user_id
    return {**await crm.invoice_body(), "userId": user, "action": "send", **members}


async def test_text2pay_writes_sends_and_answers_where_to_pay(crm):
    """A sent invoice, a message to the customer, an address to pay at; InvoiceCreate and InvoiceSent tell."""
    done = await crm.ok("POST", "/invoices/text2pay", await body(crm))
    outbox = (await crm.http.get("/_sandbox/outbox")).json()["messages"]

    assert done["invoice"]["status"] == "sent"
    assert done["invoiceUrl"].endswith(f"/pay/invoice/{done['invoice']['_id']}")
    assert [each["to"] for each in outbox] == ["maya.ortiz@example.com"]
    assert crm.events() == ["ContactCreate", "InvoiceCreate", "InvoiceSent"]


async def test_its_payments_carry_text2pay_as_their_source(crm):
    """Never a sales receipt for these (reference 9.1)."""
    done = await crm.ok("POST", "/invoices/text2pay", await body(crm))
    await crm.act(f"/invoices/{done['invoice']['_id']}/pay", {"card": "success"})
    (payment,) = await crm.transactions(entitySourceType="text2Pay")

    assert (payment["entityType"], payment["entityId"]) == ("invoice", done["invoice"]["_id"])


async def test_a_draft_is_written_anew_by_its_id_and_sent(crm):
    """The same invoice; the terms are left out on request; no discount and no business is fine."""
    first = await body(crm, action="draft", termsNotes="Pay soon.")
    del first["discount"], first["businessDetails"]
    draft = (await crm.ok("POST", "/invoices/text2pay", first))["invoice"]
    again = await body(crm, id=draft["_id"], name="Phase 2", termsNotes="Pay soon.", includeTermsNote=False)
    sent = (await crm.ok("POST", "/invoices/text2pay", again))["invoice"]

    assert (draft["status"], draft["termsNotes"]) == ("draft", "Pay soon.")
    assert (sent["_id"], sent["name"], sent["status"]) == (draft["_id"], "Phase 2", "sent")
    assert "termsNotes" not in sent


async def test_without_a_user_it_is_refused(crm):
    """`userId` is required here, unlike on send."""
    wrong = await body(crm)
    del wrong["userId"]

    assert (await crm.call("POST", "/invoices/text2pay", wrong)).status_code == 422


async def test_the_settings_say_what_new_invoices_start_with(crm):
    """Prefix, days until due, whose name stands on top, and the rest of reference 7.1."""
    found = await crm.ok("GET", "/invoices/settings", **crm.alt)

    assert (found["invoiceNumberPrefix"], found["dueAfterXDays"]) == ("INV-", 14)
    assert found["businessDetails"]["name"] == "Harbour Home Services"
    assert found.keys() >= {
        *("title", "termsNote", "minimumPercentagePartialPayment", "senderConfiguration", "reminderSettings"),
        *("lateFeesConfiguration", "tipsConfiguration", "paymentMethods"),
    }
