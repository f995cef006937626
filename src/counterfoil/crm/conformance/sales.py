"""Invoices, orders and payments: what was sold, what was paid, what was given back, and who else posts it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from counterfoil import times
from counterfoil.crm import records
from counterfoil.crm.conformance.contacts import ADA
from counterfoil.crm.conformance.expect import every, expect, portions, same, there
from counterfoil.crm.conformance.stage import Stage

ONE_DAY = timedelta(days=1)
FOURTEEN_DAYS = timedelta(days=14)
CLOCKS_DIFFER = timedelta(minutes=1)
INVOICED = (records.Source.INVOICE, records.Source.TEXT_TO_PAY)
NO_SALE = (*INVOICED, records.Source.IMPORTED, records.Source.OTHER)
AMOUNT = Decimal("120.50")
UNKNOWN = "conformanceunknown000001"


async def an_invoice_is_followed_to_its_end(stage: Stage) -> None:
    """Draft, sent, partly paid, paid: status and money are told as they are."""
    contact = await stage.crm.create_contact(ADA)
    today = await _today(stage)
    id = await stage.draft_invoice(contact.id, amount=AMOUNT, issued=today, due=today + FOURTEEN_DAYS)
    other = await stage.draft_invoice(contact.id, amount=AMOUNT, issued=today, due=today)
    draft = there(await stage.crm.invoice(id), "a draft can be read")
    same(draft.status, records.InvoiceStatus.DRAFT, "it is a draft")
    same(draft.contact_id, contact.id, "it belongs to its contact")
    same((draft.issue_date, draft.total), (today, AMOUNT), "day and total are those of its author")
    same(draft.due_date, today + FOURTEEN_DAYS, "so is the day on which it is due")
    same((draft.currency, draft.billing_email), (stage.currency, ADA.email), "with currency and e-mail")
    same((draft.sub_total, draft.discount_total, draft.tax_total), (AMOUNT, 0, 0), "and the sums below it")
    number = there(await stage.crm.invoice(other), "another one can be read").number
    expect(bool(draft.number) and draft.number != number, "each has the number that its customer sees")
    same([line.quantity * line.unit_price for line in draft.lines], [AMOUNT], "lines are told")
    await stage.send_invoice(id)
    for paid, status in (
        (Decimal(0), records.InvoiceStatus.SENT),
        (Decimal(50), records.InvoiceStatus.PARTIALLY_PAID),
        (AMOUNT - 50, records.InvoiceStatus.PAID),
    ):
        if paid:
            await stage.pay_invoice(id, paid)
            await stage.settle()
        found = there(await stage.crm.invoice(id), "an invoice can be read")
        same(found.status, status, "the status is told")
    expect(found.updated_at > draft.updated_at, "the time of the last change is told")
    same(found.amount_paid, AMOUNT, "what was paid is told")


async def an_unknown_or_deleted_invoice_is_none_and_a_void_one_is_void(stage: Stage) -> None:
    """Void is a status; deleted is gone."""
    contact = await stage.crm.create_contact(ADA)
    today = await _today(stage)
    same(await stage.crm.invoice(records.InvoiceId(UNKNOWN)), None, "an unknown id gives None")
    void = await stage.draft_invoice(contact.id, amount=AMOUNT, issued=today, due=today)
    await stage.send_invoice(void)
    await stage.void_invoice(void)
    found = there(await stage.crm.invoice(void), "a void invoice can be read")
    same(found.status, records.InvoiceStatus.VOID, "a void invoice is void")
    gone = await stage.draft_invoice(contact.id, amount=AMOUNT, issued=today, due=today)
    await stage.delete_invoice(gone)
    same(await stage.crm.invoice(gone), None, "a deleted invoice gives None")


async def invoices_are_listed_by_their_day_and_by_what_is_open(stage: Stage) -> None:
    """Nothing that was issued since is missing, and open means sent or partly paid."""
    contact = await stage.crm.create_contact(ADA)
    today = await _today(stage)
    old, draft, sent, part, paid, void = [
        await stage.draft_invoice(contact.id, amount=AMOUNT, issued=today - n * ONE_DAY, due=today)
        for n in (9, 1, 1, 1, 0, 0)
    ]
    for each in (sent, part, paid, void):
        await stage.send_invoice(each)
    await stage.void_invoice(void)
    await stage.pay_invoice(part, Decimal(20))
    await stage.pay_invoice(paid, AMOUNT)
    since = today - ONE_DAY
    issued = await every(
        await stage.crm.invoices_issued(since=since, after=None),
        lambda after: stage.crm.invoices_issued(since=since, after=after),
    )
    found = {invoice.id for invoice in issued}
    same(found, {draft, sent, part, paid, void}, "issued on or after the day, whatever status")
    still_open = await every(
        await stage.crm.open_invoices(after=None), lambda after: stage.crm.open_invoices(after=after)
    )
    same({invoice.id for invoice in still_open}, {sent, part}, "open is sent or partly paid")
    everything = [invoice.id for invoice in await portions(stage.crm.all_invoices())]
    same(sorted(everything), sorted((old, draft, sent, part, paid, void)), "all invoices are read, once")


async def the_payment_of_an_invoice_belongs_to_it(stage: Stage) -> None:
    """Each payment once, the oldest first, with the invoice's id (R21)."""
    contact = await stage.crm.create_contact(ADA)
    day = await _today(stage)
    id = await stage.draft_invoice(contact.id, amount=AMOUNT, issued=day, due=day)
    await stage.send_invoice(id)
    await stage.pay_invoice(id, Decimal(20))
    await stage.settle()
    await stage.pay_invoice(id, AMOUNT - 20)
    found = await stage.crm.transactions_of(entity_id=id)
    same([payment.amount for payment in found], [Decimal(20), AMOUNT - 20], "each once, oldest first")
    for payment in found:
        same(payment.invoice_id, id, "a payment names its invoice")
        same(payment.order_id, None, "and no order")
        same(payment.status, records.TransactionStatus.SUCCEEDED, "it has succeeded")
        alone = there(await stage.crm.transaction(payment.id), "a listed transaction can be read")
        same((alone.id, alone.amount), (payment.id, payment.amount), "alone it says the same")
        for each in (payment, alone):
            expect(each.source in INVOICED, "its source is an invoice's, so it is no sale of its own")


