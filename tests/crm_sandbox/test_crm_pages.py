"""The small CRM in the browser: a person works with contacts, products, invoices, payments and workflows."""

from __future__ import annotations

import html
import re
from collections import Counter
from html.parser import HTMLParser

import pytest


class Reader(HTMLParser):
    """Links, forms, fields, labels and ids of a page."""

    def __init__(self, text):
        super().__init__()
        self.links, self.actions, self.ids, self.labels, self.fields = [], [], [], set(), []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "a":
            self.links.append(given["href"])
        if tag == "form" and given.get("method") == "post":
            self.actions.append(given["action"])
        if tag == "label" and "for" in given:
            self.labels.add(given["for"])
        if tag in {"input", "select", "textarea"} and given.get("type") not in {
            "hidden",
            "radio",
            "checkbox",
        }:
            self.fields.append(given)


async def page(crm, path):
    answer = await crm.http.get(path)
    assert answer.status_code == 200, (path, answer.text[:500])
    return answer.text


async def press(crm, path, status=303, **fields):
    """Sends a form; the page that it leads to, or the one that says what is wrong."""
    answer = await crm.http.post(path, data=fields)
    assert answer.status_code == status, (path, answer.status_code, alert(answer.text))
    return await page(crm, answer.headers["location"]) if status == 303 else answer.text


def alert(text):
    found = re.search(r'role="alert">(.*?)</p>', text)
    return html.unescape(found[1]) if found else None


def notice(text):
    found = re.search(r'role="status">(.*?)</p>', text)
    return html.unescape(found[1]) if found else None


@pytest.fixture
def office(make_crm):
    """The sample business in the US."""
    return make_crm(seed="sample")


def first_invoice(crm, status):
    return next(each for each in crm.sandbox.location.state.invoices.values() if each.status == status)


async def lived_in(crm):
    """A location in which everything has happened once."""
    monthly = {"name": "Members area", "price": 49, "recurring": {"interval": "month"}}
    await crm.buy(items=[monthly], coupon={"code": "SPRING", "type": "amount", "value": 9})
    await crm.buy(card="fail")
    sale = await crm.buy(card="pending", source="calendar", test_mode=True)
    await crm.act(f"/transactions/{sale['transactions'][0]['id']}/posted-elsewhere")
    invoice = await crm.sent()
    await crm.pay(invoice, amount=100, notes="Cheque 7")
    await crm.act(f"/invoices/{invoice['_id']}/late-fee", {"amount": 5})
    await crm.act(f"/invoices/{invoice['_id']}/pay", {"amount": 10, "tip": 2})
    gone = await crm.contact(email="gone@example.com", firstName="<b>Gone</b>")
    workflow = next(iter(crm.sandbox.location.state.workflows))
    await crm.ok("POST", f"/contacts/{gone['id']}/workflow/{workflow}", {})
    await crm.ok("DELETE", f"/contacts/{gone['id']}")


@pytest.mark.parametrize("kind", ["us", "gb", "ca", "au", "eu"])
async def test_every_page_can_be_walked_to_and_is_well_made(make_crm, kind):
    """All links answer 200, all forms go somewhere, ids are unique, every field has a name for those who cannot see."""
    crm = make_crm(seed="sample", location=kind)
    if kind == "us":
        await lived_in(crm)
    routes = crm.sandbox.app._app.routes
    posts = [
        each.path_regex
        for each in routes
        if "POST" in (each.methods or ()) and "{path:path}" not in each.path
    ]
    waiting, seen = ["/"], set()
    while waiting:
        path = waiting.pop()
        if path in seen or not path.startswith("/") or path.startswith("/v2/"):
            continue
        seen.add(path)
        read = Reader(await page(crm, path))
        waiting += [each.partition("#")[0] or "/" for each in read.links]
        assert [each for each, count in Counter(read.ids).items() if count > 1] == [], path
        assert all(any(post.match(each) for post in posts) for each in read.actions), (path, read.actions)
        unnamed = [
            each for each in read.fields if "aria-label" not in each and each.get("id") not in read.labels
        ]
        assert unnamed == [], path
    wanted = {"/crm/contacts/new", "/crm/products/new", "/crm/invoices/new", "/crm/outbox", "/pay/calendar"}
    assert wanted <= seen and len(seen) > 50


