"""The kinds of location: where the business is, in which money it trades and which taxes it charges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class TaxKind:
    """A manual tax of Payments -> Settings -> Taxes; `rate` in percent. No API lists these (reference 10)."""

    id: str
    name: str
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Kind:
    """One country's business. `tax_inclusive` is the location's setting: prices contain the tax."""

    name: str
    country: str
    currency: str
    symbol: str
    timezone: str
    company: str
    address: str
    city: str
    state: str
    postal_code: str
    phone: str
    dialling: str
    taxes: tuple[TaxKind, ...]
    tax_inclusive: bool


def _tax(number: int, name: str, rate: str) -> TaxKind:
    return TaxKind(f"6910aa55c3b2e41d85a9{number:04x}", name, Decimal(rate))


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "us": Kind(
            name="us",
            country="US",
            currency="USD",
            symbol="$",
            timezone="America/New_York",
            company="Harbour Home Services",
            address="2 Dock Street",
            city="Portland",
            state="ME",
            postal_code="04101",
            phone="+12075550100",
            dialling="+1207555",
            taxes=(_tax(1, "Sales tax", "8.25"), _tax(2, "County levy", "0.5")),
            tax_inclusive=False,
        ),
        "gb": Kind(
            name="gb",
            country="GB",
            currency="GBP",
            symbol="£",
            timezone="Europe/London",
            company="Severn Home Services Ltd",
            address="8 Wharf Road",
            city="Bristol",
            state="",
            postal_code="BS1 6XN",
            phone="+441174960100",
            dialling="+44117496",
            taxes=(_tax(0x11, "VAT 20%", "20"), _tax(0x12, "VAT 5%", "5")),
            tax_inclusive=True,
        ),
        "ca": Kind(
            name="ca",
            country="CA",
            currency="CAD",
            symbol="$",
            timezone="America/Toronto",
            company="Lakeshore Home Services Inc.",
            address="40 Queen Street",
            city="Kingston",
            state="ON",
            postal_code="K7K 1A1",
            phone="+16135550100",
            dialling="+1613555",
            taxes=(_tax(0x23, "HST ON", "13"), _tax(0x21, "GST", "5"), _tax(0x22, "PST BC", "7")),
            tax_inclusive=False,
        ),
        "au": Kind(
            name="au",
            country="AU",
            currency="AUD",
            symbol="$",
            timezone="Australia/Sydney",
            company="Quayside Home Services Pty Ltd",
            address="11 Wattle Street",
            city="Sydney",
            state="NSW",
            postal_code="2007",
            phone="+61255501000",
            dialling="+6125550",
            taxes=(_tax(0x31, "GST", "10"),),
            tax_inclusive=True,
        ),
        "eu": Kind(
            name="eu",
            country="IE",
            currency="EUR",
            symbol="€",
            timezone="Europe/Dublin",
            company="Liffey Home Services DAC",
            address="3 Canal Row",
            city="Dublin",
            state="",
            postal_code="D02 AF30",
            phone="+35315550100",
            dialling="+3531555",
            taxes=(_tax(0x41, "VAT 23%", "23"), _tax(0x42, "VAT 13.5%", "13.5")),
            tax_inclusive=True,
        ),
    }
)


def symbol_of(currency: str) -> str:
    """The sign of a currency; its code where none of the locations trades in it."""
    return next((kind.symbol for kind in KINDS.values() if kind.currency == currency), currency)
