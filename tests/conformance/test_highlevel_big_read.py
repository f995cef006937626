"""A large location is read completely, as fast as its quota allows and never faster (R73)."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from counterfoil.crm.highlevel import addresses, bulk, door, oauth
from crm_sandbox.sandbox import Sandbox
from sandbox_kit import virtual_time
from sandbox_kit.in_process import InProcess

CRM = "http://crm.test"
BURST, INTERVAL = 100, 10.0
SHORTEST, LONGEST = 0.08, 0.32
"""Seconds until an answer is there."""


@dataclass
class Distance(httpx.AsyncBaseTransport):
    """A way to the server and back that takes time; notes when each request was sent and what it was answered."""

    carrier: httpx.AsyncBaseTransport
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    sent: list[float] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(asyncio.get_running_loop().time())
        out, back = (self.chance.uniform(SHORTEST, LONGEST) / 2 for _ in range(2))
        await asyncio.sleep(out)
        answer = await self.carrier.handle_async_request(request)
        await asyncio.sleep(back)
        self.statuses.append(answer.status_code)
        return answer

    def share_of_the_quota(self) -> float:
        """How fast it went: when the last whole hundred was reached, against when the quota allows it at the earliest."""
        hundreds = (len(self.sent) - 1) // BURST
        return hundreds * INTERVAL / (sorted(self.sent)[hundreds * BURST] - min(self.sent))


async def ids(portions: AsyncIterator[tuple[Any, ...]]) -> list[str]:
    return [item.id async for portion in portions for item in portion]


async def read(seed: str) -> tuple[Sandbox, Distance, list[str], list[str]]:
    """Both listings of a location at the same time."""
    clock = virtual_time.clock()
    sandbox = Sandbox(seed=seed, clock=clock, base_url=CRM)
    way = Distance(InProcess({CRM: sandbox.app}))
    async with httpx.AsyncClient(transport=way) as http:
        credentials = sandbox.credentials

        async def token(rejected: bool) -> str:
            return credentials["access_token"]

        way_in = door.HighLevelDoor(
            http=http,
            addresses=addresses.for_base(CRM),
            app=oauth.App(credentials["client_id"], credentials["client_secret"]),
            clock=clock.now,
            sleep=asyncio.sleep,
            jitter=lambda: 0.0,
        )
        crm = way_in.open(
            account_id=credentials["location_id"], zone="UTC", token=token, on_call=lambda call: None
        )
        contacts, invoices = await asyncio.gather(ids(crm.all_contacts()), ids(crm.all_invoices()))
    return sandbox, way, contacts, invoices


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_R73_a_large_location_is_read_at_the_speed_of_its_quota() -> None:
    """50,000 contacts and 20,000 invoices: each once, at 95 % of the quota or more, without one refusal."""
    sandbox, way, contacts, invoices = virtual_time.run(read("large:50000,20000"))

    assert len(contacts) == len(set(contacts)) == 50_000
    assert set(contacts) == set(sandbox.location.state.contacts)
    assert len(invoices) == len(set(invoices)) == 20_000
    assert set(invoices) == set(sandbox.location.state.invoices)
    assert set(way.statuses) <= {200, 201}
    assert way.share_of_the_quota() >= 0.95
    needed = 50_000 / 500 + 20_000 / bulk.STRIDE
    assert len(way.sent) <= 1.1 * needed, "going side by side costs few calls more than one after the other"


def test_a_walk_by_cursor_goes_beyond_ten_thousand() -> None:
    """Pages by number end there (reference 5.5); the cursor does not, one after the other or side by side."""
    sandbox, _, contacts, invoices = virtual_time.run(read("large:10600,250"))

    assert sorted(contacts) == sorted(sandbox.location.state.contacts)
    assert sorted(invoices) == sorted(sandbox.location.state.invoices)


@pytest.mark.parametrize("size", [(0, 0), (1, 1), (500, 100), (501, 101), (7, 95), (1200, 191)])
def test_every_size_is_read_to_its_end(size: tuple[int, int]) -> None:
    """Where pages are just full, just not, or not there."""
    contacts, invoices = size
    seed = "large:{},{}".format(*size) if contacts else "empty"
    _, _, found, issued = virtual_time.run(read(seed))

    assert (len(found), len(issued)) == (contacts, invoices)


async def test_not_more_than_the_width_is_under_way_and_an_error_ends_it_all() -> None:
    """Somebody who stops listening, or an error, leaves no request behind."""
    numbers = itertools.count()
    running: set[int] = set()
    most = 0

    async def step() -> Any:
        nonlocal most
        mine = next(numbers)
        running.add(mine)
        most = max(most, len(running))
        try:
            await asyncio.sleep(0)
            if mine == 40:
                raise ValueError("broken")
            return mine, [step, step]
        finally:
            running.discard(mine)

    with pytest.raises(ValueError, match="broken"):
        async for _ in bulk.side_by_side(step, width=5):
            pass

    assert most == 5
    assert running == set()
