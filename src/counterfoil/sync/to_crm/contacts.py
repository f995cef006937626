"""A QuickBooks customer and its CRM contact: matched, created, completed, kept up to date (R50-R54)."""

from __future__ import annotations

import phonenumbers
from msgspec import structs

from counterfoil.crm import records as crm
from counterfoil.quickbooks import entities as qb
from counterfoil.sync.facts import CustomerFacts, Link, Origin
from counterfoil.sync.parts import matching, places
from counterfoil.sync.plan import Adopt, CrmWrite, Nothing, Operation, Pair, Plan
from counterfoil.sync.reasons import Because

SOURCE = "QuickBooks"


def decide(facts: CustomerFacts) -> Plan:
    """What a customer asks for in the CRM: a contact of its own or a share in one, then what changed."""
    customer = facts.customer
    if customer is None or matching.is_deleted(customer.status):
        return Nothing(because=Because.CUSTOMER_GONE)
    if customer.active is False:
        return Nothing(because=Because.CUSTOMER_INACTIVE)
    if facts.link:
        return _keep_in_step(facts, customer, facts.link)
    if matching.is_sub_customer(customer) and not facts.choices.sub_customers:
        return Nothing(because=Because.SUB_CUSTOMER)
    draft, because = _draft(facts, customer), Because.CONTACT_CREATED
    if facts.contact:
        if facts.found_by != "phone" or _names_agree(facts.contact, customer):
            return _adopt(facts, facts.contact)
        # Families and offices share a number (HighLevel reference 5.4, quirk 18); it stays with whoever has it.
        draft, because = structs.replace(draft, phone=None), Because.CONTACT_CREATED_WITHOUT_PHONE
    return CrmWrite(
        operation=Operation.CREATE,
        draft=draft,
        cause=f"customer/{facts.customer_id}/contact",
        because=because,
        pair=_pair(facts, contact_id=""),
    )


def _names_agree(contact: crm.Contact, customer: qb.Customer) -> bool:
    """Whether the contact with the customer's number can be the customer: its person, else its company, or no name."""
    given, family, company = _names(customer)
    shown = customer.display_name or ""
    person = contact.name or f"{contact.given_name} {contact.family_name}"
    if _folded(person):
        return _folded(person) in {_folded(f"{given} {family}"), _folded(shown)}
    return not contact.company or _folded(contact.company) in {_folded(company), _folded(shown)}


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


def _adopt(facts: CustomerFacts, contact: crm.Contact) -> Adopt:
    if facts.contact_link is not None:
        because = Because.CONTACT_SHARED
    elif facts.found_by == "phone":
        because = Because.CONTACT_MATCHED_BY_PHONE
    else:
        because = Because.CONTACT_MATCHED_BY_EMAIL
    return Adopt(pair=_pair(facts, contact_id=contact.id), because=because)


def _pair(facts: CustomerFacts, *, contact_id: str) -> Pair:
    return Pair(
        crm_kind="contact",
        crm_id=contact_id,
        entity="Customer",
        entity_id=facts.customer_id,
        origin=Origin.QUICKBOOKS,
        primary=not contact_id or facts.contact_link is None,
    )


def _keep_in_step(facts: CustomerFacts, customer: qb.Customer, link: Link) -> Plan:
    """Members changed in QuickBooks reach the contact (R52); a contact that was matched is completed once (R50).

    A customer that we made ourselves only ever brings changes back, never a second contact (R54).
    """
    contact = facts.contact
    if contact is None:
        return Nothing(because=Because.CONTACT_GONE)
    now = _draft(facts, customer)
    changes = _changed_in_quickbooks(facts, now, contact)
    because = Because.CONTACT_UPDATED
    if link.origin is Origin.QUICKBOOKS and facts.written is None:
        lacking = _lacking(now, contact)
        because = because if changes else Because.CONTACT_COMPLETED
        changes = {**lacking, **changes}
    if not changes:
        ours = link.origin is Origin.CRM
        return Nothing(because=Because.OUR_OWN_CUSTOMER if ours else Because.CONTACT_IN_STEP)
    return CrmWrite(
        operation=Operation.UPDATE,
        draft=_only(changes),
        cause=f"customer/{facts.customer_id}/update/{customer.sync_token}",
        because=because,
        contact_id=contact.id,
    )


