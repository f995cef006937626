"""Long lists in pages, the newest first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from crm_sandbox.pages.site import Visit
from sandbox_kit.forms import Page, paged

T = TypeVar("T")


def page(visit: Visit, records: Iterable[T]) -> Page[T]:
    """The page that the visit asks for, of records that come oldest first."""
    return paged(newest_first(records), visit.query.text("page", "1"))


def newest(records: Iterable[T], count: int) -> list[T]:
    """The last of these records, the newest first."""
    return newest_first(records)[:count]


def newest_first(records: Iterable[T]) -> list[T]:
    """Records that come oldest first, turned round."""
    return list(records)[::-1]
