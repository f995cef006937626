"""What a person does on the pages of the company: the same as the API does, refusals among it."""

from __future__ import annotations

import random
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from html import unescape
from typing import Any

import httpx
import pytest

from quickbooks_sandbox.control import books
from quickbooks_sandbox.oauth.grants import Client
from quickbooks_sandbox.pages import kinds
from quickbooks_sandbox.pages.app_pages import apps_of
from sandbox_kit.clock import Clock

Caller = Any
Record = dict[str, Any]
MakeCaller = Callable[..., Awaitable[Caller]]
SCRIPT = '<script>alert("x")</script>'


@dataclass
class Person:
    """Somebody at the pages of one company."""

    caller: Caller

    @property
    def company(self) -> Any:
        return self.caller.sandbox.company

    @property
    def home(self) -> str:
        return f"/companies/{self.caller.sandbox.realm_id}"

    async def page(self, path: str, status: int = 200) -> str:
        """What a page says."""
        response = await self.caller.client.get(self.home + path)
        assert response.status_code == status, response.text
        return response.text

    async def post(self, path: str, fields: Record, **headers: str) -> httpx.Response:
        """Send a form with the token of its page, unless the fields bring one."""
        if "token" not in fields:
            found = re.search(
                r'name="token" value="(\d+)"', (await self.caller.client.get(self.home + path)).text
            )
            fields = {**fields, "token": found[1] if found else ""}
        return await self.caller.client.post(self.home + path, data=fields, headers=headers)

    async def does(self, path: str, **fields: Any) -> str:
        """A deed that is done; returns the path of the page it leads to, inside the company."""
        response = await self.post(path, fields)
        assert response.status_code == 303, unescape(response.text)
        where = response.headers["location"]
        assert 'role="status"' in (await self.caller.client.get(where)).text
        return where.removeprefix(self.home).partition("?")[0]

    async def fails(self, path: str, **fields: Any) -> str:
        """A deed that is refused; returns what the page says then."""
        before = self.company.revision
        response = await self.post(path, fields)
        assert response.status_code == 422
        assert self.company.revision == before
        assert 'role="alert"' in response.text
        return unescape(response.text)

    async def record(self, entity: str, key: str) -> Record:
        """An object as the API shows it."""
        found: Record = self.caller.json(await self.caller.get(f"/{entity.lower()}/{key}"))[entity]
        return found

    async def customer(self, **fields: Any) -> str:
        """A new customer's id."""
        return (await self.does("/customers/new", **fields)).rpartition("/")[2]

    async def invoice(self, customer: str, **fields: Any) -> str:
        """A new invoice's id; one line of 100 unless the fields say otherwise."""
        line = {"line_item": "1", "line_said": "", "line_qty": "1", "line_rate": "100", "line_tax": "NON"}
        return (await self.does("/invoices/new", customer=customer, **{**line, **fields})).rpartition("/")[2]


@pytest.fixture
def person(caller: Caller) -> Person:
    """A person in the sample company."""
    return Person(caller)


def lines(*rows: tuple[str, str, str, str, str]) -> Record:
    """Lines of the form: item, description, quantity, rate, tax."""
    names = ("line_item", "line_said", "line_qty", "line_rate", "line_tax")
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


# customers


async def test_a_person_adds_a_customer(person: Person) -> None:
    """All fields arrive, addresses too, and the API's event is told."""
    told: list[Any] = []
    person.company.listeners.append(told.append)
    key = await person.customer(
        GivenName="Ada",
        FamilyName="Byrne",
        email="ada@byrne.example",
        phone="555 0199",
        Notes="Pays late",
        taxable="on",
        **{"BillAddr.Line1": "1 Elm St.", "BillAddr.City": "Tucson", "BillAddr.CountrySubDivisionCode": "AZ"},
    )
    stored = await person.record("Customer", key)
    assert (stored["DisplayName"], stored["PrimaryEmailAddr"]["Address"]) == (
        "Ada Byrne",
        "ada@byrne.example",
    )
    assert (stored["BillAddr"]["City"], stored["Notes"], stored["Taxable"]) == ("Tucson", "Pays late", True)
    assert "ShipAddr" not in stored
    assert [(event.entity, event.verb) for event in told] == [("Customer", "created")]


async def test_a_person_changes_a_customer_and_what_the_form_does_not_show_stays(person: Person) -> None:
    """What is left blank is cleared; a member and a line of an address that have no field are kept."""
    body = {
        "DisplayName": "Kept Ltd",
        "PrimaryEmailAddr": {"Address": "a@kept.example"},
        "ResaleNum": "R-1",
        "BillAddr": {"Line1": "1 Elm St.", "Line2": "Back door", "City": "Tucson"},
    }
    key = (await person.caller.write("/customer", body))["Id"]
    shown = await person.page(f"/customers/{key}/edit")
    assert 'value="a@kept.example"' in shown
    await person.does(
        f"/customers/{key}/edit",
        DisplayName="Kept & Sons",
        **{"BillAddr.Line1": "2 Elm St.", "BillAddr.City": "Mesa"},
    )
    stored = await person.record("Customer", key)
    assert (stored["DisplayName"], stored["SyncToken"], stored["ResaleNum"]) == ("Kept & Sons", "1", "R-1")
    assert "PrimaryEmailAddr" not in stored
    address = stored["BillAddr"]
    assert (address["Line1"], address["Line2"], address["City"]) == ("2 Elm St.", "Back door", "Mesa")
    assert stored["Taxable"] is False


