"""The public Python client beyond the first save: every list read back, paging, batches of updates, request ids, each of its
exceptions, settings, and its own check of a webhook's signature."""

from __future__ import annotations

import decimal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from quickbooks import QuickBooks
from quickbooks.batch import batch_create, batch_delete, batch_update
from quickbooks.cdc import change_data_capture
from quickbooks.exceptions import (
    AuthorizationException,
    GeneralException,
    ObjectNotFoundException,
    QuickbooksException,
    SevereException,
    UnsupportedException,
    ValidationException,
)
from quickbooks.objects.account import Account
from quickbooks.objects.attachable import Attachable
from quickbooks.objects.base import LinkedTxn
from quickbooks.objects.company_info import CompanyInfo
from quickbooks.objects.companycurrency import CompanyCurrency
from quickbooks.objects.creditmemo import CreditMemo
from quickbooks.objects.customer import Customer
from quickbooks.objects.department import Department
from quickbooks.objects.deposit import Deposit
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
from quickbooks.objects.term import Term
from quickbooks.objects.trackingclass import Class
from quickbooks.objects.vendor import Vendor

from quickbooks_sandbox import webhooks

from .test_qbs_python_quickbooks import _client_of, named, sale

LISTED = [
    *(Account, Attachable, Class, CompanyCurrency, CompanyInfo, CreditMemo, Customer, Department, Deposit),
    *(Employee, Estimate, ExchangeRate, Invoice, Item, Payment, PaymentMethod, Preferences, RefundReceipt),
    *(SalesReceipt, TaxAgency, TaxCode, TaxRate, Term, Vendor),
]
"""Every entity of the stand-in that the client knows."""
NOT_SEEDED = {Attachable, Class, Department, Deposit, Estimate, RefundReceipt, ExchangeRate}
FED = [
    *(Account, Class, CompanyInfo, CreditMemo, Customer, Department, Deposit, Employee, Estimate, Invoice),
    *(Item, Payment, PaymentMethod, Preferences, RefundReceipt, SalesReceipt, Term, Vendor),
]


@pytest.fixture(scope="module", autouse=True)
def _plain_http() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
        yield


@pytest.fixture(scope="module")
def qb() -> Iterator[QuickBooks]:
    with _client_of("eu-multicurrency") as client:
        yield client


def control(qb: QuickBooks, path: str, body: Any) -> None:
    assert httpx.post(f"{qb.base}/_sandbox/{path}", json=body).status_code == 200


def european(kind: type[Any], customer: Customer, amount: float, qb: QuickBooks, **members: Any) -> Any:
    return sale(kind, customer, amount, qb, tax="5", **members)


@pytest.mark.parametrize("kind", LISTED, ids=lambda kind: kind.__name__)
def test_every_entity_is_listed_counted_and_read_again(qb: QuickBooks, kind: type[Any]) -> None:
    """``all`` and ``count`` by POST /query, ``get`` by id; what comes is the client's own object."""
    if kind is Preferences:
        found = qb.query("select * from Preferences")["QueryResponse"]["Preferences"]
        assert [one["Id"] for one in found] == ["1"]
        return
    found = kind.all(qb=qb)
    assert all(isinstance(one, kind) for one in found)
    if hasattr(kind, "count"):
        assert len(found) == min(kind.count(qb=qb), 100)
        assert bool(found) is (kind not in NOT_SEEDED)
    if found and hasattr(kind, "get") and kind not in (Preferences, CompanyInfo):
        assert kind.get(found[-1].Id, qb=qb).Id == found[-1].Id


def test_pages_and_choices(qb: QuickBooks) -> None:
    """``where`` with order, position and size; ``choose`` with IN; a quote in a name."""
    everyone = Customer.where("Active = true", order_by="DisplayName", max_results=1000, qb=qb)
    page = Customer.where("Active = true", order_by="DisplayName", start_position=11, max_results=10, qb=qb)
    assert [one.Id for one in page] == [one.Id for one in everyone[10:20]]
    chosen = Customer.choose([everyone[0].Id, everyone[5].Id], qb=qb)
    assert {one.Id for one in chosen} == {everyone[0].Id, everyone[5].Id}
    quoted = named(qb, "Amy's \\ Birds")
    found = Customer.choose(
        ["Amy's \\\\ Birds"], field="DisplayName", qb=qb
    )  # the client doubles no backslash
    assert [one.Id for one in found] == [quoted.Id]
    assert Customer.filter(Id=quoted.Id, qb=qb)[0].DisplayName == "Amy's \\ Birds"


def test_batches_of_more_than_thirty(qb: QuickBooks) -> None:
    """The client splits them; creates, updates and deletes, each fault beside its own object."""
    customer = named(qb, "Batch of many")
    made = batch_create([unsaved(customer, amount) for amount in range(1, 36)], qb=qb)
    assert (len(made.successes), made.faults) == (35, [])
    for one in made.successes:
        one.PrivateNote = "changed"
    stale = made.successes[7]
    stale.SyncToken = "9"
    changed = batch_update(made.successes, qb=qb)
    assert len(changed.successes) == 34
    assert {one.PrivateNote for one in changed.successes} == {"changed"}
    (fault,) = changed.faults
    assert (fault.Error[0].code, fault.original_object.Id) == ("5010", stale.Id)
    gone = batch_delete(changed.successes, qb=qb)
    assert len(gone.successes) == 34
    assert {one.status for one in gone.successes} == {"Deleted"}


def unsaved(customer: Customer, amount: float) -> SalesReceipt:
    from .test_qbs_python_quickbooks import line

    receipt = SalesReceipt()
    receipt.CustomerRef = customer.to_ref()
    receipt.Line.append(line(amount, tax="5"))
    return receipt


