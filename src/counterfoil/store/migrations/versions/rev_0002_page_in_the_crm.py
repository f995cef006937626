"""The page inside the CRM: who may frame it, and what its sessions may do."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("sessions", sa.Column("may_change", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("sessions", sa.Column("framed", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "framers",
        sa.Column("crm", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("domain", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("crm", "account_id", "domain", name=op.f("pk_framers")),
    )
