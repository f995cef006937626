"""Items of lines: known ones are linked, missing ones are created as services (R39)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from counterfoil.quickbooks import entities as qb
from counterfoil.sync.facts import Choices, KnownItem, Origin
from counterfoil.sync.parts import lines, naming
from counterfoil.sync.plan import Adopt, Ask, Operation, Pair, QuickBooksWrite
from counterfoil.sync.reasons import Because


def next_step(
    sold: Sequence[lines.Sold],
    *,
    items: Mapping[str, KnownItem],
    taken_names: Set[str],
    income_account: str,
    choices: Choices,
) -> QuickBooksWrite | Adopt | Ask | None:
    """What has to happen before every line has its item; None when all have one.

    An item found by its exact name is linked first. A new one is a Service whose income goes to `income_account`.
    """
    for line in sold:
        if lines.general_item(line, choices):
            continue
        known = items.get(line.key)
        if known is None:
            return _create(line, taken_names=taken_names, income_account=income_account)
        if not known.linked:
            return Adopt(pair=_pair(line, known.item_id), because=Because.ITEM_MATCHED)
    return None


def ids(sold: Sequence[lines.Sold], *, items: Mapping[str, KnownItem], choices: Choices) -> Mapping[str, str]:
    """The item id for the key of every line; to be called once `next_step` has nothing more to do."""
    return {line.key: lines.general_item(line, choices) or items[line.key].item_id for line in sold}


def _create(line: lines.Sold, *, taken_names: Set[str], income_account: str) -> QuickBooksWrite | Ask:
    if not income_account:
        return Ask(because=Because.NEEDS_INCOME_ACCOUNT, details=(("Item", line.name),))
    return QuickBooksWrite(
        entity="Item",
        operation=Operation.CREATE,
        body=qb.Item(
            name=naming.item_name(line.name, taken_names),
            type="Service",
            income_account_ref=qb.Ref(income_account),
            taxable=False,
        ),
        cause=f"item/{line.key}",
        because=Because.NEEDS_ITEM,
        pair=_pair(line),
    )


def _pair(line: lines.Sold, item_id: str = "") -> Pair:
    origin = Origin.QUICKBOOKS if item_id else Origin.CRM
    return Pair(crm_kind="product", crm_id=line.key, entity="Item", entity_id=item_id, origin=origin)
