"""A scripted QuickBooks behind httpx, and the parts that talk to it, on a clock that only sleeping moves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from counterfoil.quickbooks import api

REALM = "9130350000000001"
START = datetime(2026, 3, 4, 17, 0, tzinfo=UTC)
TIME = "2026-03-04T09:00:00.187-08:00"


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
    """Answers in order; the last one stays. An answer is a body, a response, an exception or a function."""

    answers: list[Any] = field(default_factory=list)
    requests: list[httpx.Request] = field(default_factory=list)

    def will(self, *answers: Any) -> Script:
        self.answers = list(answers)
        return self

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Callable):
            answer = answer(request)
        if isinstance(answer, httpx.Response):
            return answer
        return httpx.Response(200, json=answer, headers={"intuit_tid": "tid-1"})


@dataclass
class Bench:
    """Everything a test needs to talk to the script."""

    script: Script
    time: Time
    http: httpx.AsyncClient
    quota: api.Quota
    client: api.Client
    exchanges: list[api.Exchange]
    token_calls: list[bool]

    @property
    def last(self) -> httpx.Request:
        return self.script.requests[-1]


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    script, time = Script(), Time()
    exchanges: list[api.Exchange] = []
    token_calls: list[bool] = []

    async def token(rejected: bool) -> str:
        token_calls.append(rejected)
        return f"token-{len(token_calls)}"

    async with httpx.AsyncClient(transport=httpx.MockTransport(script)) as http:
        quota = api.Quota(clock=time.clock, sleep=time.sleep)
        client = api.Client(
            http,
            api_base="http://quickbooks.test/v3",
            realm_id=REALM,
            token=token,
            quota=quota,
            on_exchange=exchanges.append,
        )
        yield Bench(script, time, http, quota, client, exchanges, token_calls)


def fault_response(status: int, code: str, detail: str = "", kind: str = "ValidationFault") -> httpx.Response:
    """A fault of the application, as a response."""
    error = {"Message": f"message {code}", "Detail": detail, "code": code}
    body = {"Fault": {"Error": [error], "type": kind}, "time": TIME}
    return httpx.Response(status, json=body, headers={"intuit_tid": "tid-1"})


def gateway_response(status: int, code: str, name: str, **headers: str) -> httpx.Response:
    """A fault of the gateway: lower-case members."""
    error = {
        "message": f"message={name}; errorCode={int(code):06d}; statusCode={status}",
        "detail": "Token expired: AB01secret",
        "code": code,
        "element": None,
    }
    body = {"warnings": None, "fault": {"error": [error], "type": "SERVICE"}, "time": 1772641872830}
    return httpx.Response(status, json=body, headers={"Intuit-Tid": "tid-2", **headers})


@pytest.fixture
def refuse() -> Callable[..., httpx.Response]:
    return fault_response


@pytest.fixture
def gateway() -> Callable[..., httpx.Response]:
    return gateway_response


@pytest.fixture
def reference() -> Path:
    """The folder of Intuit's samples and vectors beside the repository."""
    folder = Path(__file__).resolve().parents[4] / "shared" / "reference" / "quickbooks-online"
    if not folder.is_dir():
        pytest.skip("the reference material (../shared) is not beside this checkout")
    return folder
