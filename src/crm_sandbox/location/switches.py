"""What can be set differently about a location: open questions about the original, and delays."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any

_SIGNED = "clock_skew_seconds"
_SKEW_MAX = 86_400
_LARGEST = 10**9


@dataclass
class Switches:
    """Each default is the stricter reading of an open point of the reference, or the plain case.

    - `numeric_invoice_numbers`: invoiceNumber comes as a number where it is one (7.5).
    - `invoice_events_have_type`: invoice, product and price events carry `type` (11.2).
    - `quick_payment_conflict_seconds`: two record-payment calls on one invoice within this time give 409 (3.1).
    - `index_lag_seconds`: the contact search trails the writes (5.5).
    - `record_payment_on_draft`: allowed (7.7).
    - `invoice_payments_make_orders`: an order with source `invoice` or `text2Pay` stands beside an invoice with payments,
      told like any other (9.1, 21.4).
    - `renewals_are_told`: a renewal that succeeds sends OrderStatusUpdate of the subscription's order (9.1, 21.5).
    - `refunds_reopen_invoices`: a refund takes from the amountPaid of its invoice, which is open again (9.5, 21.6).
    - `past_due_dates`: accepted on create (7.3).
    - `company_name_on_put`: a contact's PUT takes companyName (5.2).
    - `allow_duplicate_contact`: the location's setting (5.4).
    - `gone_contacts_are_400`: instead of 404, with "not found" in the text (3.2).
    - `location_token_refreshes`: the location's token that an agency asks for comes with a refresh token (2.5).
    - `access_token_outlives_refresh`: a refresh kills the refresh token only, not the access token of the old pair (2.4).
    - `burst_limit`, `daily_limit`: requests per 10 seconds and per day (3.1).
    - `clock_skew_seconds`: how far the stamps of records and events are ahead of the clock, or behind it when negative
      (19); at most a day.
    """

    numeric_invoice_numbers: bool = False
    invoice_events_have_type: bool = False
    quick_payment_conflict_seconds: float = 0.0
    index_lag_seconds: float = 0.0
    record_payment_on_draft: bool = False
    invoice_payments_make_orders: bool = False
    renewals_are_told: bool = False
    refunds_reopen_invoices: bool = False
    past_due_dates: bool = True
    company_name_on_put: bool = False
    allow_duplicate_contact: bool = False
    gone_contacts_are_400: bool = False
    location_token_refreshes: bool = False
    access_token_outlives_refresh: bool = False
    burst_limit: int = 100
    daily_limit: int = 200_000
    clock_skew_seconds: float = 0.0

    def change(self, changes: object) -> None:
        """Sets switches by name. Raises ValueError on an unknown name or a value of the wrong kind."""
        known = {each.name: type(getattr(self, each.name)) for each in fields(self)}
        if not isinstance(changes, dict):
            raise ValueError(f"send a JSON object with any of {', '.join(known)}")
        for name, value in changes.items():
            if name not in known:
                raise ValueError(f"there is no switch {name}; known are {', '.join(known)}")
            _check(name, known[name], value)
        for name, value in changes.items():
            setattr(self, name, known[name](value))


def _check(name: str, kind: type, value: Any) -> None:
    if kind is bool:
        if not isinstance(value, bool):
            raise ValueError(f"`{name}` is true or false")
    elif isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"`{name}` is a number")
    elif name == _SIGNED and abs(value) > _SKEW_MAX:
        raise ValueError(f"`{name}` is between -{_SKEW_MAX} and {_SKEW_MAX}")
    elif name != _SIGNED and not 0 <= value <= _LARGEST:
        raise ValueError(f"`{name}` is a number, 0 or more")
