"""Sealed tokens and their lease, log-ins, sessions (R3, R4)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet

from counterfoil.crm.port import Tokens
from counterfoil.engine.tokens import bound_to
from counterfoil.engine.tokens import put as keep
from counterfoil.store import handshakes, schema, sessions, tokens
from counterfoil.store.database import Database
from counterfoil.store.secrets import Sealer, Tampered

from .conftest import NOW, Clock, on_sqlite

OLD, NEW, FOREIGN = (Fernet.generate_key().decode() for _ in range(3))


def test_R4_a_sealed_value_opens_where_it_belongs_and_nowhere_else() -> None:
    sealed = Sealer((NEW,)).seal("rt-secret", bound_to="tokens/1/quickbooks/refresh")
    assert b"rt-secret" not in sealed
    assert Sealer((NEW,)).open(sealed, bound_to="tokens/1/quickbooks/refresh") == "rt-secret"
    with pytest.raises(Tampered, match="another row"):
        Sealer((NEW,)).open(sealed, bound_to="tokens/2/quickbooks/refresh")
    with pytest.raises(Tampered):
        Sealer((FOREIGN,)).open(sealed, bound_to="tokens/1/quickbooks/refresh")


def test_R4_keys_can_be_changed() -> None:
    """The new key stands in front and seals; the old one opens until everything is sealed anew."""
    sealed = Sealer((OLD,)).seal("rt", bound_to="a")
    both = Sealer((NEW, OLD))
    assert both.open(sealed, bound_to="a") == "rt"
    anew = both.seal("rt", bound_to="a")
    assert Sealer((NEW,)).open(anew, bound_to="a") == "rt"
    with pytest.raises(Tampered):
        Sealer((NEW,)).open(sealed, bound_to="a")


def test_R4_a_changed_byte_opens_nothing() -> None:
    sealed = bytearray(Sealer((NEW,)).seal("rt", bound_to="a"))
    sealed[-3] ^= 1
    with pytest.raises(Tampered):
        Sealer((NEW,)).open(bytes(sealed), bound_to="a")


@pytest.mark.parametrize("keys", [(), ("short",), (NEW, "not a key")])
def test_R4_malformed_keys_are_said_so_without_showing_them(keys: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="counterfoil keys") as caught:
        Sealer(keys)
    assert all(key not in str(caught.value) for key in keys)


async def stored(database: Database, connection: int, name: str = "one") -> int:
    return await database.transact(
        lambda tx: tokens.put(
            tx,
            connection,
            "quickbooks",
            access=f"access {name}".encode(),
            refresh=f"refresh {name}".encode(),
            access_expires_at=NOW + timedelta(hours=1),
            refresh_expires_at=None,
        )
    )


async def test_R4_every_pair_has_a_higher_version(database: Database, connection: int) -> None:
    assert [await stored(database, connection, name) for name in ("one", "two")] == [1, 2]
    kept = await database.read(lambda tx: tokens.get(tx, connection, "quickbooks"))
    assert kept is not None
    assert (kept.refresh, kept.access_expires_at, kept.version) == (
        b"refresh two",
        NOW + timedelta(hours=1),
        2,
    )
    assert await database.read(lambda tx: tokens.get(tx, connection, "crm")) is None


@on_sqlite
async def test_R4_nothing_on_the_disk_tells_a_token(database: Database, connection: int, url: str) -> None:
    """Neither the file nor its log; what stands there opens with the key."""
    sealer = Sealer((NEW,))
    pair = Tokens(
        access="access-in-clear",
        refresh="refresh-in-clear",
        access_expires_at=NOW + timedelta(hours=1),
        refresh_expires_at=None,
    )
    await database.transact(lambda tx: keep(tx, sealer, connection, "quickbooks", pair))
    path = Path(sa.make_url(url).database or "")
    on_disk = b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    kept = await database.read(lambda tx: tokens.get(tx, connection, "quickbooks"))
    assert kept is not None
    assert kept.access in on_disk
    assert kept.refresh in on_disk
    assert b"in-clear" not in on_disk
    assert NEW.encode() not in on_disk
    opened = sealer.open(kept.refresh, bound_to=bound_to(connection, "quickbooks", "refresh"))
    assert opened == "refresh-in-clear"


async def test_R5_a_refused_pair_stays_refused_until_there_is_a_new_one(
    database: Database, connection: int
) -> None:
    async def refused() -> bool:
        kept = await database.read(lambda tx: tokens.get(tx, connection, "quickbooks"))
        assert kept is not None
        return kept.refused

    await stored(database, connection)
    assert not await refused()
    await database.transact(lambda tx: tokens.refuse(tx, connection, "quickbooks"))
    assert await refused()
    await stored(database, connection, "two")
    assert not await refused()


async def test_R4_one_owner_renews_until_it_is_done_or_its_time_is_over(
    database: Database, connection: int, clock: Clock
) -> None:
    await stored(database, connection)

    async def lease(owner: str) -> bool:
        return await database.transact(
            lambda tx: tokens.lease(tx, connection, "quickbooks", owner=owner, at=clock.now, seconds=60)
        )

    assert await lease("one")
    assert not await lease("two")
    assert await lease("one")
    await database.transact(lambda tx: tokens.release(tx, connection, "quickbooks", owner="two"))
    assert not await lease("two")
    await database.transact(lambda tx: tokens.release(tx, connection, "quickbooks", owner="one"))
    assert await lease("two")
    clock.forward(59)
    assert not await lease("one")
    clock.forward(1)
    assert await lease("one")


async def test_R6_forgotten_tokens_are_gone(database: Database, connection: int) -> None:
    await stored(database, connection)
    await database.transact(lambda tx: tokens.forget(tx, connection, "quickbooks"))
    assert await database.read(lambda tx: tokens.get(tx, connection, "quickbooks")) is None


async def begun(database: Database, connection: int | None = None) -> None:
    await database.transact(
        lambda tx: handshakes.begin(
            tx,
            state="st",
            session="se",
            purpose="quickbooks",
            connection=connection,
            at=NOW,
            expires_at=NOW + timedelta(minutes=10),
        )
    )


async def finished(database: Database, clock: Clock, **other: str) -> handshakes.Handshake | None:
    how = {"state": "st", "session": "se", "purpose": "quickbooks", **other}
    return await database.transact(lambda tx: handshakes.finish(tx, at=clock.now, **how))


async def test_R3_a_state_works_once(database: Database, connection: int, clock: Clock) -> None:
    await begun(database, connection)
    found = await finished(database, clock)
    assert found == handshakes.Handshake(purpose="quickbooks", connection=connection)
    assert await finished(database, clock) is None


@pytest.mark.parametrize("other", [{"state": "x"}, {"session": "x"}, {"purpose": "crm"}])
async def test_R3_a_foreign_state_finds_nothing_and_spoils_nothing(
    database: Database, clock: Clock, other: dict[str, str]
) -> None:
    await begun(database)
    assert await finished(database, clock, **other) is None
    assert await finished(database, clock) is not None


async def test_R3_a_state_lasts_ten_minutes(database: Database, clock: Clock) -> None:
    await begun(database)
    clock.forward(600)
    assert await finished(database, clock) is None


async def test_R3_only_hashes_of_states_and_sessions_are_stored(database: Database) -> None:
    await begun(database)
    (row,) = await database.read(lambda tx: list(tx.execute(schema.handshakes.select()).mappings()))
    assert len(row["state_hash"]) == len(row["session_hash"]) == 64
    assert "st" not in {row["state_hash"], row["session_hash"]}


async def test_a_session_ends_with_its_time_or_its_deletion(
    database: Database, connection: int, clock: Clock
) -> None:
    async def create(name: str) -> None:
        end = clock.now + timedelta(hours=12)
        await database.transact(
            lambda tx: sessions.create(
                tx, token_hash=name, connection=connection, csrf="c", at=clock.now, expires_at=end
            )
        )

    async def get(name: str) -> sessions.Session | None:
        return await database.read(lambda tx: sessions.get(tx, token_hash=name, at=clock.now))

    await create("a" * 64)
    found = await get("a" * 64)
    assert found is not None
    assert (found.connection, found.csrf) == (connection, "c")
    clock.forward(12 * 3600)
    assert await get("a" * 64) is None
    await create("b" * 64)
    await database.transact(lambda tx: sessions.delete(tx, token_hash="b" * 64))
    assert await get("b" * 64) is None
    rows = await database.read(lambda tx: list(tx.execute(schema.sessions.select())))
    assert rows == []
