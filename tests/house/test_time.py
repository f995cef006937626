"""A timed assertion is no test: it fails on a busy machine and passes on a fast one. Count instead."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
CLOCKS = {"monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "process_time", "thread_time"}


def named(path: Path) -> str:
    return str(path.relative_to(TESTS))


@pytest.mark.parametrize("path", sorted(TESTS.rglob("*.py")), ids=named)
def test_no_assertion_reads_a_stopwatch(path: Path) -> None:
    """Real time may bound how long a test waits, never decide whether it passes."""
    asserts = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Assert))
    read = [
        f"line {part.lineno}"
        for each in asserts
        for part in ast.walk(each)
        if isinstance(part, ast.Attribute) and part.attr in CLOCKS
    ]

    assert read == []