async def a_sale_is_an_order_and_a_payment(stage: Stage) -> None:
    """The order tells what was sold, the payment how much came in (R20)."""
    before = stage.now()
    sale = await stage.sell(email="bo@example.com", item="Workbook", price=AMOUNT)
    order = there(await stage.crm.order(sale.order_id), "the order can be read")
    same([(line.name, line.unit_price) for line in order.lines], [("Workbook", AMOUNT)], "what was sold")
    same((order.total, order.live), (AMOUNT, True), "its total, in earnest")
    payment = there(await stage.crm.transaction(sale.transaction_id), "the payment can be read")
    same((payment.order_id, payment.invoice_id), (sale.order_id, None), "it names its order")
    same((payment.amount, payment.amount_refunded), (AMOUNT, Decimal(0)), "and the money")
    expect(payment.contact_id != "", "and who paid")
    same((payment.currency, payment.method), (stage.currency, "card"), "in which currency, and how")
    expect(payment.source not in NO_SALE, "its source is one of a sale")
    for at in (payment.charged_at, payment.created_at):
        expect(before - CLOCKS_DIFFER <= at <= stage.now() + CLOCKS_DIFFER, "when it was charged")
    same(
        [each.id for each in await stage.crm.transactions_of(entity_id=sale.order_id)], [payment.id], "listed"
    )
    same(await stage.crm.order(records.OrderId(UNKNOWN)), None, "an unknown order gives None")
    same(await stage.crm.transaction(records.TransactionId(UNKNOWN)), None, "an unknown payment gives None")


async def what_is_sold_in_test_mode_is_no_sale(stage: Stage) -> None:
    """It stays out of the listing, and what is read is not live (R23)."""
    sale = await stage.sell(email="bo@example.com", item="Trial", price=AMOUNT, test_mode=True)
    real = await stage.sell(email="cy@example.com", item="Workbook", price=AMOUNT)
    today = await _today(stage)
    listed = await every(
        await stage.crm.transactions_since(since=today, after=None),
        lambda after: stage.crm.transactions_since(since=today, after=after),
    )
    same([each.id for each in listed], [real.transaction_id], "only live ones are listed")
    order = there(await stage.crm.order(sale.order_id), "an order in test mode can be read")
    same(order.live, False, "an order in test mode is not live")
    later = await stage.crm.transactions_since(since=today + ONE_DAY, after=None)
    same(later.items, (), "nothing was paid tomorrow")


