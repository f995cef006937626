"""Steps: a write is recorded whole before it is sent, and its key never changes under a retry (R71)."""

from __future__ import annotations

from decimal import Decimal

import pytest
import sqlalchemy as sa

from counterfoil.crm import records as crm
from counterfoil.quickbooks import entities
from counterfoil.store import schema, steps
from counterfoil.store.database import Database
from counterfoil.sync import plan
from counterfoil.sync.facts import Kind, Origin, RecordRef
from counterfoil.sync.reasons import Because

from .conftest import NOW, Connect

INVOICE = RecordRef(Kind.INVOICE, "inv-1")
WRITE = plan.QuickBooksWrite(
    entity="Invoice",
    operation=plan.Operation.CREATE,
    body=entities.Invoice(doc_number="INV-1"),
    cause="invoice inv-1",
    because=Because.INVOICE_CREATED,
    pair=plan.Pair(crm_kind="invoice", crm_id="inv-1", entity="Invoice", origin=Origin.CRM),
    expect_total=Decimal("572.76"),
)
CONTACT = plan.CrmWrite(
    operation=plan.Operation.UPDATE,
    draft=crm.ContactDraft(),
    cause="customer 9",
    because=Because.CONTACT_UPDATED,
    contact_id="con-9",
)


async def recorded(
    database: Database,
    connection: int,
    write: plan.QuickBooksWrite | plan.CrmWrite = WRITE,
    body: bytes = b"{}",
) -> steps.Step:
    return await database.transact(
        lambda tx: steps.record(
            tx, connection, record=INVOICE, plan=write, body=body, wanted=b"w", at=NOW, epoch=1
        )
    )


async def test_R71_a_step_comes_back_as_it_was_recorded(database: Database, connection: int) -> None:
    made = await recorded(database, connection, body=b'{"DocNumber":"INV-1"}')
    (kept,) = await database.read(lambda tx: steps.unfinished(tx, connection))
    assert kept == made
    assert (made.bank, made.entity, made.operation, made.state) == (
        "quickbooks",
        "Invoice",
        "create",
        "recorded",
    )
    assert (made.body, made.wanted, made.pair) == (b'{"DocNumber":"INV-1"}', b"w", WRITE.pair)
    assert (made.expect_total, made.because) == (Decimal("572.76"), Because.INVOICE_CREATED)
    assert len(made.key) <= 50


async def test_R71_recording_again_gives_the_open_step_whatever_the_body(
    database: Database, connection: int
) -> None:
    """It may have been sent already: it is finished first."""
    first = await recorded(database, connection, body=b"old")
    assert await recorded(database, connection, body=b"new") == first
    await database.transact(lambda tx: steps.answered(tx, first.id, answer=b"{}"))
    again = await recorded(database, connection, body=b"new")
    assert (again.key, again.state, again.answer) == (first.key, "answered", b"{}")


@pytest.mark.parametrize("end", ["settled", "refused"])
async def test_R71_only_a_closed_step_gives_its_cause_a_new_key(
    database: Database, connection: int, end: str
) -> None:
    """Intuit gives the old answer to an old key even when the object is gone."""
    first = await recorded(database, connection)
    if end == "settled":
        await database.transact(lambda tx: steps.settled(tx, first.id, at=NOW))
    else:
        await database.transact(lambda tx: steps.refused(tx, first.id, code="6140", detail="taken", at=NOW))
    assert await database.read(lambda tx: steps.unfinished(tx, connection)) == ()
    second = await recorded(database, connection)
    assert (first.generation, second.generation) == (1, 2)
    assert first.key != second.key


async def test_R71_the_key_is_made_of_connection_cause_and_generation_alone(
    database: Database, connect: Connect
) -> None:
    """Lost with the row (a restored backup), it comes back the same; another connection has another one."""
    one, two = await connect("one"), await connect("two")
    first = await recorded(database, one)
    await database.transact(lambda tx: tx.execute(sa.delete(schema.steps)))
    assert (await recorded(database, one)).key == first.key
    assert (await recorded(database, two)).key != first.key


async def test_a_step_for_the_crm_names_its_target(database: Database, connection: int) -> None:
    made = await recorded(database, connection, CONTACT)
    assert (made.bank, made.entity, made.target_id, made.expect_total) == ("crm", "Contact", "con-9", None)
