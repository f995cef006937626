"""Finding the item lines of a document, wherever they stand, and what looks like one without having an item."""

from __future__ import annotations

from typing import Any

Record = dict[str, Any]
SHIPPING, GRATUITY = "SHIPPING_ITEM_ID", "GRATUITY_ITEM_ID"
"""What the ItemRef of a line for the shipping of the whole document, and of one for a tip, says (reference 14.4)."""
SPECIAL = (SHIPPING, GRATUITY)
_SHOWN = {SHIPPING: "Shipping", GRATUITY: "Tip"}


def item_lines(lines: list[Record]) -> list[Record]:
    """The item lines among ``lines`` and inside their bundles."""
    found: list[Record] = []
    for line in lines:
        if line["DetailType"] == "SalesItemLineDetail":
            found.append(line)
        elif line["DetailType"] == "GroupLineDetail":
            found += line["GroupLineDetail"]["Line"]
    return found


def special(line: Record) -> str | None:
    """SHIPPING or GRATUITY when a line is for one of them."""
    value = line.get("SalesItemLineDetail", {}).get("ItemRef", {}).get("value")
    return value if value in SPECIAL else None


def name_of(line: Record) -> str:
    """What people read for the item of a line."""
    reference = line.get("SalesItemLineDetail", {}).get("ItemRef", {})
    return str(reference.get("name") or _SHOWN.get(reference.get("value", ""), ""))
