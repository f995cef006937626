"""When an invoice is due by its term (reference 13.2, 14.11)."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import Any

Record = dict[str, Any]
DEFAULT_DAYS = 30
"""Without any term, as recorded."""


def due(term: Record | None, written: str) -> str:
    """The day on which a document written on a day is due.

    A standard term counts days. A date-driven one names a day of the month, the last one in shorter months; who writes
    after it, or at most ``DueNextMonthDays`` before it, gives the customer until the next month.

    Args:
        term: a ``Term``, None for none.
        written: the ``TxnDate``.
    """
    day = date.fromisoformat(written)
    if term is None or "DayOfMonthDue" not in term:
        days = int((term or {}).get("DueDays", DEFAULT_DAYS))
        return (day + timedelta(days=days)).isoformat()
    wanted = int(term["DayOfMonthDue"])
    this_month = _in_month(day.year, day.month, wanted)
    left, too_few = (this_month - day).days, int(term.get("DueNextMonthDays", 0))
    if left >= 0 and (left > too_few or not too_few):
        return this_month.isoformat()
    later = day.replace(day=1) + timedelta(days=31)
    return _in_month(later.year, later.month, wanted).isoformat()


def _in_month(year: int, month: int, wanted: int) -> date:
    return date(year, month, min(wanted, monthrange(year, month)[1]))
