"""The command ``quickbooks-sandbox``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from quickbooks_sandbox import storage
from quickbooks_sandbox.company.kinds import KINDS
from quickbooks_sandbox.company.seeds.sowing import SEEDS
from quickbooks_sandbox.sandbox import Sandbox
from sandbox_kit import server

app = typer.Typer(help="A local stand-in for QuickBooks Online.", no_args_is_help=True, add_completion=False)


@app.callback()
def main() -> None:
    """A local stand-in for QuickBooks Online."""


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.")] = 8090,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    company: Annotated[str, typer.Option(help=f"{', '.join(KINDS)}.")] = "us-ast",
    seed: Annotated[str, typer.Option(help=f"{SEEDS}.")] = "sample",
    data: Annotated[Path | None, typer.Option(help="File that keeps the state over a restart.")] = None,
    no_quota: Annotated[bool, typer.Option("--no-quota", help="Do not enforce Intuit's limits.")] = False,
    webhook: Annotated[str | None, typer.Option(help="Where webhooks go.")] = None,
    redirect_uri: Annotated[
        list[str] | None, typer.Option(help="A registered return address; any is allowed without.")
    ] = None,
    random_seed: Annotated[int, typer.Option(help="The same number gives the same ids and tokens.")] = 1,
    json: Annotated[bool, typer.Option("--json", help="Print the credentials as one line of JSON.")] = False,
) -> None:
    """Serve one company until interrupted."""
    try:
        sandbox = Sandbox(
            company,
            seed,
            random_seed=random_seed,
            quota=not no_quota,
            webhook_url=webhook,
            redirect_uris=redirect_uri or (),
            data=data,
        )
    except (ValueError, storage.Unreadable) as error:
        typer.echo(f"quickbooks-sandbox: {error}", err=True)
        raise typer.Exit(2) from None

    def announce(url: str) -> None:
        sandbox.base_url = url
        if json:
            typer.echo(msgspec.json.encode(sandbox.credentials).decode())
        else:
            typer.echo(f"QuickBooks sandbox at {url}, company {sandbox.realm_id} ({company}, {seed})")
            typer.echo(f"Credentials: {url}/_sandbox/credentials")

    try:
        server.serve(sandbox.app, host=host, port=port, background=sandbox.background, announce=announce)
    except OSError as error:
        typer.echo(f"quickbooks-sandbox: cannot listen on {host}:{port}: {error}", err=True)
        raise typer.Exit(1) from None
