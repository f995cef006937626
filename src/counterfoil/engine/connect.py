"""Pairing: the CRM account, then the QuickBooks company, then *Start* (R1, R3, R5, R6, R7).

A log-in is a handshake: `state` is random, single use, bound to the browser session and ten minutes old at most; only
its hash is stored. Whatever does not match connects nothing. A page inside the CRM cannot show Intuit's log-in, which
refuses to be framed: a ticket of the same kind takes the person to a window of its own.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import structlog
from msgspec import structs

from counterfoil import errors, times
from counterfoil.crm import port
from counterfoil.crm import records as crm_records
from counterfoil.engine import tokens
from counterfoil.engine.quickbooks_door import QuickBooksDoor
from counterfoil.engine.schedule.port import Engine
from counterfoil.store import connections, handshakes, records, usage
from counterfoil.store import tokens as token_rows
from counterfoil.store.database import Database, Tx
from counterfoil.store.secrets import Sealer
from counterfoil.sync import facts
from counterfoil.sync.facts import Kind, RecordRef

log = structlog.get_logger(__name__)

HANDSHAKE_LASTS = timedelta(minutes=10)
SWITCHED_OFF_AFTER = 5
"""So many sales in a row that another connector has not posted say that it posts no more (R7)."""
_WINDOW = "window"
"""Purpose and session of a ticket: the new window has no session yet that it could be bound to."""


class HandshakeRefused(Exception):
    """The state of a callback is foreign, used or too old; nothing was connected."""


class OtherCompany(Exception):
    """The owner logged in to another QuickBooks company than the one of this connection (R5)."""


class OtherConnector(Exception):
    """Another connector posts the sales of this account to QuickBooks; nothing was started (R7)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """Connects the two sides. `public_url` has no slash at the end."""

    database: Database
    schedule: Engine
    sealer: Sealer
    clock: times.Clock
    crms: Mapping[str, port.Door]
    quickbooks: QuickBooksDoor
    public_url: str
    start_at_once: bool

    def crm_redirect_uri(self, crm: str) -> str:
        """Where the CRM sends the browser back."""
        return f"{self.public_url}/oauth/{crm}/callback"

    @property
    def quickbooks_redirect_uri(self) -> str:
        """Where Intuit sends the browser back."""
        return f"{self.public_url}/oauth/quickbooks/callback"

    async def begin_crm(self, crm: str, *, session: str) -> str:
        """The address of the CRM's log-in, for this browser session. Raises KeyError for an unknown CRM."""
        door = self.crms[crm]
        state = await self._begin(session=session, purpose=crm, connection=None)
        return door.authorize_url(state=state, redirect_uri=self.crm_redirect_uri(crm))

    async def finish_crm(self, crm: str, *, session: str, state: str, code: str) -> connections.Connection:
        """The callback of the CRM's log-in: the account is known from now on.

        Raises HandshakeRefused, and what the CRM raises.
        """
        await self._finish(session=session, state=state, purpose=crm)
        installed = await self.crms[crm].exchange(code=code, redirect_uri=self.crm_redirect_uri(crm))
        return await self._installed(crm, installed)

    async def connect_by_token(self, crm: str, *, token: str) -> connections.Connection:
        """An account of a CRM that has no log-in for us: whoever knows the token may connect it.

        Raises KeyError for an unknown CRM, AccessLost for a token that opens nothing, and what else the CRM raises.
        """
        installed = await self.crms[crm].exchange(code=token, redirect_uri=self.crm_redirect_uri(crm))
        return await self._installed(crm, installed)

    async def admit(self, crm: str, account_id: str) -> connections.Connection:
        """The connection of an account in which the app is installed; made now where an agency installed it without
        a log-in, and given new access where it was lost.

        Raises AccessLost when the app is not installed there, and what else the CRM raises.
        """

        def ask(tx: Tx) -> connections.Connection | None:
            known = connections.by_account(tx, crm=crm, account_id=account_id)
            pair = token_rows.get(tx, known.id, "crm") if known else None
            # An access that has run out, or was doubted because the app may be gone, proves nothing.
            good = pair is not None and not pair.refused and pair.access_expires_at > self.clock()
            return known if good else None

        known = await self.database.read(ask)
        if known is not None:
            return known
        return await self._installed(crm, await self.crms[crm].admit(account_id=account_id))

    async def _installed(self, crm: str, installed: port.Installation) -> connections.Connection:
        """Store the access, then what the account says of itself; go on where it was."""
        door, at = self.crms[crm], self.clock()

        def remember(tx: Tx) -> connections.Connection:
            connection = connections.create(tx, crm=crm, account_id=installed.account_id, at=at)
            tokens.put(tx, self.sealer, connection.id, "crm", installed.tokens)
            return connection

        connection = await self.database.transact(remember)

        async def token(rejected: bool) -> str:
            return installed.tokens.access

        calls: list[port.Call] = []
        account = await door.open(
            account_id=installed.account_id, zone="", token=token, on_call=calls.append
        ).account()

        def complete(tx: Tx) -> connections.Connection:
            connections.set_account(
                tx,
                connection.id,
                name=account.name,
                zone=account.time_zone,
                country=account.country,
            )
            self._count(tx, connection.id, calls)
            self._resume_if_complete(tx, connection.id)
            return connections.get(tx, connection.id)

        log.info("crm.connected", connection=connection.id, crm=crm)
        return await self._at_once(await self.database.transact(complete))

    async def begin_quickbooks(self, connection: int, *, session: str) -> str:
        """The address of Intuit's log-in for this connection and browser session."""
        state = await self._begin(session=session, purpose="quickbooks", connection=connection)
        return self.quickbooks.authorize_url(state=state, redirect_uri=self.quickbooks_redirect_uri)

    async def finish_quickbooks(
        self, *, session: str, state: str, code: str, realm_id: str
    ) -> connections.Connection:
        """The callback of Intuit's log-in: company known, tokens sealed, ready to start.

        Raises HandshakeRefused; OtherCompany when this connection belongs to another company or the company to
        another connection that is not disconnected; and what QuickBooks raises.
        """
        handshake = await self._finish(session=session, state=state, purpose="quickbooks")
        if handshake.connection is None or not realm_id:
            raise HandshakeRefused("The answer from QuickBooks names no company.")
        connection_id = handshake.connection
        known = await self.database.read(lambda tx: connections.get(tx, connection_id))
        if known.realm_id and known.realm_id != realm_id:
            raise OtherCompany(
                f"This connection belongs to the company {known.company_name or known.realm_id}. Log in to that "
                "company, or disconnect first and start a new pairing."
            )
        taken = await self.database.read(lambda tx: connections.by_realm(tx, realm_id))
        if any(
            other.id != connection_id and other.state is not connections.State.DISCONNECTED for other in taken
        ):
            raise OtherCompany("This company is already connected to another CRM account.")
        calls: list[port.Call] = []
        pair = await self.quickbooks.exchange(code=code, redirect_uri=self.quickbooks_redirect_uri)

        async def token(rejected: bool) -> str:
            return pair.access

        name, books = await self.quickbooks.company(
            realm_id, token=token, account_zone=known.account_zone, on_call=calls.append
        )

        def remember(tx: Tx) -> connections.Connection:
            tokens.put(tx, self.sealer, connection_id, "quickbooks", pair)
            connections.set_realm(tx, connection_id, realm_id=realm_id, company_name=name, books=books)
            metered = sum(call.metered for call in calls)
            usage.count(
                tx, connection_id, bank="quickbooks", kind="metered", day=self.clock().date(), calls=metered
            )
            usage.count(
                tx, connection_id, bank="quickbooks", kind="read", day=self.clock().date(), calls=len(calls)
            )
            self._resume_if_complete(tx, connection_id)
            return connections.get(tx, connection_id)

        log.info("quickbooks.connected", connection=connection_id)
        return await self._at_once(await self.database.transact(remember))

    async def begin_window(self, connection: int) -> str:
        """A ticket that takes the person before a framed page to a window of its own, for this connection."""
        return await self._begin(session=_WINDOW, purpose=_WINDOW, connection=connection)

    async def finish_window(self, ticket: str) -> connections.Connection:
        """The connection of a ticket; it works once. Raises HandshakeRefused."""
        handshake = await self._finish(session=_WINDOW, state=ticket, purpose=_WINDOW)
        number = handshake.connection
        if number is None:
            raise HandshakeRefused("This page was open for too long. Load it again and repeat the last step.")
        return await self.database.read(lambda tx: connections.get(tx, number))

    async def workflows(self, known: connections.Connection) -> tuple[crm_records.Workflow, ...]:
        """The CRM's published workflows, to choose from. Raises what the CRM raises."""
        calls: list[port.Call] = []
        found = await self._opened(known, calls).workflows()
        await self.database.transact(lambda tx: self._count(tx, known.id, calls))
        return found

    async def ask_for_reviews(
        self, connection: int, *, workflow: crm_records.Workflow | None, tag: str
    ) -> None:
        """From now on customers are asked for reviews this way, or not at all (R2, R62). Switching on anew begins anew."""
        at = self.clock()

        def change(tx: Tx) -> None:
            known = connections.get(tx, connection)
            before = known.choices.reviews
            on = workflow is not None or bool(tag)
            chosen = facts.Reviews(
                workflow_id=workflow.id if workflow else "",
                workflow_name=workflow.name if workflow else "",
                tag="" if workflow else tag,
                since=(before.since if before.on else at) if on else None,
            )
            connections.set_choices(tx, connection, structs.replace(known.choices, reviews=chosen))
            waiting = [RecordRef(each.kind, each.id) for each in records.unsettled(tx, connection)]
            records.mark(tx, connection, [ref for ref in waiting if ref.kind is Kind.REVIEW], at=at)
            self.schedule.wake(tx, [connection], at=at)

        await self.database.transact(change)
        log.info("reviews.chosen", connection=connection, on=workflow is not None or bool(tag))

    def _count(self, tx: Tx, connection: int, calls: list[port.Call]) -> None:
        usage.count(tx, connection, bank="crm", kind="read", day=self.clock().date(), calls=len(calls))

    async def start(self, connection: int, *, anyway: bool = False) -> None:
        """*Start*: from now on sales are posted; what was sold before is not (R30). Changes nothing unless READY.

        Raises OtherConnector (R7) unless the owner said that it is switched off (`anyway`), and what the CRM raises
        that is asked for traces of it.
        """
        known = await self.database.read(lambda tx: connections.get(tx, connection))
        if known.state is not connections.State.READY:
            return
        if not anyway:
            await self._refuse_other_connector(known)

        def change(tx: Tx) -> bool:
            ready = connections.get(tx, connection).state is connections.State.READY
            if ready:
                self._start(tx, connection)
            return ready

        if await self.database.transact(change):
            log.info("connection.started", connection=connection, anyway=anyway)

    async def _refuse_other_connector(self, known: connections.Connection) -> None:
        calls: list[port.Call] = []
        found = await self._opened(known, calls).posted_elsewhere()
        reason = ""
        if found is not None and found.newer < SWITCHED_OFF_AFTER:
            day = found.at.astimezone(times.zone_of(known.account_zone))
            reason = (
                "Another connector already posts the sales of this CRM account to QuickBooks, the latest one of "
                f"{day.day} {day:%b %Y}. With both at work each sale would stand there twice. Switch the other one "
                "off in the CRM, under Settings, Integrations, and then start."
            )

        def remember(tx: Tx) -> None:
            self._count(tx, known.id, calls)
            if connections.get(tx, known.id).state is connections.State.READY:
                connections.set_state(tx, known.id, connections.State.READY, reason=reason)

        await self.database.transact(remember)
        if reason:
            log.warning("start.other_connector", connection=known.id)
            raise OtherConnector(reason)

    def _opened(self, known: connections.Connection, calls: list[port.Call]) -> port.Crm:
        door = self.crms[known.crm]

        async def refresh(token: str) -> port.Tokens:
            return await door.refresh(account_id=known.account_id, refresh_token=token)

        keeper = tokens.Keeper(
            database=self.database,
            sealer=self.sealer,
            clock=self.clock,
            connection=known.id,
            bank="crm",
            owner=f"pairing/{secrets.token_hex(4)}",
            refresh=refresh,
        )
        return door.open(
            account_id=known.account_id, zone=known.account_zone, token=keeper.token, on_call=calls.append
        )

    async def _at_once(self, known: connections.Connection) -> connections.Connection:
        """Start without being asked, where the operator wants it so; what speaks against it is left to the owner."""
        if self.start_at_once and known.state is connections.State.READY:
            try:
                await self.start(known.id)
            except (OtherConnector, errors.CounterfoilError) as trouble:
                log.warning("start.not_at_once", connection=known.id, error=type(trouble).__name__)
        return await self.database.read(lambda tx: connections.get(tx, known.id))

    async def disconnect(self, connection: int) -> None:
        """Revoke at Intuit, stop, keep links and history (R6)."""
        sealed = await self.database.read(lambda tx: token_rows.get(tx, connection, "quickbooks"))
        if sealed is not None:
            bound = tokens.bound_to(connection, "quickbooks", "refresh")
            try:
                await self.quickbooks.revoke(self.sealer.open(sealed.refresh, bound_to=bound))
            except errors.CounterfoilError as trouble:
                # The owner wants out: a grant that cannot be revoked now ends with its tokens, which we forget.
                log.warning("revoke.failed", connection=connection, error=type(trouble).__name__)

        def change(tx: Tx) -> None:
            token_rows.forget(tx, connection, "quickbooks")
            connections.set_state(tx, connection, connections.State.DISCONNECTED)

        await self.database.transact(change)
        log.info("connection.disconnected", connection=connection)

    async def _begin(self, *, session: str, purpose: str, connection: int | None) -> str:
        state = secrets.token_urlsafe(32)
        at = self.clock()
        await self.database.transact(
            lambda tx: handshakes.begin(
                tx,
                state=state,
                session=session,
                purpose=purpose,
                connection=connection,
                at=at,
                expires_at=at + HANDSHAKE_LASTS,
            )
        )
        return state

    async def _finish(self, *, session: str, state: str, purpose: str) -> handshakes.Handshake:
        found = await self.database.transact(
            lambda tx: handshakes.finish(tx, state=state, session=session, purpose=purpose, at=self.clock())
        )
        if found is None:
            raise HandshakeRefused(
                "This log-in does not belong to this browser session, was used already or is older than ten "
                "minutes. Nothing was connected; please begin again."
            )
        return found

    def _resume_if_complete(self, tx: Tx, connection: int) -> None:
        """Both sides there: go on where it was (a reconnect), start, or be ready to start."""
        now = connections.get(tx, connection)
        pairs = [token_rows.get(tx, connection, bank) for bank in ("crm", "quickbooks")]
        if now.books is None or any(pair is None or pair.refused for pair in pairs):
            return
        if now.connected_at is not None:
            self._start(tx, connection)
        elif now.state is not connections.State.RUNNING:
            connections.set_state(tx, connection, connections.State.READY)

    def _start(self, tx: Tx, connection: int) -> None:
        at = self.clock()
        connections.start(tx, connection, at=at)
        self.schedule.wake(tx, [connection], at=at)