async def test_a_taken_name_is_refused_and_what_was_typed_is_kept(person: Person) -> None:
    """6240 in words, on the form."""
    said = await person.fails("/customers/new", DisplayName="Dara Okonkwo", email="second@dara.example")
    assert "already using this name" in said
    assert "6240" in said
    assert 'value="second@dara.example"' in said
    assert "6080" in await person.fails("/customers/new", DisplayName="", GivenName="")


async def test_a_person_who_was_overtaken_is_told_and_may_go_on(person: Person) -> None:
    """5010: the form keeps what was typed and carries the new token."""
    key = await person.customer(DisplayName="Busy")
    await person.caller.write(
        "/customer", {"Id": key, "SyncToken": "0", "sparse": True, "Notes": "by the app"}
    )
    said = await person.fails(f"/customers/{key}/edit", token="0", DisplayName="Busier")
    assert "Somebody else changed this" in said
    assert 'value="Busier"' in said
    assert 'name="token" value="1"' in said
    await person.does(f"/customers/{key}/edit", token="1", DisplayName="Busier")
    assert (await person.record("Customer", key))["DisplayName"] == "Busier"


async def test_a_person_makes_a_customer_inactive_and_active(person: Person) -> None:
    """As the API does it, the name of the inactive one included; one who owes is refused (6220)."""
    key = await person.customer(DisplayName="Sleeper")
    await person.does(f"/customers/{key}/active", active="false")
    stored = await person.record("Customer", key)
    assert (stored["Active"], stored["DisplayName"]) == (False, "Sleeper (deleted)")
    assert "Sleeper (deleted)" in await person.page("/customers?show=Inactive")
    assert "Sleeper" not in await person.page("/customers?search=sleeper")
    await person.does(f"/customers/{key}/active", active="true")
    assert (await person.record("Customer", key))["Active"] is True
    await person.invoice(key)
    assert "6220" in await person.fails(f"/customers/{key}/active", active="false")


async def test_a_person_merges_two_customers(person: Person) -> None:
    """By name or id; the documents and the balance go to the one that stays, the event names both."""
    stays = await person.customer(DisplayName="Stays")
    by_name = await person.customer(DisplayName="Goes")
    by_id = await person.customer(DisplayName="Goes too")
    invoice = await person.invoice(by_name)
    told: list[Any] = []
    person.company.listeners.append(told.append)
    await person.does(f"/customers/{stays}/merge", loser="goes")
    await person.does(f"/customers/{stays}/merge", loser=by_id)
    assert (await person.record("Invoice", invoice))["CustomerRef"]["value"] == stays
    assert (await person.record("Customer", stays))["Balance"] == 100
    assert [(await person.record("Customer", key))["Active"] for key in (by_name, by_id)] == [False, False]
    merges = [(event.entity_id, event.merged_away) for event in told if event.verb == "merged"]
    assert merges == [(stays, by_name), (stays, by_id)]


@pytest.mark.parametrize(
    ("loser", "words"),
    [
        ("", "Say which customer"),
        ("Nobody", "no customer with the name or id “Nobody”"),
        ("Stays", "with itself"),
    ],
)
async def test_a_merge_that_cannot_be_is_refused(person: Person, loser: str, words: str) -> None:
    """A sentence each time, and nothing happens."""
    key = await person.customer(DisplayName="Stays")
    assert words in await person.fails(f"/customers/{key}/merge", loser=loser)
    assert "Somebody else" in await person.fails(f"/customers/{key}/merge", loser="Dara Okonkwo", token="7")


async def test_long_lists_come_in_pages(make_caller: MakeCaller) -> None:
    """300 customers: six pages, each customer on one of them, searches keep their words from page to page."""
    person = Person(await make_caller("us-ast", "customers:300"))
    seen: list[str] = []
    for number in range(1, 7):
        text = await person.page(f"/customers?page={number}")
        assert f"Page {number} of 6 (300 in all)" in text
        seen += re.findall(r"/customers/(\d+)\"", text)
    assert len(seen) == len(set(seen)) == 300
    for nonsense in ("0", "99", "x", "-1", "٣"):
        assert "of 6 (300 in all)" in await person.page(f"/customers?page={nonsense}")
    name = person.company.tables["Customer"].by_name()[120]["DisplayName"]
    found = await person.page(f"/customers?search={name.upper()}")
    assert unescape(found).count(name) >= 1
    assert "Page" not in found
    narrowed = await person.page("/customers?search=a&show=All")
    assert "search=a&amp;page=2" in narrowed or "search=a&page=2" in narrowed


# invoices and receipts