@pytest.mark.parametrize("seed", ["empty", "large:120,130"])
async def test_an_empty_and_a_large_location_look_like_one_too(make_crm, seed):
    """No page needs data, and long lists come in pages."""
    crm = make_crm(seed=seed)
    for path in ("/", "/crm/contacts", "/crm/products", "/crm/invoices", "/crm/orders", "/crm/transactions"):
        text = await page(crm, path)
    assert (await crm.http.get("/crm/invoices?page=9999999999999")).status_code == 200
    second = await page(crm, "/crm/contacts?page=2&search=customer")

    assert ("Page 2 of" in second) == (seed != "empty")
    assert "Traceback" not in text


async def test_a_contact_is_added_changed_tagged_merged_and_deleted(office):
    """A person's hand is a WEB_USER, and the events are those of the API."""
    text = await press(
        office, "/crm/contacts/new", firstName="Ada", email="ada@example.com", tags="VIP, friend"
    )
    contact = office.sandbox.location.contacts.with_email("ada@example.com")
    one = f"/crm/contacts/{contact.id}"
    again = await press(office, "/crm/contacts/new", 400, email="ADA@example.com")
    saved = await press(
        office, one, firstName="Ada", lastName="Byron", email="ada@example.com", companyName="Engines"
    )
    other = await office.contact(phone="+12075550177", lastName="Lovelace")
    await press(office, f"{one}/merge", loser=other["id"])
    nobody = await press(office, f"{one}/merge", 400, loser="nobody@example.com")

    assert "Ada" in text and contact.tags == [] and contact.created_by.source == "WEB_USER"
    assert alert(again) == "This location does not allow duplicated contacts."
    assert notice(saved) == "Saved." and contact.company_name == "Engines"
    assert contact.phone == "+12075550177" and alert(nobody).startswith("There is no contact")
    assert "Created." in await press(office, "/crm/contacts/new", phone="+12075550178")
    await press(office, f"{one}/delete")
    assert (await office.http.get(one)).status_code == 404
    assert office.events()[:2] == ["ContactCreate", "ContactUpdate"]
    assert office.events()[-1] == "ContactDelete"


async def test_a_product_gets_taxes_and_prices(make_crm):
    """Inclusive where the location is; a recurring price with setup fee and trial is charged accordingly."""
    crm = make_crm(seed="empty", location="gb")
    tax = next(iter(crm.sandbox.location.state.taxes))
    text = await press(
        crm, "/crm/products/new", name="Club", productType="SERVICE", tax=tax, taxInclusive="on"
    )
    (product,) = crm.sandbox.location.state.products.values()
    one = f"/crm/products/{product.id}"
    prices = await press(
        crm,
        f"{one}/prices",
        priceName="Monthly",
        amount="12.50",
        interval="month",
        setupFee="5",
        trialPeriod="7",
    )
    bad = await press(crm, f"{one}/prices", 400, amount="a lot")
    missing = await press(crm, f"{one}/prices", 422, amount="")
    (price,) = crm.sandbox.location.state.prices.values()
    sale = await crm.buy(items=[{"product": product.id, "price_id": price.id}])
    await press(crm, f"{one}/prices/{price.id}/change", amount="13")

    assert product.tax_inclusive and product.taxes == [tax] and "VAT 20%" in text
    assert "£12.50 a month" in prices and "7 days" in prices
    assert alert(bad) == "“a lot” is not a number." and "amount must be a number" in alert(missing).lower()
    assert sale["transactions"][0]["amount"] == 5
    assert price.amount == 13
    await press(crm, f"{one}/prices/{price.id}/delete")
    await press(crm, one, name="Club 2", productType="DIGITAL")
    await press(crm, f"{one}/delete")
    assert not crm.sandbox.location.state.products


