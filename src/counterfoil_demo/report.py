"""What is shown: one line per step while the story is played, then each record with both totals, then the calls."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from counterfoil_demo.checks import Finding
from counterfoil_demo.scene import Calls, Count, Pair
from counterfoil_demo.story import Outcome
from counterfoil_demo.town import Town

YES, NO = "[green]✓[/]", "[red]✗[/]"


def show_step(console: Console, number: int, of: int, outcome: Outcome) -> None:
    """A step: whether it held, and what was checked; what failed gets a line of its own."""
    console.print(
        f"{mark(outcome.held)} {number:>2}/{of}  {escape(outcome.title)}  [dim]{outcome.seconds:.1f} s[/]"
    )
    held = [finding.what for finding in outcome.findings if finding.held]
    if held:
        console.print(f"         [dim]{escape(', '.join(held))}[/]")
    for finding in failed([outcome]):
        console.print(f"         [red]{escape(finding.what)}: {escape(finding.seen)}[/]")


def mark(held: bool) -> str:
    """A tick or a cross."""
    return YES if held else NO


def failed(outcomes: Sequence[Outcome]) -> list[Finding]:
    """Every check that did not hold."""
    return [finding for outcome in outcomes for finding in outcome.findings if not finding.held]


def money(amount: Decimal | None) -> str:
    """An amount with two places; a dash where there is none."""
    return "–" if amount is None else f"{Decimal(amount):,.2f}"


def records_table(pairs: Sequence[Pair]) -> Table:
    """Each record with its total on both sides."""
    table = Table(title="What stands on both sides", title_justify="left", title_style="bold")
    table.add_column("Record")
    table.add_column("CRM", justify="right")
    table.add_column("QuickBooks", justify="right")
    table.add_column("")
    table.add_column("", style="dim")
    for pair in pairs:
        table.add_row(pair.record, money(pair.crm), money(pair.quickbooks), mark(pair.agrees), pair.note)
    return table


def calls_table(counts: Sequence[Count]) -> Table:
    """What Counterfoil asked of each bank, as the bank's journal and as Counterfoil itself counted it."""
    table = Table(title="API calls of Counterfoil", title_justify="left", title_style="bold")
    table.add_column("Bank")
    for name in ("calls", "reads", "writes", "metered reads"):
        table.add_column(name, justify="right")
    table.add_column("counted by")
    table.add_column("")
    for count in counts:
        table.add_row(count.bank, *_numbers(count.journal), "its journal", "")
        table.add_row("", *_numbers(count.counted), "Counterfoil", mark(count.agrees))
    return table


def _numbers(calls: Calls) -> tuple[str, str, str, str]:
    return str(calls.all), str(calls.reads), str(calls.writes), str(calls.metered)


def show_closing(
    console: Console, outcomes: Sequence[Outcome], of: int, pairs: Sequence[Pair], counts: Sequence[Count]
) -> None:
    """The closing tables and the verdict."""
    for table in (records_table(pairs) if pairs else None, calls_table(counts) if counts else None):
        if table is not None:
            console.print()
            console.print(table)
    checks = sum(len(outcome.findings) for outcome in outcomes)
    wrong = failed(outcomes)
    console.print()
    if not wrong and len(outcomes) == of:
        console.print(f"{YES} [bold]All {checks} checks of the story held.[/]")
        return
    console.print(
        f"{NO} [bold]{len(wrong)} of {checks} checks failed; {len(outcomes)} of {of} steps were played.[/]"
    )
    for outcome in outcomes:
        for finding in failed([outcome]):
            console.print(
                f"  [red]{escape(outcome.title)}: {escape(finding.what)}: {escape(finding.seen)}[/]"
            )


def show_addresses(console: Console, town: Town) -> None:
    """What to open while it stays up."""
    console.print()
    console.print("[bold]Open in a browser[/] (Ctrl-C stops everything)")
    for name, address in addresses(town).items():
        console.print(f"  {name:<28} {address}")


def addresses(town: Town) -> dict[str, str]:
    """Every address that is worth a look, by what it is.

    A page of Counterfoil belongs to a browser that came back from the CRM's log-in, or to the CRM that frames it: the
    first two lead there.
    """
    quickbooks, crm = town.quickbooks.base_url, town.crm.base_url
    return {
        "Counterfoil inside the CRM": f"{crm}/crm/settings/integrations/quickbooks-connect",
        "Counterfoil (press Allow)": f"{town.service.base_url}/connect/highlevel",
        "QuickBooks company": f"{quickbooks}/",
        "CRM location": f"{crm}/",
        "QuickBooks control API": f"{quickbooks}/_sandbox/journal",
        "CRM control API": f"{crm}/_sandbox/journal",
    }
