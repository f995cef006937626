"""The way in by a private integration token: the operator has it, nobody logs in, nothing is renewed (reference 2.6)."""

from __future__ import annotations

import httpx
import pytest

from counterfoil import errors
from counterfoil.crm import port
from counterfoil.crm.highlevel import addresses, private

LOCATION = {"location": {"id": "Location1", "name": "Shop", "country": "US", "timezone": "America/New_York"}}
BACK = "https://sync.example/oauth/highlevel/callback"


@pytest.fixture
def way_in(bench):
    def made(token: str = "pit-1") -> private.PrivateDoor:
        return private.PrivateDoor(
            http=bench.http,
            addresses=addresses.for_base("http://crm.test"),
            clock=bench.time.clock,
            sleep=bench.time.sleep,
            jitter=lambda: 0.0,
            token=token,
            location_id="Location1",
        )

    return made


def test_there_is_no_log_in_but_a_token_to_type_in(way_in) -> None:
    """Our own page asks for it, so that it stands in no address."""
    door = way_in()

    assert door.authorize_url(state="s", redirect_uri=BACK) == ""
    assert door.asks_for == "private integration token"


def test_it_is_a_door(way_in) -> None:
    opened: port.Door = way_in()

    assert opened.name == "highlevel"


async def test_reading_the_location_proves_the_token(bench, way_in) -> None:
    """One call proves token, scope and location; the token lasts until somebody takes it away."""
    bench.script.on("GET /locations/Location1", LOCATION)

    found = await way_in().exchange(code="pit-1", redirect_uri=BACK)

    assert (found.account_id, found.tokens.access) == ("Location1", "pit-1")
    assert found.tokens.access_expires_at.year > 2100
    assert bench.script.requests[0].headers["authorization"] == "Bearer pit-1"


async def test_R4_the_token_is_nowhere_to_be_read(bench, way_in) -> None:
    bench.script.on("GET /locations/Location1", LOCATION)
    door = way_in()

    found = await door.exchange(code="pit-1", redirect_uri=BACK)

    assert "pit-1" not in repr(door) + repr(found) + found.tokens.refresh


async def test_a_wrong_token_connects_nothing(bench, way_in, refuse) -> None:
    bench.script.on("GET /locations/Location1", refuse(401, "Invalid JWT"))

    with pytest.raises(errors.AccessLost):
        await way_in().exchange(code="pit-1", redirect_uri=BACK)


async def test_only_the_location_of_the_settings_is_opened(bench, way_in) -> None:
    for attempt in (
        way_in().admit(account_id="Location2"),
        way_in().exchange(code="stolen", redirect_uri=BACK),
        way_in().refresh(account_id="Location2", refresh_token=""),
    ):
        with pytest.raises(errors.AccessLost):
            await attempt

    assert bench.script.requests == []


async def test_R5_a_token_that_was_replaced_in_the_settings_takes_over(bench, way_in) -> None:
    """HighLevel advises a new one every 90 days; HighLevel is not asked for it, because it renews none."""
    bench.script.on("GET /locations/Location1", LOCATION)
    old = (await way_in("pit-1").admit(account_id="Location1")).tokens
    asked = len(bench.script.requests)

    new = await way_in("pit-2").refresh(account_id="Location1", refresh_token=old.refresh)

    assert new.access == "pit-2"
    assert new.refresh != old.refresh
    with pytest.raises(errors.AccessLost, match="Private Integrations"):
        await way_in("pit-2").refresh(account_id="Location1", refresh_token=new.refresh)
    assert len(bench.script.requests) == asked


async def test_R73_its_runs_share_one_quota(bench, way_in) -> None:
    """Limits count per location, also for private tokens."""
    answer = httpx.Response(
        200, json=LOCATION, headers={"X-RateLimit-Max": "25", "X-RateLimit-Remaining": "0"}
    )
    bench.script.on("GET /locations/Location1", answer)
    door = way_in()

    await door.admit(account_id="Location1")
    await door.admit(account_id="Location1")

    assert bench.time.slept == [pytest.approx(10.1)]
