"""The tables. State transitions are drawn as arrows beside the columns that hold them.

Instants are UTC; JSON is kept as bytes that msgspec made; `connection` is the connection's number everywhere.
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(sa.types.TypeDecorator[datetime]):
    """An aware instant in UTC on both databases; SQLite keeps it without its offset."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""A number that counts up by itself on both databases."""


def _connection(*, primary_key: bool = False) -> sa.Column[int]:
    return sa.Column(
        "connection", sa.Integer, sa.ForeignKey("connections.id"), nullable=False, primary_key=primary_key
    )


connections = sa.Table(
    "connections",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("uuid", sa.String(36), nullable=False),
    sa.Column("crm", sa.String, nullable=False),
    sa.Column("account_id", sa.String, nullable=False),
    sa.Column("account_name", sa.String, nullable=False, default=""),
    sa.Column("account_zone", sa.String, nullable=False, default=""),
    sa.Column("account_country", sa.String, nullable=False, default=""),
    sa.Column("realm_id", sa.String, nullable=False, default=""),
    sa.Column("company_name", sa.String, nullable=False, default=""),
    # new → ready → running ⇄ reconnect needed; any → disconnected → ready
    sa.Column("state", sa.String, nullable=False),
    sa.Column("state_reason", sa.String, nullable=False, default=""),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("connected_at", Instant),
    sa.Column("books", sa.LargeBinary),
    sa.Column("choices", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("uuid"),
    sa.UniqueConstraint("crm", "account_id"),
    sa.Index(None, "realm_id"),
)

cursors = sa.Table(
    "cursors",
    metadata,
    _connection(primary_key=True),
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("value", sa.String, nullable=False),
)

connection_work = sa.Table(
    "connection_work",
    metadata,
    _connection(primary_key=True),
    # wake: false → true (something to do) → false (a run begins)
    sa.Column("wake", sa.Boolean, nullable=False, default=False),
    sa.Column("wake_at", Instant),
    sa.Column("due_at", Instant),
    sa.Column("poll_at", Instant),
    # attempts: 0 → 1 at each begin → 0 at a good end; at the limit the connection is parked
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("epoch", sa.Integer, nullable=False, default=0),
    sa.Column("parked", sa.Boolean, nullable=False, default=False),
    sa.Column("error", sa.String, nullable=False, default=""),
    sa.Index(None, "due_at"),
    sa.Index(None, "poll_at"),
    sa.Index(None, "wake_at"),
)

tokens = sa.Table(
    "tokens",
    metadata,
    _connection(primary_key=True),
    sa.Column("bank", sa.String, primary_key=True),
    sa.Column("access", sa.LargeBinary, nullable=False),
    sa.Column("refresh", sa.LargeBinary, nullable=False),
    sa.Column("access_expires_at", Instant, nullable=False),
    sa.Column("refresh_expires_at", Instant),
    sa.Column("version", sa.Integer, nullable=False),
    # refused: false → true when the bank refuses to renew the pair → false with a new pair
    sa.Column("refused", sa.Boolean, nullable=False, default=False),
    # lease: free → held by one owner until then → free
    sa.Column("lease_owner", sa.String),
    sa.Column("lease_until", Instant),
)

handshakes = sa.Table(
    "handshakes",
    metadata,
    sa.Column("state_hash", sa.String(64), primary_key=True),
    sa.Column("session_hash", sa.String(64), nullable=False),
    sa.Column("purpose", sa.String, nullable=False),
    sa.Column("connection", sa.Integer, sa.ForeignKey("connections.id")),
    sa.Column("expires_at", Instant, nullable=False),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("token_hash", sa.String(64), primary_key=True),
    sa.Column("connection", sa.Integer, sa.ForeignKey("connections.id")),
    sa.Column("csrf", sa.String, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("may_change", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("framed", sa.Boolean, nullable=False, server_default=sa.false()),
)

framers = sa.Table(
    "framers",
    metadata,
    sa.Column("crm", sa.String, primary_key=True),
    sa.Column("account_id", sa.String, primary_key=True),
    sa.Column("domain", sa.String, primary_key=True),
)

arrivals = sa.Table(
    "arrivals",
    metadata,
    sa.Column("source", sa.String, primary_key=True),
    sa.Column("delivery_id", sa.String, primary_key=True),
    sa.Column("connection", sa.Integer, sa.ForeignKey("connections.id")),
    sa.Column("event", sa.String, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Index(None, "connection", "at"),
    sa.Index(None, "at"),
)

refused_arrivals = sa.Table(
    "refused_arrivals",
    metadata,
    sa.Column("source", sa.String, primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
)

records = sa.Table(
    "records",
    metadata,
    _connection(primary_key=True),
    sa.Column("kind", sa.String, primary_key=True),
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    # dirty → clean | waiting (→ dirty when the other is linked) | later (→ due) | asking | broken; all → dirty by a mark
    sa.Column("state", sa.String, nullable=False),
    sa.Column("wanted", sa.Boolean, nullable=False, default=False),
    sa.Column("currency", sa.String, nullable=False, default=""),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("due_at", Instant),
    sa.Column("waiting_kind", sa.String, nullable=False, default=""),
    sa.Column("waiting_id", sa.String, nullable=False, default=""),
    sa.Column("error", sa.String, nullable=False, default=""),
    sa.Column("rank", sa.Integer, nullable=False),
    sa.Column("first_seen_at", Instant, nullable=False),
    sa.Column("as_of", Instant),
    sa.Index(None, "connection", "state", "due_at"),
    sa.Index(None, "connection", "waiting_kind", "waiting_id"),
)

links = sa.Table(
    "links",
    metadata,
    _connection(primary_key=True),
    sa.Column("entity", sa.String, primary_key=True),
    sa.Column("entity_id", sa.String, primary_key=True),
    sa.Column("crm_kind", sa.String, nullable=False),
    sa.Column("crm_id", sa.String, nullable=False),
    sa.Column("origin", sa.String, nullable=False),
    sa.Column("parent", sa.String, nullable=False, default=""),
    sa.Column("primary", sa.Boolean, nullable=False, default=True),
    sa.Column("at", Instant, nullable=False),
    sa.Index(None, "connection", "crm_kind", "crm_id"),
    sa.Index(None, "connection", "parent"),
)

written = sa.Table(
    "written",
    metadata,
    _connection(primary_key=True),
    sa.Column("entity", sa.String, primary_key=True),
    sa.Column("entity_id", sa.String, primary_key=True),
    sa.Column("side", sa.String, primary_key=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
)

mirror = sa.Table(
    "mirror",
    metadata,
    _connection(primary_key=True),
    sa.Column("entity", sa.String, primary_key=True),
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("sync_token", sa.Integer, nullable=False),
    sa.Column("updated_at", Instant),
    sa.Column("name_folded", sa.String, nullable=False, default=""),
    sa.Column("active", sa.Boolean, nullable=False, default=True),
    sa.Column("raw", sa.LargeBinary, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("touched_at", Instant),
    sa.Index(None, "connection", "entity", "name_folded"),
)

mirror_emails = sa.Table(
    "mirror_emails",
    metadata,
    _connection(primary_key=True),
    sa.Column("email", sa.String, primary_key=True),
    sa.Column("customer_id", sa.String, primary_key=True),
    sa.Index(None, "connection", "customer_id"),
)

taken = sa.Table(
    "taken",
    metadata,
    _connection(primary_key=True),
    sa.Column("scope", sa.String, primary_key=True),
    sa.Column("name", sa.String, primary_key=True),
)

steps = sa.Table(
    "steps",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    _connection(),
    sa.Column("record_kind", sa.String, nullable=False),
    sa.Column("record_id", sa.String, nullable=False),
    sa.Column("bank", sa.String, nullable=False),
    sa.Column("operation", sa.String, nullable=False),
    sa.Column("entity", sa.String, nullable=False),
    sa.Column("target_id", sa.String, nullable=False, default=""),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("wanted", sa.LargeBinary),
    sa.Column("pair", sa.LargeBinary),
    sa.Column("because", sa.String, nullable=False),
    sa.Column("expect_total", sa.String),
    sa.Column("cause", sa.String, nullable=False),
    sa.Column("generation", sa.Integer, nullable=False),
    sa.Column("key", sa.String(50), nullable=False),
    # recorded → answered → settled; recorded → refused; what is not safe to repeat: recorded ⇄ sending → answered
    sa.Column("state", sa.String, nullable=False),
    sa.Column("answer", sa.LargeBinary),
    sa.Column("code", sa.String, nullable=False, default=""),
    sa.Column("detail", sa.String, nullable=False, default=""),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Column("closed_at", Instant),
    sa.UniqueConstraint("connection", "cause", "generation"),
    sa.UniqueConstraint("key"),
    sa.Index(None, "connection", "state"),
    sa.Index(None, "connection", "record_kind", "record_id"),
)

history = sa.Table(
    "history",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    _connection(),
    sa.Column("record_kind", sa.String, nullable=False, default=""),
    sa.Column("record_id", sa.String, nullable=False, default=""),
    sa.Column("what", sa.String, nullable=False),
    sa.Column("because", sa.String, nullable=False, default=""),
    sa.Column("detail", sa.LargeBinary, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Index(None, "connection", "record_kind", "record_id"),
)

attention = sa.Table(
    "attention",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    _connection(),
    sa.Column("record_kind", sa.String, nullable=False),
    sa.Column("record_id", sa.String, nullable=False),
    sa.Column("because", sa.String, nullable=False),
    sa.Column("details", sa.LargeBinary, nullable=False),
    # open (closed_at is null) → closed
    sa.Column("opened_at", Instant, nullable=False),
    sa.Column("closed_at", Instant),
    sa.Index(None, "connection", "closed_at"),
    sa.Index(None, "connection", "record_kind", "record_id"),
)

usage = sa.Table(
    "usage",
    metadata,
    _connection(primary_key=True),
    sa.Column("bank", sa.String, primary_key=True),
    sa.Column("kind", sa.String, primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("calls", sa.Integer, nullable=False),
)

reviews = sa.Table(
    "reviews",
    metadata,
    _connection(primary_key=True),
    sa.Column("customer_id", sa.String, primary_key=True),
    sa.Column("contact_id", sa.String, nullable=False),
    # asked, paid before, do not disturb: for ever; in doubt → asked, or gone when a person has looked
    sa.Column("verdict", sa.String, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Index(None, "connection", "contact_id"),
)

progress = sa.Table(
    "progress",
    metadata,
    _connection(primary_key=True),
    sa.Column("job", sa.String, primary_key=True),
    sa.Column("cursor", sa.String, nullable=False, default=""),
    sa.Column("done", sa.Integer, nullable=False, default=0),
    sa.Column("total", sa.Integer, nullable=False, default=0),
    # begun → finished; begun again starts over
    sa.Column("begun_at", Instant, nullable=False),
    sa.Column("finished_at", Instant),
)
