"""A person who has no mouse: everything is reached by Tab, done by Enter, the space bar and the arrows."""

from __future__ import annotations

from typing import Any

from browsing.chromium import Missing, Page

TABS_MAX = 150
ARROWS_MAX = 30
_CODES = {"Tab": (9, ""), "Enter": (13, "\r"), " ": (32, " "), "ArrowDown": (40, "")}
_FOCUSED = """
(() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const trim = (text) => (text || "").replace(/\\s+/g, " ").trim();
  const said = trim(e.getAttribute("aria-label") || (e.labels && e.labels.length ? e.labels[0].textContent : e.textContent));
  const style = getComputedStyle(e), box = e.getBoundingClientRect();
  const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const inside = box.width > 0 && box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth;
  return { said, seen: ring && inside, chosen: e.tagName === "SELECT" ? trim(e.selectedOptions[0]?.text) : "" };
})()
"""


class Keyboard:
    """The keys of a page. Whatever gets the focus must show it, or the person would be lost."""

    def __init__(self, page: Page) -> None:
        self._page = page

    async def to(self, text: str) -> None:
        """Presses Tab until the thing that says just this has the focus, or else the first that begins with it."""
        passed: list[str] = []
        for fits in (str.__eq__, str.startswith):
            for _ in range(TABS_MAX):
                await self._key("Tab")
                at = await self._focused()
                if at is None:  # past the end; the next Tab is at the beginning
                    break
                if not at["seen"]:
                    raise Missing(f"the focus on {at['said']!r} cannot be seen")
                if fits(at["said"], text):
                    return
                passed.append(at["said"])
        raise Missing(f"Tab does not lead to {text!r}, but to: {', '.join(dict.fromkeys(passed))}")

    async def press(self, text: str) -> None:
        """Goes to a link or button and presses Enter; the page that it leads to is there afterwards."""
        await self.to(text)
        await self.enter()

    async def fill(self, label: str, text: str) -> None:
        """Goes to a field and types over what is there."""
        await self.to(label)
        await self._page.send("Input.insertText", text=text)

    async def pick(self, first: str, wanted: str) -> None:
        """Goes to a group of choices, of which `first` is the one that is ticked, and moves on to the wanted one."""
        await self.to(first)
        await self._until(lambda at: at["said"].startswith(wanted), wanted)

    async def choose(self, label: str, text: str) -> None:
        """Goes to a list and moves down to the option that begins with this text."""
        await self.to(label)
        await self._until(lambda at: at["chosen"].startswith(text), text)

    async def enter(self) -> None:
        """Presses Enter where the focus is, which leads to another page."""
        await self._page.leave(self._key("Enter"))

    async def _until(self, found: Any, wanted: str) -> None:
        for _ in range(ARROWS_MAX):
            if found(await self._focused()):
                return
            await self._key("ArrowDown")
        raise Missing(f"the arrows do not lead to {wanted!r}")

    async def _focused(self) -> Any:
        return await self._page.evaluate(_FOCUSED)

    async def _key(self, name: str) -> None:
        code, text = _CODES[name]
        key = {"key": name, "code": name, "windowsVirtualKeyCode": code, "nativeVirtualKeyCode": code}
        down = {"type": "keyDown", "text": text} if text else {"type": "rawKeyDown"}
        await self._page.send("Input.dispatchKeyEvent", **down, **key)
        await self._page.send("Input.dispatchKeyEvent", type="keyUp", **key)
