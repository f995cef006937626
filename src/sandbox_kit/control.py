"""The control API under /_sandbox/: everything about a stand-in that the imitated API does not have."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, get_type_hints

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox_kit.clock import Clock
from sandbox_kit.faults import Faults
from sandbox_kit.journal import Exchange, Journal
from sandbox_kit.postman import Delivery, Postman, PostmanSettings

Handler = Callable[[Request], Awaitable[Response]]


def routes(
    *,
    clock: Clock,
    journal: Journal,
    faults: Faults,
    postman: Postman | None,
    extra: Sequence[BaseRoute] = (),
) -> list[BaseRoute]:
    """The routes under /_sandbox/, JSON in and out; without a postman those of deliveries are missing.

    Bad input is answered with 400 and `{"error": "what was wrong and what to do"}`. `extra` comes first, so that a
    stand-in may take a path for itself.
    """
    wake = postman.wake if postman is not None else _nobody
    table: list[BaseRoute] = [
        *extra,
        *_clock_routes(clock, wake),
        *_fault_routes(faults),
        *_journal_routes(journal),
    ]
    if postman is not None:
        table += [*_delivery_routes(postman), *_postman_routes(postman)]
    return table


def json_answer(data: object, status: int = 200) -> Response:
    """An answer with `data` as JSON."""
    return Response(msgspec.json.encode(data), status, media_type="application/json")


def guarded(handler: Handler) -> Handler:
    """The handler, with a ValueError of bad input turned into a 400 that says what was wrong."""

    async def answered(request: Request) -> Response:
        try:
            return await handler(request)
        except ValueError as error:
            return json_answer({"error": str(error)}, 400)

    return answered


async def json_body(request: Request) -> Any:
    """The decoded JSON body. Raises ValueError when it is none."""
    try:
        return msgspec.json.decode(await request.body())
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"the body is not JSON ({error}); send JSON") from error


def _nobody() -> None:
    """There is no postman to wake."""


def _clock_routes(clock: Clock, wake: Callable[[], None]) -> list[Route]:
    async def read(request: Request) -> Response:
        return json_answer({"now": clock.now().isoformat()})

    async def shift(request: Request) -> Response:
        match await json_body(request):
            case {"advance_seconds": int() | float() as seconds, **rest} if not rest and seconds is not True:
                clock.advance(seconds)
            case {"now": str(text), **rest} if not rest:
                clock.set(_instant(text))
            case _:
                raise ValueError('send {"advance_seconds": 3600} or {"now": "2026-03-02T15:00:00Z"}')
        wake()
        return json_answer({"now": clock.now().isoformat()})

    return [_route("clock", "GET", read), _route("clock", "POST", shift)]


def _fault_routes(faults: Faults) -> list[Route]:
    async def read(request: Request) -> Response:
        return json_answer({"faults": faults.as_json()})

    async def add(request: Request) -> Response:
        data = await json_body(request)
        parsed = [faults.parse(each) for each in (data if isinstance(data, list) else [data])]
        for fault in parsed:
            faults.add(fault)
        return await read(request)

    async def clear(request: Request) -> Response:
        faults.clear()
        return await read(request)

    return [_route("faults", "GET", read), _route("faults", "POST", add), _route("faults", "DELETE", clear)]


def _journal_routes(journal: Journal) -> list[Route]:
    async def read(request: Request) -> Response:
        since = request.query_params.get("since", "0")
        if not (since.isascii() and since.isdigit()):
            raise ValueError("`since` is the number of an exchange, 0 or more")
        found = journal.exchanges(operation=request.query_params.get("operation"), since=int(since))
        return json_answer({"exchanges": [_exchange(each) for each in found], "totals": journal.totals()})

    async def clear(request: Request) -> Response:
        journal.clear()
        return await read(request)

    return [_route("journal", "GET", read), _route("journal", "DELETE", clear)]


def _delivery_routes(postman: Postman) -> list[Route]:
    async def read(request: Request) -> Response:
        return json_answer({"deliveries": [_delivery(each) for each in postman.deliveries()]})

    async def resend_all(request: Request) -> Response:
        return json_answer({"resent": postman.resend_all()})

    async def resend(request: Request) -> Response:
        wanted = request.path_params["id"]
        try:
            postman.resend(wanted)
        except KeyError:
            return json_answer({"error": f"there is no delivery {wanted}; see /_sandbox/deliveries"}, 404)
        return json_answer({"resent": 1})

    async def settle(request: Request) -> Response:
        await postman.settle()
        return json_answer({"settled": True})

    return [
        _route("deliveries", "GET", read),
        _route("deliveries/resend", "POST", resend_all),
        _route("deliveries/{id}/resend", "POST", resend),
        _route("settle", "POST", settle),
    ]


def _postman_routes(postman: Postman) -> list[Route]:
    async def read(request: Request) -> Response:
        return json_answer(postman.settings)

    async def change(request: Request) -> Response:
        for name, value in _changes(await json_body(request)).items():
            setattr(postman.settings, name, value)
        postman.wake()
        return await read(request)

    return [_route("postman", "GET", read), _route("postman", "POST", change)]


def _route(name: str, method: str, handler: Handler) -> Route:
    return Route(f"/_sandbox/{name}", guarded(handler), methods=[method])


def _changes(data: object) -> dict[str, Any]:
    """Settings by name, checked. Raises ValueError on an unknown or senseless member."""
    known = get_type_hints(PostmanSettings)
    if not isinstance(data, dict):
        raise ValueError(f"send a JSON object with any of {', '.join(known)}")
    unknown = [name for name in data if name not in known]
    if unknown:
        raise ValueError(f"there is no setting {', '.join(unknown)}; known are {', '.join(known)}")
    return {name: _setting(name, value, known[name]) for name, value in data.items()}


def _setting(name: str, value: object, kind: type) -> object:
    if kind is bool:
        if isinstance(value, bool):
            return value
        raise ValueError(f"`{name}` is true or false")
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not number or not isinstance(value, int if kind is int else int | float) or value < 0:
        raise ValueError(f"`{name}` is a {'whole ' if kind is int else ''}number, 0 or more")
    if name == "loss_rate" and value > 1:
        raise ValueError("`loss_rate` is a probability from 0 to 1")
    return kind(value)


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"`now` is an instant like 2026-03-02T15:00:00Z, not {text!r}") from error


def _exchange(exchange: Exchange) -> dict[str, Any]:
    return dataclasses.asdict(exchange)


def _delivery(delivery: Delivery) -> dict[str, Any]:
    return {**dataclasses.asdict(delivery), "body": delivery.body.decode(errors="replace")}
