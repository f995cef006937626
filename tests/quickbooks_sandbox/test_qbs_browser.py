"""A person at a real browser keeps the books: customers, invoices, payments, a merge, and the end of an app."""

from __future__ import annotations

import urllib.parse
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from browsing.chromium import CHROMIUM, browsing
from browsing.judge import complaints
from browsing.keyboard import Keyboard
from quickbooks_sandbox.sandbox import Sandbox
from sandbox_kit.clock import Clock
from sandbox_kit.server import Running

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium to use"),
]
Office = tuple[Sandbox, Any]


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """The sample company over a real port, and a browser at its overview."""
    sandbox = Sandbox(seed="sample", clock=Clock())
    async with Running(sandbox.app, background=sandbox.background) as server, browsing(tmp_path) as page:
        sandbox.base_url = server.url
        await page.go(server.url)
        yield sandbox, page
    await sandbox.aclose()


def named(sandbox: Sandbox, name: str) -> dict[str, Any]:
    """A customer by the name that the person sees."""
    return next(
        one for one in sandbox.company.tables["Customer"].records.values() if one["DisplayName"] == name
    )


async def test_a_person_keeps_the_books(office: Office) -> None:
    """Adds a customer and edits it, writes an invoice, receives it in two payments."""
    sandbox, page = office
    books = sandbox.company.tables
    await page.press("Customers")
    await page.press("New customer")
    await page.type("First name", "Ada")
    await page.type("Last name", "Byrne")
    await page.type("E-mail", "ada@byrne.example")
    await page.press("Save")
    await page.press("Edit")
    await page.type("Telephone", "(555) 010-7777")
    await page.press("Save")
    edited = await page.text()
    await page.press("Write an invoice")
    await page.choose("Item of line 1", "Design")
    await page.type("Quantity of line 1", "2")
    await page.choose("Item of line 2", "Rock fountain")
    await page.choose("Tax of line 2", "Not taxed")
    await page.press("More lines")
    await page.type("Description of line 3", "Carriage")
    await page.type("Rate of line 3", "lots")
    await page.press("Save")
    refused = await page.text()
    await page.type("Rate of line 3", "12.50")
    await page.press("Save")
    written = await page.text()
    (key, invoice) = list(books["Invoice"].records.items())[-1]
    await page.press("Receive a payment")
    await page.type(f"Payment of invoice {invoice['DocNumber']}", "37.50")
    await page.press("Save payment")
    await page.press(f"Invoice {invoice['DocNumber']}")
    part = await page.text()
    await page.press("Receive a payment")
    await page.press("Save payment")
    await page.press(f"Invoice {invoice['DocNumber']}")
    paid = await page.text()

    assert "(555) 010-7777" in edited and "ada@byrne.example" in edited
    assert "“lots” is not a number." in refused
    assert "$437.50" in written and "Open" in written
    assert "Part paid" in part and "400.00" in part
    assert "Paid" in paid and "SyncToken 2" in paid
    stored = books["Invoice"].records[key]
    assert (stored["Balance"], len(stored["LinkedTxn"])) == (0, 2)
    assert named(sandbox, "Ada Byrne")["Balance"] == 0


async def test_a_person_voids_merges_and_disconnects(office: Office) -> None:
    """What ends things: an invoice, a customer, an app; a form that was overtaken says so."""
    sandbox, page = office
    books = sandbox.company.tables
    await page.press("Invoices")
    await page.press("1013")
    await page.press("Void")
    void = await page.text()
    await page.press("Customers")
    await page.press("Bea Thornton")
    stays = named(sandbox, "Bea Thornton")
    await page.type("Merge another customer into this one", "Dara Okonkwo")
    sandbox.company.update(
        "Customer",
        {"Id": stays["Id"], "SyncToken": stays["SyncToken"], "sparse": True, "Notes": "by the app"},
    )
    await page.press("Merge")
    overtaken = await page.text()
    await page.press("Merge")
    merged = await page.text()
    await page.press("My apps")
    await page.press("Disconnect")
    gone = await page.text()

    assert "Voided: every amount is zero now." in void
    assert "Somebody else changed this" in overtaken and "The customers are one now." in merged
    assert named(sandbox, "Dara Okonkwo (deleted)")["Active"] is False
    assert {one["CustomerRef"]["name"] for one in books["Invoice"].records.values()} >= {"Bea Thornton"}
    assert "No app is connected." in gone
    assert not sandbox.grants.connected(sandbox.realm_id)


