"""QuickBooks' query language: statements with their values escaped, one page, all pages (reference 6)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from typing import Literal

from counterfoil import times
from counterfoil.quickbooks.api import faults, reading
from counterfoil.quickbooks.api.client import Client
from counterfoil.quickbooks.api.reading import Answer

PAGE = 1000
"""The most objects that one answer holds (reference 6.3)."""

LISTS = frozenset({"Account", "Customer", "Item", "PaymentMethod"})
"""The kinds that are made inactive instead of deleted; a query hides those unless it names `Active` (reference 6.5)."""

ACTIVE_OR_NOT = "Active IN (true, false)"


def quoted(text: str) -> str:
    """The text as a value in a statement: in quotes, with a backslash before a quote or a backslash (reference 6.2)."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def one_of(texts: Iterable[str]) -> str:
    """The values as the right side of `IN`; the only way to ask for several at once."""
    return f"({', '.join(quoted(text) for text in texts)})"


def statement(
    entity: str, *, where: str = "", order_by: str = "", start: int = 1, maximum: int = PAGE
) -> str:
    """A select of whole objects. `start` counts from one; `maximum` is 1 to 1000. Raises ValueError otherwise."""
    if start < 1 or not 1 <= maximum <= PAGE:
        raise ValueError(f"a page starts at 1 or later and has 1 to {PAGE} objects")
    parts = ["SELECT * FROM", entity]
    parts += [f"WHERE {where}"] if where else []
    parts += [f"ORDERBY {order_by}"] if order_by else []
    return " ".join([*parts, f"STARTPOSITION {start} MAXRESULTS {maximum}"])


async def select(
    client: Client, entity: str, *, where: str = "", order_by: str = "", start: int = 1, maximum: int = PAGE
) -> tuple[Answer, ...]:
    """One page of the objects that meet the conditions (joined by AND, values `quoted`); one metered read.

    Raises what `Client.ask` raises, ValueError for a page that cannot be.
    """
    asked = statement(entity, where=where, order_by=order_by, start=start, maximum=maximum)
    operation = f"query {entity}"
    content = await client.ask(asked, operation=operation)
    return reading.many(entity, content, faults.Circumstances(operation=operation, write=False))


async def customers_by_email(client: Client, email: str) -> tuple[Answer, ...]:
    """Customers, inactive ones too, whose e-mail is this address.

    QuickBooks compares the whole member: a customer with several addresses in it is not found (reference 6.4, 14.3).
    """
    return await select(client, "Customer", where=f"PrimaryEmailAddr = {quoted(email)} AND {ACTIVE_OR_NOT}")


async def all_of(
    client: Client, entity: str, *, active_any: bool = True
) -> AsyncIterator[tuple[Answer, ...]]:
    """All objects of a kind, each once, in pages of up to 1000, oldest first; with `active_any` inactive ones too.

    One metered read a page. Raises what `select` raises.
    """
    where = ACTIVE_OR_NOT if active_any and entity in LISTS else ""
    seen: set[str] = set()
    async for page in walk(client, entity, by="CreateTime", where=where):
        new = tuple(answer for answer in page if answer.object.id not in seen)
        seen.update(answer.object.id or "" for answer in new)
        if new:
            yield new


async def walk(
    client: Client,
    entity: str,
    *,
    by: Literal["CreateTime", "LastUpdatedTime"],
    since: datetime | None = None,
    where: str = "",
) -> AsyncIterator[tuple[Answer, ...]]:
    """Pages of objects in the order of that time, from `since` on. An object may come again, as it is by then.

    Positions shift while people work, and QuickBooks cannot sort by id (reference 6.3, 6.4). So each page begins at
    the last time of the page before, and positions count only among objects of the very same second. The walk ends
    with a page that is not full.
    """
    start = 1
    while True:
        conditions = [f"MetaData.{by} >= {quoted(times.iso(since))}"] if since else []
        conditions += [where] if where else []
        page = await select(
            client,
            entity,
            where=" AND ".join(conditions),
            order_by=f"MetaData.{by} ASC",
            start=start,
            maximum=PAGE,
        )
        yield page
        if len(page) < PAGE:
            return
        last = _time_of(page[-1], by)
        if last is not None and (since is None or last > since):
            since, start = last, 1
        else:
            start += len(page)


def _time_of(answer: Answer, by: Literal["CreateTime", "LastUpdatedTime"]) -> datetime | None:
    meta = answer.object.meta_data
    if meta is None:
        return None
    at = meta.create_time if by == "CreateTime" else meta.last_updated_time
    return at if at is not None and at.tzinfo is not None else None
