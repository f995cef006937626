"""HighLevel's refusals and failures, as the families of `counterfoil.errors` (reference 3.2, 3.3).

A write that got no clear answer has an unknown outcome, because HighLevel has no idempotency key; a read is simply
asked again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx
import msgspec

from counterfoil import errors

CONFLICT_PAUSE_SECONDS = 3.0
"""Two payments recorded at once on one invoice give 409; three seconds apart they pass (reference 7.7)."""

CONCLUSIVE = (401, 403, 404, 410)
"""Access is lost, a record is gone: only HighLevel itself may say so, in JSON as it always does (reference 3.2). A page
of a proxy with such a status says nothing about a record, and a failed read is no missing record (reference 20, quirk 19).
"""

FEATURE_SCOPES = {"workflows.readonly": "nobody can be asked for a review by a workflow"}
"""Scopes that one feature needs (reference 2.7, 12): without them that feature rests, and the connection does not."""

NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
BAD_ADDRESS = (httpx.UnsupportedProtocol, httpx.InvalidURL)
HTTPX = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError)
"""Every error that httpx can raise while a request is made."""


class TokenRejected(errors.AccessLost):
    """The access token is invalid or expired; a refresh may help, once."""


class Gone(errors.Refused):
    """The record does not exist (any more)."""


class Duplicate(errors.Refused):
    """Another contact has this e-mail address or phone number already (reference 5.4)."""

    def __init__(
        self, message: str, *, contact_id: str, matching_field: str, detail: str, status: int, trace: str
    ) -> None:
        super().__init__(message, code=str(status), detail=detail, status=status, trace=trace)
        self.contact_id = contact_id
        self.matching_field = matching_field


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a refusing answer says. `text` joins HighLevel's messages, `trace` is what its support asks for.

    `spoken` is False for a body that is not HighLevel's: a page of something between us, or nothing at all.
    """

    text: str
    trace: str
    contact_id: str
    matching_field: str
    spoken: bool = True


def complaint(body: bytes) -> Complaint:
    """Read an error body; whatever is missing or odd is empty, nothing raises."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        found = None
    if not isinstance(found, dict):
        return Complaint("", "", "", "", spoken=False)
    meta = found.get("meta")
    meta = meta if isinstance(meta, dict) else {}
    return Complaint(
        text=_text(found),
        trace=_string(found.get("traceId")),
        contact_id=_string(meta.get("contactId")),
        matching_field=_string(meta.get("matchingField")),
    )


def of_answer(
    *, status: int, body: bytes, operation: str, write: bool, pause_seconds: float
) -> errors.CounterfoilError:
    """The error for an answer that is not a success.

    `operation` names the request without ids ("GET /contacts/{id}"); `pause_seconds` is the wait after a 429.
    """
    said = complaint(body)
    if status in CONCLUSIVE and not said.spoken:
        return errors.TryLater(
            f"Something on the way to HighLevel answered {status}, not HighLevel itself ({operation})."
        )
    if status == 401:
        return _unauthorised(said, operation)
    if status == 403:
        return errors.AccessLost(
            f"HighLevel does not let this app reach the location ({operation}). The app was removed there, or the "
            "access belongs to another location; install it again for this location."
        )
    if status == 429:
        return errors.TryLater(
            f"HighLevel's rate limit is used up ({operation}).", after_seconds=pause_seconds
        )
    if status == 409:
        return errors.TryLater(
            f"HighLevel is still busy with this record ({operation}).", after_seconds=CONFLICT_PAUSE_SECONDS
        )
    if status == 408:
        return errors.TryLater(f"HighLevel gave up waiting for the request ({operation}).")
    # Refusals of its database leak out as 500 (reference 3.2): trying again would change nothing.
    if status >= 500 and "validation failed" not in said.text.lower():
        return _unclear(f"HighLevel failed with {status} ({operation}).", write=write)
    return _refused(said, status, operation)


def of_transport(error: Exception, *, operation: str, write: bool) -> errors.CounterfoilError:
    """The error for a request that got no answer at all."""
    kind = type(error).__name__
    if isinstance(error, BAD_ADDRESS):
        return errors.NeedsPerson(f"The address of HighLevel in the settings is no web address ({kind}).")
    if isinstance(error, NEVER_SENT):
        return errors.TryLater(f"HighLevel cannot be reached ({kind}, {operation}).")
    return _unclear(f"The answer of HighLevel was lost ({kind}, {operation}).", write=write)


def not_json(*, operation: str, write: bool) -> errors.CounterfoilError:
    """The error for a success whose body is no JSON: a gateway's page, or an answer cut short."""
    return _unclear(f"HighLevel answered something that is no JSON ({operation}).", write=write)


