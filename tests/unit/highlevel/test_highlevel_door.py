"""The way into HighLevel: one app, many locations, and access that renews itself."""

from __future__ import annotations

import httpx
import pytest

from counterfoil import errors
from counterfoil.crm import port
from counterfoil.crm import records as crm
from counterfoil.crm.highlevel import addresses, door, oauth

ANSWER = {
    "access_token": "access-2",
    "refresh_token": "refresh-2",
    "expires_in": 86399,
    "locationId": "Location1",
    "scope": " ".join(oauth.NEEDED),
}


@pytest.fixture
def way_in(bench) -> port.Door:
    return door.HighLevelDoor(
        http=bench.http,
        addresses=addresses.for_base("http://crm.test"),
        app=oauth.App("app0001-abc", "secret-of-the-app"),
        clock=bench.time.clock,
        sleep=bench.time.sleep,
        jitter=lambda: 0.0,
    )


def test_the_link_leads_to_the_base_of_the_settings(way_in) -> None:
    """The door knows addresses and app; the caller adds state and the way back."""
    url = way_in.authorize_url(state="s1", redirect_uri="https://sync.example/cb")

    assert url.startswith("http://crm.test/")
    assert "state=s1" in url


async def test_an_installation_is_one_location(bench, way_in) -> None:
    """The tokens belong to the location that the owner chose."""
    bench.script.on("POST /oauth/token", ANSWER)

    found = await way_in.exchange(code="c", redirect_uri="https://sync.example/cb")

    assert found.account_id == "Location1"
    assert found.tokens.access == "access-2"


AGENCY = {**ANSWER, "userType": "Company", "locationId": None, "companyId": "Company1"}


@pytest.mark.parametrize("names", [[], ["Harbour", "Hill"]])
async def test_an_installation_for_an_agency_needs_a_choice(bench, way_in, names) -> None:
    """A token for a whole agency names no location whose sales could be posted; guessing one would be worse."""
    bench.script.on("POST /oauth/token", AGENCY)
    found = [{"_id": f"Location{name}", "name": name, "isInstalled": True} for name in names]
    bench.script.on("GET /oauth/installedLocations", {"locations": found, "count": len(found)})

    with pytest.raises(errors.NeedsPerson, match="sub-account") as caught:
        await way_in.exchange(code="c", redirect_uri="https://sync.example/cb")

    assert all(name in str(caught.value) for name in names)


async def test_the_only_location_of_an_agency_is_opened_with_a_token_of_its_own(bench, way_in) -> None:
    """HighLevel gives it for the agency's token, perhaps without a refresh token (reference 2.5)."""
    bench.script.on("POST /oauth/token", AGENCY)
    bench.script.on("GET /oauth/installedLocations", {"locations": [{"_id": "Location1"}], "count": 1})
    answer = {name: value for name, value in ANSWER.items() if name != "refresh_token"}
    bench.script.on("POST /oauth/locationToken", answer | {"access_token": "of-the-location"})

    found = await way_in.exchange(code="c", redirect_uri="https://sync.example/cb")

    assert (found.account_id, found.tokens.access) == ("Location1", "of-the-location")
    listing, minting = bench.script.requests[1:]
    assert dict(listing.url.params) == {
        "companyId": "Company1",
        "appId": "app0001",
        "isInstalled": "true",
        "skip": "0",
        "limit": "100",
    }
    assert minting.content == b"companyId=Company1&locationId=Location1"
    for request in (listing, minting):
        assert request.headers["authorization"] == "Bearer access-2"
        assert request.headers["version"] == "2021-07-28"

    bench.script.on("POST /oauth/reconnect", {"authorizationCode": "code-9"})
    bench.script.on("POST /oauth/token", ANSWER)
    renewed = await way_in.refresh(account_id="Location1", refresh_token=found.tokens.refresh)
    assert (renewed.access, renewed.refresh) == ("access-2", "refresh-2")
    assert b"grant_type=refresh_token" not in b"".join(each.content for each in bench.script.requests)


async def test_R4_an_agencys_installation_is_renewed_by_its_company_where_the_location_is_not_known(
    bench, way_in
) -> None:
    """`reconnect` takes the company of an agency's installation (reference 2.8); the agency's token gives the
    location's, as it did at first (2.5)."""
    bench.script.on(
        "POST /oauth/reconnect",
        httpx.Response(404, json={"message": "no installation for this location"}),
        {"authorizationCode": "code-9"},
    )
    bench.script.on("POST /oauth/token", AGENCY)
    without = {name: value for name, value in ANSWER.items() if name not in ("refresh_token", "scope")}
    bench.script.on("POST /oauth/locationToken", without | {"companyId": "Company1"})

    renewed = await way_in.refresh(account_id="Location1", refresh_token="reconnect:Company1")

    assert (renewed.access, renewed.refresh) == ("access-2", "reconnect:Company1")
    asked = bench.script.bodies("POST /oauth/reconnect")
    assert [each.get("locationId", each.get("companyId")) for each in asked] == ["Location1", "Company1"]


