"""One run of one connection: gather, decide, record, send, settle, until nothing of it is dirty.

The schedule allows one run per connection at a time, so a run is the only owner of the company's quota, creates no
customer twice and may be read from top to bottom. Die between any two lines and the next run continues: what was
recorded is sent again with its key, what was answered is settled, what is dirty is looked at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import msgspec
import structlog

from counterfoil import errors
from counterfoil.engine import backfill, gather, poll, send, settle, shelve
from counterfoil.engine.desk import Desk
from counterfoil.quickbooks import api, entities
from counterfoil.store import connections, history, mirror, records, steps
from counterfoil.store.database import Tx
from counterfoil.sync import facts, plan, refusals
from counterfoil.sync.decide import decide
from counterfoil.sync.facts import RecordRef
from counterfoil.sync.reasons import Because

log = structlog.get_logger(__name__)

RUN_SECONDS_MAX = 30.0
"""A longer backlog gives the turn back and comes again at once, so that nobody waits behind it."""
RECORDS_AT_A_TIME = 50
POLL_AGAIN_SECONDS = 20.0
"""A poll that failed is not left until the next one: what it would find may be promised within five minutes (R51)."""
WRITES_PER_LOOK_MAX = 300
"""More writes than any real document needs; beyond it something is wrong and a person should know."""

LOOKS_PER_RUN_MAX = 100
"""Records that send each other round in a circle would spend the CRM's quota without end; beyond this they pause."""


class KeepsChanging(errors.CounterfoilError):
    """A record wanted more writes in one look than any real document needs; this is our own bug."""


