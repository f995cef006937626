"""Forget deliveries that nobody can need any more: they hold people's data, and all that follows from them is kept."""

from __future__ import annotations

from datetime import datetime, timedelta

from counterfoil.store import arrivals
from counterfoil.store.database import Tx

ARRIVALS_KEPT = timedelta(days=60)
"""Longer than either side repeats a delivery (QuickBooks reference 9.5), so that a late duplicate is still known."""


def prune(tx: Tx, *, at: datetime) -> int:
    """Forget what is older; how many deliveries."""
    return arrivals.prune(tx, before=at - ARRIVALS_KEPT)
