"""The story, step by step: something happens on one side, and both sides are read until they agree."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from time import monotonic

import httpx

from counterfoil_demo import calls, checks, deeds, owner
from counterfoil_demo.browser import Browser, NoSuchButton
from counterfoil_demo.checks import Finding
from counterfoil_demo.neighbours import Control, Row, Unexpected
from counterfoil_demo.patience import until
from counterfoil_demo.scene import Pair, Scene
from counterfoil_demo.town import CUSTOMERS

SHARED = 7
"""How many of QuickBooks' customers a user of the CRM typed in by hand before."""
PART = Decimal(200)
IMPORTED_WITHIN_SECONDS = 60.0
PAID_AGAIN_WITHIN_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the story: its words, and what plays it and tells what was checked."""

    title: str
    play: Callable[[Scene], Awaitable[list[Finding]]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a step."""

    title: str
    findings: tuple[Finding, ...]
    seconds: float

    @property
    def held(self) -> bool:
        """Whether every check of it held."""
        return bool(self.findings) and all(finding.held for finding in self.findings)


async def played(scene: Scene, steps: tuple[Step, ...]) -> AsyncIterator[Outcome]:
    """Play them in order. A failed check does not end the story; a step that cannot be played does."""
    for step in steps:
        begun = monotonic()
        try:
            findings = await step.play(scene)
        except (httpx.HTTPError, Unexpected, NoSuchButton, owner.LostTheWay, LookupError) as trouble:
            broken = Finding("could be played", held=False, seen=f"{type(trouble).__name__}: {trouble}")
            yield Outcome(step.title, (broken,), monotonic() - begun)
            return
        yield Outcome(step.title, tuple(findings), monotonic() - begun)


async def before(scene: Scene) -> list[Finding]:
    """Forty customers in the books, seven of them also typed into the CRM."""
    scene.customers = await scene.quickbooks.rows("Customer")
    location = await scene.crm.location()
    scene.location_zone = location["timezone"]
    (company,) = await scene.quickbooks.rows("CompanyInfo")
    scene.company_zone = company.get("DefaultTimeZone") or scene.location_zone
    await deeds.lay_out_the_shop(scene.crm)
    for customer in scene.customers[:SHARED]:
        scene.typed_in.append(await deeds.type_in_contact(scene.crm, customer))
    return [
        checks.equal(f"{CUSTOMERS} customers in QuickBooks", CUSTOMERS, len(scene.customers)),
        checks.equal(f"{SHARED} contacts in the CRM", SHARED, len(await scene.crm.contacts())),
    ]


async def connect(scene: Scene) -> list[Finding]:
    """Log in and consent on both sides in a browser, then Start."""
    browser = Browser()
    try:
        visit = await owner.connect_both_sides(browser, scene.service.base_url)
    finally:
        await browser.close()
    scene.home = visit.address
    known = await scene.service.connections()
    findings = [checks.equal("one connection", 1, len(known))]
    if len(known) == 1:
        (scene.connection,) = known
        findings += [
            checks.equal("running", "running", scene.connection.get("state")),
            checks.equal(
                "QuickBooks company",
                scene.quickbooks.credentials["realm_id"],
                (scene.connection.get("company") or {}).get("realm_id"),
            ),
            checks.equal("CRM location", scene.crm.location_id, scene.connection["account"]["id"]),
        ]
    return findings


async def customers_arrive(scene: Scene) -> list[Finding]:
    """QuickBooks' customers are contacts, and nobody is there twice."""
    await until(scene.crm.contacts, lambda rows: len(rows) >= CUSTOMERS, seconds_max=IMPORTED_WITHIN_SECONDS)
    await calls.quiet(scene)
    contacts = await scene.crm.contacts()
    return checks.contacts_are_customers(scene.customers, contacts, scene.typed_in)


async def send_invoice(scene: Scene) -> list[Finding]:
    """Three lines, one with a fractional quantity, ten percent off, sales tax on two of them."""
    draft = await deeds.send_invoice(
        scene.crm,
        scene.typed_in[0],
        name="Kitchen fitting",
        items=deeds.KITCHEN,
        discount_percent=10,
        issued=scene.today(),
    )
    scene.invoice = invoice = await scene.crm.invoice(draft["_id"])
    number, total = checks.number_of(invoice), Decimal(invoice["total"])
    posted = await scene.posted_invoice(number, total=total, balance=total)
    scene.pairs.append(Pair(f"Invoice {number}", total, checks.total_of(posted), "3 lines, −10 %, tax"))
    customer = await scene.customer(scene.typed_in[0]["email"])
    return [
        checks.equal("status", "sent", invoice["status"]),
        *checks.invoice_agrees(invoice, posted, zone=scene.location_zone),
        checks.equal("customer", customer and customer["Id"], posted and posted["CustomerRef"]["value"]),
    ]


