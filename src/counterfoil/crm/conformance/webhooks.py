"""Webhooks: genuine ones point at records, everything else is refused (R70). Nothing to check without webhooks."""

from __future__ import annotations

from decimal import Decimal

from counterfoil import times
from counterfoil.crm import port, records
from counterfoil.crm.conformance.contacts import ADA
from counterfoil.crm.conformance.expect import expect, refused_as, same
from counterfoil.crm.conformance.stage import Delivery, Stage


async def genuine_deliveries_point_at_their_records(stage: Stage) -> None:
    """What happens to a contact, an invoice and an order is told, each time with another delivery id."""
    if stage.notices is None:
        return
    contact = await stage.crm.create_contact(ADA)
    today = times.day_in(stage.now(), (await stage.crm.account()).time_zone)
    invoice = await stage.draft_invoice(contact.id, amount=Decimal(30), issued=today, due=today)
    await stage.send_invoice(invoice)
    sale = await stage.sell(email="bo@example.com", item="Workbook", price=Decimal(12))
    await stage.settle()
    found = [notice for delivery in await stage.deliveries() for notice in _read(stage.notices, delivery)]
    told = {(notice.kind, notice.record_id) for notice in found}
    for kind, id in (
        (port.Kind.CONTACT, contact.id),
        (port.Kind.INVOICE, invoice),
        (port.Kind.ORDER, sale.order_id),
    ):
        expect((kind, id) in told, f"a delivery points at the {kind.value}")
    same({notice.account_id for notice in found}, {stage.account_id}, "deliveries name the account")
    marks = {(notice.delivery_id, notice.kind, notice.record_id) for notice in found}
    same(len(marks), len(found), "two deliveries are told apart")
    expect(all(notice.delivery_id and notice.event for notice in found), "with id and event")
    born = [notice for notice in found if notice.born]
    expect(any(notice.record_id == contact.id for notice in born), "the birth of a record is told as one")
    await stage.crm.update_contact(contact.id, records.ContactDraft(family_name="Quill-Marsh"))
    await stage.settle()
    since = [notice for delivery in await stage.deliveries() for notice in _read(stage.notices, delivery)]
    changes = [notice for notice in since[len(found) :] if notice.record_id == contact.id]
    expect(bool(changes) and not any(notice.born for notice in changes), "a change is none")


async def the_end_of_the_app_is_told(stage: Stage) -> None:
    """Whoever removes the app hears no more of it, and neither do we: this is the last delivery (R5)."""
    if stage.notices is None:
        return
    await stage.uninstall()
    await stage.settle()
    found = [notice for delivery in await stage.deliveries() for notice in _read(stage.notices, delivery)]
    ends = [notice.account_id for notice in found if notice.life is port.Life.UNINSTALLED]
    same(ends, [stage.account_id], "the removal is told, of this account")


async def a_delivery_that_comes_twice_has_one_id(stage: Stage) -> None:
    """So that it is kept once."""
    if stage.notices is None:
        return
    for delivery in await _some(stage):
        first, second = _read(stage.notices, delivery), _read(stage.notices, delivery)
        same(first, second, "the same delivery gives the same notices")


async def a_forged_delivery_is_refused(stage: Stage) -> None:
    """Not signed, signed for other bytes, signed by nobody we know: nothing of it may be kept."""
    if stage.notices is None:
        return
    for delivery in await _some(stage):
        with refused_as(port.Forged, "a changed body is refused"):
            stage.notices.read(event=delivery.event, headers=delivery.headers, body=delivery.body + b" ")
        with refused_as(port.Forged, "an unsigned delivery is refused"):
            stage.notices.read(event=delivery.event, headers={}, body=delivery.body)


async def _some(stage: Stage) -> tuple[Delivery, ...]:
    await stage.crm.create_contact(ADA)
    await stage.settle()
    found = tuple(await stage.deliveries())
    expect(len(found) > 0, "a new contact is told")
    return found


def _read(notices: port.Notices, delivery: Delivery) -> tuple[port.Notice, ...]:
    return notices.read(event=delivery.event, headers=delivery.headers, body=delivery.body)


CHECKS = (
    genuine_deliveries_point_at_their_records,
    the_end_of_the_app_is_told,
    a_delivery_that_comes_twice_has_one_id,
    a_forged_delivery_is_refused,
)
