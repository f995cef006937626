"""The command `crm-sandbox`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from crm_sandbox.pages.settings_pages import checked_address
from crm_sandbox.sandbox import Sandbox
from sandbox_kit import server

app = typer.Typer(
    help="A stand-in for a HighLevel location, for development and tests. Not the original, and not connected to it.",
    no_args_is_help=True,
    add_completion=False,
)


@app.callback()
def main() -> None:
    """A stand-in for a HighLevel location."""


@app.command()
def serve(
    port: Annotated[
        int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65_535)
    ] = 8502,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    location: Annotated[str | None, typer.Option(help="us (as without), gb, ca, au or eu.")] = None,
    seed: Annotated[str, typer.Option(help="sample, empty, contacts:N or large:N,M.")] = "sample",
    data: Annotated[Path | None, typer.Option(help="File that keeps everything over a restart.")] = None,
    quota: Annotated[bool, typer.Option("--quota/--no-quota", help="Enforce the rate limits.")] = True,
    webhooks: Annotated[str | None, typer.Option(help="Where events are posted: <address>/<event>.")] = None,
    page: Annotated[str | None, typer.Option(help="The app's page that the CRM shows in a frame.")] = None,
    callback: Annotated[str | None, typer.Option(help="Where installing the app leads back to.")] = None,
    random_seed: Annotated[
        int,
        typer.Option(help="The same number gives the same ids and tokens; two locations need two.", min=0),
    ] = 1,
    json: Annotated[
        bool, typer.Option("--json", help="Print the credentials as one line of JSON first.")
    ] = False,
) -> None:
    """Serve one location until stopped."""
    try:
        sandbox = Sandbox(
            location=location,
            seed=seed,
            random_seed=random_seed,
            quota=quota,
            webhooks_url=checked_address(webhooks or ""),
            data=data,
            page_url=checked_address(page or ""),
            redirect_uri=checked_address(callback or ""),
        )
    except (ValueError, msgspec.DecodeError) as error:
        raise typer.BadParameter(str(error)) from error

    def announce(url: str) -> None:
        sandbox.base_url = url
        typer.echo(msgspec.json.encode(sandbox.credentials).decode() if json else _welcome(sandbox))

    try:
        server.serve(sandbox.app, host=host, port=port, background=sandbox.background, announce=announce)
    except OSError as error:
        raise typer.BadParameter(f"cannot listen on {host}:{port}: {error.strerror}") from error


def _welcome(sandbox: Sandbox) -> str:
    known = sandbox.credentials
    elsewhere = {"base_url", "access_token", "refresh_token"}
    rows = "\n".join(f"  {name:<20}{value}" for name, value in known.items() if name not in elsewhere)
    last = "Look at it in a browser; --json prints the long tokens too; stop with Ctrl-C."
    return f"CRM sandbox on {known['base_url']}\n{rows}\n{last}"
