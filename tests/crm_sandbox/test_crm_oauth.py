"""Consent, tokens, rotation, agency installs, reconnect (reference 2)."""

from __future__ import annotations

import base64
import json
import urllib.parse

import pytest

BACK = "https://sync.example.org/oauth/callback"


def consent_query(crm, **members):
    known = crm.sandbox.credentials
    return {
        "response_type": "code",
        "client_id": known["client_id"],
        "redirect_uri": BACK,
        "scope": "contacts.readonly contacts.write locations.readonly oauth.readonly oauth.write",
        "state": "s-1",
        **members,
    }


async def consent(crm, level="Location", **members):
    """A person accepts; answers the members that the browser brings back."""
    answer = await crm.http.post(
        "/v2/oauth/chooselocation", data={**consent_query(crm, **members), "level": level}
    )
    assert answer.status_code == 302, answer.text
    target = answer.headers["location"]
    assert target.startswith(BACK)
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(target).query))


async def token(crm, **members):
    """The token call as a form."""
    known = crm.sandbox.credentials
    client = {"client_id": known["client_id"], "client_secret": known["client_secret"]}
    return await crm.http.post("/oauth/token", data={**client, "user_type": "Location", **members})


async def connected(crm, level="Location"):
    code = (await consent(crm, level))["code"]
    answer = await token(crm, grant_type="authorization_code", code=code, redirect_uri=BACK)
    assert answer.status_code == 200, answer.text
    return answer.json()


def claims(access_token):
    middle = access_token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))


@pytest.mark.parametrize("path", ["/oauth/chooselocation", "/v2/oauth/chooselocation"])
async def test_the_consent_page_offers_the_location(crm, path):
    """Old and new path show whose data is asked for."""
    answer = await crm.http.get(path, params=consent_query(crm))

    assert answer.status_code == 200
    assert "Harbour Home Services" in answer.text and crm.location in answer.text


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "other"},
        {"response_type": "token"},
        {"redirect_uri": "javascript:alert(1)"},
        {"scope": "everything"},
    ],
)
async def test_a_wrong_link_shows_a_page_and_never_redirects(crm, wrong):
    """Nobody is sent to an address that a broken link names."""
    shown = await crm.http.get("/oauth/chooselocation", params=consent_query(crm, **wrong))
    pressed = await crm.http.post("/oauth/chooselocation", data=consent_query(crm, **wrong))

    assert (shown.status_code, pressed.status_code) == (400, 400)


async def test_consent_leads_back_with_code_and_state(crm):
    """The state that was appended comes back."""
    back = await consent(crm)

    assert back["state"] == "s-1"
    assert len(back["code"]) == 40


async def test_the_token_answer_has_the_documented_members(crm):
    """Four members in snake case, the others in camel case (reference 2.3)."""
    body = await connected(crm)

    assert body["token_type"] == "Bearer" and body["expires_in"] == 86_399
    assert body["userType"] == "Location" and body["locationId"] == crm.location
    assert body["scope"] == "contacts.readonly contacts.write locations.readonly oauth.readonly oauth.write"
    assert {"refreshTokenId", "companyId", "userId", "planId", "traceId", "isBulkInstallation"} <= body.keys()


async def test_the_token_call_takes_json_too(crm):
    """Form is what the file declares, JSON is shown in one sample."""
    known = crm.sandbox.credentials
    code = (await consent(crm))["code"]
    answer = await crm.http.post(
        "/oauth/token",
        json={
            "client_id": known["client_id"],
            "client_secret": known["client_secret"],
            "grant_type": "authorization_code",
            "code": code,
        },
    )

    assert answer.status_code == 200


async def test_a_code_is_good_once(crm):
    """A page reload must not exchange it again."""
    code = (await consent(crm))["code"]
    first = await token(crm, grant_type="authorization_code", code=code)
    second = await token(crm, grant_type="authorization_code", code=code)

    assert (first.status_code, second.status_code) == (200, 400)
    assert second.json()["error"] == "invalid_grant"