async def test_a_person_writes_an_invoice(person: Person) -> None:
    """Several lines: quantity times rate, the item's own price and tax, a line of text, a discount."""
    customer = await person.customer(DisplayName="Ines", **{"BillAddr.City": "Menlo Park"}, taxable="on")
    rows = lines(
        ("4", "", "2.5", "", ""),
        ("6", "Pumps", "3", "1,012.75", "TAX"),
        ("", "See you in spring", "", "", ""),
        ("", "", "", "", ""),
    )
    typed = {"due": "2026-04-30", "memo": "by hand", "message": "Thank you", "discount": "10"}
    key = await person.invoice(customer, number="P-77", email="ines@ines.example", **typed, **rows)
    stored = await person.record("Invoice", key)
    kinds_of_lines = [line["DetailType"] for line in stored["Line"]]
    sold = [line for line in stored["Line"] if line["DetailType"] == "SalesItemLineDetail"]
    assert kinds_of_lines[2:] == ["DescriptionOnly", "SubTotalLineDetail", "DiscountLineDetail"]
    assert [line["Amount"] for line in sold] == [Decimal("112.50"), Decimal("3038.25")]
    codes = [line["SalesItemLineDetail"]["TaxCodeRef"]["value"] for line in sold]
    assert codes == ["NON", "TAX"]
    # (112.50 + 3038.25) less 10 % is 2835.67 (315.08 off); 8 % of 3038.25 on top, as the discount comes after tax
    assert (stored["TxnTaxDetail"]["TotalTax"], stored["TotalAmt"]) == (Decimal("243.06"), Decimal("3078.73"))
    assert (stored["DocNumber"], stored["DueDate"]) == ("P-77", "2026-04-30")
    assert (stored["PrivateNote"], stored["CustomerMemo"]["value"]) == ("by hand", "Thank you")
    page = unescape(await person.page(f"/invoices/{key}"))
    for words in ("California 8 % on 3,038.25", "Discount 10 %", "−315.08", "3,078.73", "See you in spring"):
        assert words in page


async def test_a_number_is_given_by_the_books_when_none_is_typed(person: Person) -> None:
    """As for the API's callers, with the company's own numbers turned on or off."""
    first, second = [await person.invoice("3") for _ in range(2)]
    numbers = [int((await person.record("Invoice", key))["DocNumber"]) for key in (first, second)]
    assert numbers[1] == numbers[0] + 1
    preferences = person.company.read("Preferences", "1")
    forms = {**preferences["SalesFormsPrefs"], "CustomTxnNumbers": True}
    body = {"SyncToken": preferences["SyncToken"], "Id": "1", "sparse": True, "SalesFormsPrefs": forms}
    await person.caller.write("/preferences", body)
    third = await person.record("Invoice", await person.invoice("3"))
    assert int(third["DocNumber"]) == numbers[1] + 1
    line = lines(("1", "", "1", "5", "NON"))
    said = await person.fails("/invoices/new", customer="3", number=third["DocNumber"], **line)
    assert "6140" in said
    assert f'value="{third["DocNumber"]}"' in said


@pytest.mark.parametrize(
    ("kind", "code", "tax"), [("gb", "6", "20.00"), ("us-none", "", "0"), ("us-manual", "TAX", "8.00")]
)
async def test_an_invoice_is_taxed_by_the_kind_of_company(
    make_caller: MakeCaller, kind: str, code: str, tax: str
) -> None:
    """Codes per line in Britain, taxed or not with manual tax, no tax column where there is no tax."""
    person = Person(await make_caller(kind, "sample"))
    form = await person.page("/invoices/new")
    assert ('name="line_tax"' in form) is bool(code)
    stored = await person.record("Invoice", await person.invoice("3", line_tax=code))
    assert (stored["TxnTaxDetail"]["TotalTax"], stored["TotalAmt"]) == (Decimal(tax), 100 + Decimal(tax))


async def test_out_of_scope_of_tax(make_caller: MakeCaller) -> None:
    """Outside the US a person can say that tax does not apply at all."""
    person = Person(await make_caller("gb", "sample"))
    stored = await person.record("Invoice", await person.invoice("3", line_tax="6", untaxed="on"))
    assert (stored["GlobalTaxCalculation"], stored["TotalAmt"]) == ("NotApplicable", 100)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"customer": ""}, "Choose a customer."),
        ({"line_item": "", "line_rate": "", "line_qty": ""}, "Fill in at least one line"),
        ({"line_rate": "many"}, "“many” is not a number."),
        ({"line_rate": "NaN"}, "too large or too long"),
        ({"line_rate": "1e90"}, "too large or too long"),
        ({"line_rate": "1e-99999"}, "too large or too long"),
        ({"line_rate": ""}, "costs: the item has no price"),
        ({"line_rate": "-5"}, "6000"),
        ({"customer": "99999"}, "2500"),
        ({"date": "tomorrow"}, "2060"),
        ({"discount": "ten"}, "“ten” is not a number."),
        ({"email": "no address"}, "2210"),
    ],
)
async def test_an_invoice_that_cannot_be_is_refused_with_what_was_typed(
    person: Person, fields: Record, words: str
) -> None:
    """In words, with nothing written and everything still on the form."""
    line = {"line_item": "1", "line_said": "", "line_qty": "1", "line_rate": "10", "line_tax": "NON"}
    said = await person.fails("/invoices/new", **{"customer": "3", "memo": "keep me", **line, **fields})
    assert words in said
    assert 'value="keep me"' in said


