"""The owner of the business at a browser: logs in on both sides, consents, and presses Start."""

from __future__ import annotations

from dataclasses import dataclass

from counterfoil_demo.browser import Browser

LEADING_ON = ("Sign in", "Log in", "Continue", "Next", "Choose", "Allow", "Accept", "Connect", "Install")
"""How buttons that lead on may be called on a page for log-in and consent."""
PAGES_MAX = 6


class LostTheWay(Exception):
    """The pages did not lead back to Counterfoil; the message says where it ended."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What came of it: the page of the connection, and the words on it."""

    address: str
    text: str


async def connect_both_sides(browser: Browser, home: str, *, crm: str = "highlevel") -> Visit:
    """From nothing to a running connection. `home` is Counterfoil's base URL.

    Raises LostTheWay, and NoSuchButton where a page lacks what it should have.
    """
    await browser.open(f"{home}/connect/{crm}")
    await consent(browser, home)
    await browser.press("Connect")
    await consent(browser, home)
    page = await browser.press("Start")
    if not page.is_success:
        raise LostTheWay(f"Start was answered {page.status_code} at {page.url}.")
    return Visit(str(page.url), page.text)


async def consent(browser: Browser, home: str) -> None:
    """Press what leads on until the browser is back at `home`. Raises LostTheWay."""
    for _ in range(PAGES_MAX):
        page = browser.page
        if page is None or not page.is_success:
            where = "nowhere" if page is None else f"{page.url} ({page.status_code})"
            raise LostTheWay(f"The log-in ended at {where}.")
        if str(page.url).startswith(f"{home}/"):
            return
        words = next((each for each in LEADING_ON if browser.has_button(each)), None)
        if words is None:
            raise LostTheWay(f"No button leads on from {page.url}.")
        await browser.press(words)
    raise LostTheWay(f"After {PAGES_MAX} pages the log-in had not led back to {home}.")
