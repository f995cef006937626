"""A CRM contact and its QuickBooks customer: matched by e-mail, created, kept up to date (R10-R15)."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import structs

from counterfoil.crm import records as crm
from counterfoil.quickbooks import entities as qb
from counterfoil.sync.facts import Candidate, ContactFacts, Link, Origin
from counterfoil.sync.parts import matching, merging, naming, places
from counterfoil.sync.plan import Adopt, Ask, Nothing, Operation, Pair, Plan, QuickBooksWrite
from counterfoil.sync.reasons import Because


def decide(facts: ContactFacts) -> Plan:
    """What a contact asks for in QuickBooks: nothing before it buys, then a customer of its own."""
    contact, link = facts.contact, facts.link
    if contact is None:
        if facts.billable and link is None:
            return Ask(because=Because.CONTACT_GONE_BEFORE_SALE, details=(("Contact", facts.contact_id),))
        return Nothing(because=Because.CONTACT_GONE)
    if not facts.billable and (link is None or facts.written is None):
        return Nothing(because=Because.NOT_BILLABLE)
    if link is None:
        return _match(facts, contact) or _create(facts, contact)
    return _update(facts, contact, link)


def _match(facts: ContactFacts, contact: crm.Contact) -> Adopt | None:
    """The customer that has the contact's e-mail address, the best of several (R11, R13)."""
    found = matching.by_preference([each for each in facts.candidates if _fits(each, facts, contact)])
    if not found:
        return None
    best, *others = found
    because = Because.CUSTOMER_CHOSEN if others else Because.CUSTOMER_MATCHED
    because = Because.CUSTOMER_FOLLOWS if best.gone_contact else because
    return Adopt(
        pair=Pair(
            crm_kind="contact",
            crm_id=contact.id,
            entity="Customer",
            entity_id=best.customer.id or "",
            origin=Origin.QUICKBOOKS,
        ),
        because=because,
        instead_of=best.gone_contact,
        others=tuple(each.customer.id or "" for each in others),
    )


def _fits(candidate: Candidate, facts: ContactFacts, contact: crm.Contact) -> bool:
    """The same address and, where the company keeps several currencies, that of the sale (R17)."""
    customer = candidate.customer
    if matching.is_deleted(customer.status):
        return False
    if not matching.share_address(contact.email, matching.address_of(customer)):
        return False
    if not (facts.books.multi_currency and facts.currency):
        return True
    currency = customer.currency_ref.value if customer.currency_ref else facts.books.home_currency
    return currency.upper() == facts.currency.upper()


def _create(facts: ContactFacts, contact: crm.Contact) -> QuickBooksWrite:
    body = _wanted(facts, contact, display_name=naming.display_name(contact, facts.taken_names))
    if facts.books.multi_currency:
        body = structs.replace(
            body, currency_ref=qb.Ref((facts.currency or facts.books.home_currency).upper())
        )
    with_email = body.primary_email_addr is not None
    return QuickBooksWrite(
        entity="Customer",
        operation=Operation.CREATE,
        body=body,
        cause=f"contact/{contact.id}/customer",
        because=Because.CUSTOMER_CREATED if with_email else Because.CUSTOMER_CREATED_WITHOUT_EMAIL,
        pair=Pair(crm_kind="contact", crm_id=contact.id, entity="Customer", origin=Origin.CRM),
    )


def _wanted(facts: ContactFacts, contact: crm.Contact, *, display_name: str | None) -> qb.Customer:
    """What the CRM knows of the customer; members that it does not know are None."""
    email = naming.email(contact.email)
    phone = naming.plain(contact.phone, naming.PHONE_MAX + 1)
    return qb.Customer(
        display_name=display_name,
        given_name=naming.name_part(contact.given_name) or None,
        family_name=naming.name_part(contact.family_name) or None,
        company_name=naming.plain(contact.company, naming.NAME_MAX) or None,
        primary_email_addr=qb.EmailAddress(email) if email else None,
        primary_phone=qb.TelephoneNumber(phone) if 0 < len(phone) <= naming.PHONE_MAX else None,
        bill_addr=places.from_crm(contact.address),
    )


