"""How many API calls it took, counted twice: by the neighbours' journals and by Counterfoil itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from counterfoil_demo.neighbours import Row
from counterfoil_demo.patience import until
from counterfoil_demo.scene import Calls, Count, Scene

SETTLES_WITHIN_SECONDS = 15.0
UNDER_WAY = ("dirty", "waiting", "later")
"""The states of records that Counterfoil will come back to by itself."""
READING_POSTS = ("/contacts/search", "/query")
"""POSTs that only ask."""


def writes(exchange: Row) -> bool:
    """Whether an exchange of a journal could change something."""
    return exchange["method"] not in ("GET", "HEAD") and not str(exchange["path"]).endswith(READING_POSTS)


def of_the_api(exchange: Row) -> bool:
    """Whether an exchange belongs to the API proper: log-in and tokens do not."""
    return "oauth" not in str(exchange["path"])


def from_journal(exchanges: Iterable[Row], own: Mapping[str, int]) -> Calls:
    """What a journal shows, without our `own` reads, writes and metered reads."""
    seen: Counter[str] = Counter()
    for exchange in filter(of_the_api, exchanges):
        seen["writes" if writes(exchange) else "reads"] += 1
        seen["metered"] += int(exchange["tags"].get("metered", 0))
    return Calls(
        reads=seen["reads"] - own.get("reads", 0),
        writes=seen["writes"] - own.get("writes", 0),
        metered=seen["metered"] - own.get("metered", 0),
    )


def from_service(connection: Row, bank: str) -> Calls:
    """What Counterfoil says that it asked a bank for this connection."""
    counted = connection["usage"].get(bank, {})
    return Calls(
        reads=int(counted.get("read", 0)),
        writes=int(counted.get("write", 0)),
        metered=int(counted.get("metered", 0)),
    )


async def counted(scene: Scene) -> list[Count]:
    """Both counts of both banks, once they agree or time is up (a call may be under way while we ask)."""

    async def ask() -> list[Count]:
        (connection,) = await scene.service.connections()
        books = from_journal(await scene.quickbooks.control.exchanges(), scene.quickbooks.own)
        business = from_journal(await scene.crm.control.exchanges(), scene.crm.own)
        return [
            Count("QuickBooks", books, from_service(connection, "quickbooks")),
            Count("CRM", business, from_service(connection, "crm")),
        ]

    return await until(
        ask, lambda counts: all(count.agrees for count in counts), seconds_max=SETTLES_WITHIN_SECONDS
    )


async def quiet(scene: Scene) -> None:
    """Wait until no webhook is on its way and Counterfoil has nothing left to do."""
    await scene.quickbooks.control.settle()
    await scene.crm.control.settle()

    async def ask() -> int:
        known = await scene.service.connections()
        return sum(int(row["records"].get(state, 0)) for row in known for state in UNDER_WAY)

    await until(ask, lambda busy: not busy, seconds_max=SETTLES_WITHIN_SECONDS)


async def asked_again(scene: Scene, *, since: int) -> None:
    """Wait until Counterfoil has come by at the CRM once more: what it had to do before is done then."""

    async def ask() -> list[Row]:
        found = await scene.crm.control.exchanges(since=since)
        return [row for row in found if row["operation"].rstrip("/") == "GET /payments/transactions"]

    await until(ask, bool, seconds_max=SETTLES_WITHIN_SECONDS)
