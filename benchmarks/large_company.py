"""How fast the QuickBooks sandbox is with a large company: seeding, pages of a query, single writes, over real HTTP.

    .venv/bin/python benchmarks/large_company.py [--customers 100000] [--invoices 100000]

The server runs as `quickbooks-sandbox serve` in a process of its own; its peak memory is what the kernel counted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

REPEATS = 15
CREATES = 1500
AT_ONCE = 8
QUERIES = {
    "page of 1000 invoices": "select * from Invoice maxresults 1000",
    "the last page": "select * from Invoice startposition {late} maxresults 1000",
    "ordered by day, latest first": "select * from Invoice orderby TxnDate desc maxresults 1000",
    "ordered by time of change": "select * from Invoice orderby MetaData.LastUpdatedTime maxresults 1000",
    "changed since the middle": "select * from Invoice where MetaData.LastUpdatedTime > '{middle}' maxresults 1000",
    "open invoices": "select * from Invoice where Balance > '0' maxresults 1000",
    "1000 customers by name": "select * from Customer maxresults 1000",
    "one customer by e-mail": "select * from Customer where PrimaryEmailAddr = 'nobody@mail.example'",
    "count of the open ones": "select count(*) from Invoice where Balance > '0'",
}


@dataclass(frozen=True, slots=True)
class Server:
    """A running server and what its start took."""

    manifest: dict[str, str]
    pid: int
    seconds: float

    @property
    def realm(self) -> str:
        """The address of the company."""
        return f"{self.manifest['base_url']}/v3/company/{self.manifest['realm_id']}"

    @property
    def headers(self) -> dict[str, str]:
        """What every call says."""
        return {"Authorization": f"Bearer {self.manifest['access_token']}", "Accept": "application/json"}

    def peak_megabytes(self) -> int:
        """The most memory that the process has held."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM"))


@contextmanager
def served(customers: int, invoices: int) -> Iterator[Server]:
    """The sandbox with a crowd of this size; no limits."""
    command = [
        str(Path(sys.executable).with_name("quickbooks-sandbox")),
        *("serve", "--port", "0", "--json", "--no-quota", "--seed", f"large:{customers},{invoices}"),
    ]
    begun = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        manifest = json.loads(process.stdout.readline())
        try:
            yield Server(manifest, process.pid, time.perf_counter() - begun)
        finally:
            process.terminate()


def timed_query(client: httpx.Client, server: Server, text: str) -> tuple[float, float]:
    """Median and worst milliseconds of a statement; what came is read but not decoded."""
    taken = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        answer = client.get(f"{server.realm}/query", params={"query": text}, headers=server.headers)
        taken.append(1000 * (time.perf_counter() - begun))
        answer.raise_for_status()
    return statistics.median(taken), max(taken)


async def creates_per_second(server: Server, entity: str, bodies: list[dict[str, Any]]) -> float:
    """Single creates, several callers at once."""
    waiting = iter(bodies)
    async with httpx.AsyncClient(headers=server.headers) as client:

        async def caller() -> None:
            for body in waiting:
                answer = await client.post(f"{server.realm}/{entity}", json=body)
                answer.raise_for_status()

        begun = time.perf_counter()
        await asyncio.gather(*(caller() for _ in range(AT_ONCE)))
        return len(bodies) / (time.perf_counter() - begun)


def invoice(number: int) -> dict[str, Any]:
    """A small invoice to one of the first customers."""
    detail = {"ItemRef": {"value": "1"}, "TaxCodeRef": {"value": "NON"}}
    line = {"Amount": 100, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
    return {"CustomerRef": {"value": str(1 + number % 100)}, "Line": [line]}


def main() -> None:
    """Measure and print a table."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--customers", type=int, default=100_000)
    asked.add_argument("--invoices", type=int, default=100_000)
    size = asked.parse_args()
    with served(size.customers, size.invoices) as server, httpx.Client(timeout=60) as client:
        print(f"large:{size.customers},{size.invoices}")
        print(f"  from start to first answer   {server.seconds:8.1f} s")
        print(f"  memory after seeding         {server.peak_megabytes():8d} MB at its peak")
        middle = client.get(
            f"{server.realm}/query",
            params={
                "query": f"select * from Invoice startposition {max(1, size.invoices // 2)} maxresults 1"
            },
            headers=server.headers,
        ).json()["QueryResponse"]["Invoice"][0]["MetaData"]["LastUpdatedTime"]
        places = {"late": max(1, size.invoices - 999), "middle": middle}
        for what, text in QUERIES.items():
            median, worst = timed_query(client, server, text.format(**places))
            print(f"  {what:29}{median:8.0f} ms at the median, {worst:.0f} at worst")
        people = [{"DisplayName": f"Benchmark {number}"} for number in range(CREATES)]
        bills = [invoice(number) for number in range(CREATES)]
        for entity, bodies in (("customer", people), ("invoice", bills)):
            print(
                f"  creates of one {entity:14}{asyncio.run(creates_per_second(server, entity, bodies)):8.0f} a second"
            )
        print(f"  memory at the end            {server.peak_megabytes():8d} MB at its peak")


if __name__ == "__main__":
    main()
