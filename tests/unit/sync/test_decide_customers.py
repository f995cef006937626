"""CRM contact → QuickBooks customer, rule by rule (R10-R17)."""

from __future__ import annotations

from datetime import date

import pytest

from counterfoil.crm import records as crm
from counterfoil.quickbooks import entities as qb
from counterfoil.sync import facts
from counterfoil.sync.decide import decide
from counterfoil.sync.facts import Origin
from counterfoil.sync.plan import Adopt, Nothing, Operation, Pair
from counterfoil.sync.reasons import Because
from unit.sync import given


def update_of(known: facts.ContactFacts) -> qb.Customer:
    body = given.write(decide(known)).body
    assert isinstance(body, qb.Customer)
    return body


def linked(person: crm.Contact, customer: qb.Customer, **members: object) -> facts.ContactFacts:
    return given.contact_facts(person, link=given.customer_link(), customer=customer, **members)


def test_R10_a_contact_that_never_bought_is_no_customer() -> None:
    """A contact alone posts nothing."""
    assert decide(given.contact_facts(billable=False)) == Nothing(Because.NOT_BILLABLE)


def test_R10_a_contact_that_is_gone_posts_nothing() -> None:
    """Without a sale nobody misses it."""
    gone = given.changed(given.contact_facts(billable=False), contact=None)

    assert decide(gone) == Nothing(Because.CONTACT_GONE)


def test_R72_a_sale_whose_contact_is_gone_is_asked_about() -> None:
    """The sale waits for this customer, so silence would lose it."""
    gone = given.changed(given.contact_facts(), contact=None)

    assert given.asked(decide(gone)).because is Because.CONTACT_GONE_BEFORE_SALE


@pytest.mark.parametrize(
    "address",
    ["ADA@example.com", " ada@example.com ", "office@x.org, Ada@Example.com", "a@b.c;ada@example.com"],
)
def test_R11_the_address_decides_however_it_is_written(address: str) -> None:
    """Case, blanks and further addresses in the field do not matter."""
    found = given.customer(primary_email_addr=qb.EmailAddress(address))

    decided = decide(given.contact_facts(candidates=given.candidates(found)))

    assert decided == Adopt(
        pair=Pair(
            crm_kind="contact", crm_id="c1", entity="Customer", entity_id="58", origin=Origin.QUICKBOOKS
        ),
        because=Because.CUSTOMER_MATCHED,
    )


def test_R16_the_customer_of_a_contact_that_is_gone_goes_to_the_one_with_its_address() -> None:
    """Merged, or deleted and made again (HighLevel reference 5.6): the links follow, and nothing is made twice."""
    held = facts.Candidate(customer=given.customer(), gone_contact="c0")

    decided = decide(given.contact_facts(candidates=(held,)))

    assert isinstance(decided, Adopt)
    assert (decided.because, decided.instead_of) == (Because.CUSTOMER_FOLLOWS, "c0")


def test_R11_a_name_alone_never_matches() -> None:
    """Two people may have one name."""
    namesake = given.customer(primary_email_addr=qb.EmailAddress("other@example.com"))

    assert (
        given.write(decide(given.contact_facts(candidates=given.candidates(namesake)))).entity == "Customer"
    )


def test_R11_a_deleted_customer_is_nobody() -> None:
    """The stub of a merged customer is not matched."""
    stub = given.customer(status="Deleted")

    assert (
        given.write(decide(given.contact_facts(candidates=given.candidates(stub)))).operation
        is Operation.CREATE
    )


def test_R11_an_existing_link_decides_first() -> None:
    """A linked contact is never matched anew."""
    known = given.contact_facts(
        link=given.customer_link(),
        customer=given.customer(id="58"),
        candidates=given.candidates(given.customer(id="9")),
    )

    assert given.write(decide(known)).body.id == "58"


