"""Delivery of events: addresses, envelope, signature, retries (reference 11)."""

from __future__ import annotations

from base64 import b64decode

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


async def test_each_event_has_an_address_of_its_own(crm, delivered):
    """Contact events carry the whole envelope (reference 11.2)."""
    contact = await crm.contact(email="ada@example.com")
    await delivered()

    path, _, _ = crm.inbox.letters[0]
    (body,) = crm.inbox.bodies("ContactCreate")
    assert path == "/hooks/ContactCreate"
    assert (body["type"], body["locationId"], body["id"]) == ("ContactCreate", crm.location, contact["id"])
    assert body["appId"] == crm.sandbox.credentials["client_id"].split("-")[0]
    assert {"versionId", "timestamp", "webhookId"} <= body.keys()


async def test_the_signature_covers_the_raw_bytes(crm, delivered):
    """Ed25519 with the stand-in's own key; one changed byte and it does not hold."""
    await crm.contact(email="ada@example.com")
    await delivered()

    _, headers, raw = crm.inbox.letters[0]
    key = Ed25519PublicKey.from_public_bytes(b64decode(crm.sandbox.credentials["webhook_public_key"]))
    key.verify(b64decode(headers["x-ghl-signature"]), raw)
    with pytest.raises(InvalidSignature):
        key.verify(b64decode(headers["x-ghl-signature"]), raw + b" ")


async def test_invoice_events_have_no_type_unless_switched_on(crm):
    """The documented samples lack type and locationId; altId says where (reference 11.2)."""
    await crm.draft()
    await crm.act("/switches", {"invoice_events_have_type": True})
    await crm.draft()

    plain, typed = crm.event("InvoiceCreate")
    assert "type" not in plain and "locationId" not in plain and plain["altId"] == crm.location
    assert (typed["type"], typed["locationId"]) == ("InvoiceCreate", crm.location)


async def test_a_price_event_keeps_its_kind_apart_from_the_event(crm):
    """`priceType` is the price's own type."""
    await crm.buy()

    (price,) = crm.event("PriceCreate")
    assert price["priceType"] == "one_time"
    assert "type" not in price


async def test_invoice_days_are_plain_in_events(crm):
    """Webhooks show days, reads show instants (reference 7.3)."""
    await crm.draft()

    (body,) = crm.event("InvoiceCreate")
    assert (body["issueDate"], body["dueDate"]) == ("2026-03-02", "2026-03-16")


async def test_a_refused_delivery_is_tried_again_with_the_same_id(crm, delivered):
    """Non-2xx is retried with the original body (reference 11.4)."""
    crm.inbox.status = 503
    await crm.contact(email="ada@example.com")
    await delivered()
    crm.inbox.status = 200
    await crm.act("/clock", {"advance_seconds": 20})
    await delivered()

    first, second = crm.inbox.bodies("ContactCreate")
    assert first == second
    assert [each.state for each in crm.sandbox.postman.deliveries()] == ["delivered"]


async def test_after_twelve_retries_the_letter_is_given_up(crm, delivered):
    """Thirteen attempts in all; a manual resend still works."""
    crm.inbox.status = 500
    await crm.contact(email="ada@example.com")
    for _ in range(13):
        await delivered()
        await crm.act("/clock", {"advance_seconds": 60_000})
    (letter,) = crm.sandbox.postman.deliveries()
    crm.inbox.status = 200
    await crm.act(f"/deliveries/{letter.id}/resend")
    await delivered()

    assert (len(letter.attempts), letter.state) == (13, "given up")
    assert crm.sandbox.postman.deliveries()[0].state == "delivered"


async def test_without_an_installed_app_nobody_is_told(crm):
    """Private tokens get no webhooks (reference 2.6)."""
    await crm.act("/uninstall")
    before = len(crm.events())
    await crm.contact(email="ada@example.com")

    assert len(crm.events()) == before


async def test_an_app_is_told_only_what_its_scopes_cover(crm):
    """contacts.readonly for contacts is documented, the like for the others assumed (reference 2.7)."""
    known = crm.sandbox.credentials
    asked = {"response_type": "code", "client_id": known["client_id"], "redirect_uri": "https://a.example/"}
    asked["scope"] = "invoices.readonly products.readonly"
    await crm.http.post("/oauth/chooselocation", data={**asked, "level": "Location"})
    await crm.draft()
    await crm.buy()

    assert set(crm.events()) == {"", "InvoiceCreate", "ProductCreate"}


async def test_the_address_can_be_changed_and_switched_off(crm):
    """The control API sets where events go."""
    await crm.act("/webhooks", {"url": "http://receiver.test/elsewhere/"})
    await crm.contact(email="ada@example.com")
    await crm.act("/webhooks", {"url": None})
    await crm.contact(email="eva@example.com")

    assert [each.url for each in crm.sandbox.postman.deliveries()] == [
        "http://receiver.test/elsewhere/ContactCreate"
    ]


async def test_a_refused_write_tells_nothing(crm):
    """What did not happen has no event."""
    await crm.contact(email="ada@example.com")
    await crm.call("POST", "/contacts/", {"locationId": crm.location, "email": "ada@example.com"})

    assert crm.events() == ["ContactCreate"]
