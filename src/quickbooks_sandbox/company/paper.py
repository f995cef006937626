"""Documents on paper: a plain one-page PDF of what the document says (reference 5.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from quickbooks_sandbox.company.line_items import name_of

if TYPE_CHECKING:
    from quickbooks_sandbox.company.company import Company

Record = dict[str, Any]
PRINTED = {
    "Invoice": "Invoice",
    "Estimate": "Estimate",
    "SalesReceipt": "Sales receipt",
    "CreditMemo": "Credit memo",
    "RefundReceipt": "Refund receipt",
    "Payment": "Payment receipt",
}
"""The entities that can be printed, with their titles."""
_MOST_LINES = 50
_TOP, _LEFT, _STEP = 780, 56, 14


def printed(company: Company, entity: str, record: Record) -> bytes:
    """The PDF of a document."""
    info = company.tables["CompanyInfo"].records["1"]
    number = record.get("DocNumber", record["Id"])
    lines = [
        info["CompanyName"],
        "",
        f"{PRINTED[entity]} {number}",
        f"Date: {record['TxnDate']}",
        f"To: {record.get('CustomerRef', {}).get('name', '')}",
        "",
    ]
    for line in record["Line"]:
        text = line.get("Description") or _sold(line)
        if text:
            lines.append(f"{text[:70]:<72}{line.get('Amount', 0):>14,.2f}")
    tax = record.get("TxnTaxDetail", {}).get("TotalTax", 0)
    currency = record["CurrencyRef"]["value"]
    lines += ["", f"Tax: {tax:,.2f} {currency}", f"Total: {record['TotalAmt']:,.2f} {currency}"]
    return pdf(lines[:_MOST_LINES])


def _sold(line: Record) -> str:
    name = name_of(line)
    if not name and "LinkedTxn" in line:
        link = line["LinkedTxn"][0]
        return f"{link['TxnType']} {link['TxnId']}"
    return name


def pdf(lines: list[str]) -> bytes:
    """A page of text as a PDF file (version 1.4, one built-in font)."""
    shown = "\n".join(f"({_escaped(line)}) Tj T*" for line in lines)
    stream = f"BT /F1 10 Tf {_LEFT} {_TOP} Td {_STEP} TL\n{shown}\nET".encode("cp1252", "replace")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>",
    ]
    content = b"%PDF-1.4\n"
    places = []
    for number, one in enumerate(objects, start=1):
        places.append(len(content))
        content += b"%d 0 obj\n%b\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return content + (
        b"xref\n0 %d\n0000000000 65535 f \n%btrailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (len(objects) + 1, table, len(objects) + 1, len(content))
    )


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
