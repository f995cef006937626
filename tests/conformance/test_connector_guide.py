"""The guide for authors of connectors says what is true."""

from __future__ import annotations

import ast
import importlib
import re
import tomllib
from pathlib import Path

import pytest

from counterfoil import errors
from counterfoil.crm import connectors

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "developers" / "writing-a-connector.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", GUIDE, flags=re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS)
def test_every_example_is_python_and_imports_what_exists(block: str) -> None:
    for node in ast.walk(ast.parse(block)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("counterfoil"):
            exec(ast.unparse(node), {})


def test_the_example_is_a_connector() -> None:
    """The class of the guide, with a door put under it, does what the settings want."""
    names: dict[str, object] = {"PipelineDoor": lambda **given: given}
    exec(next(block for block in BLOCKS if "class Pipeline" in block), names)
    connector = names["CONNECTOR"]

    assert connector.problems({}) != ()
    assert connector.problems({"client_id": "x"}) == ()
    made = connector.connect(
        connectors.Surroundings(http=None, clock=None, sleep=None, jitter=None, options={"client_id": "x"})
    )
    assert made.door["client_id"] == "x"


def test_what_the_guide_names_is_there() -> None:
    toml = re.search(r"```toml\n(.*?)```", GUIDE, flags=re.DOTALL)
    assert toml is not None
    assert connectors.GROUP in tomllib.loads(toml.group(1))["project"]["entry-points"]
    for dotted in set(re.findall(r"`(counterfoil\.[\w.]+)`", GUIDE)):
        module, _, name = dotted.rpartition(".")
        try:
            importlib.import_module(dotted)
        except ModuleNotFoundError:
            assert hasattr(importlib.import_module(module), name), dotted
    families = re.findall(
        r"^\| `(\w+)` \| ", GUIDE.partition("## Say what went wrong")[2], flags=re.MULTILINE
    )
    known = {
        each.__name__
        for each in errors.CounterfoilError.__subclasses__()
        if each.__module__ == errors.__name__
    }
    assert set(families) == known
    for path in re.findall(r"`(tests/\S+\.py)`", GUIDE):
        assert (ROOT / path).exists()
