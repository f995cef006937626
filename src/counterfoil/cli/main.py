"""The command `counterfoil`."""

from __future__ import annotations

import typer

from counterfoil.cli import keys, serve

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Keeps a CRM and QuickBooks Online in agreement."
)
app.command("serve")(serve.serve)
app.command("keys")(keys.keys)
