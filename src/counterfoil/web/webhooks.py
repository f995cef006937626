"""The doors for webhooks: raw bytes go to the receiver, and the sender learns only whether to send again.

200: kept, or nothing that sending it again would mend. 401: forged (R70). 503: not kept, please repeat. Both banks repeat
every delivery that was not answered with 2xx (QuickBooks reference 9, HighLevel reference 11.4).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from litestar import Request, Response, Router, post
from litestar.params import FromPath

from counterfoil.crm import port
from counterfoil.engine.receive import QUICKBOOKS, Receiver
from counterfoil.quickbooks import api
from counterfoil.web.errors import NotFound
from counterfoil.web.given import Given

log = structlog.get_logger(__name__)

RETRY_AFTER_SECONDS = 60


@post("/quickbooks", status_code=200)
async def from_quickbooks(request: Request[Any, Any, Any], receiver: Given[Receiver]) -> Response[Any]:
    """A delivery of QuickBooks."""
    body = await request.body()
    return await _kept(QUICKBOOKS, lambda: receiver.from_quickbooks(headers=_headers(request), body=body))


@post("/{crm:str}", status_code=200)
async def from_crm(
    request: Request[Any, Any, Any], receiver: Given[Receiver], crm: FromPath[str]
) -> Response[Any]:
    """A delivery of a CRM that sends all its events to one address."""
    return await _from_crm(request, receiver, crm=crm, event="")


@post("/{crm:str}/{event:str}", status_code=200)
async def event_from_crm(
    request: Request[Any, Any, Any], receiver: Given[Receiver], crm: FromPath[str], event: FromPath[str]
) -> Response[Any]:
    """A delivery of a CRM that names the event in the path."""
    return await _from_crm(request, receiver, crm=crm, event=event)


def router() -> Router:
    """All of it, at /webhooks."""
    return Router("/webhooks", route_handlers=[from_quickbooks, from_crm, event_from_crm])


async def _from_crm(
    request: Request[Any, Any, Any], receiver: Receiver, *, crm: str, event: str
) -> Response[Any]:
    if crm not in receiver.notices:
        raise NotFound
    body = await request.body()
    return await _kept(crm, lambda: receiver.from_crm(crm, event=event, headers=_headers(request), body=body))


async def _kept(source: str, keep: Callable[[], Awaitable[int]]) -> Response[Any]:
    try:
        await keep()
    except (port.Forged, api.webhooks.Forged):
        return Response({}, status_code=401)
    except (port.Unreadable, api.webhooks.Unreadable):
        log.warning("webhook.unreadable", source=source)
    except Exception:
        # Whatever it was, the delivery is not in the store; only its sender can bring it again.
        log.exception("webhook.not_kept", source=source)
        return Response({}, status_code=503, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})
    return Response({})


def _headers(request: Request[Any, Any, Any]) -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}