@dataclass(slots=True)
class Run:
    """One run. `jitter` gives numbers in [0, 1)."""

    desk: Desk
    jitter: Callable[[], float]
    pace: poll.Pace
    poll_again_after: float | None = None
    """Seconds until a poll that failed in this run is tried again."""
    _looks: Counter[RecordRef] = field(default_factory=Counter)

    async def work(self) -> float | None:
        """Do what there is to do; seconds until this connection is wanted again, None for not before a wake-up.

        Raises AccessLost, TryLater and OutcomeUnknown when the whole run cannot go on.
        """
        started = self.desk.clock()
        await self._finish_steps()
        if not await backfill.go_on(self.desk):
            return 0.0
        await self._poll_when_due()
        while True:
            due = await self.desk.read(
                lambda tx: records.due(tx, self.desk.id, at=self.desk.clock(), limit=RECORDS_AT_A_TIME)
            )
            if not due:
                return await self._until_next()
            for record in due:
                await self.look(record)
                if self.desk.clock() - started > timedelta(seconds=RUN_SECONDS_MAX):
                    return 0.0

    async def look(self, record: records.Record) -> None:
        """Look at one record until there is nothing more to do for it now. Its trouble stays its own."""
        try:
            self._count(record)
            await self._look(record)
        except (errors.TryLater, errors.OutcomeUnknown) as trouble:
            await shelve.try_again_later(self.desk, record, trouble, jitter=self.jitter())
        except errors.NeedsPerson as question:
            await shelve.ask(self.desk, record, Because.NEEDS_PERSON, (("What happened", str(question)),))
        except errors.Refused as refusal:
            await shelve.ask(
                self.desk,
                record,
                Because.REFUSED,
                (("What was answered", refusal.detail or str(refusal)), ("Code", refusal.code)),
            )
        except (errors.AccessLost, errors.CounterfoilError) as lost:
            if isinstance(lost, errors.AccessLost):
                raise
            await shelve.broken(self.desk, record, lost)
        except (LookupError, ValueError, TypeError, AttributeError, msgspec.MsgspecError) as bug:
            await shelve.broken(self.desk, record, bug)

    def _count(self, record: records.Record) -> None:
        """One more look at this record in this run. Raises TryLater when there were too many."""
        ref = RecordRef(record.kind, record.id)
        self._looks[ref] += 1
        if self._looks[ref] > LOOKS_PER_RUN_MAX:
            log.warning("record.circles", connection=self.desk.id, kind=record.kind.value, id=record.id)
            raise errors.TryLater("It was looked at again and again without coming to rest.")

    async def _look(self, record: records.Record) -> None:
        reread = 0
        for _ in range(WRITES_PER_LOOK_MAX):
            known = await gather.facts_about(self.desk, record)
            record = msgspec.structs.replace(record, as_of=gather.as_of(known))
            decided = await self._decide(known)
            match decided:
                case plan.QuickBooksWrite() | plan.CrmWrite() | plan.ReviewRequest():
                    remedy = await self._carry_out(record, decided)
                    if isinstance(remedy, refusals.Stale):
                        reread += 1
                        if reread > 2:
                            raise errors.TryLater("The document keeps changing in QuickBooks.")
                    if isinstance(remedy, refusals.AskPerson):
                        await shelve.ask(self.desk, record, remedy.because, remedy.details)
                        return
                case plan.Adopt():
                    await settle.adopt(self.desk, RecordRef(record.kind, record.id), decided)
                case plan.Nothing(because=because):
                    await shelve.clean(self.desk, record, because, known=known)
                    await shelve.expect(self.desk, record, known)
                    return
                case plan.Decline():
                    await shelve.decline(self.desk, record, decided)
                    return
                case plan.Look(at=at, because=because):
                    await shelve.clean(self.desk, record, because, look_at=at)
                    return
                case plan.Wait():
                    await shelve.wait(self.desk, record, decided)
                    return
                case plan.Ask(because=because, details=details):
                    await shelve.ask(self.desk, record, because, details)
                    return
        raise KeepsChanging(f"{record.kind.value} {record.id} is never in step.")

    async def _decide(self, known: facts.Facts) -> plan.Plan:
        """Decide; when an item is to be created, first look whether its link or its name is known by now."""
        decided = decide(known)
        while (
            isinstance(decided, plan.QuickBooksWrite)
            and isinstance(decided.body, entities.Item)
            and isinstance(known, facts.InvoiceFacts | facts.TransactionFacts)
            and decided.pair is not None
            and decided.pair.crm_id not in known.items
        ):
            key, name = decided.pair.crm_id, decided.body.name or ""
            item = await self.desk.read(
                lambda tx, key=key, name=name: gather.item_known(tx, self.desk.id, key=key, name=name)  # type: ignore[misc]  # the defaults keep this turn's values
            )
            if item is None:
                return decided
            known = msgspec.structs.replace(known, items={**known.items, key: item})
            decided = decide(known)
        return decided

    async def _carry_out(self, record: records.Record, decided: plan.Write) -> refusals.Remedy | None:
        """Record, send and settle one write; what a refusal means, None when it was accepted."""
        body, wanted = _bodies(decided)
        now = self.desk.clock()

        def remember(tx: Tx) -> tuple[steps.Step, bool]:
            ref = RecordRef(record.kind, record.id)
            # An open step of the same cause is older than this decision: it may have been sent already.
            repeated = steps.opened(tx, self.desk.id, decided.cause) is not None
            step = steps.record(
                tx,
                self.desk.id,
                record=ref,
                plan=decided,
                body=body,
                wanted=wanted,
                at=now,
                epoch=self.desk.epoch,
            )
            history.tell(
                tx,
                self.desk.id,
                ref,
                what="decided",
                at=now,
                because=decided.because,
                detail={
                    "operation": step.operation,
                    "entity": step.entity,
                    "key": step.key,
                    **_gone_over(decided),
                },
            )
            return step, repeated

        step, repeated = await self.desk.write(remember)
        return await self._send_and_settle(step, repeated=repeated)

    async def _send_and_settle(self, step: steps.Step, *, repeated: bool) -> refusals.Remedy | None:
        if step.state != "answered":
            try:
                step = await send.send(self.desk, step, repeated=repeated)
            except errors.Refused as refusal:
                remedy = _remedy(step, refusal)
                if isinstance(remedy, refusals.OneNameAtATime):
                    raise errors.TryLater(str(refusal), after_seconds=2.0) from refusal
                await self._learn(step, refusal, remedy)
                return remedy
        await settle.settle(self.desk, step)
        return None

    async def _learn(self, step: steps.Step, refusal: errors.Refused, remedy: refusals.Remedy) -> None:
        """QuickBooks or the CRM said no: remember what it taught us, so that the next decision differs."""
        fresh: api.reading.Answer | None = None
        if isinstance(remedy, refusals.Stale):
            known = msgspec.json.decode(step.body, type=entities.BY_NAME[step.entity])
            fresh = await api.writing.read(self.desk.quickbooks, step.entity, known.id or "")

        def learn(tx: Tx) -> None:
            at = self.desk.clock()
            steps.refused(tx, step.id, code=refusal.code, detail=refusal.detail, at=at)
            match remedy:
                case refusals.TakenName(name):
                    mirror.take(tx, self.desk.id, scope="DisplayName", name=name)
                case refusals.TakenItemName(name):
                    mirror.take(tx, self.desk.id, scope="Item", name=name)
                case refusals.TakenNumber(number):
                    mirror.take(tx, self.desk.id, scope="DocNumber", name=number)
                case _:
                    pass
            if fresh is not None:
                mirror.put(tx, self.desk.id, entity=step.entity, object=fresh.object, raw=fresh.raw, at=at)
            history.tell(
                tx,
                self.desk.id,
                step.record,
                what="refused",
                at=at,
                because=step.because,
                detail={"code": refusal.code, "detail": refusal.detail, "trace": refusal.trace},
            )

        await self.desk.write(learn)

    async def _finish_steps(self) -> None:
        """Send again what was recorded, settle what was answered: the first thing of every run."""
        for step in await self.desk.read(lambda tx: steps.unfinished(tx, self.desk.id)):
            await self._finish_step(step)

    async def _finish_step(self, step: steps.Step) -> None:
        record = await self.desk.read(lambda tx: records.get(tx, self.desk.id, step.record))
        if record and record.due_at and record.due_at > self.desk.clock():
            return
        if step.entity == steps.REVIEW and step.state == "recorded":
            # It did not go out; meanwhile the owner may have switched off, or the customer asked not to be disturbed.
            await self.desk.write(lambda tx: self._withdraw(tx, step, record))
            return
        try:
            remedy = await self._send_and_settle(step, repeated=True)
        except (errors.TryLater, errors.OutcomeUnknown) as trouble:
            if record:
                await shelve.try_again_later(self.desk, record, trouble, jitter=self.jitter())
            return
        if record and isinstance(remedy, refusals.AskPerson):
            await shelve.ask(self.desk, record, remedy.because, remedy.details)
            return
        # With the answer in hand the record is looked at again.
        await self.desk.write(lambda tx: records.mark(tx, self.desk.id, [step.record], at=self.desk.clock()))

    def _withdraw(self, tx: Tx, step: steps.Step, record: records.Record | None) -> None:
        at = self.desk.clock()
        steps.refused(tx, step.id, code="withdrawn", detail="It was not sent, and is decided again.", at=at)
        # What is looked at anyway keeps its count of attempts, by which the pauses grow.
        if record is None or record.state not in ("dirty", "later"):
            records.mark(tx, self.desk.id, [step.record], at=at)

    async def _poll_when_due(self) -> None:
        wanted = await self.desk.read(lambda tx: connections.cursor(tx, self.desk.id, poll.WANTED))
        if not wanted:
            return
        try:
            await poll.ask_both_sides(self.desk, self.pace)
        except (errors.TryLater, errors.OutcomeUnknown, errors.Refused, errors.NeedsPerson) as trouble:
            # What is known already can be worked off all the same; the wish to ask stays.
            log.warning("poll.failed", connection=self.desk.id, error=type(trouble).__name__)
            asked = (trouble.after_seconds or 0.0) if isinstance(trouble, errors.TryLater) else 0.0
            self.poll_again_after = max(POLL_AGAIN_SECONDS, asked) * (1.0 + 0.2 * self.jitter())
            return

        def done(tx: Tx) -> None:
            if connections.cursor(tx, self.desk.id, poll.WANTED) == wanted:
                connections.set_cursor(tx, self.desk.id, poll.WANTED, "")

        await self.desk.write(done)

    async def _until_next(self) -> float | None:
        due = await self.desk.read(lambda tx: records.next_due(tx, self.desk.id))
        if due is None:
            return self.poll_again_after
        until_due = max(0.0, (due - self.desk.clock()).total_seconds())
        return until_due if self.poll_again_after is None else min(until_due, self.poll_again_after)