_TEXTS = ("given_name", "family_name", "company", "email", "phone")


def _changed_in_quickbooks(
    facts: CustomerFacts, now: crm.ContactDraft, contact: crm.Contact
) -> dict[str, object]:
    """The members that differ from the customer as last settled, and that the contact does not say yet."""
    if facts.seen is None or facts.customer is None:
        return {}
    before = _draft(facts, facts.seen)
    changes: dict[str, object] = {}
    for member in _TEXTS:
        value, old, has = getattr(now, member), getattr(before, member), getattr(contact, member)
        if value and value != old and not _says(member, has, value, facts.customer):
            changes[member] = value
    address, had = now.address or crm.Address(), before.address or crm.Address()
    moved = {
        member: value
        for member in crm.Address.__struct_fields__
        if (value := getattr(address, member))
        and value != getattr(had, member)
        and value != getattr(contact.address, member).strip()
    }
    return {**changes, "address": crm.Address(**moved)} if moved else changes


def _lacking(now: crm.ContactDraft, contact: crm.Contact) -> dict[str, object]:
    """What the contact does not have: empty members, parts of an empty address, the tag."""
    named = contact.given_name or contact.family_name
    lacking: dict[str, object] = {
        member: getattr(now, member)
        for member in _TEXTS
        if getattr(now, member)
        and not getattr(contact, member)
        and not (named and member in ("given_name", "family_name"))
    }
    if now.address and contact.address == crm.Address():
        lacking["address"] = now.address
    tags = tuple(tag for tag in now.tags if tag.casefold() not in {each.casefold() for each in contact.tags})
    return {**lacking, "tags": tags} if tags else lacking


def _only(changes: dict[str, object]) -> crm.ContactDraft:
    """A draft with these members and nothing else."""
    return crm.ContactDraft(**changes)  # type: ignore[arg-type]  # built from the draft's own members above


def _says(member: str, has: str, value: str, customer: qb.Customer) -> bool:
    """Whether the contact says already what the customer says."""
    if member == "email":
        return matching.share_address(has, matching.address_of(customer))
    if member == "phone":
        return matching.same_phone(has, value)
    return has.strip() == value


def _draft(facts: CustomerFacts, customer: qb.Customer) -> crm.ContactDraft:
    """The customer as a contact. Members that QuickBooks does not know are None."""
    given, family, company = _names(customer)
    first = next(iter(matching.addresses(matching.address_of(customer))), "")
    phone = (customer.primary_phone.free_form_number if customer.primary_phone else None) or ""
    address = places.from_quickbooks(customer.bill_addr)
    tag = facts.choices.contact_tag
    return crm.ContactDraft(
        given_name=given or None,
        family_name=family or None,
        company=company or None,
        email=first or None,
        phone=international(phone, facts.books.country) or None,
        address=address if address != crm.Address() else None,
        tags=(tag,) if tag else (),
        source=SOURCE,
    )


def _names(customer: qb.Customer) -> tuple[str, str, str]:
    """Given name, family name, company. A DisplayName that is not the company's is split at the first space."""
    given, family = (customer.given_name or "").strip(), (customer.family_name or "").strip()
    company, shown = (customer.company_name or "").strip(), (customer.display_name or "").strip()
    if not (given or family) and shown.casefold() != company.casefold():
        given, _, family = shown.partition(" ")
    return given, family.strip(), company


def international(phone: str, country: str) -> str:
    """E.164, without an extension; empty for what is no whole number, because the CRM keeps nothing else (HighLevel 5.2)."""
    try:
        number = phonenumbers.parse(phone, country.upper() or None)
    except phonenumbers.NumberParseException:
        return ""
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164).partition(";")[0]