def _update(facts: ContactFacts, contact: crm.Contact, link: Link) -> Plan:
    """A sparse update with what the CRM knows better (R12). Nothing is blanked; what a bookkeeper changed is kept.

    A customer born in QuickBooks keeps its DisplayName and its e-mail field, which may hold several addresses.
    """
    customer, written = facts.customer, facts.written
    if customer is None or matching.is_deleted(customer.status):
        return Nothing(because=Because.CUSTOMER_UNKNOWN)
    wanted = _wanted(facts, contact, display_name=None)
    if link.origin is Origin.CRM:
        current_name = (written.display_name if written else None) or customer.display_name or ""
        name = naming.display_name(contact, facts.taken_names - {current_name.casefold()}, current_name)
        wanted = structs.replace(wanted, display_name=name)
    else:
        wanted = structs.replace(wanted, primary_email_addr=None)
    changes, overwrites, kept = _compare(wanted, written, customer)
    reactivated = customer.active is False and written is None
    if reactivated:
        changes["active"] = True
    if not changes:
        return Nothing(because=Because.CUSTOMER_KEPT if kept else Because.CUSTOMER_IN_STEP)
    return QuickBooksWrite(
        entity="Customer",
        operation=Operation.UPDATE,
        body=structs.replace(
            qb.Customer(id=customer.id, sync_token=customer.sync_token, sparse=True), **changes
        ),
        cause=f"contact/{contact.id}/update/{customer.sync_token}",
        because=Because.CUSTOMER_REACTIVATED if reactivated else Because.CUSTOMER_UPDATED,
        wanted=wanted,
        overwrites=tuple(overwrites),
        kept=tuple(kept),
    )


def _compare(
    wanted: qb.Customer, written: qb.Customer | None, customer: qb.Customer
) -> tuple[dict[str, object], list[tuple[str, str]], list[tuple[str, str]]]:
    """The members to send, and those that QuickBooks changed too: gone over, or kept."""
    changes: dict[str, object] = {}
    overwrites: list[tuple[str, str]] = []
    kept: list[tuple[str, str]] = []
    for member, label, read, same in _MEMBERS:
        current = read(customer)
        found = merging.verdict(
            wanted=read(wanted), written=read(written) if written else None, current=current, same=same
        )
        if found in (merging.Verdict.WRITE, merging.Verdict.OVERWRITE):
            changes[member] = getattr(wanted, member)
        if found is merging.Verdict.OVERWRITE:
            overwrites.append((label, current or ""))
        if found is merging.Verdict.KEEP:
            kept.append((label, current or ""))
    address, verdicts = places.merged(
        wanted.bill_addr, written.bill_addr if written else None, customer.bill_addr
    )
    if address:
        changes["bill_addr"] = address
    for member, found in verdicts.items():
        told = ("Address", getattr(customer.bill_addr, member, None) or "")
        if found is merging.Verdict.OVERWRITE:
            overwrites.append(told)
        if found is merging.Verdict.KEEP:
            kept.append(told)
    return changes, overwrites, kept


def _phone(customer: qb.Customer) -> str | None:
    return customer.primary_phone.free_form_number if customer.primary_phone else None


_MEMBERS: tuple[tuple[str, str, Callable[[qb.Customer], str | None], Callable[[str, str], bool]], ...] = (
    ("display_name", "Display name", lambda customer: customer.display_name, merging.same_text),
    ("given_name", "First name", lambda customer: customer.given_name, merging.same_text),
    ("family_name", "Last name", lambda customer: customer.family_name, merging.same_text),
    ("company_name", "Company", lambda customer: customer.company_name, merging.same_text),
    (
        "primary_email_addr",
        "E-mail",
        lambda customer: matching.address_of(customer) or None,
        matching.share_address,
    ),
    ("primary_phone", "Phone", _phone, matching.same_phone),
)
"""The members that are compared: name, label, how to read the value, when two values are the same."""
