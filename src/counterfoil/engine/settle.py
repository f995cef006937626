"""Draw the conclusions from an answer: link, mirror and last-written snapshot, history, and those that waited.

Arrives: a step whose answer is stored. Leaves: one transaction. Doing it twice changes nothing.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from counterfoil import errors, money
from counterfoil.crm import records as crm
from counterfoil.engine.desk import Desk
from counterfoil.quickbooks import entities
from counterfoil.store import attention, history, links, mirror, records, reviews, steps
from counterfoil.store.database import Tx
from counterfoil.sync import facts, plan
from counterfoil.sync.facts import Kind, RecordRef
from counterfoil.sync.reasons import Because


async def settle(desk: Desk, step: steps.Step) -> None:
    """Conclude from the stored answer of this step."""
    if step.answer is None:
        raise errors.NeedsPerson("The answer to a step is missing from the store.")
    if step.bank == "quickbooks":
        await desk.write(lambda tx: _from_quickbooks(tx, desk, step, step.answer or b""))
    elif step.entity == steps.REVIEW:
        await desk.write(lambda tx: _review(tx, desk, step, step.answer or b""))
    else:
        await desk.write(lambda tx: _from_crm(tx, desk, step, step.answer or b""))


async def adopt(desk: Desk, record: RecordRef, adoption: plan.Adopt) -> None:
    """Link two records that exist; nothing is written to either side."""

    def change(tx: Tx) -> None:
        at = desk.clock()
        pair = adoption.pair
        if adoption.instead_of:
            links.follow(tx, desk.id, kind=pair.crm_kind, gone=adoption.instead_of, survivor=pair.crm_id)
        _link(tx, desk, pair, crm_id=pair.crm_id, entity_id=pair.entity_id)
        detail = {"entity": pair.entity, "id": pair.entity_id}
        if adoption.others:
            detail["others"] = ", ".join(adoption.others)
        history.tell(tx, desk.id, record, what="linked", at=at, because=adoption.because, detail=detail)

    await desk.write(change)


def in_step(tx: Tx, desk: Desk, known: facts.Facts) -> None:
    """What else follows when a record needs nothing: memory for the next comparison, and a look at who bought.

    A customer is remembered as it is now, so that an old change is never taken for a new one (R52). The contact of a
    posted sale is looked at once as billable: a customer that came by import gets what the CRM knows better (R12).
    """
    match known:
        case facts.CustomerFacts(customer_id=customer_id, link=link) if link is not None:
            _remember_as_seen(tx, desk, customer_id)
        case facts.TransactionFacts(receipt=link, transaction=sale) if link and sale:
            _look_at_buyer(tx, desk, sale.contact_id)
        case facts.InvoiceFacts(link=link, invoice=invoice) if link and invoice:
            _look_at_buyer(tx, desk, invoice.contact_id)
        case _:
            pass


def _look_at_buyer(tx: Tx, desk: Desk, contact_id: str) -> None:
    ref = RecordRef(Kind.CONTACT, contact_id)
    record = records.get(tx, desk.id, ref)
    if record is None or not record.wanted:
        records.mark(tx, desk.id, [ref], at=desk.clock(), wanted=True)


def _from_quickbooks(tx: Tx, desk: Desk, step: steps.Step, answer: bytes) -> None:
    at = desk.clock()
    found = msgspec.json.decode(answer, type=entities.BY_NAME[step.entity])
    entity_id = found.id or ""
    mirror.put(tx, desk.id, entity=step.entity, object=found, raw=answer, at=at)
    if step.pair:
        _link(tx, desk, step.pair, crm_id=step.pair.crm_id, entity_id=step.pair.entity_id or entity_id)
    links.set_written(
        tx,
        desk.id,
        entity=step.entity,
        entity_id=entity_id,
        side="quickbooks",
        body=step.wanted or step.body,
    )
    if step.entity == "Customer":
        links.set_written(tx, desk.id, entity="Customer", entity_id=entity_id, side="seen", body=answer)
    _touch_customer(tx, desk, found)
    if isinstance(found, entities.Payment) and found.customer_ref and desk.connection.choices.reviews.on:
        # Our own payment may have been the last one; what QuickBooks would tell of it comes later, and costs a read.
        records.mark(tx, desk.id, [RecordRef(Kind.REVIEW, found.customer_ref.value)], at=at)
    total: Decimal | None = getattr(found, "total_amt", None)
    detail = {"entity": step.entity, "id": entity_id, "operation": step.operation}
    if total is not None:
        detail["total"] = str(total)
    history.tell(tx, desk.id, step.record, what="written", at=at, because=step.because, detail=detail)
    if step.expect_total is not None and total != step.expect_total:
        attention.open(
            tx,
            desk.id,
            step.record,
            because=Because.TOTALS_DIFFER,
            details=(
                ("In the CRM", _in_money(desk, found, step.expect_total)),
                ("In QuickBooks", _in_money(desk, found, total)),
            ),
            at=at,
        )
    steps.settled(tx, step.id, at=at)


def _in_money(desk: Desk, document: entities.Entity, amount: Decimal | None) -> str:
    """An amount of a document in its currency, which is the company's own unless it names another."""
    named: entities.Ref | None = getattr(document, "currency_ref", None)
    books = desk.connection.books
    currency = named.value if named else books.home_currency if books else ""
    return money.text(amount, currency) if amount is not None and currency else str(amount)


