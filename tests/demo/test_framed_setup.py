"""The path that users know, in a real browser with real addresses (R1): Settings, Integrations, QuickBooks Connect, Connect,
log in at Intuit in a window of its own, accept, and back in the CRM *Start*."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import httpx
import msgspec
import pytest
from cryptography.fernet import Fernet

from browsing.chromium import CHROMIUM, Page, browsing
from browsing.judge import complaints
from browsing.keyboard import Keyboard
from counterfoil.assembly import Counterfoil, assemble
from counterfoil.quickbooks import entities
from counterfoil.settings import Settings, from_environment
from counterfoil.store import attention, connections, history, mirror, records
from counterfoil.store.database import Tx
from counterfoil.sync.facts import Kind, RecordRef
from counterfoil.sync.reasons import Because
from counterfoil_demo.owner import LEADING_ON, PAGES_MAX
from counterfoil_demo.town import free_port
from crm_sandbox.sandbox import Sandbox as CrmSandbox
from quickbooks_sandbox.sandbox import Sandbox as QuickBooksSandbox
from sandbox_kit.server import Running

INTEGRATIONS = "/crm/settings/integrations"


def chosen(folder: Path, home: str, books: QuickBooksSandbox, business: CrmSandbox) -> Settings:
    """What an operator sets."""
    quickbooks, crm = books.credentials, business.credentials
    return from_environment(
        {
            "COUNTERFOIL_PUBLIC_URL": home,
            "COUNTERFOIL_DATABASE_URL": f"sqlite:///{folder}/counterfoil.sqlite3",
            "COUNTERFOIL_SECRET_KEYS": Fernet.generate_key().decode(),
            "COUNTERFOIL_QUICKBOOKS_BASE_URL": quickbooks["base_url"],
            "COUNTERFOIL_QUICKBOOKS_CLIENT_ID": quickbooks["client_id"],
            "COUNTERFOIL_QUICKBOOKS_CLIENT_SECRET": quickbooks["client_secret"],
            "COUNTERFOIL_QUICKBOOKS_WEBHOOK_VERIFIER": quickbooks["webhook_verifier"],
            "COUNTERFOIL_HIGHLEVEL_BASE_URL": crm["base_url"],
            "COUNTERFOIL_HIGHLEVEL_CLIENT_ID": crm["client_id"],
            "COUNTERFOIL_HIGHLEVEL_CLIENT_SECRET": crm["client_secret"],
            "COUNTERFOIL_HIGHLEVEL_WEBHOOK_KEY": crm["webhook_public_key"],
            "COUNTERFOIL_HIGHLEVEL_SHARED_SECRET": crm["shared_secret"],
            "COUNTERFOIL_HIGHLEVEL_FRAME_ANCESTORS": crm["base_url"],
        }
    )


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium to look with")
@pytest.mark.slow
async def test_R1_a_person_connects_from_inside_the_crm(tmp_path: Path) -> None:
    """Everything is clicked; a colleague without rights sees the same page without buttons, and all can read the pages."""
    port = free_port()
    home = f"http://127.0.0.1:{port}"
    books, business = QuickBooksSandbox(seed="empty"), CrmSandbox(seed="empty")
    async with (
        Running(books.app, background=books.background) as quickbooks,
        Running(business.app, background=business.background) as crm,
    ):
        books.base_url, business.base_url = quickbooks.url, crm.url
        product = assemble(chosen(tmp_path, home, books, business))
        await product.prepare()
        async with httpx.AsyncClient() as operator:
            told = {
                "page_url": f"{home}/inside/highlevel",
                "redirect_uri": f"{home}/oauth/highlevel/callback",
            }
            (await operator.post(f"{crm.url}/_sandbox/app", json=told)).raise_for_status()
        async with Running(product.app, port=port):
            await _plays(tmp_path, crm.url, home, product)
        await product.close()
        await books.aclose()


async def _plays(folder: Path, crm: str, home: str, product: Counterfoil) -> None:
    async with browsing(folder / "profile") as page:
        await page.go(f"{crm}{INTEGRATIONS}/quickbooks-connect")
        frame = page.framed()
        await frame.shows("Not connected yet")
        await frame.evaluate("document.documentElement.dataset.same = 'yes'")
        await frame.unfold("Connect to QuickBooks")
        window = await page.window()
        await window.shows("QuickBooks")
        await _consents(window, home)
        await window.shows("Ready to start")
        await frame.shows("Ready to start")
        assert (
            await frame.evaluate("document.documentElement.dataset.same") == "yes"
        )  # nothing was loaded anew
        await frame.unfold("Start")
        await frame.shows("Connected")
        await page.picture(folder / "connected.png")

        await page.go(f"{crm}{INTEGRATIONS}/quickbooks-connect?as=user")
        await frame.shows("Only an administrator")
        buttons = await frame.evaluate("document.querySelectorAll('button').length")
        wrong = await _judged(page, home, product)
    (connection,) = await product.database.read(connections.everyone)
    assert buttons == 0
    assert wrong == []
    assert connection.state is connections.State.RUNNING
    assert (folder / "connected.png").stat().st_size > 1000


async def _judged(page: Page, home: str, product: Counterfoil) -> list[str]:
    """What is in the way of people on our own pages: before the log-in, after it, of a record, of an error.

    At the end somebody without a mouse chooses a tag for review requests, and thinks better of disconnecting.
    """
    await product.database.transact(_busy)
    wrong = await complaints(page, [f"{home}/", f"{home}/inside/highlevel", f"{home}/nothing"])
    await page.go(f"{home}/connect/highlevel")
    await page.press("Allow and install")
    mine = str(await page.evaluate("location.href")).partition("?")[0]
    await page.shows("Needs attention")
    record = await page.evaluate("document.querySelector('.record a').href")
    wrong += await complaints(page, [mine, f"{mine}/reviews", f"{mine}/disconnect", record])
    await page.go(mine)
    keys = Keyboard(page)
    await keys.press("Change review requests")
    await keys.pick("Do not ask", "Add a tag")
    await keys.press("Save")
    await page.shows("Saved.")
    await keys.press("Disconnect")
    await keys.press("Keep it")
    return wrong


def _busy(tx: Tx) -> None:
    """A customer with a name longer than any column, of whom something has to be asked."""
    (connection,) = connections.everyone(tx)
    at, ref = datetime.now(UTC), RecordRef(Kind.CUSTOMER, "58")
    person = entities.Customer(id="58", display_name="Wilhelmina-Theodora" * 5)
    raw = msgspec.json.encode(person)
    mirror.put(tx, connection.id, entity="Customer", object=person, raw=raw, at=at)
    records.mark(tx, connection.id, [ref], at=at)
    because, details = Because.TOTALS_DIFFER, (("In the CRM", "https://" + "x" * 90),)
    history.tell(tx, connection.id, ref, what="asked", at=at, because=because, detail=dict(details))
    attention.open(tx, connection.id, ref, because=because, details=details, at=at)


async def _consents(window: Page, home: str) -> None:
    """Presses what leads on at Intuit, step by step, until the browser is back."""
    shown = "[...document.querySelectorAll('button, a.button')].filter((e) => e.getClientRects().length)"
    for _ in range(PAGES_MAX):
        if str(await window.evaluate("location.href")).startswith(home):
            return
        said = await window.evaluate(f"{shown}.map((e) => [e.textContent.trim(), e.tagName])")
        words, kind = next(
            (each, kind) for words in LEADING_ON for each, kind in said if each.startswith(words)
        )
        await (window.unfold(words) if kind == "A" else window.press(words))
    raise AssertionError(f"not back after {PAGES_MAX} steps: {await window.text()}")
