"""Money: exact decimals, a currency's own number of places, and splitting without losing a cent.

Amounts are `decimal.Decimal` in major units (12.5 means 12.50). Nothing here ever sees a binary float.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal

from babel.numbers import format_currency, get_currency_precision

ZERO = Decimal(0)
CENT = Decimal("0.01")

EXACT = Context(prec=60)
"""Wide enough that products and quotients of real invoices are not cut before we round them ourselves."""


def places(currency: str) -> int:
    """How many decimal places amounts in this ISO 4217 currency have (USD 2, JPY 0)."""
    return get_currency_precision(currency.upper())


def unit(decimals: int) -> Decimal:
    """The smallest step with so many decimals: 2 gives 0.01, 0 gives 1."""
    return Decimal(1).scaleb(-decimals)


def rounded(amount: Decimal, decimals: int = 2) -> Decimal:
    """Round half-up, as QuickBooks does for stored amounts (reference 13.3)."""
    return amount.quantize(unit(decimals), rounding=ROUND_HALF_UP, context=EXACT)


def split(total: Decimal, weights: Sequence[Decimal], decimals: int = 2) -> tuple[Decimal, ...]:
    """Share `total` out in proportion to `weights` so that the shares add up to `total` exactly.

    Every share is rounded down to the currency's places; the units left over go to the largest remainders, earlier
    weights first. `total` must have no more than `decimals` places; it may be negative. Weights must not be negative;
    when all are zero the shares are equal but for the last units. An empty list of weights can only carry zero.

    Raises ValueError when the shares cannot add up.
    """
    step = unit(decimals)
    if rounded(total, decimals) != total:
        raise ValueError(f"{total} has more than {decimals} decimal places and cannot be split exactly")
    if any(weight < 0 for weight in weights):
        raise ValueError("weights must not be negative")
    if not weights:
        if total:
            raise ValueError(f"{total} cannot be split over nothing")
        return ()
    sign = -1 if total < 0 else 1
    whole = EXACT.abs(total)
    sum_of_weights = sum(weights, ZERO)
    if not sum_of_weights:
        weights, sum_of_weights = [Decimal(1)] * len(weights), Decimal(len(weights))
    exact = [EXACT.divide(EXACT.multiply(whole, weight), sum_of_weights) for weight in weights]
    shares = [share.quantize(step, rounding=ROUND_FLOOR, context=EXACT) for share in exact]
    missing = int(EXACT.divide(whole - sum(shares, ZERO), step))
    by_remainder = sorted(range(len(shares)), key=lambda i: (shares[i] - exact[i], i))
    for i in by_remainder[:missing]:
        shares[i] += step
    return tuple(sign * share for share in shares)


def text(amount: Decimal, currency: str) -> str:
    """The amount as a bookkeeper reads it: `$1,234.50`."""
    return format_currency(amount, currency.upper(), locale="en_US")
