"""The pages: what they say in each state, to whom, and which buttons they have."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import httpx
import msgspec
import pytest

from counterfoil.crm.port import Tokens
from counterfoil.engine import tokens as keeping
from counterfoil.quickbooks import entities
from counterfoil.store import attention, connections, history, links, mirror, progress, records, tokens, usage
from counterfoil.store.connections import State
from counterfoil.store.database import Tx
from counterfoil.store.history import Entry
from counterfoil.store.secrets import Sealer
from counterfoil.sync import facts, plan
from counterfoil.sync.facts import Kind, Origin, RecordRef
from counterfoil.sync.reasons import Because
from counterfoil.web.pages import connection as connection_page
from counterfoil.web.pages import wording

from .conftest import Town, returns

INVOICE = RecordRef(Kind.INVOICE, "6910aa55c3b2e41d85a9f001")
AT = datetime(2026, 3, 2, 15, 5, tzinfo=UTC)


class Page(HTMLParser):
    """What a person meets on a page: its words, links, and the buttons of its forms."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: dict[str, str] = {}
        self.buttons: dict[str, str] = {}
        self.hidden: list[dict[str, str]] = []
        self._link = self._action = ""
        self._button = False
        self.feed(answer.text)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a":
            self._link = given["href"]
        elif tag == "form":
            self._action = given["action"]
        elif tag == "input":
            self.hidden.append(given)
        elif tag == "button":
            self._button = True

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        words = " ".join(data.split())
        if words and self._button:
            self.buttons[words] = self._action
        elif words and self._link:
            self.links[words] = self._link

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._link = ""
        elif tag == "button":
            self._button = False


def known(state: State, **other: Any) -> connections.Connection:
    """A connection in this state."""
    plain = {
        "id": 1,
        "uuid": "u",
        "crm": "highlevel",
        "account_id": "a",
        "account_name": "Harbour Home Services",
        "account_zone": "America/New_York",
        "account_country": "US",
        "realm_id": "",
        "company_name": "",
        "state": state,
        "state_reason": "",
        "created_at": AT,
        "connected_at": None,
        "books": None,
        "choices": facts.Choices(),
    }
    return connections.Connection(**{**plain, **other})


@pytest.mark.parametrize(
    ("state", "connect", "start", "disconnect"),
    [
        (State.NEW, True, False, False),
        (State.READY, False, True, True),
        (State.RUNNING, False, False, True),
        (State.RECONNECT_NEEDED, True, False, True),
        (State.DISCONNECTED, True, False, False),
    ],
)
def test_R1_each_state_offers_the_next_step(
    state: State, connect: bool, start: bool, disconnect: bool
) -> None:
    shown = connection_page.standing(known(state), started="2 Mar 2026, 10:05")
    assert (bool(shown.connect), shown.start, shown.disconnect) == (connect, start, disconnect)
    assert shown.sentence.endswith(".")


def test_R5_a_lost_access_says_why_and_which_log_in_helps() -> None:
    lost = known(State.RECONNECT_NEEDED, state_reason="Intuit does not accept this log-in any more.")
    quickbooks = connection_page.standing(lost, started="", lost=frozenset({"quickbooks"}))
    crm = connection_page.standing(lost, started="", lost=frozenset({"crm"}))
    assert "Intuit does not accept" in quickbooks.sentence
    assert "Nothing is lost" in quickbooks.sentence
    assert (quickbooks.crm_log_in, bool(quickbooks.connect)) == ("", True)
    assert (crm.crm_log_in, crm.connect) == ("/connect/highlevel", "")


def test_R72_a_connection_that_was_given_up_says_so_and_can_be_tried_again() -> None:
    shown = connection_page.standing(known(State.RUNNING), started="", parked=True)
    assert (shown.word, shown.retry, shown.tone) == ("Stopped", True, "bad")
    assert "kept" in shown.sentence


@pytest.mark.parametrize(
    ("what", "detail", "words"),
    [
        ("written", {"entity": "Invoice", "operation": "create"}, "Invoice created"),
        ("written", {"entity": "SalesReceipt", "operation": "create"}, "Sales receipt created"),
        ("written", {"entity": "Invoice", "operation": "void"}, "Invoice voided"),
        ("written", {"contact": "c", "operation": "update"}, "Contact updated"),
        ("decided", {"entity": "Customer", "operation": "update"}, "Decided: customer to be updated"),
        ("asked", {}, "Needs attention"),
        ("arrived", {"event": "InvoiceSent"}, "Told by the CRM: InvoiceSent"),
        ("linked", {"entity": "Customer", "id": "7"}, "Matched"),
    ],
)
def test_R74_events_are_told_in_words(what: str, detail: dict[str, str], words: str) -> None:
    assert wording.happened(Entry(at=AT, record=INVOICE, what=what, because=None, detail=detail)) == words


