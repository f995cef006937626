"""The schedule as the rest of the engine sees it.

The truth is the row of each connection in `connection_work` (`store.work`); an adapter carries hints. Its contract, which
`tests/contracts/test_schedule_contract.py` holds every adapter to:

1. A wake in a committed transaction leads to a run that starts after the commit; rolled back, to nothing.
2. Any number of wakes before a start are one start; a wake during a run is exactly one more run afterwards.
3. No two runs of a connection overlap; when they do after a freeze, only the newest epoch can write (`Fenced`).
4. A killed worker's connections run again without a manual step.
5. A run that raises is due again after growing pauses, and parked after too many.
6. Whatever an adapter holds beside the rows may be lost: a sweep rebuilds it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from counterfoil.store.database import Tx
from counterfoil.store.work import Fenced

__all__ = ["Engine", "EngineStats", "Fenced", "Reconciler"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineStats:
    """How the schedule is doing. `waiting` and `running` count connections, `oldest_wake_seconds` is 0 for none."""

    waiting: int
    running: int
    parked: int
    oldest_wake_seconds: float
    late_polls: int


class Reconciler(Protocol):
    """What a schedule runs."""

    async def reconcile(self, connection: int, epoch: int) -> float | None:
        """One run: seconds until the connection is wanted again, None for not before a wake. May raise."""
        ...

    async def poll(self, connections: list[int]) -> None:
        """It is time to ask both sides for these; sets when it is time again."""
        ...


class Engine(Protocol):
    """A schedule."""

    def wake(self, tx: Tx, connections: Iterable[int], *, at: datetime) -> None:
        """There is something to do for these, once this transaction has committed."""
        ...

    async def run(self, reconciler: Reconciler) -> None:
        """Run connections until `stop`; what is under way is finished before this returns."""
        ...

    async def stats(self) -> EngineStats:
        """How it is doing now."""
        ...

    def stop(self) -> None:
        """Begin nothing more; `run` returns when what is under way has finished."""
        ...
