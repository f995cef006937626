"""Our page inside the CRM: who is let in, what they may do, who may frame it, and the way out to Intuit (R1, R3, R7)."""

from __future__ import annotations

import re

import httpx
import pytest

from counterfoil.store import connections, tokens
from counterfoil.store.database import Tx
from crm_sandbox import user_context
from crm_sandbox.pages.settings_pages import context_of

from .conftest import CRM, HOME, QUICKBOOKS, Town, returns

FRAME = {"sec-fetch-dest": "iframe"}
WINDOW = {"sec-fetch-dest": "document", "origin": HOME}


def framed(town: Town) -> httpx.AsyncClient:
    """A browser's frame inside the CRM."""
    return httpx.AsyncClient(transport=town.net, base_url=HOME, follow_redirects=False, headers=FRAME)


def context(town: Town, viewer: str = "admin", **members: object) -> str:
    """What the CRM gives our page's script."""
    who = context_of(town.crm.location, viewer) | members
    return user_context.encrypted(who, town.crm.credentials["shared_secret"], b"saltsalt")


async def enters(town: Town, frame: httpx.AsyncClient, viewer: str = "admin") -> httpx.Response:
    """Opens the page as the CRM does; the connection's page."""
    answer = await frame.post("/inside/highlevel", data={"context": context(town, viewer)})
    assert answer.status_code == 303, answer.text
    return await frame.get(answer.headers["location"])


def ticket_of(page: httpx.Response) -> str:
    found = re.search(
        r'action="/window" target="_blank">\s*<input type="hidden" name="ticket" value="([^"]+)"', page.text
    )
    assert found, page.text
    return found[1]


async def test_R1_an_administrator_is_let_in_and_connects_in_a_window_of_its_own(town: Town) -> None:
    """The whole path: page in the CRM, Connect, Intuit's log-in outside the frame, back, Start inside the frame."""
    async with framed(town) as frame, town.browser() as window:
        page = await enters(town, frame)
        assert "Connect to QuickBooks" in page.text
        leave = await window.post("/window", data={"ticket": ticket_of(page)}, headers=WINDOW)
        assert leave.status_code == 303 and leave.headers["location"].startswith(QUICKBOOKS)
        back = await returns(window, await town.consents(leave.headers["location"]))
        assert back.status_code == 303
        again = await frame.get(page.url.path)
        assert "Ready to start" in again.text and 'action="/window"' not in again.text
        (connection,) = await town.database.read(connections.everyone)
        csrf = re.search(r'name="csrf" value="([^"]+)"', again.text)
        assert csrf
        started = await frame.post(f"{page.url.path}/start", data={"csrf": csrf[1]})

    assert started.status_code == 303
    running = await town.again(connection)
    assert running.state is connections.State.RUNNING
    assert running.account_id == town.crm.credentials["location_id"]


async def test_the_page_that_is_framed_holds_nothing_and_asks(town: Town) -> None:
    """Its script comes from the connector, and nobody else's may run."""
    async with framed(town) as frame:
        page = await frame.get("/inside/highlevel")
        script = await frame.get("/inside/highlevel/ask.js")
        none = await frame.get("/inside/pipedrive")

    assert '<script src="/inside/highlevel/ask.js" defer>' in page.text
    assert "set-cookie" not in page.headers
    assert "REQUEST_USER_DATA" in script.text and script.headers["content-type"].startswith("text/javascript")
    assert none.status_code == 404


async def test_whoever_is_no_administrator_only_looks(town: Town) -> None:
    """No buttons, no ticket, and a button pressed all the same changes nothing."""
    async with framed(town) as frame:
        page = await enters(town, frame, "user")
        (connection,) = await town.database.read(connections.everyone)
        frame.cookies.set("counterfoil_session", frame.cookies["counterfoil_page"])
        before = await frame.get(f"{page.url.path}/disconnect")
        answer = await frame.post(f"{page.url.path}/disconnect", data={"csrf": await town.csrf(frame)})

    assert "Only an administrator" in page.text and "<button" not in page.text
    assert before.status_code == 403
    assert answer.status_code == 403 and "Only an administrator" in answer.text
    assert (await town.again(connection)).state is connections.State.NEW