def test_R12_only_what_the_crm_knows_and_differs_is_sent() -> None:
    """The update is sparse: phone and address, nothing that agrees, nothing blank, no DisplayName."""
    person = given.contact(company="")
    customer = given.customer(display_name="Byron, Ada (VIP)", company_name="Engines Ltd", sync_token="4")

    decided = given.write(decide(linked(person, customer)))

    assert decided.because is Because.CUSTOMER_UPDATED
    assert decided.body == qb.Customer(
        id="58",
        sync_token="4",
        sparse=True,
        primary_phone=qb.TelephoneNumber("+12075550143"),
        bill_addr=qb.PhysicalAddress(
            line1="14 Harbour Lane",
            city="Portland",
            country_sub_division_code="ME",
            postal_code="04101",
            country="US",
        ),
    )


def test_R12_a_phone_written_otherwise_is_the_same_phone() -> None:
    """Digits count, not how they are grouped."""
    person = given.contact(address=crm.Address())
    customer = given.customer(primary_phone=qb.TelephoneNumber("(207) 555-0143"))

    assert decide(linked(person, customer)) == Nothing(Because.CUSTOMER_IN_STEP)


def test_R12_address_lines_that_the_crm_does_not_know_stay() -> None:
    """QuickBooks replaces addresses whole, so the second line is sent along."""
    person = given.contact(phone="", address=crm.Address(city="Bangor"))
    standing = qb.PhysicalAddress(line1="1 Pier", line2="Suite 5", city="Portland", country="USA")

    body = update_of(linked(person, given.customer(bill_addr=standing)))

    assert body.bill_addr == given.changed(standing, city="Bangor")


def test_R12_a_country_written_out_is_the_same_country() -> None:
    """USA and US are no difference."""
    person = given.contact(phone="", address=crm.Address(country="US"))

    known = linked(person, given.customer(bill_addr=qb.PhysicalAddress(country="United States")))

    assert decide(known) == Nothing(Because.CUSTOMER_IN_STEP)


def test_R12_a_bookkeepers_change_is_kept() -> None:
    """The CRM says what it said at our last write; the newer phone in QuickBooks stays."""
    person = given.contact(address=crm.Address())
    written = qb.Customer(
        given_name="Ada", family_name="Byron", primary_phone=qb.TelephoneNumber("+12075550143")
    )
    customer = given.customer(primary_phone=qb.TelephoneNumber("+12075550199"))

    assert decide(linked(person, customer, written=written)) == Nothing(Because.CUSTOMER_KEPT)


def test_R12_a_later_change_in_the_crm_goes_over_it_and_shows_what_stood_there() -> None:
    """Both sides changed the phone: the CRM's counts, the other one stays visible."""
    person = given.contact(phone="+12075550111", address=crm.Address())
    written = qb.Customer(
        primary_phone=qb.TelephoneNumber("+12075550143"), given_name="Ada", family_name="Byron"
    )
    customer = given.customer(primary_phone=qb.TelephoneNumber("+12075550199"))

    decided = given.write(decide(linked(person, customer, written=written)))

    assert decided.body.primary_phone == qb.TelephoneNumber("+12075550111")
    assert decided.overwrites == (("Phone", "+12075550199"),)


def test_R12_an_address_part_that_a_bookkeeper_changed_is_kept_while_another_is_written() -> None:
    """Addresses are compared member by member."""
    person = given.contact(phone="", address=crm.Address(line1="2 Quay", city="Portland"))
    written = qb.Customer(
        given_name="Ada", family_name="Byron", bill_addr=qb.PhysicalAddress(line1="1 Quay", city="Portland")
    )
    customer = given.customer(bill_addr=qb.PhysicalAddress(line1="1 Quay", city="South Portland"))

    decided = given.write(decide(linked(person, customer, written=written)))

    assert decided.body.bill_addr == qb.PhysicalAddress(line1="2 Quay", city="South Portland")
    assert decided.kept == (("Address", "South Portland"),)


