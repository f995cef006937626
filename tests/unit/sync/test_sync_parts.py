"""The small parts that decisions are made of."""

from __future__ import annotations

from decimal import Decimal

import pytest

from counterfoil.crm import records as crm
from counterfoil.sync.parts import folding, lines, matching, merging, naming, places, totals
from counterfoil.sync.parts.merging import Verdict
from unit.sync import given


@pytest.mark.parametrize(
    ("wanted", "written", "current", "verdict"),
    [
        (None, "a", "b", Verdict.IN_STEP),
        ("a", None, "a", Verdict.IN_STEP),
        ("a", "b", "a", Verdict.IN_STEP),
        ("a", None, None, Verdict.WRITE),
        ("a", None, "b", Verdict.WRITE),
        ("a", "b", "b", Verdict.WRITE),
        ("a", "b", None, Verdict.WRITE),
        ("a", "a", "b", Verdict.KEEP),
        ("a", "a", None, Verdict.KEEP),
        ("a", "b", "c", Verdict.OVERWRITE),
    ],
)
def test_R12_the_table_of_the_three_way_comparison(
    wanted: str | None, written: str | None, current: str | None, verdict: Verdict
) -> None:
    """All cases of one member."""
    assert merging.verdict(wanted=wanted, written=written, current=current) is verdict


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("+12075550143", "(207) 555-0143", True),
        ("+12075550143", "1 207 555 0143", True),
        ("+12075550143", "+12075550144", False),
        ("+12075550143", "+442075550143", False),
        ("+12075550143", "555-0143", False),
        ("", "+12075550143", False),
        ("", "", True),
        ("ask Bob", "", True),
    ],
)
def test_R12_phones_are_compared_by_their_digits(one: str, other: str, same: bool) -> None:
    """However they are grouped, with or without the country."""
    assert matching.same_phone(one, other) is same


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("US", "US"),
        ("us", "US"),
        ("USA", "US"),
        ("United States", "US"),
        ("Germany", "DE"),
        ("UK", "GB"),
        ("Atlantis", ""),
        ("ZZ9", ""),
        ("", ""),
    ],
)
def test_R50_countries_as_people_write_them(text: str, code: str) -> None:
    """Two letters, a name, or a custom."""
    assert places.country_code(text) == code


@pytest.mark.parametrize(
    ("amount", "quantity", "listed", "price"),
    [
        ("100.00", "2", "50.00", "50"),
        ("100.00", "2", "49.00", "50"),
        ("98.99", "3", "33.33", "32.997"),
        ("1861.08", "14.50", "128.350", "128.3503"),
        ("0.05", "0.001", "49.99", "49.99"),
        ("0.00", "0", "12.00", "12"),
        ("0.00", "3", "0", "0"),
        ("-10.00", "1", "-10", "-10"),
        ("5000.00", "1", "5E+3", "5000"),
        ("5.00", "0", "12.00", None),
        ("0.01", "100000000000", "9", None),
        ("100.00", "3", "33.333333333333336", "33.333"),
    ],
)
def test_R35_the_unit_price_is_the_listed_one_or_the_shortest_that_fits(
    amount: str, quantity: str, listed: str, price: str | None
) -> None:
    """Never one whose product lies between two cents, and none where ten places do not help."""
    found = lines.unit_price(Decimal(amount), Decimal(quantity), listed=Decimal(listed))

    assert (None if found is None else str(found)) == price


def test_R35_a_product_restricted_discount_stays_on_its_lines() -> None:
    """The other line keeps its price."""
    sale = totals.Sale(
        lines=(
            given.line("Course", "1", "100", product_id="p1"),
            given.line("Book", "1", "50", product_id="p2"),
        ),
        discount=crm.Discount(kind=crm.DiscountKind.FIXED, value=Decimal(20), product_ids=("p2",)),
        sub_total=Decimal(150),
        discount_total=Decimal(20),
        tax_total=Decimal(0),
        total=Decimal(130),
    )

    assert [str(line.amount) for line in folding.fold(sale)] == ["100.00", "30.00"]


