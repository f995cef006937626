"""Chromium as a person uses it: looks for what a label or a button says, clicks where it is, types.

Commands go through the debugging pipe (file descriptors 3 and 4 of the browser), so that no port and no client library
is needed. Clicks are mouse events at the middle of the thing, and fail when something lies over it.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import fcntl
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PATIENCE_SECONDS = 20.0
PHONE_BELOW = 600

_LAUNCH = "import os, sys; r, w = map(int, sys.argv[1:3]); os.dup2(r, 3); os.dup2(w, 4); os.execv(sys.argv[3], sys.argv[3:])"
_OPTIONS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-pipe"),
    *("--no-first-run", "--disable-background-networking", "--window-size=1280,1000"),
)
_FIND = """
(want) => {
  const said = (e) => (e.labels && e.labels.length ? e.labels[0].textContent : e.getAttribute("aria-label") || e.textContent);
  const trim = (text) => (text || "").replace(/\\s+/g, " ").trim();
  const kinds = {
    press: "button, a, summary", field: "input, textarea, select", pick: "input[type=radio], input[type=checkbox]",
  };
  const all = [...document.querySelectorAll(kinds[want.kind])].filter((e) => e.getClientRects().length);
  const exact = all.filter((e) => trim(said(e)) === want.text);
  const found = exact.length ? exact : all.filter((e) => trim(said(e)).startsWith(want.text));
  const element = found[want.nth || 0];
  if (!element) return null;
  element.scrollIntoView({ block: "center" });
  const box = element.getBoundingClientRect();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const top = document.elementFromPoint(x, y);
  const free = top && (element.contains(top) || top.contains(element));
  if (want.kind === "field") element.focus();
  return { x, y, free: Boolean(free), tag: element.tagName };
}
"""


class Missing(AssertionError):
    """What was looked for is not on the page, or cannot be reached."""


class Page:
    """One tab."""

    def __init__(self, pipe: Pipe, session: str, *, known: frozenset[str] = frozenset()) -> None:
        self._pipe = pipe
        self._session = session
        self._known = known

    def framed(self) -> Frame:
        """The page inside this one; it must come from the same site, another port is well."""
        return Frame(self._pipe, self._session)

    async def window(self) -> Page:
        """The tab or window that this page has opened and that nobody has asked for yet."""
        for _ in range(int(PATIENCE_SECONDS / 0.05)):
            targets = (await self._pipe.send("Target.getTargets", {}))["targetInfos"]
            pages = [each["targetId"] for each in targets if each["type"] == "page"]
            for target in pages:
                if target not in self._known:
                    self._known |= {target}
                    attached = await self._pipe.send(
                        "Target.attachToTarget", {"targetId": target, "flatten": True}
                    )
                    return Page(self._pipe, attached["sessionId"], known=self._known)
            await asyncio.sleep(0.05)
        raise Missing(f"no window was opened, this page says:\n{(await self.text())[:1500]}")

    async def shows(self, text: str) -> None:
        """Waits until this can be read on the page."""
        said = ""
        for _ in range(int(PATIENCE_SECONDS / 0.05)):
            with contextlib.suppress(Missing, RuntimeError):  # between two pages there is none to ask
                said = await self.text()
                if text in said:
                    return
            await asyncio.sleep(0.05)
        raise Missing(f"{text!r} did not come, this page says:\n{said[:1500]}")

    async def picture(self, path: Path) -> None:
        """What can be seen now, as a PNG file."""
        await self.send("Page.bringToFront")  # a page behind another is not painted
        shot = await self.send("Page.captureScreenshot", format="png")
        await asyncio.to_thread(path.write_bytes, base64.b64decode(shot["data"]))

    async def go(self, address: str) -> None:
        """Opens an address and waits until the page is there."""
        await self.leave(self.send("Page.navigate", url=address))

    async def press(self, text: str, nth: int = 0) -> None:
        """Clicks a button or link that says this; the page that it leads to is there afterwards."""
        place = await self._find("press", text, nth)
        await self.leave(self._click(place))

    async def unfold(self, text: str) -> None:
        """Clicks on something that stays on the page."""
        await self._click(await self._find("press", text, 0))

    async def pick(self, text: str) -> None:
        """Ticks the box or the choice with this label."""
        await self._click(await self._find("pick", text, 0))

    async def type(self, label: str, text: str) -> None:
        """Types into the field with this label, over what is there."""
        await self._find("field", label, 0)
        await self.evaluate("document.activeElement.select && document.activeElement.select()")
        await self.send("Input.insertText", text=text)

    async def choose(self, label: str, text: str) -> None:
        """Chooses the option that begins with this text."""
        await self._find("field", label, 0)
        chosen = await self.evaluate(
            "((t) => { const s = document.activeElement; const o = [...s.options].find((o) => o.text.startsWith(t));"
            f" if (!o) return false; s.value = o.value; return true; }})({json.dumps(text)})"
        )
        if not chosen:
            raise Missing(f"{label} has no option {text!r}")

    async def text(self) -> str:
        """What can be read on the page."""
        return str(await self.evaluate("document.body.innerText"))

    async def evaluate(self, expression: str) -> Any:
        """The value of an expression in the page."""
        answer = await self.send(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            raise Missing(f"{expression[:80]}: {answer['exceptionDetails']['text']}")
        return answer["result"].get("value")

    async def _find(self, kind: str, text: str, nth: int) -> dict[str, Any]:
        want = json.dumps({"kind": kind, "text": text, "nth": nth})
        place: dict[str, Any] | None = await self.evaluate(f"({_FIND})({want})")
        if place is None or (kind != "field" and not place["free"]):
            why = "is not here" if place is None else "is covered by something"
            raise Missing(f"{text!r} {why} on this page:\n{(await self.text())[:1500]}")
        return place

    async def _click(self, place: dict[str, Any]) -> None:
        for kind in ("mousePressed", "mouseReleased"):
            await self.send(
                "Input.dispatchMouseEvent", type=kind, x=place["x"], y=place["y"], button="left", clickCount=1
            )

    async def leave(self, deed: Any) -> None:
        """Does what leads away from this page and waits until the next one is complete."""
        await self.evaluate("window.before = true")
        await deed
        for _ in range(int(PATIENCE_SECONDS / 0.05)):
            with contextlib.suppress(Missing, RuntimeError):  # between two pages there is none to ask
                if await self.evaluate("!window.before && document.readyState === 'complete'"):
                    return
            await asyncio.sleep(0.05)
        raise Missing(f"no other page came, this one says:\n{(await self.text())[:1500]}")

    async def resize(self, width: int, height: int = 900) -> None:
        """Gives the page a window of this size in CSS pixels; a narrow one is a phone's."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < PHONE_BELOW}
        await self.send("Emulation.setDeviceMetricsOverride", **size)

    async def send(self, method: str, **params: Any) -> dict[str, Any]:
        """One command of the debugging protocol to this tab."""
        return await self._pipe.send(method, params, self._session)


