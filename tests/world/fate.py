"""Death at a chosen point: the service dies right after its n-th durable write or HTTP exchange.

A point lies after a commit (the rest of the process is gone) or after an exchange (the other side has acted, the answer
is lost). Dying before something is the same as dying after what came before it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import httpx

from counterfoil.store.database import Database, Tx

T = TypeVar("T")


class Died(BaseException):
    """The process is gone. No handler of the product may catch it."""


class Fate:
    """Counts points and lets the service die after the `die_after`-th; None lets it live."""

    def __init__(self, die_after: int | None = None) -> None:
        self.die_after = die_after
        self.points: list[str] = []
        self.dead = False
        self.counting = False
        self.on_death: Callable[[], None] = lambda: None

    def check(self) -> None:
        """The dead do nothing."""
        if self.dead:
            raise Died

    def passed(self, point: str) -> None:
        """A point was passed; raises Died when it was the last one."""
        self.check()
        if not self.counting:
            return
        self.points.append(point)
        if len(self.points) == self.die_after:
            self.dead = True
            self.on_death()
            raise Died


class MortalDatabase(Database):
    """The product's database, in a process that may die after any commit."""

    def __init__(self, url: str, fate: Fate) -> None:
        super().__init__(url)
        self._fate = fate

    async def transact(self, work: Callable[[Tx], T]) -> T:
        self._fate.check()
        outcome = await super().transact(work)
        self._fate.passed("commit")
        return outcome

    async def read(self, work: Callable[[Tx], T]) -> T:
        self._fate.check()
        return await super().read(work)


class MortalTransport(httpx.AsyncBaseTransport):
    """The product's way out, in a process that may die before an answer reaches it."""

    def __init__(self, inner: httpx.AsyncBaseTransport, fate: Fate) -> None:
        self._inner = inner
        self._fate = fate

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._fate.check()
        response = await self._inner.handle_async_request(request)
        self._fate.passed(f"{request.method} {request.url.path}")
        return response
