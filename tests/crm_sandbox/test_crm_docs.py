"""The page about the stand-in against the stand-in."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from crm_sandbox.location.switches import Switches

PAGE = Path(__file__).resolve().parents[2] / "docs" / "developers" / "crm-sandbox.md"


def test_the_page_lists_exactly_the_operations_that_are_served(crm):
    """Nothing promised, nothing hidden."""
    listed = set(re.findall(r"`((?:GET|POST|PUT|PATCH|DELETE) /[^`]+)`", PAGE.read_text()))
    beside = {
        "GET /oauth/chooselocation",
        "GET /v2/oauth/chooselocation",
        "POST /oauth/token",
        "POST /oauth/reconnect",
    }

    assert listed == {*crm.sandbox.operations, *beside}


def test_each_switch_is_described_where_the_page_says():
    """The docstring names every switch."""
    text = Switches.__doc__ or ""

    assert all(f"`{each.name}`" in text for each in dataclasses.fields(Switches))