class Frame(Page):
    """The page inside the only frame of a page. Commands reach it through a world of its own beside the page's script."""

    async def evaluate(self, expression: str) -> Any:
        """The value of an expression in the framed page."""
        tree = (await self.send("Page.getFrameTree"))["frameTree"]
        children = tree.get("childFrames", [])
        if not children:
            raise Missing("there is no frame on this page")
        world = await self.send(
            "Page.createIsolatedWorld", frameId=children[0]["frame"]["id"], worldName="person"
        )
        answer = await self.send(
            "Runtime.evaluate",
            expression=expression,
            returnByValue=True,
            awaitPromise=True,
            contextId=world["executionContextId"],
        )
        if "exceptionDetails" in answer:
            raise Missing(f"{expression[:80]}: {answer['exceptionDetails']['text']}")
        return answer["result"].get("value")

    async def _click(self, place: dict[str, Any]) -> None:
        corner = await super().evaluate(
            "(() => { const f = document.querySelector('iframe'); f.scrollIntoView({ block: 'nearest' });"
            " const b = f.getBoundingClientRect();"
            " return { x: b.x + f.clientLeft, y: b.y + f.clientTop }; })()"
        )
        await super()._click({"x": place["x"] + corner["x"], "y": place["y"] + corner["y"]})


class Pipe:
    """The conversation with the browser: messages of JSON, each ended by a zero byte."""

    def __init__(self, reader: asyncio.StreamReader, into: int) -> None:
        self._reader = reader
        self._into = into
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._number = 0

    async def listen(self) -> None:
        """Reads answers until the browser ends."""
        while True:
            try:
                message = json.loads((await self._reader.readuntil(b"\0"))[:-1])
            except asyncio.IncompleteReadError:
                return
            future = self._waiting.pop(message.get("id", 0), None)
            if future is not None and not future.done():
                future.set_result(message)

    async def send(self, method: str, params: dict[str, Any], session: str | None = None) -> dict[str, Any]:
        """One command and its answer. Raises RuntimeError when the browser refuses it."""
        self._number += 1
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[self._number] = future
        message = {"id": self._number, "method": method, "params": params}
        if session is not None:
            message["sessionId"] = session
        os.write(self._into, json.dumps(message).encode() + b"\0")
        answer = await asyncio.wait_for(future, PATIENCE_SECONDS)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        result: dict[str, Any] = answer["result"]
        return result


@contextlib.asynccontextmanager
async def browsing(profile: Path) -> AsyncIterator[Page]:
    """A fresh browser with one empty tab; `profile` is an empty directory for its files."""
    assert CHROMIUM is not None
    (command_out, command_in), (answer_out, answer_in) = os.pipe(), os.pipe()
    high = [fcntl.fcntl(each, fcntl.F_DUPFD, 64) for each in (command_out, answer_in)]
    launch = [
        sys.executable,
        "-c",
        _LAUNCH,
        *map(str, high),
        CHROMIUM,
        *_OPTIONS,
        f"--user-data-dir={profile}",
    ]
    process = await asyncio.create_subprocess_exec(
        *launch, pass_fds=high, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    for each in (command_out, answer_in, *high):
        os.close(each)
    reader = asyncio.StreamReader(limit=2**26)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(answer_out, "rb")
    )
    pipe = Pipe(reader, command_in)
    listening = asyncio.create_task(pipe.listen())
    try:
        target = (await pipe.send("Target.createTarget", {"url": "about:blank"}))["targetId"]
        attached = await pipe.send("Target.attachToTarget", {"targetId": target, "flatten": True})
        others = (await pipe.send("Target.getTargets", {}))["targetInfos"]
        known = frozenset(each["targetId"] for each in others if each["type"] == "page")
        yield Page(pipe, attached["sessionId"], known=known)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening
        transport.close()
        os.close(command_in)
