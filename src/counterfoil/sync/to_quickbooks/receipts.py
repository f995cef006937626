"""A succeeded payment of an order, subscription, membership or booking becomes one SalesReceipt (R20-R23)."""

from __future__ import annotations

from decimal import Decimal

from counterfoil import money, times
from counterfoil.crm import records as crm
from counterfoil.quickbooks import entities as qb
from counterfoil.sync.facts import Kind, Origin, Party, RecordRef, TransactionFacts
from counterfoil.sync.parts import folding, lines, naming, totals
from counterfoil.sync.plan import Ask, Look, Nothing, Operation, Pair, Plan, QuickBooksWrite
from counterfoil.sync.reasons import Because
from counterfoil.sync.to_quickbooks import items, methods, obstacles

SUCCEEDED = (crm.TransactionStatus.SUCCEEDED, crm.TransactionStatus.REFUNDED)
"""Money came in; what was refunded afterwards came in first (R24)."""


def decide(facts: TransactionFacts) -> Plan:
    """What a payment asks for in QuickBooks."""
    sale = facts.transaction
    if sale is None:
        return Nothing(because=Because.TRANSACTION_GONE)
    if not sale.live or (facts.order and not facts.order.live):
        return Nothing(because=Because.TEST_MODE)
    if sale.invoice_id:
        return Look(at=(RecordRef(Kind.INVOICE, sale.invoice_id),), because=Because.PAYS_AN_INVOICE)
    if sale.source in (crm.Source.INVOICE, crm.Source.TEXT_TO_PAY):
        return Nothing(because=Because.PAYS_AN_INVOICE)
    if facts.receipt is not None:
        return _posted(sale)
    return _not_income(facts, sale) or _receipt(facts, sale)


def is_refunded(transaction: crm.Transaction) -> bool:
    """Whether anything of it was given back."""
    return transaction.amount_refunded > 0 or transaction.status is crm.TransactionStatus.REFUNDED


def refund_details(transactions: tuple[crm.Transaction, ...]) -> tuple[tuple[str, str], ...]:
    """The refunded ones as a person enters them: what was paid, what was given back."""
    return tuple(
        (
            f"Payment {each.id}",
            f"{money.text(each.amount_refunded or each.amount, each.currency)} refunded "
            f"of {money.text(each.amount, each.currency)}",
        )
        for each in transactions
    )


def _posted(sale: crm.Transaction) -> Nothing | Ask:
    if is_refunded(sale):
        return Ask(because=Because.REFUND_BY_HAND, details=refund_details((sale,)))
    return Nothing(because=Because.RECEIPT_EXISTS)


def _not_income(facts: TransactionFacts, sale: crm.Transaction) -> Nothing | Ask | None:
    """Why this payment posts nothing; None when it does."""
    if sale.status not in SUCCEEDED:
        return Nothing(because=Because.NOT_SUCCEEDED)
    if money.rounded(sale.amount) <= 0:
        return Nothing(because=Because.NOTHING_PAID)
    if sale.aggregate_parent:
        return Nothing(because=Because.PART_OF_OTHERS)
    if sale.source is crm.Source.IMPORTED:
        return Nothing(because=Because.HISTORY_IMPORTED)
    if sale.created_at < facts.connected_at:
        return Nothing(because=Because.PAID_BEFORE_CONNECTION)
    if sale.posted_by_other_connector:
        return Ask(because=Because.POSTED_BY_OTHER)
    return None


def _receipt(facts: TransactionFacts, sale: crm.Transaction) -> Plan:
    day = times.day_in(sale.charged_at, facts.books.zone)
    obstacle = obstacles.to_sale(
        facts.books,
        contact_id=sale.contact_id,
        currency=sale.currency,
        total=sale.amount,
        day=day,
        party=facts.party,
    )
    if obstacle:
        return obstacle
    if facts.party is None:
        return obstacles.customer_first(sale.contact_id, sale.currency)
    sold, because = _lines(facts, sale)
    missing = items.next_step(
        sold,
        items=facts.items,
        taken_names=facts.taken_item_names,
        income_account=facts.income_account,
        choices=facts.choices,
    )
    if missing:
        return missing
    return QuickBooksWrite(
        entity="SalesReceipt",
        operation=Operation.CREATE,
        body=_body(facts, sale, facts.party, sold),
        cause=f"transaction/{sale.id}/receipt",
        because=because,
        pair=Pair(crm_kind="transaction", crm_id=sale.id, entity="SalesReceipt", origin=Origin.CRM),
        expect_total=money.rounded(sale.amount),
    )


def _body(
    facts: TransactionFacts, sale: crm.Transaction, party: Party, sold: tuple[lines.Sold, ...]
) -> qb.SalesReceipt:
    choices = facts.choices
    email = naming.email(sale.contact_email)
    return qb.SalesReceipt(
        txn_date=times.day_in(sale.charged_at, facts.books.zone),
        customer_ref=qb.Ref(party.customer_id),
        bill_email=qb.EmailAddress(email) if email else None,
        line=lines.wire(sold, items.ids(sold, items=facts.items, choices=choices)),
        deposit_to_account_ref=qb.Ref(choices.deposit_account) if choices.deposit_account else None,
        payment_method_ref=methods.method_ref(
            sale.method, sale.card_brand, choices=choices, company=facts.payment_methods
        ),
        payment_ref_num=naming.reference(sale.id),
        private_note=_note(sale, facts.order),
        currency_ref=qb.Ref(sale.currency.upper()) if facts.books.multi_currency else None,
    )


def _lines(facts: TransactionFacts, sale: crm.Transaction) -> tuple[tuple[lines.Sold, ...], Because]:
    """The order's items when they are what was paid (R20), else one line for what was really paid (R22)."""
    order, paid = facts.order, money.rounded(sale.amount)
    whole = (
        order is not None
        and bool(order.lines)
        and order.currency.upper() == sale.currency.upper()
        and money.rounded(order.total) == paid
    )
    if order is not None and whole:
        return folding.fold(totals.of_order(order)), Because.RECEIPT_FOR_ORDER
    return (_one_line(facts, sale, paid),), Because.RECEIPT_FOR_PART


def _one_line(facts: TransactionFacts, sale: crm.Transaction, paid: Decimal) -> lines.Sold:
    bought = facts.order.lines if facts.order else ()
    if len(bought) == 1:
        only = bought[0]
        line = crm.Line(
            name=only.name,
            description=facts.subscription_name if facts.subscription_name != only.name else "",
            quantity=Decimal(1),
            unit_price=paid,
            product_id=only.product_id,
        )
    else:
        line = crm.Line(
            name=facts.subscription_name or sale.source_name or "Payment",
            description=", ".join(each.name for each in bought),
            quantity=Decimal(1),
            unit_price=paid,
        )
    return lines.sold(line, paid)


def _note(sale: crm.Transaction, order: crm.Order | None) -> str:
    """What a bookkeeper can search for; the whole id of the payment, because PaymentRefNum holds only its end."""
    said = [f"CRM payment {sale.id}"]
    if sale.order_id:
        said.append(f"order {sale.order_id}")
    if order and order.coupon_code:
        said.append(f"coupon {order.coupon_code}")
    if sale.reference:
        said.append(f"charge {sale.reference}")
    return naming.plain(", ".join(said), naming.NOTE_MAX)
