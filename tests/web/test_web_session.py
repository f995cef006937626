"""Who is at the browser, and what each browser may see and do."""

from __future__ import annotations

import hashlib
from uuid import uuid4

import pytest

from counterfoil.store import connections, sessions
from counterfoil.web import session

from .conftest import HOME, Town, returns

BUTTONS = ["quickbooks", "start", "disconnect", "retry", "records/contact/c1/retry"]


async def test_the_cookie_is_out_of_reach_and_only_its_hash_is_stored(town: Town) -> None:
    """HttpOnly, Lax, for the whole site; somebody who reads the database cannot take over a browser."""
    async with town.browser() as browser:
        answer = await browser.get("/connect/highlevel")
        token = browser.cookies[session.COOKIE]

    said = answer.headers["set-cookie"]
    assert {"HttpOnly", "Path=/", "SameSite=lax", f"Max-Age={12 * 3600}"} <= set(said.split("; "))
    assert "Secure" not in said  # the address of this test is plain http
    stored = await town.database.read(
        lambda tx: str(tx.exec_driver_sql("SELECT * FROM sessions, handshakes").all())
    )
    assert hashlib.sha256(token.encode()).hexdigest() in stored
    assert token not in stored


def test_the_cookie_is_secure_where_the_service_is() -> None:
    """Behind https the cookie never travels in clear."""
    guest = session.Visitor(token="token", connection=None, csrf="csrf")

    assert session.cookie(guest, public_url="https://books.example").secure
    assert not session.cookie(guest, public_url=HOME).secure


def test_a_visitor_does_not_show_its_secrets() -> None:
    """Whatever ends up in a log or a traceback."""
    shown = repr(session.Visitor(token="the-token", connection=7, csrf="the-csrf"))

    assert "the-token" not in shown
    assert "the-csrf" not in shown


async def test_a_log_in_renews_the_token(town: Town) -> None:
    """A token that somebody knew before the log-in, or planted, is worth nothing afterwards."""
    async with town.browser() as browser:
        leave = await browser.get("/connect/highlevel")
        before = browser.cookies[session.COOKIE]
        await returns(browser, await town.consents(leave.headers["location"]))
        after = browser.cookies[session.COOKIE]

    hashed = hashlib.sha256(before.encode()).hexdigest()
    assert after != before
    assert (
        await town.database.read(lambda tx: sessions.get(tx, token_hash=hashed, at=town.clock.now())) is None
    )


@pytest.mark.parametrize("form", [{}, {"csrf": ""}, {"csrf": "guessed"}, {"csrf": "é"}])
async def test_a_form_without_its_csrf_token_does_nothing(town: Town, form: dict[str, str]) -> None:
    """Another site can make a browser send a form with its cookie, but not with this token."""
    async with town.browser() as browser:
        connection = await town.both_sides(browser)
        page = f"/connections/{connection.uuid}"
        answers = [await browser.post(f"{page}/{button}", data=form) for button in BUTTONS]

    assert {each.status_code for each in answers} == {403}
    assert await town.again(connection) == connection


async def test_a_browser_that_has_proven_nothing_cannot_press_a_button(town: Town) -> None:
    """Knowing the address of a connection is not enough."""
    async with town.browser() as browser, town.browser() as guest:
        connection = await town.both_sides(browser)
        await guest.get("/connect/highlevel")

        page = f"/connections/{connection.uuid}"
        answers = [await town.press(guest, f"{page}/{button}") for button in BUTTONS]

    assert {each.status_code for each in answers} == {404}
    assert await town.again(connection) == connection


async def test_the_connection_of_another_browser_is_not_found(town: Town) -> None:
    """Proven is one connection, not all; whether another one exists is not told."""
    other = await town.database.transact(
        lambda tx: connections.create(tx, crm="highlevel", account_id="elsewhere", at=town.clock.now())
    )
    async with town.browser() as browser:
        await town.both_sides(browser)
        real = [await town.press(browser, f"/connections/{other.uuid}/{button}") for button in BUTTONS]
        made_up = await town.press(browser, f"/connections/{uuid4()}/start")

    assert {each.status_code for each in real} == {404}
    assert {each.text for each in real} == {made_up.text}
    assert await town.again(other) == other


async def test_a_session_ends_after_twelve_hours(town: Town) -> None:
    """Then the browser has to come back from the CRM's log-in again."""
    async with town.browser() as browser:
        connection = await town.both_sides(browser)
        csrf = await town.csrf(browser)
        town.clock.advance(12 * 3600)
        answer = await browser.post(f"/connections/{connection.uuid}/start", data={"csrf": csrf})

    assert answer.status_code == 403
    assert await town.again(connection) == connection


async def test_every_answer_carries_the_security_headers(town: Town) -> None:
    """Pages, refusals and errors alike."""
    async with town.browser() as browser:
        answers = [
            await browser.get("/connect/highlevel"),
            await browser.get("/connect/nobody"),
            await browser.get("/no/such/page"),
            await browser.get("/api/v1/health"),
        ]

    for answer in answers:
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert "form-action" not in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
