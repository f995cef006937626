"""The worked sequences and vectors of reference section 20, call by call over HTTP (20.6, 20.7 and 20.9 are of the client)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest

from quickbooks_sandbox.company import events
from sandbox_kit.faults import Fault, Lose

from .books import check_books
from .conftest import Caller

Line = Callable[..., dict[str, Any]]
Open = Callable[[str], Awaitable[Caller]]
Record = dict[str, Any]


async def settle_numbers(caller: Caller) -> None:
    """Own numbers, twins refused."""
    forms = {"SalesFormsPrefs": {"CustomTxnNumbers": True}}
    await caller.write("/preferences", {"Id": "1", "SyncToken": "0", "sparse": True, **forms})


async def read(caller: Caller, path: str) -> Record:
    (record,) = [value for name, value in caller.json(await caller.get(path)).items() if name != "time"]
    return record


def identity(record: Record) -> Record:
    return {"Id": record["Id"], "SyncToken": record["SyncToken"]}


async def test_20_1_first_sale_for_a_new_contact(make_caller: Open, line: Line) -> None:
    """Three calls, of which only the query is metered; the receipt's answer is complete."""
    caller = await make_caller("us-none")
    statement = "select * from Customer where PrimaryEmailAddr = 'ada@example.com' and Active in (true,false)"
    assert await caller.query(statement) == {}
    who = {"DisplayName": "Okafor, Ada", "PrimaryEmailAddr": {"Address": "ada@example.com"}}
    customer = await caller.write("/customer", who, requestid="A1")
    assert customer["SyncToken"] == "0"
    sale = {"CustomerRef": {"value": customer["Id"]}, "Line": [line("40")]}
    receipt = await caller.write("/salesreceipt", sale, requestid="B1")
    assert (receipt["Balance"], receipt["TotalAmt"]) == (0, 40)
    assert receipt["DocNumber"].isdigit()
    totals = caller.sandbox.journal
    assert (totals.total("metered"), totals.total("write")) == (1, 2)
    assert receipt == await read(caller, f"/salesreceipt/{receipt['Id']}")


@pytest.mark.parametrize("own_numbers", [False, True])
async def test_20_2_a_lost_answer(make_caller: Open, line: Line, own_numbers: bool) -> None:
    """The same request id finds the invoice; a new one makes a twin, which own numbers refuse by naming the first."""
    caller = await make_caller("us-none")
    if own_numbers:
        await settle_numbers(caller)
    customer = await caller.write("/customer", {"DisplayName": "Ada"})
    body = {"CustomerRef": {"value": customer["Id"]}, "DocNumber": "GHL-1", "Line": [line("40")]}
    caller.sandbox.faults.add(Fault("POST /invoice", Lose.ANSWER, nth=1))
    with pytest.raises(httpx.TransportError):
        await caller.post("/invoice", body, requestid="C1")
    found = await caller.write("/invoice", body, requestid="C1")
    assert found["SyncToken"] == "0"
    assert (await caller.query("select count(*) from Invoice"))["totalCount"] == 1
    second = await caller.post("/invoice", body, requestid="C2")
    if own_numbers:
        assert caller.code(second) == "6140"
        detail = caller.json(second)["Fault"]["Error"][0]["Detail"]
        assert detail.endswith(f"DocNumber=GHL-1 is assigned to TxnType=Invoice with TxnId={found['Id']}")
    else:
        assert caller.json(second)["Invoice"]["Id"] != found["Id"]
    by_number = await caller.query("select * from Invoice where DocNumber = 'GHL-1'")
    assert found["Id"] in {one["Id"] for one in by_number["Invoice"]}


