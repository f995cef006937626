"""The manifest of `--json`: addresses, credentials and results, for tools of your own. Sandbox secrets only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import msgspec

from counterfoil_demo.neighbours import Row
from counterfoil_demo.scene import Count, Pair, Scene
from counterfoil_demo.story import Outcome


def described(scene: Scene, outcomes: Sequence[Outcome], *, held: bool) -> Row:
    """Everything about this run, ready to be written as JSON."""
    return {
        "counterfoil": {
            "base_url": scene.service.base_url,
            "operator_token": scene.service.operator_token,
            "page": scene.home,
            "connection": scene.connection.get("uuid"),
        },
        "quickbooks": dict(scene.quickbooks.credentials),
        "crm": dict(scene.crm.credentials),
        "results": {
            "held": held,
            "seconds": round(sum(outcome.seconds for outcome in outcomes), 1),
            "steps": [_step(outcome) for outcome in outcomes],
            "records": [_record(pair) for pair in scene.pairs],
            "calls": [_count(count) for count in scene.counts],
        },
    }


def write(path: Path, described: Row) -> None:
    """Write it in one step, readable for its owner alone. Raises OSError."""
    text = msgspec.json.format(msgspec.json.Encoder(decimal_format="number").encode(described), indent=2)
    part = path.with_name(f".{path.name}.part")
    part.touch(mode=0o600)
    part.write_bytes(text + b"\n")
    part.replace(path)


def _step(outcome: Outcome) -> Row:
    return {
        "title": outcome.title,
        "held": outcome.held,
        "seconds": round(outcome.seconds, 2),
        "checks": [asdict(finding) for finding in outcome.findings],
    }


def _record(pair: Pair) -> Row:
    return {**asdict(pair), "agrees": pair.agrees}


def _count(count: Count) -> Row:
    return {**asdict(count), "agrees": count.agrees}
