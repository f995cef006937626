"""The page *Review requests*: choosing a way, and what cannot be chosen (R2, R62)."""

from __future__ import annotations

import httpx

from counterfoil.store import connections
from sandbox_kit.faults import Fault, Refuse

from .conftest import Town


async def _page(town: Town, browser: httpx.AsyncClient) -> tuple[connections.Connection, str]:
    connection = await town.both_sides(browser)
    return connection, f"/connections/{connection.uuid}/reviews"


async def test_R2_R62_the_owner_chooses_a_published_workflow_and_switches_off_again(town: Town) -> None:
    """Drafts are not offered; the connection's page tells how it is set."""
    draft = town.crm.location.workflows.build("Still a draft", None)
    built = town.crm.location.workflows.build("Ask for a <review>", None)
    town.crm.location.workflows.publish(built.id, published=True)
    async with town.browser() as browser:
        connection, path = await _page(town, browser)
        shown = (await browser.get(path)).text
        csrf = await town.csrf(browser)
        refused = await browser.post(path, data={"csrf": csrf, "way": "workflow", "workflow": draft.id})
        nothing = (await town.again(connection)).choices.reviews
        saved = await browser.post(path, data={"csrf": csrf, "way": "workflow", "workflow": built.id})
        told = (await browser.get(saved.headers["location"])).text
        chosen = (await town.again(connection)).choices.reviews
        await browser.post(path, data={"csrf": csrf, "way": "off"})
        off = (await town.again(connection)).choices.reviews

    assert "Ask for a &lt;review&gt;" in shown and "Still a draft" not in shown
    assert refused.status_code == 422 and "Choose one of the published workflows" in refused.text
    assert not nothing.on
    assert saved.status_code == 303
    assert "by the workflow “Ask for a &lt;review&gt;”" in told
    assert (chosen.workflow_id, chosen.since, chosen.on) == (built.id, town.clock.now(), True)
    assert not off.on and off.since is None


async def test_R62_a_workflow_that_is_chosen_but_not_ticked_is_asked_about(town: Town) -> None:
    """Nothing is saved, and the choice is still there."""
    built = town.crm.location.workflows.build("Ask for a review", None)
    town.crm.location.workflows.publish(built.id, published=True)
    async with town.browser() as browser:
        connection, path = await _page(town, browser)
        form = {"csrf": await town.csrf(browser), "way": "off", "workflow": built.id, "tag": "review-request"}
        asked = await browser.post(path, data=form)
        untouched = await browser.post(path, data={**form, "workflow": ""})

    assert asked.status_code == 422 and "but not “Start a workflow”" in asked.text
    assert f'value="{built.id}" selected' in asked.text
    assert untouched.status_code == 303
    assert not (await town.again(connection)).choices.reviews.on


async def test_R62_a_tag_works_while_the_crm_cannot_be_asked(town: Town) -> None:
    """The page says that the workflows cannot be read, and takes a tag all the same."""
    async with town.browser() as browser:
        connection, path = await _page(town, browser)
        town.crm.faults.add(Fault(on="GET /workflows/", act=Refuse(503, times=50), nth=1))
        shown = await browser.get(path)
        csrf = await town.csrf(browser)
        empty = await browser.post(path, data={"csrf": csrf, "way": "tag", "tag": "  "})
        saved = await browser.post(path, data={"csrf": csrf, "way": "tag", "tag": "ask-me"})

    assert shown.status_code == 200 and "cannot be read just now" in shown.text
    assert empty.status_code == 422 and "Enter the tag" in empty.text
    assert saved.status_code == 303
    assert (await town.again(connection)).choices.reviews.tag == "ask-me"


async def test_a_stranger_and_a_forged_form_change_nothing(town: Town) -> None:
    async with town.browser() as browser, town.browser() as stranger:
        connection, path = await _page(town, browser)
        seen = await stranger.get(path)
        forged = await browser.post(path, data={"csrf": "guessed", "way": "tag", "tag": "x"})
        odd = await browser.post(path, data={"csrf": await town.csrf(browser), "way": "mail"})

    assert (seen.status_code, forged.status_code, odd.status_code) == (404, 403, 422)
    assert not (await town.again(connection)).choices.reviews.on
