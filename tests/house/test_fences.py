"""The fences in `.importlinter` stand around every room, a new one cannot be forgotten, and nothing hides a package."""

from __future__ import annotations

import configparser
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ROOT / "src" / "counterfoil"

NAMES_CONNECTORS = {"counterfoil.assembly", "counterfoil.crm", "counterfoil.crm.highlevel"}
"""The assembly may, the connector is one itself, and the package of both is its parts."""


def modules(folder: Path) -> set[str]:
    """The dotted names of the modules and packages right in a folder of the product."""
    inside = ".".join(folder.relative_to(ROOT / "src").parts)
    found = (each for each in folder.iterdir() if each.suffix == ".py" or (each / "__init__.py").exists())
    return {f"{inside}.{each.stem}" for each in found if each.stem != "__init__"}


def test_no_benchmark_hides_a_package() -> None:
    """A script's own folder comes first where Python looks, so its neighbours must not be called like our packages."""
    packages = {each.name for each in (ROOT / "src").iterdir()}

    assert packages & {each.stem for each in (ROOT / "benchmarks").iterdir()} == set()


def test_every_room_is_kept_from_naming_a_connector() -> None:
    """The contract `connectors` lists all that are neither the assembly nor a connector."""
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter")
    listed = set(contracts["importlinter:contract:connectors"]["source_modules"].split())

    assert listed == (modules(PRODUCT) | modules(PRODUCT / "crm")) - NAMES_CONNECTORS