async def test_a_person_connects_an_app_in_three_steps(office: Office) -> None:
    """Sign in, company, permission; only the last step has the button that allows it."""
    sandbox, page = office
    back = f"{sandbox.base_url}/back"
    wish = {
        "client_id": sandbox.client.client_id,
        "response_type": "code",
        "scope": "com.intuit.quickbooks.accounting",
        "redirect_uri": back,
        "state": "s-1",
    }
    await page.go(f"{sandbox.base_url}/connect/oauth2?{urllib.parse.urlencode(wish)}")
    first = await page.text()
    await page.type("E-mail", "anybody@example.com")
    await page.press("Sign in")
    second = await page.text()
    await page.pick(sandbox.company.read("CompanyInfo", "1")["CompanyName"])
    await page.press("Next")
    third = await page.text()
    await page.press("Connect")
    landed = urllib.parse.urlsplit(await page.evaluate("location.href"))

    assert "any e-mail and any password will do" in first and "Choose a company" not in first
    assert "Choose a company" in second and "Connect this app?" not in second
    assert "read and write customers" in third and "Choose a company" not in third
    query = urllib.parse.parse_qs(landed.query)
    assert (landed.path, query["state"], query["realmId"]) == ("/back", ["s-1"], [sandbox.realm_id])
    assert sandbox.grants.codes[query["code"][0]].realm_id == sandbox.realm_id


async def test_a_person_without_a_mouse_keeps_the_books(office: Office) -> None:
    """Signs an app in; adds and edits a customer, writes an invoice, receives it, voids one, merges two."""
    sandbox, page = office
    keys = Keyboard(page)
    wish = {
        "client_id": sandbox.client.client_id,
        "response_type": "code",
        "scope": "com.intuit.quickbooks.accounting",
        "redirect_uri": f"{sandbox.base_url}/back",
        "state": "s-1",
    }
    await page.go(f"{sandbox.base_url}/connect/oauth2?{urllib.parse.urlencode(wish)}")
    await keys.fill("Password", "sandbox")
    await keys.enter()
    await keys.to("Larkspur Garden Studio")
    await keys.enter()
    await keys.press("Connect")
    back = str(await page.evaluate("location.href"))
    await page.go(sandbox.base_url)
    await keys.press("Customers")
    await keys.press("New customer")
    await keys.fill("Display name", "Ada Byrne")
    await keys.enter()
    await keys.press("Edit")
    await keys.fill("E-mail", "ada@byrne.example")
    await keys.enter()
    edited = await page.text()
    await keys.press("Write an invoice")
    await keys.choose("Item of line 1", "Design")
    await keys.fill("Quantity of line 1", "2")
    await keys.enter()
    written = await page.text()
    await keys.press("Receive a payment")
    await keys.press("Save payment")
    (key, invoice) = list(sandbox.company.tables["Invoice"].records.items())[-1]
    await keys.press("Invoices")
    await keys.press("1013")
    await keys.press("Void")
    void = await page.text()
    await keys.press("Customers")
    await keys.press("Ada Byrne")
    await keys.fill("Merge another customer into this one", "Dara Okonkwo")
    await keys.enter()

    assert "/back?" in back and "code=" in back
    assert "ada@byrne.example" in edited and "$150.00" in written
    assert sandbox.company.tables["Invoice"].records[key]["Balance"] == 0 and invoice["TotalAmt"] == 150
    assert "Voided: every amount is zero now." in void
    assert "The customers are one now." in await page.text()
    assert named(sandbox, "Dara Okonkwo (deleted)")["Active"] is False


async def test_the_pages_are_easy_on_eyes_thumbs_and_screen_readers(office: Office) -> None:
    """On a desk and on a phone, light and dark, with names that are longer than any column."""
    sandbox, page = office
    home = f"{sandbox.base_url}/companies/{sandbox.realm_id}"
    tables = sandbox.company.tables
    long = sandbox.company.create(
        "Customer", {"DisplayName": "Wilhelmina-Theodora" * 5, "Notes": "https://" + "x" * 90}
    )
    wish = urllib.parse.urlencode(
        {
            "client_id": sandbox.client.client_id,
            "response_type": "code",
            "scope": "com.intuit.quickbooks.accounting",
            "redirect_uri": f"{sandbox.base_url}/back",
            "state": "s-1",
        }
    )
    lists = ("customers", "items", "invoices", "sales-receipts", "payments", "credit-memos", "deposits")
    books = ("estimates", "refund-receipts", "accounts", "accounts/4", "journal", "apps", "customers/9999")
    forms = ("customers/new", "invoices/new", "sales-receipts/new", "payments/new", "payments/new?customer=3")
    one = (
        f"customers/{long['Id']}",
        f"customers/{long['Id']}/edit",
        *(f"invoices/{each}" for each in list(tables["Invoice"].records)[-2:]),
        f"invoices/{next(iter(tables['Invoice'].records))}/edit",
        f"sales-receipts/{next(iter(tables['SalesReceipt'].records))}",
        f"payments/{next(iter(tables['Payment'].records))}",
    )
    log_in = (f"/connect/oauth2?{wish}", "/connect/oauth2?client_id=nobody")
    addresses = [home, *(f"{home}/{each}" for each in (*lists, *books, *forms, *one))]
    addresses += [sandbox.base_url + each for each in log_in]

    assert await complaints(page, addresses) == []
    await page.resize(390)
    await page.go(home)
    assert "Journal" not in await page.text()
    await page.unfold("Menu")
    await page.press("Journal")
    assert "what every document posted" in await page.text()
