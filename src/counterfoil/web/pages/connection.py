"""*QuickBooks Connect*: one connection, how it is doing, what needs a person, what happened lately."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from litestar import get
from litestar.params import FromPath, FromQuery
from litestar.response import Template
from msgspec import Struct, structs

from counterfoil.engine import backfill
from counterfoil.engine.connect import Pairing
from counterfoil.store import attention, connections, history, progress, records, tokens, usage, work
from counterfoil.store.connections import State
from counterfoil.store.database import Database, Tx
from counterfoil.sync.facts import Books, RecordRef
from counterfoil.web import session
from counterfoil.web.given import Given
from counterfoil.web.notices import NOTICES
from counterfoil.web.pages import reviews, wording

RECENT = 12
NEWS = ("linked", "written", "refused", "asked")
"""What of the history is news; a decision and the look that found nothing to do are on the record's own page."""
BUSY = ("dirty", "waiting", "later")


class Standing(Struct, frozen=True, kw_only=True):
    """How the connection is, in one word and one sentence; `tone` picks the colour."""

    word: str
    sentence: str
    tone: str
    connect: str = ""
    """Words of the button that leads to Intuit's log-in; empty for no button."""
    crm_log_in: str = ""
    """Where the CRM's log-in begins, when its access was lost; empty otherwise."""
    start: bool = False
    start_anyway: bool = False
    """Something speaks against starting, which the owner can have put right."""
    retry: bool = False
    import_again: bool = False
    disconnect: bool = False


STOPPED = Standing(
    word="Stopped",
    sentence=(
        "Something went wrong again and again, so the work on this connection rests. What happens meanwhile is kept. "
        "Try again, and please report it if it comes back."
    ),
    tone="bad",
    retry=True,
    disconnect=True,
)


READY = Standing(
    word="Ready to start",
    sentence=(
        "Both sides are connected and nothing has been written yet. From Start on, payments and sent "
        "invoices are posted to QuickBooks, and QuickBooks' customers become contacts. What was sold "
        "before is not posted, and the invoices that are in QuickBooks already are not brought into the CRM."
    ),
    tone="wait",
    start=True,
    disconnect=True,
)


class Event(Struct, frozen=True, kw_only=True):
    """One line of the latest activity."""

    at: str
    what: str
    record: str
    href: str
    sentence: str


class Item(Struct, frozen=True, kw_only=True):
    """One thing that needs attention; `retry` is where *Try again* goes."""

    record: str
    href: str
    retry: str
    sentence: str
    details: tuple[tuple[str, str], ...]
    since: str


class Calls(Struct, frozen=True, kw_only=True):
    """What one side was asked."""

    side: str
    calls: int
    writes: int
    metered: int


class View(Struct, frozen=True, kw_only=True):
    """The whole page."""

    uuid: str
    csrf: str
    notice: str
    standing: Standing
    account: str
    account_place: str
    company: str
    company_place: str
    imported: str
    reviews: str
    in_step: int
    working: int
    attention: tuple[Item, ...]
    events: tuple[Event, ...]
    calls: tuple[Calls, ...]
    may_change: bool
    """False: whoever looks is shown no buttons."""
    framed: bool
    ticket: str
    """Leads from the framed page to Intuit's log-in in a window of its own; empty where there is nothing to log in to."""


def standing(
    known: connections.Connection,
    *,
    started: str,
    lost: frozenset[str] = frozenset(),
    parked: bool = False,
) -> Standing:
    """What the state means for the owner, and what can be done.

    `started` is a moment in words, `lost` names the banks (`crm`, `quickbooks`) that refuse to renew the access,
    `parked` says that the schedule has given up after too many failures.
    """
    if parked and known.state is State.RUNNING:
        return STOPPED
    match known.state:
        case State.NEW:
            return Standing(
                word="Not connected yet",
                sentence="Log in to QuickBooks as an administrator of the company and accept the permissions.",
                tone="wait",
                connect="Connect to QuickBooks",
            )
        case State.READY if known.state_reason:
            return Standing(
                word="Not started",
                sentence=known.state_reason,
                tone="bad",
                start=True,
                start_anyway=True,
                disconnect=True,
            )
        case State.READY:
            return READY
        case State.RUNNING:
            return Standing(
                word="Connected",
                sentence=f"Running since {started}.",
                tone="good",
                import_again=True,
                disconnect=True,
            )
        case State.RECONNECT_NEEDED:
            return Standing(
                word="Reconnect needed",
                sentence=(
                    f"{known.state_reason} Nothing is lost: what happens meanwhile is kept, and posted after you have "
                    "connected again to the same company."
                ).strip(),
                tone="bad",
                connect="" if lost == {"crm"} else "Connect to QuickBooks again",
                crm_log_in=f"/connect/{known.crm}" if "crm" in lost else "",
                disconnect=True,
            )
        case State.DISCONNECTED:
            return Standing(
                word="Disconnected",
                sentence=(
                    "The access to QuickBooks has been ended and all work stopped. What was posted stays, and so does "
                    "the memory of what belongs to what: connecting again posts nothing twice."
                ),
                tone="off",
                connect="Connect to QuickBooks",
            )