async def test_an_agency_with_many_locations_is_listed_page_by_page(bench, way_in) -> None:
    """A hundred at a time; the second page begins behind the first."""
    many = [{"_id": f"Location{n}", "name": f"Shop {n}"} for n in range(103)]
    bench.script.on("POST /oauth/token", AGENCY)
    bench.script.on("GET /oauth/installedLocations", {"locations": many[:100]}, {"locations": many[100:]})

    with pytest.raises(errors.NeedsPerson, match="103 sub-accounts: Shop 0, Shop 1"):
        await way_in.exchange(code="c", redirect_uri="https://sync.example/cb")

    assert [request.url.params["skip"] for request in bench.script.requests[1:]] == ["0", "100"]


async def test_a_location_that_got_the_app_from_its_agency_is_admitted(bench, way_in) -> None:
    """INSTALL names the location; nobody logs in, and no token of the agency is kept (reference 2.5, 2.8)."""
    bench.script.on("POST /oauth/reconnect", {"authorizationCode": "code-9"})
    bench.script.on("POST /oauth/token", ANSWER)

    found = await way_in.admit(account_id="Location1")

    assert (found.account_id, found.tokens.access) == ("Location1", "access-2")
    with pytest.raises(errors.AccessLost):
        await way_in.admit(account_id="Location2")


async def test_an_old_installation_without_a_needed_scope_is_installed_again(bench, way_in) -> None:
    """The owner reads what is missing at once, not from the first failure (reference 2.3)."""
    bench.script.on("POST /oauth/token", {**ANSWER, "scope": "contacts.readonly contacts.write"})

    with pytest.raises(errors.NeedsPerson, match=r"invoices\.readonly"):
        await way_in.exchange(code="c", redirect_uri="https://sync.example/cb")


async def test_R4_a_dead_refresh_token_is_replaced_without_the_owner(bench, way_in) -> None:
    """As long as the app is installed there, HighLevel gives a fresh code (reference 2.8)."""
    bench.script.on("POST /oauth/token", httpx.Response(400, json={"error": "invalid_grant"}), ANSWER)
    bench.script.on("POST /oauth/reconnect", {"authorizationCode": "code-9"})

    tokens = await way_in.refresh(account_id="Location1", refresh_token="refresh-1")

    assert (tokens.access, tokens.refresh) == ("access-2", "refresh-2")
    assert b"redirect_uri" not in bench.script.requests[2].content


async def test_R5_access_is_lost_when_the_app_was_removed(bench, way_in) -> None:
    """Neither the token nor the reconnection is accepted: only the owner can help."""
    bench.script.on("POST /oauth/token", httpx.Response(400, json={"error": "invalid_grant"}))
    bench.script.on("POST /oauth/reconnect", httpx.Response(403, json={"message": "not installed"}))

    with pytest.raises(oauth.GrantInvalid):
        await way_in.refresh(account_id="Location1", refresh_token="refresh-1")


@pytest.mark.parametrize("status", [403, 503])
async def test_R5_a_page_of_a_proxy_ends_no_access(bench, way_in, status) -> None:
    """Neither the old grant nor the installation is judged by what is not HighLevel's own word (reference 3.2)."""
    bench.script.on("POST /oauth/token", httpx.Response(status, text="<html>blocked</html>"))

    with pytest.raises((errors.TryLater, errors.OutcomeUnknown)):
        await way_in.refresh(account_id="Location1", refresh_token="refresh-1")


async def test_R5_tokens_of_another_location_are_never_used(bench, way_in) -> None:
    """A reconnection that answers for somebody else is no access to this location."""
    bench.script.on(
        "POST /oauth/token",
        httpx.Response(400, json={"error": "invalid_grant"}),
        ANSWER | {"locationId": "Another"},
    )
    bench.script.on("POST /oauth/reconnect", {"authorizationCode": "code-9"})

    with pytest.raises(oauth.GrantInvalid):
        await way_in.refresh(account_id="Location1", refresh_token="refresh-1")


async def test_R73_the_runs_of_a_location_share_its_quota_and_no_other(bench, way_in) -> None:
    """What one run used up the next one waits for; another location has a quota of its own."""

    async def token(rejected: bool) -> str:
        return "access-1"

    def answer(request: httpx.Request) -> httpx.Response:
        headers = {"X-RateLimit-Max": "100", "X-RateLimit-Remaining": "0"}
        return httpx.Response(200, json={"contact": {"id": "c1"}}, headers=headers)

    bench.script.on("GET /contacts/c1", answer)

    def open_location(location: str) -> port.Crm:
        return way_in.open(account_id=location, zone="", token=token, on_call=lambda call: None)

    await open_location("Location1").contact(crm.ContactId("c1"))
    await open_location("Location2").contact(crm.ContactId("c1"))
    assert bench.time.slept == []

    await open_location("Location1").contact(crm.ContactId("c1"))

    assert bench.time.slept == [pytest.approx(10.1)]
