"""The command line: a server on a real port, one line of JSON, state that survives a restart."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from typing import Any, ClassVar

import httpx
import pytest

from quickbooks_sandbox import webhooks
from quickbooks_sandbox.sandbox import Sandbox
from quickbooks_sandbox.storage import Unreadable
from sandbox_kit.clock import Clock

MAIN = "from quickbooks_sandbox.command import app; app()"


@contextmanager
def served(*arguments: str) -> Iterator[dict[str, Any]]:
    command = [sys.executable, "-c", MAIN, "serve", "--port", "0", "--json", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0


def reading(manifest: dict[str, Any], path: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {manifest['access_token']}", "Accept": "application/json"}
    return httpx.get(f"{manifest['base_url']}/v3/company/{manifest['realm_id']}{path}", headers=headers)


def test_the_first_line_is_all_a_client_needs() -> None:
    """``--json`` prints the manifest, and with it a read works."""
    with served("--seed", "customers:40", "--no-quota") as manifest:
        found = reading(manifest, "/query?query=select%20count(*)%20from%20Customer").json()
        assert found["QueryResponse"]["totalCount"] == 40


class Hook(BaseHTTPRequestHandler):
    """Keeps what is posted to it."""

    got: ClassVar[Queue[tuple[str, bytes]]] = Queue()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.got.put((self.headers["intuit-signature"], body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


def test_webhooks_leave_the_process_signed() -> None:
    """``--webhook``: what is written arrives there, signed with the verifier that ``--json`` printed (reference 9)."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with served("--no-quota", "--webhook", f"http://127.0.0.1:{server.server_port}/hook") as manifest:
            headers = {"Authorization": f"Bearer {manifest['access_token']}", "Accept": "application/json"}
            url = f"{manifest['base_url']}/v3/company/{manifest['realm_id']}/customer"
            made = httpx.post(url, json={"DisplayName": "Announced"}, headers=headers).json()["Customer"]
            signature, body = Hook.got.get(timeout=10)
            assert signature == webhooks.signature(manifest["webhook_verifier"], body)
            (event,) = json.loads(body)
            assert (event["type"], event["intuitentityid"]) == ("qbo.customer.created.v1", made["Id"])
            assert event["intuitaccountid"] == manifest["realm_id"]
    finally:
        server.shutdown()
        server.server_close()


def test_state_survives_a_restart(tmp_path: Path) -> None:
    """``--data``: objects, tokens, request ids and numbers are there again."""
    file = str(tmp_path / "books.json")
    with served("--data", file) as first:
        url = f"{first['base_url']}/v3/company/{first['realm_id']}/customer?requestid=A1"
        headers = {"Authorization": f"Bearer {first['access_token']}", "Accept": "application/json"}
        made = httpx.post(url, json={"DisplayName": "Survivor"}, headers=headers)
        assert made.status_code == 200
    with served("--data", file) as second:
        for member in ("realm_id", "client_id", "access_token", "refresh_token", "webhook_verifier"):
            assert second[member] == first[member]
        again = httpx.post(
            url.replace(first["base_url"], second["base_url"]),
            json={"DisplayName": "Survivor"},
            headers=headers,
        )
        assert again.json() == made.json()
        read = reading(second, f"/customer/{made.json()['Customer']['Id']}").json()["Customer"]
        assert read == made.json()["Customer"]


def test_the_whole_state_comes_back_exactly(tmp_path: Path, clock: Clock) -> None:
    """Every table, name, number and amount is equal after saving and loading, and the next write works."""
    first = Sandbox(clock=clock, data=tmp_path / "a.json")
    first.save()
    second = Sandbox(clock=clock, data=tmp_path / "a.json", random_seed=9)
    assert second.company.tables == first.company.tables
    assert second.company.registers == first.company.registers
    assert second.company.sequences == first.company.sequences
    assert second.grants.refresh.keys() == first.grants.refresh.keys()
    assert second.credentials == first.credentials
    assert second.company.create("Customer", {"DisplayName": "Next"})["Id"] == "36"


def test_a_foreign_file_is_refused(tmp_path: Path, clock: Clock) -> None:
    """A damaged file, or one of another kind of company, is not overwritten."""
    Sandbox("gb", clock=clock, data=tmp_path / "gb.json").save()
    (tmp_path / "bad.json").write_text("{}")
    for name in ("gb.json", "bad.json"):
        before = (tmp_path / name).read_bytes()
        with pytest.raises(Unreadable):
            Sandbox("us-ast", clock=clock, data=tmp_path / name)
        assert (tmp_path / name).read_bytes() == before


@pytest.mark.parametrize("arguments", [["--company", "moon"], ["--seed", "weeds"]])
def test_an_unknown_choice_is_explained(arguments: list[str]) -> None:
    """Exit code 2 and a sentence on standard error."""
    command = [sys.executable, "-c", MAIN, "serve", "--port", "0", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert "choose" in done.stderr
