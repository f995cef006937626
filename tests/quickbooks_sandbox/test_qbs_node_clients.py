"""Public Node clients (intuit-oauth, node-quickbooks), unmodified but for their addresses, against the stand-in over a port.

`tests/node/quickbooks.mjs` makes the calls and prints what it was answered; here that and the books are judged. They run
where `node` is and `npm ci --prefix tests/node` was called (CONTRIBUTING.md), and are skipped elsewhere.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from quickbooks_sandbox.sandbox import Sandbox
from sandbox_kit.clock import Clock
from sandbox_kit.server import Running

NODE = shutil.which("node")
TESTS = Path(__file__).resolve().parents[1]
HERE = TESTS / "node"
PAGE = TESTS.parent / "docs" / "developers" / "quickbooks-sandbox.md"

pytestmark = [
    pytest.mark.skipif(NODE is None, reason="there is no `node` on this machine"),
    pytest.mark.skipif(
        not all((HERE / "node_modules" / name).exists() for name in ("intuit-oauth", "node-quickbooks")),
        reason="the Node clients are not installed: npm ci --prefix tests/node",
    ),
]
Record = dict[str, Any]


@dataclass
class World:
    """A running stand-in and the script."""

    sandbox: Sandbox

    async def run(self, area: str) -> Record:
        """What the script printed for one area."""
        printed: Record = json.loads(await self.node("quickbooks.mjs", area))
        return printed

    async def node(self, *words: str) -> str:
        """What Node printed; a failure shows what it said."""
        assert NODE is not None
        process = await asyncio.create_subprocess_exec(
            *(NODE, *words),
            cwd=HERE,
            env={"PATH": os.environ["PATH"], "QUICKBOOKS": json.dumps(self.sandbox.credentials)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, said = await process.communicate()
        assert process.returncode == 0, said.decode()
        return out.decode()

    def record(self, entity: str, key: str) -> Record:
        """An object as the company keeps it."""
        return self.sandbox.company.tables[entity].records[key]


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """The sample company over a real port."""
    sandbox = Sandbox(clock=Clock(), quota=False)
    async with Running(sandbox.app, background=sandbox.background) as server:
        sandbox.base_url = server.url
        yield World(sandbox)


def told(refusal: Record) -> tuple[int, str]:
    """Status and code of an application fault, as the client shows it."""
    return refusal["status"], refusal["body"]["Fault"]["Error"][0]["code"]


async def test_node_oauth_goes_the_whole_way(world: World) -> None:
    """Log-in, token, userinfo, refresh by both clients, revoke; a code or a revoked token used again is refused."""
    said = await world.run("oauth")
    created, refreshed = said["created"], said["refreshed"]

    assert said["state"] == "s-1"
    assert created["token_type"] == "bearer"
    assert created["realmId"] == world.sandbox.realm_id
    assert created["expires_in"] == 3600
    assert refreshed["access_token"] != created["access_token"]
    assert said["byClient"]["access_token"] not in (created["access_token"], refreshed["access_token"])
    assert said["customers"] == 1
    assert "@" in said["email"]
    assert (said["again"], said["gone"]) == ("invalid_grant", "invalid_grant")


async def test_node_lists_are_kept_found_and_counted(world: World) -> None:
    """Create, read, sparse update, query with accents and apostrophes, paging to the end, count, retire."""
    said = await world.run("lists")
    customer = said["customer"]
    shown = [one for one in world.sandbox.company.tables["Customer"].records.values() if one["Active"]]

    assert world.record("Customer", customer["Id"])["DisplayName"] == "Zoë O'Hara & Sons (deleted)"
    assert said["updated"]["Notes"] == "Pays on Fridays"
    assert said["updated"]["PrimaryEmailAddr"] == {"Address": "zoe@example.com"}
    assert said["byName"] == said["like"] == [customer["Id"]]
    assert said["counted"] == len(said["all"]) == len(shown) + 1  # it was retired afterwards
    assert len(set(said["all"])) == len(said["all"])
    assert said["all"] == sorted(said["all"], key=str.casefold)
    assert said["retired"]["Active"] is False
    assert world.record("Item", said["item"]["Id"])["Name"] == "Tuning"
    assert world.record("Term", said["term"]["Id"])["DueDays"] == 45
    assert world.record("PaymentMethod", said["method"]["Id"])["Name"] == "Voucher"
    assert said["company"]["Country"] == "US"
    assert said["preferences"]["CurrencyPrefs"]["HomeCurrency"]["value"] == "USD"


async def test_node_documents_are_written_paid_printed_sent_and_voided(world: World) -> None:
    """The client's void, which sends the whole object, and its delete work; a request id gives one invoice."""
    said = await world.run("documents")
    invoice = said["invoice"]

    assert said["replayed"] == invoice["Id"]
    assert (said["partPaid"]["Balance"], said["partPaid"]["SyncToken"]) == (70, "1")
    assert said["partPaid"]["LinkedTxn"] == [{"TxnId": said["payment"]["Id"], "TxnType": "Payment"}]
    assert said["pdf"] == "%PDF-"
    assert said["sent"]["EmailStatus"] == "EmailSent"
    assert said["sent"]["BillEmail"]["Address"] == "wren@example.com"
    assert (said["receipt"]["TotalAmt"], said["receipt"]["Balance"]) == (120, 0)
    assert said["refund"]["TotalAmt"] == 120
    assert said["credit"]["RemainingCredit"] == 120
    assert said["removed"]["Estimate"]["status"] == "Deleted"
    assert (said["voided"]["TotalAmt"], said["voided"]["Balance"]) == (0, 0)
    kept = world.record("Invoice", invoice["Id"])
    assert (kept["TotalAmt"], kept["PrivateNote"]) == (0, "Voided")
    assert said["payment"]["Id"] not in world.sandbox.company.tables["Payment"].records