async def test_a_document_gets_the_e_mail_of_its_customer(person: Person) -> None:
    """As QuickBooks fills it in for a person; what is typed goes before, and a customer may have none."""
    with_one = await person.customer(DisplayName="Reachable", email="in@reach.example")
    without = await person.customer(DisplayName="Unreachable")
    own, typed = await person.invoice(with_one), await person.invoice(with_one, email="else@reach.example")
    assert (await person.record("Invoice", own))["BillEmail"]["Address"] == "in@reach.example"
    assert (await person.record("Invoice", typed))["BillEmail"]["Address"] == "else@reach.example"
    assert "BillEmail" not in await person.record("Invoice", await person.invoice(without))


async def test_more_lines_keep_what_was_typed(person: Person) -> None:
    """A button that only makes room; nothing is written."""
    before = person.company.revision
    rows = lines(*[("3", f"Row {number}", "1", "10", "NON") for number in range(4)])
    response = await person.post("/invoices/new", {"customer": "3", "more": "yes", **rows})
    assert response.status_code == 200
    assert response.text.count('name="line_item"') == 8
    assert 'value="Row 3"' in response.text
    assert '<option value="3" selected>' in response.text
    assert person.company.revision == before


async def test_a_person_changes_what_stands_around_the_lines(person: Person) -> None:
    """Number, days and notes of an invoice; the lines and the total stay."""
    key = await person.invoice("3", memo="first")
    await person.does(
        f"/invoices/{key}/edit",
        number="N-2",
        date="2026-03-01",
        due="2026-05-01",
        memo="second",
        message="Hi",
        email="",
    )
    stored = await person.record("Invoice", key)
    assert (stored["DocNumber"], stored["TxnDate"], stored["DueDate"]) == ("N-2", "2026-03-01", "2026-05-01")
    assert (stored["PrivateNote"], stored["CustomerMemo"]["value"]) == ("second", "Hi")
    assert (stored["TotalAmt"], stored["SyncToken"]) == (100, "1")
    said = await person.fails(f"/invoices/{key}/edit", token="0", number="N-3", memo="third")
    assert "Somebody else changed this" in said
    assert "third" in said


async def test_a_person_writes_and_voids_a_sales_receipt(person: Person) -> None:
    """Paid at once into the account that was chosen; voided like the API does it."""
    fields = {"method": "2", "account": "1", "reference": "C-9", **lines(("1", "", "2", "30", "NON"))}
    where = await person.does("/sales-receipts/new", customer="3", **fields)
    key = where.rpartition("/")[2]
    stored = await person.record("SalesReceipt", key)
    assert (stored["TotalAmt"], stored["DepositToAccountRef"]["value"], stored["PaymentRefNum"]) == (
        60,
        "1",
        "C-9",
    )
    await person.does(f"/sales-receipts/{key}/void")
    stored = await person.record("SalesReceipt", key)
    assert (stored["TotalAmt"], stored["PrivateNote"]) == (0, "Voided")
    assert 'action="' + person.home + where + '/void"' not in await person.page(where)


async def test_a_person_voids_and_deletes_invoices(person: Person) -> None:
    """Balances, entries and events follow; a stale form does nothing."""
    receivable = books(person.company)["receivables"]
    void, gone = await person.invoice("3"), await person.invoice("3")
    told: list[Any] = []
    person.company.listeners.append(told.append)
    assert "Somebody else" in await person.fails(f"/invoices/{void}/void", token="9")
    await person.does(f"/invoices/{void}/void")
    assert await person.does(f"/invoices/{gone}/delete") == "/invoices"
    assert (await person.record("Invoice", void))["TotalAmt"] == 0
    assert (await person.caller.get(f"/invoice/{gone}")).status_code == 400
    await person.page(f"/invoices/{gone}", status=404)
    assert ("Invoice", gone) not in person.company.journal.entries
    assert books(person.company)["receivables"] == receivable
    verbs = [(event.entity_id, event.verb) for event in told if event.entity == "Invoice"]
    assert verbs == [(void, "void"), (gone, "deleted")]


async def test_a_person_sends_an_invoice(person: Person) -> None:
    """The document says so afterwards; without any address it is refused."""
    key = await person.invoice("3")
    stored = await person.record("Invoice", key)
    assert "2210" in await person.fails(f"/invoices/{key}/send", address="nobody")
    await person.does(f"/invoices/{key}/send", address="ines@ines.example")
    sent = await person.record("Invoice", key)
    assert (stored["EmailStatus"], sent["EmailStatus"]) == ("NotSet", "EmailSent")
    assert sent["BillEmail"]["Address"] == "ines@ines.example"
    assert "Sent to ines@ines.example" in await person.page(f"/invoices/{key}")