def test_R12_the_address_line_is_overwritten_when_both_changed_it() -> None:
    """What stood there is told."""
    person = given.contact(phone="", address=crm.Address(city="Bangor"))
    written = qb.Customer(
        bill_addr=qb.PhysicalAddress(city="Portland"), given_name="Ada", family_name="Byron"
    )
    customer = given.customer(bill_addr=qb.PhysicalAddress(city="Augusta"))

    assert given.write(decide(linked(person, customer, written=written))).overwrites == (
        ("Address", "Augusta"),
    )


def test_R12_an_inactive_match_is_made_active_again() -> None:
    """It buys again, so it is no longer inactive."""
    decided = given.write(decide(linked(given.contact(), given.customer(active=False))))

    assert decided.because is Because.CUSTOMER_REACTIVATED
    assert decided.body.active is True


def test_R12_a_customer_made_inactive_after_our_write_stays_inactive() -> None:
    """That was a bookkeeper's decision."""
    person = given.contact(phone="", address=crm.Address())
    written = qb.Customer(given_name="Ada", family_name="Byron", active=True)

    known = linked(person, given.customer(active=False), written=written)

    assert decide(known) == Nothing(Because.CUSTOMER_IN_STEP)


def test_R12_a_customer_that_is_not_known_here_is_left_alone() -> None:
    """Without its SyncToken nothing can be written."""
    known = given.contact_facts(link=given.customer_link(), customer=None)

    assert decide(known) == Nothing(Because.CUSTOMER_UNKNOWN)


def test_R12_a_customer_born_in_the_crm_follows_its_name_and_address() -> None:
    """DisplayName and e-mail are ours there."""
    person = given.contact(
        family_name="Lovelace", email="lovelace@example.com", phone="", address=crm.Address()
    )
    written = qb.Customer(
        display_name="Ada Byron",
        given_name="Ada",
        family_name="Byron",
        primary_email_addr=qb.EmailAddress("ada@example.com"),
    )
    known = given.contact_facts(
        person, link=given.customer_link(Origin.CRM), customer=given.customer(), written=written
    )

    body = update_of(known)

    assert body.display_name == "Ada Lovelace"
    assert body.family_name == "Lovelace"
    assert body.primary_email_addr == qb.EmailAddress("lovelace@example.com")


def test_R12_a_suffix_that_was_needed_once_is_not_taken_away() -> None:
    """The name was taken at the creation; the customer keeps the name that it got."""
    person = given.contact(phone="", address=crm.Address())
    name = "Ada Byron (ada@example.com)"
    written = qb.Customer(
        display_name=name,
        given_name="Ada",
        family_name="Byron",
        primary_email_addr=qb.EmailAddress("ada@example.com"),
    )
    known = given.contact_facts(
        person,
        link=given.customer_link(Origin.CRM),
        customer=given.customer(display_name=name),
        written=written,
    )

    assert decide(known) == Nothing(Because.CUSTOMER_IN_STEP)


def test_R13_active_then_top_level_then_recent_then_lowest_id() -> None:
    """The order of choice, and the others are shown."""
    recent = facts.Candidate(customer=given.customer(id="10"), last_transaction=date(2026, 2, 1))
    old = facts.Candidate(customer=given.customer(id="2"), last_transaction=date(2025, 2, 1))
    never_low = facts.Candidate(customer=given.customer(id="9"))
    never_high = facts.Candidate(customer=given.customer(id="11"))
    sub = facts.Candidate(
        customer=given.customer(id="1", job=True, parent_ref=qb.Ref("2")), last_transaction=date(2026, 3, 1)
    )
    inactive = facts.Candidate(
        customer=given.customer(id="3", active=False), last_transaction=date(2026, 3, 2)
    )

    decided = decide(given.contact_facts(candidates=(inactive, never_high, sub, old, never_low, recent)))

    assert isinstance(decided, Adopt)
    assert decided.because is Because.CUSTOMER_CHOSEN
    assert decided.pair.entity_id == "10"
    assert decided.others == ("2", "9", "11", "1", "3")


