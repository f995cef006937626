"""Credit memos, refund receipts, estimates and deposits (reference 14.9, 14.10, 14.14, 16)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from quickbooks_sandbox import operations
from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.company.entities import ENTITIES
from quickbooks_sandbox.company.refusals import Refused

Make = Callable[..., Company]
Line = Callable[..., dict[str, Any]]
Record = dict[str, Any]


@pytest.fixture
def company(make_company: Make) -> Company:
    company = make_company()
    company.create("Customer", {"DisplayName": "Northwind Studio"})
    company.create("Customer", {"DisplayName": "Somebody else"})
    return company


@pytest.fixture
def book(company: Company, line: Line) -> Callable[..., Record]:
    """Writes a document of one line: ``book("Invoice", "100")``."""

    def make(entity: str, amount: str, customer: str = "1", **members: Any) -> Record:
        body = {"CustomerRef": {"value": customer}, "Line": [line(amount)], **members}
        return company.create(entity, body)

    return make


def paid(company: Company, total: str, *lines: tuple[str, str, str], customer: str = "1") -> Record:
    body = {
        "CustomerRef": {"value": customer},
        "TotalAmt": Decimal(total),
        "Line": [
            {"Amount": Decimal(amount), "LinkedTxn": [{"TxnId": key, "TxnType": kind}]}
            for kind, key, amount in lines
        ],
    }
    return company.create("Payment", body)


def identity(record: Record) -> Record:
    return {"Id": record["Id"], "SyncToken": record["SyncToken"]}


def balance(company: Company) -> Decimal:
    return company.read("Customer", "1")["Balance"]


def account(company: Company, name: str) -> Record:
    found = company.tables["Account"].records.values()
    return {"value": next(one["Id"] for one in found if one["Name"] == name)}


# credit memos


def test_a_credit_memo_is_owed_to_the_customer(company: Company, book: Callable[..., Record]) -> None:
    """Its balance counts against the customer's; a payment of nothing applies it to an invoice (14.8, 14.9)."""
    invoice, memo = book("Invoice", "100"), book("CreditMemo", "30")
    assert memo["Balance"] == memo["RemainingCredit"] == Decimal(30)
    assert "DueDate" not in memo
    assert balance(company) == Decimal(70)
    payment = paid(company, "0", ("Invoice", invoice["Id"], "30"), ("CreditMemo", memo["Id"], "30"))
    assert payment["UnappliedAmt"] == 0
    assert company.read("Invoice", invoice["Id"])["Balance"] == Decimal(70)
    settled = company.read("CreditMemo", memo["Id"])
    assert settled["Balance"] == settled["RemainingCredit"] == 0
    assert settled["SyncToken"] == "1"
    assert balance(company) == Decimal(70)


def test_a_payment_spends_money_and_credit_together(company: Company, book: Callable[..., Record]) -> None:
    """Invoice lines less credit lines must not exceed the amount; what is left is unapplied."""
    invoice, memo = book("Invoice", "100"), book("CreditMemo", "30")
    with pytest.raises(Refused, match="more than the amount"):
        paid(company, "60", ("Invoice", invoice["Id"], "100"), ("CreditMemo", memo["Id"], "30"))
    payment = paid(company, "80", ("Invoice", invoice["Id"], "100"), ("CreditMemo", memo["Id"], "30"))
    assert payment["UnappliedAmt"] == Decimal(10)
    assert balance(company) == Decimal(-10)


def test_a_deleted_credit_opens_the_invoices_it_paid(company: Company, book: Callable[..., Record]) -> None:
    """The payment keeps what its own money covers."""
    invoice, memo = book("Invoice", "100"), book("CreditMemo", "30")
    payment = paid(company, "50", ("Invoice", invoice["Id"], "80"), ("CreditMemo", memo["Id"], "30"))
    company.delete("CreditMemo", identity(company.read("CreditMemo", memo["Id"])))
    left = company.read("Payment", payment["Id"])
    assert [line["Amount"] for line in left["Line"]] == [Decimal(50)]
    assert left["UnappliedAmt"] == 0
    assert company.read("Invoice", invoice["Id"])["Balance"] == Decimal(50)
    assert balance(company) == Decimal(50)


def test_deleting_the_payment_gives_the_credit_back(company: Company, book: Callable[..., Record]) -> None:
    invoice, memo = book("Invoice", "100"), book("CreditMemo", "30")
    payment = paid(company, "0", ("Invoice", invoice["Id"], "30"), ("CreditMemo", memo["Id"], "30"))
    company.delete("Payment", identity(payment))
    assert company.read("Invoice", invoice["Id"])["Balance"] == Decimal(100)
    again = company.read("CreditMemo", memo["Id"])
    assert again["RemainingCredit"] == Decimal(30)
    assert "LinkedTxn" not in again