def _bodies(decided: plan.Write) -> tuple[bytes, bytes | None]:
    """The complete request of a write, and what the link will remember as wanted."""
    if isinstance(decided, plan.ReviewRequest):
        return msgspec.json.encode(decided), None
    if isinstance(decided, plan.CrmWrite):
        return msgspec.json.encode(decided.draft), None
    wanted = msgspec.json.encode(decided.wanted) if decided.wanted is not None else None
    return msgspec.json.encode(decided.body), wanted


def _gone_over(decided: plan.Write) -> dict[str, str]:
    """What a bookkeeper had changed and this write overwrites or keeps; it stays visible in the history (R40)."""
    if not isinstance(decided, plan.QuickBooksWrite):
        return {}
    over = {f"{label}, overwritten": value for label, value in decided.overwrites}
    return over | {f"{label}, kept": value for label, value in decided.kept}


def _remedy(step: steps.Step, refusal: errors.Refused) -> refusals.Remedy:
    if step.bank == "crm":
        details = (("What was answered", refusal.detail or str(refusal)), ("Code", refusal.code))
        return refusals.AskPerson(Because.REFUSED, details)
    write = plan.QuickBooksWrite(
        entity=step.entity,
        operation=plan.Operation(step.operation),
        body=msgspec.json.decode(step.body, type=entities.BY_NAME[step.entity]),
        cause=step.cause,
        because=step.because,
        pair=step.pair,
    )
    return refusals.remedy(write, code=refusal.code, detail=refusal.detail)
