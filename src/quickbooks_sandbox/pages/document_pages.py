"""Documents of every kind: the list, one on its page, printed, sent, voided, deleted."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from starlette.responses import Response

from quickbooks_sandbox.company import amounts, mailing, paper
from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.company.line_items import name_of
from quickbooks_sandbox.pages.kinds import KINDS, UNPAID, Kind, Paper, linked, open_total, paper_of, papers_of
from quickbooks_sandbox.pages.postings import Entered, entered
from quickbooks_sandbox.pages.site import Go, Row, Sheet, Visit
from sandbox_kit.forms import paged

Record = dict[str, Any]
_UNPAID = "Unpaid"


def rows(kind: Kind) -> list[Row]:
    """The pages of one kind of documents."""
    one, show = f"/{kind.word}/{{id}}", partial(_document, kind)
    found = [Row(f"/{kind.word}", partial(_list, kind)), Row(one, show)]
    if kind.prints:
        found.append(Row(f"{one}/pdf", partial(_pdf, kind)))
    if kind.sends:
        found.append(Row(f"{one}/send", show, partial(_send, kind)))
    if kind.voids:
        found.append(Row(f"{one}/void", show, partial(_void, kind)))
    return [*found, Row(f"{one}/delete", show, partial(_delete, kind))]


def _list(kind: Kind, visit: Visit) -> Sheet:
    company, query = visit.company, visit.query
    state, wanted = query.text("state"), query.text("search").casefold()
    found = [
        one for one in papers_of(company, kind.entity) if wanted in one.searched and _has_state(one, state)
    ]
    view = {
        "here": kind.word,
        "kind": kind,
        "page": paged(found, query.text("page", "1")),
        "total": amounts.total(one.at_home for one in found),
        "open": open_total(found),
        "state": state,
        "search": query.text("search"),
    }
    return Sheet("documents.html", view)


def _has_state(one: Paper, state: str) -> bool:
    return not state or one.state == state or (state == _UNPAID and one.state in UNPAID)


def _document(kind: Kind, visit: Visit) -> Sheet:
    company, record = visit.company, visit.record(kind.entity)
    view = {
        "here": kind.word,
        "kind": kind,
        "record": record,
        "paper": paper_of(company, kind.entity, record),
        "lines": [line for one in record["Line"] for line in _lines(one)],
        "sums": _sums(company, record),
        "links": _links(company, kind.entity, record),
        "entry": _entry(company, kind.entity, record),
        "refs": _references(company, record),
    }
    return Sheet("document.html", view)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a document as its page shows it; ``inside`` says that it belongs to the bundle above."""

    what: str
    said: str
    quantity: Decimal | None
    rate: Decimal | None
    tax: str
    amount: Decimal | None
    inside: bool = False


def _lines(line: Record, *, inside: bool = False) -> list[Line]:
    """What a line of the object comes to on paper; subtotals, discounts and links are shown elsewhere."""
    said, amount = line.get("Description", ""), line.get("Amount")
    sold = line.get("SalesItemLineDetail")
    if sold is not None:
        code = sold.get("TaxCodeRef", {}).get("value", "")
        return [Line(name_of(line), said, sold.get("Qty"), sold.get("UnitPrice"), code, amount, inside)]
    group = line.get("GroupLineDetail")
    if group is not None:
        head = Line(group["GroupItemRef"].get("name", ""), said, group.get("Quantity"), None, "", amount)
        return [head, *(one for part in group["Line"] for one in _lines(part, inside=True))]
    if line.get("DetailType") == "DescriptionOnly":
        return [Line("", said, None, None, "", None)]
    banked = line.get("DepositLineDetail")
    if banked is not None:
        return [Line(banked.get("AccountRef", {}).get("name", "Account"), said, None, None, "", amount)]
    return []


