"""The two generations of the API (reference 1.3), the agency's calls in both, and the app's own life (2.5, 2.9, 11.6)."""

from __future__ import annotations

import pytest

from highlevel_files.judge import judge

V3 = {"Version": "v3"}


async def company_token(crm):
    return (await crm.act("/tokens", {"kind": "company"}))["access_token"]


async def test_v3_spells_success_correctly_and_takes_field_value_in_camel_case(crm):
    """`succeded` becomes `succeeded`, and a custom field's value may be called fieldValue."""
    contact = await crm.contact(email="ada@example.com")
    one = f"/contacts/{contact['id']}"
    fields = {"customFields": [{"id": "f", "fieldValue": "118"}]}
    old = await crm.call("PUT", one, fields)
    new = await crm.call("PUT", one, fields, headers=V3)

    assert (old.status_code, new.status_code) == (422, 200)
    assert new.json()["succeeded"] is True
    assert new.json()["contact"]["customFields"] == [{"id": "f", "value": "118"}]


async def test_v3_names_the_channels_of_do_not_disturb_in_lower_case(crm):
    """As its file does; what is kept, and what the dated generation reads, is the same."""
    contact = await crm.contact(email="ada@example.com")
    one, silent = f"/contacts/{contact['id']}", {"status": "active"}
    new = await crm.call("PUT", one, {"dndSettings": {"sms": silent}}, headers=V3)
    old = await crm.call("PUT", one, {"dndSettings": {"sms": silent}})
    read = await crm.ok("GET", one)

    assert new.json()["contact"]["dndSettings"] == {"sms": silent}
    assert (old.status_code, read["contact"]["dndSettings"]) == (422, {"SMS": silent})


async def test_v3_coupons_say_for_which_goods_they_are(crm):
    """The one difference of the payments family (reference 1.3)."""
    await crm.buy(coupon={"code": "SPRING15", "type": "amount", "value": 15})
    old = await crm.call("GET", "/payments/coupon/list", **crm.alt)
    new = await crm.call("GET", "/payments/coupon/list", **crm.alt, headers=V3)

    assert new.json()["data"][0].keys() - old.json()["data"][0].keys() == {
        "productIds",
        "variantIds",
        "priceIds",
    }


async def test_the_other_dated_value_is_the_dated_generation(crm):
    """HighLevel's Node client sends 2023-02-21 unless it is told otherwise; its paths and spellings are the dated ones."""
    contact = await crm.contact(email="ada@example.com")
    changed = await crm.call(
        "PUT", f"/contacts/{contact['id']}", {"firstName": "Ada"}, headers={"Version": "2023-02-21"}
    )

    assert (changed.status_code, changed.json()["succeded"]) == (200, True)


@pytest.mark.parametrize(
    ("path", "version"), [("/users/", "v3"), ("/oauth/installed-locations", "2021-07-28")]
)
async def test_a_generation_does_not_answer_for_the_other(crm, path, version):
    """What a generation does not have looks like a missing scope."""
    answer = await crm.call("GET", path, headers={"Version": version}, locationId=crm.location)

    assert answer.status_code == 401
    assert answer.json()["message"] == "The token is not authorized for this scope."


async def test_v3_tokens_are_in_camel_case_and_rotate(crm):
    """The token call of v3, its answer, and its own shape of an error."""
    known = crm.sandbox.credentials
    body = {"clientId": known["client_id"], "clientSecret": known["client_secret"]}
    body |= {"grantType": "refresh_token", "refreshToken": known["refresh_token"], "userType": "Location"}
    fresh = await crm.http.post("/oauth/token", data=body, headers=V3)
    again = await crm.http.post("/oauth/token", data=body, headers=V3)

    assert fresh.json()["accessToken"] and fresh.json()["refreshToken"] != known["refresh_token"]
    assert "access_token" not in fresh.json()
    assert (again.status_code, again.json()["error"]["code"]) == (400, "invalid_grant")
    if judge():
        assert judge().answer("POST", "/oauth/token", 200, fresh.json(), "v3") == []