@pytest.mark.parametrize("entity", ["CreditMemo", "RefundReceipt", "Estimate", "Deposit"])
@pytest.mark.parametrize(("operation", "include"), [("void", ""), ("update", "void")])
def test_only_invoice_receipt_and_payment_are_voided(
    company: Company, entity: str, operation: str, include: str
) -> None:
    """There is no void of the others by API (5.5)."""
    with pytest.raises(Refused, match="500"):
        operations.write(company, ENTITIES[entity], {}, operation, frozenset({include}))


# refund receipts


def test_a_refund_names_the_account_it_is_paid_from(
    company: Company, book: Callable[..., Record], line: Line
) -> None:
    """DepositToAccountRef is required, the customer is not (14.10)."""
    with pytest.raises(Refused, match="DepositToAccountRef"):
        book("RefundReceipt", "40")
    checking = account(company, "Checking")
    refund = company.create("RefundReceipt", {"DepositToAccountRef": checking, "Line": [line("40")]})
    assert refund["TotalAmt"] == Decimal(40)
    assert refund["Balance"] == 0
    assert "CustomerRef" not in refund
    with pytest.raises(Refused, match="6430"):
        book("RefundReceipt", "40", DepositToAccountRef=account(company, "Services"))
    with pytest.raises(Refused, match="2050"):
        book("RefundReceipt", "40", DepositToAccountRef=checking, PaymentRefNum="x" * 101)
    assert balance(company) == 0


# estimates


def test_an_estimate_closes_with_its_invoice(company: Company, book: Callable[..., Record]) -> None:
    """The link is seen on both sides, and goes when the invoice goes (16)."""
    estimate = book("Estimate", "75", ExpirationDate="2026-04-01", AcceptedBy="Ada")
    assert estimate["TxnStatus"] == "Pending"
    assert "Balance" not in estimate
    assert balance(company) == 0
    link = [{"TxnId": estimate["Id"], "TxnType": "Estimate"}]
    invoice = book("Invoice", "75", LinkedTxn=link)
    assert invoice["LinkedTxn"] == link
    closed = company.read("Estimate", estimate["Id"])
    assert closed["TxnStatus"] == "Closed"
    assert closed["LinkedTxn"] == [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]
    with pytest.raises(Refused, match="another invoice"):
        book("Invoice", "75", LinkedTxn=link)
    payment = paid(company, "75", ("Invoice", invoice["Id"], "75"))
    both = company.read("Invoice", invoice["Id"])["LinkedTxn"]
    assert {one["TxnType"] for one in both} == {"Estimate", "Payment"}
    company.void("Invoice", identity(company.read("Invoice", invoice["Id"])))
    assert company.read("Estimate", estimate["Id"])["TxnStatus"] == "Pending"
    assert company.read("Payment", payment["Id"])["UnappliedAmt"] == Decimal(75)


def test_an_estimate_can_be_unlinked_and_deleted(company: Company, book: Callable[..., Record]) -> None:
    """An empty LinkedTxn lets the estimate go; deleting the estimate frees the invoice."""
    estimate = book("Estimate", "75")
    link = [{"TxnId": estimate["Id"], "TxnType": "Estimate"}]
    invoice = book("Invoice", "75", LinkedTxn=link)
    free = company.update("Invoice", {**identity(invoice), "sparse": True, "LinkedTxn": []})
    assert free["LinkedTxn"] == []
    assert company.read("Estimate", estimate["Id"])["LinkedTxn"] == []
    company.update("Invoice", {**identity(free), "sparse": True, "LinkedTxn": link})
    company.delete("Estimate", identity(company.read("Estimate", estimate["Id"])))
    assert company.read("Invoice", invoice["Id"])["LinkedTxn"] == []


def test_an_estimate_must_exist_and_be_the_customers(company: Company, book: Callable[..., Record]) -> None:
    """Intuit's own words for the unknown one."""
    with pytest.raises(Refused, match="The entity Estimate 75 that you are trying to link does not exist"):
        book("Invoice", "1", LinkedTxn=[{"TxnId": "75", "TxnType": "Estimate"}])
    estimate = book("Estimate", "75")
    with pytest.raises(Refused, match="another customer"):
        book("Invoice", "1", customer="2", LinkedTxn=[{"TxnId": estimate["Id"], "TxnType": "Estimate"}])


