"""Resumable imports. The first one fills the mirror and brings QuickBooks' customers to the CRM (R50).

Each page is one query and one transaction that also moves the cursor, so a killed import goes on where it was. Run
again it duplicates nothing: a customer that has its contact is known by its link.
"""

from __future__ import annotations

from datetime import datetime

from counterfoil import times
from counterfoil.engine import poll
from counterfoil.engine.desk import Desk
from counterfoil.quickbooks import api, entities
from counterfoil.store import connections, mirror, progress, records
from counterfoil.store.database import Tx
from counterfoil.sync.facts import Kind, RecordRef

JOB = "contacts"
PAGE = 1000
"""The most that one query may return (reference 6.3)."""
FILLED = ("Account", "PaymentMethod", "Item", "Customer")
"""What the mirror is filled with before the first decision; documents enter it as they are written."""


async def go_on(desk: Desk) -> bool:
    """Do the next page of the import, if there is one; True when there is nothing (more) to import.

    Raises what `api.query` raises; the cursor then stays where it is.
    """
    job = await desk.read(lambda tx: progress.get(tx, desk.id, JOB))
    if job is None:
        now = desk.clock()
        await desk.write(lambda tx: _begin(tx, desk.id, at=now))
        return False
    if job.finished_at is not None:
        return True
    entity, _, start = job.cursor.partition(":")
    first = int(start or 1)
    answers = await api.query.select(
        desk.quickbooks, entity, where="Active IN (true, false)", start=first, maximum=PAGE
    )
    await desk.write(
        lambda tx: _take_in(tx, desk, entity=entity, first=first, done=job.done, answers=answers)
    )
    return False


def run_again(tx: Tx, connection: int, *, at: datetime) -> None:
    """Import all customers once more (the owner asked for it): every customer is looked at again."""
    _begin(tx, connection, at=at)
    for customer in mirror.everyone(tx, connection, "Customer"):
        if customer.id:
            records.mark(tx, connection, [RecordRef(Kind.CUSTOMER, customer.id)], at=at)


def _begin(tx: Tx, connection: int, *, at: datetime) -> None:
    progress.begin(tx, connection, JOB, total=0, at=at)
    progress.advance(tx, connection, JOB, cursor=f"{FILLED[0]}:1", done=0)
    # What changes while the pages are read is told by the first change query.
    connections.set_cursor(tx, connection, poll.FEED, times.iso(at - poll.OVERLAP))


def _take_in(
    tx: Tx,
    desk: Desk,
    *,
    entity: str,
    first: int,
    done: int,
    answers: tuple[api.reading.Answer, ...],
) -> None:
    at = desk.clock()
    to_import: list[RecordRef] = []
    for answer in answers:
        mirror.put(tx, desk.id, entity=entity, object=answer.object, raw=answer.raw, at=at)
        found = answer.object
        if isinstance(found, entities.Customer) and found.active and found.id:
            to_import.append(RecordRef(Kind.CUSTOMER, found.id))
    records.mark(tx, desk.id, to_import, at=at, if_unseen=True)
    done += len(to_import)
    if len(answers) == PAGE:
        progress.advance(tx, desk.id, JOB, cursor=f"{entity}:{first + PAGE}", done=done)
    elif entity != FILLED[-1]:
        following = FILLED[FILLED.index(entity) + 1]
        progress.advance(tx, desk.id, JOB, cursor=f"{following}:1", done=done)
    else:
        progress.advance(tx, desk.id, JOB, cursor="", done=done)
        progress.finish(tx, desk.id, JOB, at=at)
