"""The public Python client drives a served company over real HTTP: every entity, batches, the feed, files."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from intuitlib.client import AuthClient
from quickbooks import QuickBooks
from quickbooks.batch import batch_create, batch_delete
from quickbooks.cdc import change_data_capture
from quickbooks.exceptions import ObjectNotFoundException, QuickbooksException, ValidationException
from quickbooks.objects.account import Account
from quickbooks.objects.attachable import Attachable
from quickbooks.objects.base import (
    Address,
    AttachableRef,
    EmailAddress,
    LinkedTxn,
    PhoneNumber,
    Ref,
)
from quickbooks.objects.company_info import CompanyInfo
from quickbooks.objects.companycurrency import CompanyCurrency
from quickbooks.objects.creditmemo import CreditMemo
from quickbooks.objects.customer import Customer
from quickbooks.objects.department import Department
from quickbooks.objects.deposit import Deposit, DepositLine, DepositLineDetail
from quickbooks.objects.detailline import SalesItemLine, SalesItemLineDetail
from quickbooks.objects.employee import Employee
from quickbooks.objects.estimate import Estimate
from quickbooks.objects.exchangerate import ExchangeRate
from quickbooks.objects.invoice import Invoice
from quickbooks.objects.item import Item
from quickbooks.objects.payment import Payment, PaymentLine
from quickbooks.objects.paymentmethod import PaymentMethod
from quickbooks.objects.preferences import Preferences
from quickbooks.objects.refundreceipt import RefundReceipt
from quickbooks.objects.salesreceipt import SalesReceipt
from quickbooks.objects.taxagency import TaxAgency
from quickbooks.objects.taxcode import TaxCode
from quickbooks.objects.taxrate import TaxRate
from quickbooks.objects.taxservice import TaxRateDetails, TaxService
from quickbooks.objects.term import Term
from quickbooks.objects.trackingclass import Class
from quickbooks.objects.vendor import Vendor

MAIN = "from quickbooks_sandbox.command import app; app()"


@contextmanager
def _client_of(kind: str) -> Iterator[QuickBooks]:
    """A client of a served company; only its base address is not Intuit's."""
    arguments = ["serve", "--port", "0", "--json", "--no-quota", "--company", kind]
    with subprocess.Popen(
        [sys.executable, "-c", MAIN, *arguments], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        manifest = json.loads(process.stdout.readline())
        auth = AuthClient.__new__(AuthClient)
        auth.client_id, auth.environment = manifest["client_id"], "sandbox"
        auth.access_token, auth.refresh_token = manifest["access_token"], manifest["refresh_token"]
        client = QuickBooks(
            auth_client=auth,
            refresh_token=manifest["refresh_token"],
            company_id=manifest["realm_id"],
            minorversion=75,
        )
        client.sandbox_api_url_v3 = manifest["base_url"] + "/v3"
        client.base = manifest["base_url"]
        try:
            yield client
        finally:
            client.session.close()
            process.send_signal(signal.SIGTERM)
            process.wait(10)


@pytest.fixture(scope="module")
def qb() -> Iterator[QuickBooks]:
    with _client_of("us-ast") as client:
        yield client


@pytest.fixture(scope="module")
def qb_of_many_currencies() -> Iterator[QuickBooks]:
    with _client_of("eu-multicurrency") as client:
        yield client


@pytest.fixture(scope="module", autouse=True)
def _plain_http() -> Iterator[None]:
    """The client's session speaks plain http only when it is told so."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
        yield


def ref(value: str, kind: str | None = None) -> Ref:
    made = Ref()
    made.value, made.type = value, kind
    return made


def account(qb: QuickBooks, name: str) -> Ref:
    return ref(Account.filter(Name=name, qb=qb)[0].Id)


def named(qb: QuickBooks, name: str) -> Customer:
    customer = Customer()
    customer.DisplayName = name
    return customer.save(qb=qb)


def line(amount: float, tax: str = "NON") -> SalesItemLine:
    made = SalesItemLine()
    made.Amount = amount
    made.SalesItemLineDetail = SalesItemLineDetail()
    made.SalesItemLineDetail.ItemRef = ref("1")
    made.SalesItemLineDetail.TaxCodeRef = ref(tax)
    return made


def sale(
    kind: type[Any], customer: Customer, amount: float, qb: QuickBooks, tax: str = "NON", **members: Any
) -> Any:
    made = kind()
    made.CustomerRef = customer.to_ref()
    made.Line.append(line(amount, tax))
    for name, value in members.items():
        setattr(made, name, value)
    return made.save(qb=qb)


def test_the_clients_own_objects_for_names(qb: QuickBooks) -> None:
    """Customer, Vendor and Employee: create with every part, read, rename, query, retire, and the clash of names."""
    customer = Customer()
    customer.GivenName, customer.FamilyName, customer.CompanyName = "Ada", "Okafor", "Okafor & Co"
    customer.DisplayName = "Ada O'Kafor"
    customer.PrimaryEmailAddr = EmailAddress()
    customer.PrimaryEmailAddr.Address = "ada@example.com"
    customer.PrimaryPhone = PhoneNumber()
    customer.PrimaryPhone.FreeFormNumber = "(555) 010-0199"
    customer.BillAddr = Address()
    customer.BillAddr.Line1, customer.BillAddr.City = "1 Main St", "Tucson"
    saved = customer.save(qb=qb)
    assert saved.SyncToken == "0"
    assert Customer.get(saved.Id, qb=qb).BillAddr.City == "Tucson"
    found = Customer.filter(DisplayName="Ada O'Kafor", qb=qb)
    assert [one.Id for one in found] == [saved.Id]
    saved.Notes = "prefers mornings"
    assert saved.save(qb=qb).SyncToken == "1"
    for kind in (Vendor, Employee):
        other = kind()
        other.DisplayName = "ADA O'KAFOR"
        other.GivenName, other.FamilyName = "A", "O"
        with pytest.raises(QuickbooksException, match="Duplicate Name"):
            other.save(qb=qb)
        other.DisplayName = f"{kind.__name__} Ltd"
        made = other.save(qb=qb)
        assert kind.get(made.Id, qb=qb).DisplayName == f"{kind.__name__} Ltd"
    gone = Customer.get(saved.Id, qb=qb)
    gone.Active = False
    assert gone.save(qb=qb).DisplayName == "Ada O'Kafor (deleted)"
    assert Customer.count("DisplayName LIKE 'Ada O%'", qb=qb) == 0


def test_lists(qb: QuickBooks) -> None:
    """Account, Item, Class, Department, PaymentMethod, Term, TaxAgency and what is read only."""
    made = Account()
    made.Name, made.AccountSubType = "Till", "CashOnHand"
    made.AccountType = "Bank"
    assert made.save(qb=qb).FullyQualifiedName == "Till"
    item = Item()
    item.Name, item.Type, item.UnitPrice = "Monthly coaching", "Service", 149
    item.IncomeAccountRef = account(qb, "Services")
    saved = item.save(qb=qb)
    saved.UnitPrice = 150
    assert float(saved.save(qb=qb).UnitPrice) == 150
    for kind in (Class, Department):
        parent = kind()
        parent.Name = "North"
        above = parent.save(qb=qb)
        child = kind()
        child.Name, child.ParentRef = "Shop", ref(above.Id)
        assert child.save(qb=qb).FullyQualifiedName == "North:Shop"
    for kind in (PaymentMethod, Term):
        one = kind()
        one.Name = "Ours"
        one.DueDays = 7
        if kind is PaymentMethod:
            del one.DueDays
        assert kind.get(one.save(qb=qb).Id, qb=qb).Name == "Ours"
    agency = TaxAgency()
    agency.DisplayName = "Guernsey Revenue"
    assert TaxAgency.get(agency.save(qb=qb).Id, qb=qb).DisplayName == "Guernsey Revenue"
    assert TaxCode.all(qb=qb)[0].Name == "TAX"
    assert TaxRate.all(qb=qb)
    assert CompanyInfo.get(qb.company_id, qb=qb).Country == "US"
    assert Preferences.get(qb=qb).SalesFormsPrefs.AllowDiscount is True


def test_the_tax_service(qb: QuickBooks) -> None:
    service = TaxService()
    service.TaxCode = "City"
    detail = TaxRateDetails()
    detail.TaxRateName, detail.RateValue, detail.TaxAgencyId = "City rate", "1.5", "1"
    service.TaxRateDetails.append(detail)
    service.save(qb=qb)
    assert [one.RateValue for one in TaxRate.filter(Name="City rate", qb=qb)] == [1.5]


def test_an_invoice_from_estimate_to_payment(qb: QuickBooks) -> None:
    """Estimate, invoice, PDF, e-mail, payment, credit memo, void; balances at every step."""
    customer = named(qb, "Northwind")
    estimate = sale(Estimate, customer, 75, qb)
    link = LinkedTxn()
    link.TxnId, link.TxnType = estimate.Id, "Estimate"
    invoice = sale(Invoice, customer, 75, qb, LinkedTxn=[link])
    assert Estimate.get(estimate.Id, qb=qb).TxnStatus == "Closed"
    assert invoice.download_pdf(qb=qb).startswith(b"%PDF-1.4")
    sent = invoice.send(qb=qb, send_to="ada+1@example.com")["Invoice"]
    assert (sent["EmailStatus"], sent["BillEmail"]["Address"]) == ("EmailSent", "ada+1@example.com")
    memo = sale(CreditMemo, customer, 25, qb)
    payment = Payment()
    payment.CustomerRef, payment.TotalAmt = customer.to_ref(), 50
    for kind, key, amount in (("Invoice", invoice.Id, 75), ("CreditMemo", memo.Id, 25)):
        part = PaymentLine()
        part.Amount = amount
        target = LinkedTxn()
        target.TxnId, target.TxnType = key, kind
        part.LinkedTxn.append(target)
        payment.Line.append(part)
    saved = payment.save(qb=qb)
    assert saved.UnappliedAmt == 0
    assert Customer.get(customer.Id, qb=qb).Balance == 0
    assert CreditMemo.get(memo.Id, qb=qb).RemainingCredit == 0
    Invoice.get(invoice.Id, qb=qb).void(qb=qb)
    assert Payment.get(saved.Id, qb=qb).UnappliedAmt == 75
    httpx.post(f"{qb.base}/_sandbox/behaviour", json={"payment_needs_full_object": False})
    voided = Payment.get(saved.Id, qb=qb).void(qb=qb)["Payment"]
    assert (voided["TotalAmt"], voided["PrivateNote"]) == (0, "Voided")


def test_a_payout_deposits_receipts_and_a_fee(qb: QuickBooks) -> None:
    """SalesReceipt, RefundReceipt and Deposit; what is deposited cannot be deleted."""
    customer = named(qb, "Payout customer")
    receipt = sale(SalesReceipt, customer, 40, qb)
    refund = sale(RefundReceipt, customer, 15, qb, DepositToAccountRef=account(qb, "Undeposited Funds"))
    deposit = Deposit()
    deposit.DepositToAccountRef = account(qb, "Checking")
    for kind, key, amount in (("SalesReceipt", receipt.Id, 40), ("RefundReceipt", refund.Id, -15)):
        part = DepositLine()
        part.Amount, part.DetailType = amount, None
        target = LinkedTxn()
        target.TxnId, target.TxnType, target.TxnLineId = key, kind, "0"
        part.LinkedTxn.append(target)
        deposit.Line.append(part)
    fee = DepositLine()
    fee.Amount = -1.2
    fee.DepositLineDetail = DepositLineDetail()
    fee.DepositLineDetail.AccountRef = account(qb, "Merchant Fees")
    deposit.Line.append(fee)
    saved = deposit.save(qb=qb)
    assert saved.TotalAmt == 23.8
    with pytest.raises(QuickbooksException, match="Deposited"):
        SalesReceipt.get(receipt.Id, qb=qb).delete(qb=qb)
    Deposit.get(saved.Id, qb=qb).delete(qb=qb)
    SalesReceipt.get(receipt.Id, qb=qb).delete(qb=qb)
    with pytest.raises(ObjectNotFoundException):
        SalesReceipt.get(receipt.Id, qb=qb)


def test_notes_and_files(qb: QuickBooks, tmp_path: Any) -> None:
    """A note, a file by path and one by bytes, fetched again, found by query, deleted."""
    customer = named(qb, "Files")
    link = AttachableRef()
    link.EntityRef = ref(customer.Id, "Customer")
    note = Attachable()
    note.Note = "This is an attached note."
    note.AttachableRef.append(link)
    assert note.save(qb=qb).AttachableRef[0].EntityRef.value == customer.Id
    content = bytes(range(256)) * 3
    path = tmp_path / "order.bin"
    path.write_bytes(content)
    for source in ({"_FilePath": str(path)}, {"_FileBytes": content}):
        file = Attachable()
        file.FileName, file.ContentType = "order.bin", "application/octet-stream"
        file.AttachableRef.append(link)
        for name, value in source.items():
            setattr(file, name, value)
        saved = file.save(qb=qb)
        assert saved.Size == len(content)
        assert httpx.get(saved.TempDownloadUri).content == content
        assert len(saved.Id) == 19
    assert len(Attachable.filter(FileName="order.bin", qb=qb)) == 2
    Attachable.get(saved.Id, qb=qb).delete(qb=qb)
    assert len(Attachable.filter(FileName="order.bin", qb=qb)) == 1
    assert httpx.get(saved.TempDownloadUri).status_code == 403


def test_batches_and_the_change_feed(qb: QuickBooks) -> None:
    """Creates and deletes in one request each; the feed shows both."""
    customers = []
    for number in range(3):
        customer = Customer()
        customer.DisplayName = f"Batch {number}"
        customers.append(customer)
    done = batch_create([*customers, Customer()], qb=qb)
    assert len(done.successes) == 3
    assert [fault.Error[0].code for fault in done.faults] == ["6080"]
    receipts = [sale(SalesReceipt, done.successes[0], 5 + n, qb) for n in range(2)]
    gone = batch_delete(receipts[:1], qb=qb)
    assert len(gone.successes) == 1
    since = (datetime.now(UTC) - timedelta(minutes=5)).isoformat(timespec="seconds")
    feed = change_data_capture([Customer, SalesReceipt], since, qb=qb)
    assert {one.Id for one in done.successes} <= {one.Id for one in feed.Customer._object_list}
    stubs = [one.Id for one in feed.SalesReceipt._object_list if one.to_dict().get("status") == "Deleted"]
    assert receipts[0].Id in stubs


def test_a_bad_request_is_the_clients_exception(qb: QuickBooks) -> None:
    """Faults become the exceptions that the client has for them."""
    with pytest.raises(ValidationException):
        Invoice.query("select nonsense from Invoice where", qb=qb)
    with pytest.raises(ObjectNotFoundException):
        Invoice.get(999999, qb=qb)


def test_currencies_and_rates(qb_of_many_currencies: QuickBooks) -> None:
    """CompanyCurrency, ExchangeRate and an invoice in dollars in a company that counts in euro."""
    qb = qb_of_many_currencies
    currency = CompanyCurrency()
    currency.Code, currency.Name = "CHF", "Swiss Franc"
    assert CompanyCurrency.get(currency.save(qb=qb).Id, qb=qb).Code == "CHF"
    rate = ExchangeRate()
    rate.SourceCurrencyCode, rate.TargetCurrencyCode, rate.Rate = "USD", "EUR", 0.9
    rate.AsOfDate = "2026-01-01"
    assert rate.save(qb=qb).Rate == 0.9
    assert [one.Rate for one in ExchangeRate.filter(SourceCurrencyCode="USD", qb=qb)] == [0.9]
    customer = Customer()
    customer.DisplayName, customer.CurrencyRef = "Dollar customer", ref("USD")
    saved = customer.save(qb=qb)
    invoice = Invoice()
    invoice.CustomerRef, invoice.GlobalTaxCalculation = saved.to_ref(), "TaxExcluded"
    invoice.TxnDate, invoice.ExchangeRate = "2026-01-02", None
    invoice.Line.append(line(100, tax="5"))
    made = invoice.save(qb=qb)
    assert (made.TotalAmt, made.ExchangeRate, made.HomeTotalAmt) == (123.0, 0.9, 110.7)
