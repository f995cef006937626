"""Our page inside the CRM: who looks is the CRM's word, and nobody else's. Nothing to check where there is none."""

from __future__ import annotations

from counterfoil.crm import port
from counterfoil.crm.conformance.expect import expect, refused_as, same
from counterfoil.crm.conformance.stage import Stage


async def the_page_learns_who_looks(stage: Stage) -> None:
    """In which account, who, and whether they may change anything."""
    if stage.page is None:
        return
    for administrator in (True, False):
        viewer = stage.page.read(await stage.context(administrator=administrator))
        same(viewer.account_id, stage.account_id, "the account is the one that is looked at")
        same(viewer.may_change, administrator, "only its administrators may change anything")
        expect(viewer.user_id != "", "with the user's id")


async def a_forged_viewer_is_refused(stage: Stage) -> None:
    """Whatever the CRM did not make: nothing, something else, a part, a changed one."""
    if stage.page is None:
        return
    real = await stage.context(administrator=True)
    for forged in ("", "{}", real[: len(real) // 2], real[:-4] + "AAA=", "A" * 100_000):
        with refused_as(port.Forged, "a forged viewer is refused"):
            stage.page.read(forged)


async def the_page_says_who_may_frame_it(stage: Stage) -> None:
    """Origins as a browser's policy writes them, and a script that fills in the form."""
    if stage.page is None:
        return
    for origin in stage.page.framers:
        expect(origin.startswith(("https://", "http://")), f"{origin} is an origin")
        expect(not set(origin) & set(" ;,\"'\n"), f"{origin} is one origin")
    expect(bool(stage.page.framers), "somebody may frame it")
    expect("viewer" in stage.page.script and "context" in stage.page.script, "its script fills in the form")


CHECKS = (the_page_learns_who_looks, a_forged_viewer_is_refused, the_page_says_who_may_frame_it)
