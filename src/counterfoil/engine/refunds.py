"""Refunds show only as a growing figure of a payment, and nobody tells of them (HighLevel reference 9.5).

Arrives: payments as a poll lists them. Leaves: those of which more was given back than at the last look, and what is to
be remembered for the next one. The figures are kept in a cursor, so that a payment is looked at once for each refund.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

import msgspec

from counterfoil.crm import records as crm
from counterfoil.engine.desk import Desk
from counterfoil.store import connections, records
from counterfoil.store.database import Tx
from counterfoil.sync.facts import Kind, RecordRef

FIGURES = "crm refunds"
"""Cursor: what was given back so far, by payment."""
ASKED = "crm refunds asked"
"""Cursor: when payments of the whole window were last listed."""
WINDOW = timedelta(days=120)
"""So old a payment may be whose refund is still noticed (HighLevel reference 9.5)."""
EVERY = timedelta(hours=6)
"""How often the whole window is listed; payments of the last days are seen at every poll (HighLevel reference 9.8)."""


def given_back(payment: crm.Transaction) -> Decimal:
    """What was given back of it so far; all of it where only its status says so."""
    if payment.amount_refunded == 0 and payment.status is crm.TransactionStatus.REFUNDED:
        return payment.amount
    return payment.amount_refunded


def notice(tx: Tx, desk: Desk, payments: Iterable[crm.Transaction], *, whole_window: bool) -> None:
    """Mark the payments of which more was given back than was known; those that were never looked at are left out."""
    known = connections.cursor(tx, desk.id, FIGURES)
    before = msgspec.json.decode(known, type=dict[str, str]) if known else {}
    now = {each.id: str(given_back(each)) for each in payments if given_back(each) > 0}
    grown = [RecordRef(Kind.TRANSACTION, id) for id, figure in now.items() if before.get(id) != figure]
    seen = [ref for ref in grown if records.get(tx, desk.id, ref) is not None]
    records.mark(tx, desk.id, seen, at=desk.clock())
    # What has left the window is forgotten; it cannot come back into it.
    kept = now if whole_window else before | now
    connections.set_cursor(tx, desk.id, FIGURES, msgspec.json.encode(kept).decode())