def _sums(company: Company, record: Record) -> list[tuple[str, Decimal]]:
    """Subtotal, discount and the tax of every rate, in this order, as far as the document has them."""
    found: list[tuple[str, Decimal]] = []
    for line in record["Line"]:
        if line.get("DetailType") == "SubTotalLineDetail":
            found.append(("Subtotal", line["Amount"]))
        if line.get("DetailType") == "DiscountLineDetail":
            percent = line["DiscountLineDetail"].get("DiscountPercent")
            name = "Discount" if percent is None else f"Discount {percent.normalize():f} %"
            found.append((name, -line["Amount"]))
    detail = record.get("TxnTaxDetail", {})
    for line in detail.get("TaxLine", []):
        rate = company.tables["TaxRate"].records.get(line["TaxLineDetail"]["TaxRateRef"]["value"], {})
        base = line["TaxLineDetail"].get("NetAmountTaxable", amounts.ZERO)
        name = f"{rate.get('Name', 'Tax')} {rate.get('RateValue', amounts.ZERO):f} % on {base:,.2f}"
        found.append((name, line["Amount"]))
    if detail and not detail.get("TaxLine"):
        found.append(("Tax", detail["TotalTax"]))
    return found


@dataclass(frozen=True, slots=True)
class Link:
    """Another document that this one is linked to, and the amount that the link carries, if any."""

    paper: Paper
    amount: Decimal | None


def _links(company: Company, entity: str, record: Record) -> list[Link]:
    found = [
        (link["TxnType"], link["TxnId"], line.get("Amount"))
        for line in record["Line"]
        for link in line.get("LinkedTxn", [])
    ]
    for link in record.get("LinkedTxn", []):
        amount = None
        if link["TxnType"] == "Payment":
            amount = _paid_by(company.tables["Payment"].records.get(link["TxnId"], {}), entity, record["Id"])
        found.append((link["TxnType"], link["TxnId"], amount))
    papers = [(linked(company, kind, key), amount) for kind, key, amount in found]
    return [Link(one, amount) for one, amount in papers if one is not None]


def _paid_by(payment: Record, entity: str, key: str) -> Decimal:
    """What the lines of a payment put on a document."""
    target = {"TxnId": key, "TxnType": entity}
    return amounts.total(line["Amount"] for line in payment.get("Line", []) if target in line["LinkedTxn"])


def _entry(company: Company, entity: str, record: Record) -> Entered | None:
    found = company.journal.entries.get((entity, record["Id"]))
    return None if found is None else entered(company, found)


def _references(company: Company, record: Record) -> list[tuple[str, str]]:
    """The things a document names by their ids, in words."""
    members = {
        "Terms": ("SalesTermRef", "Term"),
        "Paid by": ("PaymentMethodRef", "PaymentMethod"),
        "Into account": ("DepositToAccountRef", "Account"),
    }
    return [
        (title, company.tables[entity].records[record[member]["value"]]["Name"])
        for title, (member, entity) in members.items()
        if record.get(member, {}).get("value") in company.tables[entity].records
    ]


def _pdf(kind: Kind, visit: Visit) -> Response:
    record = visit.record(kind.entity)
    content = paper.printed(visit.company, kind.entity, record)
    name = f'inline; filename="{kind.word}-{record["Id"]}.pdf"'
    return Response(content, media_type="application/pdf", headers={"content-disposition": name})


def _send(kind: Kind, visit: Visit) -> Go:
    record = visit.record(kind.entity)
    visit.check_token(record)
    mailing.send(visit.company, kind.entity, record["Id"], visit.form.text("address"))
    return _back(kind, visit, "sent")


def _void(kind: Kind, visit: Visit) -> Go:
    visit.void(kind.entity, visit.record(kind.entity))
    return _back(kind, visit, "voided")


def _delete(kind: Kind, visit: Visit) -> Go:
    record = visit.record(kind.entity)
    body = {"Id": record["Id"], "SyncToken": visit.form.text("token")}
    visit.write(kind.entity, body, "delete")
    return Go(f"{visit.home}/{kind.word}", "deleted")


def _back(kind: Kind, visit: Visit, done: str) -> Go:
    return Go(f"{visit.home}/{kind.word}/{visit.path['id']}", done)


def all_rows() -> list[Row]:
    """The pages of all kinds of documents."""
    return [row for kind in KINDS.values() for row in rows(kind)]