# deposits


def deposited(company: Company, *links: tuple[str, Record], fee: str | None = None) -> Record:
    lines: list[Record] = [
        {
            "Amount": -record["TotalAmt"] if kind == "RefundReceipt" else record["TotalAmt"],
            "LinkedTxn": [{"TxnId": record["Id"], "TxnType": kind, "TxnLineId": "0"}],
        }
        for kind, record in links
    ]
    if fee is not None:
        lines.append(
            {
                "Amount": Decimal(fee),
                "DetailType": "DepositLineDetail",
                "DepositLineDetail": {"AccountRef": account(company, "Merchant Fees")},
            }
        )
    return company.create("Deposit", {"DepositToAccountRef": account(company, "Checking"), "Line": lines})


def test_a_payout_with_its_fee(company: Company, book: Callable[..., Record]) -> None:
    """The worked example of 14.14: a payment and a negative line for the fee."""
    payment = paid(company, "134.10")
    deposit = deposited(company, ("Payment", payment), fee="-4.19")
    assert deposit["TotalAmt"] == Decimal("129.91")
    linked, fee = deposit["Line"]
    assert linked["LinkedTxn"] == [{"TxnId": payment["Id"], "TxnType": "Payment", "TxnLineId": "0"}]
    assert fee["LineNum"] == 1
    assert fee["DepositLineDetail"]["AccountRef"]["name"] == "Merchant Fees"


def test_a_deposit_locks_what_it_holds(company: Company, book: Callable[..., Record]) -> None:
    """6540 for update, delete and void, until the line is taken off (14.14)."""
    payment, receipt = paid(company, "100"), book("SalesReceipt", "40")
    deposit = deposited(company, ("Payment", payment), ("SalesReceipt", receipt))
    full = {**identity(payment), "CustomerRef": {"value": "1"}, "TotalAmt": Decimal(90)}
    attempts: list[Callable[[], object]] = [
        lambda: company.update("Payment", full),
        lambda: company.delete("Payment", full),
        lambda: operations.write(company, ENTITIES["Payment"], full, "update", frozenset({"void"})),
        lambda: company.delete("SalesReceipt", identity(receipt)),
        lambda: company.update("SalesReceipt", {**identity(receipt), "sparse": True, "PrivateNote": "x"}),
    ]
    for attempt in attempts:
        with pytest.raises(Refused, match="has been deposited"):
            attempt()
    company.update("Deposit", {**identity(deposit), "sparse": True, "Line": deposit["Line"][1:]})
    assert company.update("Payment", full)["TotalAmt"] == Decimal(90)
    with pytest.raises(Refused, match="has been deposited"):
        company.delete("SalesReceipt", identity(receipt))
    company.delete("Deposit", identity(company.read("Deposit", deposit["Id"])))
    company.delete("SalesReceipt", identity(receipt))


def test_money_is_deposited_once_and_as_a_whole(company: Company, book: Callable[..., Record]) -> None:
    """Not twice, not in part, not what never was in Undeposited Funds; unknown links are 620."""
    payment = paid(company, "100")
    deposited(company, ("Payment", payment))
    with pytest.raises(Refused, match="already been deposited"):
        deposited(company, ("Payment", payment))
    part = {**paid(company, "50"), "TotalAmt": Decimal(20)}
    with pytest.raises(Refused, match="as a whole"):
        deposited(company, ("Payment", part))
    direct = book("SalesReceipt", "40", DepositToAccountRef=account(company, "Checking"))
    with pytest.raises(Refused, match="not in Undeposited"):
        deposited(company, ("SalesReceipt", direct))
    with pytest.raises(Refused, match="620"):
        deposited(company, ("Invoice", book("Invoice", "5")))


def test_a_deposit_of_less_than_nothing_is_refused(company: Company, book: Callable[..., Record]) -> None:
    """A refund out of Undeposited Funds lowers the sum, which must not fall below 0; nor may cash back lower it so."""
    refund = book("RefundReceipt", "40", DepositToAccountRef={"value": company.undeposited_funds})
    with pytest.raises(Refused, match="0 or greater"):
        deposited(company, ("RefundReceipt", refund))
    both = deposited(company, ("RefundReceipt", refund), ("SalesReceipt", book("SalesReceipt", "60")))
    assert both["TotalAmt"] == Decimal(20)
    back = {"AccountRef": account(company, "Savings"), "Amount": 5, "Memo": "till"}
    less = company.update("Deposit", {**identity(both), "sparse": True, "CashBack": back})
    assert less["TotalAmt"] == Decimal(15)
    with pytest.raises(Refused, match="0 or greater"):
        company.update("Deposit", {**identity(less), "sparse": True, "CashBack": {**back, "Amount": 50}})


