"""What the operator's API shows, as plain values made by pure functions. Times are ISO 8601 in UTC."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from counterfoil.store import attention, connections, history, progress
from counterfoil.sync import facts
from counterfoil.sync.reasons import Because


class Account(Struct, frozen=True, kw_only=True):
    """The CRM account; all but `id` is empty until the CRM has told it."""

    id: str
    name: str
    time_zone: str
    country: str


class Company(Struct, frozen=True, kw_only=True):
    """The QuickBooks company. `country` is ISO 3166 alpha-2, `currency` its home currency in ISO 4217."""

    realm_id: str
    name: str
    country: str
    currency: str


class Job(Struct, frozen=True, kw_only=True):
    """An import; `total` is 0 while nobody knows it."""

    name: str
    done: int
    total: int
    begun_at: datetime
    finished_at: datetime | None


class Connection(Struct, frozen=True, kw_only=True):
    """`records` counts records by state, `usage` calls by bank and kind (`metered`, `read`, `write`)."""

    uuid: str
    crm: str
    account: Account
    company: Company | None
    state: str
    state_reason: str
    created_at: datetime
    connected_at: datetime | None
    records: dict[str, int]
    attention: int
    usage: dict[str, dict[str, int]]
    jobs: tuple[Job, ...]


class Reason(Struct, frozen=True, kw_only=True):
    """Why: a stable name, the rule it follows and a sentence for a bookkeeper."""

    name: str
    rule: str
    sentence: str


class Record(Struct, frozen=True, kw_only=True):
    """Which record: `kind` is `customer` on QuickBooks' side, all others are the CRM's."""

    kind: str
    id: str


class Link(Struct, frozen=True, kw_only=True):
    """Two records that stand for the same thing, and on which side it was born."""

    crm_kind: str
    crm_id: str
    entity: str
    entity_id: str
    origin: str


class Attention(Struct, frozen=True, kw_only=True):
    """What needs a person; `details` are label and value."""

    record: Record
    because: Reason
    details: tuple[tuple[str, str], ...]
    opened_at: datetime


class History(Struct, frozen=True, kw_only=True):
    """One line of history; `record` is null for what concerns the whole connection."""

    at: datetime
    record: Record | None
    what: str
    because: Reason | None
    detail: dict[str, str]


def connection(
    known: connections.Connection,
    *,
    records: dict[str, int],
    attention: int,
    calls: Mapping[tuple[str, str], int],
    jobs: tuple[progress.Progress, ...],
) -> Connection:
    """A connection with its counts; `calls` is by bank and kind."""
    usage: dict[str, dict[str, int]] = {}
    for (bank, kind), number in sorted(calls.items()):
        usage.setdefault(bank, {})[kind] = number
    return Connection(
        uuid=known.uuid,
        crm=known.crm,
        account=Account(
            id=known.account_id,
            name=known.account_name,
            time_zone=known.account_zone,
            country=known.account_country,
        ),
        company=_company(known),
        state=known.state.value,
        state_reason=known.state_reason,
        created_at=known.created_at,
        connected_at=known.connected_at,
        records=records,
        attention=attention,
        usage=usage,
        jobs=tuple(_job(each) for each in jobs),
    )


def link(known: facts.Link) -> Link:
    """A link."""
    return Link(
        crm_kind=known.crm_kind,
        crm_id=known.crm_id,
        entity=known.entity,
        entity_id=known.entity_id,
        origin=known.origin.value,
    )


def attention_item(item: attention.Item) -> Attention:
    """An open attention item."""
    return Attention(
        record=_record(item.record),
        because=_reason(item.because),
        details=item.details,
        opened_at=item.opened_at,
    )


def history_line(entry: history.Entry) -> History:
    """One line of history."""
    return History(
        at=entry.at,
        record=_record(entry.record) if entry.record else None,
        what=entry.what,
        because=_reason(entry.because) if entry.because else None,
        detail=entry.detail,
    )


def _company(known: connections.Connection) -> Company | None:
    if known.books is None:
        return None
    return Company(
        realm_id=known.realm_id,
        name=known.company_name,
        country=known.books.country,
        currency=known.books.home_currency,
    )


def _job(known: progress.Progress) -> Job:
    return Job(
        name=known.job,
        done=known.done,
        total=known.total,
        begun_at=known.begun_at,
        finished_at=known.finished_at,
    )


def _record(ref: facts.RecordRef) -> Record:
    return Record(kind=ref.kind.value, id=ref.id)


def _reason(because: Because) -> Reason:
    return Reason(name=because.name, rule=because.rule, sentence=because.sentence)