def test_R14_a_new_customer_gets_everything_that_the_crm_knows() -> None:
    """One create, with the link that it makes."""
    decided = given.write(decide(given.contact_facts(given.contact(company="Engines Ltd"))))

    assert decided.because is Because.CUSTOMER_CREATED
    assert decided.cause == "contact/c1/customer"
    assert decided.pair == Pair(crm_kind="contact", crm_id="c1", entity="Customer", origin=Origin.CRM)
    assert decided.body == qb.Customer(
        display_name="Ada Byron",
        given_name="Ada",
        family_name="Byron",
        company_name="Engines Ltd",
        primary_email_addr=qb.EmailAddress("ada@example.com"),
        primary_phone=qb.TelephoneNumber("+12075550143"),
        bill_addr=qb.PhysicalAddress(
            line1="14 Harbour Lane",
            city="Portland",
            country_sub_division_code="ME",
            postal_code="04101",
            country="US",
        ),
    )


def test_R14_a_taken_name_gets_the_address_then_a_number() -> None:
    """6240 counts customers, vendors and employees; their names are not taken from them."""
    taken = {"ada byron"}
    first = given.write(decide(given.contact_facts(taken_names=frozenset(taken)))).body
    second = given.write(
        decide(given.contact_facts(taken_names=frozenset({*taken, "ada byron (ada@example.com)"})))
    ).body

    assert first.display_name == "Ada Byron (ada@example.com)"
    assert second.display_name == "Ada Byron (ada@example.com) 2"


@pytest.mark.parametrize(
    ("person", "name"),
    [
        (given.contact(given_name="", family_name="", name="", company="Engines Ltd"), "Engines Ltd"),
        (given.contact(given_name="", family_name="", name="", company=""), "ada@example.com"),
        (given.contact(given_name="", family_name="", name="", email=""), "+12075550143"),
        (given.contact(given_name="", family_name="", name="", email="", phone=""), "Contact c1"),
        (given.contact(given_name="Ada:\tthe", family_name="First\nByron"), "Ada the First Byron"),
        (given.contact(given_name="A" * 150, family_name=""), "A" * 100),
    ],
)
def test_R14_every_contact_gets_a_name_that_quickbooks_takes(person: crm.Contact, name: str) -> None:
    """Company, address, phone or id stand in; forbidden characters and lengths are handled."""
    assert given.write(decide(given.contact_facts(person))).body.display_name == name


def test_R15_without_an_address_the_contact_gets_a_customer_of_its_own() -> None:
    """It is matched by its link only, even when somebody has its name."""
    known = given.contact_facts(given.contact(email=""), candidates=given.candidates(given.customer()))

    decided = given.write(decide(known))

    assert decided.because is Because.CUSTOMER_CREATED_WITHOUT_EMAIL
    assert decided.body.primary_email_addr is None


def test_R15_an_address_that_quickbooks_would_refuse_is_left_out() -> None:
    """A typing error must not keep a sale from the books."""
    decided = given.write(decide(given.contact_facts(given.contact(email="ada at example"))))

    assert decided.body.primary_email_addr is None


def test_R17_the_sibling_of_the_sales_currency_is_matched_or_created() -> None:
    """A customer has one currency for ever; the dollar customer is not used for euros."""
    books = given.changed(given.BOOKS, multi_currency=True)
    dollars = given.customer(id="1", currency_ref=qb.Ref("USD"))
    euros = given.customer(id="2", currency_ref=qb.Ref("EUR"))

    matched = decide(
        given.contact_facts(books=books, currency="EUR", candidates=given.candidates(dollars, euros))
    )
    created = given.write(
        decide(given.contact_facts(books=books, currency="EUR", candidates=given.candidates(dollars)))
    )

    assert isinstance(matched, Adopt)
    assert matched.pair.entity_id == "2"
    assert created.body.currency_ref == qb.Ref("EUR")


def test_R54_an_imported_contact_is_not_written_back() -> None:
    """It is linked, differs, and nothing was bought: nothing happens."""
    known = linked(given.contact(phone="+12075550111"), given.customer(), billable=False)

    assert decide(known) == Nothing(Because.NOT_BILLABLE)
