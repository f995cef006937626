"""Holds what our connector asks and what the CRM stand-in answers against HighLevel's files, in every test.

`tests/conftest.py` opens one `Ear` around each test. It hears two things, wherever they are made:

- each request of the connector, at the HTTP client that the connector was given (`conformance.checked`: operation, query,
  body, headers, forms), also where the answers are scripted;
- each exchange that a stand-in in this process journals (`highlevel_files.journals`): the answers, and the requests of
  whoever asked, be it a person in a story or a Counterfoil that runs as another process. A journal keeps no more than
  the beginning of a long answer, so that the connector's client tells of those as well.

Where the files are not beside the repository nothing is judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from conformance import checked
from counterfoil.crm.highlevel import client, oauth
from crm_sandbox import sandbox
from highlevel_files.journals import complaints, is_cut
from highlevel_files.judge import DATED, judge
from sandbox_kit.journal import Exchange, Journal


@dataclass
class Ear:
    """What was wrong so far, without repetitions."""

    requests: bool = True
    """Whether requests are judged; those that a test invents cannot be."""
    found: dict[str, None] = field(default_factory=dict)
    judged: int = 0
    stand_ins: int = 0
    """How many stand-ins there are in this test; without one, answers are a test's own invention."""

    def request(self, request: httpx.Request) -> None:
        """The connector sends this."""
        if self.requests:
            self.judged += 1
            where = f"{request.method} {request.url.path}: request: "
            self.found.update(dict.fromkeys(where + said for said in checked.complaints(request)))

    def answer(self, answer: httpx.Response) -> None:
        """The connector was answered, by a stand-in at more length than a journal keeps."""
        official, asked = judge(), answer.request
        if official is None or not self.stand_ins or not answer.is_success or not is_cut(answer.text):
            return
        self.judged += 1
        path = asked.url.path
        said = official.answer(asked.method, path, answer.status_code, answer.json(), DATED) or []
        self.found.update(dict.fromkeys(f"{asked.method} {path}: answer: {each}" for each in said))

    def exchange(self, exchange: Exchange) -> None:
        """The stand-in was asked and has answered."""
        self.judged += 1
        said = complaints([exchange], str(exchange.tags.get("version", DATED)))
        self.found.update(dict.fromkeys(each for each in said if self.requests or ": answer: " in each))


@contextmanager
def listening(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ear]:
    """An ear that hears every connector and every stand-in made while it is open."""
    ear = Ear()
    if judge() is not None:
        for kind in (client.Client, oauth.OAuth):
            monkeypatch.setattr(kind, "__init__", _overheard(kind.__init__, ear))
        monkeypatch.setattr(sandbox, "Journal", _journal(ear))
    yield ear


def _overheard(begin: Callable[..., None], ear: Ear) -> Callable[..., None]:
    """The beginning of a part of the connector, whose HTTP client tells the ear from then on."""

    def begun(self: Any, *, http: httpx.AsyncClient, addresses: Any, **more: Any) -> None:
        begin(self, http=http, addresses=addresses, **more)
        if not any(
            isinstance(getattr(each, "__self__", None), _Hook) for each in http.event_hooks["request"]
        ):
            hook = _Hook(ear, httpx.URL(addresses.api))
            http.event_hooks["request"].append(hook.request)
            http.event_hooks["response"].append(hook.response)

    return begun


@dataclass
class _Hook:
    """Tells of requests to HighLevel; the product's client speaks to QuickBooks too."""

    ear: Ear
    base: httpx.URL

    async def request(self, request: httpx.Request) -> None:
        if request.url.netloc == self.base.netloc:
            await request.aread()
            self.ear.request(request)

    async def response(self, response: httpx.Response) -> None:
        if response.url.netloc == self.base.netloc:
            await response.aread()
            self.ear.answer(response)


def _journal(ear: Ear) -> type[Journal]:
    class Overheard(Journal):
        def __init__(self, *given: Any, **more: Any) -> None:
            super().__init__(*given, **more)
            ear.stand_ins += 1

        def record(self, **members: Any) -> Exchange:
            exchange = super().record(**members)
            ear.exchange(exchange)
            return exchange

    return Overheard
