"""Plays a story in a fresh world on virtual time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from sandbox_kit import virtual_time
from world.world import World, opened

Story = Callable[[World], Awaitable[None]]


def played(folder: Path, story: Story, *, before: Story | None = None, **kind: str) -> None:
    """Connect both sides (after `before`, when given), play the story, stop everything."""

    async def main() -> None:
        async with opened(folder, before=before, **kind) as world:
            await story(world)

    virtual_time.run(main())
