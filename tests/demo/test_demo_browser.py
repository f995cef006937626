"""The browser reads what pages really say, and the owner finds the way through log-in and consent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import parse_qsl

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from counterfoil_demo import owner
from counterfoil_demo.browser import Browser, NoSuchButton
from sandbox_kit.in_process import InProcess

HOME, CRM = "http://counterfoil.test", "http://crm.test"

PAGE = """
<form action="/search"><input name="q" value="x"><button>Find</button></form>
<form method="post" action="/save">
  <input type="hidden" name="csrf" value="token">
  <input name="name" value="Ada">
  <input type="checkbox" name="agreed" checked>
  <input type="checkbox" name="spam">
  <input type="radio" name="size" value="s"><input type="radio" name="size" value="m" checked>
  <select name="company"><option value="1">One</option><option value="2" selected>Two</option></select>
  <textarea name="note"></textarea>
  <button name="decision" value="yes">Save
    it</button>
  <input type="submit" name="decision" value="Cancel">
</form>
"""


async def echo(request: Request) -> Response:
    sent = (await request.body()).decode() or request.url.query
    return PlainTextResponse(f"{request.method} {sorted(parse_qsl(sent, keep_blank_values=True))}")


async def form(_: Request) -> Response:
    return HTMLResponse(PAGE)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A browser on the page of forms."""
    app = Starlette(
        routes=[
            Route("/", form),
            Route("/save", echo, methods=["POST"]),
            Route("/search", echo),
        ]
    )
    opened = Browser(InProcess({HOME: app}))
    await opened.open(f"{HOME}/")
    yield opened
    await opened.close()


async def test_a_button_sends_its_own_form_as_the_page_has_it(browser: Browser) -> None:
    """Hidden fields, what is checked and chosen, and the button's own value go with it."""
    page = await browser.press("Save it")

    assert page.text == (
        "POST [('agreed', 'on'), ('company', '2'), ('csrf', 'token'), ('decision', 'yes'), "
        "('name', 'Ada'), ('note', ''), ('size', 'm')]"
    )


async def test_what_is_typed_replaces_what_the_page_had(browser: Browser) -> None:
    """As in any form."""
    page = await browser.press("cancel", name="Grace")

    assert "('name', 'Grace')" in page.text
    assert "('decision', 'Cancel')" in page.text


async def test_a_form_without_a_method_asks_by_get(browser: Browser) -> None:
    """Its fields are the query."""
    page = await browser.press("Find", q="invoice")

    assert page.text == "GET [('q', 'invoice')]"


async def test_a_missing_button_names_those_that_are_there(browser: Browser) -> None:
    """A changed page is found at once."""
    assert not browser.has_button("Buy")
    with pytest.raises(NoSuchButton, match="Find, Save it, Cancel"):
        await browser.press("Buy")


def neighbours(*, leads_back: bool) -> InProcess:
    """Counterfoil's pages as far as an owner sees them, and a log-in of two pages at a neighbour."""

    async def begin(_: Request) -> Response:
        return RedirectResponse(f"{CRM}/login")

    async def login(_: Request) -> Response:
        target = "/consent" if leads_back else "/login"
        return HTMLResponse(f'<form action="{target}"><button>Log in</button></form>')

    async def consent(_: Request) -> Response:
        return HTMLResponse(f'<form action="{HOME}/connections/1"><button>Allow</button></form>')

    async def connection(_: Request) -> Response:
        return HTMLResponse(
            '<form action="/connect/quickbooks"><button>Connect to QuickBooks</button></form>'
            '<form method="post" action="/started"><button>Start</button></form>'
        )

    async def started(_: Request) -> Response:
        return HTMLResponse("running")

    pages = Starlette(
        routes=[
            Route("/connect/highlevel", begin),
            Route("/connect/quickbooks", begin),
            Route("/connections/1", connection),
            Route("/started", started, methods=["POST"]),
        ]
    )
    return InProcess(
        {HOME: pages, CRM: Starlette(routes=[Route("/login", login), Route("/consent", consent)])}
    )


async def test_the_owner_connects_both_sides_and_starts() -> None:
    """By the words on the buttons alone."""
    browser = Browser(neighbours(leads_back=True))

    visit = await owner.connect_both_sides(browser, HOME)
    await browser.close()

    assert visit == owner.Visit(f"{HOME}/started", "running")


async def test_a_log_in_that_never_leads_back_is_told() -> None:
    """The message says where it ended."""
    browser = Browser(neighbours(leads_back=False))

    with pytest.raises(owner.LostTheWay, match="had not led back"):
        await owner.connect_both_sides(browser, HOME)
    await browser.close()


async def test_a_refused_log_in_is_told_with_its_status() -> None:
    """An error page is no page to press buttons on."""

    def refuse(_: httpx.Request) -> httpx.Response:
        return httpx.Response(400, text="unknown app")

    browser = Browser(httpx.MockTransport(refuse))

    with pytest.raises(owner.LostTheWay, match="400"):
        await owner.connect_both_sides(browser, HOME)
    await browser.close()
