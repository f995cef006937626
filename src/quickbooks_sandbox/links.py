"""Links that an answer shows beside what is stored: to files and to invoices that can be paid (reference 14.6, 14.12)."""

from __future__ import annotations

from typing import Any

from quickbooks_sandbox.company import attachments
from quickbooks_sandbox.company.company import Company

Record = dict[str, Any]


def shown(company: Company, entity: str, record: Record, include: str, base: str) -> Record:
    """The object as an answer shows it.

    Args:
        include: the parameter ``include``, empty if absent.
        base: the address of this server.
    """
    if entity == "Attachable":
        return attachments.with_link(company, record, base)
    if entity == "Invoice" and "invoicelink" in words(include) and _can_be_paid(record):
        address = f"{base}/companies/{company.realm_id}/invoices/{record['Id']}"
        return {**record, "InvoiceLink": address}
    return record


def words(include: str) -> frozenset[str]:
    """The words of the parameter ``include``, in lower case."""
    return frozenset(word.strip() for word in include.lower().split(","))


def _can_be_paid(invoice: Record) -> bool:
    """Whether the customer has a link: payment online is on, and there is an e-mail to send it to (reference 14.6)."""
    online = invoice.get("AllowOnlineCreditCardPayment") or invoice.get("AllowOnlineACHPayment")
    return bool(online and "BillEmail" in invoice and invoice["TotalAmt"])
