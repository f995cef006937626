"""Put a record where it belongs after a look: clean, waiting, later, asking a person, or broken. One transaction each."""

from __future__ import annotations

from datetime import timedelta

import structlog

from counterfoil import errors
from counterfoil.crm import records as crm
from counterfoil.engine import retry, settle
from counterfoil.engine.desk import Desk
from counterfoil.store import attention, history, records, reviews
from counterfoil.store.database import Tx
from counterfoil.sync import facts, plan
from counterfoil.sync.facts import RecordRef
from counterfoil.sync.reasons import Because

log = structlog.get_logger(__name__)


async def clean(
    desk: Desk,
    record: records.Record,
    because: Because,
    *,
    look_at: tuple[RecordRef, ...] = (),
    known: facts.Facts | None = None,
) -> None:
    """There is nothing (more) to do, and why; `look_at` are looked at instead.

    A record that was marked again since this look began stays dirty.
    """
    ref = RecordRef(record.kind, record.id)

    def change(tx: Tx) -> None:
        at = desk.clock()
        if look_at:
            records.mark(tx, desk.id, look_at, at=at)
        if known is not None:
            settle.in_step(tx, desk, known)
        records.clean(tx, record)
        attention.close(tx, desk.id, ref, at=at)
        history.tell(tx, desk.id, ref, what="in step", at=at, because=because)

    await desk.write(change)


async def decline(desk: Desk, record: records.Record, decided: plan.Decline) -> None:
    """It will never be done: remembered for ever, and the record rests."""

    def change(tx: Tx) -> None:
        reviews.decide(
            tx,
            desk.id,
            customer_id=record.id,
            contact_id=decided.contact_id,
            verdict=decided.verdict,
            at=desk.clock(),
        )

    await desk.write(change)
    await clean(desk, record, decided.because)


async def expect(desk: Desk, record: records.Record, known: facts.Facts) -> None:
    """A payment that is still pending is looked at again later, because nobody may tell when it comes in."""
    if not isinstance(known, facts.TransactionFacts) or known.transaction is None:
        return
    if known.transaction.status is not crm.TransactionStatus.PENDING:
        return
    now = desk.clock()
    age = (now - known.transaction.created_at).total_seconds()
    pause = retry.pending_pause_seconds(age_seconds=age)
    if pause is not None:
        due = now + timedelta(seconds=pause)
        await desk.write(lambda tx: records.later(tx, record, due_at=due, error="pending"))


async def wait(desk: Desk, record: records.Record, decided: plan.Wait) -> None:
    """Another record comes first; it is looked at next, and this one again when it is linked."""

    def change(tx: Tx) -> None:
        at = desk.clock()
        records.wait(tx, record, until=decided.until)
        records.mark(tx, desk.id, [decided.until], at=at, wanted=True, currency=decided.currency)
        history.tell(
            tx,
            desk.id,
            RecordRef(record.kind, record.id),
            what="waiting",
            at=at,
            because=decided.because,
        )

    await desk.write(change)


async def ask(
    desk: Desk, record: records.Record, because: Because, details: tuple[tuple[str, str], ...]
) -> None:
    """A person has to choose; the record rests until then, or until something about it changes."""
    ref = RecordRef(record.kind, record.id)

    def change(tx: Tx) -> None:
        at = desk.clock()
        records.asking(tx, record)
        attention.open(tx, desk.id, ref, because=because, details=details, at=at)
        history.tell(tx, desk.id, ref, what="asked", at=at, because=because, detail=dict(details))

    await desk.write(change)
    log.info("attention.opened", connection=desk.id, kind=ref.kind.value, rule=because.rule)


async def try_again_later(
    desk: Desk,
    record: records.Record,
    trouble: errors.TryLater | errors.OutcomeUnknown,
    *,
    jitter: float,
) -> None:
    """Temporary trouble: again after a pause that grows (R72). When it lasts for hours, somebody should know."""
    seconds = retry.pause_seconds(trouble, attempts=record.attempts, jitter=jitter)
    ref = RecordRef(record.kind, record.id)

    def change(tx: Tx) -> None:
        at = desk.clock()
        records.later(tx, record, due_at=at + timedelta(seconds=seconds), error=str(trouble))
        if retry.deserves_a_person(attempts=record.attempts):
            attention.open(
                tx,
                desk.id,
                ref,
                because=Because.STILL_TRYING,
                details=(("What happened", str(trouble)),),
                at=at,
            )

    await desk.write(change)
    log.info("record.later", connection=desk.id, kind=ref.kind.value, seconds=round(seconds, 1))


async def broken(desk: Desk, record: records.Record, bug: Exception) -> None:
    """Our own mistake: it stops this record, keeps its evidence and shows as attention."""
    log.error("record.broken", connection=desk.id, kind=record.kind.value, id=record.id, exc_info=bug)
    ref = RecordRef(record.kind, record.id)

    def change(tx: Tx) -> None:
        at = desk.clock()
        records.broken(tx, record, error=f"{type(bug).__name__}: {bug}")
        attention.open(
            tx,
            desk.id,
            ref,
            because=Because.OUR_MISTAKE,
            details=(("What happened", type(bug).__name__),),
            at=at,
        )

    await desk.write(change)
