"""The judge itself: it finds what HighLevel would refuse, and lets pass what it takes."""

from __future__ import annotations

import json

import pytest

from highlevel_files.journals import complaints
from highlevel_files.judge import FILES, judge
from highlevel_files.overlay import OVERLAY

pytestmark = pytest.mark.skipif(
    judge() is None, reason="HighLevel's OpenAPI files are not beside the repository (../shared)"
)


async def test_good_requests_and_answers_pass(crm):
    """An invoice from draft to paid, a contact, a search: as the journal kept them."""
    await crm.contact(email="ada@example.com", customFields=[{"id": "f", "field_value": "1"}])
    invoice = await crm.sent()
    await crm.pay(invoice, amount=100)
    await crm.ok("GET", "/invoices/", **crm.alt, limit="10", offset="0")
    await crm.ok("POST", "/contacts/search", {"locationId": crm.location, "pageLimit": 5})
    sale = await crm.buy()
    await crm.ok("GET", f"/payments/orders/{sale['order']['id']}", **crm.alt)

    assert complaints(crm.sandbox.journal.exchanges()) == []


@pytest.mark.parametrize(
    ("method", "path", "query", "body", "says"),
    [
        ("POST", "/contacts/", {}, {"locationId": "l", "emial": "a@b.co"}, "body.emial is not in the file"),
        ("POST", "/contacts/", {}, {"email": "a@b.co"}, "'locationId' is a required property"),
        ("PUT", "/contacts/c", {}, {"locationId": "l"}, "body.locationId is not in the file"),
        (
            "GET",
            "/invoices/",
            {"altId": "l", "altType": "location", "limit": "1"},
            None,
            "query offset is missing",
        ),
        ("GET", "/contacts/c", {"locationId": "l"}, None, "query locationId is not in the file"),
        ("GET", "/reputation/reviews", {}, None, "is in none of HighLevel's files"),
        ("GET", "/workflows/", {"locationId": "l"}, {"a": 1}, "the file has no body here"),
        (
            "POST",
            "/invoices/i/record-payment",
            {},
            {"altId": "l", "altType": "location", "mode": "barter", "amount": 1},
            "'barter' is not one of",
        ),
        (
            "POST",
            "/invoices/i/send",
            {},
            {
                "altId": "l",
                "altType": "location",
                "action": "email",
                "liveMode": True,
                "sentFrom": {"who": "x"},
            },
            "body.sentFrom.who is not in the file",
        ),
    ],
)
def test_what_highlevel_would_refuse_is_found(method, path, query, body, says):
    """Unknown members at any depth, missing ones, wrong values, unknown paths."""
    found = judge().request(method, path, query, body)

    assert any(says in each for each in found), found


@pytest.mark.parametrize("generation", ["v2/{}.json", "v3/{}-v3.json"])
@pytest.mark.parametrize("line", OVERLAY, ids=lambda each: f"{each.file}: {each.why}")
def test_each_line_of_the_overlay_corrects_what_the_file_still_says(line, generation):
    """A line that changes nothing any more is to be deleted."""
    schemas = json.loads((FILES / generation.format(line.file)).read_text())["components"]["schemas"]
    for name in line.schemas.split():
        members, required = schemas[name]["properties"], schemas[name].get("required", [])

        assert all(members[each] != truth for each, truth in line.members.items()), name
        assert set(line.optional) <= set(required), name