def _touch_customer(tx: Tx, desk: Desk, document: entities.Entity) -> None:
    """A document moves its customer's balance, which QuickBooks announces as if somebody had changed the customer."""
    if isinstance(document, entities.Invoice | entities.Payment | entities.SalesReceipt):
        customer, meta = document.customer_ref, document.meta_data
        if customer is not None and meta is not None and meta.last_updated_time is not None:
            mirror.touch(tx, desk.id, entity="Customer", id=customer.value, at=meta.last_updated_time)


def _from_crm(tx: Tx, desk: Desk, step: steps.Step, answer: bytes) -> None:
    at = desk.clock()
    contact = msgspec.json.decode(answer, type=crm.Contact)
    if step.pair:
        _link(tx, desk, step.pair, crm_id=step.pair.crm_id or contact.id, entity_id=step.pair.entity_id)
    if step.record.kind is Kind.CUSTOMER:
        links.set_written(
            tx, desk.id, entity="Customer", entity_id=step.record.id, side="crm", body=step.body
        )
        _remember_as_seen(tx, desk, step.record.id)
        made = RecordRef(Kind.CONTACT, contact.id)
        records.know(tx, desk.id, made, as_of=contact.updated_at, at=at)
    history.tell(
        tx,
        desk.id,
        step.record,
        what="written",
        at=at,
        because=step.because,
        detail={"contact": contact.id, "operation": step.operation},
    )
    steps.settled(tx, step.id, at=at)


def _review(tx: Tx, desk: Desk, step: steps.Step, answer: bytes) -> None:
    at = desk.clock()
    verdict = msgspec.json.decode(answer, type=facts.Verdict)
    request = msgspec.json.decode(step.body, type=plan.ReviewRequest)
    reviews.decide(
        tx,
        desk.id,
        customer_id=request.customer_id,
        contact_id=request.contact_id,
        verdict=verdict,
        at=at,
    )
    history.tell(
        tx,
        desk.id,
        step.record,
        what="written",
        at=at,
        because=step.because,
        detail={
            "entity": steps.REVIEW,
            "operation": step.operation if verdict is facts.Verdict.ASKED else verdict.value,
            "contact": request.contact_id,
            "tag": request.tag,
            "workflow": request.workflow_id,
        },
    )
    steps.settled(tx, step.id, at=at)


def _link(tx: Tx, desk: Desk, pair: plan.Pair, *, crm_id: str, entity_id: str) -> None:
    at = desk.clock()
    links.put(tx, desk.id, pair, crm_id=crm_id, entity_id=entity_id, at=at)
    if pair.crm_kind == "contact":
        records.wake_waiting(tx, desk.id, RecordRef(Kind.CONTACT, crm_id))
        if pair.entity == "Customer":
            _remember_as_seen(tx, desk, entity_id)
            review = RecordRef(Kind.REVIEW, entity_id)
            if records.get(tx, desk.id, review) is not None:
                records.mark(tx, desk.id, [review], at=at)


def _remember_as_seen(tx: Tx, desk: Desk, customer_id: str) -> None:
    customer = mirror.get(tx, desk.id, entity="Customer", id=customer_id)
    if customer is not None:
        links.set_written(
            tx,
            desk.id,
            entity="Customer",
            entity_id=customer_id,
            side="seen",
            body=msgspec.json.encode(customer),
        )
