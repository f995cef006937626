"""QuickBooks customer → CRM contact, rule by rule (R50-R54)."""

from __future__ import annotations

import pytest

from counterfoil.crm import records as crm
from counterfoil.quickbooks import entities as qb
from counterfoil.sync import plan
from counterfoil.sync.decide import decide
from counterfoil.sync.facts import Choices, Origin
from counterfoil.sync.plan import Adopt, CrmWrite, Nothing, Operation, Pair
from counterfoil.sync.reasons import Because
from unit.sync import given

FULL = given.customer(
    company_name="Engines Ltd",
    primary_email_addr=qb.EmailAddress("Ada@Example.com, office@example.com"),
    primary_phone=qb.TelephoneNumber("(207) 555-0143"),
    bill_addr=qb.PhysicalAddress(
        line1="14 Harbour Lane",
        line2="Suite 5",
        city="Portland",
        country_sub_division_code="ME",
        postal_code="04101",
        country="USA",
    ),
)


def pair(contact_id: str = "", *, primary: bool = True) -> Pair:
    return Pair(
        crm_kind="contact",
        crm_id=contact_id,
        entity="Customer",
        entity_id="58",
        origin=Origin.QUICKBOOKS,
        primary=primary,
    )


def draft_of(decided: plan.Plan) -> crm.ContactDraft:
    assert isinstance(decided, CrmWrite), decided
    return decided.draft


def test_R50_a_customer_without_a_contact_gets_one() -> None:
    """Names, company, first address, phone as E.164, address in one line, tag, source."""
    assert decide(given.customer_facts(FULL)) == CrmWrite(
        operation=Operation.CREATE,
        draft=crm.ContactDraft(
            given_name="Ada",
            family_name="Byron",
            company="Engines Ltd",
            email="ada@example.com",
            phone="+12075550143",
            address=crm.Address(
                line1="14 Harbour Lane, Suite 5",
                city="Portland",
                region="ME",
                postal_code="04101",
                country="US",
            ),
            tags=("quickbooks",),
            source="QuickBooks",
        ),
        cause="customer/58/contact",
        because=Because.CONTACT_CREATED,
        pair=pair(),
    )


@pytest.mark.parametrize(
    ("customer", "names"),
    [
        (qb.Customer(display_name="Ada King Byron"), ("Ada", "King Byron", None)),
        (qb.Customer(display_name="Ada"), ("Ada", None, None)),
        (qb.Customer(display_name="Engines Ltd", company_name="Engines Ltd"), (None, None, "Engines Ltd")),
        (qb.Customer(display_name="Ada Byron", company_name="Engines Ltd"), ("Ada", "Byron", "Engines Ltd")),
        (qb.Customer(display_name="ADA", family_name="Byron"), (None, "Byron", None)),
    ],
)
def test_R50_names_are_taken_or_read_from_the_display_name(
    customer: qb.Customer, names: tuple[str | None, str | None, str | None]
) -> None:
    """A DisplayName that is the company's is no person's."""
    draft = draft_of(decide(given.customer_facts(customer)))

    assert (draft.given_name, draft.family_name, draft.company) == names


@pytest.mark.parametrize(
    ("typed", "phone"),
    [
        ("207-555-0143", "+12075550143"),
        ("+44 20 7946 0958", "+442079460958"),
        ("ask Bob", None),
        ("555-0143", None),
        ("207-555-0143 ext. 12", "+12075550143"),
        ("", None),
    ],
)
def test_R50_a_phone_is_read_in_the_companys_country(typed: str, phone: str | None) -> None:
    """The CRM keeps whole numbers only; what is none stays in QuickBooks."""
    customer = given.customer(primary_phone=qb.TelephoneNumber(typed))

    assert draft_of(decide(given.customer_facts(customer))).phone == phone


def test_R50_a_country_that_nobody_knows_is_left_out() -> None:
    """The CRM takes two letters only."""
    customer = given.customer(bill_addr=qb.PhysicalAddress(city="Portland", country="Atlantis"))

    assert draft_of(decide(given.customer_facts(customer))).address == crm.Address(city="Portland")


