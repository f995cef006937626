"""What clients rely on without thinking of it: addresses, content types, who gets XML, sizes, small defaults (reference 3, 12)."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from typing import Any

import httpx
import pytest

from quickbooks_sandbox import uploads

Caller = Any
Record = dict[str, Any]
SPACE = "{http://schema.intuit.com/finance/v3}"
BACK = "http://localhost:8080/quickbooks/callback"


def invoice(**members: Any) -> Record:
    detail = {"ItemRef": {"value": "1"}, "TaxCodeRef": {"value": "NON"}}
    line = {"Amount": 10, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
    return {"CustomerRef": {"value": "3"}, "Line": [line], **members}


@pytest.mark.parametrize("path", ["/v3/Company/", "/V3/company/"])
async def test_the_whole_address_is_read_without_regard_to_case(caller: Caller, path: str) -> None:
    """The part before the realm too; the journal knows the operation all the same."""
    address = f"{path}{caller.sandbox.realm_id}/SalesReceipt/13"
    assert (await caller.client.get(address, headers=caller.headers)).status_code in (200, 400)
    assert caller.sandbox.journal.exchanges(operation="GET /salesreceipt/{id}")


async def test_a_realm_alone_leads_nowhere(caller: Caller) -> None:
    """Reference 12.2: 400 with code 500, and no redirect."""
    assert caller.code(await caller.get("")) == "500"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/text", "select count(*) from Term"),
        ("text/plain", "select count(*) from Term"),
        ("application/octet-stream", "select count(*) from Term"),
        ("application/x-www-form-urlencoded", "query=select%20count(*)%20from+Term"),
        ("application/x-www-form-urlencoded", "select count(*) from Term"),
    ],
)
async def test_a_statement_comes_in_every_content_type(caller: Caller, content_type: str, body: str) -> None:
    """Reference 6.6 has application/text; clients send others, a form among them."""
    headers = {**caller.headers, "Content-Type": content_type}
    response = await caller.client.post(caller.realm + "/query", content=body, headers=headers)
    assert caller.json(response)["QueryResponse"] == {"totalCount": 4}


async def test_the_gateway_speaks_xml_to_those_who_do_not_ask_for_json(caller: Caller) -> None:
    """Reference 12.1, 12.4: the XML twin of the fault, with the same challenge above it."""
    response = await caller.client.get(caller.realm + "/term/1", headers={"Accept": "application/xml"})
    fault = ElementTree.fromstring(response.text)[0]
    (error,) = fault
    assert (response.status_code, "www-authenticate" in response.headers) == (401, True)
    assert (fault.tag, fault.get("type"), error.get("code")) == (f"{SPACE}Fault", "AUTHENTICATION", "3200")
    assert error.findtext(f"{SPACE}Message") == (
        "message=AuthenticationFailed; errorCode=003200; statusCode=401"
    )


async def test_a_token_without_the_accounting_scope_opens_no_company(caller: Caller) -> None:
    """Reference 2.3: the scope grants the Accounting API; without it 403, code 3100."""
    client = caller.sandbox.client
    tokens, _ = caller.sandbox.grants.mint(client.client_id, caller.sandbox.realm_id, ("openid", "email"))
    caller.headers["Authorization"] = f"Bearer {tokens.access_token}"
    response = await caller.get("/term/1")
    assert (response.status_code, caller.json(response)["fault"]["error"][0]["code"]) == (403, "3100")


async def test_an_authorization_request_says_what_it_wants(caller: Caller) -> None:
    """Reference 2.2: response_type is required."""
    wish = {
        "client_id": caller.sandbox.client.client_id,
        "scope": "com.intuit.quickbooks.accounting",
        "redirect_uri": BACK,
        "state": "s",
    }
    page = await caller.client.get("/connect/oauth2", params=wish)
    assert page.status_code == 400
    assert "response_type" in page.text


async def test_an_unknown_member_is_answered_in_javas_words(caller: Caller) -> None:
    """Reference 12.3, 17 no. 7: the class, how many members it knows and which; no element."""
    response = await caller.post("/invoice", invoice(BadJson=1))
    (error,) = caller.json(response)["Fault"]["Error"]
    assert error["code"] == "2010"
    assert "element" not in error
    assert error["Detail"].startswith(
        'Property Name:Unrecognized field "BadJson" (class com.intuit.schema.finance.v3.Invoice), '
        "not marked as ignorable ("
    )
    assert ' known properties: "' in error["Detail"]
    assert error["Detail"].endswith(") specified is unsupported or invalid")


async def test_an_upload_has_a_limit(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reference 12.2, 14.12: 413 above 100 MB for the whole request; nothing is kept of it."""
    assert uploads.MOST_BYTES == 100 * 1024 * 1024
    monkeypatch.setattr(uploads, "MOST_BYTES", 1000)
    response = await caller.client.post(
        caller.realm + "/upload",
        files={"file_content_01": ("big.bin", b"x" * 1001, "application/octet-stream")},
        headers=caller.headers,
    )
    assert response.status_code == 413
    assert caller.json(response)["Fault"]["Error"][0]["code"] == "6030"
    assert caller.sandbox.company.files == {}