async def test_a_product_comes_with_its_first_price(make_crm):
    """One form from nothing to what the order form sells; a bad amount adds no product. Without one the form says what is missing."""
    crm = make_crm(seed="empty", location="ca")
    empty = await page(crm, "/pay/calendar")
    bad = await press(crm, "/crm/products/new", 400, name="Advice", productType="SERVICE", amount="-1")
    nothing = dict(crm.sandbox.location.state.products)
    await press(
        crm, "/crm/products/new", name="Advice", productType="SERVICE", amount="1,095", interval="year"
    )
    sold = await page(crm, "/pay/calendar")

    assert "Add a service with a price." in empty and "Card number" not in empty
    assert alert(bad) == "A price needs an amount of 0 or more." and not nothing
    assert "$1,095.00 a year" in sold and "Card number" in sold


async def test_an_invoice_from_draft_to_paid(office):
    """Written, edited, sent by mail, part paid by cheque, paid by card on its own page; the history tells it."""
    location = office.sandbox.location
    person = location.contacts.with_email("maya.ortiz@example.com")
    price = next(iter(location.state.prices))
    fields = {
        "contact": person.id,
        "name": "Garden gate",
        "issueDate": "2026-03-02",
        "dueDate": "2026-03-16",
        "line_price": [price, "", ""],
        "line_name": ["", "Hinges", ""],
        "line_qty": ["2", "4", ""],
        "line_amount": ["", "12.50", ""],
        "line_tax": ["product", "", "product"],
        "discount": "10",
        "discountType": "percentage",
        "terms": "Thank you.",
    }
    await press(office, "/crm/invoices/new", **fields)
    invoice = list(location.state.invoices.values())[-1]
    one = f"/crm/invoices/{invoice.id}"
    # 2 x 150 + 4 x 12.50 = 350; less 10 % = 315; tax 8.25 % of 270 = 22.275, half up
    assert [str(each) for each in (invoice.sums.sub_total, invoice.sums.discount, invoice.total)] == [
        "350.00",
        "35.00",
        "337.28",
    ]
    early = await office.http.get(f"/pay/invoice/{invoice.id}")
    await press(office, f"{one}/edit", **{**fields, "line_qty": ["1", "4", ""], "discount": "0"})
    sent = await press(office, f"{one}/send", action="email")
    await press(office, f"{one}/record-payment", mode="cheque", amount="100", date="2026-03-01", notes="1042")
    declined = await press(office, f"/pay/invoice/{invoice.id}", 400, card="4000 0000 0000 0002")
    paid = await press(office, f"/pay/invoice/{invoice.id}", card="4242 4242 4242 4242")
    text = await page(office, one)
    cheque, failed, card = (
        each for each in location.state.transactions.values() if each.entity_id == invoice.id
    )

    assert "has not been sent" in early.text
    assert notice(sent).startswith("Sent.") and "Garden gate" in sent
    assert (cheque.charge_snapshot["notes"], cheque.fulfilled_at.isoformat()) == (
        "1042",
        "2026-03-01T12:00:00+00:00",
    )
    assert alert(declined).startswith("Your card was declined") and failed.status == "failed"
    assert (
        notice(paid) == "Paid. Thank you!" and card.amount == location.state.invoices[invoice.id].total - 100
    )
    story = [
        "Payment received: $112.38",
        "Payment failed: $112.38",
        "Payment received: $100.00",
        "Sent by e-mail",
        "Edited",
        "Created",
    ]
    assert [each.partition("<br>")[0] for each in re.findall(r"<li>(.*)", text)] == story
    assert office.event("InvoicePaid")[0]["amountDue"] == 0