@pytest.mark.parametrize("wrong", ["other secret", "nobody", "agency view", "not installed", "bent"])
async def test_R3_a_context_that_the_crm_did_not_make_for_this_app_opens_nothing(
    town: Town, wrong: str
) -> None:
    """Forged, empty, without a location, or for a location that does not have the app."""
    made = {
        "other secret": user_context.encrypted(
            context_of(town.crm.location, "admin"), "guessed", b"saltsalt"
        ),
        "nobody": "",
        "agency view": context(town, activeLocation=None),
        "not installed": context(town, activeLocation="SomewhereElse"),
        "bent": context(town)[:-8] + "AAAAAAA=",
    }[wrong]
    async with framed(town) as frame:
        answer = await frame.post("/inside/highlevel", data={"context": made})

    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert await town.database.read(connections.everyone) == ()


async def test_an_old_context_opens_nothing_after_the_app_was_removed(town: Town) -> None:
    """A context has no time in it: what counts is whether the app is installed now. The frame's session ends, too."""
    body, headers = town.crm_delivery({"type": "UNINSTALL", "webhookId": "w1"})
    async with framed(town) as frame:
        page = await enters(town, frame)
        async with httpx.AsyncClient(transport=town.net) as person:
            await person.post(f"{CRM}/crm/settings/integrations/uninstall")
        assert (await frame.post("/webhooks/highlevel", content=body, headers=headers)).status_code == 200
        shown = await frame.get(page.url.path)
        again = await frame.post("/inside/highlevel", data={"context": context(town)})

    assert shown.status_code == 404
    assert again.status_code == 403 and "not installed" in again.text


async def test_guessing_is_stopped_for_a_while(town: Town) -> None:
    """After ten failures from one place even a good context has to wait five minutes."""
    async with framed(town) as frame:
        for _ in range(10):
            assert (await frame.post("/inside/highlevel", data={"context": "x"})).status_code == 403
        stopped = await frame.post("/inside/highlevel", data={"context": context(town)})
        town.clock.advance(301)
        later = await frame.post("/inside/highlevel", data={"context": context(town)})

    assert stopped.status_code == 429 and later.status_code == 303


async def test_the_session_of_the_frame_is_short_and_apart(town: Town) -> None:
    """It ends after an hour, lives in a cookie of its own, and a window does not have it, nor a script outside the frame."""
    async with framed(town) as frame:
        page = await enters(town, frame)
        outside = await frame.get(page.url.path, headers={"sec-fetch-dest": "document"})
        script = await frame.get(page.url.path, headers={"sec-fetch-dest": "empty"})
        ours = await frame.get(
            page.url.path, headers={"sec-fetch-dest": "empty", "x-counterfoil-framed": "yes"}
        )
        town.clock.advance(3601)
        late = await frame.get(page.url.path)

    assert (outside.status_code, script.status_code, ours.status_code) == (404, 404, 200)
    assert "data-framed" in ours.text and 'content="3"></noscript>' in ours.text
    assert late.status_code == 404


@pytest.mark.parametrize("wrong", ["used", "foreign site", "no origin", "tampered", "expired"])
async def test_R3_a_ticket_leads_out_once_from_our_own_page_within_ten_minutes(
    town: Town, wrong: str
) -> None:
    """Else nobody gets a session."""
    async with framed(town) as frame, town.browser() as window:
        ticket = ticket_of(await enters(town, frame))
        headers = dict(WINDOW)
        if wrong == "used":
            assert (await window.post("/window", data={"ticket": ticket}, headers=headers)).status_code == 303
            window.cookies.clear()
        elif wrong == "foreign site":
            headers["origin"] = "https://evil.example"
        elif wrong == "no origin":
            del headers["origin"]
        elif wrong == "tampered":
            ticket = ticket[:-1] + ("A" if ticket[-1] != "A" else "B")
        else:
            town.clock.advance(601)
        answer = await window.post("/window", data={"ticket": ticket}, headers=headers)

    assert answer.status_code in {400, 403}
    assert "set-cookie" not in answer.headers


