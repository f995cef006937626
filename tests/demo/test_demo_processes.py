"""Programs beside the demo: started, heard, watched, and always stopped."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from counterfoil_demo.patience import until
from counterfoil_demo.processes import Died, Program

OBEDIENT = "import time; print('ready', flush=True); time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)"
BROKEN = "import sys; sys.exit('there is no such port')"
SETTINGS = "import os; print(sorted(name for name in os.environ if name.startswith(('COUNTERFOIL', 'HTTP'))))"


async def started(folder: Path, code: str, **settings: str) -> Program:
    return await Program.start("program", [sys.executable, "-c", code], folder=folder, settings=settings)


async def test_a_program_is_heard_and_stopped(tmp_path: Path) -> None:
    """Its first line is what it announces."""
    program = await started(tmp_path, OBEDIENT)

    line = await program.first_line()
    await program.stop()

    assert line == "ready"
    assert not program.running


async def test_a_program_that_does_not_obey_is_ended(tmp_path: Path) -> None:
    """Nothing is left behind."""
    program = await started(tmp_path, STUBBORN)
    await program.first_line()

    await program.stop(patience_seconds=0.2)

    assert not program.running


async def test_a_program_that_dies_leaves_its_last_words(tmp_path: Path) -> None:
    """The cause is in the message, not in a file that is gone."""
    program = await started(tmp_path, BROKEN)

    with pytest.raises(Died, match="there is no such port"):
        await program.first_line()


async def test_a_program_gets_its_settings_and_none_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an operator has set, and a proxy, do not reach the demo's programs."""
    monkeypatch.setenv("COUNTERFOIL_SKIP_PREVIEW", "1")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.test")
    program = await started(tmp_path, SETTINGS, COUNTERFOIL_PORT="1")

    line = await program.first_line()
    await program.stop()

    assert line == "['COUNTERFOIL_PORT']"


async def test_waiting_ends_with_the_first_answer_that_is_enough() -> None:
    """Not sooner and not later."""
    answers = iter([1, 2, 3, 4])

    async def ask() -> int:
        return next(answers)

    assert await until(ask, lambda answer: answer > 2, pause_seconds=0) == 3


async def test_waiting_ends_with_the_last_answer_when_time_is_up() -> None:
    """The checks then say what is wrong with it."""

    async def ask() -> str:
        return "not yet"

    assert (
        await until(ask, lambda answer: answer == "done", seconds_max=0.02, pause_seconds=0.005) == "not yet"
    )
