"""The demo's checks: each says yes to what agrees and no to what does not."""

from __future__ import annotations

import copy
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from counterfoil_demo import checks
from counterfoil_demo.checks import Finding

ZONE = "America/New_York"

INVOICE: dict[str, Any] = {
    "_id": "69261f0a7c3b2e41d85a9f10",
    "status": "sent",
    "invoiceNumberPrefix": "INV-",
    "invoiceNumber": "000042",
    "contactDetails": {"email": "Maya@example.com"},
    # The location's start and end of day, as the CRM stores them (HighLevel reference 7.3).
    "issueDate": "2026-11-03T05:00:00.000Z",
    "dueDate": "2026-11-18T04:59:59.999Z",
    "totalSummary": {"subTotal": Decimal("265.60"), "discount": Decimal("26.56"), "tax": Decimal("7.84")},
    "invoiceItems": [
        {"name": "Work", "amount": 80, "qty": 2, "taxes": []},
        {
            "name": "Materials",
            "amount": Decimal("38.40"),
            "qty": Decimal("2.75"),
            "taxes": [{"rate": Decimal("8.25"), "calculation": "exclusive"}],
        },
    ],
    "total": Decimal("246.88"),
    "amountDue": Decimal("246.88"),
}


def line(name: str, quantity: str, price: str, amount: str) -> dict[str, Any]:
    detail = {"ItemRef": {"value": "1", "name": name}, "Qty": Decimal(quantity), "UnitPrice": Decimal(price)}
    return {"Amount": Decimal(amount), "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}


POSTED: dict[str, Any] = {
    "Id": "130",
    "DocNumber": "INV-000042",
    "TxnDate": "2026-11-03",
    "DueDate": "2026-11-17",
    "BillEmail": {"Address": "maya@example.com"},
    "Line": [
        line("Work", "2", "72", "144.00"),
        line("Materials", "2.75", "37.4109091", "102.88"),
        {"Amount": Decimal("246.88"), "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}},
    ],
    "TotalAmt": Decimal("246.88"),
    "Balance": Decimal("246.88"),
}


def failed(findings: list[Finding]) -> list[str]:
    return [finding.what for finding in findings if not finding.held]


def changed(row: dict[str, Any], **members: object) -> dict[str, Any]:
    return {**copy.deepcopy(row), **members}


def test_an_invoice_that_agrees_in_everything_passes() -> None:
    """Ten percent off, and the tax of 7.84 is inside the price of the materials."""
    assert failed(checks.invoice_agrees(INVOICE, POSTED, zone=ZONE)) == []


def test_dates_are_the_days_of_the_location() -> None:
    """In UTC this due date would be a day later."""
    findings = checks.invoice_agrees(INVOICE, POSTED, zone="UTC")

    assert failed(findings) == ["due date"]


@pytest.mark.parametrize(
    ("member", "value", "complaint"),
    [
        ("DocNumber", "INV-000043", "number"),
        ("TxnDate", "2026-11-04", "issue date"),
        ("DueDate", "2026-11-18", "due date"),
        ("BillEmail", {"Address": "ada@example.com"}, "e-mail"),
        ("BillEmail", None, "e-mail"),
        ("TotalAmt", Decimal("246.87"), "total"),
        ("Balance", Decimal("46.88"), "balance"),
        ("TxnTaxDetail", {"TotalTax": Decimal("0.01")}, "no tax on top"),
    ],
)
def test_each_member_that_differs_is_told(member: str, value: object, complaint: str) -> None:
    """A difference fails its own check and no other."""
    findings = checks.invoice_agrees(INVOICE, changed(POSTED, **{member: value}), zone=ZONE)

    assert failed(findings) == [complaint]


@pytest.mark.parametrize(
    ("replacement", "complaints"),
    [
        (line("Worl", "2", "72", "144.00"), ["names"]),
        (line("Work", "1", "144", "144.00"), ["quantities"]),
        (line("Work", "2", "72.01", "144.00"), ["price × quantity"]),
        (line("Work", "2", "72.05", "144.10"), ["sums of lines", "sum of all lines"]),
    ],
)
def test_each_line_is_compared(replacement: dict[str, Any], complaints: list[str]) -> None:
    """Name, quantity, price and sum of a line are checks of their own."""
    lines = [replacement, *POSTED["Line"][1:]]

    findings = checks.invoice_agrees(INVOICE, changed(POSTED, Line=lines), zone=ZONE)

    assert failed(findings) == complaints


def test_a_missing_line_is_told() -> None:
    """Two lines were sold, one was posted."""
    findings = checks.invoice_agrees(INVOICE, changed(POSTED, Line=POSTED["Line"][1:]), zone=ZONE)

    assert {"names", "quantities", "sums of lines", "sum of all lines"} <= set(failed(findings))


def test_a_missing_invoice_is_told_by_its_number() -> None:
    """The finding names what was looked for."""
    (finding,) = checks.invoice_agrees(INVOICE, None, zone=ZONE)

    assert not finding.held
    assert "INV-000042" in finding.seen


def transaction(id_: str, amount: object) -> dict[str, Any]:
    return {"_id": id_, "amount": amount, "createdAt": "2026-11-09T04:30:00.000Z", "contactEmail": "m@x.test"}


def payment(
    reference: str, amount: object, *, invoice: str = "130", unapplied: int = 0, day: str = "2026-11-08"
) -> dict[str, Any]:
    return {
        "PaymentRefNum": reference,
        "TxnDate": day,
        "TotalAmt": amount,
        "UnappliedAmt": unapplied,
        "Line": [{"Amount": amount, "LinkedTxn": [{"TxnId": invoice, "TxnType": "Invoice"}]}],
    }


FIRST, SECOND = "69262a537c3b2e41d85aa101", "69262a537c3b2e41d85aa102"


def test_a_payment_for_each_transaction_passes() -> None:
    """References are the last 21 characters of the CRM's ids; other invoices' payments do not matter."""
    received = [transaction(FIRST, 200), transaction(SECOND, Decimal("46.88"))]
    payments = [
        payment(SECOND[-21:], Decimal("46.88")),
        payment(FIRST[-21:], 200),
        payment("other", 5, invoice="131"),
    ]

    assert failed(checks.payments_agree(received, payments, POSTED, zone=ZONE)) == []


@pytest.mark.parametrize(
    ("payments", "complaints"),
    [
        ([], ["one payment each", "amounts", "references", "dates"]),
        ([payment(FIRST[-21:], 200)] * 2, ["one payment each", "amounts", "references", "dates"]),
        ([payment(FIRST[-21:], 200, day="2026-11-09")], ["dates"]),
        ([payment(FIRST[-21:], 199)], ["amounts"]),
        ([payment("cheque", 200)], ["references"]),
        ([payment(FIRST[-21:], 200, unapplied=1)], ["nothing left over"]),
    ],
)
def test_wrong_payments_are_told(payments: list[dict[str, Any]], complaints: list[str]) -> None:
    """None, two, another sum, another reference, money that hangs in the air."""
    findings = checks.payments_agree([transaction(FIRST, 200)], payments, POSTED, zone=ZONE)

    assert failed(findings) == complaints


ORDER: dict[str, Any] = {
    "amountSummary": {"subtotal": 180, "discount": 15, "tax": 0, "shipping": 0},
    "items": [
        {"name": "Starter course", "qty": 1, "price": {"amount": 120}},
        {"name": "Workbook", "qty": 2, "price": {"amount": 30}},
    ],
}
RECEIPT: dict[str, Any] = {
    "PaymentRefNum": FIRST[-21:],
    "TxnDate": "2026-11-08",
    "BillEmail": {"Address": "m@x.test"},
    "CustomerRef": {"value": "58"},
    "Line": [line("Starter course", "1", "110", "110.00"), line("Workbook", "2", "27.5", "55.00")],
    "TotalAmt": 165,
}


def receipt_findings(*receipts: dict[str, Any]) -> list[str]:
    buyer = {"Id": "58"}
    found = checks.receipt_agrees(transaction(FIRST, 165), ORDER, receipts, buyer=buyer, zone=ZONE)
    return failed(found)


def test_one_receipt_for_a_charge_passes() -> None:
    """The coupon is spread over the lines; half past four in UTC is the day before in New York."""
    assert receipt_findings(RECEIPT) == []


def test_none_or_two_receipts_for_a_charge_are_told() -> None:
    """Exactly one document for each cause."""
    assert receipt_findings() == ["one sales receipt"]
    assert receipt_findings(RECEIPT, RECEIPT) == ["one sales receipt"]


def test_a_receipt_of_another_customer_day_or_sum_is_told() -> None:
    """Each difference is told by its own check."""
    other = changed(RECEIPT, TxnDate="2026-11-09", BillEmail=None, CustomerRef={"value": "59"}, TotalAmt=180)

    assert receipt_findings(other) == ["date", "e-mail", "customer", "total"]


def customer(given: str, family: str) -> dict[str, Any]:
    email = f"{given}.{family}@mail.example"
    return {"GivenName": given, "FamilyName": family, "PrimaryEmailAddr": {"Address": email}}


def contact(id_: str, given: str, family: str) -> dict[str, Any]:
    email = f"{given}.{family}@mail.example".lower()
    return {"id": id_, "firstName": given, "lastName": family, "email": email}


BEA, CARLOS = customer("Bea", "Thornton"), customer("Carlos", "Mendes")


def test_each_customer_is_one_contact() -> None:
    """E-mail addresses are compared without regard to case."""
    contacts = [contact("c1", "Bea", "Thornton"), contact("c2", "Carlos", "Mendes")]

    assert failed(checks.contacts_are_customers([BEA, CARLOS], contacts, contacts[:1])) == []


def test_a_missing_a_double_and_a_lost_contact_are_told() -> None:
    """Carlos is missing, Bea came twice, and the contact that was typed in is gone."""
    contacts = [contact("c8", "Bea", "Thornton"), contact("c9", "Bea", "Thornton")]
    typed_in = [contact("c1", "Bea", "Thornton")]

    findings = checks.contacts_are_customers([BEA, CARLOS], contacts, typed_in)

    assert [finding.held for finding in findings] == [False, False, True, False, False]


def test_a_voided_invoice_stays_with_zero_amounts() -> None:
    """Void on both sides."""
    gone = changed(POSTED, TotalAmt=0, Balance=0, PrivateNote="Voided")
    void = changed(INVOICE, status="void")

    assert failed(checks.voided(void, gone)) == []
    assert failed(checks.voided(void, POSTED)) == ["total", "balance", "marked as voided"]
    assert failed(checks.voided(void, None)) == ["still in QuickBooks"]


def test_a_new_a_changed_and_a_missing_record_are_changes() -> None:
    """Versions are compared, not only ids."""
    before = {"invoices": [("1", "0"), ("2", "0")], "payments": [("3", "0")]}
    after = {"invoices": [("1", "1"), ("2", "0")], "payments": [("3", "0")]}

    assert failed(checks.unchanged(before, before)) == []
    assert failed(checks.unchanged(before, after)) == ["same invoices"]


def test_a_day_is_the_day_at_that_place() -> None:
    """A plain date is a day already."""
    assert checks.day_in("2026-03-01T04:59:59.999Z", ZONE) == date(2026, 2, 28)
    assert checks.day_in("2026-03-01", ZONE) == date(2026, 3, 1)