async def part_payment(scene: Scene) -> list[Finding]:
    """A part of the invoice is paid."""
    return await _pay(scene, PART)


async def the_rest(scene: Scene) -> list[Finding]:
    """The rest is paid: two payments, balance zero."""
    findings = await _pay(scene, Decimal(scene.invoice["amountDue"]))
    return [*findings, checks.equal("paid", "paid", scene.invoice["status"])]


async def order_form_sale(scene: Scene) -> list[Finding]:
    """A stranger buys on an order form, with a coupon."""
    sale = await deeds.buy_on_order_form(scene.crm)
    return await _receipt(scene, _id(sale["order"]), charges=1, record="Order form, coupon SPRING15")


async def subscription(scene: Scene) -> list[Finding]:
    """She becomes a member; the first month is charged."""
    scene.membership = sale = await deeds.subscribe(scene.crm)
    return await _receipt(scene, _id(sale["order"]), charges=1, record="Membership, first month")


async def renewal(scene: Scene) -> list[Finding]:
    """The next month is charged. No webhook tells of it: Counterfoil finds it by asking."""
    await deeds.renew(scene.crm, _id(scene.membership["subscription"]))
    return await _receipt(scene, _id(scene.membership["order"]), charges=2, record="Membership, renewal")


async def void(scene: Scene) -> list[Finding]:
    """A second invoice is sent, and voided."""
    draft = await deeds.send_invoice(
        scene.crm,
        scene.typed_in[1],
        name="Garden",
        items=deeds.GARDEN,
        discount_percent=0,
        issued=scene.today(),
    )
    invoice = await scene.crm.invoice(draft["_id"])
    number, total = checks.number_of(invoice), Decimal(invoice["total"])
    posted = await scene.posted_invoice(number, total=total, balance=total)
    first = checks.equal("was in QuickBooks", total, checks.total_of(posted))
    await deeds.void_invoice(scene.crm, invoice)
    posted = await scene.posted_invoice(number, total=Decimal(0), balance=Decimal(0))
    invoice = await scene.crm.invoice(draft["_id"])
    standing = Decimal(0) if invoice["status"] == "void" else total
    scene.pairs.append(Pair(f"Invoice {number}", standing, checks.total_of(posted), f"{total} voided"))
    return [first, *checks.voided(invoice, posted)]


async def new_customer(scene: Scene) -> list[Finding]:
    """A bookkeeper adds a customer, who is soon a contact."""
    added = await deeds.add_customer(scene.quickbooks)
    email = checks.address(added)

    async def ask() -> list[Row]:
        return [row for row in await scene.crm.contacts() if row.get("email") == email]

    contacts = await until(ask, bool)
    return [
        checks.equal("one contact", 1, len(contacts)),
        *(
            checks.equal(
                "name", (added["GivenName"], added["FamilyName"]), (row["firstName"], row["lastName"])
            )
            for row in contacts
        ),
    ]


async def everything_twice(scene: Scene) -> list[Finding]:
    """Both sides deliver every webhook a second time."""
    sides = {"QuickBooks": scene.quickbooks.control, "CRM": scene.crm.control}
    await calls.quiet(scene)
    were = await _versions(scene)
    marks = {name: await control.mark() for name, control in sides.items()}
    findings = []
    for name, control in sides.items():
        attempts = {row["id"]: len(row["attempts"]) for row in await control.deliveries()}
        for delivery in attempts:
            await control.post(f"deliveries/{delivery}/resend")

        async def again(control: Control = control, attempts: dict[str, int] = attempts) -> list[Row]:
            rows = await control.deliveries()
            return [row for row in rows if len(row["attempts"]) > attempts.get(row["id"], 0)]

        def taken(rows: list[Row], wanted: int = len(attempts)) -> bool:
            return len(rows) >= wanted and all(
                row["attempts"][-1]["status"] in range(200, 300) for row in rows
            )

        rows = await until(again, taken)
        findings.append(
            checks.that(
                f"{len(attempts)} webhooks of {name} taken again",
                bool(attempts) and taken(rows),
                f"{len(rows)} were delivered again",
            )
        )
    await calls.asked_again(scene, since=marks["CRM"])
    await calls.quiet(scene)
    for name, control in sides.items():
        wrote = [row for row in await control.exchanges(since=marks[name]) if calls.writes(row)]
        findings.append(
            checks.equal(f"no write to {name}", [], [f"{row['method']} {row['path']}" for row in wrote])
        )
    return [*findings, *checks.unchanged(were, await _versions(scene))]


