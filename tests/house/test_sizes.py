"""The house rules of size: what a person can hold in mind at once."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
PACKAGES = sorted(path for path in (ROOT / "src").iterdir() if (path / "__init__.py").exists())

MODULE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
NESTING_MAX = 4
DEPTH_MAX = 3

LONGER: dict[str, str] = {}
"""Modules that may be longer, each with its reason. Short, or the rule is not one."""


def named(path: Path) -> str:
    return str(path.relative_to(ROOT / "src"))


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_a_module_has_at_most_400_lines(path: Path) -> None:
    """A module holds one idea, and one idea fits in 400 lines."""
    lines = len(path.read_text().splitlines())

    assert lines <= MODULE_LINES_MAX or named(path) in LONGER


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_a_function_has_at_most_70_lines_and_shallow_nesting(path: Path) -> None:
    """A function fits on a screen and does not bury its point."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= FUNCTION_LINES_MAX, f"{node.name} has {length} lines"
            assert _depth(node) <= NESTING_MAX, f"{node.name} nests {_depth(node)} deep"


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_folders_are_at_most_three_deep(path: Path) -> None:
    """A newcomer finds the place for a change by reading folder names, not by digging."""
    assert len(path.relative_to(ROOT / "src").parts) - 2 <= DEPTH_MAX


@pytest.mark.parametrize("path", [p for p in SOURCES if p.stat().st_size > 1], ids=named)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    """The first thing in a module is a sentence about it."""
    assert ast.get_docstring(ast.parse(path.read_text()))


def _depth(node: ast.AST) -> int:
    blocks = ast.If | ast.For | ast.While | ast.With | ast.Try | ast.AsyncFor | ast.AsyncWith | ast.Match
    deepest = 0
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            continue
        inner = _depth(child)
        # `elif` is an If inside an If's orelse; it reads as one level.
        chained = isinstance(node, ast.If) and isinstance(child, ast.If) and child in node.orelse
        deepest = max(deepest, inner + (1 if isinstance(child, blocks) and not chained else 0))
    return deepest
