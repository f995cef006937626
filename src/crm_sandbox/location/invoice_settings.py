"""The location's settings for invoices: what new ones start with (reference 7.1)."""

from __future__ import annotations

from typing import Any

from crm_sandbox.location.desk import Desk

DUE_AFTER_DAYS = 14
"""When the body names no due date. The settings of the original have `dueAfterXDays`; this is a usual value."""
NUMBER_PREFIX = "INV-"


def view(desk: Desk) -> dict[str, Any]:
    """The settings as GET /invoices/settings answers them."""
    kind, state = desk.kind, desk.state
    return {
        "altId": state.location_id,
        "altType": "location",
        "title": "INVOICE",
        "termsNote": "",
        "invoiceNumberPrefix": NUMBER_PREFIX,
        "dueAfterXDays": DUE_AFTER_DAYS,
        "minimumPercentagePartialPayment": 0,
        "businessDetails": {"name": kind.company, "phoneNo": kind.phone},
        "senderConfiguration": {"fromName": kind.company, "fromEmail": "office@harbourhome.example"},
        "reminderSettings": {"defaultEmailTemplateId": "", "reminders": []},
        "lateFeesConfiguration": {
            "enable": False,
            "value": 0,
            "type": "fixed",
            "frequency": {"intervalCount": 1, "interval": "one_time"},
        },
        "tipsConfiguration": {"tipsEnabled": False, "tipsPercentage": [5, 10, 15]},
        "paymentMethods": {"stripe": {"enableBankDebitOnly": False}},
    }
