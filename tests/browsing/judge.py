"""Looks at a page as somebody with a phone, weak eyes or a screen reader would, and says what is in their way."""

from __future__ import annotations

from collections.abc import Iterable

from browsing.chromium import Page

DESK, PHONE = 1280, 390
_COMPLAINTS = r"""
(() => {
  const found = [], add = (text) => found.includes(text) || found.push(text);
  const shown = (e) => e.getClientRects().length > 0;
  const all = (what) => [...document.querySelectorAll(what)].filter(shown);
  const words = (e) => (e.textContent || "").replace(/\s+/g, " ").trim().slice(0, 30);
  const color = (text) => { const n = text.match(/[\d.]+/g).map(Number); return [n[0], n[1], n[2], n[3] ?? 1]; };
  const over = (top, ground) => [0, 1, 2].map((i) => top[i] * top[3] + ground[i] * (1 - top[3]));
  const ground = (e) => {
    const layers = [];
    for (let at = e; at; at = at.parentElement) {
      const layer = color(getComputedStyle(at).backgroundColor);
      layers.push(layer);
      if (layer[3] === 1) break;
    }
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255]);
  };
  const light = (c) => {
    const [r, g, b] = c.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [a, b] = [light(one), light(other)].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  };

  if (document.documentElement.scrollWidth > innerWidth) add("scrolls sideways");
  if (!document.documentElement.lang || !document.title.trim()) add("has no language or title");
  const titles = all("h1").length;
  if (titles !== 1) add(`has ${titles} main headings`);
  let level = 1;
  for (const e of all("h1, h2, h3, h4")) {
    const own = Number(e.tagName[1]);
    if (own > level + 1) add(`skips a level of headings: ${words(e)}`);
    level = own;
  }
  for (const e of all("input, select, textarea")) {
    if (!(e.labels?.length || e.getAttribute("aria-label"))) add(`a field without a name: ${e.name}`);
    const line = color(getComputedStyle(e).borderTopColor);
    const drawn = !["radio", "checkbox"].includes(e.type);
    const below = ground(e.parentElement);
    if (drawn && contrast(over(line, below), below) < 3) add(`a field that is hard to see: ${e.name}`);
  }
  for (const e of all("th")) if (!words(e) || !e.scope) add(`a heading of a table that heads nothing: ${words(e)}`);
  for (const e of all("a, button")) if (!words(e) && !e.getAttribute("aria-label")) add("a button without words");
  if (innerWidth < 600)
    for (const e of all("button, .button, nav a"))
      if (e.getBoundingClientRect().height < 24) add(`too small for a finger: ${words(e)}`);
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const e = texts.currentNode.parentElement;
    if (!texts.currentNode.textContent.trim() || !shown(e) || e.closest(":disabled")) continue;
    const below = ground(e);
    const seen = contrast(over(color(getComputedStyle(e).color), below), below);
    if (seen < 4.5) add(`hard to read (${seen.toFixed(1)}): ${words(e)}`);
  }
  return found;
})()
"""


async def complaints(page: Page, addresses: Iterable[str]) -> list[str]:
    """What is wrong with these pages on a desk and on a phone, in light and in dark: address, width, complaint."""
    said = []
    for address in addresses:
        await page.go(address)
        for width in (DESK, PHONE):
            await page.resize(width)
            for scheme in ("light", "dark"):
                dark = [{"name": "prefers-color-scheme", "value": scheme}]
                await page.send("Emulation.setEmulatedMedia", features=dark)
                said += [f"{address} {width} {scheme}: {each}" for each in await page.evaluate(_COMPLAINTS)]
    await page.resize(DESK)
    await page.send("Emulation.setEmulatedMedia", features=[])
    return said
