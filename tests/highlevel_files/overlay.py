"""The known errors of HighLevel's OpenAPI files (reference 18): where each is, what is true instead, how we know.

The files themselves are never edited. An entry holds for the dated file and for its v3 twin, where the schema is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Overlay:
    """One known error: members that look different in truth, and members that may be missing in truth."""

    file: str
    schemas: str
    why: str
    members: Mapping[str, Any] = field(default_factory=dict)
    optional: tuple[str, ...] = ()


TEXT = {"type": "string"}
TEXT_OR_NULL = {"type": ["string", "null"]}
OBJECTS = {"type": "array", "items": {"type": "object"}}
INVOICES = (
    "DefaultInvoiceResponseDto CreateInvoiceResponseDto GetInvoiceResponseDto UpdateInvoiceResponseDto "
    "DeleteInvoiceResponseDto VoidInvoiceResponseDto"
)
TRANSACTIONS = "TxnResponseSchema GetTxnResponseSchema"
SUBSCRIPTIONS = "SubscriptionResponseSchema GetSubscriptionResponseSchema"

OVERLAY = (
    Overlay("invoices", INVOICES, "18: items are objects, not strings", {"invoiceItems": OBJECTS}),
    Overlay(
        "invoices",
        INVOICES,
        "18: a number or a string; the file's own example is a string",
        {"invoiceNumber": {"type": ["string", "number"]}},
    ),
    Overlay(
        "invoices",
        "RecordPaymentDto",
        "18: real calls without them succeed",
        optional=("card", "cheque", "notes"),
    ),
    Overlay("invoices", "ContactDetailsDto", "18: optional in practice", optional=("phoneNo", "email")),
    Overlay("invoices", "SendInvoiceDto", "7.6: left out when unknown", optional=("userId",)),
    Overlay(
        "invoices",
        "TipsConfigurationDto",
        "7.4: numbers, as in the file's own example",
        {"tipsPercentage": {"type": "array", "items": {"type": "number"}}},
    ),
    Overlay("payments", "GetOrderResponseSchema", "18: items are objects, not strings", {"items": OBJECTS}),
    Overlay(
        "payments",
        "GetOrderResponseSchema",
        "9.3: null on an order without automatic taxes",
        {"taxCalculationProvider": {"type": ["object", "null"]}},
    ),
    Overlay(
        "payments",
        f"{TRANSACTIONS} {SUBSCRIPTIONS}",
        "18: a string; the file's own example is one",
        {"status": TEXT},
    ),
    Overlay(
        "payments",
        "GetSubscriptionResponseSchema",
        "18: an object where the example is a string",
        {"altType": TEXT},
    ),
    Overlay(
        "payments",
        TRANSACTIONS,
        "9.4: captured answers have null where there is none",
        dict.fromkeys(("mergedFromContactId", "createdBy", "subscriptionId", "chargeId"), TEXT_OR_NULL),
    ),
    Overlay(
        "payments",
        "TxnResponseSchema",
        "9.4: recorded payments have no provider",
        dict.fromkeys(("paymentProviderType", "paymentProviderConnectedAccount"), TEXT_OR_NULL),
    ),
    Overlay(
        "contacts",
        "AttributionSource",
        "5.3: empty when nothing is known",
        optional=("url",),
    ),
    Overlay(
        "contacts",
        "CustomFieldSchema",
        "5.2: a list for checkboxes, a number, an object for files; the file knows strings",
        {"value": {}},
    ),
    Overlay(
        "products",
        "DefaultProductResponseDto",
        "6: ids, or with expand=tax whole taxes",
        {"taxes": {"type": "array", "items": {"type": ["string", "object"]}}},
    ),
)

_CONTACT = {"$ref": "#/components/schemas/GetContectByIdSchema"}
ANSWERS = {
    "POST /contacts/search": (
        "5.5: contacts as they are read, each with its cursor, and how many there are in all",
        {
            "type": "object",
            "required": ["contacts", "total"],
            "properties": {
                "contacts": {
                    "type": "array",
                    "items": {"allOf": [_CONTACT], "required": ["id", "searchAfter"]},
                },
                "total": {"type": "number"},
            },
        },
    ),
    "GET /contacts/search/duplicate": (
        "5.1: the contact, or null",
        {
            "type": "object",
            "required": ["contact"],
            "properties": {"contact": {"anyOf": [{"type": "null"}, _CONTACT]}},
        },
    ),
}
"""Good answers that the files leave without a schema: where the reference says what is in them, and that."""

ANSWER_STATUS = {
    "POST /invoices/": ("200", "18: 201 observed where the file says 200"),
    "POST /contacts/upsert": ("200", "5.1: 201 seen when the contact is new"),
}
"""Answers that carry another status than the file gives: which of the file's answers they are held against."""

EXTRA_QUERY = {
    "GET /payments/orders": ({"altType"}, "9.3, 18: not in the file, accepted and used"),
    "GET /payments/orders/{orderId}": ({"altType"}, "9.3, 18: not in the file, accepted and used"),
}
"""Members of a query that the file does not know and the API takes."""

ERRORS = {"error": {"type": ["string", "object"]}}
"""1.3: in v3 an error of OAuth is an object, whatever the common schema of its status says."""

TRIED = {
    "PUT /contacts/{contactId}": (
        "body.companyName is not in the file",
        "sections 5.2 and 21 (12): whether it is taken is open; a refusal is met by leaving it out",
    ),
}
"""What we try although the file does not have it: the complaint, and why."""
