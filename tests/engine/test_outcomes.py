"""How a look at one record can end when it does not end well: later, with a person, or with our own mistake (R72)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from counterfoil import errors
from counterfoil.crm import records as crm
from counterfoil.engine import poll, retry, settle, work
from counterfoil.engine.desk import Desk
from counterfoil.quickbooks import entities
from counterfoil.store import attention, connections, records, steps
from counterfoil.store import work as work_rows
from counterfoil.store.database import Database
from counterfoil.sync import facts, plan
from counterfoil.sync.facts import Kind, Origin, RecordRef
from counterfoil.sync.reasons import Because
from sandbox_kit import virtual_time

INVOICE = RecordRef(Kind.INVOICE, "inv-1")


class TroubledCrm:
    """A CRM that answers every question with the same trouble."""

    def __init__(self) -> None:
        self.trouble: Exception = errors.TryLater("away")
        self.asked = 0

    async def invoice(self, invoice_id: crm.InvoiceId) -> crm.Invoice | None:
        self.asked += 1
        raise self.trouble


class Office:
    """One connection with one dirty invoice, and a run that can look at it."""

    def __init__(self, folder: Path) -> None:
        self.now = virtual_time.clock().now
        self.database = Database(f"sqlite:///{folder}/office.sqlite3")
        self.crm = TroubledCrm()

    async def open(self) -> None:
        await self.database.migrate()
        now = self.now()

        def prepare(tx: Any) -> tuple[connections.Connection, int]:
            made = connections.create(tx, crm="crm", account_id="a", at=now)
            records.mark(tx, made.id, [INVOICE], at=now)
            begun = work_rows.begin(tx, made.id, at=now)
            assert begun
            return made, begun.epoch

        known, epoch = await self.database.transact(prepare)
        known = msgspec.structs.replace(known, books=facts.Books(country="US", home_currency="USD"))
        self.desk = Desk(
            connection=known,
            epoch=epoch,
            database=self.database,
            clock=self.now,
            crm=self.crm,  # type: ignore[arg-type]  # only what an invoice's look asks for
            quickbooks=None,  # type: ignore[arg-type]  # nothing here may ask QuickBooks
        )
        self.run = work.Run(self.desk, lambda: 0.5, poll.Pace(every=240, feed_with_webhooks=3600))

    async def record(self) -> records.Record:
        found = await self.database.read(lambda tx: records.get(tx, self.desk.id, INVOICE))
        assert found is not None
        return found

    async def look(self) -> records.Record:
        await self.run.look(await self.record())
        return await self.record()

    async def attention(self) -> list[attention.Item]:
        return list(await self.database.read(lambda tx: attention.open_items(tx, self.desk.id)))


def played(folder: Path, story: Callable[[Office], Awaitable[None]]) -> None:
    async def told() -> None:
        office = Office(folder)
        await office.open()
        try:
            await story(office)
        finally:
            await office.database.close()

    virtual_time.run(told())


def test_R72_temporary_trouble_grows_its_pauses_and_tells_somebody_in_the_end(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        pauses = []
        for _ in range(retry.ATTEMPTS_BEFORE_A_PERSON_LOOKS):
            assert await office.attention() == []
            looked = await office.look()
            assert looked.state == "later"
            assert looked.due_at is not None
            pauses.append((looked.due_at - office.now()).total_seconds())
            await asyncio.sleep(pauses[-1])
        assert pauses == sorted(pauses)
        assert pauses[0] < 5
        assert pauses[-1] >= 900
        (item,) = await office.attention()
        assert item.because is Because.STILL_TRYING
        assert item.details == (("What happened", "away"),)
        # Trying goes on behind the item.
        assert (await office.look()).state == "later"

    played(tmp_path, story)


def test_R72_the_pause_that_was_asked_for_is_kept(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        office.crm.trouble = errors.TryLater("busy", after_seconds=600)
        looked = await office.look()
        assert looked.due_at is not None
        assert looked.due_at - office.now() >= timedelta(seconds=600)

    played(tmp_path, story)


def test_R72_what_only_a_person_can_settle_is_put_to_a_person(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        office.crm.trouble = errors.NeedsPerson("The invoice says two different things about its date.")
        assert (await office.look()).state == "asking"
        (item,) = await office.attention()
        assert item.because is Because.NEEDS_PERSON
        assert item.details == (("What happened", "The invoice says two different things about its date."),)

    played(tmp_path, story)


@pytest.mark.parametrize("bug", [LookupError("nothing"), TypeError("no"), msgspec.DecodeError("bad")])
def test_R72_our_own_mistake_stops_one_record_and_keeps_its_evidence(tmp_path: Path, bug: Exception) -> None:
    async def story(office: Office) -> None:
        office.crm.trouble = bug
        broken = await office.look()
        assert broken.state == "broken"
        assert type(bug).__name__ in broken.error
        (item,) = await office.attention()
        assert item.because is Because.OUR_MISTAKE

    played(tmp_path, story)


def test_R72_a_record_that_was_marked_meanwhile_stays_dirty(tmp_path: Path) -> None:
    """The trouble was about an older state; the newer one gets its own look."""

    async def story(office: Office) -> None:
        before = await office.record()
        await office.database.transact(
            lambda tx: records.mark(tx, office.desk.id, [INVOICE], at=office.now())
        )
        await office.run.look(before)
        assert (await office.record()).state == "dirty"

    played(tmp_path, story)


def test_R5_lost_access_ends_the_run_and_leaves_the_record_dirty(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        office.crm.trouble = errors.AccessLost("revoked")
        with pytest.raises(errors.AccessLost):
            await office.look()
        assert (await office.record()).state == "dirty"

    played(tmp_path, story)


@pytest.mark.parametrize(("answered", "asks"), [("72.30", False), ("72.3", False), ("72.31", True)])
def test_R37_a_total_that_differs_is_shown_with_both_sides(tmp_path: Path, answered: str, asks: bool) -> None:
    async def story(office: Office) -> None:
        body = entities.Invoice(doc_number="INV-1")
        write = plan.QuickBooksWrite(
            entity="Invoice",
            operation=plan.Operation.CREATE,
            body=body,
            cause="invoice inv-1",
            because=Because.INVOICE_CREATED,
            pair=plan.Pair(crm_kind="invoice", crm_id="inv-1", entity="Invoice", origin=Origin.CRM),
            expect_total=Decimal("72.30"),
        )
        step = await office.database.transact(
            lambda tx: steps.record(
                tx,
                office.desk.id,
                record=INVOICE,
                plan=write,
                body=msgspec.json.encode(body),
                wanted=None,
                at=office.now(),
                epoch=1,
            )
        )
        answer = f'{{"Id":"9","SyncToken":"0","TotalAmt":{answered}}}'.encode()
        await settle.settle(office.desk, msgspec.structs.replace(step, state="answered", answer=answer))
        items = await office.attention()
        assert [item.because for item in items] == ([Because.TOTALS_DIFFER] if asks else [])
        if asks:
            assert items[0].details == (("In the CRM", "$72.30"), ("In QuickBooks", "$72.31"))

    played(tmp_path, story)


def test_R73_a_record_that_never_comes_to_rest_spends_no_quota_without_end(tmp_path: Path) -> None:
    """Beyond so many looks in one run nobody is asked any more; the record pauses and is not lost."""

    async def story(office: Office) -> None:
        for _ in range(work.LOOKS_PER_RUN_MAX + 5):
            record = await office.look()
        assert office.crm.asked == work.LOOKS_PER_RUN_MAX
        assert record.state == "later"

    played(tmp_path, story)
