"""The demo as a person starts it: real programs on real ports."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from rich.console import Console

from counterfoil_demo import processes, story
from counterfoil_demo.checks import Finding
from counterfoil_demo.command import Demo
from counterfoil_demo.patience import until
from counterfoil_demo.scene import Scene
from highlevel_files.journals import complaints
from sandbox_kit.journal import Exchange

CREDENTIALS = {
    "counterfoil": {"base_url", "operator_token", "page", "connection"},
    "quickbooks": {
        "base_url",
        "realm_id",
        "client_id",
        "client_secret",
        "access_token",
        "refresh_token",
        "webhook_verifier",
    },
    "crm": {
        "base_url",
        "client_id",
        "client_secret",
        "location_id",
        "access_token",
        "refresh_token",
        "private_token",
        "webhook_public_key",
    },
}


async def start(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        processes.command("counterfoil-demo"),
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def answers(address: str) -> bool:
    async with httpx.AsyncClient(trust_env=False) as http:
        try:
            await http.get(address)
        except httpx.TransportError:
            return False
    return True


def three_ports() -> int:
    """The first of three neighbouring ports that are free now."""
    for base in range(21_000, 31_000, 7):
        try:
            for port in range(base, base + 3):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return base
    raise AssertionError("no three free ports")


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_the_whole_story_holds(tmp_path: Path) -> None:
    """Exit code 0, every step played, every record with the same total on both sides, every call counted twice."""
    path = tmp_path / "demo.json"

    demo = await start("--once", "--json", str(path))
    printed, _ = await demo.communicate()

    assert demo.returncode == 0, printed.decode()
    found = told(path)
    for neighbour in CREDENTIALS:
        assert not await answers(found[neighbour]["base_url"])


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_the_whole_story_holds_on_postgresql_and_stays_to_be_looked_at(
    tmp_path: Path, postgresql_server: Any
) -> None:
    """Without `--once` all stay until somebody stops them, and the exit code still says how it went.

    What the service said to the CRM, and what it was answered, is then held against HighLevel's files.
    """
    path = tmp_path / "demo.json"

    demo = await start("--json", str(path), "--database", postgresql_server.database())

    async def finished() -> bool:
        return path.exists() or demo.returncode is not None

    assert await until(finished, bool, seconds_max=150)
    assert demo.returncode is None, (await demo.communicate())[0].decode()
    found = told(path)
    async with httpx.AsyncClient(trust_env=False) as http:
        journal = (await http.get(f"{found['crm']['base_url']}/_sandbox/journal")).content
    demo.send_signal(signal.SIGINT)
    printed, _ = await demo.communicate()

    assert demo.returncode == 0, printed.decode()
    exchanges = msgspec.json.decode(journal, type=Journal).exchanges
    assert any(each.operation == "POST /contacts/search" for each in exchanges)
    assert complaints(exchanges) == []


class Journal(msgspec.Struct):
    """What the CRM's control API tells of its exchanges."""

    exchanges: list[Exchange]


def told(path: Path) -> dict[str, Any]:
    """The manifest of a demo that went well."""
    found: dict[str, Any] = msgspec.json.decode(path.read_bytes())
    for neighbour, members in CREDENTIALS.items():
        assert members <= set(found[neighbour])
        assert all(found[neighbour][member] for member in members)
    results = found["results"]
    assert results["held"] is True
    assert len(results["steps"]) == len(story.STORY)
    assert len(results["records"]) == 7
    assert all(row["agrees"] for row in [*results["records"], *results["calls"]])
    return found


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
async def test_a_signal_in_the_middle_stops_everything(number: signal.Signals) -> None:
    """All three programs end with the demo, and the exit code tells the signal."""
    port = three_ports()
    demo = await start("--once", "--port", str(port))
    addresses = [f"http://127.0.0.1:{each}/" for each in range(port, port + 3)]

    async def all_answer() -> bool:
        return all([await answers(address) for address in addresses])

    assert await until(all_answer, bool, seconds_max=60)
    demo.send_signal(number)
    printed, _ = await demo.communicate()

    assert demo.returncode == 128 + number, printed.decode()
    assert not any([await answers(address) for address in addresses])


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_a_failed_check_is_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    """The closing words list it."""

    async def fails(_: Scene) -> list[Finding]:
        return [Finding("balance", held=False, seen="expected 0, found 1")]

    console = Console(width=120, highlight=False)
    demo = Demo(console, (story.Step("Paid", fails),), once=True, json=None, port=0)

    code = await demo.run()

    assert code == 1
    assert "Paid: balance: expected 0, found 1" in capsys.readouterr().out


async def test_a_missing_program_is_said_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Without the scripts beside Python and on the path there is nothing to start."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    demo = Demo(Console(quiet=True), story.STORY, once=True, json=None, port=0)

    code = await demo.run()

    assert code == 1
    assert "make setup" in capsys.readouterr().err
