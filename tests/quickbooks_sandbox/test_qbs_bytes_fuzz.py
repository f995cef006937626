"""Bytes that are no requests, at every address that takes a body: answered in Intuit's shapes, and nothing is done."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quickbooks_sandbox import storage
from quickbooks_sandbox.sandbox import Sandbox
from sandbox_kit.clock import Clock
from sandbox_kit.in_process import InProcess

BOX = Sandbox(
    clock=Clock(lambda: 1_772_640_000.0), quota=False, http_client=httpx.AsyncClient(transport=InProcess({}))
)
REALM = f"/v3/company/{BOX.realm_id}"
INSIDE = [
    *("/query", "/batch", "/upload", "/customer", "/invoice", "/taxservice/taxcode", "/preferences"),
    *("/payment?operation=update&include=void", "/invoice/1/send", "/attachable?operation=delete"),
]
PIECES = st.sampled_from(
    [
        *(b"{", b"}", b"[", b"]", b'"', b":", b",", b"null", b"1e999", b'"Id"', b'"Line"', b"\x00", b"\xff"),
        *(b"--b\r\n", b"--b--", b"\r\n\r\n", b'Content-Disposition: form-data; name="file_content_01"'),
        *(b"select * from Customer", b"token=", b"grant_type=refresh_token&", b"%", b"&", b'"Customer"'),
        *(b"Content-Transfer-Encoding: base64", b'"BatchItemRequest"', b'{"a":' * 50, b"\xf0\x9f\x98\x80"),
    ]
)
BODIES = st.one_of(st.binary(max_size=60), st.lists(PIECES, max_size=8).map(b"".join))
TYPES = st.sampled_from(
    [
        *("application/json", "application/text", "application/x-www-form-urlencoded", "text/plain", ""),
        *("multipart/form-data; boundary=b", "multipart/form-data", "application/octet-stream"),
    ]
)
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


def state() -> bytes:
    return storage.dump(BOX.company, BOX.grants, BOX.replays, {})


def posted(path: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
    async def post() -> httpx.Response:
        transport = InProcess({"http://q.test": BOX.app})
        async with httpx.AsyncClient(transport=transport, base_url="http://q.test") as client:
            return await client.post(path, content=body, headers=headers)

    return asyncio.run(post())


@settings(max_examples=120, deadline=None, suppress_health_check=SLOW)
@given(
    path=st.sampled_from(INSIDE), body=BODIES, kind=TYPES, accept=st.sampled_from(["application/json", ""])
)
def test_no_bytes_break_the_interface(path: str, body: bytes, kind: str, accept: str) -> None:
    """400 with a fault and an unchanged company; the few bodies that mean something are answered."""
    before = state()
    headers = {"Authorization": f"Bearer {BOX.access_token}", "Accept": accept, "Content-Type": kind}
    answer = posted(REALM + path, body, headers)
    assert answer.status_code in (200, 400), answer.text
    assert answer.headers["intuit_tid"]
    if answer.status_code == 400:
        assert "Fault" in answer.text
        assert state() == before


@pytest.mark.parametrize("path", ["/oauth2/v1/tokens/bearer", "/v2/oauth2/tokens/revoke"])
@settings(max_examples=40, deadline=None, suppress_health_check=SLOW)
@given(body=BODIES, kind=TYPES, known=st.booleans())
def test_no_bytes_break_oauth(path: str, body: bytes, kind: str, known: bool) -> None:
    """An OAuth error body, whoever sends it; no token is made or ended."""
    before = state()
    client = BOX.client
    auth: Any = httpx.BasicAuth(client.client_id, client.client_secret if known else "guessed")
    request = httpx.Request("POST", "http://q.test", headers={"Content-Type": kind})
    headers = dict(next(auth.auth_flow(request)).headers)
    answer = posted(path, body, {"Authorization": headers["authorization"], "Content-Type": kind})
    assert answer.status_code in ((400,) if known else (400, 401)), answer.text
    assert answer.json()["error"] in (
        "invalid_request",
        "invalid_grant",
        "unsupported_grant_type",
        "invalid_client",
    )
    assert state() == before
