"""Judges what a stand-in's journal kept: for tests that want every request of a connector held against the files.

In a fixture's teardown: `assert complaints(sandbox.journal.exchanges()) == []`. An answer that was lost or cut, or
comes from what stands before the API, is not judged; its request is.
"""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Iterable
from typing import Any

from highlevel_files.judge import DATED, Judge, judge
from highlevel_files.overlay import TRIED
from sandbox_kit.journal import BODY_BYTES_MAX, Exchange

_CHARACTER_BYTES_MAX = 4
_ASKED_OTHERWISE = ("/oauth/token", "/oauth/reconnect", "/workflows-marketplace/")
"""Requests that are forms where the files show JSON, or are in no file at all; what is answered is judged all the same."""


def complaints(exchanges: Iterable[Exchange], version: str = DATED) -> list[str]:
    """What is wrong with requests and good answers; nothing where the files are not beside the repository."""
    official = judge()
    if official is None:
        return []
    found = []
    for each in exchanges:
        where = f"{each.method} {each.path}?{each.query}"
        if not is_cut(each.request) and not each.path.startswith(_ASKED_OTHERWISE):
            found += [f"{where}: request: {said}" for said in _about_request(official, each, version)]
        if (200 <= each.status < 300 or _is_refusal(each)) and not is_cut(each.response):
            found += [f"{where}: answer: {said}" for said in _about_answer(official, each, version)]
    return found


def is_cut(text: str) -> bool:
    """Whether the journal may have kept only the beginning of this body: it counts bytes, and never parts a character."""
    return len(text.encode()) > BODY_BYTES_MAX - _CHARACTER_BYTES_MAX


def _about_request(official: Judge, exchange: Exchange, version: str) -> list[str]:
    try:
        body = _parsed(exchange.request)
    except json.JSONDecodeError as error:
        return [f"the body is no JSON: {error}"]
    query = dict(urllib.parse.parse_qsl(exchange.query, keep_blank_values=True))
    operation = official.find(exchange.method, exchange.path, version)
    tried, _ = TRIED.get(operation.name if operation else "", ("", ""))
    wrong = official.request(exchange.method, exchange.path, query, body, version)
    return [said for said in wrong if said != tried]


def _about_answer(official: Judge, exchange: Exchange, version: str) -> list[str]:
    try:
        body = _parsed(exchange.response)
    except json.JSONDecodeError as error:
        return [f"the body is no JSON: {error}"]
    return official.answer(exchange.method, exchange.path, exchange.status, body, version) or []


def _is_refusal(exchange: Exchange) -> bool:
    """Whether the API itself refused; what stands before it answers in HTML, or not at all."""
    return exchange.status >= 400 and exchange.response.startswith("{")


def _parsed(text: str) -> Any:
    """The JSON of a body; None for a form, which the files describe otherwise."""
    return json.loads(text) if text.startswith(("{", "[")) else None
