"""Pairing: the CRM account, then the QuickBooks company, then *Start* (R1, R3, R5, R6).

A log-in is a handshake: `state` is random, single use, bound to the browser session and ten minutes old at most; only
its hash is stored. Whatever does not match connects nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import structlog

from counterfoil import errors, times
from counterfoil.crm import port
from counterfoil.engine import tokens
from counterfoil.engine.quickbooks_door import QuickBooksDoor
from counterfoil.engine.schedule.port import Engine
from counterfoil.store import connections, handshakes, usage
from counterfoil.store import tokens as token_rows
from counterfoil.store.database import Database, Tx
from counterfoil.store.secrets import Sealer

log = structlog.get_logger(__name__)

HANDSHAKE_LASTS = timedelta(minutes=10)


class HandshakeRefused(Exception):
    """The state of a callback is foreign, used or too old; nothing was connected."""


class OtherCompany(Exception):
    """The owner logged in to another QuickBooks company than the one of this connection (R5)."""


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
        door = self.crms[crm]
        installed = await door.exchange(code=code, redirect_uri=self.crm_redirect_uri(crm))
        at = self.clock()

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
            usage.count(tx, connection.id, bank="crm", kind="read", day=self.clock().date(), calls=len(calls))
            self._resume_if_complete(tx, connection.id)
            return connections.get(tx, connection.id)

        log.info("crm.connected", connection=connection.id, crm=crm)
        return await self.database.transact(complete)

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
        return await self.database.transact(remember)

    async def start(self, connection: int) -> None:
        """*Start*: from now on sales are posted; what was sold before is not (R30). Changes nothing unless READY."""

        def change(tx: Tx) -> bool:
            ready = connections.get(tx, connection).state is connections.State.READY
            if ready:
                self._start(tx, connection)
            return ready

        if await self.database.transact(change):
            log.info("connection.started", connection=connection)

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
        if now.connected_at is not None or self.start_at_once:
            self._start(tx, connection)
        elif now.state is not connections.State.RUNNING:
            connections.set_state(tx, connection, connections.State.READY)

    def _start(self, tx: Tx, connection: int) -> None:
        at = self.clock()
        connections.start(tx, connection, at=at)
        self.schedule.wake(tx, [connection], at=at)
