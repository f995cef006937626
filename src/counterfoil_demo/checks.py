"""What must agree on both sides, as pure comparisons of what each of them answered.

The sums are worked out here once more from the CRM's own figures, on a way of their own: a mistake of Counterfoil's
arithmetic would have to be made twice to stay unseen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from counterfoil_demo.neighbours import Row

CENT = Decimal("0.01")
REFERENCE_MAX = 21
"""The longest DocNumber and PaymentRefNum (QuickBooks reference 14.1)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: what was compared, whether it held, and what was seen when it did not."""

    what: str
    held: bool
    seen: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """What the CRM charges for one line: its share of the total after discount and tax, not rounded."""

    name: str
    quantity: Decimal
    share: Decimal


def equal(what: str, expected: object, found: object) -> Finding:
    """Both are the same."""
    held = expected == found
    return Finding(what, held, "" if held else f"expected {expected}, found {found}")


def that(what: str, held: bool, seen: object = "") -> Finding:
    """It is so."""
    return Finding(what, held, "" if held else str(seen))


def number_of(invoice: Row) -> str:
    """The number that the customer reads."""
    return f"{invoice.get('invoiceNumberPrefix') or ''}{invoice['invoiceNumber']}"


def total_of(posted: Row | None) -> Decimal | None:
    """A QuickBooks document's total; None when there is none."""
    return None if posted is None else Decimal(posted["TotalAmt"])


def day_in(instant: str, zone: str) -> date:
    """The calendar day of an ISO instant there; a plain date is that day."""
    if len(instant) == len("2026-01-01"):
        return date.fromisoformat(instant)
    return datetime.fromisoformat(instant).astimezone(ZoneInfo(zone)).date()


def address(row: Row, member: str = "PrimaryEmailAddr") -> str:
    """The e-mail address of a QuickBooks object, in lower case; empty when it has none."""
    return str((row.get(member) or {}).get("Address") or "").strip().lower()


def contacts_are_customers(
    customers: Sequence[Row], contacts: Sequence[Row], typed_in: Sequence[Row]
) -> list[Finding]:
    """Each customer is exactly one contact, and those that were there before are still the same ones."""
    by_email = Counter(str(contact.get("email") or "").lower() for contact in contacts)
    wanted = [address(customer) for customer in customers]
    names = {
        str(contact.get("email") or "").lower(): (contact.get("firstName"), contact.get("lastName"))
        for contact in contacts
    }
    misnamed = [
        address(customer)
        for customer in customers
        if names.get(address(customer)) != (customer.get("GivenName"), customer.get("FamilyName"))
    ]
    ids = {contact["id"] for contact in contacts}
    lost = [contact["email"] for contact in typed_in if contact["id"] not in ids]
    missing = [email for email in wanted if by_email[email] == 0]
    double = [email for email, times in by_email.items() if times > 1]
    return [
        that(f"{len(customers)} customers are contacts", not missing, _some("missing", missing)),
        that("none twice", not double, _some("twice", double)),
        equal("no contact too many", len(set(wanted)), len(contacts)),
        that("same names", not misnamed, _some("other names", misnamed)),
        that(f"the {len(typed_in)} typed in before were matched", not lost, _some("gone", lost)),
    ]


def invoice_lines(invoice: Row) -> list[Line]:
    """The lines of a CRM invoice with what each costs after discount and exclusive tax."""
    sums = invoice["totalSummary"]
    kept = _kept(sums)
    lines = []
    for item in invoice["invoiceItems"]:
        rate = sum((Decimal(tax["rate"]) for tax in item.get("taxes") or []), Decimal(0))
        taxed = 1 if item.get("taxInclusive") else 1 + rate / 100
        quantity = Decimal(item["qty"])
        lines.append(Line(item["name"], quantity, Decimal(item["amount"]) * quantity * kept * taxed))
    return lines


def order_lines(order: Row) -> list[Line]:
    """The lines of an untaxed CRM order with what each costs after the coupon."""
    kept = _kept({"subTotal": order["amountSummary"]["subtotal"], **order["amountSummary"]})
    return [
        Line(
            item["name"], Decimal(item["qty"]), Decimal(item["price"]["amount"]) * Decimal(item["qty"]) * kept
        )
        for item in order["items"]
    ]


def lines_agree(lines: Sequence[Line], posted: Row, total: Decimal) -> list[Finding]:
    """Names and quantities are kept; the sums are the CRM's shares to the cent and add up to its total."""
    sold = [row for row in posted.get("Line", []) if row.get("DetailType") == "SalesItemLineDetail"]
    details = [row["SalesItemLineDetail"] for row in sold]
    amounts = [Decimal(row["Amount"]) for row in sold]
    shares = [f"{line.share:.4f}" for line in lines]
    near = len(amounts) == len(lines) and all(
        abs(amount - line.share) <= CENT for amount, line in zip(amounts, lines, strict=True)
    )
    products = [(Decimal(each["UnitPrice"]) * Decimal(each["Qty"])).quantize(CENT) for each in details]
    return [
        equal("names", [line.name for line in lines], [each["ItemRef"].get("name") for each in details]),
        equal("quantities", [line.quantity for line in lines], [Decimal(each["Qty"]) for each in details]),
        that("sums of lines", near, f"expected about {shares}, found {[str(each) for each in amounts]}"),
        equal("price × quantity", amounts, products),
        equal("sum of all lines", total, sum(amounts, Decimal(0))),
    ]


