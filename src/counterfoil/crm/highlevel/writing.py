"""Our drafts as HighLevel's JSON. Only documented members: it refuses a whole request for one unknown name.

An empty text is never sent: how HighLevel clears a member is not documented (reference 5.2), and we blank nothing.
"""

from __future__ import annotations

from counterfoil.crm import records as crm

Body = dict[str, object]


def contact_create(draft: crm.ContactDraft, *, location_id: str) -> Body:
    """The body of `POST /contacts/`. The contact is new, so its tags replace nobody's."""
    body: Body = {"locationId": location_id, **contact_update(draft)}
    if draft.company:
        body["companyName"] = draft.company
    if draft.tags:
        body["tags"] = list(draft.tags)
    return body


def contact_update(draft: crm.ContactDraft) -> Body:
    """The body of `PUT /contacts/{id}`: what is set, without `locationId` (refused) and `companyName` (doubtful).

    `tags` would replace all tags of the contact, so they never stand here.
    """
    address = draft.address or crm.Address()
    members = {
        "firstName": draft.given_name,
        "lastName": draft.family_name,
        "email": draft.email,
        "phone": draft.phone,
        "address1": address.line1,
        "city": address.city,
        "state": address.region,
        "postalCode": address.postal_code,
        "country": _country(address.country),
        "source": draft.source,
    }
    return {name: value for name, value in members.items() if value}


def contact_upsert_company(*, location_id: str, email: str, company: str) -> Body:
    """The body of `POST /contacts/upsert` that writes nothing but the company of the contact with this e-mail."""
    return {"locationId": location_id, "email": email, "companyName": company}


def new_tags(draft: crm.ContactDraft, contact: crm.Contact) -> tuple[str, ...]:
    """The draft's tags that the contact does not have; HighLevel writes tags in lower case."""
    has = {tag.lower() for tag in contact.tags}
    return tuple(tag for tag in draft.tags if tag.lower() not in has)


def full_name(draft: crm.ContactDraft) -> str:
    """What the contact is found by in a search: the person, else the company."""
    return f"{draft.given_name or ''} {draft.family_name or ''}".strip() or draft.company or ""


def _country(country: str) -> str:
    """Two letters, or nothing: a country written out is refused (reference 5.2)."""
    return country.upper() if len(country) == 2 and country.isascii() and country.isalpha() else ""