async def test_stock_needs_its_asset_account(caller: Caller) -> None:
    """Reference 14.4: 2020 in these words."""
    item = {
        "Name": "Pump",
        "Type": "Inventory",
        "TrackQtyOnHand": True,
        "QtyOnHand": 1,
        "InvStartDate": "2026-01-01",
        "IncomeAccountRef": {"value": "14"},
        "ExpenseAccountRef": {"value": "19"},
    }
    response = await caller.post("/item", item)
    assert caller.code(response) == "2020"
    assert "An inventory assetaccount is required" in response.text


async def test_online_payment_is_off_without_quickbooks_payments(caller: Caller) -> None:
    """Reference 13.2: the flags come back as false, whatever was sent, unless Payments is on."""
    sent = invoice(AllowOnlineCreditCardPayment=True, AllowOnlineACHPayment=True)
    assert (await caller.write("/invoice", sent))["AllowOnlineCreditCardPayment"] is False
    await caller.write(
        "/preferences",
        {
            "Id": "1",
            "SyncToken": "0",
            "sparse": True,
            "SalesFormsPrefs": {"ETransactionPaymentEnabled": True},
        },
    )
    made = await caller.write("/invoice", sent)
    assert (made["AllowOnlineCreditCardPayment"], made["AllowIPNPayment"]) == (True, False)


async def test_an_invoice_that_can_be_paid_online_has_a_link(caller: Caller) -> None:
    """Reference 3.1, 14.6: asked for by include=invoiceLink; it needs online payment and an e-mail, and is not stored."""
    await caller.write(
        "/preferences",
        {
            "Id": "1",
            "SyncToken": "0",
            "sparse": True,
            "SalesFormsPrefs": {"ETransactionPaymentEnabled": True},
        },
    )
    online = invoice(AllowOnlineACHPayment=True, BillEmail={"Address": "a@b.example"})
    made = await caller.write("/invoice", online, include="invoiceLink")
    page = await caller.client.get(made["InvoiceLink"])
    assert (page.status_code, made["DocNumber"] in page.text) == (200, True)
    path = f"/invoice/{made['Id']}"
    assert "InvoiceLink" not in caller.json(await caller.get(path))["Invoice"]
    assert "InvoiceLink" in caller.json(await caller.get(path, include="invoiceLink"))["Invoice"]
    plain = await caller.write("/invoice", invoice(AllowOnlineACHPayment=True), include="invoiceLink")
    assert "InvoiceLink" not in plain


async def test_what_waited_to_be_sent_waits_no_more_without_an_address(caller: Caller) -> None:
    """Reference 5.3, 14.6: a full update without the address clears it; asking to send without one is refused."""
    made = await caller.write(
        "/invoice", invoice(BillEmail={"Address": "a@b.example"}, EmailStatus="NeedToSend")
    )
    after = await caller.write("/invoice", invoice(Id=made["Id"], SyncToken="0"))
    assert "BillEmail" not in after
    assert after["EmailStatus"] == "NotSet"
    assert caller.code(await caller.post("/invoice", invoice(EmailStatus="NeedToSend"))) == "2020"


@pytest.mark.parametrize(("kind", "told"), [("us-ast", []), ("gb", ["1"])])
async def test_how_amounts_are_meant_is_a_preference_outside_the_us(
    make_caller: Any, kind: str, told: list[str]
) -> None:
    """Reference 14.2: 1 stands for exclusive."""
    caller = await make_caller(kind)
    shown = caller.json(await caller.get("/preferences"))["Preferences"]["OtherPrefs"]["NameValue"]
    name = "AccountingInfoPrefs.DefaultTaxRateSelection"
    assert [one["Value"] for one in shown if one["Name"] == name] == told


async def test_the_token_address_has_one_method(caller: Caller) -> None:
    """Reference 2.8: the transaction id is on these answers too."""
    answer = await caller.client.get("/oauth2/v1/tokens/bearer")
    assert (answer.status_code, bool(answer.headers["intuit_tid"])) == (405, True)


