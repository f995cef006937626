"""What one run of one connection has before it: both banks opened, the store behind its fence, and what was read.

A desk lives for one run. It is made per connection and never shared, so nothing of one customer can reach another's
books.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from counterfoil import times
from counterfoil.crm import port
from counterfoil.quickbooks import api
from counterfoil.store import connections, usage, work
from counterfoil.store.database import Database, Tx

T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class Desk:
    """`freshened` tells that this run has asked QuickBooks for changes; `calls` are counted but not yet stored."""

    connection: connections.Connection
    epoch: int
    database: Database
    clock: times.Clock
    crm: port.Crm
    quickbooks: api.Client
    freshened: bool = False
    calls: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def id(self) -> int:
        """The connection's id."""
        return self.connection.id

    def count(self, call: port.Call) -> None:
        """Remember one exchange; it is stored with the next write."""
        if call.metered:
            self.calls[call.bank, "metered"] += call.metered
        self.calls[call.bank, "write" if call.write else "read"] += 1

    async def read(self, question: Callable[[Tx], T]) -> T:
        """Ask the store."""
        return await self.database.read(question)

    async def write(self, change: Callable[[Tx], T]) -> T:
        """Change the store, if this run is still the newest of its connection.

        Raises `schedule.port.Fenced` when another run has taken over; then nothing is changed.
        """
        counted, self.calls = self.calls, Counter()
        now = self.clock()

        def fenced(tx: Tx) -> T:
            work.check_epoch(tx, self.connection.id, self.epoch)
            for (bank, kind), calls in counted.items():
                usage.count(tx, self.connection.id, bank=bank, kind=kind, day=now.date(), calls=calls)
            return change(tx)

        try:
            return await self.database.transact(fenced)
        except Exception:
            # The calls were made all the same; they are counted with the next write.
            self.calls += counted
            raise
