"""Notes, uploads with and without metadata, downloads, sending and printing (reference 5.6, 5.7, 14.12)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from quickbooks_sandbox.sandbox import Sandbox
from sandbox_kit.clock import Clock
from sandbox_kit.in_process import InProcess

Record = dict[str, Any]


async def upload(caller: Any, files: list[tuple[str, Any]], **parameters: str) -> list[Record]:
    response = await caller.client.post(
        caller.realm + "/upload", files=files, headers=caller.headers, params=parameters
    )
    assert response.status_code == 200, response.text
    return caller.json(response)["AttachableResponse"]


def metadata(name: str, reference: Record | None = None, **members: Any) -> bytes:
    links = [{"EntityRef": reference}] if reference is not None else []
    return json.dumps({"FileName": name, "AttachableRef": links, **members}).encode()


async def test_a_note_on_an_invoice(caller: Any) -> None:
    """Stored, read, changed in full, queried and deleted; a note needs a text."""
    link = {"IncludeOnSend": "false", "EntityRef": {"type": "Customer", "value": "3"}}
    note = await caller.write("/attachable", {"Note": "Hello", "AttachableRef": [link]})
    assert note["AttachableRef"] == [
        {"EntityRef": {"value": "3", "type": "Customer"}, "IncludeOnSend": False}
    ]
    changed = await caller.write("/attachable", {**note, "Note": "Bye"})
    assert (changed["Note"], changed["SyncToken"]) == ("Bye", "1")
    found = await caller.query("select * from Attachable where Note like 'by%'")
    assert [one["Id"] for one in found["Attachable"]] == [note["Id"]]
    assert caller.code(await caller.post("/attachable", {"AttachableRef": [link]})) == "2020"
    gone = await caller.write("/attachable", changed, operation="delete")
    assert gone == {"status": "Deleted", "domain": "QBO", "Id": note["Id"]}


async def test_files_in_one_request_fail_each_on_its_own(caller: Any) -> None:
    """Numbers pair metadata and content; a bad link is a fault beside HTTP 200, in Intuit's words."""
    done = await upload(
        caller,
        [
            ("file_metadata_01", ("m", metadata("a.txt", {"type": "Customer", "value": "3"}), "application/json")),
            ("file_content_01", ("x.txt", b"first\r\n", "text/plain")),
            ("file_metadata_02", ("m", metadata("b.txt", {"type": "Estimate", "value": "75"}), "application/json")),
            ("file_content_02", ("y.txt", b"second", "text/plain")),
            ("file_content_03", ("z.png", b"\x00\r\n\r\n\x01", "image/png")),
        ],
    )  # fmt: skip
    first, second, third = done
    assert first["Attachable"]["FileName"] == "a.txt"
    assert first["Attachable"]["Size"] == 7
    error = second["Fault"]["Error"][0]
    assert error["code"] == "6000"
    assert "The entity Estimate 75 that you are trying to link does not exist" in error["Detail"]
    assert third["Attachable"]["FileName"] == "z.png"
    assert third["Attachable"]["ContentType"] == "image/png"
    fetched = await caller.client.get(third["Attachable"]["TempDownloadUri"])
    assert fetched.content == b"\x00\r\n\r\n\x01"


async def test_a_file_is_fetched_for_a_quarter_of_an_hour(caller: Any, clock: Clock) -> None:
    """The download address answers with a signed link as text; the link needs no token and expires."""
    (done,) = await upload(caller, [("file_content_01", ("a.bin", b"abc", "application/octet-stream"))])
    key = done["Attachable"]["Id"]
    link = (await caller.get(f"/download/{key}")).text
    assert (await caller.client.get(link)).content == b"abc"
    wild = {"Note": "n", "ContentType": "x\r\ny"}
    (odd,) = await upload(
        caller,
        [
            ("file_metadata_01", ("m", json.dumps(wild).encode(), "a/b")),
            ("file_content_01", ("a", b"abc", "a/b")),
        ],
    )
    assert (await caller.client.get(odd["Attachable"]["TempDownloadUri"])).content == b"abc"
    forged = link.replace("signature=", "signature=0")
    assert (await caller.client.get(forged)).status_code == 403
    clock.advance(15 * 60)
    assert (await caller.client.get(link)).status_code == 403
    assert caller.code(await caller.get("/download/1")) == "610"


