"""From facts to a plan: the one entry of every decision.

Which file decides about what:

    contact      to_quickbooks/customers    R10-R17
    invoice      to_quickbooks/invoices     R30-R40, its payments in to_quickbooks/payments
    transaction  to_quickbooks/receipts     R20-R24
    order        to_quickbooks/orders       R20
    customer     to_crm/contacts            R50-R54
    review       to_crm/reviews             R62
"""

from __future__ import annotations

from typing import assert_never

from counterfoil.sync import facts as of
from counterfoil.sync.plan import Plan
from counterfoil.sync.to_crm import contacts, reviews
from counterfoil.sync.to_quickbooks import customers, invoices, orders, receipts


def decide(facts: of.Facts) -> Plan:
    """The next thing to do about a record, with its reason. Pure: the same facts give the same plan."""
    match facts:
        case of.ContactFacts():
            return customers.decide(facts)
        case of.InvoiceFacts():
            return invoices.decide(facts)
        case of.TransactionFacts():
            return receipts.decide(facts)
        case of.OrderFacts():
            return orders.decide(facts)
        case of.CustomerFacts():
            return contacts.decide(facts)
        case of.ReviewFacts():
            return reviews.decide(facts)
        case _:
            assert_never(facts)
