"""Access tokens: sealed at rest, refreshed by one at a time, the new pair stored before it is used (R4).

Intuit and HighLevel both rotate refresh tokens: two refreshes at once, or a new pair lost between answer and store,
end the grant. So a refresh needs the lease in the token's row (one owner over all processes), and after
`invalid_grant` the store is read again, because another process may have been first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from counterfoil import errors, times
from counterfoil.crm.port import Tokens
from counterfoil.store import tokens
from counterfoil.store.database import Database, Tx
from counterfoil.store.secrets import Sealer

log = structlog.get_logger(__name__)

EARLY = timedelta(minutes=5)
"""A token that ends sooner than this is renewed before it is used."""
LEASE_SECONDS = 120.0
"""A process that dies frees the lease by then."""
RENEWAL_SECONDS_MAX = 100.0
"""A renewal ends before its lease does: at HighLevel it can be six requests (reference 2.8) that each take half a minute."""
WAIT_SECONDS = 0.5
CONFIRM_AFTER_SECONDS = 10.0
"""Intuit answers `invalid_grant` in some outages too, so access counts as lost after the second time (reference 2.8)."""

Refresh = Callable[[str], Awaitable[Tokens]]


def bound_to(connection: int, bank: str, part: str) -> str:
    """The name of the row and member a sealed token belongs to; it opens nowhere else."""
    return f"tokens/{connection}/{bank}/{part}"


def put(tx: Tx, sealer: Sealer, connection: int, bank: str, pair: Tokens) -> int:
    """Store a pair, sealed; the version it got."""
    return tokens.put(
        tx,
        connection,
        bank,
        access=sealer.seal(pair.access, bound_to=bound_to(connection, bank, "access")),
        refresh=sealer.seal(pair.refresh, bound_to=bound_to(connection, bank, "refresh")),
        access_expires_at=pair.access_expires_at,
        refresh_expires_at=pair.refresh_expires_at,
    )


@dataclass(slots=True, kw_only=True)
class Keeper:
    """Hands out the access token of one connection at one bank."""

    database: Database
    sealer: Sealer
    clock: times.Clock
    connection: int
    bank: str
    owner: str
    """Unique for this process and object; who holds the lease."""
    refresh: Refresh
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)
    _version_used: int = 0

    async def token(self, rejected: bool = False) -> str:
        """A valid access token; `rejected` says that the one handed out last was refused.

        Raises AccessLost when there is none to be had without the owner, TryLater when the bank is away.
        """
        async with self._one_at_a_time:
            for _ in range(int(2 * LEASE_SECONDS / WAIT_SECONDS)):
                stored = await self._stored()
                if stored.refused:
                    raise errors.AccessLost(
                        f"The access to {self.bank} has ended; only the owner can renew it."
                    )
                newer = stored.version != self._version_used
                if stored.access_expires_at - self.clock() > EARLY and not (rejected and not newer):
                    self._version_used = stored.version
                    return self._open(stored.access, "access")
                if await self._lease():
                    try:
                        return await self._renew(stored)
                    finally:
                        await self.database.transact(self._release)
                await asyncio.sleep(WAIT_SECONDS)
            raise errors.TryLater("Another process is renewing the access and has not finished.")

    async def _renew(self, stored: tokens.Sealed) -> str:
        # Between our look and our lease another process may have renewed: what counts is the row under the lease.
        current = await self._stored()
        if current.version != stored.version:
            self._version_used = current.version
            return self._open(current.access, "access")
        used = self._open(current.refresh, "refresh")
        if not used:
            await self._lost()
            raise errors.AccessLost(f"The token for {self.bank} was refused and cannot be renewed by us.")
        try:
            async with asyncio.timeout(RENEWAL_SECONDS_MAX):
                pair = await self._refresh_or_confirm(used, current)
        except TimeoutError as late:
            raise errors.OutcomeUnknown(f"Renewing the access to {self.bank} took too long.") from late
        if pair is None:
            current = await self._stored()
            self._version_used = current.version
            return self._open(current.access, "access")
        version = await self.database.transact(
            lambda tx: put(tx, self.sealer, self.connection, self.bank, pair)
        )
        self._version_used = version
        log.info("token.renewed", connection=self.connection, bank=self.bank, version=version)
        return pair.access

    async def _refresh_or_confirm(self, used: str, current: tokens.Sealed) -> Tokens | None:
        """A new pair; None when another process has stored one meanwhile. Raises AccessLost after asking twice."""
        try:
            return await self.refresh(used)
        except errors.AccessLost:
            if await self._replaced(current):
                return None
        await asyncio.sleep(CONFIRM_AFTER_SECONDS)
        if await self._replaced(current):
            return None
        try:
            return await self.refresh(used)
        except errors.AccessLost:
            if await self._replaced(current):
                return None
            await self._lost()
            raise

    async def _lost(self) -> None:
        await self.database.transact(lambda tx: tokens.refuse(tx, self.connection, self.bank))
        log.warning("access.lost", connection=self.connection, bank=self.bank)

    async def _replaced(self, current: tokens.Sealed) -> bool:
        return (await self._stored()).version != current.version

    async def _stored(self) -> tokens.Sealed:
        found = await self.database.read(lambda tx: tokens.get(tx, self.connection, self.bank))
        if found is None:
            raise errors.AccessLost(f"There is no access to {self.bank} for this connection.")
        return found

    async def _lease(self) -> bool:
        return await self.database.transact(
            lambda tx: tokens.lease(
                tx, self.connection, self.bank, owner=self.owner, at=self.clock(), seconds=LEASE_SECONDS
            )
        )

    def _release(self, tx: Tx) -> None:
        tokens.release(tx, self.connection, self.bank, owner=self.owner)

    def _open(self, sealed: bytes, part: str) -> str:
        return self.sealer.open(sealed, bound_to=bound_to(self.connection, self.bank, part))
