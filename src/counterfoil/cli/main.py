"""The command `counterfoil`. Each command's file is imported when it is called, so that `--help` is quick."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    # Its tracebacks show local variables, and ours hold keys and tokens.
    pretty_exceptions_enable=False,
    help="Keeps a CRM and QuickBooks Online in agreement, on your own server.",
)


@app.command()
def serve() -> None:
    """Run the service until it is told to stop (SIGTERM, Ctrl-C)."""
    from counterfoil.cli.serve import serve

    serve()


@app.command()
def migrate() -> None:
    """Bring the database's tables up to date."""
    from counterfoil.cli.migrate import migrate

    migrate()


@app.command()
def keys() -> None:
    """Print a new key for COUNTERFOIL_SECRET_KEYS."""
    from counterfoil.cli.keys import keys

    keys()


@app.command()
def status(
    json: Annotated[
        bool, typer.Option("--json", help="Print JSON, one object with all connections.")
    ] = False,
) -> None:
    """Show every connection: state, what is in step, what needs attention, what it cost."""
    from counterfoil.cli.status import status

    status(json=json)


@app.command()
def doctor() -> None:
    """Check settings, keys, the database and the way to both banks."""
    from counterfoil.cli.doctor import doctor

    doctor()
