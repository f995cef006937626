"""The file of `--data`: everything a stand-in remembers, written whole after every change."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import msgspec
from msgspec import Struct

from crm_sandbox.location.records import State
from crm_sandbox.location.switches import Switches
from crm_sandbox.tokens import TokenState


class Saved(Struct, kw_only=True):
    """The content of the file. `starts` counts how often it was opened, so that ids never repeat."""

    state: State
    tokens: TokenState
    private_token: str
    access_token: str
    refresh_token: str
    switches: Switches
    seed: str
    webhooks_url: str | None
    starts: int


def load(path: Path) -> Saved | None:
    """What the file holds; None when there is none. Raises msgspec.DecodeError when it is not ours."""
    if not path.exists():
        return None
    return msgspec.json.Decoder(Saved, float_hook=Decimal).decode(path.read_bytes())


def save(path: Path, saved: Saved) -> None:
    """Writes the file so that a crash leaves the old one or the new one."""
    beside = path.with_name(f"{path.name}.new")
    beside.write_bytes(msgspec.json.Encoder(decimal_format="number").encode(saved))
    beside.replace(path)
