"""Signs that HighLevel's own QuickBooks connector posts from this location too (R7, reference 16)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from counterfoil.crm import records
from counterfoil.crm.highlevel import answers, reading
from counterfoil.crm.highlevel.client import Client

SAMPLE = 50
"""So many of the latest invoices and payments are looked at (reference 16)."""

_SOLD = (records.TransactionStatus.SUCCEEDED, records.TransactionStatus.REFUNDED)
_UNSOLD = (records.InvoiceStatus.DRAFT, records.InvoiceStatus.VOID)


async def posted(client: Client, here: Mapping[str, str], *, zone: str) -> records.PostedElsewhere | None:
    """The youngest of the latest sales that bears a trace of it; see `port.Crm.posted_elsewhere`."""
    sales = await _invoices(client, here, zone=zone) + await _payments(client, here)
    sales.sort(key=lambda sale: (sale[0], sale[1]), reverse=True)
    for newer, (at, id, posted) in enumerate(sales):
        if posted:
            return records.PostedElsewhere(sale=id, at=at, newer=newer)
    return None


_Sale = tuple[datetime, str, bool]


async def _invoices(client: Client, here: Mapping[str, str], *, zone: str) -> list[_Sale]:
    query = {**here, "sortField": "issueDate", "sortOrder": "descend"}
    raw, _ = await answers.page_at(
        client, "/invoices/", query, 0, listed="invoices", counted="total", bulk=False, limit=SAMPLE
    )
    found = answers.readable(raw, "invoice", lambda one: reading.invoice(one, zone=zone))
    return [
        (invoice.created_at, invoice.id, invoice.posted_by_other_connector)
        for invoice in found
        if invoice.status not in _UNSOLD
    ]


async def _payments(client: Client, here: Mapping[str, str]) -> list[_Sale]:
    """The latest payments down to the first with a trace; only one that is read by its id tells (reference 9.4)."""
    raw, _ = await answers.page_at(
        client,
        "/payments/transactions",
        {**here, "paymentMode": "live"},
        0,
        listed="data",
        counted="totalCount",
        bulk=False,
        limit=SAMPLE,
    )
    listed = answers.readable(raw, "transaction", reading.transaction)
    found: list[_Sale] = []
    for payment in sorted(listed, key=lambda one: (one.created_at, one.id), reverse=True):
        if payment.status not in _SOLD:
            continue
        posted = payment.posted_by_other_connector or await _says_so(client, here, payment.id)
        found.append((payment.created_at, payment.id, posted))
        if posted:
            break
    return found


async def _says_so(client: Client, here: Mapping[str, str], id: str) -> bool:
    raw: Any = await answers.one(client, "/payments/transactions/{id}", id, here)
    whole = answers.readable([] if raw is None else [raw], "transaction", reading.transaction)
    return any(payment.posted_by_other_connector for payment in whole)
