"""Deliveries: only HighLevel's, only our app's, and nothing but a hint is taken from them."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from counterfoil.crm import port
from counterfoil.crm.highlevel import webhooks

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = b64encode(KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
APP = "68f0c1a2b3d4e5f60718293a"
SAMPLES = Path(__file__).resolve().parents[4] / "shared" / "reference" / "highlevel" / "webhooks"

notices: port.Notices = webhooks.HighLevelNotices(public_key_base64=PUBLIC, app_id=f"{APP}-m2abc")


def read(body: object, *, event: str = "", **headers: str) -> tuple[port.Notice, ...]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    signed = {webhooks.SIGNATURE: b64encode(KEY.sign(raw)).decode()} | headers
    return notices.read(event=event, headers=signed, body=raw)


PAID = {
    "type": "InvoicePaid",
    "locationId": "loc1",
    "appId": APP,
    "_id": "inv1",
    "webhookId": "hook-1",
}


def test_an_event_points_at_its_record() -> None:
    """Kind, id, account and delivery are all that is taken from a body."""
    assert read(PAID) == (
        port.Notice(
            delivery_id="hook-1",
            event="InvoicePaid",
            account_id="loc1",
            kind=port.Kind.INVOICE,
            record_id="inv1",
        ),
    )


@pytest.mark.parametrize("signature", ["", "N/A", "AAAA", "not base64!", "ü", b64encode(b"x" * 64).decode()])
def test_R70_a_wrong_signature_is_forged(signature) -> None:
    """Missing, 'N/A', malformed or foreign: nothing of it may be kept."""
    raw = json.dumps(PAID).encode()

    with pytest.raises(port.Forged):
        notices.read(event="", headers={webhooks.SIGNATURE: signature}, body=raw)


def test_R70_a_changed_body_is_forged() -> None:
    """The signature covers every byte."""
    raw = json.dumps(PAID).encode()
    headers = {webhooks.SIGNATURE: b64encode(KEY.sign(raw)).decode()}

    with pytest.raises(port.Forged):
        notices.read(event="", headers=headers, body=raw + b" ")


def test_the_legacy_header_proves_nothing() -> None:
    """The old signature ended on 2026-09-01 and is ignored (reference 11.3)."""
    raw = json.dumps(PAID).encode()

    with pytest.raises(port.Forged):
        notices.read(event="", headers={"x-wh-signature": b64encode(KEY.sign(raw)).decode()}, body=raw)


def test_R70_the_genuine_event_of_another_app_is_forged() -> None:
    """One key signs for all apps, so the app id must be ours."""
    with pytest.raises(port.Forged):
        read(PAID | {"appId": "another"})


def test_a_body_without_app_id_is_accepted() -> None:
    """Some bodies carry none."""
    body = {name: value for name, value in PAID.items() if name != "appId"}

    assert len(read(body)) == 1


def test_the_path_names_the_event_when_the_body_does_not() -> None:
    """The documented invoice samples have neither type nor locationId (reference 11.2)."""
    body = {"_id": "inv1", "altId": "loc1", "altType": "location", "webhookId": "h"}

    found = read(body, event="InvoiceSent")

    assert (found[0].event, found[0].account_id, found[0].record_id) == ("InvoiceSent", "loc1", "inv1")


def test_a_type_of_the_record_itself_is_not_an_event() -> None:
    """A contact has a type of its own, such as `customer`."""
    found = read({"type": "customer", "id": "c1", "locationId": "loc1"}, event="ContactUpdate")

    assert (found[0].event, found[0].record_id) == ("ContactUpdate", "c1")


def test_a_nested_record_is_read_like_a_flat_one() -> None:
    """The guide reads `body.data`; both shapes are understood."""
    body = {
        "type": "ContactUpdate",
        "locationId": "loc1",
        "webhookId": "h",
        "data": {"id": "c1", "type": "lead"},
    }

    found = read(body)

    assert (found[0].kind, found[0].record_id) == (port.Kind.CONTACT, "c1")


def test_the_same_body_without_an_id_is_the_same_delivery() -> None:
    """Without a webhook id a delivery is known by its bytes."""
    body = {"type": "ContactUpdate", "locationId": "loc1", "id": "c1"}

    assert read(body)[0].delivery_id == read(body)[0].delivery_id
    assert read(body)[0].delivery_id != read(body | {"id": "c2"})[0].delivery_id


@pytest.mark.parametrize(
    ("event", "life"),
    [
        ("INSTALL", port.Life.INSTALLED),
        ("UNINSTALL", port.Life.UNINSTALLED),
        ("UPDATE", port.Life.UPDATED),
    ],
)
def test_the_life_of_the_app_is_told(event, life) -> None:
    """Installing and removing the app concern the connection, not a record."""
    found = read({"type": event, "appId": APP, "locationId": "loc1", "webhookId": "h"})

    assert (found[0].life, found[0].kind, found[0].account_id) == (life, None, "loc1")


def test_an_event_of_a_whole_agency_points_at_no_location() -> None:
    """Each location of the agency tells for itself."""
    assert read({"type": "INSTALL", "appId": APP, "companyId": "comp1", "webhookId": "h"}) == ()


@pytest.mark.parametrize("event", ["ProductUpdate", "PriceUpdate", "PLAN_CHANGE", "NoteCreate", ""])
def test_events_that_do_not_concern_us_are_empty(event) -> None:
    """Unknown events are answered kindly and change nothing."""
    assert read({"type": event, "locationId": "loc1", "id": "x", "_id": "x"}) == ()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[1]",
        b"\xff\xfe",
        b'"text"',
        json.dumps({"type": "InvoicePaid", "locationId": "loc1"}).encode(),
        json.dumps({"type": "InvoicePaid", "_id": "inv1"}).encode(),
        json.dumps({"type": "InvoicePaid", "_id": 5, "locationId": "loc1"}).encode(),
    ],
)
def test_a_signed_body_that_makes_no_sense_is_unreadable(body) -> None:
    """It is HighLevel's, but nothing can be looked up: kept as evidence, not guessed at."""
    with pytest.raises(port.Unreadable):
        read(body)


