"""What every command begins with: the settings, or all that is wrong with them in plain words."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import typer

from counterfoil.settings import Settings, SettingsError, from_environment
from counterfoil.store.database import DatabaseInUse, Unusable

T = TypeVar("T")

FAILED = 1
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


@contextmanager
def plain_words() -> Iterator[None]:
    """Ends the program with a sentence and an exit code for what an operator can mend, instead of a traceback."""
    try:
        yield
    except DatabaseInUse as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(DATABASE_IN_USE) from error
    except Unusable as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(FAILED) from error


def made(make: Callable[[], T]) -> T:
    """What `make` makes of the settings; ends the program where they are malformed (a key, an address)."""
    try:
        return make()
    except ValueError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(BAD_SETTINGS) from error