@pytest.mark.parametrize(
    ("version", "listing", "minting", "rows", "token"),
    [
        ("2021-07-28", "/oauth/installedLocations", "/oauth/locationToken", "locations", "access_token"),
        ("v3", "/oauth/installed-locations", "/oauth/location-token", "items", "accessToken"),
    ],
)
async def test_an_agency_finds_its_locations_and_mints_their_tokens(
    crm, version, listing, minting, rows, token
):
    """Company token, installed locations, location token; in either spelling."""
    known, agency = crm.sandbox.credentials, await company_token(crm)
    company = {"companyId": known["company_id"]}
    app = crm.sandbox.credentials["client_id"].partition("-")[0]
    headers = {"Version": version}
    listed = await crm.call("GET", listing, token=agency, headers=headers, **company, appId=app)
    (row,) = listed.json()[rows]
    body = {**company, "locationId": row["_id"]}
    minted = await crm.call("POST", minting, body, token=agency, headers=headers)
    own = await crm.call("GET", f"/locations/{row['_id']}", token=minted.json()[token])
    refused = await crm.call("POST", minting, body, headers=headers)

    assert row["_id"] == crm.location and own.status_code == 200
    assert row["installedAt"] == "2026-03-02T15:00:00.000Z"
    assert refused.status_code == 401


async def test_an_agency_with_several_locations_lists_them_in_pages(crm):
    """skip and limit, 20 when not said (reference 2.5); pageSize and pageToken in v3 (1.3)."""
    made = (await crm.act("/agency", {"locations": [f"Branch {n}" for n in range(24)]}))["locations"]
    agency, known = await company_token(crm), crm.sandbox.credentials
    asked = {"companyId": known["company_id"], "appId": known["client_id"].partition("-")[0]}
    path, later = "/oauth/installedLocations", "/oauth/installed-locations"
    first = (await crm.call("GET", path, token=agency, **asked)).json()
    rest = (await crm.call("GET", path, token=agency, **asked, skip="20")).json()
    mine = (await crm.call("GET", path, token=agency, **asked, isInstalled="true")).json()
    seen, page = [], {}
    while page.get("hasNextPage", True):
        token = {"pageToken": page["nextPageToken"]} if page else {}
        answer = await crm.call("GET", later, token=agency, headers=V3, **asked, pageSize="10", **token)
        seen += answer.json()["items"]
        page = answer.json()["pagination"]
    wrong = await crm.call("GET", later, token=agency, headers=V3, **asked, pageToken="x")
    body = {"companyId": known["company_id"], "locationId": made[0]["id"]}
    minted = await crm.call("POST", "/oauth/locationToken", body, token=agency)

    everybody = [crm.location, *(each["id"] for each in made)]
    assert [each["_id"] for each in [*first["locations"], *rest["locations"]]] == everybody
    assert (len(first["locations"]), first["count"], rest["count"]) == (20, 25, 25)
    assert [each["_id"] for each in mine["locations"]] == [crm.location]
    assert [each["_id"] for each in seen] == everybody
    assert (wrong.status_code, minted.status_code) == (400, 403)


async def test_a_locations_token_of_an_agency_can_be_renewed_in_v3_only(crm):
    """The dated file lists no refresh token for it, v3 has one (reference 1.3, 2.5, 21.10); a switch for the other case."""
    agency = await company_token(crm)
    body = {"companyId": crm.sandbox.credentials["company_id"], "locationId": crm.location}
    dated = await crm.call("POST", "/oauth/locationToken", body, token=agency)
    later = await crm.call("POST", "/oauth/location-token", body, token=agency, headers=V3)
    await crm.act("/switches", {"location_token_refreshes": True})
    switched = await crm.call("POST", "/oauth/locationToken", body, token=agency)

    assert "refresh_token" not in dated.json() and dated.json()["expires_in"] == 86_400
    assert later.json()["refreshToken"] and switched.json()["refresh_token"]
    assert dated.json()["appId"] == crm.sandbox.credentials["client_id"].partition("-")[0]


