"""A whole stand-in as one object, for tests, the demo and the command line.

```python
sandbox = Sandbox(company="us-ast", seed="sample", clock=Clock(), random_seed=1)
async with Running(sandbox.app, background=sandbox.background) as server: ...
```
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import httpx

from quickbooks_sandbox import quota, server, storage, webhooks
from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.company.kinds import Behaviour
from quickbooks_sandbox.control import Controls
from quickbooks_sandbox.oauth.grants import Client, Grants, Tokens
from quickbooks_sandbox.replays import Replays
from sandbox_kit.clock import Clock
from sandbox_kit.faults import Faults
from sandbox_kit.ids import Ids
from sandbox_kit.journal import Journal
from sandbox_kit.postman import Postman

SAVE_SECONDS = 0.5
SAVE_SHARE = 30
"""So many times as long as saving took, it is not done again."""


class Sandbox:
    """One company behind the imitated API, with one client registered and connected.

    Args:
        company: the kind of company (``company.kinds.KINDS``).
        seed: what it holds: ``sample``, ``empty``, ``customers:N`` or ``large:N,M``.
        clock: the time of everything in it.
        random_seed: the same number gives the same ids and tokens.
        quota: whether Intuit's limits are enforced.
        webhook_url: where events go; can be set later through ``announcer.endpoints`` or the control API.
        http_client: who carries webhooks; without one ``self.http_client`` is made and must be closed by ``aclose``.
        base_url: the address under which callers reach it, for ``credentials`` alone.
        redirect_uris: the client's registered return addresses; none means that any is allowed.
        behaviour: answers to what Intuit does not document.
        data: a file that keeps the state over a restart; written by ``background``.

    Raises:
        ValueError: an unknown kind or seed.
        storage.Unreadable: the file holds something else.
    """

    def __init__(
        self,
        company: str = "us-ast",
        seed: str = "sample",
        *,
        clock: Clock | None = None,
        random_seed: int = 1,
        quota: bool = True,
        webhook_url: str | None = None,
        http_client: httpx.AsyncClient | None = None,
        base_url: str = "",
        redirect_uris: Sequence[str] = (),
        behaviour: Behaviour | None = None,
        data: Path | None = None,
    ) -> None:
        self.clock = clock or Clock()
        self.ids = Ids(random_seed)
        self.base_url = base_url
        self.data = data
        self.company = Company(company, seed, clock=self.clock, ids=self.ids, behaviour=behaviour)
        self.journal = Journal(self.clock)
        self.faults = Faults(self.ids)
        self.replays = Replays()
        self.grants = Grants(self.clock, self.ids, self.company.behaviour)
        self.client = Client(
            f"AB{self.ids.alphanumeric(48)}", self.ids.alphanumeric(40), tuple(redirect_uris)
        )
        self.grants.clients[self.client.client_id] = self.client
        self.verifier = self.ids.uuid()
        tokens, _ = self.grants.mint(self.client.client_id, self.company.realm_id)
        self.access_token, self.refresh_token = tokens.access_token, tokens.refresh_token
        if data is not None and data.exists():
            self._restore(data)
        self.http_client = http_client or httpx.AsyncClient()
        self._owns_client = http_client is None
        self._assemble(webhook_url, limited=quota)
        self._saved = -1

    def _assemble(self, webhook_url: str | None, *, limited: bool) -> None:
        self.postman = Postman(
            clock=self.clock,
            ids=self.ids,
            client=self.http_client,
            retry_after=webhooks.RETRY_AFTER,
            repeat_last=True,
        )
        endpoints = (webhooks.Endpoint(webhook_url),) if webhook_url else ()
        self.announcer = webhooks.Announcer(self.postman, self.ids, self.verifier, endpoints)
        self.company.listeners.append(self._hear)
        self.quota = quota.Quota(self.clock, quota.Limits(enabled=limited))
        self.companies = {self.company.realm_id: self.company}
        controls = Controls(
            self.companies,
            self.grants,
            self.client,
            self.announcer,
            self.quota,
            lambda: self.credentials,
            self.reset,
        )
        parts = server.Parts(
            self.clock,
            self.ids,
            self.journal,
            self.faults,
            self.postman,
            self.grants,
            self.quota,
            self.replays,
        )
        self.app = server.build(self.companies, parts, controls.routes())

    @property
    def realm_id(self) -> str:
        """The company's id."""
        return self.company.realm_id

    @property
    def credentials(self) -> dict[str, str]:
        """What a caller needs to know; the line that ``--json`` prints."""
        return {
            "base_url": self.base_url,
            "realm_id": self.company.realm_id,
            "client_id": self.client.client_id,
            "client_secret": self.client.client_secret,
            "access_token": self.access_token,
            "refresh_token": self.refresh_token,
            "webhook_verifier": self.verifier,
        }

    @property
    def background(self) -> list[Callable[[], Coroutine[Any, Any, Any]]]:
        """The coroutines that must run beside the app: gathering, delivering and, with ``data``, saving."""
        work: list[Callable[[], Coroutine[Any, Any, Any]]] = [self.announcer.run, self.postman.run]
        return [*work, self._keep_saving] if self.data is not None else work

    def mint(self) -> Tokens:
        """Fresh tokens of a new grant, without any page."""
        return self.grants.mint(self.client.client_id, self.company.realm_id)[0]

    def reset(self) -> None:
        """Back to the seed: books, journal, faults, remembered requests and waiting events; tokens stay."""
        self.company.reset()
        self.journal.clear()
        self.faults.clear()
        self.replays.answers.clear()
        self.announcer.waiting.clear()

    def save(self) -> None:
        """Write the state to the file, if there is one."""
        if self.data is None:
            return
        manifest = {**self.credentials, "redirect_uris": list(self.client.redirect_uris)}
        storage.write(self.data, storage.dump(self.company, self.grants, self.replays, manifest))

    async def aclose(self) -> None:
        """Close what this object opened."""
        if self._owns_client:
            await self.http_client.aclose()

    def _hear(self, event: Any) -> None:
        if self.grants.connected(event.realm_id):
            self.announcer.hear(event)

    def _restore(self, data: Path) -> None:
        manifest = storage.read(data, self.company, self.grants, self.replays)
        self.client = self.grants.clients[manifest["client_id"]]
        self.verifier = manifest["webhook_verifier"]
        self.access_token, self.refresh_token = manifest["access_token"], manifest["refresh_token"]

    async def _keep_saving(self) -> None:
        """Save half a second after anything changed, and once more at the end.

        A large company takes seconds to write, during which nobody is answered: it is written less often.
        """
        try:
            while True:
                begun = time.monotonic()
                self._save_if_changed()
                await asyncio.sleep(max(SAVE_SECONDS, SAVE_SHARE * (time.monotonic() - begun)))
        finally:
            self.save()

    def _save_if_changed(self) -> None:
        if self.company.revision != self._saved:
            self.save()
            self._saved = self.company.revision