async def test_the_pdf_is_the_one_of_the_api(person: Person) -> None:
    """The same renderer behind both addresses."""
    response = await person.caller.client.get(f"{person.home}/invoices/1/pdf")
    assert response.headers["content-type"] == "application/pdf"
    assert response.content == (await person.caller.get("/invoice/1/pdf")).content


async def test_invoices_are_listed_by_state(person: Person) -> None:
    """Every invoice in its state, the unpaid ones together, and the totals of what was found."""
    shown = {}
    for state in (*kinds.KINDS["Invoice"].states, ""):
        text = await person.page(f"/invoices?state={state}")
        shown[state] = set(re.findall(r"/invoices/(\d+)\"", text))
    assert shown["Unpaid"] == shown["Open"] | shown["Part paid"] | shown["Overdue"]
    assert shown[""] == shown["Unpaid"] | shown["Paid"] | shown["Voided"]
    assert len(shown[""]) == len(person.company.tables["Invoice"].records)
    assert all(shown.values())
    owing = books(person.company)["open_invoices"]
    assert f"{owing:,.2f}" in await person.page("/invoices?state=Unpaid")
    assert "1006" in await person.page("/invoices?search=okonkwo")


# payments


async def test_a_person_receives_a_payment_for_two_invoices(person: Person) -> None:
    """Part of one, all of another, and money left over; the invoices show it."""
    customer = await person.customer(DisplayName="Payer")
    one, two = await person.invoice(customer), await person.invoice(customer)
    form = await person.page(f"/payments/new?invoice={two}")
    assert f'name="apply_{two}"' in form
    assert 'value="100"' in form
    where = await person.does(
        "/payments/new",
        customer=customer,
        amount="150",
        method="1",
        account="1",
        reference="R1",
        memo="at the door",
        **{f"apply_{one}": "40", f"apply_{two}": "100", "apply_999999": ""},
    )
    stored = await person.record("Payment", where.rpartition("/")[2])
    assert (stored["TotalAmt"], stored["UnappliedAmt"], stored["PaymentRefNum"]) == (150, 10, "R1")
    balances = [(await person.record("Invoice", key))["Balance"] for key in (one, two)]
    assert balances == [60, 0]
    assert (await person.record("Customer", customer))["Balance"] == 50
    assert "Partly applied" in await person.page(where)
    assert "40.00" in await person.page(f"/invoices/{one}")


async def test_a_payment_can_be_the_sum_of_its_invoices_or_on_none(person: Person) -> None:
    """No amount: the sum; no invoice: unapplied."""
    customer = await person.customer(DisplayName="Payer")
    invoice = await person.invoice(customer)
    where = await person.does("/payments/new", customer=customer, **{f"apply_{invoice}": "99.99"})
    assert (await person.record("Payment", where.rpartition("/")[2]))["TotalAmt"] == Decimal("99.99")
    where = await person.does("/payments/new", customer=customer, amount="5")
    loose = await person.record("Payment", where.rpartition("/")[2])
    assert (loose["UnappliedAmt"], loose["Line"]) == (5, [])
    assert "Unapplied" in await person.page("/payments?state=Unapplied")


async def test_a_person_applies_the_rest_of_a_payment_later(person: Person) -> None:
    """Added to what is applied already; more than the rest, or than is open, is refused."""
    customer = await person.customer(DisplayName="Payer")
    one, two = await person.invoice(customer), await person.invoice(customer)
    where = await person.does("/payments/new", customer=customer, amount="130", **{f"apply_{one}": "20"})
    assert f"{where}/apply" in await person.page(where)
    assert "Put an amount" in await person.fails(f"{where}/apply", **{f"apply_{two}": ""})
    assert "6000" in await person.fails(f"{where}/apply", **{f"apply_{one}": "80", f"apply_{two}": "31"})
    assert "Somebody else" in await person.fails(f"{where}/apply", token="5", **{f"apply_{two}": "1"})
    await person.does(f"{where}/apply", **{f"apply_{one}": "80", f"apply_{two}": "30"})
    stored = await person.record("Payment", where.rpartition("/")[2])
    assert [(line["LinkedTxn"][0]["TxnId"], line["Amount"]) for line in stored["Line"]] == [
        (one, 100),
        (two, 30),
    ]
    assert [(await person.record("Invoice", key))["Balance"] for key in (one, two)] == [0, 70]
    assert f"{where}/apply" not in await person.page(where)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "Say how much was received"),
        ({"customer": ""}, "Choose the customer who paid"),
        ({"amount": "10", "apply_{}": "20"}, "more than the amount of the payment"),
        ({"apply_{}": "100.01"}, "more than the open balance"),
        ({"apply_{}": "all"}, "“all” is not a number."),
        ({"apply_1": "5"}, "620"),
        ({"amount": "-1"}, "2090"),
        ({"customer": "424242", "amount": "1"}, "2500"),
    ],
)
async def test_a_payment_that_cannot_be_is_refused(person: Person, fields: Record, words: str) -> None:
    """In words; the amounts stay on the form, and the invoice stays open."""
    customer = await person.customer(DisplayName="Payer")
    invoice = await person.invoice(customer)
    typed = {"customer": customer, **{name.format(invoice): value for name, value in fields.items()}}
    said = await person.fails("/payments/new", **typed)
    assert words in said
    if fields.get("apply_{}"):
        assert f'value="{fields["apply_{}"]}"' in said
    assert (await person.record("Invoice", invoice))["Balance"] == 100


