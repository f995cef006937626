"""`counterfoil keys`: a new key that seals tokens."""

from __future__ import annotations

import typer
from cryptography.fernet import Fernet


def keys() -> None:
    """Print a new key for COUNTERFOIL_SECRET_KEYS. To rotate, put it in front of the old one, with a comma."""
    typer.echo(Fernet.generate_key().decode())