async def test_editing_keeps_what_the_form_does_not_show(office):
    """Two taxes of the caller's own on a line, attachments, variants of a product."""
    taxes = [{"_id": "t1", "name": "State", "rate": 6}, {"_id": "t2", "name": "City", "rate": 2}]
    attachment = {"id": "a", "name": "plan.pdf", "url": "https://x.example/p", "type": "pdf", "size": 9}
    body = await office.invoice_body(attachments=[attachment])
    body["items"][0] |= {"taxes": taxes, "name": "Fitting", "description": "Two fitters"}
    invoice = await office.ok("POST", "/invoices/", body)
    form = Reader(await page(office, f"/crm/invoices/{invoice['_id']}/edit"))
    assert len([each for each in form.fields if each["name"] == "line_tax"]) == 5
    record = office.sandbox.location.state.invoices[invoice["_id"]]
    item = record.items[0]
    await press(
        office,
        f"/crm/invoices/{invoice['_id']}/edit",
        contact=record.contact_details["id"],
        issueDate="2026-03-02",
        dueDate="2026-03-16",
        line_price=["", ""],
        line_name=["Fitting", "Materials"],
        line_qty=["3", "1"],
        line_amount=["150", "100"],
        line_tax=[item.id, ""],
        discount="0",
    )
    after = await office.invoice(invoice)
    place = {"locationId": office.location, "name": "Shirt", "productType": "PHYSICAL"}
    shirt = await office.ok("POST", "/products/", {**place, "image": "https://x.example/shirt.png"})
    await press(office, f"/crm/products/{shirt['_id']}", name="T-shirt", productType="PHYSICAL")
    shown = await office.ok("GET", f"/products/{shirt['_id']}", locationId=office.location)

    assert [each["name"] for each in after["invoiceItems"][0]["taxes"]] == ["State", "City"]
    assert after["invoiceItems"][0]["description"] == "Two fitters"
    assert after["total"] == 550 + 36 and after["attachments"] == [attachment]
    assert (shown["name"], shown["image"]) == ("T-shirt", "https://x.example/shirt.png")


async def test_an_invoice_is_marked_as_sent_voided_and_deleted(office):
    """Void keeps it, delete does not; a void one cannot be sent."""
    draft, sent = first_invoice(office, "draft"), first_invoice(office, "sent")
    marked = await press(office, f"/crm/invoices/{draft.id}/send", action="send_manually")
    await press(office, f"/crm/invoices/{draft.id}/late-fee", fee="5")
    void = await press(office, f"/crm/invoices/{draft.id}/void")
    refused = await press(office, f"/crm/invoices/{draft.id}/send", 400, action="email")
    await press(office, f"/crm/invoices/{sent.id}/delete")
    customer = await page(office, f"/pay/invoice/{draft.id}")

    assert notice(marked) == "Marked as sent." and notice(void) == "The invoice is void."
    assert alert(refused) == "Void invoice cannot be sent."
    assert "This invoice was cancelled" in customer and "Late fee" in customer
    row = re.search(rf"{draft.id}.*?</tr>", await page(office, "/crm/invoices"), re.DOTALL)
    assert row[0].count("$") == 2 and "–</span></td></tr>" in row[0]  # total and paid, but nothing is open
    assert (await office.http.get(f"/crm/invoices/{sent.id}")).status_code == 404
    assert office.events() == ["InvoiceSent", "InvoiceUpdate", "InvoiceVoid", "InvoiceDelete"]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({}, "Choose a contact."),
        ({"contact": "maya"}, "An invoice needs a line"),
        ({"contact": "maya", "line_name": "Work"}, "The line “Work” needs an amount."),
        (
            {"contact": "maya", "line_name": "Work", "line_amount": "9", "dueDate": "soon"},
            "DueDate must be a valid date",
        ),
    ],
)
async def test_an_unfinished_invoice_shows_the_form_again(office, fields, says):
    """With what was typed and the reason; nothing is written."""
    person = office.sandbox.location.contacts.with_email("maya.ortiz@example.com").id
    typed = {"issueDate": "2026-03-02", "dueDate": "2026-03-16", "terms": "As we said"}
    typed |= {f"line_{name}": "" for name in ("price", "name", "qty", "amount", "tax")}
    answer = await office.http.post(
        "/crm/invoices/new", data={**typed, **fields} | ({"contact": person} if "contact" in fields else {})
    )

    assert answer.status_code in {400, 422}
    assert alert(answer.text).startswith(says) and "As we said" in answer.text
    assert len(office.sandbox.location.state.invoices) == 2


async def test_a_transaction_is_refunded_in_parts_and_in_full(office):
    """A growing figure, and no event; more than is left is refused."""
    sale = await office.buy()
    one = f"/crm/transactions/{sale['transactions'][0]['id']}"
    before = office.events()
    part = await press(office, f"{one}/refund", amount="20.50")
    blank = await press(office, f"{one}/refund", 400, amount="")
    much = await press(office, f"{one}/refund", 400, amount="100")
    full = await press(office, f"{one}/refund", full="1")
    (row,) = await office.transactions()

    assert "$20.50 refunded" in part and "at most $99.50" in part
    assert alert(blank) == "Type how much to refund." and alert(much).startswith("Only money that was paid")
    assert "Refunded" in full and (row["amountRefunded"], row["status"]) == (120, "refunded")
    assert office.events() == before