async def test_node_batch_and_change_feed(world: World) -> None:
    """Items answer by their `bId`, one that fails beside others; none sees what another made (reference 8); the feed tells."""
    said = await world.run("bulk")
    created, taken, asked = said["batch"]

    assert [one["bId"] for one in said["batch"]] == ["1", "2", "3"]
    assert taken["Fault"]["Error"][0]["code"] == "6240"
    assert asked["QueryResponse"] == {}
    changed = [one["Id"] for feed in said["changes"] for one in feed.get("Customer", ())]
    assert created["Customer"]["Id"] in changed


async def test_node_upload_attaches_a_file(world: World) -> None:
    """A multipart upload without metadata, linked to an invoice afterwards, and the same bytes back."""
    said = await world.run("files")

    assert said["attached"]["AttachableRef"][0]["EntityRef"] == {"type": "Invoice", "value": said["invoice"]}
    assert said["content"] == "paid in full"


async def test_node_faults_are_told_with_their_codes(world: World) -> None:
    """A taken name, a stale token, an unknown id, a query that is none, a foreign access token."""
    said = await world.run("faults")

    assert told(said["taken"]) == (400, "6240")
    assert told(said["stale"]) == (400, "5010")
    assert told(said["gone"]) == (400, "610")
    assert told(said["unasked"]) == (400, "4001")
    assert said["stranger"]["status"] == 401
    assert said["stranger"]["body"]["fault"]["error"][0]["code"] == "3200"


async def test_the_node_example_of_the_page_runs(world: World) -> None:
    """As a reader would type it in, with the two imports that it presupposes."""
    (example,) = re.findall(r"```js\n(.*?)```", PAGE.read_text(), re.DOTALL)
    opening = (
        'import OAuthClient from "intuit-oauth"; import QuickBooks from "node-quickbooks";'
        "const known = JSON.parse(process.env.QUICKBOOKS);"
    )
    printed = await world.node("--input-type=module", "--eval", opening + example)

    assert world.record("Customer", printed.strip())["DisplayName"] == "Ada Quill"
