"""An order posts nothing itself: its payments do (R20)."""

from __future__ import annotations

from counterfoil.sync.facts import Kind, OrderFacts, RecordRef
from counterfoil.sync.plan import Look, Nothing
from counterfoil.sync.reasons import Because


def decide(facts: OrderFacts) -> Look | Nothing:
    """Look at the payments of the order."""
    if not facts.transactions:
        return Nothing(because=Because.ORDER_WITHOUT_PAYMENTS)
    return Look(
        at=tuple(RecordRef(Kind.TRANSACTION, each.id) for each in facts.transactions),
        because=Because.ORDER_HAS_PAYMENTS,
    )