@pytest.mark.parametrize("path", ["/oauth/installed-locations", "/oauth/location-token"])
async def test_v3_words_refusals_of_oauth_in_its_own_shape(crm, path):
    """`error` is an object (reference 1.3); the rest of v3 refuses as ever."""
    method = "GET" if path.endswith("locations") else "POST"
    answer = await crm.call(method, path, {} if method == "POST" else None, headers=V3)
    elsewhere = await crm.call("GET", "/contacts/none", headers=V3)

    assert answer.status_code == 401 and answer.json()["traceId"]
    assert answer.json()["error"] == {
        "code": "UNAUTHORIZED",
        "message": "The token is not authorized for this scope.",
        "details": {},
        "resolution": "",
    }
    assert elsewhere.json()["error"] == "Not Found"


async def test_an_agency_searches_locations_but_opens_none(crm):
    """Its token lists the locations; what is in them needs a location's own token."""
    agency, company = await company_token(crm), crm.sandbox.credentials["company_id"]
    listed = await crm.call("GET", "/locations/search", token=agency, companyId=company)
    foreign = await crm.call("GET", "/locations/search", token=agency, companyId="other")
    inside = await crm.call("GET", f"/locations/{crm.location}", token=agency)

    assert [each["id"] for each in listed.json()["locations"]] == [crm.location]
    assert (foreign.status_code, inside.status_code) == (403, 403)


@pytest.mark.parametrize("whose", ["locationId", "companyId"])
async def test_an_app_can_remove_itself(crm, whose):
    """Its tokens die at once with 403 (reference 3.2), and UNINSTALL says from where it was removed."""
    known = crm.sandbox.credentials
    app = known["client_id"].partition("-")[0]
    named = {whose: known["location_id" if whose == "locationId" else "company_id"]}
    path = f"/marketplace/app/{app}/installations"
    foreign = await crm.call(
        "DELETE", "/marketplace/app/other/installations", named, token=known["access_token"]
    )
    gone = await crm.call("DELETE", path, named, token=known["access_token"])
    after = await crm.call("GET", f"/locations/{crm.location}", token=known["access_token"])
    (letter,) = crm.event("")

    assert (foreign.status_code, gone.json()["success"], after.status_code) == (403, True, 403)
    assert letter["type"] == "UNINSTALL" and {**named}.items() <= letter.items()
    assert ({"locationId", "companyId"} & letter.keys()) == {whose}


async def test_a_new_version_of_the_app_is_told(crm):
    """UPDATE names the version before it."""
    before = crm.sandbox._service.tokens.state.version_id
    fresh = await crm.act("/update")
    (letter,) = crm.event("")

    assert letter["type"] == "UPDATE"
    assert letter["previousVersionId"] == before != fresh["version_id"]


async def test_users_tags_and_time_zones_of_the_location(crm):
    """One user, the tags in use, the time zones."""
    await crm.contact(email="ada@example.com", tags=["VIP", "customer"])
    company = crm.sandbox.credentials["company_id"]
    (user,) = (await crm.ok("GET", "/users/search", companyId=company, query="reyes"))["users"]
    nobody = await crm.ok("GET", "/users/search", companyId=company, query="nobody")
    same = await crm.ok("GET", f"/users/{user['id']}")
    missing = await crm.call("GET", "/users/Nobody00000000000000")
    tags = (await crm.ok("GET", f"/locations/{crm.location}/tags"))["tags"]
    zones = (await crm.ok("GET", f"/locations/{crm.location}/timezones"))["timeZones"]

    assert same["email"] == user["email"] and nobody["users"] == []
    assert missing.status_code == 404
    assert [each["name"] for each in tags] == ["customer", "vip"]
    assert "America/New_York" in zones
