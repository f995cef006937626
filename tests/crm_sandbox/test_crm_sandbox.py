"""The stand-in as a whole: seeds, kinds, control API, pages, file, command, faults."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from decimal import Decimal

import httpx
import pytest
from typer.testing import CliRunner

from crm_sandbox import command
from crm_sandbox.sandbox import Sandbox
from sandbox_kit.clock import Clock
from sandbox_kit.server import Running

KINDS = {
    "us": ("US", "America/New_York", "USD", "Sales tax", "8.25", "12.38", "162.38"),
    "gb": ("GB", "Europe/London", "GBP", "VAT 20%", "20", "25", "150"),
    "ca": ("CA", "America/Toronto", "CAD", "HST ON", "13", "19.50", "169.50"),
    "au": ("AU", "Australia/Sydney", "AUD", "GST", "10", "13.64", "150"),
    "eu": ("IE", "Europe/Dublin", "EUR", "VAT 23%", "23", "28.05", "150"),
}
"""Country, zone, currency; the tax on fitting, its rate, what it comes to on 150, and the total."""


@pytest.mark.parametrize(("kind", "facts"), KINDS.items())
async def test_each_kind_of_location_has_its_money_zone_and_country(make_crm, kind, facts):
    """Five countries, each with a business that has something to show."""
    country, zone, currency, *_ = facts
    crm = make_crm(location=kind, seed="sample")
    location = (await crm.ok("GET", f"/locations/{crm.location}"))["location"]
    found = await crm.ok("GET", "/invoices/", **crm.alt, limit="10", offset="0")

    assert (location["country"], location["timezone"]) == (country, zone)
    assert {each["currency"] for each in found["invoices"]} == {currency}
    assert {each["status"] for each in found["invoices"]} == {"draft", "sent"}
    assert len(crm.sandbox.location.state.contacts) == 12
    assert crm.events() == []


@pytest.mark.parametrize(("kind", "facts"), KINDS.items())
async def test_each_kind_charges_its_taxes_on_top_or_within(make_crm, kind, facts):
    """150 for a day of fitting: on top in the US and Canada, contained in the price elsewhere (reference 10)."""
    *_, name, rate, tax, total = facts
    crm = make_crm(location=kind, seed="sample")
    product = (await crm.ok("GET", "/products/", locationId=crm.location, search="Fitting"))["products"][0]
    sale = await crm.buy(items=[{"product": product["_id"], "price": 150}])
    order = await crm.ok("GET", f"/payments/orders/{sale['order']['id']}", **crm.alt)
    (said,) = order["taxSummary"]

    assert (said["name"], said["rate"], said["amount"]) == (name, Decimal(rate), Decimal(tax))
    assert order["amount"] == sale["transactions"][0]["amount"] == Decimal(total)
    assert product["taxInclusive"] is (total == "150") and order["amountSummary"]["subtotal"] == 150


@pytest.mark.parametrize(
    "wrong", [{"location": "fr"}, {"seed": "plenty"}, {"seed": "contacts:many"}, {"seed": "large:5"}]
)
async def test_an_unknown_kind_or_seed_is_refused(make_crm, wrong):
    """With words that name the known ones."""
    with pytest.raises(ValueError, match="known are"):
        make_crm(**wrong)


async def test_a_seed_of_contacts_makes_as_many(make_crm):
    """contacts:N."""
    assert len(make_crm(seed="contacts:25").sandbox.location.state.contacts) == 25


async def test_a_large_seed_makes_contacts_invoices_and_their_payments(make_crm):
    """large:N,M, spread over two years, in every status; the sums agree."""
    crm = make_crm(seed="large:30,60")
    found = await crm.ok("GET", "/invoices/", **crm.alt, limit="100", offset="0")
    paid = {each["_id"]: each["amountPaid"] for each in found["invoices"] if each["amountPaid"]}
    payments = await crm.transactions(limit="100")

    assert len(crm.sandbox.location.state.contacts) == 30 and found["total"] == 60
    assert {each["status"] for each in found["invoices"]} == {
        "draft",
        "sent",
        "paid",
        "partially_paid",
        "void",
    }
    assert {each["entityId"]: each["amount"] for each in payments} == paid
    assert len({each["issueDate"][:7] for each in found["invoices"]}) > 20
    assert (await crm.draft())["invoiceNumber"] == "000061"


async def test_the_same_seed_tells_the_same_story(make_crm):
    """Two stand-ins in one process are alike and independent."""
    one, other = make_crm(seed="sample"), make_crm(seed="sample")
    await one.contact(email="only@here.example")

    assert one.sandbox.credentials == other.sandbox.credentials
    assert len(one.sandbox.location.state.contacts) == len(other.sandbox.location.state.contacts) + 1


async def test_a_reset_starts_anew_and_keeps_the_tokens(make_crm):
    """Same location id, fresh records, empty journal."""
    crm = make_crm(seed="sample")
    before = crm.location
    await crm.contact(email="ada@example.com")
    await crm.act("/reset", {"seed": "empty"})

    assert crm.location == before
    assert (await crm.ok("POST", "/contacts/search", {"locationId": crm.location, "pageLimit": 1}))[
        "total"
    ] == 0
    assert len(crm.sandbox.journal.exchanges()) == 1


async def test_the_overview_shows_what_there_is_and_escapes_it(make_crm):
    """One page for a person; names cannot break it."""
    crm = make_crm(seed="sample")
    await crm.contact(firstName="<script>alert(1)</script>", email="x@example.com")
    page = (await crm.http.get("/")).text

    assert "Zoë Brandão" in page and "INV-000001" in page
    assert "<script>" not in page and "&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/checkouts", {"source": "kiosk"}),
        ("/checkouts", {"source": "order_form", "contact": {"email": "a@b.co"}, "items": [{"name": "x"}]}),
        (
            "/checkouts",
            {
                "source": "store",
                "contact": {"email": "a@b.co"},
                "items": [{"name": "x", "price": 1}],
                "card": "1",
            },
        ),
        ("/switches", {"unknown": True}),
        ("/switches", {"index_lag_seconds": -1}),
        ("/webhooks", {"url": "ftp://x"}),
        ("/tokens", {"kind": "root"}),
        ("/contacts/merge", {"survivor": "a"}),
        ("/transactions/none/settle", {"outcome": "succeeded"}),
    ],
)
async def test_the_control_api_says_what_is_wrong(crm, path, body):
    """4xx with a sentence, never a 500."""
    answer = await crm.http.post(f"/_sandbox{path}", json=body)

    assert answer.status_code in {400, 404, 422}
    assert answer.json().get("error") or answer.json()["message"]


async def test_a_lost_answer_has_been_acted_on(crm):
    """The write happened, the caller cannot know."""
    await crm.act("/faults", {"on": "POST /contacts/", "act": "lose-answer", "nth": 1})
    with pytest.raises(httpx.ReadError):
        await crm.contact(email="ada@example.com")

    assert crm.sandbox.location.contacts.with_email("ada@example.com") is not None


async def test_a_file_continues_the_story(tmp_path, make_crm):
    """Records, tokens, keys and switches survive; ids never repeat."""
    data = tmp_path / "crm.json"
    first = make_crm(seed="sample", data=data)
    sale = await first.buy()
    await first.act("/switches", {"index_lag_seconds": 1.5})
    second = make_crm(seed="empty", data=data)
    (row,) = await second.transactions()
    third = await second.contact(email="new@example.com")

    assert row["_id"] == sale["transactions"][0]["id"]
    assert first.sandbox.credentials == second.sandbox.credentials
    assert second.sandbox.switches.index_lag_seconds == 1.5
    assert third["id"] not in first.sandbox.location.state.contacts
    assert second.sandbox.location.state.invoices == first.sandbox.location.state.invoices


async def test_a_file_of_another_location_is_refused(tmp_path, make_crm):
    """It would answer for another country than was asked for; without a wish the file decides."""
    data = tmp_path / "crm.json"
    make_crm(data=data, location="gb")

    with pytest.raises(ValueError, match="gb, not in us"):
        make_crm(data=data, location="us")
    assert make_crm(data=data).sandbox.location.kind.country == "GB"


async def test_over_a_real_port_it_answers_and_delivers(tmp_path):
    """uvicorn in front, the postman beside."""
    letters = []

    async def receiver(scope, receive, send):
        letters.append(scope["path"])
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async with Running(receiver) as sink, httpx.AsyncClient() as http:
        sandbox = Sandbox(seed="empty", clock=Clock(), webhooks_url=f"{sink.url}/hooks", http_client=http)
        async with Running(sandbox.app, background=sandbox.background) as server:
            token = sandbox.credentials["private_token"]
            answer = await http.post(
                f"{server.url}/contacts/",
                json={"locationId": sandbox.location.id, "email": "ada@example.com"},
                headers={"Authorization": f"Bearer {token}", "Version": "2021-07-28"},
            )
            await http.post(f"{server.url}/_sandbox/settle")

    assert answer.status_code == 201
    assert letters == ["/hooks/ContactCreate"]


def test_the_command_prints_the_credentials_first_and_stops_on_a_signal(tmp_path):
    """`serve --json`, a request, SIGTERM, exit 0; a second start continues the file."""
    data = str(tmp_path / "crm.json")
    command = [sys.executable, "-c", "from crm_sandbox.command import app; app()"]
    known = []
    for _ in range(2):
        started = subprocess.Popen(
            [*command, "serve", "--port", "0", "--json", "--data", data, "--location", "gb"],
            stdout=subprocess.PIPE,
            env=os.environ,
        )
        try:
            known.append(json.loads(started.stdout.readline()))
            page = httpx.get(known[-1]["base_url"])
        finally:
            started.send_signal(signal.SIGTERM)
            code = started.wait(20)
            started.stdout.close()
        assert (page.status_code, code) == (200, 0)

    assert set(known[0]) == {
        *(
            "base_url",
            "client_id",
            "client_secret",
            "location_id",
            "company_id",
            "access_token",
            "refresh_token",
        ),
        *("private_token", "webhook_public_key", "shared_secret"),
    }
    assert {name for name in known[0] if known[0][name] != known[1][name]} <= {"base_url"}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--location", "mars"], "mars"),
        (["--seed", "large:1"], "large:N,M"),
        (["--webhooks", "ftp://here"], "http://"),
        (["--page", "here"], "http://"),
        (["--port", "70000"], "65535"),
        (["--host", "192.0.2.1"], "cannot listen"),
    ],
)
def test_the_command_refuses_wrong_options(options, says):
    """Exit 2 with a sentence."""
    done = CliRunner().invoke(command.app, ["serve", "--port", "0", *options])

    assert done.exit_code == 2
    assert says in done.output
