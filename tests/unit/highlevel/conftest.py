"""A scripted HighLevel behind httpx, and the parts that talk to it, on a clock that only sleeping moves."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from counterfoil.crm import port
from counterfoil.crm.highlevel import addresses, client, connector, limits

LOCATION = "LocInvented0000000001"
START = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


@dataclass
class Time:
    """The present instant; sleeping moves it and is remembered."""

    now: datetime = START
    slept: list[float] = field(default_factory=list)

    def clock(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


@dataclass
class Script:
    """Answers by "METHOD /path"; a list of answers is used up one by one, the last one stays."""

    answers: dict[str, Any] = field(default_factory=dict)
    requests: list[httpx.Request] = field(default_factory=list)

    def on(self, operation: str, *answers: Any) -> Script:
        self.answers[operation] = list(answers)
        return self

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        operation = f"{request.method} {request.url.path}"
        assert operation in self.answers, f"{operation} was not expected"
        queue = self.answers[operation]
        answer = queue.pop(0) if len(queue) > 1 else queue[0]
        if isinstance(answer, Callable):
            answer = answer(request)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):
            return answer
        return httpx.Response(200, json=answer)

    def asked(self) -> list[str]:
        return [f"{request.method} {request.url.path}" for request in self.requests]

    def bodies(self, operation: str) -> list[Any]:
        return [
            json.loads(request.content)
            for request in self.requests
            if f"{request.method} {request.url.path}" == operation
        ]


@dataclass
class Bench:
    """Everything a test needs to talk to the script."""

    script: Script
    time: Time
    http: httpx.AsyncClient
    quota: limits.Quota
    client: client.Client
    crm: connector.HighLevel
    calls: list[port.Call]
    token_calls: list[bool]


def refusal(status: int, message: Any, **more: Any) -> httpx.Response:
    """An error body as HighLevel writes it."""
    return httpx.Response(
        status, json={"statusCode": status, "message": message, "traceId": "trace-1", **more}
    )


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    script, time = Script(), Time()
    calls: list[port.Call] = []
    token_calls: list[bool] = []

    async def token(rejected: bool) -> str:
        token_calls.append(rejected)
        return f"token-{len(token_calls)}"

    async with httpx.AsyncClient(transport=httpx.MockTransport(script)) as http:
        quota = limits.Quota(clock=time.clock, sleep=time.sleep)
        talks = client.Client(
            http=http,
            addresses=addresses.for_base("http://crm.test"),
            token=token,
            quota=quota,
            jitter=lambda: 0.5,
            on_call=calls.append,
        )
        crm = connector.HighLevel(talks, LOCATION, zone="America/New_York", sleep=time.sleep)
        yield Bench(script, time, http, quota, talks, crm, calls, token_calls)


@pytest.fixture
def refuse() -> Callable[..., httpx.Response]:
    return refusal
