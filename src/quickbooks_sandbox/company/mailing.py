"""Sending documents by e-mail; nothing leaves the house, the document only says that it was sent (reference 5.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from quickbooks_sandbox.company import events, refusals
from quickbooks_sandbox.company.members.kinds import Email

if TYPE_CHECKING:
    from quickbooks_sandbox.company.company import Company

Record = dict[str, Any]
SENT = frozenset({"Invoice", "Estimate", "SalesReceipt", "CreditMemo", "RefundReceipt", "Payment"})


def send(company: Company, entity: str, key: str, address: str) -> Record:
    """Send a document to ``address``, which the document keeps, or to its own one if that is empty.

    Its time moves and its SyncToken stays, as in all of Intuit's samples of sent documents.

    Raises:
        refusals.Refused: an entity that cannot be sent (500), no address at all (2020), one that is none (2210).
    """
    if entity not in SENT:
        raise refusals.unsupported_operation(f"send of {entity}")
    company.check_writable()
    before = company.read(entity, key)
    known = before.get("BillEmail", {}).get("Address", "")
    if not address and not known:
        raise refusals.missing("sendTo" if entity == "Payment" else "BillEmail")
    if address:
        Email().accept(address, "sendTo")
    with company.writing() as draft:
        after = dict(before)
        if entity != "Payment":
            after["BillEmail"] = {"Address": address or known}
            after["EmailStatus"] = "EmailSent"
            after["DeliveryInfo"] = {"DeliveryType": "Email", "DeliveryTime": company.stamp()}
        draft.put(entity, after, quiet=True)
    company.announce(entity, key, events.EMAILED, None)
    return company.read(entity, key)
