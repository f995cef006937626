"""Webhooks: genuine or forged, both forms, and events that do not concern us."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.quickbooks.api import webhooks

VERIFIER = "verifier-1"
EVENT = {
    "specversion": "1.0",
    "id": "5d1f0b0e-Invoice-412",
    "source": "intuit.x",
    "type": "qbo.invoice.updated.v1",
    "time": "2026-03-04T17:05:09.123456789Z",
    "intuitentityid": "412",
    "intuitaccountid": "9130350000000001",
}


def signed(body: bytes, verifier: str = VERIFIER) -> dict[str, str]:
    digest = hmac.new(verifier.encode(), body, hashlib.sha256).digest()
    return {"intuit-signature": base64.b64encode(digest).decode()}


def read(found: Any) -> tuple[webhooks.Notice, ...]:
    body = json.dumps(found).encode()
    return webhooks.read(signed(body), body, VERIFIER)


def vectors(folder: Path) -> list[dict[str, str]]:
    found = json.loads((folder / "webhooks" / "signature-test-vectors.json").read_text())
    return list(found["vectors"])


def test_R70_the_published_vectors_are_genuine(reference: Path) -> None:
    """Signatures of the exact bytes of two sample bodies."""
    for vector in vectors(reference):
        body = (reference / "webhooks" / vector["body_file"]).read_bytes()
        headers = {"Intuit-Signature": vector["intuit-signature"]}

        assert webhooks.read(headers, body, vector["verifier_token"])


def test_the_sample_of_cloud_events_is_read(reference: Path) -> None:
    """Events of two companies in one delivery, a merge, and one without data."""
    body = (reference / "webhooks" / "cloudevents-sample.body.json").read_bytes()
    found = webhooks.read(signed(body), body, VERIFIER)

    assert [(one.realm_id[-1], one.entity, one.entity_id, one.verb, one.deleted_id) for one in found] == [
        ("1", "Invoice", "412", "updated", ""),
        ("2", "Payment", "418", "created", ""),
        ("1", "Customer", "58", "merged", "61"),
        ("1", "Invoice", "412", "void", ""),
    ]
    assert found[0].delivery_id == "5d1f0b0e-7c55-4d0c-9a43-0a1a2b3c4d5e"
    assert found[0].at == datetime(2026, 3, 4, 17, 5, 9, 123456, tzinfo=UTC)


def test_the_classic_sample_is_read(reference: Path) -> None:
    """Events without ids get one from what they say."""
    body = (reference / "webhooks" / "classic-sample.body.json").read_bytes()
    found = webhooks.read(signed(body), body, VERIFIER)

    assert [(one.entity, one.entity_id, one.verb, one.deleted_id) for one in found] == [
        ("Customer", "58", "updated", ""),
        ("Invoice", "412", "void", ""),
        ("Customer", "58", "merged", "61"),
    ]
    assert len({one.delivery_id for one in found}) == 3
    assert found == webhooks.read(signed(body), body, VERIFIER)


def test_every_announced_type_is_known(reference: Path) -> None:
    """All 31 entities and their verbs, from the published list."""
    listed = json.loads((reference / "webhooks" / "event-types.json").read_text())["events"]
    types = [
        (name, f"qbo.{entry['entity']}.{verb}.v1", verb)
        for name, entry in listed.items()
        for verb in entry["verbs"]
    ]
    events = [{**EVENT, "id": str(i), "type": kind} for i, (_, kind, _) in enumerate(types)]

    found = read(events)

    assert [(one.entity, one.verb) for one in found] == [(name, verb) for name, _, verb in types]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"intuit-signature": ""},
        {"intuit-signature": "R0a4Bk93e8EzNUEpmuSMV9ahzQCIqPNSkTEB88Cd5gw="},
        {"intuit-signature": "ü\udcff"},
        signed(b"[]", "another verifier"),
        signed(b"[ ]"),
    ],
    ids=["none", "empty", "foreign", "odd", "other key", "other body"],
)
def test_R70_a_delivery_without_the_right_signature_is_forged(headers: dict[str, str]) -> None:
    """Nobody but Intuit may make us look."""
    with pytest.raises(webhooks.Forged):
        webhooks.read(headers, b"[]", VERIFIER)


def test_R70_without_a_verifier_nothing_is_genuine() -> None:
    """A signature with an empty key could be made by anybody."""
    with pytest.raises(webhooks.Forged):
        webhooks.read(signed(b"[]", ""), b"[]", "")


def test_the_signature_is_checked_before_the_body_is_read() -> None:
    """Bytes of strangers are not parsed."""
    with pytest.raises(webhooks.Forged):
        webhooks.read({"intuit-signature": "x"}, b"not json", VERIFIER)


@pytest.mark.parametrize(
    "body",
    [b"", b"not json", b"{}", b"5", b'"x"', b"null", b"\xff", b'{"eventNotifications": 5}', b"[" * 20_000],
)
def test_a_signed_body_that_is_no_delivery_is_unreadable(body: bytes) -> None:
    """The message says why without quoting it."""
    with pytest.raises(webhooks.Unreadable) as refused:
        webhooks.read(signed(body), body, VERIFIER)
    assert "not json" not in str(refused.value)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("qbo.invoice.voided.v1", ("Invoice", "void")),
        ("QBO.SalesReceipt.Created.v2", ("SalesReceipt", "created")),
        ("qbo.paymentmethod.update.v1", ("PaymentMethod", "updated")),
        ("qbo.creditmemo.emailed", ("CreditMemo", "emailed")),
    ],
)
def test_types_are_read_leniently(kind: str, expected: tuple[str, str]) -> None:
    """Integrators disagree on spelling; the meaning is plain."""
    (found,) = read([{**EVENT, "type": kind}])

    assert (found.entity, found.verb) == expected


@pytest.mark.parametrize(
    "change",
    [
        {"type": "qbo.unicorn.created.v1"},
        {"type": "qbo.invoice.juggled.v1"},
        {"type": "payments.invoice.created.v1"},
        {"type": "qbo"},
        {"type": None},
        {"id": ""},
        {"intuitaccountid": None},
        {"intuitentityid": 412},
    ],
)
def test_an_event_that_says_nothing_to_us_is_left_out(change: dict[str, object]) -> None:
    """It must not block the others of its delivery."""
    found = read([{**EVENT, **change}, EVENT, "noise"])

    assert [one.delivery_id for one in found] == [EVENT["id"]]


def test_classic_notifications_that_say_nothing_to_us_are_left_out() -> None:
    """Odd ones must not block the good one."""
    good = {"name": "Item", "id": "9", "operation": "Create", "lastUpdated": "2026-03-04T17:05:09Z"}
    change = {"entities": ["noise", {**good, "name": "Unicorn"}, {**good, "id": ""}, good]}
    found = read(
        {"eventNotifications": ["noise", {"realmId": "91"}, {"realmId": "91", "dataChangeEvent": change}]}
    )

    assert [(one.realm_id, one.entity, one.verb) for one in found] == [("91", "Item", "created")]


def test_a_single_event_needs_no_array() -> None:
    """CloudEvents allow it."""
    assert len(read(EVENT)) == 1


def test_the_vanished_id_of_a_merge_is_found_in_either_spelling() -> None:
    """A captured delivery spelt it with a capital."""
    (found,) = read([{**EVENT, "type": "qbo.customer.merged.v1", "data": {"deletedId": "61"}}])

    assert found.deleted_id == "61"


def test_an_event_without_a_time_is_never_old_news() -> None:
    """An older time would make it look like an echo."""
    (found,) = read([{**EVENT, "time": "lately"}])

    assert found.at == webhooks.UNTOLD
    assert found.at > datetime(9000, 1, 1, tzinfo=UTC)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "eventNotifications",
                        "dataChangeEvent",
                        "entities",
                        "specversion",
                        "type",
                        "data",
                        "id",
                        "name",
                    ]
                ),
                inner,
            )
        ),
        max_leaves=12,
    )
)
def test_a_signed_body_is_read_or_unreadable_and_nothing_else(found: object) -> None:
    """Reading is total."""
    try:
        notices = read(found)
    except webhooks.Unreadable:
        return
    assert isinstance(notices, tuple)
