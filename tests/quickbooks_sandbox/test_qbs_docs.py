"""The page about the stand-in against the stand-in: its examples run, and its tables name what there is, no more and no less."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from quickbooks import QuickBooks
from typer.main import get_command

from quickbooks_sandbox.command import app
from quickbooks_sandbox.company.entities import ENTITIES
from quickbooks_sandbox.company.kinds import KINDS, Behaviour
from quickbooks_sandbox.quota import Limits
from quickbooks_sandbox.sandbox import Sandbox
from quickbooks_sandbox.webhooks import Style
from sandbox_kit.postman import PostmanSettings

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "developers" / "quickbooks-sandbox.md").read_text()
STEER = PAGE[PAGE.index("## Steer it") : PAGE.index("## What is simulated")]


@pytest.fixture
def known() -> Iterator[dict[str, str]]:
    """What a running sandbox printed at its start."""
    run = [sys.executable, "-c", "from quickbooks_sandbox.command import app; app()"]
    command = [*run, "serve", "--port", "0", "--json", "--no-quota"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
        process.terminate()


def test_the_python_examples_run_in_their_order(
    known: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a reader would type them in, one after the other."""
    monkeypatch.setenv(
        "OAUTHLIB_INSECURE_TRANSPORT", ""
    )  # the first example sets it; afterwards it is as before
    for name in ("api_url_v3", "sandbox_api_url_v3"):
        monkeypatch.setattr(QuickBooks, name, getattr(QuickBooks, name))
    names: dict[str, Any] = {"known": known}
    examples = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(examples) == 3
    for example in examples:
        exec(example, names)  # the page's own examples


def test_the_control_routes_are_listed() -> None:
    """Method and name of each; the kit's among them."""
    box = Sandbox(seed="empty")
    routes = {
        (method, route.path.removeprefix("/_sandbox/"))
        for route in box.app._app.routes
        if route.path.startswith("/_sandbox/")
        for method in route.methods - {"HEAD"}
    }
    listed = set(re.findall(r"`(GET|POST|DELETE) ([a-z./{}]+)`", STEER))

    assert listed == routes


def test_options_kinds_limits_and_behaviours_are_listed() -> None:
    options = PAGE[PAGE.index("| Option |") : PAGE.index("An unknown company")]
    command = get_command(app).commands["serve"]  # type: ignore[attr-defined]  # a group of commands
    there = {name for one in command.params for name in one.opts if name != "--help"}
    assert set(re.findall(r"`(--[a-z-]+)`", options)) == there
    assert all(f"`{kind}`" in options for kind in KINDS)
    for limit in dataclasses.fields(Limits):
        assert f"`{limit.name}`" in STEER
    for setting in dataclasses.fields(PostmanSettings):
        assert f"`{setting.name}`" in STEER
    table = PAGE[PAGE.index("| Name | Default |") : PAGE.index("Chosen without a switch")]
    table, styles = table.split('`"style"`')
    stated = dict(re.findall(r"^\| `([a-z_]+)` \| `?([\w.-]+)`? \|", table, re.MULTILINE))
    assert stated == {one.name: _said(one.default) for one in dataclasses.fields(Behaviour)}
    for name, words in get_type_hints(Style).items():
        row = re.search(rf"^\| `{name}` \| (.*) \|$", styles, re.MULTILINE)
        assert row is not None and all(f"`{word}`" in row[1] for word in get_args(words)), name


def test_all_entities_are_listed() -> None:
    (row,) = re.findall(r"^\| Entities \|.*$", PAGE, re.MULTILINE)

    assert [name for name in ENTITIES if name not in row] == []


def _said(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
