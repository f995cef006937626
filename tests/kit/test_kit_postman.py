"""The postman: schedules on virtual time, order, loss and doubles, and real receivers on ports."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox_kit import virtual_time
from sandbox_kit.clock import Clock
from sandbox_kit.ids import Ids
from sandbox_kit.in_process import InProcess
from sandbox_kit.postman import Attempt, Delivery, Postman
from sandbox_kit.server import Running

INTUIT = (10, 20, 30, 300, 1200, 7200, 14400, 21600)
HOOK = "http://product.test/hook"


class Receiver:
    """A webhook endpoint that answers from a script (then 200) and remembers when it got what."""

    def __init__(
        self, now: Callable[[], float], answers: Sequence[int] = (), takes_seconds: float = 0
    ) -> None:
        self.answers = list(answers)
        self.got: list[tuple[float, str]] = []
        self.takes_seconds = takes_seconds
        self.headers: list[str | None] = []
        self._now = now
        self._began = now()
        self.app = Starlette(routes=[Route("/{hook}", self._receive, methods=["POST"])])

    @property
    def bodies(self) -> list[str]:
        return [body for _, body in self.got]

    @property
    def times(self) -> list[float]:
        return [when for when, _ in self.got]

    async def _receive(self, request: Request) -> Response:
        body = (await request.body()).decode()
        self.got.append((round(self._now() - self._began, 2), body))
        self.headers.append(request.headers.get("intuit-signature"))
        status = self.answers.pop(0) if self.answers else 200
        await asyncio.sleep(self.takes_seconds)
        return Response(status_code=status)


@contextlib.asynccontextmanager
async def office(
    answers: Sequence[int] = (),
    *,
    takes_seconds: float = 0,
    retry_after: Sequence[float] = (),
    **settings: Any,
) -> AsyncIterator[tuple[Postman, Receiver]]:
    """A working postman and a receiver in the running virtual loop."""
    receiver = Receiver(asyncio.get_running_loop().time, answers, takes_seconds)
    client = httpx.AsyncClient(transport=InProcess({"http://product.test": receiver.app}))
    postman = Postman(
        clock=virtual_time.clock(), ids=Ids(1), client=client, retry_after=retry_after, **settings
    )
    running = asyncio.create_task(postman.run())
    try:
        yield postman, receiver
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await client.aclose()


def send(postman: Postman, *bodies: str, url: str = HOOK) -> list[str]:
    """Posts these bodies and answers the ids."""
    return [postman.post(url, body.encode(), {"intuit-signature": f"of {body}"}) for body in bodies]


def fates(postman: Postman) -> list[str]:
    """The states of all deliveries, oldest first."""
    return [delivery.state for delivery in postman.deliveries()]


def test_postman_delivers_in_order_with_body_and_headers() -> None:
    """Messages of one address arrive once each, in the order they were posted, unchanged."""

    async def main() -> None:
        async with office() as (postman, receiver):
            send(postman, "a", "b", "c")
            await postman.settle()
            assert receiver.bodies == ["a", "b", "c"]
            assert receiver.headers == ["of a", "of b", "of c"]
            assert fates(postman) == ["delivered"] * 3

    virtual_time.run(main())


def test_postman_tries_again_by_the_schedule_until_it_is_taken() -> None:
    """After each refusal the next attempt comes at its distance, and 2xx ends it."""

    async def main() -> None:
        async with office([500, 302, 404], retry_after=INTUIT) as (postman, receiver):
            send(postman, "a")
            await asyncio.sleep(86400)
            assert receiver.times == [0, 10, 30, 60]
            (delivery,) = postman.deliveries()
            assert delivery.state == "delivered"
            assert [attempt.status for attempt in delivery.attempts] == [500, 302, 404, 200]

    virtual_time.run(main())


def test_postman_repeats_the_last_distance_for_ever_when_told_so() -> None:
    """Intuit's schedule ends in every six hours (reference 9.5)."""

    async def main() -> None:
        async with office([503] * 99, retry_after=INTUIT, repeat_last=True) as (postman, receiver):
            send(postman, "a")
            await asyncio.sleep(4 * 86400)
            hours = [
                later - earlier for earlier, later in zip(receiver.times, receiver.times[1:], strict=False)
            ]
            assert hours[:8] == list(INTUIT)
            assert hours[8:] == [21600] * len(hours[8:])
            assert len(hours) > 20
            assert fates(postman) == ["waiting"]

    virtual_time.run(main())


def test_postman_gives_up_at_the_end_of_the_schedule() -> None:
    """Without repetition there are one attempt and as many retries as distances."""

    async def main() -> None:
        async with office([500] * 9, retry_after=(1, 2)) as (postman, receiver):
            send(postman, "a")
            await asyncio.sleep(3600)
            assert receiver.times == [0, 1, 3]
            assert fates(postman) == ["given up"]

    virtual_time.run(main())


