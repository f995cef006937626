"""Access tokens (R4): one renewal at a time over all processes, the store before the use, and no giving up in haste."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from counterfoil import errors
from counterfoil.crm.port import Tokens
from counterfoil.engine import tokens
from counterfoil.store import connections
from counterfoil.store import tokens as rows
from counterfoil.store.database import Database
from counterfoil.store.secrets import Sealer
from sandbox_kit import virtual_time

SEALER = Sealer((Fernet.generate_key().decode(),))
HOUR = timedelta(hours=1)


class Intuit:
    """A bank that rotates: each refresh token works once, and every request takes two seconds."""

    def __init__(self) -> None:
        self.now = virtual_time.clock().now
        self.number = 1
        self.asked: list[str] = []
        self.refuses = 0
        self.on_refusal: Callable[[], Awaitable[None]] | None = None

    def pair(self) -> Tokens:
        return Tokens(
            access=f"access-{self.number}",
            refresh=f"refresh-{self.number}",
            access_expires_at=self.now() + HOUR,
            refresh_expires_at=self.now() + timedelta(days=100),
        )

    async def refresh(self, token: str) -> Tokens:
        self.asked.append(token)
        await asyncio.sleep(2)
        if self.refuses or token != f"refresh-{self.number}":
            self.refuses = max(0, self.refuses - 1)
            if self.on_refusal is not None:
                await self.on_refusal()
            raise errors.AccessLost("invalid_grant")
        self.number += 1
        return self.pair()


class Safe:
    """One database file, opened by as many processes as a test wants, and the bank behind it."""

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder}/tokens.sqlite3"
        self.intuit = Intuit()
        self.databases: list[Database] = []
        self.connection = 0

    async def open(self) -> None:
        database = self.process()
        await database.migrate()
        now = self.intuit.now()
        self.connection = await database.transact(
            lambda tx: connections.create(tx, crm="crm", account_id="a", at=now).id
        )
        await self.store(self.intuit.pair())

    async def store(self, pair: Tokens) -> None:
        await self.databases[0].transact(
            lambda tx: tokens.put(tx, SEALER, self.connection, "quickbooks", pair)
        )

    def process(self) -> Database:
        self.databases.append(Database(self.url))
        return self.databases[-1]

    def keeper(self, owner: str) -> tokens.Keeper:
        return tokens.Keeper(
            database=self.process(),
            sealer=SEALER,
            clock=self.intuit.now,
            connection=self.connection,
            bank="quickbooks",
            owner=owner,
            refresh=self.intuit.refresh,
        )

    async def close(self) -> None:
        for database in self.databases:
            await database.close()


def kept(folder: Path, story: Callable[[Safe], Awaitable[None]]) -> None:
    """Play a story on virtual time."""

    async def told() -> None:
        safe = Safe(folder)
        await safe.open()
        try:
            await story(safe)
        finally:
            await safe.close()

    virtual_time.run(told())


def test_R4_a_token_that_lasts_is_used_without_asking(tmp_path: Path) -> None:
    async def story(safe: Safe) -> None:
        keeper = safe.keeper("one")
        assert await keeper.token() == "access-1"
        await asyncio.sleep(50 * 60)
        assert await keeper.token() == "access-1"
        assert safe.intuit.asked == []

    kept(tmp_path, story)


def test_R4_a_token_that_ends_soon_is_renewed_before_it_is_used(tmp_path: Path) -> None:
    async def story(safe: Safe) -> None:
        keeper = safe.keeper("one")
        await asyncio.sleep(56 * 60)
        assert await keeper.token() == "access-2"
        assert safe.intuit.asked == ["refresh-1"]

    kept(tmp_path, story)


def test_R4_many_processes_and_tasks_renew_once(tmp_path: Path) -> None:
    """Five processes, four tasks in each, all at the moment at which the token has run out."""

    async def story(safe: Safe) -> None:
        keepers = [safe.keeper(f"process {number}") for number in range(5)]
        await asyncio.sleep(3600)
        found = await asyncio.gather(*(keeper.token() for keeper in keepers for _ in range(4)))
        assert set(found) == {"access-2"}
        assert safe.intuit.asked == ["refresh-1"]

    kept(tmp_path, story)


def test_R4_a_rejected_token_is_renewed_once_and_a_newer_one_is_not(tmp_path: Path) -> None:
    async def story(safe: Safe) -> None:
        one, two = safe.keeper("one"), safe.keeper("two")
        assert [await one.token(), await two.token()] == ["access-1", "access-1"]
        assert await one.token(rejected=True) == "access-2"
        # The other process was refused with the old token; the store has a newer one already.
        assert await two.token(rejected=True) == "access-2"
        assert safe.intuit.asked == ["refresh-1"]

    kept(tmp_path, story)


def test_R4_the_new_pair_is_stored_before_it_is_used(tmp_path: Path) -> None:
    async def story(safe: Safe) -> None:
        await asyncio.sleep(3600)
        await safe.keeper("one").token()
        sealed = await safe.process().read(lambda tx: rows.get(tx, safe.connection, "quickbooks"))
        assert sealed is not None
        bound = tokens.bound_to(safe.connection, "quickbooks", "refresh")
        assert SEALER.open(sealed.refresh, bound_to=bound) == "refresh-2"

    kept(tmp_path, story)


def test_R4_a_process_that_died_while_renewing_frees_its_lease(tmp_path: Path) -> None:
    async def story(safe: Safe) -> None:
        await asyncio.sleep(3600)
        database = safe.process()
        await database.transact(
            lambda tx: rows.lease(
                tx,
                safe.connection,
                "quickbooks",
                owner="dead",
                at=safe.intuit.now(),
                seconds=tokens.LEASE_SECONDS,
            )
        )
        before = safe.intuit.now()
        assert await safe.keeper("alive").token() == "access-2"
        waited = (safe.intuit.now() - before).total_seconds()
        assert tokens.LEASE_SECONDS <= waited <= tokens.LEASE_SECONDS + 5

    kept(tmp_path, story)


def test_R4_invalid_grant_reads_the_store_again_before_it_gives_up(tmp_path: Path) -> None:
    """Another process was first (an operator restored a token, a lease ran out): its pair is in the store."""

    async def story(safe: Safe) -> None:
        await asyncio.sleep(3600)
        safe.intuit.refuses = 1

        async def first() -> None:
            safe.intuit.number = 7
            await safe.store(safe.intuit.pair())

        safe.intuit.on_refusal = first
        assert await safe.keeper("one").token() == "access-7"
        assert safe.intuit.asked == ["refresh-1"]

    kept(tmp_path, story)


def test_R4_invalid_grant_is_confirmed_once_with_a_delay(tmp_path: Path) -> None:
    """Intuit says so in some outages too."""

    async def story(safe: Safe) -> None:
        await asyncio.sleep(3600)
        safe.intuit.refuses = 1
        assert await safe.keeper("one").token() == "access-2"
        assert safe.intuit.asked == ["refresh-1", "refresh-1"]

    kept(tmp_path, story)


def test_R5_a_grant_that_is_really_gone_is_said_so(tmp_path: Path) -> None:
    async def story(safe: Safe) -> None:
        await asyncio.sleep(3600)
        safe.intuit.refuses = 100
        with pytest.raises(errors.AccessLost):
            await safe.keeper("one").token()
        assert safe.intuit.asked == ["refresh-1", "refresh-1"]

    kept(tmp_path, story)


def test_R5_a_token_that_nobody_can_renew_is_not_tried(tmp_path: Path) -> None:
    """A private integration token has no refresh token: refused means gone."""

    async def story(safe: Safe) -> None:
        await safe.store(
            Tokens(access="private", refresh="", access_expires_at=safe.intuit.now() + timedelta(days=365))
        )
        keeper = safe.keeper("one")
        assert await keeper.token() == "private"
        with pytest.raises(errors.AccessLost, match="cannot be renewed"):
            await keeper.token(rejected=True)
        assert safe.intuit.asked == []

    kept(tmp_path, story)


def test_R4_a_renewal_that_takes_longer_than_its_lease_is_given_up(tmp_path: Path) -> None:
    """Else a second process would begin another one meanwhile, and the first store its pair over the second's."""

    async def story(safe: Safe) -> None:
        under_way: set[str] = set()
        together = 0

        async def slow(token: str) -> Tokens:
            nonlocal together
            under_way.add(token)
            together = max(together, len(under_way))
            try:
                await asyncio.sleep(tokens.LEASE_SECONDS + 60)
            finally:
                under_way.discard(token)
            raise AssertionError("nobody waits that long")

        await asyncio.sleep(56 * 60)
        keepers = [safe.keeper("one"), safe.keeper("two")]
        for keeper in keepers:
            keeper.refresh = slow
        found = await asyncio.gather(*(keeper.token() for keeper in keepers), return_exceptions=True)

        assert {type(each) for each in found} == {errors.OutcomeUnknown}
        assert together == 1

    kept(tmp_path, story)


def test_R5_an_access_that_is_known_to_be_lost_is_not_asked_for_again(tmp_path: Path) -> None:
    """Whoever opens a page of a lost connection would else wait for two renewals, each time."""

    async def story(safe: Safe) -> None:
        await asyncio.sleep(56 * 60)
        safe.intuit.refuses = 2
        keeper = safe.keeper("one")
        for _ in range(3):
            with pytest.raises(errors.AccessLost):
                await keeper.token()
        assert len(safe.intuit.asked) == 2

    kept(tmp_path, story)
