"""The log-ins of both sides: what connects, and everything that must not (R3)."""

from __future__ import annotations

import pytest

from counterfoil.store import connections, tokens
from quickbooks_sandbox.sandbox import Sandbox as QuickBooksSandbox

from .conftest import CRM, QUICKBOOKS, Town, returns


async def test_R1_both_log_ins_lead_back_to_the_page_of_the_connection(town: Town) -> None:
    """After both log-ins the account and the company are known, and nothing runs before *Start*."""
    async with town.browser() as browser:
        leave = await browser.get("/connect/highlevel")
        assert leave.status_code == 302
        assert leave.headers["location"].startswith(CRM)

        connection = await town.both_sides(browser)

    assert connection.state is connections.State.READY
    assert connection.account_id == town.crm.credentials["location_id"]
    assert connection.realm_id == town.quickbooks.realm_id
    assert connection.books is not None
    assert connection.books.home_currency == "USD"
    assert connection.connected_at is None


async def test_R1_start_is_a_button_of_the_page_and_works_once_both_sides_are_there(town: Town) -> None:
    """*Start* before QuickBooks is connected changes nothing; afterwards the connection runs from that moment."""
    async with town.browser() as browser:
        connection = await town.logged_in(browser)
        start = f"/connections/{connection.uuid}/start"

        early = await town.press(browser, start)
        assert early.status_code == 303
        assert (await town.again(connection)).state is connections.State.NEW

        await town.both_sides(browser)
        pressed = await town.press(browser, start)
        started_at = town.clock.now()
        town.clock.advance(60)
        await town.press(browser, start)

    assert pressed.headers["location"].endswith(f"/connections/{connection.uuid}")
    running = await town.again(connection)
    assert running.state is connections.State.RUNNING
    assert running.connected_at == started_at


@pytest.mark.parametrize("side", ["highlevel", "quickbooks"])
@pytest.mark.parametrize("wrong", ["tampered", "missing", "reused", "foreign", "expired"])
async def test_R3_a_wrong_state_connects_nothing(town: Town, side: str, wrong: str) -> None:
    """A tampered, missing, used, foreign or old state is refused with a plain page, and nothing is connected."""
    async with town.browser() as browser, town.browser() as stranger:
        connection = await town.logged_in(browser)
        await town.logged_in(stranger)
        if side == "quickbooks":
            leave = await town.press(browser, f"/connections/{connection.uuid}/quickbooks")
        else:
            leave = await browser.get("/connect/highlevel")
        back = await town.consents(leave.headers["location"])
        before = await _tokens(town, connection)
        if wrong == "tampered":
            back["state"] = back["state"][:-1] + ("A" if back["state"][-1] != "A" else "B")
        elif wrong == "missing":
            del back["state"]
        elif wrong == "reused":
            assert (await returns(browser, back)).status_code == 303
            before = await _tokens(town, connection)
            back["code"] = (await town.consents(leave.headers["location"]))["code"]
        elif wrong == "expired":
            town.clock.advance(601)

        answer = await returns(stranger if wrong == "foreign" else browser, back)

    assert answer.status_code == 400
    assert "begin again" in answer.text
    assert await _tokens(town, connection) == before
    assert len(await town.database.read(connections.everyone)) == 1


async def test_R3_a_state_of_the_one_side_does_not_work_for_the_other(town: Town) -> None:
    """The purpose is bound to the state, so that a CRM log-in cannot finish a QuickBooks log-in."""
    async with town.browser() as browser:
        connection = await town.logged_in(browser)
        leave = await town.press(browser, f"/connections/{connection.uuid}/quickbooks")
        back = await town.consents(leave.headers["location"])
        again = await browser.get("/connect/highlevel")
        back["state"] = (await town.consents(again.headers["location"]))["state"]

        answer = await returns(browser, back)

    assert answer.status_code == 400
    assert (await town.again(connection)).realm_id == ""