async def test_20_3_invoice_two_payments_void(make_caller: Open, line: Line) -> None:
    """Every column of the table, the SyncToken of each step, the events, and 5010 for who kept the first token."""
    caller = await make_caller("us-none")
    customer = await caller.write("/customer", {"DisplayName": "Northwind Studio"})
    heard: list[events.Event] = []
    caller.sandbox.company.listeners.append(heard.append)
    party = {"CustomerRef": {"value": customer["Id"]}}

    async def seen(*payments: Record) -> tuple[Any, ...]:
        now = await read(caller, f"/invoice/{invoice['Id']}")
        links = [one["TxnId"] for one in now["LinkedTxn"]]
        owed = (await read(caller, f"/customer/{customer['Id']}"))["Balance"]
        shown = [
            (one["TotalAmt"], one["UnappliedAmt"], [part["Amount"] for part in one["Line"]])
            for one in payments
        ]
        return now["TotalAmt"], now["Balance"], links, now["SyncToken"], owed, shown

    def pay(total: str, applied: str) -> Record:
        link = [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]
        return {
            **party,
            "TotalAmt": Decimal(total),
            "Line": [{"Amount": Decimal(applied), "LinkedTxn": link}],
        }

    whole = Decimal("134.10")
    invoice = await caller.write("/invoice", {**party, "Line": [line("134.10")]})
    assert await seen() == (whole, whole, [], "0", whole, [])
    first = await caller.write("/payment", pay("100.00", "100.00"))
    left = Decimal("34.10")
    assert await seen(first) == (whole, left, [first["Id"]], "1", left, [(100, 0, [100])])
    second = await caller.write("/payment", pay("50.00", "34.10"))
    rest = Decimal("15.90")
    both = [first["Id"], second["Id"]]
    assert await seen(second) == (whole, 0, both, "2", -rest, [(50, rest, [left])])
    stale = {"Id": invoice["Id"], "SyncToken": "0"}
    assert caller.code(await caller.post("/invoice", stale, operation="void")) == "5010"
    voided = await caller.write("/invoice", {**stale, "SyncToken": "2"}, operation="void")
    assert voided["PrivateNote"] == "Voided"
    paid = [await read(caller, f"/payment/{one}") for one in both]
    assert await seen(*paid) == (0, 0, [], "3", -150, [(100, 100, []), (50, 50, [])])
    body = {**identity(paid[1]), **party, "TotalAmt": paid[1]["TotalAmt"]}
    gone = await caller.write("/payment", body, operation="update", include="void")
    assert gone["PrivateNote"] == "Voided"
    assert await seen(gone) == (0, 0, [], "3", -100, [(0, 0, [])])
    told = [(one.entity, one.verb) for one in heard if one.entity != "Customer"]
    assert sorted(told) == sorted(
        [
            ("Invoice", "created"),
            *[("Payment", "created"), ("Invoice", "updated")] * 2,
            ("Invoice", "void"),
            *[("Payment", "updated")] * 2,
            ("Payment", "void"),
        ]
    )
    check_books(caller.sandbox.company)


async def test_20_4_refunds_of_a_card_sale(make_caller: Open, line: Line) -> None:
    """A deposited receipt cannot be voided (6540); a partial refund keeps no link; a paid invoice stays untouched."""
    caller = await make_caller("us-manual")
    customer = await caller.write("/customer", {"DisplayName": "Ada"})
    party = {"CustomerRef": {"value": customer["Id"]}}
    checking = {"DepositToAccountRef": {"value": "1"}}
    early = await caller.write("/salesreceipt", {**party, "Line": [line("100", tax="TAX")]})
    same_day = {**identity(early), "sparse": True}
    voided = await caller.write("/salesreceipt", same_day, operation="update", include="void")
    assert (voided["TotalAmt"], voided["TxnTaxDetail"]["TotalTax"]) == (0, 0)
    receipt = await caller.write("/salesreceipt", {**party, "Line": [line("100", tax="TAX")]})
    link = [{"TxnId": receipt["Id"], "TxnType": "SalesReceipt", "TxnLineId": "0"}]
    await caller.write("/deposit", {**checking, "Line": [{"Amount": receipt["TotalAmt"], "LinkedTxn": link}]})
    late = {**identity(receipt), "sparse": True}
    answer = await caller.post("/salesreceipt", late, operation="update", include="void")
    assert caller.code(answer) == "6540"
    back = {**party, **checking, "Line": [line("40", tax="TAX")], "PaymentRefNum": "re_1"}
    refund = await caller.write("/refundreceipt", back, requestid="re_1")
    assert (refund["TotalAmt"], refund["Balance"]) == (Decimal("43.20"), 0)
    assert "LinkedTxn" not in refund
    again = await caller.write("/refundreceipt", back, requestid="re_1")
    assert again["Id"] == refund["Id"]
    invoice = await caller.write("/invoice", {**party, "Line": [line("60")]})
    settled = [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]
    await caller.write("/payment", {**party, "TotalAmt": 60, "Line": [{"Amount": 60, "LinkedTxn": settled}]})
    before = await read(caller, f"/invoice/{invoice['Id']}")
    await caller.write("/refundreceipt", {**party, **checking, "Line": [line("60")]})
    assert await read(caller, f"/invoice/{invoice['Id']}") == before
    memo = await caller.write("/creditmemo", {**party, "Line": [line("60")]})
    assert (await read(caller, f"/customer/{customer['Id']}"))["Balance"] == -60
    unpaid = await caller.write("/invoice", {**party, "Line": [line("60")]})
    lines = [
        {"Amount": 60, "LinkedTxn": [{"TxnId": one["Id"], "TxnType": kind}]}
        for kind, one in (("Invoice", unpaid), ("CreditMemo", memo))
    ]
    await caller.write("/payment", {**party, "TotalAmt": 0, "Line": lines})
    assert (await read(caller, f"/invoice/{unpaid['Id']}"))["Balance"] == 0
    assert (await read(caller, f"/customer/{customer['Id']}"))["Balance"] == 0
    check_books(caller.sandbox.company)


