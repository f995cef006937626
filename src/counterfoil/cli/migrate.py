"""`counterfoil migrate`: bring the database's tables up to date without serving."""

from __future__ import annotations

import asyncio

import typer

from counterfoil.cli import environment
from counterfoil.store.database import Database


def migrate() -> None:
    """Bring the tables up to date. `serve` does the same at its start; this is for doing it beforehand."""
    settings = environment.settings()

    async def work() -> tuple[str, str]:
        database = environment.made(lambda: Database(settings.database_url))
        try:
            await database.check()
            before = await database.revision()
            await database.migrate()
            return before, await database.revision()
        finally:
            await database.close()

    with environment.plain_words():
        before, after = asyncio.run(work())
    if before == after:
        typer.echo(f"The tables are up to date (revision {after}).")
    else:
        typer.echo(f"The tables are now at revision {after} (before: {before or 'none'}).")