async def test_a_code_is_short_lived_and_bound_to_its_address(crm):
    """Ten minutes, and the redirect_uri of the request."""
    late, elsewhere = (await consent(crm))["code"], (await consent(crm))["code"]
    other = await token(
        crm, grant_type="authorization_code", code=elsewhere, redirect_uri="https://evil.example/"
    )
    crm.clock.advance(601)
    answer = await token(crm, grant_type="authorization_code", code=late)

    assert (answer.status_code, other.status_code) == (400, 400)


async def test_a_refresh_token_is_good_once_and_ends_the_old_pair(crm):
    """Rotation with immediate invalidation (reference 2.4)."""
    old = await connected(crm)
    fresh = await token(crm, grant_type="refresh_token", refresh_token=old["refresh_token"])
    again = await token(crm, grant_type="refresh_token", refresh_token=old["refresh_token"])
    path = f"/locations/{crm.location}"
    with_old = await crm.call("GET", path, token=old["access_token"])
    with_new = await crm.call("GET", path, token=fresh.json()["access_token"])

    assert (fresh.status_code, again.status_code) == (200, 400)
    assert again.json()["error"] == "invalid_grant"
    assert (with_old.status_code, with_new.status_code) == (401, 200)
    assert with_old.json()["message"] == "Invalid token: access token is invalid"


async def test_the_old_access_token_can_be_told_to_live_on(crm):
    """A switch for the milder reading."""
    await crm.act("/switches", {"access_token_outlives_refresh": True})
    old = await connected(crm)
    await token(crm, grant_type="refresh_token", refresh_token=old["refresh_token"])

    answer = await crm.call("GET", f"/locations/{crm.location}", token=old["access_token"])

    assert answer.status_code == 200


async def test_wrong_client_credentials_do_not_burn_the_code(crm):
    """Who is not the app gets nothing and spoils nothing."""
    code = (await consent(crm))["code"]
    wrong = await token(crm, grant_type="authorization_code", code=code, client_secret="guess")
    right = await token(crm, grant_type="authorization_code", code=code)

    assert (wrong.status_code, right.status_code) == (401, 200)


async def test_an_agency_install_leads_to_location_tokens(crm):
    """Company token, installed locations, location token (reference 2.5)."""
    agency = await connected(crm, "Company")
    company = crm.sandbox.credentials["company_id"]
    app_id = crm.sandbox.credentials["client_id"].split("-")[0]
    listed = await crm.call(
        "GET",
        "/oauth/installedLocations",
        token=agency["access_token"],
        companyId=company,
        appId=app_id,
        isInstalled="true",
    )
    given = await crm.call(
        "POST",
        "/oauth/locationToken",
        {"companyId": company, "locationId": crm.location},
        token=agency["access_token"],
    )
    direct = await crm.call("GET", f"/locations/{crm.location}", token=agency["access_token"])
    used = await crm.call("GET", f"/locations/{crm.location}", token=given.json()["access_token"])

    assert agency["userType"] == "Company" and "locationId" not in agency
    assert [row["_id"] for row in listed.json()["locations"]] == [crm.location]
    assert (direct.status_code, given.status_code, used.status_code) == (403, 200, 200)


async def test_a_private_token_cannot_ask_for_location_tokens(crm):
    """Private tokens stay what they are (reference 2.6)."""
    company = crm.sandbox.credentials["company_id"]
    answer = await crm.call(
        "POST", "/oauth/locationToken", {"companyId": company, "locationId": crm.location}
    )

    assert crm.sandbox.credentials["private_token"].startswith("pit-")
    assert answer.status_code == 401


async def test_reconnect_gives_a_code_while_the_app_is_installed(crm):
    """The way back after a lost refresh token (reference 2.8)."""
    known = crm.sandbox.credentials
    body = {
        "clientKey": known["client_id"],
        "clientSecret": known["client_secret"],
        "locationId": crm.location,
    }
    asked = (await connected(crm))["scope"]
    answer = await crm.http.post("/oauth/reconnect", json=body)
    pair = await token(crm, grant_type="authorization_code", code=answer.json()["authorizationCode"])
    await crm.act("/uninstall")
    after = await crm.http.post("/oauth/reconnect", json=body)

    assert answer.json()["expiresAt"].endswith("Z")
    assert (pair.status_code, after.status_code) == (200, 400)
    assert pair.json()["scope"] == asked


