"""The report: tables, verdict and manifest of a run."""

from __future__ import annotations

import stat
from collections import Counter
from decimal import Decimal
from pathlib import Path

import httpx
import msgspec
import pytest
from rich.console import Console

from counterfoil_demo import calls, manifest, report
from counterfoil_demo.checks import Finding
from counterfoil_demo.neighbours import Crm, QuickBooks, Row, Service
from counterfoil_demo.scene import Calls, Count, Pair, Scene
from counterfoil_demo.story import Outcome

GOOD = Outcome("Paid", (Finding("balance", held=True),), 1.25)
BAD = Outcome("Sent [now]", (Finding("total", held=False, seen="expected 5, found 4"),), 0.5)


def printed(show: object) -> str:
    console = Console(width=120, record=True, quiet=False, file=None, highlight=False)
    with console.capture() as capture:
        console.print(show)
    return capture.get()


def closing(outcomes: list[Outcome], of: int) -> str:
    console = Console(width=160, highlight=False)
    with console.capture() as capture:
        report.show_closing(console, outcomes, of, [], [])
    return capture.get()


def test_a_record_is_shown_with_both_totals() -> None:
    """Two places, and a cross where the sides differ."""
    table = printed(report.records_table([Pair("Invoice INV-1", Decimal("1246.9"), Decimal("1246.90"))]))

    assert table.count("1,246.90") == 2
    assert "✓" in table


@pytest.mark.parametrize("other", [None, Decimal("164.99")])
def test_a_record_that_differs_or_is_missing_gets_a_cross(other: Decimal | None) -> None:
    """Nothing on the other side is a difference too."""
    pair = Pair("Order", Decimal(165), other)

    assert not pair.agrees
    assert "✗" in printed(report.records_table([pair]))


def test_a_record_that_is_on_neither_side_does_not_agree() -> None:
    """Two holes are not an agreement."""
    assert not Pair("Order", None, None).agrees


def test_calls_are_shown_by_both_counts() -> None:
    """What the bank's journal shows stands above what Counterfoil counted."""
    count = Count("QuickBooks", Calls(7, 12, 7), Calls(7, 12, 6))

    table = printed(report.calls_table([count]))

    assert "19" in table
    assert "its journal" in table
    assert "✗" in table


def test_the_verdict_counts_checks() -> None:
    """Every check of every step, and only when every step was played."""
    assert "All 1 checks of the story held" in closing([GOOD], 1)


def test_failed_checks_are_listed_with_what_was_seen() -> None:
    """Square brackets of a title are not mark-up."""
    text = closing([GOOD, BAD], 2)

    assert "1 of 2 checks failed" in text
    assert "Sent [now]: total: expected 5, found 4" in text


def test_a_story_that_broke_off_has_not_held() -> None:
    """One of two steps was played."""
    assert "1 of 2 steps were played" in closing([GOOD], 2)


def test_a_step_without_checks_has_not_held() -> None:
    """Nothing was proven."""
    assert not Outcome("Nothing", (), 0).held


def exchange(method: str, path: str, **tags: int) -> Row:
    return {"method": method, "path": path, "tags": tags}


def test_the_journal_is_counted_without_our_own_calls_and_without_log_ins() -> None:
    """A search is a POST that reads; a token is no call of the API."""
    exchanges = [
        exchange("GET", "/v3/company/1/query", metered=1),
        exchange("GET", "/v3/company/1/query", metered=1),
        exchange("POST", "/v3/company/1/invoice", write=1),
        exchange("POST", "/oauth2/v1/tokens/bearer"),
        exchange("POST", "/contacts/search"),
    ]
    own = Counter({"reads": 1, "metered": 1})

    assert calls.from_journal(exchanges, own) == Calls(reads=2, writes=1, metered=1)


def test_the_service_s_own_count_is_read_by_bank() -> None:
    """A bank that was never asked has no counts."""
    connection = {"usage": {"quickbooks": {"read": 3, "write": 4, "metered": 3}}}

    assert calls.from_service(connection, "quickbooks") == Calls(reads=3, writes=4, metered=3)
    assert calls.from_service(connection, "crm") == Calls(0, 0)


async def test_the_manifest_has_addresses_credentials_and_results(tmp_path: Path) -> None:
    """Readable for its owner alone; money stays exact."""
    path = tmp_path / "demo.json"
    async with httpx.AsyncClient() as http:
        scene = Scene(
            QuickBooks({"base_url": "http://books.test", "realm_id": "9"}, http),
            Crm({"base_url": "http://crm.test", "location_id": "L1"}, http),
            Service("http://counterfoil.test", "token", http),
            home="http://counterfoil.test/connections/1",
            connection={"id": 1},
            pairs=[Pair("Invoice", Decimal("246.88"), Decimal("246.88"))],
            counts=[Count("CRM", Calls(1, 2), Calls(1, 2))],
        )
        manifest.write(path, manifest.described(scene, [GOOD, BAD], held=False))

    read = msgspec.json.decode(path.read_bytes())

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read["counterfoil"]["operator_token"] == "token"
    assert read["quickbooks"]["realm_id"] == "9"
    assert read["crm"]["location_id"] == "L1"
    assert read["results"]["held"] is False
    assert read["results"]["seconds"] == 1.8
    assert read["results"]["records"][0]["agrees"] is True
    assert read["results"]["steps"][1]["checks"][0]["seen"] == "expected 5, found 4"
    assert b"246.88" in path.read_bytes()