def test_postman_compresses_the_schedule_by_the_time_scale() -> None:
    """A scale of a thousandth makes an hour 3.6 seconds."""

    async def main() -> None:
        async with office([500, 500], retry_after=(3600, 7200)) as (postman, receiver):
            postman.settings.time_scale = 0.001
            send(postman, "a")
            await asyncio.sleep(60)
            assert receiver.times == [0, 3.6, 10.8]

    virtual_time.run(main())


def test_postman_counts_a_slow_answer_as_none() -> None:
    """A receiver that needs longer than the timeout gets the message again."""

    async def main() -> None:
        async with office(takes_seconds=5, retry_after=(10,)) as (postman, receiver):
            send(postman, "a")
            await asyncio.sleep(5)
            receiver.takes_seconds = 1
            await asyncio.sleep(60)
            assert receiver.times == [0, 13]
            first, second = postman.deliveries()[0].attempts
            assert (first.status, first.error) == (None, "no answer within 3 seconds")
            assert second == Attempt(second.at, 200)

    virtual_time.run(main())


def test_postman_holds_later_messages_back_behind_a_failing_one() -> None:
    """A message that is not taken blocks its own address (reference 9.5) and no other."""

    async def main() -> None:
        async with office([500], retry_after=(60,)) as (postman, receiver):
            send(postman, "a", "b")
            await postman.settle()
            send(postman, "x", url="http://product.test/other")
            await postman.settle()
            assert receiver.got == [(0, "a"), (0, "x")]
            await asyncio.sleep(61)
            assert receiver.got[2:] == [(60, "a"), (60, "b")]

    virtual_time.run(main())


def test_postman_lets_a_failing_message_step_aside_when_it_does_not_withhold() -> None:
    """Without withholding the later messages go on while the failing one waits."""

    async def main() -> None:
        async with office([500], retry_after=(60,), withhold=False) as (postman, receiver):
            send(postman, "a", "b")
            await asyncio.sleep(61)
            assert receiver.got == [(0, "a"), (0, "b"), (60, "a")]

    virtual_time.run(main())


def test_postman_serves_addresses_at_the_same_time() -> None:
    """Two slow receivers take as long as one."""

    async def main() -> None:
        async with office(takes_seconds=2) as (postman, receiver):
            for n in range(5):
                send(postman, str(n), url=f"http://product.test/{n}")
            await postman.settle()
            assert receiver.times == [0] * 5

    virtual_time.run(main())


def test_postman_delivers_doubles_of_the_same_body_and_headers() -> None:
    """Every message comes as often again as `duplicates` says."""

    async def main() -> None:
        async with office() as (postman, receiver):
            postman.settings.duplicates = 2
            send(postman, "a", "b")
            await postman.settle()
            assert sorted(receiver.bodies) == ["a", "a", "a", "b", "b", "b"]
            assert sorted(str(h) for h in receiver.headers) == ["of a"] * 3 + ["of b"] * 3
            assert [len(delivery.attempts) for delivery in postman.deliveries()] == [3, 3]

    virtual_time.run(main())


def test_postman_loses_the_part_it_is_told_to_lose() -> None:
    """Lost messages never leave and are on record; by hand they can still be sent."""

    async def main() -> None:
        async with office() as (postman, receiver):
            postman.settings.loss_rate = 0.3
            send(postman, *map(str, range(200)))
            await postman.settle()
            lost = fates(postman).count("lost")
            assert 40 < lost < 80
            assert len(receiver.got) == 200 - lost
            assert postman.resend_all() == lost
            await postman.settle()
            assert sorted(receiver.bodies) == sorted(map(str, range(200)))

    virtual_time.run(main())


def test_postman_delays_and_reorders() -> None:
    """A delay holds messages back; with reordering later ones overtake, and all arrive."""

    async def main() -> None:
        async with office() as (postman, receiver):
            postman.settings.delay_seconds = 300
            send(postman, "a")
            await asyncio.sleep(1000)
            assert receiver.times == [300]
            postman.settings.reorder = True
            sent = [str(n) for n in range(20)]
            send(postman, *sent)
            await asyncio.sleep(1000)
            assert sorted(receiver.bodies[1:]) == sorted(sent)
            assert receiver.bodies[1:] != sent

    virtual_time.run(main())


def test_postman_holds_everything_while_paused() -> None:
    """Paused, nothing goes out and settling does not hang; afterwards all goes."""

    async def main() -> None:
        async with office() as (postman, receiver):
            postman.settings.paused = True
            send(postman, "a")
            await postman.settle()
            assert receiver.got == []
            postman.settings.paused = False
            await postman.settle()
            assert receiver.bodies == ["a"]

    virtual_time.run(main())


