"""Bring a database's tables up to date with the revisions in `migrations`, inside a given transaction."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext

FOLDER = Path(__file__).parent / "migrations"


def configuration(tx: sa.Connection) -> Config:
    """Alembic's configuration for this open connection; nothing is read from a file."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = tx
    return config


def revision(tx: sa.Connection) -> str:
    """Which revision are the tables at? Empty for a database without any."""
    return MigrationContext.configure(tx).get_current_revision() or ""


def upgrade(tx: sa.Connection) -> None:
    """Run the revisions that are missing."""
    command.upgrade(configuration(tx), "head")