async def test_a_redirect_is_never_the_answer_of_the_interface(caller: Caller) -> None:
    """Clients that follow no redirect must not lose a write."""
    response: httpx.Response = await caller.client.post(
        caller.realm + "/customer/", json={"DisplayName": "Slash"}, headers=caller.headers
    )
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "code", "message"),
    [
        (
            "/account",
            {"Name": "Till", "AccountType": "Bank", "OpeningBalance": 5},
            "6060",
            "Account.OpenBalanceDate must be specified with Account.OpenBalance",
        ),
        (
            "/attachable",
            {"Note": "n", "AttachableRef": [{"EntityRef": {"type": "Unicorn", "value": "1"}}]},
            "6050",
            "The entity reference type is unsupported for Attachable",
        ),
        ("/companycurrency", {"Code": "EUR"}, "5030", "Feature Not Supported"),
        ("/term", {"Name": "x" * 32}, "2050", "Invalid String Length"),
        (
            "/item",
            {"Name": "x"},
            "2020",
            "Required param missing, need to supply the required value for the API",
        ),
    ],
)
async def test_refusals_have_intuits_messages(
    caller: Caller, path: str, body: Record, code: str, message: str
) -> None:
    """error-codes.json and reference 12.3."""
    response = await caller.post(path, body)
    assert caller.code(response) == code
    assert caller.json(response)["Fault"]["Error"][0]["Message"] == message


@pytest.mark.parametrize(
    ("kind", "detail", "code", "message"),
    [
        (
            "us-ast",
            {"TxnTaxDetail": {"TxnTaxCodeRef": {"value": "CustomSalesTax"}}},
            "6160",
            "Invalid TaxCodeRef Error",
        ),
        (
            "gb",
            {"GlobalTaxCalculation": "NotApplicable", "TxnTaxDetail": {"TotalTax": 1}},
            "6170",
            "Invalid TxnTaxDetail Error",
        ),
    ],
)
async def test_tax_refusals_have_intuits_messages(
    make_caller: Any, kind: str, detail: Record, code: str, message: str
) -> None:
    """error-codes.json."""
    caller = await make_caller(kind, "sample")
    response = await caller.post("/invoice", invoice(**detail))
    assert caller.code(response) == code
    assert caller.json(response)["Fault"]["Error"][0]["Message"] == message


TUCSON = {"Line1": "1 Main St", "City": "Tucson", "CountrySubDivisionCode": "AZ", "PostalCode": "85719"}


async def test_an_address_changed_on_a_document_becomes_text(caller: Caller) -> None:
    """Reference 13.1: after an update the parts flow into lines; the same address sent again changes nothing."""
    made = await caller.write("/invoice", invoice(BillAddr=TUCSON))
    assert made["BillAddr"]["City"] == "Tucson"
    change = {"Id": made["Id"], "sparse": True}
    same = await caller.write("/invoice", {**change, "SyncToken": "0", "BillAddr": made["BillAddr"]})
    assert (same["SyncToken"], same["BillAddr"]) == ("0", made["BillAddr"])
    moved = {**TUCSON, "Line1": "2 Main St", "Country": "USA"}
    after = await caller.write("/invoice", {**change, "SyncToken": "0", "BillAddr": moved})
    address = after["BillAddr"]
    assert {name: address[name] for name in address if name not in ("Id", "Lat", "Long")} == {
        "Line1": "2 Main St",
        "Line2": "Tucson, AZ 85719",
        "Line3": "USA",
    }
    assert address["Id"] != made["BillAddr"]["Id"]
    again = await caller.write("/invoice", {**change, "SyncToken": "1", "BillAddr": moved})
    assert (again["SyncToken"], again["BillAddr"]) == ("1", address)


async def test_the_tax_engine_still_knows_the_state(caller: Caller) -> None:
    """Reference 13.1, 15.3: an address that became text is still the place of delivery."""
    taxed = invoice(ShipAddr={**TUCSON, "CountrySubDivisionCode": "CA"})
    taxed["Line"][0]["SalesItemLineDetail"]["TaxCodeRef"]["value"] = "TAX"
    made = await caller.write("/invoice", taxed)
    change = {"Id": made["Id"], "sparse": True}
    await caller.write("/invoice", {**change, "SyncToken": "0", "ShipAddr": TUCSON})
    after = await caller.write("/invoice", {**change, "SyncToken": "1", "Line": taxed["Line"]})
    codes = [one["TxnTaxDetail"]["TxnTaxCodeRef"]["value"] for one in (made, after)]
    assert codes == ["2", "3"]