def test_postman_resends_by_hand_at_once() -> None:
    """Resending brings a waiting retry forward, revives what was given up, and repeats what was taken."""

    async def main() -> None:
        async with office([500, 500], retry_after=(3600,)) as (postman, receiver):
            (waiting,) = send(postman, "a")
            await postman.settle()
            postman.resend(waiting)
            await postman.settle()
            assert fates(postman) == ["given up"]
            postman.resend(waiting)
            await postman.settle()
            assert fates(postman) == ["delivered"]
            assert postman.resend_all() == 0
            postman.resend(waiting)
            await postman.settle()
            assert receiver.got == [(0, "a")] * 4
            with pytest.raises(KeyError):
                postman.resend("nobody's")

    virtual_time.run(main())


def test_postman_sees_retries_due_when_the_clock_is_shifted() -> None:
    """Shifting the clock past a retry makes it due without sleeping."""

    async def main() -> None:
        receiver = Receiver(asyncio.get_running_loop().time, [500])
        clock = virtual_time.clock()
        async with httpx.AsyncClient(transport=InProcess({"http://product.test": receiver.app})) as client:
            postman = Postman(clock=clock, ids=Ids(1), client=client, retry_after=(3600,))
            running = asyncio.create_task(postman.run())
            send(postman, "a")
            await postman.settle()
            clock.advance(3600)
            await postman.settle()
            assert receiver.got == [(0, "a"), (0, "a")]
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    virtual_time.run(main())


def test_postman_keeps_the_mail_while_it_does_not_run() -> None:
    """A message under way when the run is cancelled stays queued and goes out in the next run."""

    async def main() -> None:
        async with office(takes_seconds=2) as (postman, receiver):
            send(postman, "a")
            await asyncio.sleep(1)
            first = next(
                task
                for task in asyncio.all_tasks()
                if getattr(task.get_coro(), "__qualname__", "") == "Postman.run"
            )
            first.cancel()
            await asyncio.gather(first, return_exceptions=True)
            assert fates(postman) == ["waiting"]
            second = asyncio.create_task(postman.run())
            await postman.settle()
            assert receiver.bodies == ["a", "a"]
            second.cancel()
            await asyncio.gather(second, return_exceptions=True)

    virtual_time.run(main())


def test_postman_takes_a_crash_of_the_receiver_as_a_failed_attempt() -> None:
    """Nobody listening, and a bug in a receiver of the same process, are attempts with a reason."""

    async def crash(scope: object, receive: object, send: object) -> None:
        raise RuntimeError("a bug")

    async def main() -> list[Delivery]:
        async with httpx.AsyncClient(transport=InProcess({"http://buggy.test": crash})) as client:
            postman = Postman(clock=virtual_time.clock(), ids=Ids(1), client=client, retry_after=())
            running = asyncio.create_task(postman.run())
            send(postman, "a", url="http://buggy.test/hook")
            send(postman, "b", url="http://nobody.test/hook")
            await postman.settle()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            return postman.deliveries()

    errors = [delivery.attempts[0].error for delivery in virtual_time.run(main())]
    assert errors == ["RuntimeError: a bug", "ConnectError: nobody listens at http://nobody.test"]


def test_postman_forgets_the_oldest_finished_messages() -> None:
    """No more than `keep` finished messages are remembered; waiting ones are never forgotten."""

    async def main() -> None:
        async with office(keep=3) as (postman, _):
            for body in "abcdef":
                send(postman, body)
                await postman.settle()
            assert [delivery.body for delivery in postman.deliveries()] == [b"d", b"e", b"f"]

    virtual_time.run(main())


async def test_postman_works_on_real_time_over_a_port() -> None:
    """A refused message is delivered again over a real connection; a new one wakes the sleeping run at once."""
    loop = asyncio.get_running_loop()
    receiver = Receiver(loop.time, [500])
    async with httpx.AsyncClient() as client:
        postman = Postman(clock=Clock(), ids=Ids(1), client=client, retry_after=(3600,))
        postman.settings.time_scale = 0.00003
        async with Running(receiver.app, background=[postman.run]) as server:
            send(postman, "a", url=f"{server.url}/hook")
            await asyncio.sleep(1)
            assert fates(postman) == ["delivered"]
            send(postman, "b", url=f"{server.url}/hook")
            async with asyncio.timeout(2):
                await postman.settle()
    assert receiver.bodies == ["a", "a", "b"]


def test_postman_carries_a_large_backlog() -> None:
    """Five thousand messages of one address arrive, with and without order."""

    async def main() -> None:
        async with office() as (postman, receiver):
            send(postman, *map(str, range(2500)))
            await postman.settle()
            postman.settings.reorder = True
            send(postman, *map(str, range(2500, 5000)))
            await postman.settle()
            assert receiver.bodies[:2500] == [str(n) for n in range(2500)]
            assert len(receiver.bodies) == 5000

    virtual_time.run(main())
