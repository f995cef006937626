"""A connector for a CRM that is nothing like HighLevel passes the same checks: they hold connectors to the port alone."""

from __future__ import annotations

import pytest

from conformance import pipeline
from counterfoil.crm import conformance
from sandbox_kit import virtual_time


@pytest.mark.parametrize("check", conformance.CHECKS, ids=lambda check: check.__name__)
def test_another_crm_keeps_the_same_promises(check: conformance.Check) -> None:
    async def whole() -> None:
        async with pipeline.opened() as stage:
            await check(stage)

    virtual_time.run(whole())
