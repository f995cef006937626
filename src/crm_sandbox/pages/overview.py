"""A look at the location: contacts, invoices, orders, transactions, and what would have been sent. Read only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from html import escape
from typing import TypeVar

from crm_sandbox.location import dates
from crm_sandbox.location.location import Location
from crm_sandbox.pages import frame

ROWS_MAX = 50

T = TypeVar("T")


def page(location: Location) -> str:
    """Everything on one page, the newest rows first."""
    state = location.state
    content = "".join(
        (
            _heading(location),
            _table("Contacts", ("Name", "E-mail", "Phone", "Tags"), _contacts(location), len(state.contacts)),
            _table(
                "Invoices",
                ("Number", "Name", "For", "Status", "Issued", "Total", "Paid", "Due"),
                _invoices(location),
                len(state.invoices),
                sums=3,
            ),
            _table(
                "Orders",
                ("Source", "Contact", "Status", "Made", "Amount"),
                _orders(location),
                len(state.orders),
                sums=1,
            ),
            _table(
                "Transactions",
                ("For", "Contact", "Status", "Made", "Amount", "Refunded"),
                _transactions(location),
                len(state.transactions),
                sums=2,
            ),
            _table("Outbox", ("When", "To", "Subject"), _messages(location), len(state.messages)),
        )
    )
    return frame.page("CRM sandbox", location.kind.company, content)


def _heading(location: Location) -> str:
    kind = location.kind
    return (
        f'<div class="card"><h1>{escape(kind.company)}</h1><p class="quiet">{escape(kind.city)}, {kind.country} · '
        f"{kind.currency} · {escape(kind.timezone)} · location {escape(location.id)}</p></div>"
    )


def _contacts(location: Location) -> Iterable[Sequence[str]]:
    for each in _newest(location.state.contacts.values()):
        yield (
            each.full_name or each.company_name or "—",
            each.email or "",
            each.phone or "",
            ", ".join(each.tags),
        )


def _invoices(location: Location) -> Iterable[Sequence[str]]:
    for each in _newest(location.state.invoices.values()):
        money = [_money(amount, each.currency) for amount in (each.total, each.amount_paid, each.amount_due)]
        number, person = f"{each.number_prefix}{each.number}", str(each.contact_details["name"])
        yield number, each.name, person, each.status, each.issue_date.isoformat(), *money


def _orders(location: Location) -> Iterable[Sequence[str]]:
    for each in _newest(location.state.orders.values()):
        person = str(each.contact_snapshot.get("email", ""))
        yield (
            each.source.name,
            person,
            each.status,
            dates.written(each.created_at),
            _money(each.amount, each.currency),
        )


def _transactions(location: Location) -> Iterable[Sequence[str]]:
    for each in _newest(location.state.transactions.values()):
        contact = location.state.contacts.get(each.contact_id)
        yield (
            each.source.name,
            (contact.email or contact.full_name) if contact else "",
            each.status if each.live else f"{each.status} (test)",
            dates.written(each.created_at),
            _money(each.amount, each.currency),
            _money(each.amount_refunded, each.currency),
        )


def _messages(location: Location) -> Iterable[Sequence[str]]:
    for each in _newest(location.state.messages):
        yield dates.written(each.at), each.to, each.subject


def _table(
    title: str, heads: Sequence[str], rows: Iterable[Sequence[str]], total: int, *, sums: int = 0
) -> str:
    """A card with a table; the last `sums` columns are figures."""
    figures = set(range(len(heads) - sums, len(heads)))

    def cells(tag: str, row: Sequence[str]) -> str:
        return "".join(
            f'<{tag} class="sum">{escape(cell)}</{tag}>'
            if number in figures
            else f"<{tag}>{escape(cell)}</{tag}>"
            for number, cell in enumerate(row)
        )

    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    shown = f"newest {ROWS_MAX} of {total}" if total > ROWS_MAX else str(total)
    table = f'<div class="scroll"><table><tr>{cells("th", heads)}</tr>{body}</table></div>'
    return (
        f'<div class="card"><h2>{escape(title)} <span class="quiet">({shown})</span></h2>'
        f"{table if total else '<p class=quiet>None yet.</p>'}</div>"
    )


def _money(amount: Decimal, currency: str) -> str:
    return f"{amount:,.2f} {currency}"


def _newest(records: Iterable[T]) -> list[T]:
    return list(records)[::-1][:ROWS_MAX]