async def test_a_person_voids_a_payment_and_deletes_another(person: Person) -> None:
    """Both leave the invoice open again."""
    customer = await person.customer(DisplayName="Payer")
    invoice = await person.invoice(customer)
    for deed in ("void", "delete"):
        where = await person.does("/payments/new", customer=customer, **{f"apply_{invoice}": "100"})
        assert (await person.record("Invoice", invoice))["Balance"] == 0
        await person.does(f"{where}/{deed}")
        assert (await person.record("Invoice", invoice))["Balance"] == 100
    assert "Voided" in await person.page("/payments?state=Voided")


async def test_a_payment_that_was_deposited_cannot_be_voided(person: Person) -> None:
    """6540 in words, on the page of the payment."""
    payment = await person.caller.write("/payment", {"CustomerRef": {"value": "3"}, "TotalAmt": 5})
    link = {"Amount": 5, "LinkedTxn": [{"TxnId": payment["Id"], "TxnType": "Payment", "TxnLineId": "0"}]}
    deposit = await person.caller.write("/deposit", {"DepositToAccountRef": {"value": "1"}, "Line": [link]})
    said = await person.fails(f"/payments/{payment['Id']}/void")
    assert "has been deposited" in said
    assert f"Payment {payment['Id']}" in await person.page(f"/deposits/{deposit['Id']}")


async def test_the_form_shows_the_invoices_of_the_family(person: Person) -> None:
    """A payment can settle invoices of customers below, so the form offers them (reference 14.8)."""
    parent = await person.customer(DisplayName="Head")
    body = {"DisplayName": "Job", "Job": True, "ParentRef": {"value": parent}}
    job = (await person.caller.write("/customer", body))["Id"]
    invoice = await person.invoice(job)
    assert f'name="apply_{invoice}"' in await person.page(f"/payments/new?customer={parent}")
    await person.does("/payments/new", customer=parent, **{f"apply_{invoice}": "100"})
    assert (await person.record("Invoice", invoice))["Balance"] == 0


async def test_a_customer_of_another_currency(make_caller: MakeCaller) -> None:
    """The invoice and its payment are in the customer's currency, sums of lists in the company's."""
    person = Person(await make_caller("eu-multicurrency", "sample"))
    body = {"DisplayName": "Thames Ltd", "CurrencyRef": {"value": "GBP"}}
    customer = (await person.caller.write("/customer", body))["Id"]
    rate = {"SourceCurrencyCode": "GBP", "TargetCurrencyCode": "EUR", "Rate": Decimal("1.25")}
    await person.caller.write("/exchangerate", {**rate, "AsOfDate": "2026-03-04"})
    key = await person.invoice(customer, line_tax="2")
    stored = await person.record("Invoice", key)
    assert (stored["CurrencyRef"]["value"], stored["TotalAmt"], stored["HomeTotalAmt"]) == ("GBP", 100, 125)
    listed = await person.page("/invoices?search=thames")
    assert "100.00 GBP" in listed
    assert '<td class="n">125.00</td>' in listed
    where = await person.does("/payments/new", customer=customer, **{f"apply_{key}": "100"})
    assert "£100.00" in await person.page(where)
    assert (await person.record("Invoice", key))["Balance"] == 0


# the books


async def test_other_documents_have_pages(person: Person, line: Callable[..., Record]) -> None:
    """Credit memos, refunds and estimates that the API wrote can be looked at, and deleted."""
    base = {"CustomerRef": {"value": "3"}, "Line": [line("12.00")]}
    found = {
        "credit-memos": await person.caller.write("/creditmemo", base),
        "refund-receipts": await person.caller.write(
            "/refundreceipt", {**base, "DepositToAccountRef": {"value": "1"}}
        ),
        "estimates": await person.caller.write("/estimate", base),
    }
    for word, record in found.items():
        path = f"/{word}/{record['Id']}"
        assert path in await person.page(f"/{word}")
        assert "12.00" in await person.page(path)
        assert await person.does(f"{path}/delete") == f"/{word}"
        await person.page(path, status=404)
    response = await person.caller.client.post(f"{person.home}/credit-memos/1/void")
    assert response.status_code == 404