@pytest.mark.parametrize(
    ("found_by", "because"),
    [("e-mail", Because.CONTACT_MATCHED_BY_EMAIL), ("phone", Because.CONTACT_MATCHED_BY_PHONE)],
)
def test_R50_a_contact_that_exists_is_used(found_by: str, because: Because) -> None:
    """It is linked; nothing is written yet."""
    decided = decide(given.customer_facts(contact=given.contact(), found_by=found_by))

    assert decided == Adopt(pair=pair("c1"), because=because)


PHONE = qb.TelephoneNumber("+1 207-555-0143")


@pytest.mark.parametrize(
    ("names", "agree"),
    [
        ({"name": "ada  BYRON"}, True),
        ({"name": "", "given_name": "Ada", "family_name": "Byron"}, True),
        ({"name": "", "given_name": "", "family_name": "", "company": "engines ltd"}, True),
        ({"name": "", "given_name": "", "family_name": ""}, True),
        ({"name": "Ida Byron"}, False),
        ({"name": "Ida Byron", "company": "Engines Ltd"}, False),
        ({"name": "", "given_name": "", "family_name": "", "company": "Looms Ltd"}, False),
    ],
)
def test_R50_a_shared_phone_number_makes_nobody_the_same_person(names: dict[str, str], agree: bool) -> None:
    """Families and offices share one (HighLevel reference 5.4, quirk 18). Whoever has another name gets a contact of
    their own, without the number: HighLevel would refuse a second one with it."""
    customer = given.customer(company_name="Engines Ltd", primary_email_addr=None, primary_phone=PHONE)
    contact = given.contact(email="", **names)

    decided = decide(given.customer_facts(customer, contact=contact, found_by="phone"))

    if agree:
        assert decided == Adopt(pair=pair("c1"), because=Because.CONTACT_MATCHED_BY_PHONE)
    else:
        assert isinstance(decided, CrmWrite)
        assert decided.because is Because.CONTACT_CREATED_WITHOUT_PHONE
        assert (decided.draft.given_name, decided.draft.phone) == ("Ada", None)
        assert decided.pair == pair("")


def test_R50_a_matched_contact_gets_the_tag_and_what_it_lacks() -> None:
    """Nothing of it is overwritten."""
    contact = given.contact(given_name="A.", phone="", company="", address=crm.Address(), tags=("vip",))

    decided = decide(given.customer_facts(FULL, contact=contact, link=given.customer_link()))

    assert isinstance(decided, CrmWrite)
    assert (decided.because, decided.contact_id) == (Because.CONTACT_COMPLETED, "c1")
    assert decided.draft == crm.ContactDraft(
        company="Engines Ltd",
        phone="+12075550143",
        address=crm.Address(
            line1="14 Harbour Lane, Suite 5", city="Portland", region="ME", postal_code="04101", country="US"
        ),
        tags=("quickbooks",),
    )


def test_R50_a_part_of_an_address_is_not_mixed_with_another_address() -> None:
    """A contact that has a city keeps its own address."""
    contact = given.contact(company="Engines Ltd", address=crm.Address(city="Bangor"), tags=("QuickBooks",))

    known = given.customer_facts(FULL, contact=contact, link=given.customer_link())

    assert decide(known) == Nothing(Because.CONTACT_IN_STEP)


def test_R50_a_contact_is_completed_once() -> None:
    """What somebody takes out of the contact afterwards stays out."""
    contact = given.contact(phone="", tags=())
    known = given.customer_facts(
        FULL,
        contact=contact,
        link=given.customer_link(),
        written=crm.ContactDraft(tags=("quickbooks",)),
        seen=FULL,
    )

    assert decide(known) == Nothing(Because.CONTACT_IN_STEP)


@pytest.mark.parametrize(
    ("customer", "because"),
    [
        (given.customer(active=False), Because.CUSTOMER_INACTIVE),
        (given.customer(status="Deleted"), Because.CUSTOMER_GONE),
    ],
)
def test_R50_only_active_customers_are_brought(customer: qb.Customer, because: Because) -> None:
    """Linked or not; contacts are never deleted."""
    assert decide(given.customer_facts(customer)) == Nothing(because)
    assert decide(
        given.customer_facts(customer, link=given.customer_link(), contact=given.contact())
    ) == Nothing(because)


