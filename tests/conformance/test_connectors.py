"""Connectors are found by name among what is installed; the product names none but through its settings."""

from __future__ import annotations

import importlib
import tomllib
from importlib import metadata
from pathlib import Path

import httpx
import pytest
from cryptography.fernet import Fernet

from counterfoil import assembly
from counterfoil.crm import connectors
from counterfoil.crm.highlevel.connect import CONNECTOR
from counterfoil.crm.highlevel.door import HighLevelDoor
from counterfoil.crm.highlevel.private import PrivateDoor
from counterfoil.settings import Settings, SettingsError, from_environment

ROOT = Path(__file__).resolve().parents[2]
APP = {"COUNTERFOIL_HIGHLEVEL_CLIENT_ID": "app1-x", "COUNTERFOIL_HIGHLEVEL_CLIENT_SECRET": "s"}
PRIVATE = {"COUNTERFOIL_HIGHLEVEL_PRIVATE_TOKEN": "pit-1", "COUNTERFOIL_HIGHLEVEL_LOCATION_ID": "L1"}


def settings(tmp_path: Path, **more: str) -> Settings:
    return from_environment(
        {
            "COUNTERFOIL_PUBLIC_URL": "http://127.0.0.1:1",
            "COUNTERFOIL_SECRET_KEYS": Fernet.generate_key().decode(),
            "COUNTERFOIL_DATABASE_URL": f"sqlite:///{tmp_path}/books.sqlite3",
            "COUNTERFOIL_QUICKBOOKS_CLIENT_ID": "q",
            "COUNTERFOIL_QUICKBOOKS_CLIENT_SECRET": "qs",
            **more,
        }
    )


def test_our_own_connector_is_announced_like_any_other() -> None:
    """What pyproject.toml says leads to it; an installation that lost its metadata says so plainly."""
    said = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"][connectors.GROUP]
    module, _, name = said["highlevel"].partition(":")

    assert getattr(importlib.import_module(module), name) is CONNECTOR
    assert connectors.find("highlevel") is CONNECTOR


def test_an_unknown_connector_is_said_with_those_that_are_there(tmp_path: Path) -> None:
    with pytest.raises(connectors.NotInstalled, match=r"pipeline.*installed:.*highlevel"):
        connectors.find("pipeline")
    with pytest.raises(SettingsError, match=r"COUNTERFOIL_CRMS.*pipeline"):
        settings(tmp_path, COUNTERFOIL_CRMS="pipeline")
    with pytest.raises(SettingsError, match="at least one"):
        settings(tmp_path, COUNTERFOIL_CRMS=" ")


FOREIGN = """
from counterfoil.crm.connectors import Connected

class Pipeline:
    def problems(self, options):
        return () if "key" in options else ("COUNTERFOIL_PIPELINE_KEY is not set: your key.",)

    def connect(self, surroundings):
        return Connected(door=Door(), notices=None, title="Pipeline", address=surroundings.options["key"])

class Door:
    name = "pipeline"

CONNECTOR = Pipeline()
"""


@pytest.fixture
def pipeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody's own package with a connector, installed."""
    folder = tmp_path / "site"
    about = folder / "counterfoil_pipeline-1.0.dist-info"
    about.mkdir(parents=True)
    (folder / "counterfoil_pipeline.py").write_text(FOREIGN)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: counterfoil-pipeline\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(
        f"[{connectors.GROUP}]\npipeline = counterfoil_pipeline:CONNECTOR\n"
    )
    monkeypatch.syspath_prepend(str(folder))


@pytest.mark.usefixtures("pipeline")
async def test_a_connector_of_somebody_else_is_used_beside_ours(tmp_path: Path) -> None:
    """Installed and named in the settings, it is there; it says itself what it misses."""
    with pytest.raises(SettingsError, match="COUNTERFOIL_PIPELINE_KEY is not set"):
        settings(tmp_path, COUNTERFOIL_CRMS="highlevel, pipeline", **APP)
    chosen = settings(tmp_path, COUNTERFOIL_CRMS="highlevel, pipeline", COUNTERFOIL_PIPELINE_KEY="k", **APP)

    service = assembly.assemble(chosen)

    assert set(service.pairing.crms) == {"highlevel", "pipeline"}
    assert service.crms["pipeline"].door is service.pairing.crms["pipeline"]
    assert assembly.bank_addresses(service, chosen)["Pipeline"] == "k"
    await service.close()


@pytest.mark.usefixtures("pipeline")
def test_what_is_not_named_is_not_imported(tmp_path: Path) -> None:
    """An installed package alone changes nothing."""
    assert "pipeline" in metadata.entry_points(group=connectors.GROUP).names

    assert set(settings(tmp_path, **APP).crms) == {"highlevel"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, ["CLIENT_ID is not set", "CLIENT_SECRET is not set"]),
        ({"COUNTERFOIL_HIGHLEVEL_PRIVATE_TOKEN": "pit-secret"}, ["LOCATION_ID is not set"]),
        ({"COUNTERFOIL_HIGHLEVEL_LOCATION_ID": "L1"}, ["PRIVATE_TOKEN is not set"]),
        ({**APP, **PRIVATE}, ["only one of them"]),
        ({**APP, "COUNTERFOIL_HIGHLEVEL_WEBHOOK_KEY": "bm8ga2V5"}, ["WEBHOOK_KEY must be"]),
        ({**APP, "COUNTERFOIL_HIGHLEVEL_WEBHOOK_KEY": "%"}, ["WEBHOOK_KEY must be"]),
    ],
)
def test_what_is_wrong_with_highlevels_settings_is_said_at_once(tmp_path: Path, given, said) -> None:
    with pytest.raises(SettingsError) as caught:
        settings(tmp_path, **given)

    lines = str(caught.value).splitlines()
    assert len(lines) == len(said)
    assert all(part in line for part, line in zip(said, lines, strict=True))
    assert "pit-secret" not in str(caught.value)


async def test_the_settings_choose_between_app_and_private_token(tmp_path: Path) -> None:
    """Webhooks belong to an app, so a private token comes without their reader."""
    for given, kind, notified in ((APP, HighLevelDoor, True), (PRIVATE, PrivateDoor, False)):
        chosen = settings(tmp_path, **given)
        async with httpx.AsyncClient() as http:
            made = CONNECTOR.connect(
                connectors.Surroundings(
                    http=http,
                    clock=assembly.now,
                    sleep=None,
                    jitter=lambda: 0.0,
                    options=chosen.crms["highlevel"],
                )
            )
        assert isinstance(made.door, kind)
        assert (made.notices is not None) is notified
        assert "pit-1" not in repr(chosen) + repr(made)
