"""Judges what a stand-in's journal kept: for tests that want every request of a connector held against the files.

In a fixture's teardown: `assert complaints(sandbox.journal.exchanges()) == []`. What was refused, lost or cut is judged by
its request alone.
"""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Iterable
from typing import Any

from highlevel_files.judge import DATED, judge
from sandbox_kit.journal import BODY_BYTES_MAX, Exchange

_LONG = BODY_BYTES_MAX - 8
_WITHOUT_BEARER = ("/oauth/token", "/oauth/reconnect")
"""Answered beside the API: their forms are not in the shape of the files' JSON, or in no file at all."""


def complaints(exchanges: Iterable[Exchange], version: str = DATED) -> list[str]:
    """What is wrong with requests and good answers; nothing where the files are not beside the repository."""
    official = judge()
    if official is None:
        return []
    found = []
    for each in exchanges:
        if each.path in _WITHOUT_BEARER or "workflows-marketplace" in each.path:
            continue
        query = dict(urllib.parse.parse_qsl(each.query, keep_blank_values=True))
        where = f"{each.method} {each.path}?{each.query}"
        if len(each.request) < _LONG:
            wrong = official.request(each.method, each.path, query, _parsed(each.request), version)
            found += [f"{where}: request: {said}" for said in wrong]
        if 200 <= each.status < 300 and len(each.response) < _LONG:
            said_wrong = official.answer(each.method, each.path, each.status, _parsed(each.response), version)
            found += [f"{where}: answer: {said}" for said in said_wrong or []]
    return found


def _parsed(text: str) -> Any:
    return json.loads(text) if text else None
