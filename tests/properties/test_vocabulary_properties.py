"""Money, matching and naming under everything that Hypothesis can think of."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from counterfoil import money
from counterfoil.quickbooks import entities as qb
from counterfoil.sync.facts import Candidate
from counterfoil.sync.parts import matching, naming
from unit.sync import given

places = st.integers(0, 4)
weights = st.lists(
    st.integers(0, 10**9).map(lambda number: Decimal(number).scaleb(-3)), min_size=1, max_size=12
)


@settings(max_examples=300, deadline=None)
@drawn(st.integers(-(10**9), 10**9), places, weights)
def test_R76_a_split_loses_nothing_and_favours_nobody(
    units: int, decimals: int, shares_by: list[Decimal]
) -> None:
    """The shares add up, and each is less than one unit away from its exact part."""
    total = Decimal(units).scaleb(-decimals)

    shares = money.split(total, shares_by, decimals)

    assert sum(shares) == total
    whole = sum(shares_by)
    for share, weight in zip(shares, shares_by, strict=True):
        assert money.rounded(share, decimals) == share
        if whole:
            assert abs(share - total * weight / whole) < money.unit(decimals)
            assert weight or not share


@settings(max_examples=100, deadline=None)
@drawn(st.integers(0, 10**6), weights)
def test_R76_a_split_of_the_opposite_is_the_opposite(units: int, shares_by: list[Decimal]) -> None:
    """Below zero the same cents move."""
    total = Decimal(units).scaleb(-2)

    assert money.split(-total, shares_by) == tuple(-share for share in money.split(total, shares_by))


local = st.from_regex(r"[a-z0-9.+_-]{1,12}", fullmatch=True)
addresses = st.builds(lambda name, host: f"{name}@{host}.example", local, st.sampled_from(["a", "b", "mail"]))
noise = st.sampled_from(["", " ", "\t", "  "])


@settings(max_examples=150, deadline=None)
@drawn(st.lists(addresses, min_size=1, max_size=4), st.data())
def test_R11_an_address_is_found_in_any_notation(listed: list[str], data: st.DataObject) -> None:
    """Upper case, blanks, commas or semicolons: it is among them, in both directions, and others are not."""
    wanted = data.draw(st.sampled_from(listed))
    field = "".join(
        data.draw(noise)
        + data.draw(st.sampled_from([each, each.upper()]))
        + data.draw(st.sampled_from([",", ";"]))
        for each in listed
    )

    assert matching.share_address(field, wanted.title())
    assert matching.share_address(wanted, field)
    assert not matching.share_address(field, "nobody@elsewhere.example")
    assert not matching.share_address(field, "")


found = st.builds(
    lambda number, active, sub, latest: Candidate(
        customer=given.customer(id=str(number), active=active, job=sub), last_transaction=latest
    ),
    st.integers(1, 200),
    st.sampled_from([True, False, None]),
    st.booleans(),
    st.one_of(st.none(), st.dates()),
)


@settings(max_examples=150, deadline=None)
@drawn(st.lists(found, min_size=1, max_size=6, unique_by=lambda each: each.customer.id), st.randoms())
def test_R13_the_choice_does_not_depend_on_the_order(candidates: list[Candidate], chance: object) -> None:
    """However the mirror lists them; and nobody is better than the chosen one by an earlier rule."""
    shuffled = list(candidates)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # a seeded random.Random

    best, *others = matching.by_preference(shuffled)

    assert (best, *others) == matching.by_preference(candidates)
    assert sorted([best, *others], key=id) == sorted(candidates, key=id)
    if best.customer.active is False:
        assert all(each.customer.active is False for each in others)


names = st.text(max_size=160)


@settings(max_examples=250, deadline=None)
@drawn(names, names, names, st.one_of(st.just(""), addresses), st.integers(0, 5))
def test_R14_a_display_name_is_always_free_short_and_plain(
    first: str, last: str, company: str, email: str, refusals: int
) -> None:
    """Whatever people type, and however often QuickBooks refuses."""
    contact = given.contact(given_name=first, family_name=last, name="", company=company, email=email)
    taken: set[str] = set()

    for _ in range(refusals + 1):
        name = naming.display_name(contact, frozenset(taken))
        assert 0 < len(name) <= naming.NAME_MAX
        assert not set(":\t\n\r\x00") & set(name)
        assert name == name.strip()
        assert name.casefold() not in taken
        taken.add(name.casefold())
    assert naming.display_name(contact, frozenset(taken), name) == name


@settings(max_examples=150, deadline=None)
@drawn(names, st.integers(0, 12))
def test_R39_an_item_name_is_always_free_short_and_plain(line: str, refusals: int) -> None:
    """As for customers."""
    taken: set[str] = set()

    for _ in range(refusals + 1):
        name = naming.item_name(line, frozenset(taken))
        assert 0 < len(name) <= naming.ITEM_NAME_MAX
        assert not set(":\t\n") & set(name)
        assert name.casefold() not in taken
        taken.add(name.casefold())


@settings(max_examples=150, deadline=None)
@drawn(st.text(max_size=40), st.integers(0, 12))
def test_R32_a_number_is_always_free_and_at_most_21_characters(number: str, refusals: int) -> None:
    """A refused number is never tried again, and one that was accepted is kept."""
    taken: set[str] = set()

    for _ in range(refusals + 1):
        given_number = naming.doc_number(number, frozenset(taken))
        assert len(given_number) <= naming.DOC_NUMBER_MAX
        assert given_number not in taken
        if not given_number:
            return
        taken.add(given_number)
    assert naming.doc_number(number, frozenset(taken), given_number) == given_number


def test_R11_the_field_of_a_customer_without_an_address_is_empty() -> None:
    """Absent or unset is the same."""
    assert matching.address_of(qb.Customer()) == ""
    assert matching.address_of(qb.Customer(primary_email_addr=qb.EmailAddress())) == ""
