"""`counterfoil status`: how every connection is doing, read from the database beside the running service."""

from __future__ import annotations

import asyncio

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from counterfoil.cli import environment
from counterfoil.store import attention, connections, records, usage, work
from counterfoil.store.database import Database, Tx


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One connection. Counts are of records; `metered_reads` is since the beginning."""

    uuid: str
    account: str
    company: str
    state: str
    in_step: int
    working_on_it: int
    needs_attention: int
    parked: bool
    calls: int
    metered_reads: int


def status(
    json: bool = False,
) -> None:
    """Show every connection: state, what is in step, what needs attention, and what it cost."""
    settings = environment.settings()

    async def read() -> tuple[Line, ...]:
        database = environment.made(lambda: Database(settings.database_url, create=False))
        try:
            await database.check()
            if not await database.revision():
                return ()
            return await database.read(lines)
        finally:
            await database.close()

    with environment.plain_words():
        found = asyncio.run(read())
    if json:
        typer.echo(msgspec.json.encode({"connections": found}).decode())
        return
    show(found, Console())


def lines(tx: Tx) -> tuple[Line, ...]:
    """A line for every connection, oldest first."""
    given_up = set(work.parked(tx))
    return tuple(_line(tx, known, parked=known.id in given_up) for known in connections.everyone(tx))


def show(found: tuple[Line, ...], console: Console) -> None:
    """The table for a person."""
    if not found:
        console.print("There is no connection yet. Open the service's address in a browser and connect one.")
        return
    table = Table("CRM account", "QuickBooks company", "State")
    for heading in ("In step", "Working on it", "Needs attention", "API calls", "Metered reads"):
        table.add_column(heading, justify="right")
    for line in found:
        state = f"{line.state}, parked" if line.parked else line.state
        numbers = (line.in_step, line.working_on_it, line.needs_attention, line.calls, line.metered_reads)
        table.add_row(line.account, line.company or "–", state, *(str(number) for number in numbers))
    console.print(table)


def _line(tx: Tx, known: connections.Connection, *, parked: bool) -> Line:
    counts = records.counts(tx, known.id)
    totals = usage.totals(tx, known.id)
    return Line(
        uuid=known.uuid,
        account=known.account_name or known.account_id,
        company=known.company_name,
        state=known.state.value,
        in_step=counts.get("clean", 0),
        working_on_it=sum(counts.get(state, 0) for state in ("dirty", "waiting", "later")),
        needs_attention=len(attention.open_items(tx, known.id)),
        parked=parked,
        calls=sum(number for (_, kind), number in totals.items() if kind in {"read", "write"}),
        metered_reads=totals.get(("quickbooks", "metered"), 0),
    )
