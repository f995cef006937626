"""The HighLevel connector keeps the port's promises, in both ways of connecting it."""

from __future__ import annotations

import pytest

from conformance import highlevel_stage
from counterfoil.crm import conformance
from sandbox_kit import virtual_time


@pytest.mark.parametrize("mode", ["app", "private"])
@pytest.mark.parametrize("check", conformance.CHECKS, ids=lambda check: check.__name__)
def test_R70_R71_R73_the_highlevel_connector_conforms(check: conformance.Check, mode: str) -> None:
    """Each check begins with a location in which nothing was sold."""

    async def whole() -> None:
        async with highlevel_stage.opened(mode) as stage:
            await check(stage)

    virtual_time.run(whole())
