"""What the story has in hand: the neighbours, what happened so far, and what each step leaves for the closing table."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from counterfoil_demo.neighbours import Crm, QuickBooks, Row, Service
from counterfoil_demo.patience import until


@dataclass(frozen=True, slots=True)
class Pair:
    """A record with its total on both sides; None where the side has no such record."""

    record: str
    crm: Decimal | None
    quickbooks: Decimal | None
    note: str = ""

    @property
    def agrees(self) -> bool:
        """Both sides have it, with the same total."""
        return self.crm is not None and self.crm == self.quickbooks


@dataclass(frozen=True, slots=True)
class Calls:
    """What one bank was asked: reads and writes, and how many of them Intuit charges for (QuickBooks alone)."""

    reads: int
    writes: int
    metered: int = 0

    @property
    def all(self) -> int:
        """Reads and writes together."""
        return self.reads + self.writes


@dataclass(frozen=True, slots=True)
class Count:
    """One bank's calls by its own journal and by Counterfoil's count."""

    bank: str
    journal: Calls
    counted: Calls

    @property
    def agrees(self) -> bool:
        """Both counted the same."""
        return self.journal == self.counted


@dataclass(slots=True)
class Scene:
    """The story so far. `home` is the address of the connection's page once there is one."""

    quickbooks: QuickBooks
    crm: Crm
    service: Service
    home: str = ""
    connection: Row = field(default_factory=dict)
    location_zone: str = "UTC"
    company_zone: str = "UTC"
    customers: list[Row] = field(default_factory=list)
    typed_in: list[Row] = field(default_factory=list)
    invoice: Row = field(default_factory=dict)
    membership: Row = field(default_factory=dict)
    pairs: list[Pair] = field(default_factory=list)
    counts: list[Count] = field(default_factory=list)

    def today(self) -> date:
        """The day at the business."""
        return datetime.now(ZoneInfo(self.location_zone)).date()

    async def posted_invoice(self, number: str, *, total: Decimal, balance: Decimal) -> Row | None:
        """The QuickBooks invoice of this number, once it has this total and balance or time is up."""

        async def ask() -> Row | None:
            found = await self.quickbooks.rows("Invoice", f"DocNumber = '{number}'")
            return found[0] if len(found) == 1 else None

        return await until(
            ask, lambda row: row is not None and (row["TotalAmt"], row["Balance"]) == (total, balance)
        )

    async def customer(self, email: str) -> Row | None:
        """The QuickBooks customer with this e-mail address."""
        found = await self.quickbooks.rows("Customer", f"PrimaryEmailAddr = '{email}'")
        return found[0] if len(found) == 1 else None
