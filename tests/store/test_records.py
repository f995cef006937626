"""Records: marked, looked at, and left in a state that no mark can be lost behind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from counterfoil.store import records
from counterfoil.store.database import Database, Tx
from counterfoil.sync.facts import Kind, RecordRef

from .conftest import NOW, Clock

INVOICE = RecordRef(Kind.INVOICE, "inv")
CONTACT = RecordRef(Kind.CONTACT, "con")
SALE = RecordRef(Kind.TRANSACTION, "txn")


async def marked(database: Database, connection: int, *refs: RecordRef, **how: object) -> int:
    return await database.transact(lambda tx: records.mark(tx, connection, refs, at=NOW, **how))  # type: ignore[arg-type]


async def known(database: Database, connection: int, ref: RecordRef) -> records.Record:
    found = await database.read(lambda tx: records.get(tx, connection, ref))
    assert found is not None
    return found


async def due(database: Database, connection: int, clock: Clock) -> list[RecordRef]:
    rows = await database.read(lambda tx: records.due(tx, connection, at=clock.now, limit=10))
    return [RecordRef(row.kind, row.id) for row in rows]


async def test_contacts_come_before_the_sales_that_wait_for_them(
    database: Database, connection: int, clock: Clock
) -> None:
    await marked(database, connection, SALE)
    await marked(database, connection, INVOICE, CONTACT)
    assert (await due(database, connection, clock))[0] == CONTACT


async def test_R70_ten_marks_are_one_look(database: Database, connection: int, clock: Clock) -> None:
    for _ in range(10):
        await marked(database, connection, INVOICE)
    assert await due(database, connection, clock) == [INVOICE]
    looked = await known(database, connection, INVOICE)
    assert await database.transact(lambda tx: records.clean(tx, looked))
    assert await due(database, connection, clock) == []


async def test_what_was_seen_is_passed_over_when_only_the_unseen_is_asked_for(
    database: Database, connection: int, clock: Clock
) -> None:
    await marked(database, connection, SALE)
    looked = await known(database, connection, SALE)
    await database.transact(lambda tx: records.clean(tx, looked))
    assert await marked(database, connection, SALE, INVOICE, if_unseen=True) == 1
    assert await due(database, connection, clock) == [INVOICE]


async def test_a_sales_wish_for_a_contact_stays_and_its_currency_follows(
    database: Database, connection: int
) -> None:
    await marked(database, connection, CONTACT, wanted=True, currency="EUR")
    await marked(database, connection, CONTACT)
    found = await known(database, connection, CONTACT)
    assert (found.wanted, found.currency, found.version) == (True, "EUR", 2)


async def test_those_who_waited_are_woken_by_the_one_they_waited_for(
    database: Database, connection: int, clock: Clock
) -> None:
    await marked(database, connection, INVOICE, SALE)
    for ref in (INVOICE, SALE):
        looked = await known(database, connection, ref)
        await database.transact(lambda tx, looked=looked: records.wait(tx, looked, until=CONTACT))
    assert await due(database, connection, clock) == []
    other = RecordRef(Kind.CONTACT, "other")
    assert await database.transact(lambda tx: records.wake_waiting(tx, connection, other)) == 0
    assert await database.transact(lambda tx: records.wake_waiting(tx, connection, CONTACT)) == 2
    assert set(await due(database, connection, clock)) == {INVOICE, SALE}


@pytest.mark.parametrize("end", ["mark", "later"])
async def test_a_record_waits_for_one_thing_at_most(database: Database, connection: int, end: str) -> None:
    await marked(database, connection, SALE)
    looked = await known(database, connection, SALE)
    await database.transact(lambda tx: records.wait(tx, looked, until=CONTACT))
    waiting = await known(database, connection, SALE)
    assert (waiting.state, waiting.waiting_for) == ("waiting", CONTACT)
    if end == "mark":
        await marked(database, connection, SALE)
    else:
        at = NOW + timedelta(hours=1)
        await database.transact(lambda tx: records.later(tx, waiting, due_at=at, error="busy"))
    assert (await known(database, connection, SALE)).waiting_for is None


async def test_R72_later_is_later(database: Database, connection: int, clock: Clock) -> None:
    await marked(database, connection, INVOICE)
    looked = await known(database, connection, INVOICE)
    at = NOW + timedelta(seconds=30)
    await database.transact(lambda tx: records.later(tx, looked, due_at=at, error="busy"))
    assert await due(database, connection, clock) == []
    assert await database.read(lambda tx: records.next_due(tx, connection)) == at
    clock.forward(30)
    assert await due(database, connection, clock) == [INVOICE]
    again = await known(database, connection, INVOICE)
    assert (again.attempts, again.error) == (1, "busy")
    await database.transact(lambda tx: records.clean(tx, again))
    assert (await known(database, connection, INVOICE)).attempts == 0


async def test_what_rests_in_trouble_is_listed_for_another_try(database: Database, connection: int) -> None:
    await marked(database, connection, INVOICE, SALE, CONTACT)
    sale, invoice = await known(database, connection, SALE), await known(database, connection, INVOICE)
    await database.transact(lambda tx: records.asking(tx, sale))
    await database.transact(lambda tx: records.broken(tx, invoice, error="KeyError"))
    rows = await database.read(lambda tx: records.unsettled(tx, connection))
    assert {(row.id, row.state) for row in rows} == {("txn", "asking"), ("inv", "broken")}
    counts = await database.read(lambda tx: records.counts(tx, connection))
    assert counts == {"asking": 1, "broken": 1, "dirty": 1}


async def test_R70_a_listing_marks_only_what_changed_since_the_last_look(
    database: Database, connection: int, clock: Clock
) -> None:
    before, after = NOW - timedelta(minutes=5), NOW + timedelta(minutes=5)

    async def shows(changed_at: datetime) -> int:
        return await database.transact(
            lambda tx: records.mark_changed(tx, connection, {INVOICE: changed_at}, at=NOW)
        )

    assert await shows(before) == 1
    looked = msgspec.structs.replace(await known(database, connection, INVOICE), as_of=before)
    await database.transact(lambda tx: records.clean(tx, looked))
    assert await shows(before) == 0
    assert await shows(after) == 1
    assert await due(database, connection, clock) == [INVOICE]


async def test_R54_what_we_made_ourselves_needs_no_look_until_it_changes(
    database: Database, connection: int, clock: Clock
) -> None:
    await database.transact(lambda tx: records.know(tx, connection, CONTACT, as_of=NOW, at=NOW))
    assert await due(database, connection, clock) == []
    seen = {CONTACT: NOW}
    assert await database.transact(lambda tx: records.mark_changed(tx, connection, seen, at=NOW)) == 0
    later = {CONTACT: NOW + timedelta(seconds=1)}
    assert await database.transact(lambda tx: records.mark_changed(tx, connection, later, at=NOW)) == 1


async def test_knowing_does_not_take_a_mark_away(database: Database, connection: int, clock: Clock) -> None:
    await marked(database, connection, CONTACT)
    await database.transact(lambda tx: records.know(tx, connection, CONTACT, as_of=NOW, at=NOW))
    assert await due(database, connection, clock) == [CONTACT]


LEAVE: dict[str, Callable[[Tx, records.Record], object]] = {
    "clean": lambda tx, record: records.clean(tx, record),
    "wait": lambda tx, record: records.wait(tx, record, until=CONTACT),
    "later": lambda tx, record: records.later(tx, record, due_at=NOW + timedelta(days=1), error="x"),
    "asking": lambda tx, record: records.asking(tx, record),
    "broken": lambda tx, record: records.broken(tx, record, error="x"),
}


@pytest.mark.parametrize("leave", LEAVE)
async def test_R72_a_mark_during_a_look_is_never_lost(
    database: Database, connection: int, clock: Clock, leave: str
) -> None:
    """Whatever the look concludes, it concluded from an older state."""
    await marked(database, connection, INVOICE)
    looked = await known(database, connection, INVOICE)
    await marked(database, connection, INVOICE)
    await database.transact(lambda tx: LEAVE[leave](tx, looked))
    assert await due(database, connection, clock) == [INVOICE]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=st.lists(st.sampled_from(["mark", "look", *LEAVE]), max_size=12), number=st.integers(0, 10**9))
async def test_R72_after_any_story_the_newest_mark_was_looked_at_or_is_due(
    database: Database, connection: int, deeds: list[str], number: int
) -> None:
    """A model: what a look concludes stands if no mark came after the look, and is forgotten otherwise."""
    ref = RecordRef(Kind.INVOICE, f"{number}-{'-'.join(deeds)}")
    marks = looked_at = 0
    looked: records.Record | None = None
    expected = "unseen"

    def state(tx: Tx) -> str:
        found = records.get(tx, connection, ref)
        return found.state if found else "unseen"

    for deed in deeds:
        if deed == "mark":
            await marked(database, connection, ref)
            marks += 1
            expected = "dirty"
        elif deed == "look":
            looked = await database.read(lambda tx: records.get(tx, connection, ref))
            looked_at = marks
        elif looked is not None:
            leave = partial(LEAVE[deed], record=looked)
            await database.transact(leave)
            if looked_at == marks:
                expected = {"wait": "waiting"}.get(deed, deed)
        assert await database.read(state) == expected
