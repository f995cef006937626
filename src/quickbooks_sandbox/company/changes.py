"""The change feed: everything that changed since an instant, in full (reference 7)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from quickbooks_sandbox.company import refusals, times
from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.company.entities import BY_PATH, Family

Record = dict[str, Any]
MOST_OBJECTS = 1000


def changed(company: Company, entities: str, changed_since: str) -> list[Record]:
    """One ``QueryResponse`` entry per requested entity, in request order; an entity without changes is ``{}``.

    Args:
        entities: entity names with commas between them.
        changed_since: a date or date-time, at most 30 days back.

    Raises:
        refusals.Refused: 500 for a longer look-back or an entity without a feed, 2020 and 2060 for the parameters.
    """
    if not entities.strip():
        raise refusals.missing("entities")
    if not changed_since.strip():
        raise refusals.missing("changedSince")
    try:
        since = times.parse_instant(changed_since)
    except ValueError:
        raise refusals.invalid_date("changedSince", changed_since) from None
    if since < company.now() - timedelta(days=company.behaviour.change_feed_days):
        what = f"cdc with changedSince date {changed_since} which is older than fixed days"
        raise refusals.unsupported_operation(what)
    answers: list[Record] = []
    room = MOST_OBJECTS
    for word in entities.split(","):
        rules = BY_PATH.get(word.strip().lower())
        if rules is None or rules.family in (Family.FIXED, Family.WRITTEN_ONCE):
            raise refusals.unsupported_operation(f"cdc for entity {word.strip()}")
        found = _of_entity(company, rules.name, since.timestamp())[:room]
        room -= len(found)
        answers.append({rules.name: found, "startPosition": 1, "maxResults": len(found)} if found else {})
    return answers


def _of_entity(company: Company, entity: str, since: float) -> list[Record]:
    """Live objects, the oldest change first, then the stubs of deleted ones."""
    table = company.seen(entity)
    keys = list(table.changed_since(since))[::-1]
    live = [table.records[key] for key in keys if key in table.records]
    stubs = [
        {
            "domain": "QBO",
            "status": "Deleted",
            "Id": key,
            "MetaData": {"LastUpdatedTime": table.deleted[key]},
        }
        for key in keys
        if key in table.deleted
    ]
    return live + stubs
