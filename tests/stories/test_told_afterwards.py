"""Every change of a record can be told afterwards, by the page of the record alone (R74)."""

from __future__ import annotations

import html
from pathlib import Path

from counterfoil.web.pages.record import told
from counterfoil_demo import owner
from counterfoil_demo.browser import Browser
from world import deeds
from world.stories import played
from world.world import PRODUCT, World


def test_R74_the_page_of_an_invoice_tells_what_came_what_was_sent_and_what_came_back(tmp_path: Path) -> None:
    """The webhooks, the decisions with their rules, the requests as they went out and QuickBooks' own answers."""

    async def story(world: World) -> None:
        invoice = await deeds.sent_invoice(world)
        await world.settle()
        browser = Browser(world.net)
        await browser.open(f"{PRODUCT}/connect/highlevel")
        await owner.consent(browser, PRODUCT)
        assert browser.page is not None
        home = str(browser.page.url)
        page = html.unescape((await browser.open(f"{home}/records/invoice/{invoice['_id']}")).text)
        await browser.close()

        marks = [
            "Told by the CRM: InvoiceSent",
            "Decided: invoice to be created",
            "rule R30",
            '"DocNumber": "INV-000001"',
            '"domain": "QBO"',
            "<b>Invoice created</b>",
            "<b>In step</b>",
        ]
        told_so_far = 0
        for mark in marks:
            told_so_far = page.index(mark, told_so_far)
        assert "What was sent and what came back" in page

    played(tmp_path, story)


def test_R74_what_is_known_of_a_card_is_left_out_and_amounts_stay_as_they_were() -> None:
    """As QuickBooks shows a receipt that somebody paid by card there."""
    raw = b'{"Id":"7","TotalAmt":120.10,"CreditCardPayment":{"CreditChargeInfo":{"Number":"xxxx4242"}}}'
    shown = told(raw)

    assert "120.10" in shown and '"Id": "7"' in shown
    assert "4242" not in shown and "CreditCardPayment" not in shown
    assert told(b"") == "" and told(b'"asked"') == '"asked"'