def scope_for(operation: str) -> str:
    """The scope that this operation needs (reference 2.7); empty when we do not know."""
    method, _, path = operation.partition(" ")
    if "/workflow/" in path:
        return "workflows.readonly"
    reads = method == "GET" or path.startswith("/contacts/search")
    for prefix, scope in (
        ("/contacts", "contacts.readonly" if reads else "contacts.write"),
        ("/invoices", "invoices.readonly" if reads else "invoices.write"),
        ("/payments/orders", "payments/orders.readonly"),
        ("/payments/transactions", "payments/transactions.readonly"),
        ("/payments/subscriptions", "payments/subscriptions.readonly"),
        ("/products", "products.readonly" if reads else "products.write"),
        ("/locations", "locations.readonly"),
        ("/workflows", "workflows.readonly"),
        ("/users", "users.readonly"),
        ("/oauth", "oauth.readonly" if reads else "oauth.write"),
    ):
        if path.startswith(prefix):
            return scope
    return ""


def _unauthorised(said: Complaint, operation: str) -> errors.CounterfoilError:
    text = said.text.lower()
    if "scope" in text:
        scope = scope_for(operation)
        if scope in FEATURE_SCOPES:
            return errors.NeedsPerson(
                f"The app's access to HighLevel lacks the permission {scope}, without which {FEATURE_SCOPES[scope]} "
                f"({operation}). Add it to the app and install it again; everything else goes on."
            )
        missing = f"the permission {scope}" if scope else "a permission"
        return errors.AccessLost(
            f"The app's access to HighLevel lacks {missing} ({operation}). Add it to the app and install it again."
        )
    if "version" in text:
        return _refused(said, 401, operation)
    return TokenRejected(f"HighLevel says that the access is invalid or expired ({operation}).")


def _refused(said: Complaint, status: int, operation: str) -> errors.Refused:
    message = f"HighLevel refused {operation} with {status}."
    if status == 400 and said.contact_id:
        return Duplicate(
            message,
            contact_id=said.contact_id,
            matching_field=said.matching_field,
            detail=said.text,
            status=status,
            trace=said.trace,
        )
    kind = Gone if status in (404, 410) or _names_gone_contact(said, status, operation) else errors.Refused
    return kind(message, code=str(status), detail=said.text, status=status, trace=said.trace)


def _names_gone_contact(said: Complaint, status: int, operation: str) -> bool:
    """Deleted contacts give other refusals than 404, with words that say so (reference 3.2); other records do not."""
    text = said.text.lower()
    of_contact = "/contacts/{" in operation and "location" not in text
    return status in (400, 422) and of_contact and "not found" in text


def _unclear(message: str, *, write: bool) -> errors.CounterfoilError:
    return errors.OutcomeUnknown(message) if write else errors.TryLater(message)


def _text(found: dict[str, Any]) -> str:
    """The messages in one line: a string, a list of strings, the log-in's own words, or the v3 shape."""
    inner = found.get("error")
    parts = [found.get("message"), found.get("error_description")]
    if isinstance(inner, dict):
        parts += [inner.get("message"), inner.get("code")]
    else:
        parts.append(inner)
    said: list[str] = []
    for part in parts:
        lines = part if isinstance(part, list) else [part]
        said += [line for line in lines if isinstance(line, str) and line not in said]
    return "; ".join(said)


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""
