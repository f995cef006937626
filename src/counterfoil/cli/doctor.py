"""`counterfoil doctor`: look at settings, keys, the database and the way to both banks, and say what to do."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import typer

from counterfoil import assembly
from counterfoil.cli import environment
from counterfoil.settings import Settings
from counterfoil.store.database import Unusable


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `advice` says what to do when it is not well. What is not `needed` can stay so."""

    what: str
    well: bool
    advice: str = ""
    needed: bool = True


def doctor() -> None:
    """Check whether the service could work here; ends with 1 when it could not."""
    settings = environment.settings()
    findings = [Finding("settings are complete", True), *asyncio.run(examine(settings))]
    for finding in findings:
        mark = "✓" if finding.well else "✗" if finding.needed else "–"
        typer.echo(f"{mark} {finding.what}")
        if not finding.well:
            typer.echo(f"  {finding.advice}")
    raise typer.Exit(
        0 if all(finding.well or not finding.needed for finding in findings) else environment.FAILED
    )


async def examine(settings: Settings) -> list[Finding]:
    """Look at everything that can be looked at without logging in anywhere."""
    try:
        service = assembly.assemble(settings)
    except (ValueError, Unusable) as error:
        return [Finding("keys and database address are well-formed", False, str(error))]
    try:
        return [
            Finding("keys and database address are well-formed", True),
            await _database(service),
            *[
                await _bank(service, name, where)
                for name, where in assembly.bank_addresses(service, settings).items()
            ],
            Finding(
                "QuickBooks' webhooks can be verified",
                bool(settings.quickbooks_webhook_verifier),
                "Set COUNTERFOIL_QUICKBOOKS_WEBHOOK_VERIFIER, else changes are found by asking only.",
                needed=False,
            ),
        ]
    finally:
        await service.close()


async def _database(service: assembly.Counterfoil) -> Finding:
    try:
        await service.database.check()
    except Unusable as error:
        return Finding("the database answers", False, str(error))
    revision = await service.database.revision()
    state = f"its tables are at revision {revision}" if revision else "it is empty; serve or migrate fills it"
    return Finding(f"the database answers, {state}", True)


async def _bank(service: assembly.Counterfoil, name: str, where: str) -> Finding:
    reached = await service.reaches(where)
    return Finding(f"{name} answers at {where}", reached, "Look at this machine's way to the internet.")