async def test_R3_a_browser_without_a_session_connects_nothing(town: Town) -> None:
    """Somebody who got hold of the whole address of a callback has no use for it."""
    async with town.browser() as browser, town.browser() as thief:
        leave = await browser.get("/connect/highlevel")
        answer = await returns(thief, await town.consents(leave.headers["location"]))

    assert answer.status_code == 400
    assert await town.database.read(connections.everyone) == ()


async def test_R3_a_refused_consent_returns_to_the_page_with_a_plain_message(town: Town) -> None:
    """*No, thanks* at Intuit is no error: the owner is back on the page and may press Connect again."""
    async with town.browser() as browser:
        connection = await town.logged_in(browser)
        leave = await town.press(browser, f"/connections/{connection.uuid}/quickbooks")
        back = await town.consents(leave.headers["location"], decision="cancel")
        assert back["error"] == "access_denied"

        answer = await returns(browser, back)

    assert answer.status_code == 303
    assert answer.headers["location"].endswith(f"/connections/{connection.uuid}?notice=not-accepted")
    assert (await town.again(connection)).realm_id == ""


async def test_R3_a_refused_crm_log_in_of_a_new_visitor_is_told_on_a_page(town: Town) -> None:
    """There is no connection to return to yet; the page says what happened and where to try again."""
    async with town.browser() as browser:
        await browser.get("/connect/highlevel")
        answer = await browser.get("/oauth/highlevel/callback", params={"error": "access_denied"})

    assert answer.status_code == 200
    assert "permissions were not accepted" in answer.text
    assert 'href="/connect/highlevel"' in answer.text


async def test_a_code_that_the_other_side_does_not_know_connects_nothing(town: Town) -> None:
    """The state is right, the code is not: the page says so in plain words, without the other side's."""
    async with town.browser() as browser:
        connection = await town.logged_in(browser)
        leave = await town.press(browser, f"/connections/{connection.uuid}/quickbooks")
        back = await town.consents(leave.headers["location"])

        answer = await returns(browser, back | {"code": "made-up"})

    assert answer.status_code == 502
    assert "was not accepted" in answer.text
    assert "made-up" not in answer.text
    assert (await town.again(connection)).realm_id == ""


async def test_R5_reconnecting_to_another_company_is_refused_with_an_explanation(town: Town) -> None:
    """The connection keeps its company, and the page names it."""
    other = QuickBooksSandbox(
        seed="empty", clock=town.clock, base_url=QUICKBOOKS, random_seed=7, http_client=town.product.http
    )
    town.quickbooks.companies[other.realm_id] = other.company
    async with town.browser() as browser:
        connection = await town.both_sides(browser)
        leave = await town.press(browser, f"/connections/{connection.uuid}/quickbooks")
        back = await town.consents(leave.headers["location"], realm_id=other.realm_id)
        assert back["realmId"] == other.realm_id

        answer = await returns(browser, back)

    assert answer.status_code == 409
    assert connection.company_name in answer.text
    assert (await town.again(connection)).realm_id == connection.realm_id


async def test_R6_disconnect_forgets_the_tokens_and_keeps_the_connection(town: Town) -> None:
    """The grant is revoked at Intuit and forgotten here."""
    async with town.browser() as browser:
        connection = await town.both_sides(browser)
        answer = await town.press(browser, f"/connections/{connection.uuid}/disconnect")

    assert answer.status_code == 303
    assert (await town.again(connection)).state is connections.State.DISCONNECTED
    assert (await _tokens(town, connection))[1] is None


@pytest.mark.parametrize("path", ["/connect/nobody", "/oauth/nobody/callback?code=1&state=2"])
async def test_a_crm_that_there_is_not_is_not_found(town: Town, path: str) -> None:
    """The path names the CRM; an unknown one is a plain 404 page."""
    async with town.browser() as browser:
        answer = await browser.get(path)

    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


async def _tokens(
    town: Town, connection: connections.Connection
) -> tuple[tokens.Sealed | None, tokens.Sealed | None]:
    return await town.database.read(
        lambda tx: (tokens.get(tx, connection.id, "crm"), tokens.get(tx, connection.id, "quickbooks"))
    )