async def test_install_and_uninstall_are_told_to_the_default_address(crm):
    """Lifecycle events go to the address itself, with their type (reference 2.9)."""
    await connected(crm)
    await crm.act("/uninstall")

    install, uninstall = crm.event("")
    assert (install["type"], install["installType"], install["locationId"]) == (
        "INSTALL",
        "Location",
        crm.location,
    )
    assert (uninstall["type"], uninstall["locationId"]) == ("UNINSTALL", crm.location)


async def test_an_agency_install_is_told_twice(crm):
    """Once for the company, once for each location (reference 2.9)."""
    await connected(crm, "Company")

    assert [each["installType"] for each in crm.event("")] == ["Company", "Location"]
    assert "locationId" not in crm.event("")[0]


async def test_a_bulk_install_is_told_for_each_location(crm):
    """And the token says for which it is good (reference 2.3, 2.9)."""
    (other,) = (await crm.act("/agency", {"locations": ["Second shop"]}))["locations"]
    pair = await connected(crm, "Company")

    assert [each.get("locationId") for each in crm.event("")] == [None, crm.location, other["id"]]
    assert pair["approvedLocations"] == [crm.location, other["id"]]
    assert pair["isBulkInstallation"] is True


async def test_uninstalling_ends_all_tokens_of_the_app_at_once(crm):
    """Access tokens get 403 and refresh tokens nothing (reference 2.9, 3.2); a private token is another matter."""
    pair = await connected(crm)
    await crm.act("/uninstall")
    path = f"/locations/{crm.location}"

    refreshed = await token(crm, grant_type="refresh_token", refresh_token=pair["refresh_token"])
    assert (await crm.call("GET", path, token=pair["access_token"])).status_code == 403
    assert refreshed.status_code == 400
    assert (await crm.call("GET", path)).status_code == 200


async def test_a_token_looks_like_the_originals(crm):
    """A JWT with class, owner and scopes of the grant (reference 2.3); nobody should read it."""
    own, agency = await connected(crm), await connected(crm, "Company")

    assert (
        claims(own["access_token"]).items()
        >= {
            "authClass": "Location",
            "authClassId": crm.location,
            "primaryAuthClassId": crm.location,
            "oauthMeta": {"scopes": own["scope"].split()},
        }.items()
    )
    assert claims(agency["access_token"])["authClassId"] == crm.sandbox.credentials["company_id"]


async def test_a_registered_callback_is_the_only_one(crm):
    """Redirect URLs match exactly (reference 2.1)."""
    await crm.act("/app", {"redirect_uri": f"{BACK}/registered"})
    other = await crm.http.get("/oauth/chooselocation", params=consent_query(crm))
    right = await crm.http.get(
        "/oauth/chooselocation", params=consent_query(crm, redirect_uri=f"{BACK}/registered")
    )

    assert (other.status_code, right.status_code) == (400, 200)


async def test_a_future_location_is_told_without_a_browser(crm):
    """INSTALL names neither user nor company then (reference 2.5, 11.6); the app reconnects with what it names."""
    await crm.act("/uninstall")
    await crm.act("/install")
    install = crm.event("")[-1]
    known = crm.sandbox.credentials
    client = {"clientKey": known["client_id"], "clientSecret": known["client_secret"]}
    again = await crm.http.post("/oauth/reconnect", json={**client, "locationId": install["locationId"]})

    assert (install["type"], install["installType"]) == ("INSTALL", "Location")
    assert not {"userId", "companyId"} & install.keys()
    assert again.status_code == 200


async def test_a_white_label_agency_names_its_domain(crm):
    """The frame's host is in no list of ours; INSTALL tells it (reference 11.6, 13.1)."""
    await crm.act("/app", {"whitelabel_domain": "crm.harbour.example"})
    await connected(crm)
    (install,) = crm.event("")

    assert install["isWhitelabelCompany"] is True
    assert install["whitelabelDetails"]["domain"] == "crm.harbour.example"