async def test_accounts_and_journal_add_up(person: Person) -> None:
    """Debits are credits, on every page and in all; an account's page ends at what the API shows as its balance."""
    for _ in range(3):
        await person.invoice("3", line_rate="1234.56")
    total = sum(
        one.amount
        for entry in person.company.journal.entries.values()
        for one in entry.postings
        if one.amount > 0
    )
    text = await person.page("/journal")
    assert text.count(f"{total:,.2f}") == 2
    assert "Page 1 of" in text
    first_page = person.company.tables["Account"].records.values()
    receivable = next(one for one in first_page if one["AccountSubType"] == "AccountsReceivable")
    assert f"{receivable['CurrentBalance']:,.2f}" in await person.page(f"/accounts/{receivable['Id']}")
    trial = re.search(
        r"Trial balance</td><td class=\"n\">([\d,.]+)</td><td class=\"n\">([\d,.]+)<",
        await person.page("/accounts"),
    )
    assert trial is not None
    assert trial[1] == trial[2]
    assert (
        "Payment"
        not in re.findall(r"<tbody.*</tbody>", await person.page("/journal?entity=Invoice"), re.DOTALL)[0]
    )


async def test_items_can_be_searched(person: Person) -> None:
    """By name and by SKU."""
    found = await person.page("/items?search=pump-12")
    assert "Fountain pump" in found
    assert "Rock fountain" not in found


# around everything


async def test_disconnecting_ends_the_tokens(person: Person) -> None:
    """My apps: one press and the app's calls fail; once more and a sentence says that there is nothing."""
    sandbox = person.caller.sandbox
    assert sandbox.client.client_id in await person.page("/apps")
    assert (await person.caller.get("/term/1")).status_code == 200
    await person.does("/apps/disconnect")
    assert (await person.caller.get("/term/1")).status_code == 401
    assert not sandbox.grants.connected(sandbox.realm_id)
    assert "No app connected" in await person.page("")
    assert "nothing to disconnect" in await person.fails("/apps/disconnect")


async def test_an_app_is_listed_once_however_often_it_was_connected(person: Person, clock: Clock) -> None:
    """Since the first consent that still holds; another company's grants are not listed."""
    sandbox = person.caller.sandbox
    sandbox.grants.clients["other"] = Client("other", "s")
    clock.advance(86_400 * 3)
    sandbox.mint()
    sandbox.grants.mint("other", sandbox.realm_id)
    sandbox.grants.mint("other", "1")
    apps = apps_of(sandbox.grants, sandbox.realm_id)
    assert [(app.client_id, app.since, app.seen) for app in apps] == [
        (sandbox.client.client_id, "2026-03-04", "2026-03-07"),
        ("other", "2026-03-07", "2026-03-07"),
    ]
    assert "Disconnect all apps" in await person.page("/apps")


async def test_markup_in_names_is_shown_as_it_was_typed(person: Person) -> None:
    """In lists, on pages, in forms and in refusals, no name becomes part of a page."""
    key = await person.customer(DisplayName=SCRIPT, Notes=SCRIPT)
    invoice = await person.invoice(key, memo=SCRIPT, message=SCRIPT, line_said=SCRIPT, number="<i>1</i>")
    await person.does("/payments/new", customer=key, memo=SCRIPT, **{f"apply_{invoice}": "1"})
    refused = (await person.post(f"/customers/{key}/merge", {"loser": SCRIPT})).text
    paths = (
        "",
        "/customers",
        f"/customers/{key}",
        f"/customers/{key}/edit",
        "/invoices",
        f"/invoices/{invoice}",
    )
    forms = (
        f"/invoices/{invoice}/edit",
        f"/payments/new?customer={key}",
        "/invoices/new",
        "/payments",
        "/journal",
    )
    pages = [await person.page(path) for path in (*paths, *forms)]
    searched = await person.page(f"/customers?search={SCRIPT}")
    for text in (*pages, refused, searched):
        assert "<script" not in text
        assert "<i>1</i>" not in text
    assert "&lt;script&gt;" in pages[2]


@pytest.mark.parametrize(
    "path",
    [
        "/customers/99999",
        "/customers/x",
        "/customers/99999/edit",
        "/invoices/99999",
        "/invoices/99999/pdf",
        "/invoices/99999/edit",
        "/payments/99999",
        "/accounts/99999",
        "/nowhere",
    ],
)
async def test_what_is_not_there_is_404(person: Person, path: str) -> None:
    """Ids, words and companies that do not exist."""
    assert (await person.caller.client.get(person.home + path)).status_code == 404
    assert (await person.caller.client.get(f"/companies/1{path}")).status_code == 404


@pytest.mark.parametrize("path", ["/customers/99999/edit", "/invoices/99999/void", "/payments/99999/delete"])
async def test_a_deed_on_what_is_not_there_is_404(person: Person, path: str) -> None:
    """And nothing is written."""
    before = person.company.revision
    assert (await person.post(path, {"DisplayName": "x"})).status_code == 404
    assert person.company.revision == before


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://quickbooks.test", 303),
        ("https://evil.example", 403),
        ("http://quickbooks.test.evil.example", 403),
        ("http://quickbooks.test:81", 403),
        ("null", 403),
        ("", 403),
    ],
)
async def test_forms_of_other_sites_are_refused(person: Person, origin: str, status: int) -> None:
    """By the Origin that browsers send; the pages let them send it (their referrer policy is not no-referrer)."""
    before = len(person.company.tables["Customer"].records)
    response = await person.post("/customers/new", {"DisplayName": "Forged"}, origin=origin)
    assert response.status_code == status
    assert len(person.company.tables["Customer"].records) - before == (status == 303)
    page = await person.caller.client.get(person.home)
    assert page.headers["referrer-policy"] == "same-origin"
    assert "default-src 'none'" in page.headers["content-security-policy"]


