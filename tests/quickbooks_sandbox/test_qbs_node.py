"""The public Node clients (intuit-oauth, node-quickbooks) against the stand-in over a real port.

``tests/node/quickbooks.mjs`` makes the calls and prints what it was answered. It runs where ``node`` is and
``npm ci --prefix tests/node`` was called (CONTRIBUTING.md), and is skipped elsewhere.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from pathlib import Path

import pytest

from quickbooks_sandbox.sandbox import Sandbox
from sandbox_kit.server import Running

NODE = shutil.which("node")
HERE = Path(__file__).resolve().parents[1] / "node"


@pytest.mark.skipif(NODE is None, reason="there is no `node` on this machine")
@pytest.mark.skipif(
    not (HERE / "node_modules" / "node-quickbooks").exists(),
    reason="the Node clients are not installed: npm ci --prefix tests/node",
)
async def test_the_node_clients_do_their_work() -> None:
    """From the consent to the revoked token: queries, writes, a batch, the feed, a PDF, a file and refusals."""
    sandbox = Sandbox(quota=False)
    async with Running(sandbox.app, background=sandbox.background) as server:
        sandbox.base_url = server.url
        told = {"PATH": os.environ["PATH"], "KNOWN": json.dumps(sandbox.credentials)}
        assert NODE is not None
        process = await asyncio.create_subprocess_exec(
            NODE,
            "quickbooks.mjs",
            cwd=HERE,
            env=told,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, errors = await process.communicate()
    await sandbox.aclose()
    assert process.returncode == 0, errors.decode()
    said = json.loads(out)
    opened = said.pop("open")
    assert len(opened) == 3 and opened == sorted(opened, reverse=True)
    assert said.pop("found") == ["36"]
    assert said == {
        "realm": sandbox.realm_id,
        "refreshed": True,
        "userinfo": ["email", "emailVerified", "sub"],
        "customer": "Ada's Quill",
        "twin": "6240",
        "count": 33,
        "all": 33,
        "token": "1",
        "invoice": 10,
        "pdf": "%PDF-",
        "sent": "EmailSent",
        "batch": ["Customer", "QueryResponse", "Fault"],
        "feed": ["Invoice", "Customer"],
        "voided": "Voided",
        "deleted": "Deleted",
        "gone": "610",
        "file": 3,
        "preference": True,
        "revoked": 401,
    }
