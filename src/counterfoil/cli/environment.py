"""What every command begins with: the settings, or all that is wrong with them in plain words."""

from __future__ import annotations

import os

import typer

from counterfoil.settings import Settings, SettingsError, from_environment

BAD_SETTINGS = 2
DATABASE_IN_USE = 3


def settings() -> Settings:
    """The settings of this environment; ends the program with a list of problems otherwise."""
    try:
        return from_environment(os.environ)
    except SettingsError as error:
        typer.echo("Counterfoil cannot start with these settings:", err=True)
        for problem in str(error).splitlines():
            typer.echo(f"  {problem}", err=True)
        raise typer.Exit(BAD_SETTINGS) from error
