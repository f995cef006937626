"""Three-way comparison: what is wanted now, what we wrote last, and what stands on the other side (R12, R40, R52)."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TypeVar

T = TypeVar("T")


class Verdict(Enum):
    """What becomes of one member."""

    IN_STEP = "in step"
    WRITE = "write"
    OVERWRITE = "overwrite"
    """Both sides changed it since our last write; the CRM's later change goes over the other one."""
    KEEP = "keep"
    """Only the other side changed it; its value stays."""


def equal(one: object, other: object) -> bool:
    """Plain equality, the comparison for members that need no finer one."""
    return one == other


def same_text(one: str, other: str) -> bool:
    """Equality of texts; white space around them does not count, case does."""
    return one.strip() == other.strip()


def verdict(
    *, wanted: T | None, written: T | None, current: T | None, same: Callable[[T, T], bool] = equal
) -> Verdict:
    """Compare the three values of one member.

    None means: not known, never written, not set. What the CRM does not know is never written, so nothing is blanked.
    What we never wrote is ours to write. `same` compares two known values.
    """
    if wanted is None or (current is not None and same(wanted, current)):
        return Verdict.IN_STEP
    if written is None:
        return Verdict.WRITE
    if same(wanted, written):
        return Verdict.KEEP
    if current is not None and not same(written, current):
        return Verdict.OVERWRITE
    return Verdict.WRITE