def imported(job: progress.Progress | None, notation: wording.Notation) -> str:
    """How far the import of QuickBooks' customers is; empty before it began."""
    if job is None:
        return ""
    if job.finished_at is None:
        return f"Reading QuickBooks' customers: {job.done} so far."
    return f"{job.done} QuickBooks customers were read on {notation.moment(job.finished_at)}."


def calls(totals: Mapping[tuple[str, str], int]) -> tuple[Calls, ...]:
    """Calls by side; `totals` is by bank and kind."""
    return tuple(
        Calls(
            side=side,
            calls=totals.get((bank, "read"), 0) + totals.get((bank, "write"), 0),
            writes=totals.get((bank, "write"), 0),
            metered=totals.get((bank, "metered"), 0),
        )
        for bank, side in (("quickbooks", "QuickBooks"), ("crm", "CRM"))
    )


def event(entry: history.Entry, *, uuid: str, record: str, notation: wording.Notation) -> Event:
    """One line of activity about the record that is called `record`."""
    return Event(
        at=notation.moment(entry.at),
        what=wording.happened(entry),
        record=record,
        href=wording.address(uuid, entry.record) if entry.record else "",
        sentence=entry.because.sentence if entry.because else "",
    )


def item(found: attention.Item, *, uuid: str, record: str, notation: wording.Notation) -> Item:
    """One thing that needs attention, about the record that is called `record`."""
    href = wording.address(uuid, found.record)
    return Item(
        record=record,
        href=href,
        retry=f"{href}/retry",
        sentence=found.because.sentence,
        details=found.details,
        since=notation.moment(found.opened_at),
    )


@get("/connections/{connection_uuid:uuid}")
async def show(
    connection_uuid: FromPath[UUID],
    visitor: Given[session.Visitor],
    database: Given[Database],
    pairing: Given[Pairing],
    notice: FromQuery[str] = "",
) -> Template:
    """The page. Raises NotFound for a connection that this browser has not proven."""
    known = await session.connection_of(visitor, str(connection_uuid), database)
    words = NOTICES.get(notice, "")
    view = await database.read(lambda tx: _view(tx, known, visitor, notice=words))
    if visitor.framed and visitor.may_change and view.standing.connect:
        view = structs.replace(view, ticket=await pairing.begin_window(known.id))
    return Template("connection.html", context={"view": view})


def _view(tx: Tx, known: connections.Connection, visitor: session.Visitor, *, notice: str) -> View:
    notation, uuid = wording.Notation(known.account_zone, known.account_country), known.uuid
    counts = records.counts(tx, known.id)
    names = _Names(tx, known.id)
    return View(
        uuid=uuid,
        csrf=visitor.csrf,
        may_change=visitor.may_change,
        framed=visitor.framed,
        ticket="",
        notice=notice,
        standing=standing(
            known,
            started=notation.moment(known.connected_at) if known.connected_at else "",
            lost=_lost(tx, known.id),
            parked=known.id in work.parked(tx),
        ),
        account=known.account_name or known.account_id,
        account_place=_place(wording.country(known.account_country), wording.zone(known.account_zone)),
        company=known.company_name,
        company_place=_company_place(known.books),
        reviews=reviews.told(known.choices.reviews),
        imported=imported(progress.get(tx, known.id, backfill.JOB), notation),
        in_step=counts.get("clean", 0),
        working=sum(counts.get(state, 0) for state in BUSY),
        attention=tuple(
            item(found, uuid=uuid, record=names.of(found.record), notation=notation)
            for found in attention.open_items(tx, known.id)
        ),
        events=tuple(
            event(entry, uuid=uuid, record=names.of(entry.record) if entry.record else "", notation=notation)
            for entry in history.recent(tx, known.id, RECENT, only=NEWS)
        ),
        calls=calls(usage.totals(tx, known.id)),
    )


def _lost(tx: Tx, connection: int) -> frozenset[str]:
    pairs = {bank: tokens.get(tx, connection, bank) for bank in ("crm", "quickbooks")}
    return frozenset(bank for bank, pair in pairs.items() if pair is None or pair.refused)


def _company_place(books: Books | None) -> str:
    return _place(wording.country(books.country), wording.currency(books.home_currency)) if books else ""


def _place(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


class _Names:
    """What records are called, each asked once."""

    def __init__(self, tx: Tx, connection: int) -> None:
        self._tx = tx
        self._connection = connection
        self._known: dict[RecordRef, str] = {}

    def of(self, ref: RecordRef) -> str:
        """The name of this record."""
        if ref not in self._known:
            self._known[ref] = wording.known_name(self._tx, self._connection, ref)
        return self._known[ref]
