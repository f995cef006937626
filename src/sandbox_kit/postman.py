"""The postman: carries webhooks to their addresses, again and again until they are taken, late or twice if told so."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

import httpx

from sandbox_kit.clock import Clock
from sandbox_kit.ids import Ids

State = Literal["waiting", "delivered", "given up", "lost"]


@dataclass
class PostmanSettings:
    """How unreliable the post is. May be changed at any time.

    `duplicates`: further deliveries of every message that was taken. `loss_rate`: the part of messages that never
    leaves, 0 to 1. `delay_seconds`: how long a message lies before its first attempt. `reorder`: messages of one
    address go in random order, and each lies for a random part of the delay. `time_scale`: factor on the retry
    schedule (0.001 makes an hour 3.6 seconds). `paused`: nothing goes out.
    """

    duplicates: int = 0
    loss_rate: float = 0.0
    delay_seconds: float = 0.0
    reorder: bool = False
    time_scale: float = 1.0
    paused: bool = False


@dataclass(frozen=True)
class Attempt:
    """One try to deliver: when it began, and the status that came back or the reason why none did."""

    at: datetime
    status: int | None
    error: str | None = None


@dataclass(frozen=True)
class Delivery:
    """A message and its fate so far; `state` is "lost" when the post lost it on purpose before any attempt."""

    id: str
    url: str
    body: bytes
    headers: Mapping[str, str]
    attempts: tuple[Attempt, ...]
    state: State


@dataclass(eq=False)
class _Letter:
    id: str
    url: str
    body: bytes
    headers: dict[str, str]
    attempts: list[Attempt] = field(default_factory=list)
    state: State = "waiting"


@dataclass(eq=False)
class _Errand:
    """A letter in the bag of its address: when it may go, which try this is, and whether it is a mere copy."""

    letter: _Letter
    due: datetime
    tries: int = 0
    copy: bool = False


class Postman:
    """Delivers at least once: 2xx is taken, anything else is tried again by the schedule.

    `retry_after` holds the seconds from one attempt to the next; at its end the message is given up, or with
    `repeat_last` tried again for ever at the last distance. Each address has its own stream, one message at a time:
    a message that was not taken holds back the later ones (`withhold`), as Intuit may do (reference 9.5); without
    `withhold` it steps aside until its next try. `timeout` is the seconds a receiver has to answer.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        ids: Ids,
        client: httpx.AsyncClient,
        retry_after: Sequence[float],
        repeat_last: bool = False,
        timeout: float = 3.0,
        withhold: bool = True,
        keep: int = 20_000,
    ) -> None:
        self.settings = PostmanSettings()
        self._clock = clock
        self._ids = ids
        self._client = client
        self._retry_after = tuple(retry_after)
        self._repeat_last = repeat_last
        self._timeout = timeout
        self._withhold = withhold
        self._keep = keep
        self._letters: dict[str, _Letter] = {}
        self._bags: dict[str, list[_Errand]] = {}
        self._flights: dict[str, asyncio.Task[None]] = {}
        self._stirred = asyncio.Event()
        self._quiet = asyncio.Event()

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> str:
        """Queues a message for `url` and answers the delivery's id; `run` carries it."""
        letter = _Letter(self._ids.uuid(), url, body, dict(headers))
        self._letters[letter.id] = letter
        self._forget_old()
        if self.settings.loss_rate > 0 and self._ids.chance() < self.settings.loss_rate:
            letter.state = "lost"
            return letter.id
        lies = self.settings.delay_seconds
        if self.settings.reorder and lies > 0:
            lies *= self._ids.chance()
        self._put(_Errand(letter, self._clock.now() + timedelta(seconds=lies)))
        return letter.id

    def follow(self, retry_after: Sequence[float], *, repeat_last: bool) -> None:
        """Tries again by another schedule from now on; retries that are planned stay where they are."""
        self._retry_after = tuple(retry_after)
        self._repeat_last = repeat_last

    async def run(self) -> None:
        """Carries messages until cancelled; what was under way then counts as not tried and stays queued."""
        try:
            while True:
                self._stirred.clear()
                pause = self._send_out()
                await self._stirring(pause)
        finally:
            flights = list(self._flights.values())
            for task in flights:
                task.cancel()
            await asyncio.gather(*flights, return_exceptions=True)

    async def settle(self) -> None:
        """Waits until no message is due now and none is under way; `run` must be running.

        Retries that lie in the future and messages held back by `paused` are not waited for.
        """
        self._quiet.clear()
        self.wake()
        await self._quiet.wait()

    def wake(self) -> None:
        """Makes `run` look again at once: after the clock was shifted or settings were changed."""
        self._stirred.set()

    def deliveries(self) -> list[Delivery]:
        """All messages, oldest first, each as it stands now."""
        return [
            Delivery(x.id, x.url, x.body, dict(x.headers), tuple(x.attempts), x.state)
            for x in self._letters.values()
        ]

    def resend(self, delivery_id: str) -> None:
        """Sends a message (again) now, whatever became of it. Raises KeyError when there is none of that id."""
        self._resend(self._letters[delivery_id])

    def resend_all(self) -> int:
        """Sends everything that was not taken yet (waiting, given up, lost) now; answers how many."""
        open_letters = [letter for letter in self._letters.values() if letter.state != "delivered"]
        for letter in open_letters:
            self._resend(letter)
        return len(open_letters)

    def _resend(self, letter: _Letter) -> None:
        now = self._clock.now()
        queued = [e for e in self._bags.get(letter.url, []) if e.letter is letter and not e.copy]
        if queued:
            queued[0].due = now
            self.wake()
            return
        letter.state = "waiting"
        self._put(_Errand(letter, now))

    def _put(self, errand: _Errand) -> None:
        self._bags.setdefault(errand.letter.url, []).append(errand)
        self._quiet.clear()
        self.wake()

    def _send_out(self) -> float | None:
        """Starts what is due; answers the seconds until something else will be (None: nothing is planned)."""
        now = self._clock.now()
        if not self.settings.paused:
            for url, bag in self._bags.items():
                errand = self._next(bag, now) if url not in self._flights else None
                if errand is not None:
                    self._start(errand)
        if not self._flights:
            self._quiet.set()
        if self.settings.paused:
            return None
        dues = [self._earliest(bag) for url, bag in self._bags.items() if bag and url not in self._flights]
        return max(0.0, (min(dues) - now).total_seconds()) if dues else None

    def _candidates(self, bag: list[_Errand]) -> list[_Errand]:
        return bag if self.settings.reorder or not self._withhold else bag[:1]

    def _earliest(self, bag: list[_Errand]) -> datetime:
        return min(errand.due for errand in self._candidates(bag))

    def _next(self, bag: list[_Errand], now: datetime) -> _Errand | None:
        due = [errand for errand in self._candidates(bag) if errand.due <= now]
        if not due:
            return None
        return due[int(self._ids.chance() * len(due))] if self.settings.reorder else due[0]

    def _start(self, errand: _Errand) -> None:
        task = asyncio.get_running_loop().create_task(
            self._carry(errand), name=f"delivering {errand.letter.id}"
        )
        self._flights[errand.letter.url] = task
        task.add_done_callback(lambda _: self._landed(errand.letter.url))

    def _landed(self, url: str) -> None:
        del self._flights[url]
        self.wake()

    async def _stirring(self, seconds: float | None) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stirred.wait()
        except TimeoutError:
            return

    async def _carry(self, errand: _Errand) -> None:
        letter = errand.letter
        attempt = await self._attempt(letter)
        letter.attempts.append(attempt)
        bag = self._bags[letter.url]
        taken = attempt.status is not None and 200 <= attempt.status < 300
        if errand.copy:
            bag.remove(errand)
        elif taken:
            letter.state = "delivered"
            bag.remove(errand)
            bag.extend(_Errand(letter, self._clock.now(), copy=True) for _ in range(self.settings.duplicates))
        elif (distance := self._distance(errand.tries)) is None:
            letter.state = "given up"
            bag.remove(errand)
        else:
            errand.tries += 1
            errand.due = self._clock.now() + timedelta(seconds=distance * self.settings.time_scale)

    def _distance(self, tries: int) -> float | None:
        if tries < len(self._retry_after):
            return self._retry_after[tries]
        return self._retry_after[-1] if self._repeat_last and self._retry_after else None

    async def _attempt(self, letter: _Letter) -> Attempt:
        at = self._clock.now()
        try:
            async with asyncio.timeout(self._timeout):
                answer = await self._client.post(
                    letter.url,
                    content=letter.body,
                    headers=letter.headers,
                    timeout=self._timeout,
                    follow_redirects=False,
                )
        except (TimeoutError, httpx.TimeoutException):
            return Attempt(at, None, f"no answer within {self._timeout:g} seconds")
        except Exception as error:  # whatever a receiver in the same process raises is a 500 to the post
            return Attempt(at, None, f"{type(error).__name__}: {error}")
        return Attempt(at, answer.status_code)

    def _forget_old(self) -> None:
        """Drops the oldest finished message when there are more than `keep`."""
        if len(self._letters) > self._keep:
            oldest = next((x for x in self._letters.values() if x.state != "waiting"), None)
            if oldest is not None:
                del self._letters[oldest.id]
