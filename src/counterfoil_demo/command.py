"""The command `counterfoil-demo`: start the neighbours, play the story, say what came of it, stay up."""

from __future__ import annotations

import asyncio
import signal
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from counterfoil_demo import manifest, report, town
from counterfoil_demo.processes import Died
from counterfoil_demo.scene import Scene
from counterfoil_demo.story import STORY, Outcome, Step, played

app = typer.Typer(add_completion=False)

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
WIDTH_MIN = 110
"""What the closing tables need; a pipe has no width of its own."""


@app.command()
def main(
    once: Annotated[
        bool, typer.Option("--once", help="Exit after the story: 0 if every check held.")
    ] = False,
    json: Annotated[Path | None, typer.Option(help="Write addresses, credentials and results here.")] = None,
    port: Annotated[
        int, typer.Option(help="Counterfoil's port; the stand-ins take the next two. 0: free ones.")
    ] = 0,
    database: Annotated[
        str,
        typer.Option(
            help="Counterfoil's database, for example postgresql:///counterfoil; empty: a new file."
        ),
    ] = "",
    quiet: Annotated[bool, typer.Option("--quiet", help="Print what failed, nothing else.")] = False,
) -> None:
    """Play a day of business between a CRM and QuickBooks, with Counterfoil keeping both in step."""
    console = Console(quiet=quiet, highlight=False)
    if not console.is_terminal:
        console.width = max(console.width, WIDTH_MIN)
    demo = Demo(console, STORY, once=once, json=json, port=port, database=database)
    raise typer.Exit(asyncio.run(demo.run()))


@dataclass(slots=True)
class Demo:
    """One run of the demo."""

    console: Console
    story: tuple[Step, ...]
    once: bool
    json: Path | None
    port: int
    database: str = ""
    outcomes: list[Outcome] = field(default_factory=list)
    received: signal.Signals | None = None

    async def run(self) -> int:
        """Play, and stop everything that was started. Returns the exit code: 0, 1, or 128 + a signal's number."""
        loop = asyncio.get_running_loop()
        playing = asyncio.create_task(self._play())
        for number in SIGNALS:
            loop.add_signal_handler(number, self._stop, number, playing)
        try:
            with suppress(asyncio.CancelledError):
                return await playing
        finally:
            for number in SIGNALS:
                loop.remove_signal_handler(number)
        if self.received is signal.SIGINT and self._complete:
            return 0 if self._held else 1
        return 128 + (self.received or signal.SIGTERM)

    def _stop(self, number: signal.Signals, playing: asyncio.Task[int]) -> None:
        """The first signal stops us; later ones must not disturb the stopping."""
        if self.received is None:
            self.received = number
            playing.cancel()

    async def _play(self) -> int:
        with tempfile.TemporaryDirectory(prefix="counterfoil-demo-") as folder:
            try:
                async with town.opened(Path(folder), port=self.port, database=self.database) as here:
                    scene = Scene(here.quickbooks, here.crm, here.service)
                    await self._tell(scene)
                    self._close(here, scene)
                    if not self.once:
                        await self._stay(here)
            except (Died, FileNotFoundError) as trouble:
                self._complain(str(trouble))
                return 1
        return 0 if self._held else 1

    @property
    def _complete(self) -> bool:
        return len(self.outcomes) == len(self.story)

    @property
    def _held(self) -> bool:
        """Whether the whole story was played and everything agreed."""
        return self._complete and all(outcome.held for outcome in self.outcomes)

    async def _tell(self, scene: Scene) -> None:
        """Play step after step, each with its line."""
        steps = played(scene, self.story)
        while True:
            number = len(self.outcomes) + 1
            title = self.story[number - 1].title if number <= len(self.story) else ""
            with self.console.status(title):
                outcome = await anext(steps, None)
            if outcome is None:
                return
            self.outcomes.append(outcome)
            report.show_step(self.console, number, len(self.story), outcome)

    def _close(self, here: town.Town, scene: Scene) -> None:
        """The tables, the verdict, the manifest; with what the service wrote when something failed."""
        report.show_closing(self.console, self.outcomes, len(self.story), scene.pairs, scene.counts)
        if not self._held:
            for finding in report.failed(self.outcomes):
                if self.console.quiet:
                    self._complain(f"{finding.what}: {finding.seen}")
            for program in here.programs:
                if not program.running:
                    self._complain(f"{program.name} has ended. {program.last_words()}")
        if self.json is not None:
            manifest.write(self.json, manifest.described(scene, self.outcomes, held=self._held))

    async def _stay(self, here: town.Town) -> None:
        """Until somebody stops us, or a program ends. Raises Died."""
        report.show_addresses(self.console, here)
        ended = await here.somebody_died()
        raise Died(f"{ended.name} has ended. {ended.last_words()}")

    def _complain(self, words: str) -> None:
        Console(stderr=True, highlight=False).print(words, markup=False)