async def test_20_5_a_stale_object(make_caller: Open) -> None:
    """Another person changed the phone: 5010, read, apply only the own member, and the phone is still the new one."""
    caller = await make_caller("us-none")
    customer = await caller.write("/customer", {"DisplayName": "Ada"})

    def change(token: str, **members: Any) -> Record:
        return {"Id": customer["Id"], "SyncToken": token, "sparse": True, **members}

    for token in ("0", "1", "2", "3"):
        await caller.write("/customer", change(token, PrimaryPhone={"FreeFormNumber": f"555-{token}"}))
    address = {"BillAddr": {"Line1": "1 Main St", "City": "Tucson"}}
    assert caller.code(await caller.post("/customer", change("3", **address))) == "5010"
    assert (await read(caller, f"/customer/{customer['Id']}"))["SyncToken"] == "4"
    after = await caller.write("/customer", change("4", **address))
    assert (after["SyncToken"], after["PrimaryPhone"]["FreeFormNumber"]) == ("5", "555-3")
    assert after["BillAddr"]["City"] == "Tucson"


@pytest.mark.parametrize(
    ("kind", "code", "amounts", "percent", "tax"),
    [
        ("us-manual", "TAX", ["335.25"], "8", "26.82"),
        ("ca", "6", ["4495.16"], "9.975", "448.39"),
        ("gb", "6", ["124.17"], "20", "24.83"),
        ("gb", "6", ["0.33"] * 3, "20", "0.20"),
        ("gb", "6", ["1.07"] * 3, "20", "0.64"),
        ("ca", "5", ["16.50"], "13", "2.15"),
    ],
)
async def test_20_8_tax_on_the_sum(
    make_caller: Open, line: Line, kind: str, code: str, amounts: list[str], percent: str, tax: str
) -> None:
    """The vectors as documents: once per rate, half-up, on the sum of the lines."""
    caller = await make_caller(kind)
    customer = await caller.write("/customer", {"DisplayName": "Ada"})
    body = {"CustomerRef": {"value": customer["Id"]}, "Line": [line(one, tax=code) for one in amounts]}
    for path in ("/invoice", "/salesreceipt", "/creditmemo", "/estimate"):
        detail = (await caller.write(path, body))["TxnTaxDetail"]
        found = {one["TaxLineDetail"]["TaxPercent"]: one for one in detail["TaxLine"]}
        share = found[Decimal(percent)]
        assert share["Amount"] == Decimal(tax)
        assert share["TaxLineDetail"]["NetAmountTaxable"] == sum(Decimal(one) for one in amounts)


@pytest.mark.parametrize(
    ("subtotal", "percent", "discount"),
    [("149.00", "10", "14.90"), ("362.07", "10", "36.21"), ("99.99", "12.5", "12.50")],
)
async def test_20_8_discounts_of_a_percentage(
    make_caller: Open, line: Line, subtotal: str, percent: str, discount: str
) -> None:
    """The vectors as documents."""
    caller = await make_caller("us-none")
    customer = await caller.write("/customer", {"DisplayName": "Ada"})
    detail = {"PercentBased": True, "DiscountPercent": Decimal(percent)}
    lines = [line(subtotal), {"DetailType": "DiscountLineDetail", "DiscountLineDetail": detail}]
    made = await caller.write("/invoice", {"CustomerRef": {"value": customer["Id"]}, "Line": lines})
    assert made["Line"][-1]["Amount"] == Decimal(discount)
    assert made["TotalAmt"] == made["Balance"] == Decimal(subtotal) - Decimal(discount)
