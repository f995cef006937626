"""Exact decimal arithmetic as QuickBooks does it (reference 3.4, 13.3, 13.5).

Stored amounts have two decimals and are rounded half-up away from zero; quantities, prices and percentages keep what
was sent. Nothing here ever touches a binary float.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal

ZERO = Decimal(0)
CENT = Decimal("0.01")
HUNDRED = Decimal(100)


def money(value: Decimal) -> Decimal:
    """Round half-up to cents. Zero comes back as plain ``0``, as recorded answers show it."""
    rounded = value.quantize(CENT, rounding=ROUND_HALF_UP)
    return rounded if rounded else ZERO


def shortest(value: Decimal) -> Decimal:
    """The same number without trailing zeros and without an exponent: ``75``, ``4.5``, ``0``."""
    if not value:
        return ZERO
    normal = value.normalize()
    exponent = normal.as_tuple().exponent
    return normal.quantize(Decimal(1)) if isinstance(exponent, int) and exponent > 0 else normal


def percent_of(base: Decimal, percent: Decimal) -> Decimal:
    """``percent`` of ``base``, rounded half-up to cents."""
    return money(base * percent / HUNDRED)


def total(values: Iterable[Decimal]) -> Decimal:
    """The exact sum; ``0`` of nothing."""
    return sum(values, ZERO)


def spread(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Split ``amount`` in proportion to ``weights`` without losing a cent; the rest goes to the largest weight."""
    whole = total(weights)
    if not whole:
        return [ZERO for _ in weights]
    parts = [money(amount * weight / whole) for weight in weights]
    largest = max(range(len(weights)), key=lambda index: abs(weights[index]))
    parts[largest] += amount - total(parts)
    return parts


def with_separators(value: Decimal) -> str:
    """An amount as QuickBooks prints it in a refusal: ``1,861.07`` (reference 12.3, code 6070)."""
    return f"{value:,}"