async def test_only_the_crm_its_operator_and_its_agencies_may_frame_our_pages(town: Town) -> None:
    """An agency's own domain counts for its account's pages, and only after a signed INSTALL has named it."""
    install = {
        "type": "INSTALL",
        "webhookId": "w2",
        "installType": "Location",
        "whitelabelDetails": {"domain": "crm.harbour.example"},
    }
    bad = install | {"webhookId": "w3", "whitelabelDetails": {"domain": "x.example; script-src *"}}
    async with framed(town) as frame, town.browser() as stranger:
        before = await frame.get("/inside/highlevel")
        for members in (install, bad):
            body, headers = town.crm_delivery(members)
            assert (await frame.post("/webhooks/highlevel", content=body, headers=headers)).status_code == 200
        after = await frame.get("/inside/highlevel")
        mine = await enters(town, frame)
        others = await stranger.get("/")

    everywhere = f"frame-ancestors 'self' https://app.gohighlevel.com https://*.gohighlevel.com https://*.leadconnectorhq.com {CRM}"
    assert f"{everywhere};" in before.headers["content-security-policy"]
    for page in (after, mine):
        assert f"{everywhere} https://crm.harbour.example;" in page.headers["content-security-policy"]
    assert f"{everywhere};" in others.headers["content-security-policy"]


async def test_R5_the_app_installed_again_goes_on_without_a_log_in(town: Town) -> None:
    """INSTALL lets a connection that lost its access go on, and the access is renewed before its next use."""
    body, headers = town.crm_delivery({"type": "INSTALL", "webhookId": "life"})
    async with town.browser() as browser:
        connection = await town.both_sides(browser)
        await town.press(browser, f"/connections/{connection.uuid}/start")

        def lose(tx: Tx) -> None:
            tokens.refuse(tx, connection.id, "crm")
            connections.set_state(tx, connection.id, connections.State.RECONNECT_NEEDED, reason="removed")

        await town.database.transact(lose)
        assert (await browser.post("/webhooks/highlevel", content=body, headers=headers)).status_code == 200
        assert (await town.again(connection)).state is connections.State.RUNNING
        pair = await town.database.read(lambda tx: tokens.get(tx, connection.id, "crm"))

    assert pair is not None and not pair.refused
    assert pair.access_expires_at <= town.clock.now()


async def test_R7_start_is_refused_while_another_connector_posts(town: Town) -> None:
    """The page says so and offers the next step; nothing runs before the owner has said that it is switched off."""
    town.crm.location.transactions.mark_posted_elsewhere(await _sale(town))
    for _ in range(4):
        await _sale(town)
    async with town.browser() as browser:
        connection = await town.both_sides(browser)
        page = f"/connections/{connection.uuid}"
        refused = await town.press(browser, f"{page}/start")
        shown = (await browser.get(page)).text
        assert refused.status_code == 303
        assert (await town.again(connection)).state is connections.State.READY
        await town.press(browser, f"{page}/start-anyway")

    assert "Another connector already posts the sales" in shown and "It is switched off: start" in shown
    assert (await town.again(connection)).state is connections.State.RUNNING


async def test_R7_a_connector_that_posts_no_more_does_not_hinder(town: Town) -> None:
    """Five sales in a row without a trace of it."""
    town.crm.location.transactions.mark_posted_elsewhere(await _sale(town))
    for _ in range(5):
        await _sale(town)
    async with town.browser() as browser:
        connection = await town.both_sides(browser)
        await town.press(browser, f"/connections/{connection.uuid}/start")

    assert (await town.again(connection)).state is connections.State.RUNNING


async def test_R7_a_crm_that_cannot_be_asked_starts_nothing(town: Town) -> None:
    """The owner reads why, and may press again."""
    async with town.browser() as browser:
        connection = await town.both_sides(browser)
        town.crm.faults.add(
            town.crm.faults.parse({"on": "GET /invoices/", "act": {"refuse": 503}, "times": 100})
        )
        refused = await town.press(browser, f"/connections/{connection.uuid}/start")
        shown = (await browser.get(refused.headers["location"])).text

    assert "could not be asked just now" in shown
    assert (await town.again(connection)).state is connections.State.READY


async def _sale(town: Town) -> str:
    """Somebody buys on an order form; the id of the transaction."""
    town.clock.advance(1)
    async with httpx.AsyncClient(transport=town.net, base_url=CRM) as http:
        await http.post(
            "/_sandbox/checkouts",
            json={
                "source": "order_form",
                "contact": {"email": "ada@example.com", "firstName": "Ada"},
                "items": [{"name": "Course", "price": 120, "qty": 1}],
                "card": "4242424242424242",
            },
        )
    return next(reversed(town.crm.location.state.transactions))
