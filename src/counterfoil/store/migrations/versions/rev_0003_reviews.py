"""What was decided about asking customers for a review."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "reviews",
        sa.Column("connection", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("contact_id", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["connection"], ["connections.id"], name=op.f("fk_reviews_connection")),
        sa.PrimaryKeyConstraint("connection", "customer_id", name=op.f("pk_reviews")),
    )
    op.create_index(
        op.f("ix_reviews_connection_contact_id"), "reviews", ["connection", "contact_id"], unique=False
    )
