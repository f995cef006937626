"""The places where a location sells: HighLevel's source types and sub types (reference 9.2)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct


class Place(Struct, frozen=True):
    """Where a checkout stands, and what the place is called."""

    type: str
    sub_type: str | None
    name: str


PLACES: Mapping[str, Place] = MappingProxyType(
    {
        "order_form": Place("funnel", "one_step_order_form", "Spring funnel"),
        "two_step": Place("funnel", "two_step_order_form", "Spring funnel"),
        "upsell": Place("funnel", "upsell", "Spring funnel"),
        "website_order_form": Place("website", "one_step_order_form", "Home page"),
        "store": Place("website", "store", "Online store"),
        "store_upsell": Place("website", "store_upsell", "Online store"),
        "membership": Place("membership", None, "Members area"),
        "communities": Place("communities", None, "Community"),
        "calendar": Place("calendar", "meeting", "Paid consultation"),
        "calendar_service": Place("calendar", "service", "Repair visit"),
        "payment_link": Place("payment_link", None, "Payment link"),
        "qr_code": Place("payment_link", "qr_code", "Payment link"),
        "form": Place("form", None, "Intake form"),
        "survey": Place("survey", None, "Survey"),
        "document": Place("document_contracts", None, "Proposal"),
        "mobile_app": Place("mobile_app", "tap_to_pay", "Mobile app"),
        "point_of_sale": Place("point_of_sale", "card_payment", "Counter"),
        "manual": Place("manual", "contact_view", "Charged by hand"),
        "external": Place("external", "woocommerce", "Shop elsewhere"),
        "imported": Place("external", "imported_csv", "Imported orders"),
    }
)
"""By the word that the control API takes: every type but invoice and text2Pay, which have calls of their own."""
