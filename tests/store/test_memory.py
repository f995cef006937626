"""What Counterfoil remembers: arrivals, links, the mirror, attention, history, usage, progress, cursors, connections."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest
import sqlalchemy as sa

from counterfoil.quickbooks import entities
from counterfoil.store import (
    arrivals,
    attention,
    connections,
    history,
    links,
    mirror,
    progress,
    schema,
    usage,
)
from counterfoil.store.database import Database, Tx
from counterfoil.sync import facts, plan
from counterfoil.sync.facts import Kind, Origin, RecordRef
from counterfoil.sync.reasons import Because

from .conftest import NOW, Connect

INVOICE = RecordRef(Kind.INVOICE, "inv-1")
PAIR = plan.Pair(crm_kind="contact", crm_id="con-1", entity="Customer", origin=Origin.CRM)


def customer(
    id: str, *, name: str = "Ada Byron", token: str = "0", email: str = "", active: bool = True
) -> bytes:
    address = f',"PrimaryEmailAddr":{{"Address":"{email}"}}' if email else ""
    return (
        f'{{"Id":"{id}","SyncToken":"{token}","DisplayName":"{name}","Active":{str(active).lower()}{address},'
        f'"MetaData":{{"LastUpdatedTime":"2026-03-02T0{token}:00:00Z"}}}}'
    ).encode()


async def put(database: Database, connection: int, raw: bytes, *, only_newer: bool = True) -> bool:
    found = msgspec.json.decode(raw, type=entities.Customer)
    return await database.transact(
        lambda tx: mirror.put(
            tx, connection, entity="Customer", object=found, raw=raw, at=NOW, only_newer=only_newer
        )
    )


async def test_R70_a_delivery_is_kept_once_per_source(database: Database, connection: int) -> None:
    async def keep(source: str, delivery: str) -> bool:
        return await database.transact(
            lambda tx: arrivals.keep(
                tx,
                source=source,
                delivery_id=delivery,
                connection=connection,
                event="InvoiceSent",
                body=b"{}",
                at=NOW,
            )
        )

    assert [await keep("crm", "1"), await keep("crm", "1"), await keep("quickbooks", "1")] == [
        True,
        False,
        True,
    ]
    recent = await database.read(lambda tx: arrivals.recent(tx, connection=connection, limit=10))
    assert {(arrival.source, arrival.delivery_id) for arrival in recent} == {
        ("crm", "1"),
        ("quickbooks", "1"),
    }
    assert await database.transact(lambda tx: arrivals.prune(tx, before=NOW + timedelta(seconds=1))) == 2


async def test_R70_forged_deliveries_are_counted(database: Database) -> None:
    for _ in range(3):
        await database.transact(lambda tx: arrivals.count_refused(tx, source="crm", at=NOW))
    await database.transact(lambda tx: arrivals.count_refused(tx, source="crm", at=NOW + timedelta(days=1)))
    assert await database.read(lambda tx: arrivals.refused(tx, source="crm")) == 4
    assert await database.read(lambda tx: arrivals.refused(tx, source="quickbooks")) == 0


async def test_an_object_is_linked_once_and_a_contact_has_a_primary_customer(
    database: Database, connection: int
) -> None:
    async def link(pair: plan.Pair, crm_id: str, entity_id: str) -> None:
        await database.transact(
            lambda tx: links.put(tx, connection, pair, crm_id=crm_id, entity_id=entity_id, at=NOW)
        )

    second = msgspec.structs.replace(PAIR, primary=False)
    await link(second, "con-1", "8")
    await link(PAIR, "con-1", "9")
    await link(PAIR, "con-2", "9")
    primary = await database.read(
        lambda tx: links.of_crm(tx, connection, kind="contact", id="con-1", entity="Customer")
    )
    assert primary is not None
    assert (primary.entity_id, primary.origin) == ("9", Origin.CRM)
    owner = await database.read(lambda tx: links.of_entity(tx, connection, entity="Customer", id="9"))
    assert owner is not None
    assert owner.crm_id == "con-1"
    assert len(await database.read(lambda tx: links.everyone(tx, connection, entity="Customer"))) == 2


async def test_R33_the_payments_of_an_invoice_are_its_children_with_what_was_written(
    database: Database, connection: int
) -> None:
    pair = plan.Pair(crm_kind="transaction", crm_id="t", entity="Payment", origin=Origin.CRM, parent="inv-1")
    for number in (1, 2):
        await database.transact(
            lambda tx, number=number: links.put(  # type: ignore[misc]
                tx,
                connection,
                pair,
                crm_id=f"t{number}",
                entity_id=f"{number}",
                at=NOW + timedelta(seconds=number),
            )
        )
    for body in (b"old", b"new"):
        await database.transact(
            lambda tx, body=body: links.set_written(  # type: ignore[misc]
                tx, connection, entity="Payment", entity_id="2", side="quickbooks", body=body
            )
        )
    found = await database.read(lambda tx: links.children(tx, connection, parent="inv-1"))
    assert [(child.link.crm_id, child.written) for child in found] == [("t1", None), ("t2", b"new")]


async def test_R75_the_mirror_keeps_the_newest(database: Database, connection: int) -> None:
    assert await put(database, connection, customer("1", token="2", name="New"))
    assert not await put(database, connection, customer("1", token="1", name="Old"))
    assert not await put(database, connection, customer("1", token="2", name="New"))
    assert await put(database, connection, customer("1", token="1", name="Forced"), only_newer=False)
    found = await database.read(lambda tx: mirror.get(tx, connection, entity="Customer", id="1"))
    assert isinstance(found, entities.Customer)
    assert found.display_name == "Forced"
    await database.transact(lambda tx: mirror.remove(tx, connection, entity="Customer", id="1"))
    assert await database.read(lambda tx: mirror.count(tx, connection, "Customer")) == 0


@pytest.mark.parametrize("asked", ["maya@example.com", " MAYA@Example.com "])
async def test_R11_a_customer_is_found_by_any_of_its_addresses(
    database: Database, connect: Connect, asked: str
) -> None:
    here, elsewhere = await connect("here"), await connect("elsewhere")
    await put(database, here, customer("1", email="office@example.com, Maya@example.com"))
    await put(database, here, customer("2", email="maya@example.com", active=False))
    await put(database, here, customer("3", email="amaya@example.com"))
    await put(database, elsewhere, customer("4", email="maya@example.com"))
    found = await database.read(lambda tx: mirror.customers_with_email(tx, here, asked))
    assert [each.id for each in found] == ["1", "2"]
    await put(database, here, customer("1", token="1", email="office@example.com"))
    found = await database.read(lambda tx: mirror.customers_with_email(tx, here, asked))
    assert [each.id for each in found] == ["2"]


async def test_nothing_is_left_of_a_deleted_customer(database: Database, connection: int) -> None:
    await put(database, connection, customer("1", email="maya@example.com"))
    await database.transact(lambda tx: mirror.remove(tx, connection, entity="Customer", id="1"))
    assert await database.read(lambda tx: mirror.get(tx, connection, entity="Customer", id="1")) is None
    assert await database.read(lambda tx: list(tx.execute(sa.select(schema.mirror_emails)))) == []


async def test_R14_names_that_begin_alike_are_known_as_taken(database: Database, connection: int) -> None:
    await put(database, connection, customer("1", name="Ada Byron"))
    await put(database, connection, customer("2", name="ADA BYRON (2)"))
    await put(database, connection, customer("3", name="Ada_Byron"))
    await database.transact(
        lambda tx: mirror.take(tx, connection, scope="DisplayName", name="Ada Byron (vendor)")
    )
    taken = await database.read(lambda tx: mirror.names_taken(tx, connection, "Ada B"))
    assert taken == {"ada byron", "ada byron (2)", "ada byron (vendor)"}
    assert await database.read(lambda tx: mirror.taken(tx, connection, scope="DocNumber")) == frozenset()


async def test_R72_attention_says_each_thing_once_until_it_is_settled(
    database: Database, connection: int
) -> None:
    async def ask(because: Because, detail: str) -> None:
        await database.transact(
            lambda tx: attention.open(
                tx, connection, INVOICE, because=because, details=[("What", detail)], at=NOW
            )
        )

    async def items() -> list[tuple[Because, tuple[tuple[str, str], ...]]]:
        found = await database.read(lambda tx: attention.open_items(tx, connection))
        return [(item.because, item.details) for item in found]

    await ask(Because.REFUSED, "a")
    first = await database.read(lambda tx: attention.open_items(tx, connection))
    await ask(Because.REFUSED, "a")
    assert await database.read(lambda tx: attention.open_items(tx, connection)) == first
    await ask(Because.TOTALS_DIFFER, "b")
    assert await items() == [(Because.TOTALS_DIFFER, (("What", "b"),))]
    await database.transact(lambda tx: attention.close(tx, connection, INVOICE, at=NOW))
    assert await items() == []


async def test_R74_history_tells_a_record_from_its_beginning(database: Database, connection: int) -> None:
    for number, what in enumerate(("decided", "written", "in step")):
        await database.transact(
            lambda tx, number=number, what=what: history.tell(  # type: ignore[misc]
                tx,
                connection,
                INVOICE,
                what=what,
                at=NOW + timedelta(seconds=number),
                because=Because.INVOICE_CREATED,
                detail={"total": "1.00"},
            )
        )
    await database.transact(lambda tx: history.tell(tx, connection, None, what="started", at=NOW))
    told = await database.read(lambda tx: history.of(tx, connection, INVOICE))
    assert [entry.what for entry in told] == ["decided", "written", "in step"]
    assert (told[0].because, told[0].detail, told[0].at) == (Because.INVOICE_CREATED, {"total": "1.00"}, NOW)
    recent = await database.read(lambda tx: history.recent(tx, connection, 2))
    assert [(entry.what, entry.record) for entry in recent] == [("started", None), ("in step", INVOICE)]


async def test_R75_calls_are_counted_by_day_and_kind(database: Database, connection: int) -> None:
    async def count(day: int, kind: str, calls: int) -> None:
        await database.transact(
            lambda tx: usage.count(
                tx, connection, bank="quickbooks", kind=kind, day=date(2026, 3, day), calls=calls
            )
        )

    for day, kind, calls in ((1, "metered", 2), (2, "metered", 3), (2, "metered", 1), (2, "write", 5)):
        await count(day, kind, calls)
    totals = await database.read(lambda tx: usage.totals(tx, connection))
    assert totals == {("quickbooks", "metered"): 6, ("quickbooks", "write"): 5}
    since = await database.read(lambda tx: usage.totals(tx, connection, since=date(2026, 3, 2)))
    assert since[("quickbooks", "metered")] == 4


async def test_R50_an_import_remembers_where_it_was(database: Database, connection: int) -> None:
    async def get() -> progress.Progress | None:
        return await database.read(lambda tx: progress.get(tx, connection, "contacts"))

    assert await get() is None
    await database.transact(lambda tx: progress.begin(tx, connection, "contacts", total=40, at=NOW))
    await database.transact(
        lambda tx: progress.advance(tx, connection, "contacts", cursor="Customer:31", done=30)
    )
    found = await get()
    assert found is not None
    assert (found.cursor, found.done, found.total, found.finished_at) == ("Customer:31", 30, 40, None)
    await database.transact(lambda tx: progress.finish(tx, connection, "contacts", at=NOW))
    found = await get()
    assert found is not None
    assert found.finished_at == NOW
    await database.transact(lambda tx: progress.begin(tx, connection, "contacts", total=0, at=NOW))
    found = await get()
    assert found is not None
    assert (found.cursor, found.done, found.finished_at) == ("", 0, None)


async def test_R30_the_line_between_old_and_new_sales_is_drawn_once(
    database: Database, connection: int
) -> None:
    await database.transact(lambda tx: connections.start(tx, connection, at=NOW))
    later = NOW + timedelta(days=3)
    await database.transact(lambda tx: connections.start(tx, connection, at=later))
    known = await database.read(lambda tx: connections.get(tx, connection))
    assert (known.state, known.connected_at) == (connections.State.RUNNING, NOW)


async def test_a_connection_is_made_once_per_account_and_kept_whole(
    database: Database, connection: int, connect: Connect
) -> None:
    assert await connect("account") == connection
    books = facts.Books(country="US", home_currency="USD", book_close_date=date(2025, 12, 31))
    choices = facts.Choices(number_prefix="CF-", payment_methods={"card": "3"})

    def change(tx: Tx) -> None:
        connections.set_realm(tx, connection, realm_id="123", company_name="Harbour", books=books)
        connections.set_choices(tx, connection, choices)
        connections.set_state(
            tx,
            connection,
            connections.State.RECONNECT_NEEDED,
            reason="The access ended.",
        )
        connections.set_cursor(tx, connection, "feed", "a")
        connections.set_cursor(tx, connection, "feed", "b")

    await database.transact(change)
    (known,) = await database.read(lambda tx: connections.by_realm(tx, "123"))
    assert (known.books, known.choices, known.company_name) == (books, choices, "Harbour")
    assert (known.state, known.state_reason) == (connections.State.RECONNECT_NEEDED, "The access ended.")
    assert await database.read(lambda tx: connections.by_uuid(tx, known.uuid)) == known
    assert await database.read(lambda tx: connections.cursor(tx, connection, "feed")) == "b"
    assert await database.read(lambda tx: connections.cursor(tx, connection, "never")) == ""
    with pytest.raises(LookupError):
        await database.read(lambda tx: connections.get(tx, 999))


async def test_R76_times_come_back_aware_and_in_utc(database: Database, connection: int) -> None:
    known = await database.read(lambda tx: connections.get(tx, connection))
    assert known.created_at == NOW
    assert known.created_at.utcoffset() == timedelta(0)
