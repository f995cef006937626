"""What went wrong, for whoever asked: a page with a plain sentence, or problem details (RFC 9457) for programs."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, NotFoundException, ValidationException
from litestar.response import Template

from counterfoil import errors
from counterfoil.engine.connect import HandshakeRefused, OtherCompany

log = structlog.get_logger(__name__)

PROBLEM = "application/problem+json"
FOR_PROGRAMS = ("/api/", "/webhooks/")

AGAIN = "Nothing was connected; please begin again."


class BadForm(Exception):
    """The form was not made for this session, or its session has ended."""


class OnlyLooks(Exception):
    """Whoever pressed is no administrator of the CRM account."""


class TooMany(Exception):
    """Too many failures in a row from one place."""


class NotFound(Exception):
    """There is no such thing, or this visitor may not know of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is told of an error: nothing of its cause that the reader could not use."""

    status: int
    title: str
    sentence: str
    headers: dict[str, str] = field(default_factory=dict)


def problem_of(error: Exception) -> Problem:
    """What to tell about this error. An error that nobody foresaw is told as such, without its words."""
    match error:
        case NotFound() | NotFoundException():
            return Problem(
                status=404,
                title="Not found",
                sentence="There is nothing at this address, or it can only be seen after a log-in through the CRM.",
            )
        case BadForm():
            return Problem(
                status=403,
                title="Please try again",
                sentence="The page was open for too long. Go back, load it again and repeat the last step.",
            )
        case OnlyLooks():
            return Problem(
                status=403,
                title="Not changed",
                sentence="Only an administrator of the CRM account can change this.",
            )
        case TooMany():
            return Problem(
                status=429,
                title="Please wait",
                sentence="That did not work too often. Wait a few minutes, then open the page again.",
            )
        case HandshakeRefused():
            return Problem(status=400, title="Not connected", sentence=str(error))
        case OtherCompany():
            return Problem(status=409, title="Not connected", sentence=str(error))
        case errors.AccessLost() | errors.Refused():
            return Problem(
                status=502, title="Not connected", sentence=f"The log-in was not accepted. {AGAIN}"
            )
        case errors.CounterfoilError():
            return Problem(
                status=502,
                title="Not connected",
                sentence=f"The other side is busy or cannot be reached. {AGAIN}",
            )
        case ValidationException(extra=[*found]):
            # Its own words repeat the address; what is wrong stands beside them.
            wrong = "; ".join(f"{each.get('key', 'The body')}: {each['message']}" for each in found)
            return Problem(status=400, title="Bad Request", sentence=f"This cannot be read. {wrong}.")
        case HTTPException():
            title = HTTPStatus(error.status_code).phrase
            return Problem(
                status=error.status_code,
                title=title,
                sentence=error.detail or title,
                headers=error.headers or {},
            )
    return Problem(
        status=500,
        title="Something went wrong",
        sentence="This is a mistake in Counterfoil. It has been written to the log of the service.",
    )


def answer(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """The exception handler of the whole app."""
    told = problem_of(error)
    if told.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        known = isinstance(error, errors.CounterfoilError)
        log.error(
            "web.failed",
            method=request.method,
            path=request.url.path,
            error=type(error).__name__,
            exc_info=None if known else error,
        )
    if request.url.path.startswith(FOR_PROGRAMS):
        return problem(told)
    return page(
        told.title,
        told.sentence,
        status=told.status,
        href="/",
        words="To the start page",
        headers=told.headers,
    )


def problem(told: Problem) -> Response[dict[str, Any]]:
    """Problem details for a program."""
    return Response(
        {"type": "about:blank", "title": told.title, "status": told.status, "detail": told.sentence},
        status_code=told.status,
        media_type=PROBLEM,
        headers=told.headers,
    )


def page(
    title: str,
    sentence: str,
    *,
    status: int = HTTPStatus.OK,
    href: str = "",
    words: str = "",
    headers: dict[str, str] | None = None,
) -> Template:
    """A page with one sentence; with `href` a link that leads on, called `words`."""
    return Template(
        "message.html",
        context={"title": title, "sentence": sentence, "href": href, "words": words},
        status_code=status,
        headers=headers,
    )
