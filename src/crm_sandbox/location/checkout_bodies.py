"""What the control API is told about a buyer's checkout, checked like any body."""

from __future__ import annotations

from crm_sandbox.location.places import PLACES
from crm_sandbox.location.shapes import Email, Flag, ListOf, Number, Object, Text, may, must

_BUYER = Object(
    {
        "email": must(Email()),
        "firstName": may(Text()),
        "lastName": may(Text()),
        "phone": may(Text()),
    }
)
_TAX = Object(
    {
        "_id": may(Text()),
        "name": must(Text(filled=True)),
        "rate": must(Number(least=0)),
        "calculation": may(Text()),
    }
)
_RECURRING = Object(
    {
        "interval": must(Text(choices=("day", "week", "month", "year"))),
        "intervalCount": may(Number(least=1, whole=True)),
    }
)
_ITEM = Object(
    {
        "product": may(Text()),
        "price_id": may(Text()),
        "name": may(Text(filled=True)),
        "price": may(Number(least=0)),
        "qty": may(Number(above=0)),
        "recurring": may(_RECURRING),
        "taxes": may(ListOf(_TAX)),
        "tax_inclusive": may(Flag()),
        "setup_fee": may(Number(least=0)),
        "trial_days": may(Number(least=0, whole=True)),
    }
)
_COUPON = Object(
    {
        "code": must(Text(filled=True)),
        "type": must(Text(choices=("percentage", "amount"))),
        "value": must(Number(least=0)),
        "apply_to_future_payments": may(Flag()),
    }
)
CHECKOUT = Object(
    {
        "source": must(Text(choices=tuple(PLACES))),
        "contact": must(_BUYER),
        "items": must(ListOf(_ITEM, least=1)),
        "coupon": may(_COUPON),
        "shipping": may(Number(least=0)),
        "card": may(Text()),
        "test_mode": may(Flag()),
    }
)
