"""A person at a browser, as far as the story needs one: opens pages, reads forms, presses buttons, follows redirects.

Works on what the pages really say (their forms and fields), over any httpx transport.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx


class NoSuchButton(LookupError):
    """The page has no button with these words; the message says which ones it has."""


@dataclass(slots=True)
class Form:
    """A form as the page has it: where it goes, its fields with their values, its buttons' words."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)
    """Words on the button, its name, its value."""


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select = ""
        self._button: tuple[str, str] | None = None
        self._words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form is None:
            return
        elif tag == "input":
            self._input(self._form, given)
        elif tag == "select":
            self._select = given.get("name", "")
        elif tag == "option" and self._select:
            if "selected" in given or self._select not in self._form.fields:
                self._form.fields[self._select] = given.get("value", "")
        elif tag == "textarea" and given.get("name"):
            self._form.fields[given["name"]] = ""
        elif tag == "button":
            self._button, self._words = (given.get("name", ""), given.get("value", "")), ""

    def _input(self, form: Form, given: dict[str, str]) -> None:
        kind, name, value = given.get("type", "text"), given.get("name", ""), given.get("value", "")
        if kind == "submit":
            form.buttons.append((value, name, value))
        elif kind in {"checkbox", "radio"}:
            if name and ("checked" in given or (kind == "radio" and name not in form.fields)):
                form.fields[name] = value or "on"
        elif name:
            form.fields[name] = value

    def handle_data(self, data: str) -> None:
        if self._button is not None:
            self._words += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "button" and self._button is not None:
            if self._form is not None:
                self._form.buttons.append((" ".join(self._words.split()), *self._button))
            self._button = None


class Browser:
    """One browser with its own cookies. Redirects are followed from site to site, as a browser does."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._http = httpx.AsyncClient(
            transport=transport, follow_redirects=True, timeout=30, trust_env=False
        )
        self.page: httpx.Response | None = None

    async def open(self, address: str) -> httpx.Response:
        """Go to this address."""
        self.page = await self._http.get(address)
        return self.page

    async def press(self, words: str, **typed: str) -> httpx.Response:
        """Press the button whose words begin with `words`, in the first form that has it; `typed` fills fields.

        Raises NoSuchButton.
        """
        if self.page is None:
            raise NoSuchButton("No page is open yet.")
        reader = _Forms()
        reader.feed(self.page.text)
        for form in reader.forms:
            for label, name, value in form.buttons:
                if label.lower().startswith(words.lower()):
                    fields = {**form.fields, **typed}
                    if name:
                        fields[name] = value
                    return await self._submit(form, fields)
        buttons = [label for form in reader.forms for label, _, _ in form.buttons]
        raise NoSuchButton(
            f"No button {words!r} on {self.page.url}; there are: {', '.join(buttons) or 'none'}"
        )

    def has_button(self, words: str) -> bool:
        """Whether the open page has a button whose words begin with `words`."""
        if self.page is None:
            return False
        reader = _Forms()
        reader.feed(self.page.text)
        return any(
            label.lower().startswith(words.lower()) for form in reader.forms for label, _, _ in form.buttons
        )

    async def _submit(self, form: Form, fields: dict[str, str]) -> httpx.Response:
        assert self.page is not None
        target = self.page.url.join(form.action) if form.action else self.page.url
        if form.method == "post":
            self.page = await self._http.post(target, data=fields)
        else:
            self.page = await self._http.get(target.copy_merge_params(fields))
        return self.page

    async def close(self) -> None:
        """Close the browser."""
        await self._http.aclose()
