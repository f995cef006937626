"""How an invoice looks: on reads (reference 7.5) and in webhooks, where the days are plain (7.3)."""

from __future__ import annotations

from typing import Any

from crm_sandbox.location import amounts, catalogue, dates, invoice_parts, kinds
from crm_sandbox.location.desk import Desk
from crm_sandbox.location.records import Discount, Invoice, Item

_WEBHOOK_CARRIES = (
    *(
        "_id",
        "status",
        "liveMode",
        "amountPaid",
        "altId",
        "altType",
        "name",
        "businessDetails",
        "invoiceNumber",
    ),
    *("invoiceNumberPrefix", "currency", "contactDetails", "discount", "invoiceItems", "total", "title"),
    *("amountDue", "createdAt", "updatedAt", "totalSummary", "sentAt", "sentBy"),
)


def read(invoice: Invoice, desk: Desk) -> dict[str, Any]:
    """An invoice as the API answers it."""
    zone = desk.kind.timezone
    view: dict[str, Any] = {
        "_id": invoice.id,
        "companyId": desk.state.company_id,
        "altId": desk.state.location_id,
        "altType": "location",
        "status": invoice.status,
        "liveMode": invoice.live,
        "name": invoice.name,
        "title": invoice.title,
        "invoiceNumber": _number(invoice, desk),
        "invoiceNumberPrefix": invoice.number_prefix,
        "currency": invoice.currency,
        "currencyOptions": {"code": invoice.currency, "symbol": kinds.symbol_of(invoice.currency)},
        "businessDetails": invoice.business_details,
        "contactDetails": invoice.contact_details,
        "issueDate": dates.start_of_day(invoice.issue_date, zone),
        "dueDate": dates.end_of_day(invoice.due_date, zone),
        "discount": _discount(invoice.discount),
        "invoiceItems": [_item(each) for each in invoice.items],
        "total": invoice.total,
        "invoiceTotal": invoice.sums.total,
        "amountPaid": invoice.amount_paid,
        "amountDue": invoice.amount_due,
        "totalSummary": {
            "subTotal": invoice.sums.sub_total,
            "discount": invoice.sums.discount,
            "tax": invoice.sums.tax,
        },
        "termsNotes": invoice.terms_notes,
        "sentAt": invoice.sent_at,
        "sentBy": invoice.sent_by,
        "lastVisitedAt": invoice.last_visited_at,
        "sentTo": invoice.sent_to,
        "sentFrom": invoice.sent_from,
        **_configuration(invoice),
        "automaticTaxesCalculated": invoice_parts.taxed_automatically(invoice, desk.kind),
        "createdAt": invoice.created_at,
        "updatedAt": invoice.updated_at,
        "updatedBy": invoice.updated_by,
    }
    return {name: value for name, value in view.items() if value is not None}


def webhook(invoice: Invoice, desk: Desk, status: str | None = None) -> dict[str, Any]:
    """An invoice as an event carries it; `status` overrides its own ("delete", reference 7.2)."""
    view = read(invoice, desk)
    body = {name: view[name] for name in _WEBHOOK_CARRIES if name in view}
    body["issueDate"] = invoice.issue_date.isoformat()
    body["dueDate"] = invoice.due_date.isoformat()
    if invoice.sent_at is not None:
        body["sentTo"] = invoice.sent_to
    if status is not None:
        body["status"] = status
    return body


def _configuration(invoice: Invoice) -> dict[str, Any]:
    fees = sum(invoice.late_fees, amounts.rounded(invoice.sums.total * 0, invoice.currency))
    configured = invoice.late_fees_configuration
    return {
        "automaticTaxesEnabled": invoice.automatic_taxes_enabled,
        "paymentSchedule": invoice.payment_schedule,
        "attachments": invoice.attachments,
        "tipsConfiguration": invoice.tips_configuration,
        "tipsReceived": [{"amount": each} for each in invoice.tips],
        "lateFeesConfiguration": {
            "enable": False,
            **configured,
            "charges": [{"amount": each} for each in invoice.late_fees],
            "collectedLateFees": fees if invoice.status == "paid" else 0,
            "totalLateFees": fees,
        },
        "remindersConfiguration": {
            "reminderExecutionDetailsList": {},
            "reminderSettings": {"defaultEmailTemplateId": "", "reminders": []},
        },
        "paymentMethods": invoice.payment_methods or {"stripe": {"enableBankDebitOnly": False}},
        "manualStatusTransitions": {"sent": invoice.marked_as_sent_at} if invoice.marked_as_sent_at else {},
        "externalTransactions": [],
        "syncDetails": invoice.sync_details,
        "configuration": {"precision": amounts.places(invoice.currency)},
    }


def _number(invoice: Invoice, desk: Desk) -> str | int:
    numeric = desk.switches.numeric_invoice_numbers and invoice.number.isascii() and invoice.number.isdigit()
    return int(invoice.number) if numeric else invoice.number


def _discount(discount: Discount) -> dict[str, Any]:
    view: dict[str, Any] = {"type": discount.type, "value": discount.value}
    if discount.valid_on_product_ids:
        view["validOnProductIds"] = list(discount.valid_on_product_ids)
    return view


def _item(item: Item) -> dict[str, Any]:
    view = {
        "_id": item.id,
        "productId": item.product_id,
        "priceId": item.price_id,
        "name": item.name,
        "description": item.description,
        "currency": item.currency,
        "qty": item.qty,
        "amount": item.amount,
        "type": item.type,
        "taxInclusive": item.tax_inclusive,
        "isSetupFeeItem": item.is_setup_fee_item or None,
        "automaticTaxCategoryId": item.automatic_tax_category_id,
        "taxes": [catalogue.tax_view(each) for each in item.taxes],
    }
    return {name: value for name, value in view.items() if value is not None}
