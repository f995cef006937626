"""The journal: every exchange that an imitated API had, so that tests ask it instead of counting mocks."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sandbox_kit.clock import Clock

BODY_BYTES_MAX = 64 * 1024
"""Bodies are kept up to this length."""

_ALWAYS = r"access_?token|refresh_?token|client_?secret|id_?token"
_JSON_SECRET = re.compile(rf'("(?:{_ALWAYS})"\s*:\s*)(?:"(?:[^"\\]|\\.)*"?|[^\s,}}\]]+)', re.IGNORECASE)
_JSON_CODE = re.compile(r'("code"\s*:\s*)"(?:[^"\\]|\\.)*"?', re.IGNORECASE)
_TOKEN_REQUEST = re.compile(r'"(?:grant_?type|client_?id|redirect_?uri)"\s*:', re.IGNORECASE)
_FORM_SECRET = re.compile(rf'((?:^|[&?])(?:{_ALWAYS}|code)=)[^&\s"]*', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer. `status` is 0 when the request was dropped before the API saw it.

    `operation` is the stand-in's own label, `query` the raw query string; bodies are text without secrets.
    """

    seq: int
    at: datetime
    method: str
    path: str
    query: str
    operation: str
    status: int
    request: str
    response: str
    tags: Mapping[str, str | int]


class Journal:
    """Keeps the newest `keep` exchanges; totals of tags count all of them, also those already forgotten."""

    def __init__(self, clock: Clock, keep: int = 20_000) -> None:
        self._clock = clock
        self._kept: deque[Exchange] = deque(maxlen=keep)
        self._totals: Counter[str] = Counter()
        self._seq = 0

    def record(
        self,
        *,
        method: str,
        path: str,
        query: str,
        operation: str,
        status: int,
        request: str,
        response: str,
        tags: Mapping[str, str | int],
    ) -> Exchange:
        """Writes an exchange down, numbered and dated, with secrets blotted out and long bodies cut."""
        self._seq += 1
        exchange = Exchange(
            seq=self._seq,
            at=self._clock.now(),
            method=method,
            path=path,
            query=without_secrets(query),
            operation=operation,
            status=status,
            request=cut(without_secrets(request)),
            response=cut(without_secrets(response)),
            tags=dict(tags),
        )
        self._kept.append(exchange)
        for tag, value in exchange.tags.items():
            if isinstance(value, int):
                self._totals[tag] += value
        return exchange

    def exchanges(self, *, operation: str | None = None, since: int = 0) -> list[Exchange]:
        """The exchanges after number `since`, oldest first; `operation` may end in `*` for a prefix."""
        return [e for e in self._kept if e.seq > since and _named(e.operation, operation)]

    def total(self, tag: str) -> int:
        """The sum of an integer tag over all exchanges since the start or the last `clear`."""
        return self._totals[tag]

    def totals(self) -> dict[str, int]:
        """The sum of every integer tag, by name."""
        return dict(sorted(self._totals.items()))

    def clear(self) -> None:
        """Forgets exchanges and totals; numbering goes on, so that an older `since` stays meaningful."""
        self._kept.clear()
        self._totals.clear()


def without_secrets(text: str) -> str:
    """`text`, a JSON or form body or a query string, with every token and secret replaced by an ellipsis.

    `code` in JSON is only blotted out in a token request (one that names its grant, client or redirect): in every
    other JSON it is the code of a fault, which a reader of the journal needs.
    """
    cleaned = _JSON_SECRET.sub(r'\1"…"', text)
    if _TOKEN_REQUEST.search(cleaned):
        cleaned = _JSON_CODE.sub(r'\1"…"', cleaned)
    return _FORM_SECRET.sub(r"\1…", cleaned)


def cut(text: str) -> str:
    """`text`, cut so that it takes no more than `BODY_BYTES_MAX` bytes in UTF-8."""
    if len(text) * 4 <= BODY_BYTES_MAX:
        return text
    encoded = text.encode()
    return text if len(encoded) <= BODY_BYTES_MAX else encoded[:BODY_BYTES_MAX].decode(errors="ignore")


def _named(operation: str, wanted: str | None) -> bool:
    if wanted is None:
        return True
    return operation.startswith(wanted[:-1]) if wanted.endswith("*") else operation == wanted
