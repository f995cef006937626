"""Finding the item lines of a document, wherever they stand."""

from __future__ import annotations

from typing import Any

Record = dict[str, Any]


def item_lines(lines: list[Record]) -> list[Record]:
    """The item lines among ``lines`` and inside their bundles."""
    found: list[Record] = []
    for line in lines:
        if line["DetailType"] == "SalesItemLineDetail":
            found.append(line)
        elif line["DetailType"] == "GroupLineDetail":
            found += line["GroupLineDetail"]["Line"]
    return found
