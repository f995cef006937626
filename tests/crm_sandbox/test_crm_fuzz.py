"""Nonsense is refused, never a crash, and never leaves a half-written record."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_sandbox.location.location import Location
from crm_sandbox.location.records import Author
from crm_sandbox.location.refusals import Refused
from sandbox_kit import virtual_time
from sandbox_kit.clock import Clock
from sandbox_kit.ids import Ids

BY = Author("INTEGRATION", "OAUTH", "app")

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**6), 10**6)
    | st.decimals(-1000, 1000, places=3)
    | st.text(max_size=8)
    | st.sampled_from(
        ["email", "dateUpdated", "AND", "eq", "2026-03-02", "percentage", "Us4Bg7Dm1Qx9Le3Hn6Vk"]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def fresh() -> Location:
    return Location("us", "sample", Clock(virtual_time.START.timestamp), Ids(1))


def invoice_body(location: Location) -> dict[str, Any]:
    person = next(iter(location.state.contacts.values()))
    return {
        "altId": location.id,
        "altType": "location",
        "name": "Work",
        "currency": "USD",
        "businessDetails": {"name": "Harbour"},
        "contactDetails": {"id": person.id, "name": "Maya", "email": "maya@example.com"},
        "issueDate": "2026-03-02",
        "dueDate": "2026-03-16",
        "items": [{"name": "Hour", "currency": "USD", "amount": Decimal("9.5"), "qty": 2, "taxes": []}],
        "discount": {"type": "fixed", "value": 1},
        "sentTo": {"email": ["maya@example.com"]},
        "liveMode": True,
    }


def put_body(location: Location) -> dict[str, Any]:
    body = invoice_body(location)
    body["invoiceItems"] = body.pop("items")
    del body["sentTo"]
    return body


def contact_body(location: Location) -> dict[str, Any]:
    return {
        "locationId": location.id,
        "email": "new@example.com",
        "phone": "+12075550199",
        "tags": ["a"],
        "country": "US",
        "dndSettings": {"SMS": {"status": "active"}},
        "customFields": [{"id": "f", "field_value": "1"}],
        "dateOfBirth": "1984-03-19",
    }


def search_body(location: Location) -> dict[str, Any]:
    leaf = {"field": "dateUpdated", "operator": "range", "value": {"gt": "2026-01-01T00:00:00Z"}}
    other = {"field": "tags", "operator": "eq", "value": ["a"]}
    sort = [{"field": "email", "direction": "asc"}]
    return {
        "locationId": location.id,
        "pageLimit": 5,
        "filters": [{"group": "OR", "filters": [leaf, other]}, {"field": "email", "operator": "exists"}],
        "sort": sort,
        "searchAfter": ["m", "x"],
    }


def payment_body(location: Location) -> dict[str, Any]:
    return {
        "altId": location.id,
        "altType": "location",
        "mode": "card",
        "amount": 1,
        "card": {"brand": "v", "last4": "1"},
    }


def checkout_body(location: Location) -> dict[str, Any]:
    return {
        "source": "store",
        "contact": {"email": "b@example.com", "phone": "+12075550188"},
        "items": [
            {"name": "Thing", "price": 5, "qty": 1, "recurring": {"interval": "month"}, "setup_fee": 1}
        ],
        "coupon": {"code": "A", "type": "amount", "value": 1},
        "card": "success",
    }


def price_body(location: Location) -> dict[str, Any]:
    recurring = {"interval": "month", "intervalCount": 1}
    return {
        "name": "M",
        "locationId": location.id,
        "type": "recurring",
        "currency": "USD",
        "amount": 5,
        "recurring": recurring,
    }


def sent(location: Location) -> str:
    return next(each.id for each in location.state.invoices.values() if each.status == "sent")


def product(location: Location) -> str:
    return next(iter(location.state.products))


Deed = Callable[[Location, Any], object]
DEEDS: dict[str, tuple[Callable[[Location], dict[str, Any]], Deed]] = {
    "create contact": (contact_body, lambda place, body: place.contacts.create(body, BY)),
    "upsert contact": (contact_body, lambda place, body: place.contacts.upsert(body, BY)),
    "update contact": (
        lambda place: {name: value for name, value in contact_body(place).items() if name != "locationId"},
        lambda place, body: place.contacts.update(next(iter(place.state.contacts)), body, BY),
    ),
    "search contacts": (
        search_body,
        lambda place, body: place.search.page(body),
    ),
    "create invoice": (invoice_body, lambda place, body: place.invoices.create(body)),
    "replace invoice": (put_body, lambda place, body: place.invoices.replace(sent(place), body)),
    "record payment": (payment_body, lambda place, body: place.invoice_payments.record(sent(place), body)),
    "create price": (price_body, lambda place, body: place.catalogue.create_price(product(place), body)),
    "check out": (checkout_body, lambda place, body: place.checkouts.buy(body)),
}


def spoilt(body: Any, value: object, chance: random.Random) -> Any:
    """The body with one member, somewhere, replaced, removed or added."""
    body = copy.deepcopy(body)
    node = body
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not keys:
            break
        key = chance.choice(keys)
        if isinstance(node[key], dict | list) and chance.random() < 0.7:
            node = node[key]
            continue
        if isinstance(node, dict) and chance.random() < 0.2:
            del node[key]
        else:
            node[key] = value
        break
    return body


@pytest.mark.parametrize("deed", DEEDS)
def test_the_plain_body_is_taken(deed):
    """So that the other test spoils something that was good."""
    place = fresh()
    body, do = DEEDS[deed]

    assert do(place, body(place)) is not None
    msgspec.json.encode(place.state)


@settings(deadline=None)
@given(deed=st.sampled_from(sorted(DEEDS)), value=JSON, chance=st.randoms(use_true_random=False))
def test_a_spoilt_body_is_taken_or_refused_but_never_crashes(deed, value, chance):
    """Refused (or a ValueError of the control API), and a refused create leaves nothing behind."""
    place = fresh()
    body, do = DEEDS[deed]
    counted = {
        name: len(getattr(place.state, name)) for name in ("contacts", "invoices", "transactions", "orders")
    }
    try:
        do(place, spoilt(body(place), value, chance))
    except (Refused, ValueError):
        assert counted == {name: len(getattr(place.state, name)) for name in counted}
        assert all(each.sums.total + each.amount_paid >= 0 for each in place.state.invoices.values())
    msgspec.json.encode(place.state)