async def test_an_upload_is_done_once_per_request_id(caller: Any) -> None:
    files = [("file_content_01", ("a.bin", b"abc", "application/octet-stream"))]
    first = await upload(caller, files, requestid="u1")
    assert await upload(caller, files, requestid="u1") == first
    assert (await caller.query("select count(*) from Attachable"))["totalCount"] == 1


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/plain", b"x"),
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=b", b"--b\nno end of the head\n--b--"),
        ("multipart/form-data; boundary=b", b"--b\nContent-Disposition: form-data; name=other\n\nx\n--b--"),
        (
            "multipart/form-data; boundary=b",
            b"--b\nContent-Disposition: form-data; name=file_content_01\n"
            b"Content-Transfer-Encoding: base64\n\na\n--b--",
        ),
    ],
)
async def test_what_is_no_upload_is_refused(caller: Any, kind: str, body: bytes) -> None:
    headers = {**caller.headers, "Content-Type": kind}
    response = await caller.client.post(caller.realm + "/upload", content=body, headers=headers)
    assert caller.code(response) in ("2010", "2020")


async def test_files_survive_a_restart(tmp_path: Path, clock: Clock) -> None:
    """``--data`` keeps the bytes."""
    file = tmp_path / "books.json"
    async with httpx.AsyncClient(transport=InProcess({})) as hooks:
        first = Sandbox(clock=clock, data=file, http_client=hooks)
        key = first.company.create("Attachable", {"Note": "n"})["Id"]
        first.company.files[key] = b"\x00abc"
        first.save()
        second = Sandbox(clock=clock, data=file, http_client=hooks)
    assert second.company.files == {key: b"\x00abc"}
    assert second.company.journal.entries == first.company.journal.entries


async def test_sending_needs_an_address(caller: Any) -> None:
    """The document's own, or ``sendTo``, which it keeps; a payment has none of its own (5.6). No token rises by it."""
    line = {"Amount": 5, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {}}
    customer = (await caller.write("/customer", {"DisplayName": "Sent"}))["Id"]
    body = {"CustomerRef": {"value": customer}, "Line": [line]}
    invoice = await caller.write("/invoice", body)
    assert caller.code(await caller.post(f"/invoice/{invoice['Id']}/send", {})) == "2020"
    assert caller.code(await caller.post(f"/invoice/{invoice['Id']}/send", {}, sendTo="nobody")) == "2210"
    sent = await caller.write(f"/invoice/{invoice['Id']}/send", {}, sendTo="a@b.example")
    assert (sent["EmailStatus"], sent["SyncToken"]) == ("EmailSent", invoice["SyncToken"])
    assert sent["BillEmail"] == {"Address": "a@b.example"}
    assert sent["DeliveryInfo"] == {"DeliveryType": "Email", "DeliveryTime": "2026-03-04T09:00:00-08:00"}
    again = await caller.write(f"/invoice/{invoice['Id']}/send", {})
    assert again["BillEmail"] == {"Address": "a@b.example"}
    payment = await caller.write("/payment", {"CustomerRef": {"value": customer}, "TotalAmt": 1})
    assert caller.code(await caller.post(f"/payment/{payment['Id']}/send", {})) == "2020"
    await caller.write(f"/payment/{payment['Id']}/send", {}, sendTo="a@b.example")
    assert caller.code(await caller.post("/customer/3/send", {}, sendTo="a@b.example")) == "500"


async def test_documents_on_paper(caller: Any) -> None:
    """A PDF with the company, the customer and the total; lists are not printed."""
    found = await caller.query("select * from Invoice where TotalAmt > '0' maxresults 1")
    invoice = found["Invoice"][0]
    response = await caller.get(f"/invoice/{invoice['Id']}/pdf")
    assert response.headers["content-type"] == "application/pdf"
    assert response.content.startswith(b"%PDF-1.4")
    assert response.content.endswith(b"%%EOF\n")
    assert f"{invoice['TotalAmt']:,.2f}".encode() in response.content
    assert caller.code(await caller.get("/customer/3/pdf")) == "500"
    assert caller.code(await caller.get("/invoice/999999/pdf")) == "610"