def test_R76_times_are_shown_in_the_accounts_zone_and_money_in_its_currency() -> None:
    assert wording.Notation("America/New_York", "US").moment(AT) == "Mar 2, 2026, 10:05\xa0AM"
    assert wording.Notation("Australia/Sydney", "AU").moment(AT) == "3 Mar 2026, 2:05\xa0am"
    assert wording.Notation("", "").moment(AT) == "2 Mar 2026, 15:05"
    assert wording.Notation("", "XX").money(Decimal("-9.5"), "usd") == "-US$9.50"
    dublin = wording.Notation("Europe/Dublin", "IE")
    assert wording.details({"total": "1234.5", "id": "9", "code": ""}, dublin, "EUR") == (
        ("Total", "€1,234.50"),
        ("Id in QuickBooks", "9"),
    )


def test_records_are_called_by_what_a_person_knows() -> None:
    assert wording.name(INVOICE, entities.Invoice(doc_number="INV-7")) == "Invoice INV-7"
    assert wording.name(INVOICE, entities.Invoice()) == "Invoice …a9f001"
    contact = RecordRef(Kind.CONTACT, "c" * 20)
    assert wording.name(contact, entities.Customer(display_name="Zoë Ortiz")) == "Zoë Ortiz"
    assert wording.name(RecordRef(Kind.ORDER, "0" * 24), None) == "Order …000000"


async def test_the_front_door_leads_to_the_crm(town: Town) -> None:
    async with town.browser() as browser:
        page = Page(await browser.get("/"))
        assert page.buttons == {"Connect HighLevel": "/connect/highlevel"}
        connection = await town.logged_in(browser)
        again = await browser.get("/")
    assert (again.status_code, again.headers["location"]) == (303, f"/connections/{connection.uuid}")


async def test_R1_the_page_shows_company_country_and_currency(town: Town) -> None:
    async with town.browser() as browser:
        connection = await town.logged_in(browser)
        address = f"/connections/{connection.uuid}"
        page = Page(await browser.get(address))
        assert page.buttons == {"Connect to QuickBooks": f"{address}/quickbooks"}
        assert "not connected yet" in page.text
        leave = await town.press(browser, f"{address}/quickbooks")
        await returns(browser, await town.consents(leave.headers["location"]))
        connection = await town.again(connection)
        page = Page(await browser.get(address))
    assert page.buttons == {"Start": f"{address}/start", "Disconnect": f"{address}/disconnect"}
    assert connection.company_name in page.text
    assert "United States · New York time" in page.text
    assert "United States · US Dollar (USD)" in page.text
    assert {field["value"] for field in page.hidden} == {await town.csrf(browser)}


async def test_the_page_belongs_to_the_browser_that_has_proven_it(town: Town) -> None:
    async with town.browser() as owner, town.browser() as stranger:
        connection = await town.logged_in(owner)
        answers = [
            await stranger.get(f"/connections/{connection.uuid}"),
            await stranger.get(f"/connections/{connection.uuid}/records/invoice/{INVOICE.id}"),
            await owner.get("/connections/2f6d1c1e-7a55-4b1e-9a38-3c1d0a5b7e90"),
            await owner.get(f"/connections/{connection.uuid}/records/invoice/never"),
            await owner.get(f"/connections/{connection.uuid}/records/house/{INVOICE.id}"),
        ]
    assert [answer.status_code for answer in answers] == [404] * 5
    assert all("Harbour" not in answer.text for answer in answers)


async def busy(town: Town, browser: httpx.AsyncClient) -> connections.Connection:
    """A running connection with an invoice that needs attention and a story behind it."""
    connection = await town.both_sides(browser)
    await town.press(browser, f"/connections/{connection.uuid}/start")
    raw = b'{"Id":"22","SyncToken":"0","DocNumber":"INV-000002","TotalAmt":616.02}'

    def happen(tx: Tx) -> None:
        records.mark(tx, connection.id, [INVOICE], at=AT)
        record = records.get(tx, connection.id, INVOICE)
        assert record
        records.asking(tx, record)
        records.mark(tx, connection.id, [RecordRef(Kind.CONTACT, "c1")], at=AT)
        document = msgspec.json.decode(raw, type=entities.Invoice)
        mirror.put(tx, connection.id, entity="Invoice", object=document, raw=raw, at=AT)
        pair = plan.Pair(crm_kind="invoice", crm_id=INVOICE.id, entity="Invoice", origin=Origin.CRM)
        links.put(tx, connection.id, pair, crm_id=INVOICE.id, entity_id="22", at=AT)
        detail = {"entity": "Invoice", "operation": "create", "id": "22", "total": "616.02"}
        because = Because.INVOICE_CREATED
        history.tell(tx, connection.id, INVOICE, what="decided", at=AT, because=because, detail=detail)
        history.tell(tx, connection.id, INVOICE, what="written", at=AT, because=because, detail=detail)
        attention.open(
            tx,
            connection.id,
            INVOICE,
            because=Because.TOTALS_DIFFER,
            details=[("In the CRM", "$616.03 <b>&")],
            at=AT,
        )
        progress.begin(tx, connection.id, "contacts", total=0, at=AT)
        progress.advance(tx, connection.id, "contacts", cursor="Customer:31", done=30)
        usage.count(tx, connection.id, bank="quickbooks", kind="metered", day=AT.date(), calls=41)

    await town.database.transact(happen)
    return connection


