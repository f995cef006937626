"""The judge of our requests sees what HighLevel would refuse; else the contract would be an empty promise."""

from __future__ import annotations

import httpx
import pytest

from conformance.checked import hold
from highlevel_files.judge import judge

BASE = "https://crm.test"
HEADERS = {"Version": "2021-07-28", "Authorization": "Bearer t"}
HERE = {"altId": "l", "altType": "location"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

pytestmark = pytest.mark.skipif(
    judge() is None, reason="HighLevel's OpenAPI files are not beside the repository (../shared)"
)


def request(method: str, path: str, **more: object) -> httpx.Request:
    return httpx.Request(method, f"{BASE}{path}", **{"headers": HEADERS, **more})


@pytest.mark.parametrize(
    ("made", "complaint"),
    [
        (request("GET", "/nowhere"), "no such operation"),
        (request("GET", "/contacts/c1", headers={"Authorization": "Bearer t"}), "Version is missing"),
        (request("GET", "/contacts/c1", headers={"Version": "2021-07-28"}), "no bearer token"),
        (request("GET", "/contacts/c1", headers={**HEADERS, "Version": "v3"}), "version"),
        (request("GET", "/invoices/", params=HERE), "limit is missing"),
        (request("GET", "/invoices/", params={**HERE, "limit": "1", "offset": "0", "page": "1"}), "page"),
        (request("GET", "/invoices/", params=[*HERE.items(), ("altId", "m")]), "twice"),
        (request("POST", "/contacts/", json={"locationId": "l", "color": "red"}), "color"),
        (request("POST", "/contacts/", json={"firstName": "A"}), "locationId"),
        (request("POST", "/contacts/search", json={"locationId": "l", "limit": 5}), "limit"),
        (request("POST", "/oauth/reconnect", json={"clientKey": "a"}), "members"),
        (
            request("POST", "/oauth/locationToken", content="companyId=a", headers={**HEADERS, **FORM}),
            "locationId is missing",
        ),
    ],
)
def test_what_highlevel_would_refuse_is_seen(made: httpx.Request, complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint):
        hold(made)


def test_a_documented_request_passes() -> None:
    hold(request("GET", "/invoices/", params={**HERE, "limit": "100", "offset": "0"}))
    hold(request("POST", "/contacts/", json={"locationId": "l", "firstName": "Ada"}))
