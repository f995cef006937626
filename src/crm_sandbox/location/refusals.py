"""Refusals in the words and shapes of HighLevel (reference 3.2): one exception, and the catalogue of its uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any


class Refused(Exception):
    """The request is turned away with this status; `message` is a sentence, or a list of them for a 422.

    `named` says whether the body also carries the status in words; duplicates of contacts come without (reference 3.2).
    """

    def __init__(
        self,
        status: int,
        message: str | list[str],
        *,
        meta: Mapping[str, Any] | None = None,
        named: bool = True,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.meta = meta
        self.named = named

    def body(self) -> dict[str, Any]:
        """The answer's body, without the trace id."""
        body: dict[str, Any] = {"statusCode": self.status, "message": self.message}
        if self.named:
            body["error"] = HTTPStatus(self.status).phrase.replace("Content", "Entity")
        if self.meta is not None:
            body["meta"] = dict(self.meta)
        return body


INVALID_TOKEN = "Invalid JWT"  # noqa: S105 - a message, not a token
DEAD_TOKEN = "Invalid token: access token is invalid"  # noqa: S105 - as above
OUT_OF_SCOPE = "The token is not authorized for this scope."
FOREIGN_LOCATION = "The token does not have access to this location."


def unauthorized(message: str) -> Refused:
    """401: a bad token, or one without the scope; which of the two only the message says."""
    return Refused(401, message)


def forbidden(message: str = FOREIGN_LOCATION) -> Refused:
    """403: the token belongs to another location."""
    return Refused(403, message)


def bad_request(message: str) -> Refused:
    """400: a rule of the business forbids it."""
    return Refused(400, message)


def not_found(what: str, record_id: str) -> Refused:
    """404: no such record, or it is gone."""
    return Refused(404, f"{what} with id {record_id} not found")


def conflict(message: str) -> Refused:
    """409: two calls at once on one record."""
    return Refused(409, message)


def unprocessable(complaints: Sequence[str]) -> Refused:
    """422: the body or the query breaks its schema; the message is a list (reference 3.2)."""
    return Refused(422, list(complaints))


def duplicate_contact(contact_id: str, field: str, name: str) -> Refused:
    """400 with the contact that already has this e-mail or phone (reference 3.2, 5.4)."""
    meta = {"contactId": contact_id, "matchingField": field, "contactName": name}
    return Refused(400, "This location does not allow duplicated contacts.", meta=meta, named=False)
