"""A program beside the demo: started from its command line, watched, and always stopped."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from counterfoil_demo.patience import until

STARTS_WITHIN_SECONDS = 60.0
STOPS_WITHIN_SECONDS = 10.0
LAST_LINES = 25
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "VIRTUAL_ENV")
"""What a program gets of our own environment: nothing that could be a setting of the product or a proxy."""


class Died(Exception):
    """A program ended although it should run; the message has its last words."""


def command(script: str) -> str:
    """The installed script of this name, beside the running Python or on the path. Raises FileNotFoundError."""
    beside = Path(sys.executable).with_name(script)
    found = str(beside) if beside.exists() else shutil.which(script)
    if found is None:
        raise FileNotFoundError(f"There is no command {script}; install the project first (make setup).")
    return found


class Program:
    """A running program; what it prints goes to files in `folder`."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, printed: Path, log: Path) -> None:
        self.name = name
        self._process = process
        self._printed = printed
        self._log = log

    @classmethod
    async def start(
        cls, name: str, arguments: Sequence[str], *, folder: Path, settings: Mapping[str, str] | None = None
    ) -> Program:
        """Start it with `settings` as its environment, beside what every program needs."""
        printed, log = folder / f"{name}.out", folder / f"{name}.log"
        environment = {each: os.environ[each] for each in INHERITED if each in os.environ}
        with printed.open("wb") as out, log.open("wb") as err:
            process = await asyncio.create_subprocess_exec(
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env={**environment, "PYTHONUNBUFFERED": "1", **(settings or {})},
            )
        return cls(name, process, printed, log)

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.returncode is None

    async def first_line(self) -> str:
        """The first line that it prints. Raises Died when it ends or stays silent."""

        async def printed() -> str:
            return self._printed.read_text()

        text = await until(
            printed,
            lambda text: "\n" in text or not self.running,
            seconds_max=STARTS_WITHIN_SECONDS,
            pause_seconds=0.02,
        )
        if "\n" not in text:
            raise Died(f"{self.name} did not start. {self.last_words()}")
        return text.partition("\n")[0]

    async def ended(self) -> None:
        """Returns when it has ended by itself."""
        await self._process.wait()

    def last_words(self) -> str:
        """The end of what it wrote, for a person who looks for the cause."""
        lines = [*self._printed.read_text().splitlines()[1:], *self._log.read_text().splitlines()]
        return "Its last words:\n" + "\n".join(lines[-LAST_LINES:]) if lines else "It wrote nothing."

    async def stop(self, *, patience_seconds: float = STOPS_WITHIN_SECONDS) -> None:
        """Ask it to stop, and end it if it does not."""
        if not self.running:
            return
        self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), patience_seconds)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
