"""Does a connector keep what `counterfoil.crm.port` promises? Checks for its author's own test suite.

Each check is a coroutine function over a fresh `Stage`; it returns, or raises `NotConforming` (an AssertionError) with
the promise that was broken. Any test runner will do; with pytest:

    @pytest.mark.parametrize("check", conformance.CHECKS, ids=lambda check: check.__name__)
    async def test_the_connector_conforms(check):
        async with my_stage() as stage:
            await check(stage)
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from counterfoil.crm.conformance import access, contacts, inside, sales, webhooks
from counterfoil.crm.conformance.expect import NotConforming
from counterfoil.crm.conformance.stage import Delivery, Sale, Stage

Check = Callable[[Stage], Awaitable[None]]

CHECKS: tuple[Check, ...] = (
    *access.CHECKS,
    *contacts.CHECKS,
    *sales.CHECKS,
    *webhooks.CHECKS,
    *inside.CHECKS,
)
"""All of them, in a readable order. None depends on another."""

__all__ = ["CHECKS", "Check", "Delivery", "NotConforming", "Sale", "Stage"]