def test_only_creations_say_that_a_record_is_new() -> None:
    """The first event of a record is marked, the later ones are not."""
    assert read(PAID | {"type": "InvoiceCreate"})[0].born
    assert not read(PAID)[0].born


def test_R70_while_highlevel_replaces_its_key_both_are_accepted() -> None:
    """The setting takes several (reference 11.3); a third one is still a stranger's."""
    other, stranger = (Ed25519PrivateKey.from_private_bytes(bytes([n] * 32)) for n in (7, 8))
    public = b64encode(other.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
    both = webhooks.HighLevelNotices(public_key_base64=f"{PUBLIC}, {public}", app_id=APP)
    raw = json.dumps(PAID).encode()

    for key in (KEY, other):
        signed = {webhooks.SIGNATURE: b64encode(key.sign(raw)).decode()}
        assert both.read(event="", headers=signed, body=raw)[0].record_id == "inv1"
    with pytest.raises(port.Forged):
        both.read(event="", headers={webhooks.SIGNATURE: b64encode(stranger.sign(raw)).decode()}, body=raw)


def test_R70_the_old_signature_is_nobodys_word() -> None:
    """`X-WH-Signature` ended on 2026-09-01, and the newer one never falls back to it (reference 11.3)."""
    raw = json.dumps(PAID).encode()

    with pytest.raises(port.Forged):
        notices.read(event="", headers={"x-wh-signature": b64encode(KEY.sign(raw)).decode()}, body=raw)


@pytest.mark.parametrize("key", ["", "AAAA", "not base64"])
def test_a_malformed_key_is_refused_at_the_start(key) -> None:
    """A wrong setting shows when the service starts, not at the first event."""
    with pytest.raises(ValueError):
        webhooks.HighLevelNotices(public_key_base64=key, app_id=APP)


def test_the_published_key_is_a_key() -> None:
    """HighLevel's own key is the default of the settings."""
    assert webhooks.HighLevelNotices(public_key_base64=webhooks.PUBLISHED_KEY, app_id=APP)


POINTS_AT = {
    "Contact": (port.Kind.CONTACT, "id"),
    "Invoice": (port.Kind.INVOICE, "_id"),
    "Order": (port.Kind.ORDER, "_id"),
}


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the reference's sample bodies are not beside this checkout")
def test_every_sample_body_of_the_reference_is_understood() -> None:
    """Each documented body gives its record, its life, or nothing; none is an error."""
    seen: set[str] = set()
    for path in sorted(SAMPLES.glob("*.json")):
        body = json.loads(path.read_text())
        event = str(body.get("type", ""))
        if path.name.startswith("workflow-"):
            continue
        found = read(body, event=path.name.partition(".")[0])
        kind = next((shape for start, shape in POINTS_AT.items() if event.startswith(start)), None)
        if kind is not None:
            assert (found[0].kind, found[0].record_id) == (kind[0], body[kind[1]])
            seen.add(event)
        elif event in ("INSTALL", "UNINSTALL", "UPDATE") and "locationId" in body:
            assert found[0].life is not None
            seen.add(event)
        elif event == "LocationUpdate":
            assert (found[0].life, found[0].account_id) == (port.Life.ACCOUNT_CHANGED, body["id"])
            seen.add(event)
        else:
            assert found == ()
    assert len(seen) == 18
