"""Log in and consent at a neighbour, whatever words its buttons have."""

from __future__ import annotations

from counterfoil_demo.browser import Browser

WORDS = ("Sign in", "Log in", "Continue", "Next", "Choose", "Allow", "Accept", "Connect", "Install")


async def accept(browser: Browser, home: str) -> None:
    """Press what leads on until the browser is back at `home`."""
    for _ in range(6):
        page = browser.page
        assert page is not None
        if str(page.url).startswith(home):
            return
        words = next((word for word in WORDS if browser.has_button(word)), None)
        assert words is not None, page.text
        await browser.press(words)
    raise AssertionError("the consent pages never led back")