def test_R35_tax_falls_only_on_the_lines_that_carry_it() -> None:
    """A line without a tax keeps its price."""
    sale = totals.Sale(
        lines=(
            given.line("Course", "1", "100", taxes=(given.tax("10"), given.tax("2.5", "t2"))),
            given.line("Book", "1", "50"),
        ),
        sub_total=Decimal(150),
        discount_total=Decimal(0),
        tax_total=Decimal("12.50"),
        total=Decimal("162.50"),
    )

    assert [str(line.amount) for line in folding.fold(sale)] == ["112.50", "50.00"]


@pytest.mark.parametrize("told", ["0", "10.00"])
def test_R35_an_inclusive_price_contains_its_tax(told: str) -> None:
    """Whether or not the CRM counts it in its tax sum."""
    sale = totals.Sale(
        lines=(given.line("Course", "1", "110", taxes=(given.tax("10"),), tax_inclusive=True),),
        sub_total=Decimal(110),
        discount_total=Decimal(0),
        tax_total=Decimal(told),
        total=Decimal(110),
    )

    assert [str(line.amount) for line in folding.fold(sale)] == ["110.00"]


def test_R35_a_tax_that_no_line_names_falls_on_all() -> None:
    """An automatic tax is only known as a sum."""
    sale = totals.Sale(
        lines=(given.line("Course", "1", "100"), given.line("Book", "1", "50")),
        sub_total=Decimal(150),
        discount_total=Decimal(0),
        tax_total=Decimal("9.00"),
        total=Decimal("159.00"),
    )

    assert [str(line.amount) for line in folding.fold(sale)] == ["106.00", "53.00"]


def test_R35_a_line_below_zero_keeps_its_amount() -> None:
    """A discount written as a line."""
    sale = totals.Sale(
        lines=(given.line("Course", "1", "100"), given.line("Loyalty", "1", "-10")),
        sub_total=Decimal(90),
        discount_total=Decimal(0),
        tax_total=Decimal(0),
        total=Decimal(90),
    )

    assert [str(line.amount) for line in folding.fold(sale)] == ["100.00", "-10.00"]


def test_R35_free_lines_stay_and_a_fee_does_not_touch_them() -> None:
    """Nothing is moved onto a line of zero."""
    sale = totals.Sale(
        lines=(given.line("Gift", "1", "0"), given.line("Gift wrap", "2", "0")),
        sub_total=Decimal(0),
        discount_total=Decimal(0),
        tax_total=Decimal(0),
        total=Decimal("4.50"),
    )

    told = [(line.name, str(line.amount)) for line in folding.fold(sale)]

    assert told == [("Gift", "0"), ("Gift wrap", "0"), (lines.BEYOND_NAME, "4.50")]


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("a@b.co", True),
        ("a@b.co, c@d.org", True),
        ("a@b", False),
        ("a b@c.de", False),
        ("@b.co", False),
        (f"{'a' * 95}@b.org", False),
    ],
)
def test_R14_an_address_is_taken_when_quickbooks_would(address: str, kept: bool) -> None:
    """An @, a dot behind it, at most 100 characters."""
    assert naming.email(address) == (address if kept else "")


def test_R39_a_line_without_a_name_is_a_sale() -> None:
    """QuickBooks needs a name for the item."""
    assert naming.item_name("  ") == "Sale"
    assert lines.item_key(given.line("")) == "name/sale"


def test_R39_the_same_product_is_the_same_item_whatever_the_line_is_called() -> None:
    """And a name is the same item whatever its case."""
    assert lines.item_key(given.line("Course, spring", product_id="p1")) == "p1"
    assert lines.item_key(given.line("Course")) == lines.item_key(given.line("COURSE "))
