"""What happens after a failure: a pure decision from (error, attempts so far) to a pause or to a person."""

from __future__ import annotations

from counterfoil import errors

FIRST_PAUSE_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 900.0
ATTEMPTS_BEFORE_A_PERSON_LOOKS = 12
"""With doubling pauses this is about two hours of trying (R72); trying goes on behind the attention item."""


def pause_seconds(error: errors.TryLater | errors.OutcomeUnknown, *, attempts: int, jitter: float) -> float:
    """How long to wait before the same thing is tried again.

    `attempts` counts the failures before this one, `jitter` is in [0, 1). The pause doubles from two seconds to a
    quarter of an hour and is never shorter than what the other side asked for.
    """
    growing = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** min(attempts, 20))
    asked = error.after_seconds if isinstance(error, errors.TryLater) else None
    return max(growing, asked or 0.0) * (1.0 + 0.2 * jitter)


def deserves_a_person(*, attempts: int) -> bool:
    """Whether temporary trouble has lasted so long that somebody should know."""
    return attempts + 1 == ATTEMPTS_BEFORE_A_PERSON_LOOKS


HOUR = 3600.0
PENDING_FOR_DAYS_MAX = 60


def pending_pause_seconds(*, age_seconds: float) -> float | None:
    """When a payment that is still pending is looked at again; None when it is too old to come in.

    No notice tells that a pending payment (a bank debit, say) has succeeded unless it belongs to an order (HighLevel
    reference 9.1), so it is asked: after an hour at first, at last once a day.
    """
    if age_seconds > PENDING_FOR_DAYS_MAX * 24 * HOUR:
        return None
    return min(24 * HOUR, max(HOUR, age_seconds / 4))
