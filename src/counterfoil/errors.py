"""The few families of errors. A family says what the caller should do next; the message says what went wrong.

    CounterfoilError
    ├── TryLater         busy or away: the same step with the same key, not before `after_seconds`
    ├── OutcomeUnknown   it may have happened: repeat with the key, or search the marker first
    ├── Refused          the other side understood and said no: decide again with its answer in hand
    ├── NeedsPerson      retrying changes nothing until somebody chooses
    └── AccessLost       this connection only: stop sending, keep collecting

Messages carry codes, ids and shapes, never bodies, tokens or people. Anything that is not one of these families
is our own bug: it stops that record, keeps its evidence and shows as attention.
"""

from __future__ import annotations


class CounterfoilError(Exception):
    """The root; never raised itself."""


class TryLater(CounterfoilError):
    """Busy or away. `after_seconds` is the least pause the other side asked for, None when it did not say."""

    def __init__(self, message: str, *, after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.after_seconds = after_seconds


class OutcomeUnknown(CounterfoilError):
    """The request went out and no answer came back: it may or may not have happened."""


class Refused(CounterfoilError):
    """The other API refused this very request and would refuse it again.

    `code` is its own code (QuickBooks: "6240", HighLevel: the HTTP status), `detail` its text with no personal data
    added by us, `status` the HTTP status, `trace` the id its support asks for (`intuit_tid`, `traceId`).
    """

    def __init__(
        self, message: str, *, code: str, detail: str = "", status: int = 400, trace: str = ""
    ) -> None:
        super().__init__(message)
        self.code = code
        self.detail = detail
        self.status = status
        self.trace = trace


class NeedsPerson(CounterfoilError):
    """Something only a person can settle; the message is a sentence for a bookkeeper."""


class AccessLost(CounterfoilError):
    """The access of this connection is gone (revoked, expired, scope missing); the message says which and why."""
