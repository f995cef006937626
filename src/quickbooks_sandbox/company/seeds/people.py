"""The customers of the sample company. Every name, address and number is invented."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Record = dict[str, Any]

_STREETS = ("Finch St.", "Ocean Dr.", "Cypress Ave.", "Mill Lane", "Quay Rd.", "Cedar Way", "Hill St.")
_PLACES = {
    "US": (
        ("Bayshore", "CA", "94326"),
        ("Half Moon Bay", "CA", "94213"),
        ("Tucson", "AZ", "85719"),
        ("Portland", "OR", "97201"),
        ("San Pablo", "CA", "87999"),
        ("Menlo Park", "CA", "94304"),
    ),
    "GB": (
        ("Bath", "Somerset", "BA2 4DB"),
        ("Bristol", "Bristol", "BS1 5TR"),
        ("Frome", "Somerset", "BA11 1BG"),
        ("Leeds", "West Yorkshire", "LS1 4AP"),
        ("Cardiff", "South Glamorgan", "CF10 1EP"),
        ("Stirling", "Stirlingshire", "FK8 2AB"),
    ),
    "CA": (
        ("Toronto", "ON", "M5V 2T6"),
        ("Hamilton", "ON", "L8P 4S6"),
        ("Montreal", "QC", "H2Y 1C6"),
        ("Halifax", "NS", "B3J 1S9"),
        ("Ottawa", "ON", "K1P 5J2"),
        ("Victoria", "BC", "V8W 1P6"),
    ),
    "AU": (
        ("Hobart", "TAS", "7000"),
        ("Launceston", "TAS", "7250"),
        ("Melbourne", "VIC", "3000"),
        ("Perth", "WA", "6000"),
        ("Kingston", "TAS", "7050"),
        ("Brisbane", "QLD", "4000"),
    ),
    "IE": (
        ("Galway", "Galway", "H91 X2Y4"),
        ("Cork", "Cork", "T12 W8XC"),
        ("Sligo", "Sligo", "F91 KW22"),
        ("Dublin", "Dublin", "D02 X285"),
        ("Ennis", "Clare", "V95 N6P3"),
        ("Westport", "Mayo", "F28 R6X7"),
    ),
}
"""Towns by country: most near the company, one or two in other regions."""

_SPECIAL: tuple[tuple[str, str, str, str, str], ...] = (
    # display name, given name, family name, company, e-mail
    ("Amelia's Aviary", "Amelia", "Lauterbach", "Amelia's Aviary", "birds@amelias.example"),
    ("O'Brien & Söhne GmbH", "Seán", "O'Brien", "O'Brien & Söhne GmbH", "office@obrien-soehne.example"),
    ("José Ibáñez", "José", "Ibáñez", "", "jose@ibanez.example"),
    ("Façade Études", "Zoë", "Lefèvre", "Façade Études", "zoe@facade.example"),
    (
        "Harbour Lights Café",
        "Noor",
        "Haddad",
        "Harbour Lights Café",
        "noor@harbour.example,books@harbour.example",
    ),
    ("Miller, Ada", "Ada", "Miller", "", "family@millers.example"),
    ("Miller, Ben", "Ben", "Miller", "", "family@millers.example"),
    ("Retired Roses Ltd", "Rosa", "Adler", "Retired Roses Ltd", "rosa@retired.example"),
    ("No Mail Farm", "Ole", "Nilsen", "No Mail Farm", ""),
)

_PLAIN = (
    ("Bea", "Thornton"),
    ("Carlos", "Mendes"),
    ("Dara", "Okonkwo"),
    ("Elias", "Vogel"),
    ("Farah", "Aziz"),
    ("Gwen", "Pritchard"),
    ("Hiro", "Tanaka"),
    ("Imani", "Brooks"),
    ("Jonas", "Lind"),
    ("Katya", "Sokolova"),
    ("Liam", "Doyle"),
    ("Mei", "Chen"),
    ("Nadia", "Rossi"),
    ("Oscar", "Blanc"),
    ("Priya", "Nair"),
    ("Quentin", "Ashby"),
    ("Rhea", "Costa"),
    ("Sam", "Whitlock"),
    ("Tove", "Berg"),
    ("Uri", "Katz"),
    ("Vera", "Novak"),
    ("Wes", "Hollis"),
    ("Yara", "Saleh"),
)

SUB_CUSTOMER = {"DisplayName": "Greenhouse extension", "Job": True}
SUB_CUSTOMER_OF = "Amelia's Aviary"
INACTIVE = "Retired Roses Ltd"
ABROAD = (("Brightwater Inc.", "USD"), ("Severn Nurseries Ltd", "GBP"))
"""Customers of companies of several currencies who pay in one of their own."""
VENDOR = {
    "DisplayName": "Quay Printing",
    "CompanyName": "Quay Printing",
    "PrimaryEmailAddr": {"Address": "hello@quayprinting.example"},
}
EMPLOYEE = {
    "GivenName": "Emily",
    "FamilyName": "Platt",
    "PrimaryEmailAddr": {"Address": "emily@larkspur.example"},
}


def sample(country: str) -> list[Record]:
    """The bodies that create the sample company's customers, in their order; they live in ``country``."""
    bodies = [_special(country, index, *row) for index, row in enumerate(_SPECIAL)]
    plain = enumerate(_PLAIN, len(bodies))
    bodies += [_person(country, index, given, family) for index, (given, family) in plain]
    return bodies


PLACES = 6
"""Who is so many places further lives in the same town."""


def many(country: str, count: int) -> Iterator[Record]:
    """``count`` active customers of a country with an e-mail each."""
    names = [(given, family) for family in _all_families() for given, _ in _PLAIN]
    for index in range(count):
        given, family = names[index % len(names)]
        series = index // len(names)
        suffix = f" {series + 1}" if series else ""
        body = _person(country, index, given, f"{family}{suffix}")
        body["PrimaryEmailAddr"] = {"Address": f"{given}.{family}{series or ''}@mail.example".lower()}
        yield body


def _all_families() -> list[str]:
    return [family for _, family in _PLAIN]


def _special(
    country: str, index: int, display: str, given: str, family: str, company: str, email: str
) -> Record:
    body: Record = {"DisplayName": display, "GivenName": given, "FamilyName": family}
    if company:
        body["CompanyName"] = company
    if email:
        body["PrimaryEmailAddr"] = {"Address": email}
        body["BillAddr"] = _address(country, index)
        body["ShipAddr"] = _address(country, index)
    return body


def _person(country: str, index: int, given: str, family: str) -> Record:
    return {
        "DisplayName": f"{given} {family}",
        "GivenName": given,
        "FamilyName": family,
        "PrimaryEmailAddr": {"Address": f"{given}.{family}@people.example".lower().replace(" ", "")},
        "PrimaryPhone": {"FreeFormNumber": f"(555) 010-{index % 10_000:04d}"},
        "BillAddr": _address(country, index),
        "ShipAddr": _address(country, index),
    }


def _address(country: str, index: int) -> Record:
    city, region, postal_code = _PLACES[country][index % PLACES]
    street = _STREETS[index % len(_STREETS)]
    return {
        "Line1": f"{100 + index} {street}",
        "City": city,
        "CountrySubDivisionCode": region,
        "PostalCode": postal_code,
    }