def test_R50_an_unknown_customer_asks_for_nothing() -> None:
    """The mirror does not have it."""
    assert decide(given.changed(given.customer_facts(), customer=None)) == Nothing(Because.CUSTOMER_GONE)


def test_R52_a_change_in_quickbooks_reaches_the_contact_alone() -> None:
    """Only the members that changed there."""
    seen = given.customer(primary_phone=qb.TelephoneNumber("207-555-0143"))
    now = given.customer(primary_phone=qb.TelephoneNumber("207-555-0199"), sync_token="3")
    contact = given.contact(given_name="Augusta", company="Engines Ltd")

    decided = decide(
        given.customer_facts(now, seen=seen, contact=contact, link=given.customer_link(Origin.CRM))
    )

    assert decided == CrmWrite(
        operation=Operation.UPDATE,
        draft=crm.ContactDraft(phone="+12075550199"),
        cause="customer/58/update/3",
        because=Because.CONTACT_UPDATED,
        contact_id="c1",
    )


def test_R52_a_moved_customer_moves_the_contact() -> None:
    """Only the changed parts of the address are written."""
    now = given.changed(FULL, bill_addr=given.changed(FULL.bill_addr, line1="2 Quay", line2=None))
    known = given.customer_facts(
        now, seen=FULL, contact=given.contact(), link=given.customer_link(), written=crm.ContactDraft()
    )

    assert draft_of(decide(known)) == crm.ContactDraft(address=crm.Address(line1="2 Quay"))


def test_R52_a_change_that_the_contact_has_already_is_no_change() -> None:
    """Another notation or order of addresses is none either."""
    seen = given.customer(primary_email_addr=qb.EmailAddress("old@example.com"), primary_phone=None)
    now = given.customer(
        primary_email_addr=qb.EmailAddress("office@example.com; ADA@example.com"),
        primary_phone=qb.TelephoneNumber("2075550143"),
        family_name="Byron",
    )
    known = given.customer_facts(
        now, seen=seen, contact=given.contact(), link=given.customer_link(Origin.CRM)
    )

    assert decide(known) == Nothing(Because.OUR_OWN_CUSTOMER)


def test_R52_what_quickbooks_no_longer_says_stays_in_the_contact() -> None:
    """A member is never blanked."""
    now = given.changed(FULL, primary_phone=None, bill_addr=None, company_name=None)
    known = given.customer_facts(
        now, seen=FULL, contact=given.contact(), link=given.customer_link(), written=crm.ContactDraft()
    )

    assert decide(known) == Nothing(Because.CONTACT_IN_STEP)


def test_R52_a_contact_that_is_gone_is_not_made_again() -> None:
    """Somebody deleted it in the CRM."""
    assert decide(given.customer_facts(link=given.customer_link(), contact=None)) == Nothing(
        Because.CONTACT_GONE
    )


def test_R53_a_second_customer_with_the_address_shares_the_contact() -> None:
    """It is linked as the second one."""
    other = given.changed(given.customer_link(), entity_id="9")

    decided = decide(given.customer_facts(contact=given.contact(), found_by="e-mail", contact_link=other))

    assert decided == Adopt(pair=pair("c1", primary=False), because=Because.CONTACT_SHARED)


@pytest.mark.parametrize("sub", [given.customer(job=True), given.customer(parent_ref=qb.Ref("1"))])
def test_R53_sub_customers_follow_the_setting(sub: qb.Customer) -> None:
    """By default they are left out."""
    assert decide(given.customer_facts(sub)) == Nothing(Because.SUB_CUSTOMER)
    assert (
        draft_of(decide(given.customer_facts(sub, choices=Choices(sub_customers=True)))).given_name == "Ada"
    )


def test_R54_a_customer_that_we_made_never_comes_back_as_a_second_contact() -> None:
    """Its link says whose it is."""
    known = given.customer_facts(
        FULL, seen=FULL, contact=given.contact(phone="", tags=()), link=given.customer_link(Origin.CRM)
    )

    assert decide(known) == Nothing(Because.OUR_OWN_CUSTOMER)