def test_a_request_id_makes_a_save_safe_to_repeat(qb: QuickBooks) -> None:
    """The client's ``request_id``, for creating and for deleting."""
    customer = named(qb, "Repeated")
    first = unsaved(customer, 5).save(qb=qb, request_id="once-1")
    assert unsaved(customer, 6).save(qb=qb, request_id="once-1").Id == first.Id
    assert first.delete(qb=qb, request_id="gone-1") == first.delete(qb=qb, request_id="gone-1")
    with pytest.raises(ObjectNotFoundException):
        first.delete(qb=qb)


def test_each_exception_of_the_client(qb: QuickBooks) -> None:
    """What the client makes of our codes: unsupported, general, not found, validation, severe, other."""
    one, other = named(qb, "One"), named(qb, "Other")
    invoice = european(Invoice, one, 10, qb)
    with pytest.raises(UnsupportedException):
        qb.get_report("ProfitAndLoss")
    with pytest.raises(ObjectNotFoundException):
        Customer.get("98765", qb=qb)
    payment = Payment()
    payment.CustomerRef, payment.TotalAmt = other.to_ref(), 10
    part, link = PaymentLine(), LinkedTxn()
    part.Amount, link.TxnId, link.TxnType = 10, invoice.Id, "Invoice"
    part.LinkedTxn.append(link)
    payment.Line.append(part)
    with pytest.raises(GeneralException) as general:
        payment.save(qb=qb)
    assert general.value.error_code == 620
    with pytest.raises(ValidationException) as missing:
        Term().save(qb=qb)
    assert missing.value.error_code == 2020
    invoice.SyncToken = "7"
    with pytest.raises(QuickbooksException) as stale:
        invoice.save(qb=qb)
    assert (stale.value.error_code, "root were working" in stale.value.detail) == (5010, True)
    control(qb, "faults", {"on": "GET /invoice/*", "act": {"refuse": 500}, "nth": 1})
    with pytest.raises(SevereException):
        Invoice.get(invoice.Id, qb=qb)
    assert Invoice.get(invoice.Id, qb=qb).TotalAmt == 12.3


def test_throttles_and_dead_tokens(qb: QuickBooks) -> None:
    """Gateway answers have no ``Fault``: the client shows their status and text."""
    control(qb, "faults", {"on": "GET /term/*", "act": {"refuse": 429}, "nth": 1})
    with pytest.raises(QuickbooksException, match=r"429.*ThrottleExceeded"):
        Term.get(1, qb=qb)
    company, qb.company_id = qb.company_id, "1"
    with pytest.raises(QuickbooksException, match=r"403.*ApplicationAuthorizationFailed"):
        Term.get(1, qb=qb)
    qb.company_id = company
    token, qb.session.token = qb.session.token, {"access_token": "dead", "token_type": "bearer"}
    with pytest.raises(AuthorizationException) as refused:
        Term.get(1, qb=qb)
    assert (refused.value.error_code, "003200" in refused.value.detail) == (401, True)
    qb.session.token = token
    assert Term.get(1, qb=qb).Id == "1"


def test_the_feed_of_everything(qb: QuickBooks) -> None:
    """One answer with a list for each kind that the feed has."""
    named(qb, "Fed")
    since = (datetime.now(UTC) - timedelta(minutes=5)).isoformat(timespec="seconds")
    feed = change_data_capture(FED, since, qb=qb)
    assert "Fed" in {one.DisplayName for one in feed.Customer}
    with pytest.raises(UnsupportedException):
        change_data_capture([TaxCode], datetime.now(UTC), qb=qb)
    with pytest.raises(UnsupportedException, match=r"Unsupported Operation"):
        change_data_capture([Customer], datetime.now(UTC) - timedelta(days=31), qb=qb)


def test_settings_and_exact_numbers(qb: QuickBooks) -> None:
    """Preferences are saved without an id; numbers can be read as decimals; a void of a receipt by the client."""
    settings = Preferences.get(qb=qb)
    settings.SalesFormsPrefs.CustomTxnNumbers = True
    assert settings.save(qb=qb).SalesFormsPrefs.CustomTxnNumbers is True
    customer = named(qb, "Numbers")
    first = european(Invoice, customer, 10, qb, DocNumber="A-1")
    with pytest.raises(QuickbooksException) as taken:
        european(Invoice, customer, 10, qb, DocNumber="A-1")
    assert (taken.value.error_code, f"TxnId={first.Id}" in taken.value.detail) == (6140, True)
    twin = Invoice.get(first.Id, qb=qb)
    twin.Id, twin.SyncToken = None, None
    assert twin.save(qb=qb, params={"include": "allowduplicatedocnum"}).DocNumber == "A-1"
    qb.use_decimal = True
    try:
        assert Invoice.get(first.Id, qb=qb).TotalAmt == decimal.Decimal("12.30")
    finally:
        qb.use_decimal = False
    receipt = european(SalesReceipt, customer, 4, qb)
    assert receipt.download_pdf(qb=qb).startswith(b"%PDF")
    assert receipt.void(qb=qb)["SalesReceipt"]["PrivateNote"] == "Voided"


def test_the_client_believes_our_signature(qb: QuickBooks) -> None:
    """Its own check of a webhook (reference 9.4)."""
    body = '[{"specversion": "1.0"}]'
    good = webhooks.signature("verifier", body.encode())
    assert qb.validate_webhook_signature(body, good, verifier_token="verifier") is True
    assert qb.validate_webhook_signature(body + " ", good, verifier_token="verifier") is False