async def same_counts(scene: Scene) -> list[Finding]:
    """The banks' journals and Counterfoil count the same calls (R75)."""
    scene.counts = await calls.counted(scene)
    return [
        checks.equal(f"{count.journal.all} calls to {count.bank}", count.journal, count.counted)
        for count in scene.counts
    ]


STORY = (
    Step("Before: 40 customers in QuickBooks, 7 of them typed into the CRM too", before),
    Step("The owner connects both sides in a browser and presses Start", connect),
    Step("QuickBooks' customers arrive as contacts, nobody twice", customers_arrive),
    Step("An invoice with three lines, a discount and a tax is sent", send_invoice),
    Step("A part of it is paid", part_payment),
    Step("The rest is paid", the_rest),
    Step("A sale on an order form, with a coupon", order_form_sale),
    Step("A membership begins", subscription),
    Step("The membership renews, which only polling can find", renewal),
    Step("A second invoice is sent, then voided", void),
    Step("A bookkeeper adds a customer in QuickBooks", new_customer),
    Step("Every webhook is delivered a second time", everything_twice),
    Step("API calls: both sides' journals and Counterfoil count the same", same_counts),
)


async def _pay(scene: Scene, amount: Decimal) -> list[Finding]:
    """Record a payment and read both sides until they agree; the CRM refuses two within seconds (reference 7.7)."""
    was = Decimal(scene.invoice["amountPaid"])

    async def attempt() -> bool:
        try:
            await deeds.record_payment(scene.crm, scene.invoice, amount)
        except Unexpected as refusal:
            if refusal.status != 409:
                raise
            return False
        return True

    await until(attempt, bool, seconds_max=PAID_AGAIN_WITHIN_SECONDS)
    scene.invoice = invoice = await scene.crm.invoice(scene.invoice["_id"])
    due = Decimal(invoice["amountDue"])
    posted = await scene.posted_invoice(
        checks.number_of(invoice), total=Decimal(invoice["total"]), balance=due
    )
    if posted is None:
        return [Finding("in QuickBooks", held=False, seen="the invoice is gone")]
    transactions = await scene.crm.transactions(invoice["_id"])
    payments = await scene.quickbooks.rows("Payment")
    reference = checks.reference_of(transactions[-1])
    mine = [Decimal(row["TotalAmt"]) for row in payments if row.get("PaymentRefNum") == reference]
    scene.pairs.append(
        Pair(f"Payment of {checks.number_of(invoice)}", amount, mine[0] if len(mine) == 1 else None)
    )
    return [
        checks.equal("paid in the CRM", was + amount, Decimal(invoice["amountPaid"])),
        *checks.totals_agree(invoice, posted),
        *checks.payments_agree(transactions, payments, posted, zone=scene.company_zone),
    ]


async def _receipt(scene: Scene, order_id: str, *, charges: int, record: str) -> list[Finding]:
    """The newest charge of an order and its sales receipt."""
    order = await scene.crm.order(order_id)
    transactions = await scene.crm.transactions(order_id)
    charge = transactions[-1]
    reference = checks.reference_of(charge)

    async def ask() -> list[Row]:
        return await scene.quickbooks.rows("SalesReceipt")

    receipts = await until(ask, lambda rows: any(row.get("PaymentRefNum") == reference for row in rows))
    mine = [Decimal(row["TotalAmt"]) for row in receipts if row.get("PaymentRefNum") == reference]
    scene.pairs.append(Pair(record, Decimal(charge["amount"]), mine[0] if len(mine) == 1 else None))
    buyer = await scene.customer(str(charge["contactEmail"]))
    return [
        checks.equal("charges", charges, len(transactions)),
        *checks.receipt_agrees(charge, order, receipts, buyer=buyer, zone=scene.company_zone),
    ]


async def _versions(scene: Scene) -> dict[str, list[object]]:
    """Every record of both sides with its version."""
    found: dict[str, list[object]] = {
        "contacts": [(row["id"], row.get("dateUpdated")) for row in await scene.crm.contacts()]
    }
    for kind, entity in {
        "customers": "Customer",
        "invoices": "Invoice",
        "payments": "Payment",
        "sales receipts": "SalesReceipt",
    }.items():
        found[kind] = [(row["Id"], row["SyncToken"]) for row in await scene.quickbooks.rows(entity)]
    return found


def _id(row: Row) -> str:
    """The id of a CRM record; some views call it `_id`."""
    return str(row.get("_id") or row["id"])