async def refunds_are_a_growing_figure(stage: Stage) -> None:
    """`amount` stays, `amount_refunded` grows to it, and then the payment counts as refunded."""
    sale = await stage.sell(email="bo@example.com", item="Workbook", price=AMOUNT)
    so_far = Decimal(0)
    for part in (Decimal(20), Decimal("0.50"), Decimal(100)):
        await stage.refund(sale.transaction_id, part)
        so_far += part
        found = there(await stage.crm.transaction(sale.transaction_id), "a refunded payment can be read")
        same((found.amount, found.amount_refunded), (AMOUNT, so_far), "the sum of refunds is told")
        listed = await stage.crm.transactions_of(entity_id=sale.order_id)
        same([each.amount_refunded for each in listed], [so_far], "listed it says the same")
    same(found.status, records.TransactionStatus.REFUNDED, "all of it was given back")


async def another_connector_is_noticed(stage: Stage) -> None:
    """What somebody else has posted to QuickBooks is told, with how much came after it (R7)."""
    same(await stage.crm.posted_elsewhere(), None, "nobody else has posted anything")
    sale = await stage.sell(email="bo@example.com", item="Workbook", price=AMOUNT)
    same(await stage.crm.posted_elsewhere(), None, "a sale alone is no trace")
    await stage.post_elsewhere(sale.transaction_id)
    payment = there(await stage.crm.transaction(sale.transaction_id), "the payment can be read")
    same(payment.posted_by_other_connector, True, "the payment says so itself")
    trace = there(await stage.crm.posted_elsewhere(), "the other connector is noticed")
    same((trace.sale, trace.newer), (sale.transaction_id, 0), "by its youngest posting")
    await stage.settle()
    await stage.sell(email="cy@example.com", item="Workbook", price=AMOUNT)
    trace = there(await stage.crm.posted_elsewhere(), "it is still noticed")
    same((trace.sale, trace.newer), (sale.transaction_id, 1), "with what came after it")


async def a_renewal_is_a_payment_of_its_own(stage: Stage) -> None:
    """Nobody tells of it: the listing does, with what it is for (R20)."""
    sale = await stage.subscribe(email="bo@example.com", item="Members area", price=AMOUNT)
    await stage.settle()
    await stage.renew(sale)
    today = await _today(stage)
    listed = await every(
        await stage.crm.transactions_since(since=today, after=None),
        lambda after: stage.crm.transactions_since(since=today, after=after),
    )
    renewals = [each for each in listed if each.id != sale.transaction_id]
    same(len(renewals), 1, "a renewal is listed like any payment, once")
    renewal = renewals[0]
    for each in (renewal, there(await stage.crm.transaction(renewal.id), "a renewal can be read")):
        same((each.amount, each.status), (AMOUNT, records.TransactionStatus.SUCCEEDED), "it came in")
        same(each.source, records.Source.SUBSCRIPTION, "it says that it renews something")
        expect(each.subscription_id != "", "and what")
    name = await stage.crm.subscription_name(renewal.subscription_id)
    expect("Members area" in name, "the subscription has the name of what was bought")


async def an_unknown_subscription_has_no_name(stage: Stage) -> None:
    """The money does not wait for a description."""
    same(await stage.crm.subscription_name(UNKNOWN), "", "an unknown subscription has no name")


async def _today(stage: Stage) -> date:
    return times.day_in(stage.now(), (await stage.crm.account()).time_zone)


CHECKS = (
    an_invoice_is_followed_to_its_end,
    an_unknown_or_deleted_invoice_is_none_and_a_void_one_is_void,
    invoices_are_listed_by_their_day_and_by_what_is_open,
    the_payment_of_an_invoice_belongs_to_it,
    a_sale_is_an_order_and_a_payment,
    what_is_sold_in_test_mode_is_no_sale,
    refunds_are_a_growing_figure,
    another_connector_is_noticed,
    a_renewal_is_a_payment_of_its_own,
    an_unknown_subscription_has_no_name,
)