async def test_R72_what_needs_attention_says_what_why_and_has_a_button(town: Town) -> None:
    async with town.browser() as browser:
        connection = await busy(town, browser)
        address = f"/connections/{connection.uuid}"
        answer = await browser.get(address)
        page = Page(answer)
        retried = await town.press(browser, page.buttons["Try again"])
    assert Because.TOTALS_DIFFER.sentence in page.text
    assert "In the CRM $616.03 <b>&" in page.text
    assert "<b>&<" not in answer.text
    assert page.links["Invoice INV-000002"] == f"{address}/records/invoice/{INVOICE.id}"
    assert page.buttons["Try again"] == f"{address}/records/invoice/{INVOICE.id}/retry"
    assert retried.status_code == 303
    record = await town.database.read(lambda tx: records.get(tx, connection.id, INVOICE))
    assert record is not None
    assert record.state == "dirty"


async def test_R50_R75_the_page_shows_progress_counts_and_metered_reads(town: Town) -> None:
    async with town.browser() as browser:
        connection = await busy(town, browser)
        page = Page(await browser.get(f"/connections/{connection.uuid}"))
        script = await browser.get("/static/watch.js")
        raw = (await browser.get(f"/connections/{connection.uuid}")).text
    assert 'data-seconds="10" defer' in raw and script.headers["content-type"].startswith("text/javascript")
    assert "Reading QuickBooks' customers: 30 so far." in page.text
    assert "0 in step 1 working on it 1 needs attention" in page.text
    # 41, and two that asked the company about itself.
    assert "43" in page.text
    assert "Invoice created" in page.text
    assert "Decided" not in page.text


async def test_R74_the_page_of_a_record_tells_its_whole_story(town: Town) -> None:
    async with town.browser() as browser:
        connection = await busy(town, browser)
        page = Page(await browser.get(f"/connections/{connection.uuid}/records/invoice/{INVOICE.id}"))
    for words in (
        "Invoice INV-000002",
        "Needs attention",
        "Invoice with the id 22 in QuickBooks",
        "Decided: invoice to be created",
        "Invoice created",
        Because.INVOICE_CREATED.sentence,
        "rule R30",
        "$616.02",
        "Mar 2, 2026, 10:05 AM",
    ):
        assert words in page.text
    assert page.text.index("Decided: invoice") < page.text.index("Invoice created")


async def test_R6_disconnecting_says_what_it_ends_before_it_does(town: Town) -> None:
    """One page between the button and the end, with a way back; a stranger does not see it."""
    async with town.browser() as browser, town.browser() as stranger:
        connection = await busy(town, browser)
        address = f"/connections/{connection.uuid}"
        page = Page(await browser.get(f"{address}/disconnect"))
        untouched = await town.again(connection)
        seen = await stranger.get(f"{address}/disconnect")
        await town.press(browser, f"{address}/disconnect")

    assert page.buttons == {"Yes, disconnect": f"{address}/disconnect"}
    assert page.links["Keep it"] == address and "posts nothing twice" in page.text
    assert untouched.state is State.RUNNING and seen.status_code == 404
    assert (await town.again(connection)).state is State.DISCONNECTED


async def test_R5_the_page_offers_the_crms_log_in_when_that_was_lost(town: Town) -> None:
    async with town.browser() as browser:
        connection = await busy(town, browser)

        def lose(tx: Tx) -> None:
            tokens.refuse(tx, connection.id, "crm")
            connections.set_state(tx, connection.id, State.RECONNECT_NEEDED, reason="Gone.")

        await town.database.transact(lose)
        page = Page(await browser.get(f"/connections/{connection.uuid}"))
    assert page.buttons["Log in to the CRM again"] == "/connect/highlevel"
    assert not any(words.startswith("Connect") for words in page.buttons)


async def test_R4_no_page_shows_a_token(town: Town) -> None:
    async with town.browser() as browser:
        connection = await busy(town, browser)
        sealer_keys = town.settings.secret_keys
        pair = Tokens(access="at-visible", refresh="rt-visible", access_expires_at=AT)

        await town.database.transact(
            lambda tx: keeping.put(tx, Sealer(sealer_keys), connection.id, "quickbooks", pair)
        )
        texts = [(await browser.get(path)).text for path in ("/", f"/connections/{connection.uuid}")]
    assert all("visible" not in text for text in texts)


async def test_pages_bring_their_own_style_and_nothing_from_elsewhere(town: Town) -> None:
    async with town.browser() as browser:
        connection = await busy(town, browser)
        page = await browser.get(f"/connections/{connection.uuid}")
        style = await browser.get("/static/style.css")
        mark = await browser.get("/static/mark.svg")
    assert (style.status_code, style.headers["content-type"].partition(";")[0]) == (200, "text/css")
    assert mark.headers["content-type"].startswith("image/svg+xml")
    assert "http://" not in page.text
    assert "https://" not in page.text
    assert page.text.count("<script") == page.text.count('<script src="/static/watch.js" ') == 1
