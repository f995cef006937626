"""The chain rule → reason → test: nothing is decided without a reason, and no reason is untested."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from counterfoil.sync.reasons import Because

ROOT = Path(__file__).resolve().parents[2]
TESTS = {path: path.read_text() for path in (ROOT / "tests").rglob("test_*.py") if "house" not in path.parts}
SOURCES = {path: path.read_text() for path in (ROOT / "src" / "counterfoil").rglob("*.py")}

RULES_IN_FULL = (
    *("R3", "R4"),
    *("R10", "R11", "R12", "R13", "R14", "R15"),
    *("R20", "R21", "R22", "R23"),
    *("R30", "R31", "R32", "R33", "R34", "R35"),
    *("R50", "R51", "R54"),
    *("R7", "R62"),
    *("R70", "R71", "R72", "R75", "R76"),
)
"""The rules that this version keeps in full."""


@pytest.mark.parametrize("rule", RULES_IN_FULL)
def test_every_rule_has_a_test_that_names_it(rule: str) -> None:
    """A rule without a test is a wish."""
    named = re.compile(rf"def test_{rule}_|pytest\.mark\.rule\([^)]*\"{rule}\"")

    assert any(named.search(text) for text in TESTS.values())


@pytest.mark.parametrize("because", Because, ids=lambda because: because.name)
def test_every_reason_is_given_by_some_decision(because: Because) -> None:
    """A reason that nobody gives is dead text."""
    used = [
        path
        for path, text in SOURCES.items()
        if f"Because.{because.name}" in text and path.name != "reasons.py"
    ]

    assert used


@pytest.mark.parametrize("because", Because, ids=lambda because: because.name)
def test_every_reason_is_expected_by_some_test(because: Because) -> None:
    """The chain ends in a test: rule, reason, test."""
    assert any(f"Because.{because.name}" in text for text in TESTS.values())


@pytest.mark.parametrize("because", Because, ids=lambda because: because.name)
def test_every_reason_names_a_rule_and_is_a_sentence(because: Because) -> None:
    """People read the sentence, tests follow the rule."""
    assert re.fullmatch(r"R\d+", because.rule)
    assert because.sentence[0].isupper()
    assert because.sentence.endswith(".")


def test_sentences_are_different() -> None:
    """Two reasons with one sentence could not be told apart in the history."""
    assert len({because.sentence for because in Because}) == len(Because)