@pytest.mark.parametrize(("outcome", "status"), [("succeeded", "completed"), ("failed", "pending")])
async def test_a_pending_charge_is_settled_by_hand(office, outcome, status):
    """The person is the bank; the order follows."""
    sale = await office.buy(card="pending")
    text = await press(office, f"/crm/transactions/{sale['transactions'][0]['id']}/settle", outcome=outcome)
    order = office.sandbox.location.orders.get(sale["order"]["id"])

    assert notice(text) == "The payment is settled." and order.status == status


async def test_a_subscription_is_renewed_and_canceled(office):
    """Each renewal a transaction of its own, with the card that was chosen; nothing tells of it."""
    monthly = {"name": "Members area", "price": 49, "recurring": {"interval": "month"}}
    sale = await office.buy(items=[monthly], source="membership")
    one, before = f"/crm/subscriptions/{sale['subscription']['id']}", office.events()
    renewed = await press(office, f"{one}/renew")
    declined = await press(office, f"{one}/renew", card="fail")
    pending = await press(office, f"{one}/renew", card="pending")
    over = await press(office, f"{one}/cancel")
    late = await press(office, f"{one}/renew", 400)

    assert notice(renewed) == "The subscription was charged." and notice(declined).startswith(
        "The card was declined"
    )
    assert notice(pending).startswith("The charge is pending") and "Canceled" in over
    assert alert(late) == "The subscription has ended."
    assert [each["status"] for each in await office.transactions()].count("succeeded") == 2
    assert office.events() == before


async def test_a_workflow_that_waits_for_a_tag_asks_for_a_review(office):
    """Built, published, started by a tag from the API: once, not again while the tag stays (reference 12)."""
    built = await press(office, "/crm/workflows", name="Thank you", tag="Happy")
    workflow = list(office.sandbox.location.state.workflows.values())[-1]
    contact = await office.contact(email="ada@example.com")
    tags = f"/contacts/{contact['id']}/tags"
    await office.ok("POST", tags, {"tags": ["happy"]})
    asleep = await page(office, "/crm/outbox")
    await press(office, f"/crm/workflows/{workflow.id}/publish", to="published")
    await office.ok("DELETE", tags, {"tags": ["happy"]})
    await office.ok("POST", tags, {"tags": ["happy"]})
    await office.ok("POST", tags, {"tags": ["happy", "more"]})
    outbox = await page(office, "/crm/outbox")
    listed = await office.ok("GET", "/workflows/", locationId=office.location)

    assert "Thank you" in built and "tag “happy” is added" in built
    assert "Nothing yet" in asleep
    assert outbox.count("How did we do?") == 1 and "ada@example.com" in outbox
    assert [each["status"] for each in listed["workflows"] if each["id"] == workflow.id] == ["published"]
    assert (await office.http.post("/crm/workflows", data={"name": " "})).status_code == 400


async def test_a_person_enrols_a_contact(office):
    """From the contact's card; the outbox shows what would have gone out."""
    person = office.sandbox.location.contacts.with_email("maya.ortiz@example.com")
    workflow = next(iter(office.sandbox.location.state.workflows))
    text = await press(office, f"/crm/contacts/{person.id}/enrol", workflow=workflow)

    assert notice(text) == "The contact is in the workflow."
    assert "maya.ortiz@example.com" in await page(office, "/crm/outbox")


async def test_pages_escape_what_they_show_and_forbid_foreign_content(office):
    """Names cannot become markup; nothing is loaded from elsewhere; nobody else may frame the pages."""
    await office.contact(
        firstName="<script>alert(1)</script>", companyName='"><img src=x>', email="x@example.com"
    )
    for path in ("/", "/crm/contacts", "/crm/invoices/new"):
        answer = await office.http.get(path)
        assert "<script>alert" not in answer.text and "<img" not in answer.text
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]