def test_the_payer_of_a_line_is_found_by_id_alone(company: Company) -> None:
    """Customers, vendors and employees share their ids (3.5)."""
    vendor = company.create("Vendor", {"DisplayName": "Quay Printing"})
    detail = {"AccountRef": account(company, "Services"), "Entity": {"value": vendor["Id"]}}
    body = {
        "DepositToAccountRef": account(company, "Checking"),
        "Line": [{"Amount": 5, "DetailType": "DepositLineDetail", "DepositLineDetail": detail}],
    }
    shown = company.create("Deposit", body)["Line"][0]["DepositLineDetail"]["Entity"]
    assert shown == {"value": vendor["Id"], "name": "Quay Printing", "type": "VENDOR"}


# all sales documents


@pytest.mark.parametrize("entity", ["Invoice", "SalesReceipt", "CreditMemo", "RefundReceipt", "Estimate"])
def test_documents_share_their_rules(company: Company, book: Callable[..., Record], entity: str) -> None:
    """One number series, classes and locations by reference, closed books, sparse updates that keep the rest."""
    extra = {"DepositToAccountRef": account(company, "Checking")} if entity.endswith("Receipt") else {}
    shop = company.create("Class", {"Name": "Shop"})
    north = company.create("Department", {"Name": "North"})
    made = book(
        entity,
        "10",
        PrivateNote="kept",
        ClassRef={"value": shop["Id"]},
        DepartmentRef={"value": north["Id"]},
        **extra,
    )
    assert made["DocNumber"] == "1001"
    assert made["ClassRef"] == {"value": "1", "name": "Shop"}
    assert made["DepartmentRef"] == {"value": "1", "name": "North"}
    changed = company.update(entity, {**identity(made), "sparse": True, "CustomerMemo": {"value": "Hi"}})
    assert (changed["PrivateNote"], changed["TotalAmt"], changed["SyncToken"]) == ("kept", Decimal(10), "1")
    same = company.update(entity, {**identity(changed), "sparse": True})
    assert same["SyncToken"] == "1"
    company.update(
        "Preferences",
        {"Id": "1", "SyncToken": "0", "AccountingInfoPrefs": {"BookCloseDate": "2026-03-31"}},
    )
    for attempt in (
        lambda: company.delete(entity, identity(changed)),
        lambda: book(entity, "10", **extra),
        lambda: company.update(entity, {**identity(changed), "sparse": True, "TxnDate": "2026-05-01"}),
    ):
        with pytest.raises(Refused, match="account period has closed"):
            attempt()


def test_custom_fields_are_the_companys(company: Company, book: Callable[..., Record]) -> None:
    """One at first; a second one by preference; at most 31 characters; unknown numbers are nothing (13.1, 14.2)."""
    sent = [{"DefinitionId": "2", "StringValue": "blue"}, {"DefinitionId": "1", "StringValue": "102"}]
    first = book("Invoice", "1", CustomField=sent)
    crew = {"DefinitionId": "1", "Name": "Crew #", "Type": "StringType", "StringValue": "102"}
    assert first["CustomField"] == [crew]
    names = [("1", "Crew #"), ("2", "Colour")]
    switches = [
        {"Name": f"SalesFormsPrefs.UseSalesCustom{number}", "Type": "BooleanType", "BooleanValue": True}
        for number, _ in names
    ]
    texts = [
        {"Name": f"SalesFormsPrefs.SalesCustomName{number}", "Type": "StringType", "StringValue": name}
        for number, name in names
    ]
    groups = [{"CustomField": switches}, {"CustomField": texts}]
    company.update("Preferences", {"Id": "1", "SyncToken": "0", "SalesFormsPrefs": {"CustomField": groups}})
    second = book("Invoice", "1", CustomField=sent)
    assert [(one["Name"], one["StringValue"]) for one in second["CustomField"]] == [
        ("Crew #", "102"),
        ("Colour", "blue"),
    ]
    assert book("Invoice", "1")["CustomField"] == [
        {"DefinitionId": number, "Name": name, "Type": "StringType"} for number, name in names
    ]
    with pytest.raises(Refused, match="2050"):
        book("Invoice", "1", CustomField=[{"DefinitionId": "1", "StringValue": "x" * 32}])
