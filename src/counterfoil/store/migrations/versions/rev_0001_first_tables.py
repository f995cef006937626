"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Instant = sa.DateTime(timezone=True)
BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Forward."""
    _connections()
    _cursors()
    _connection_work()
    _tokens()
    _handshakes()
    _sessions()
    _arrivals()
    _refused_arrivals()
    _records()
    _links()
    _written()
    _mirror()
    _mirror_emails()
    _taken()
    _steps()
    _history()
    _attention()
    _usage()
    _progress()


def _connections() -> None:
    op.create_table(
        "connections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("crm", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("account_name", sa.String(), nullable=False),
        sa.Column("account_zone", sa.String(), nullable=False),
        sa.Column("account_country", sa.String(), nullable=False),
        sa.Column("realm_id", sa.String(), nullable=False),
        sa.Column("company_name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("state_reason", sa.String(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("connected_at", Instant, nullable=True),
        sa.Column("books", sa.LargeBinary(), nullable=True),
        sa.Column("choices", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connections")),
        sa.UniqueConstraint("crm", "account_id", name=op.f("uq_connections_crm_account_id")),
        sa.UniqueConstraint("uuid", name=op.f("uq_connections_uuid")),
    )
    op.create_index(op.f("ix_connections_realm_id"), "connections", ["realm_id"], unique=False)


def _cursors() -> None:
    op.create_table(
        "cursors",
        sa.Column("connection", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["connection"], ["connections.id"], name=op.f("fk_cursors_connection")),
        sa.PrimaryKeyConstraint("connection", "name", name=op.f("pk_cursors")),
    )


def _connection_work() -> None:
    op.create_table(
        "connection_work",
        sa.Column("connection", sa.Integer(), nullable=False),
        sa.Column("wake", sa.Boolean(), nullable=False),
        sa.Column("wake_at", Instant, nullable=True),
        sa.Column("due_at", Instant, nullable=True),
        sa.Column("poll_at", Instant, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("parked", sa.Boolean(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection"], ["connections.id"], name=op.f("fk_connection_work_connection")
        ),
        sa.PrimaryKeyConstraint("connection", name=op.f("pk_connection_work")),
    )
    op.create_index(op.f("ix_connection_work_due_at"), "connection_work", ["due_at"], unique=False)
    op.create_index(op.f("ix_connection_work_poll_at"), "connection_work", ["poll_at"], unique=False)
    op.create_index(op.f("ix_connection_work_wake_at"), "connection_work", ["wake_at"], unique=False)


def _tokens() -> None:
    op.create_table(
        "tokens",
        sa.Column("connection", sa.Integer(), nullable=False),
        sa.Column("bank", sa.String(), nullable=False),
        sa.Column("access", sa.LargeBinary(), nullable=False),
        sa.Column("refresh", sa.LargeBinary(), nullable=False),
        sa.Column("access_expires_at", Instant, nullable=False),
        sa.Column("refresh_expires_at", Instant, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.Column("lease_owner", sa.String(), nullable=True),
        sa.Column("lease_until", Instant, nullable=True),
        sa.ForeignKeyConstraint(["connection"], ["connections.id"], name=op.f("fk_tokens_connection")),
        sa.PrimaryKeyConstraint("connection", "bank", name=op.f("pk_tokens")),
    )


def _handshakes() -> None:
    op.create_table(
        "handshakes",
        sa.Column("state_hash", sa.String(length=64), nullable=False),
        sa.Column("session_hash", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("connection", sa.Integer(), nullable=True),
        sa.Column("expires_at", Instant, nullable=False),
        sa.ForeignKeyConstraint(["connection"], ["connections.id"], name=op.f("fk_handshakes_connection")),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("pk_handshakes")),
    )


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("connection", sa.Integer(), nullable=True),
        sa.Column("csrf", sa.String(), nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.ForeignKeyConstraint(["connection"], ["connections.id"], name=op.f("fk_sessions_connection")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sessions")),
    )


def _arrivals() -> None:
    op.create_table(
        "arrivals",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("delivery_id", sa.String(), nullable=False),
        sa.Column("connection", sa.Integer(), nullable=True),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.ForeignKeyConstraint(["connection"], ["connections.id"], name=op.f("fk_arrivals_connection")),
        sa.PrimaryKeyConstraint("source", "delivery_id", name=op.f("pk_arrivals")),
    )
    op.create_index(op.f("ix_arrivals_at"), "arrivals", ["at"], unique=False)
    op.create_index(op.f("ix_arrivals_connection_at"), "arrivals", ["connection", "at"], unique=False)


def _refused_arrivals() -> None:
    op.create_table(
        "refused_arrivals",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("source", "day", name=op.f("pk_refused_arrivals")),
    )


def _records() -> None:
    op.create_table(
        "records",
        sa.Column("connection", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", Instant, nullable=True),
        sa.Column("waiting_kind", sa.String(), nullable=False),
        sa.Column("waiting_id", sa.String(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("first_seen_at", Instant, nullable=False),
        sa.Column("as_of", Instant, nullable=True),
        sa.ForeignKeyConstraint(["connection"], ["connections.id"], name=op.f("fk_records_connection")),
        sa.PrimaryKeyConstraint("connection", "kind", "id", name=op.f("pk_records")),
    )
    op.create_index(
        op.f("ix_records_connection_state_due_at"), "records", ["connection", "state", "due_at"], unique=False
    )
    op.create_index(
        op.f("ix_records_connection_waiting_kind_waiting_id"),
        "records",
        ["connection", "waiting_kind", "waiting_id"],
        unique=False,
    )


def _links() -> None:
    op.create_table(
        "links",
        sa.Column("connection", sa.Integer(), nullable=False),
        sa.Column("entity", sa.String(), nullable=False),
        sa.Column("entity_id", sa.String(), nullable=False),
        sa.Column("crm_kind", sa.String(), nullable=False),
        sa.Column("crm_id", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("parent", sa.String(), nullable=False),
        sa.Column("primary", sa.Boolean(), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.ForeignKeyConstraint(["connection"], ["connections.id"], name=op.f("fk_links_connection")),
        sa.PrimaryKeyConstraint("connection", "entity", "entity_id", name=op.f("pk_links")),
    )
    op.create_index(
        op.f("ix_links_connection_crm_kind_crm_id"),
        "links",
        ["connection", "crm_kind", "crm_id"],
        unique=False,
    )
    op.create_index(op.f("ix_links_connection_parent"), "links", ["connection", "parent"], unique=False)


def _written() -> None:
    op.create_table(
        "written",
        sa.Column("connection", sa.Integer(), nullable=False),
        sa.Column("entity", sa.String(), nullable=False),
        sa.Column("entity_id", sa.String(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["connection"], ["connections.id"], name=op.f("fk_written_connection")),
        sa.PrimaryKeyConstraint("connection", "entity", "entity_id", "side", name=op.f("pk_written")),
    )


def _mirror() -> None:
    op.create_table(
        "mirror",
        sa.Column("connection", sa.Integer(), nullable=False),
        sa.Column("entity", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("sync_token", sa.Integer(), nullable=False),
        sa.Column("updated_at", Instant, nullable=True),
        sa.Column("name_folded", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("touched_at", Instant, nullable=True),
        sa.ForeignKeyConstraint(["connection"], ["connections.id"], name=op.f("fk_mirror_connection")),
        sa.PrimaryKeyConstraint("connection", "entity", "id", name=op.f("pk_mirror")),
    )
    op.create_index(
        op.f("ix_mirror_connection_entity_name_folded"),
        "mirror",
        ["connection", "entity", "name_folded"],
        unique=False,
    )


def _mirror_emails() -> None:
    op.create_table(
        "mirror_emails",
        sa.Column("connection", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["connection"], ["connections.id"], name=op.f("fk_mirror_emails_connection")),
        sa.PrimaryKeyConstraint("connection", "email", "customer_id", name=op.f("pk_mirror_emails")),
    )
    op.create_index(
        op.f("ix_mirror_emails_connection_customer_id"),
        "mirror_emails",
        ["connection", "customer_id"],
        unique=False,
    )


def _taken() -> None:
    op.create_table(
        "taken",
        sa.Column("connection", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["connection"], ["connections.id"], name=op.f("fk_taken_connection")),
        sa.PrimaryKeyConstraint("connection", "scope", "name", name=op.f("pk_taken")),
    )


def _steps() -> None:
    op.create_table(
        "steps",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("connection", sa.Integer(), nullable=False),
        sa.Column("record_kind", sa.String(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("bank", sa.String(), nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("entity", sa.String(), nullable=False),
        sa.Column("target_id", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("wanted", sa.LargeBinary(), nullable=True),
        sa.Column("pair", sa.LargeBinary(), nullable=True),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("expect_total", sa.String(), nullable=True),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=50), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("recorded_at", Instant, nullable=False),
        sa.Column("closed_at", Instant, nullable=True),
        sa.ForeignKeyConstraint(["connection"], ["connections.id"], name=op.f("fk_steps_connection")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_steps")),
        sa.UniqueConstraint(
            "connection", "cause", "generation", name=op.f("uq_steps_connection_cause_generation")
        ),
        sa.UniqueConstraint("key", name=op.f("uq_steps_key")),
    )
    op.create_index(
        op.f("ix_steps_connection_record_kind_record_id"),
        "steps",
        ["connection", "record_kind", "record_id"],
        unique=False,
    )
    op.create_index(op.f("ix_steps_connection_state"), "steps", ["connection", "state"], unique=False)


def _history() -> None:
    op.create_table(
        "history",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("connection", sa.Integer(), nullable=False),
        sa.Column("record_kind", sa.String(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("detail", sa.LargeBinary(), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.ForeignKeyConstraint(["connection"], ["connections.id"], name=op.f("fk_history_connection")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history")),
    )
    op.create_index(
        op.f("ix_history_connection_record_kind_record_id"),
        "history",
        ["connection", "record_kind", "record_id"],
        unique=False,
    )


def _attention() -> None:
    op.create_table(
        "attention",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("connection", sa.Integer(), nullable=False),
        sa.Column("record_kind", sa.String(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.Column("opened_at", Instant, nullable=False),
        sa.Column("closed_at", Instant, nullable=True),
        sa.ForeignKeyConstraint(["connection"], ["connections.id"], name=op.f("fk_attention_connection")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attention")),
    )
    op.create_index(
        op.f("ix_attention_connection_closed_at"), "attention", ["connection", "closed_at"], unique=False
    )
    op.create_index(
        op.f("ix_attention_connection_record_kind_record_id"),
        "attention",
        ["connection", "record_kind", "record_id"],
        unique=False,
    )


def _usage() -> None:
    op.create_table(
        "usage",
        sa.Column("connection", sa.Integer(), nullable=False),
        sa.Column("bank", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["connection"], ["connections.id"], name=op.f("fk_usage_connection")),
        sa.PrimaryKeyConstraint("connection", "bank", "kind", "day", name=op.f("pk_usage")),
    )


def _progress() -> None:
    op.create_table(
        "progress",
        sa.Column("connection", sa.Integer(), nullable=False),
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("cursor", sa.String(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("begun_at", Instant, nullable=False),
        sa.Column("finished_at", Instant, nullable=True),
        sa.ForeignKeyConstraint(["connection"], ["connections.id"], name=op.f("fk_progress_connection")),
        sa.PrimaryKeyConstraint("connection", "job", name=op.f("pk_progress")),
    )