async def test_a_company_without_subscription_is_read_only(person: Person) -> None:
    """6190 on every form, as the API says it; looking is still possible."""
    person.company.set_subscription("CANCELLED")
    assert "6190" in await person.fails("/customers/new", DisplayName="Late")
    assert "6190" in await person.fails("/invoices/1/void")
    assert "6190" in await person.fails("/customers/3/merge", loser="10")
    await person.page("/invoices/1")


async def test_no_form_breaks_whatever_is_typed(person: Person) -> None:
    """Each field of each form with nonsense in it: done or refused in words, and the journal stays in balance."""
    nonsense = (
        "",
        "NaN",
        "-1",
        "1e400000",
        "99999999999",
        "0.005",
        "x" * 5000,
        "\x00",
        "a:b",
        "2026-13-40",
        "1,2",
        "٣",
    )
    chance = random.Random(7)
    key, plain = (
        await person.customer(DisplayName="Often changed"),
        ("", "1", "3", "TAX", "2026-03-04", "a@b.example"),
    )
    forms = {
        "/customers/new": (
            "DisplayName",
            "GivenName",
            "email",
            "phone",
            "Notes",
            "BillAddr.Line1",
            "ShipAddr.Country",
        ),
        f"/customers/{key}/edit": ("DisplayName", "CompanyName", "email", "BillAddr.City"),
        "/invoices/new": (
            "customer",
            "number",
            "date",
            "due",
            "email",
            "discount",
            "memo",
            *lines(("",) * 5),
        ),
        "/sales-receipts/new": ("customer", "account", "method", "reference", *lines(("",) * 5)),
        "/payments/new": ("customer", "amount", "date", "account", "method", "apply_1", "apply_x"),
        "/invoices/1/edit": ("number", "date", "due", "email", "memo", "message"),
        "/invoices/2/send": ("address",),
        f"/customers/{key}/merge": ("loser",),
    }
    for path, fields in list(forms.items()) * 12:
        typed = {name: chance.choice(nonsense if chance.random() < 0.3 else plain) for name in fields}
        response = await person.post(path, typed)
        assert response.status_code in (303, 422), (path, typed)
    postings = [one.amount for entry in person.company.journal.entries.values() for one in entry.postings]
    assert sum(postings) == 0
    for path in ("", "/customers", "/invoices", "/sales-receipts", "/payments", "/journal", "/accounts"):
        await person.page(path)


async def test_every_link_of_the_site_leads_somewhere(make_caller: MakeCaller) -> None:
    """From the first page on, in a company with history, another currency and one that has nothing yet."""
    for kind, seed in (("us-ast", "sample"), ("eu-multicurrency", "sample"), ("us-none", "empty")):
        caller = await make_caller(kind, seed)
        waiting, seen = ["/"], set()
        while waiting:
            path = waiting.pop()
            if path in seen:
                continue
            seen.add(path)
            response = await caller.client.get(path)
            assert response.status_code == 200, path
            if response.headers["content-type"].startswith("text/html"):
                waiting += [unescape(one) for one in re.findall(r'href="([^"#]+)"', response.text)]
        assert len(seen) > 70


async def test_the_way_to_connect_has_three_steps(caller: Caller) -> None:
    """Sign in, choose a company, allow: each page is one form that carries all the rest, and Enter leads on."""
    parameters = {
        "client_id": caller.sandbox.client.client_id,
        "response_type": "code",
        "scope": "com.intuit.quickbooks.accounting openid",
        "redirect_uri": "http://localhost/back",
        "state": "s",
    }
    page = (await caller.client.get("/connect/oauth2", params=parameters)).text
    for heading, default in (
        ("Sign in", ("step", "company")),
        ("Choose a company", ("step", "allow")),
        ("Connect this app?", ("decision", "connect")),
    ):
        assert page.count("<form") == 1 and f"<h1>{heading}</h1>" in page
        fields = dict(re.findall(r'<input[^>]* name="(\w+)"[^>]* value="([^"]*)"', page))
        assert fields.keys() - {"password"} == {*parameters, "email", "realm_id"}
        # whoever presses Enter in a field presses the first button
        assert re.search(r'<button(?: class="\w+")? name="(\w+)" value="([\w-]+)"', page).groups() == default
        nobody = await caller.client.post("/connect/oauth2", data={**fields, "email": " ", "step": "allow"})
        assert nobody.status_code == 422 and "Enter an e-mail address" in nobody.text
        answer = await caller.client.post("/connect/oauth2", data={**fields, default[0]: default[1]})
        page = answer.text
    assert answer.headers["location"].startswith("http://localhost/back?code=")
    assert f"realmId={caller.sandbox.realm_id}" in answer.headers["location"]
