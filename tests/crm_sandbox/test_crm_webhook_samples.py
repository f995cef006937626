"""Webhook bodies against the sample files: the same members, of the same types (reference 11)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "reference" / "highlevel" / "webhooks"

pytestmark = pytest.mark.skipif(
    not SAMPLES.exists(), reason="HighLevel's webhook samples are not beside the repository (../shared)"
)

NOT_SENT = {
    # these need data that a plain contact, order or product of this location does not have
    "attributes of nobody": {
        "dateOfBirth",
        "assignedTo",
        "website",
        "address1",
        "state",
        "postalCode",
        "source",
    },
    "extras of the sample product": {
        "description",
        "statementDescriptor",
        "image",
        "recurring",
        "trackInventory",
    },
    "extras of the sample price": {"compareAtPrice"},
    "a trial": {"trialDuration", "trialStartDate"},
    "a white label": {"domain", "logoUrl"},
}


DND = {
    "SMS": {"status": "active", "message": "opted out", "code": "103"},
    "Email": {"status": "inactive"},
    "Call": {"status": "inactive"},
}


def types(value):
    """The shape of a JSON value; all numbers are alike, and so are lists."""
    if isinstance(value, dict):
        return {name: types(each) for name, each in value.items()}
    if isinstance(value, bool) or value is None:
        return type(value).__name__
    return "number" if isinstance(value, int | float) else type(value).__name__


def unlike(sample, body, where=""):
    """Members of the sample that are missing in the body or have another type."""
    missing = [f"{where}{name} is missing" for name in sample.keys() - body.keys()]
    wrong = []
    for name in sample.keys() & body.keys():
        own, theirs = types(body[name]), types(sample[name])
        if isinstance(sample[name], dict) and isinstance(body[name], dict):
            wrong += unlike(sample[name], body[name], f"{where}{name}.")
        elif own != theirs:
            wrong.append(f"{where}{name} is {own}, not {theirs}")
        elif (
            isinstance(sample[name], list)
            and body[name]
            and sample[name]
            and isinstance(sample[name][0], dict)
        ):
            wrong += unlike(sample[name][0], body[name][0], f"{where}{name}.0.")
    allowed = set().union(*NOT_SENT.values())
    return [each for each in [*missing, *wrong] if each.split(" ")[0].split(".")[-1] not in allowed]


async def everything_happens(crm):
    """Lets each event occur at least once."""
    contact = await crm.contact(
        email="maya.ortiz@example.com",
        firstName="Maya",
        lastName="Ortiz",
        phone="+12075550143",
        companyName="Northgate",
        city="Portland",
        country="US",
        customFields=[{"id": "Cf9Xa2Lm4Qw7Er1Ty5Ui", "field_value": "118"}],
        tags=["customer"],
    )
    one = f"/contacts/{contact['id']}"
    await crm.ok("PUT", one, {"lastName": "Ortiz-Lund"})
    await crm.ok("PUT", one, {"dnd": True, "dndSettings": DND})
    await crm.ok("POST", f"{one}/tags", {"tags": ["review-request"]})
    body = await crm.invoice_body()
    address = {
        "addressLine1": "1 Quay",
        "city": "Portland",
        "state": "ME",
        "countryCode": "US",
        "postalCode": "04101",
    }
    body["contactDetails"] |= {"phoneNo": "+12075550143", "companyName": "Northgate", "address": address}
    body["businessDetails"] = {
        "name": "Harbour",
        "phoneNo": "+12075550100",
        "address": address,
        "customValues": [],
    }
    body["businessDetails"] |= {
        "website": "https://harbour.example",
        "logoUrl": "https://harbour.example/l.png",
    }
    tax = {"_id": "6910aa55c3b2e41d85a90001", "name": "Sales tax", "rate": 10}
    body["items"][0] |= {"productId": "p", "priceId": "q", "description": "Two fitters", "taxes": [tax]}
    invoice, void = await crm.ok("POST", "/invoices/", body), await crm.ok("POST", "/invoices/", body)
    gone = await crm.ok("POST", "/invoices/", body)
    replaced = {name: value for name, value in body.items() if name not in {"items", "sentTo"}}
    await crm.ok("PUT", f"/invoices/{invoice['_id']}", {**replaced, "invoiceItems": body["items"]})
    for each in (invoice, void):
        send = {**crm.alt, "action": "send_manually", "liveMode": True}
        await crm.ok("POST", f"/invoices/{each['_id']}/send", send)
    await crm.pay(invoice, amount=1)
    await crm.pay(invoice)
    await crm.ok("POST", f"/invoices/{void['_id']}/void", crm.alt)
    await crm.ok("DELETE", f"/invoices/{gone['_id']}", **crm.alt)
    sale = await crm.buy(
        source="two_step",
        contact={"email": "maya.ortiz@example.com"},
        items=[{"name": "Starter course", "price": 120, "taxes": [tax]}],
    )
    price = next(iter(crm.sandbox.location.state.prices.values()))
    product = price.product_id
    renamed = {"locationId": crm.location, "name": "Starter course (2027)", "productType": "DIGITAL"}
    await crm.ok("PUT", f"/products/{product}", renamed)
    await crm.act(f"/prices/{price.id}/change", {"amount": 55})
    await crm.act(f"/products/{product}/delete")
    await crm.ok("DELETE", one)
    return sale


EVENTS = (
    *("ContactCreate", "ContactUpdate", "ContactTagUpdate", "ContactDndUpdate", "ContactDelete"),
    *("InvoiceCreate", "InvoiceUpdate", "InvoiceSent", "InvoicePartiallyPaid", "InvoicePaid", "InvoiceVoid"),
    *("InvoiceDelete", "OrderCreate", "OrderStatusUpdate"),
    *("ProductCreate", "ProductUpdate", "ProductDelete", "PriceCreate", "PriceUpdate", "PriceDelete"),
)


async def test_bodies_have_the_members_and_types_of_the_samples(crm):
    """Every event that the stand-in sends, with `type` switched on as in the samples."""
    await crm.act("/switches", {"invoice_events_have_type": True})
    await everything_happens(crm)

    wrong = {}
    for event in EVENTS:
        sample = json.loads((SAMPLES / f"{event}.json").read_text())
        bodies = [
            json.loads(each.body)
            for each in crm.sandbox.postman.deliveries()
            if each.url.endswith(f"/{event}")
        ]
        assert bodies, f"{event} was never sent"
        found = unlike(sample, bodies[0])
        if found:
            wrong[event] = found
    assert not wrong, json.dumps(wrong, indent=1)


@pytest.mark.parametrize(
    ("source", "sample"),
    [("membership", "OrderStatusUpdate.membership"), ("calendar", "OrderStatusUpdate.calendar")],
)
async def test_order_events_name_their_source_as_the_samples_do(crm, source, sample):
    """Type and sub type decide about sales receipts (reference 9.2)."""
    await crm.buy(source=source)

    expected = json.loads((SAMPLES / f"{sample}.json").read_text())["source"]
    sent = crm.event("OrderStatusUpdate")[0]["source"]
    assert (sent["type"], sent.get("subType")) == (expected["type"], expected.get("subType"))


async def test_lifecycle_bodies_fit_their_samples(crm):
    """INSTALL and UNINSTALL, for a location and for an agency, and UPDATE."""
    crm.sandbox._service.installed("Company")
    await crm.act("/update")
    await crm.act("/uninstall")
    crm.sandbox._service.uninstall("Company")
    samples = ("INSTALL.company", "INSTALL.location", "UPDATE", "UNINSTALL.location", "UNINSTALL.company")

    for body, sample in zip(crm.event(""), samples, strict=True):
        assert unlike(json.loads((SAMPLES / f"{sample}.json").read_text()), body) == [], sample
