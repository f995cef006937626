"""A location connected by a private token: no app, no webhooks, and the sales are in the books all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from counterfoil import errors, settings
from counterfoil.store import connections
from counterfoil_demo import owner
from counterfoil_demo.browser import Browser
from sandbox_kit import virtual_time
from world import deeds
from world.world import CRM, KEY, PRODUCT, QUICKBOOKS, World


class PrivateWorld(World):
    """As the other worlds, but nobody has registered an app at HighLevel."""

    def settings(self) -> settings.Settings:
        quickbooks, crm = self.quickbooks.credentials, self.crm.credentials
        return settings.from_environment(
            {
                "COUNTERFOIL_PUBLIC_URL": PRODUCT,
                "COUNTERFOIL_SECRET_KEYS": KEY,
                "COUNTERFOIL_QUICKBOOKS_BASE_URL": QUICKBOOKS,
                "COUNTERFOIL_QUICKBOOKS_CLIENT_ID": quickbooks["client_id"],
                "COUNTERFOIL_QUICKBOOKS_CLIENT_SECRET": quickbooks["client_secret"],
                "COUNTERFOIL_QUICKBOOKS_WEBHOOK_VERIFIER": quickbooks["webhook_verifier"],
                "COUNTERFOIL_HIGHLEVEL_BASE_URL": CRM,
                "COUNTERFOIL_HIGHLEVEL_PRIVATE_TOKEN": crm["private_token"],
                "COUNTERFOIL_HIGHLEVEL_LOCATION_ID": crm["location_id"],
            }
        )

    async def connect(self) -> None:
        """The owner types in the private token where others log in, then goes on as everybody."""
        browser = Browser(self.net)
        try:
            await browser.open(f"{PRODUCT}/connect/highlevel")
            refused = await browser.press("Connect", token="pit-guessed")
            assert refused.status_code == 403
            await browser.open(f"{PRODUCT}/connect/highlevel")
            page = await browser.press("Connect", token=self.crm.credentials["private_token"])
            assert "pit-" not in str(page.url) + page.text
            await browser.press("Connect")
            await owner.consent(browser, PRODUCT)
            await browser.press("Start")
        finally:
            await browser.close()
        assert self.product is not None
        self.connection = (await self.product.database.read(connections.everyone))[-1].id


def test_R70_R20_a_sale_is_posted_without_any_webhook(tmp_path: Path) -> None:
    """Polling alone finds it."""

    async def whole() -> None:
        world = PrivateWorld(tmp_path)
        await world.open()
        try:
            answer = await world.postage.post(f"{CRM}/_sandbox/webhooks", json={"url": None})
            assert answer.is_success
            await world.connect()
            await world.settle_attempt()
            await deeds.order_form_sale(world)
            await world.settle_attempt()
            assert len(await world.query("SELECT * FROM SalesReceipt")) == 1
        finally:
            await world.close()

    virtual_time.run(whole())


def test_R3_a_location_is_connected_without_a_browser_by_whoever_knows_the_token(tmp_path: Path) -> None:
    """What a command of the operator calls; nobody else gets in by asking."""

    async def whole() -> None:
        world = PrivateWorld(tmp_path)
        await world.open()
        try:
            assert world.product is not None
            with pytest.raises(errors.AccessLost):
                await world.product.pairing.connect_by_token("highlevel", token="guessed")
            assert await world.product.database.read(connections.everyone) == ()

            made = await world.product.pairing.connect_by_token(
                "highlevel", token=world.crm.credentials["private_token"]
            )

            assert made.account_id == world.crm.credentials["location_id"]
            assert made.account_country == "US"
        finally:
            await world.close()

    virtual_time.run(whole())