def invoice_agrees(invoice: Row, posted: Row | None, *, zone: str) -> list[Finding]:
    """Number, dates in the location's zone, e-mail, lines, total and balance."""
    if posted is None:
        return [Finding("in QuickBooks", held=False, seen=f"there is no invoice {number_of(invoice)}")]
    return [
        equal("number", number_of(invoice), posted.get("DocNumber")),
        equal("issue date", day_in(invoice["issueDate"], zone).isoformat(), posted["TxnDate"]),
        equal("due date", day_in(invoice["dueDate"], zone).isoformat(), posted["DueDate"]),
        equal("e-mail", str(invoice["contactDetails"]["email"]).lower(), address(posted, "BillEmail")),
        *lines_agree(invoice_lines(invoice), posted, Decimal(invoice["total"])),
        *totals_agree(invoice, posted),
    ]


def totals_agree(invoice: Row, posted: Row) -> list[Finding]:
    """Total and balance, with nothing added by QuickBooks."""
    tax = (posted.get("TxnTaxDetail") or {}).get("TotalTax") or 0
    return [
        equal("no tax on top", 0, tax),
        equal("total", Decimal(invoice["total"]), Decimal(posted["TotalAmt"])),
        equal("balance", Decimal(invoice["amountDue"]), Decimal(posted["Balance"])),
    ]


def payments_agree(
    transactions: Sequence[Row], payments: Sequence[Row], posted: Row, *, zone: str
) -> list[Finding]:
    """One payment for each transaction of the invoice, with its day in `zone`, all of it linked to the invoice."""
    received = sorted(Decimal(row["amount"]) for row in transactions)
    linked = [payment for payment in payments if posted["Id"] in _linked(payment)]
    return [
        equal("one payment each", len(transactions), len(linked)),
        equal("amounts", received, sorted(Decimal(row["TotalAmt"]) for row in linked)),
        equal("references", sorted(map(reference_of, transactions)), sorted(map(_reference, linked))),
        equal(
            "dates", sorted(_charged(row, zone) for row in transactions), sorted(r["TxnDate"] for r in linked)
        ),
        equal("nothing left over", 0, sum(Decimal(row.get("UnappliedAmt") or 0) for row in linked)),
    ]


def receipt_agrees(
    transaction: Row, order: Row, receipts: Sequence[Row], *, buyer: Row | None, zone: str
) -> list[Finding]:
    """Exactly one receipt for the charge: its day in `zone`, its items, what was paid, and the buyer's customer."""
    found = [row for row in receipts if _reference(row) == reference_of(transaction)]
    one = equal("one sales receipt", 1, len(found))
    if not found:
        return [one]
    (posted, *_) = found
    paid = Decimal(transaction["amount"])
    return [
        one,
        equal("date", _charged(transaction, zone), posted["TxnDate"]),
        equal("e-mail", str(transaction["contactEmail"]).lower(), address(posted, "BillEmail")),
        equal("customer", buyer and buyer["Id"], posted["CustomerRef"]["value"]),
        *lines_agree(order_lines(order), posted, paid),
        equal("total", paid, Decimal(posted["TotalAmt"])),
    ]


def voided(invoice: Row, posted: Row | None) -> list[Finding]:
    """Void on both sides: the document stays, its amounts are zero."""
    if posted is None:
        return [Finding("still in QuickBooks", held=False, seen=f"no invoice {number_of(invoice)}")]
    note = str(posted.get("PrivateNote") or "")
    return [
        equal("void in the CRM", "void", invoice["status"]),
        equal("number", number_of(invoice), posted.get("DocNumber")),
        equal("total", 0, posted["TotalAmt"]),
        equal("balance", 0, posted["Balance"]),
        that("marked as voided", note.startswith("Voided"), f"note {note!r}"),
    ]


def unchanged(before: Mapping[str, Iterable[object]], after: Mapping[str, Iterable[object]]) -> list[Finding]:
    """The same records in the same versions, kind by kind."""
    findings = []
    for kind, were in before.items():
        gone, come = set(were) - set(after[kind]), set(after[kind]) - set(were)
        seen = f"{len(come)} new or changed, {len(gone)} gone or changed"
        findings.append(that(f"same {kind}", not gone and not come, seen))
    return findings


def reference_of(transaction: Row) -> str:
    """How a CRM transaction is called in QuickBooks' PaymentRefNum: its id, the last 21 characters."""
    return str(transaction["_id"])[-REFERENCE_MAX:]


def _charged(transaction: Row, zone: str) -> str:
    """The day on which the money came in."""
    return day_in(transaction.get("fulfilledAt") or transaction["createdAt"], zone).isoformat()


def _reference(row: Row) -> str:
    return str(row.get("PaymentRefNum") or "")


def _linked(payment: Row) -> set[str]:
    return {link["TxnId"] for line in payment.get("Line", []) for link in line.get("LinkedTxn", [])}


def _kept(sums: Row) -> Decimal:
    """The part of a price that is left after a discount over all lines."""
    subtotal = Decimal(sums["subTotal"])
    return 1 - Decimal(sums.get("discount") or 0) / subtotal if subtotal else Decimal(1)


def _some(what: str, rows: Sequence[object]) -> str:
    more = f" and {len(rows) - 3} more" if len(rows) > 3 else ""
    return f"{what}: {', '.join(map(str, rows[:3]))}{more}"
