"""Contacts: list, card, tags, workflow, merge, delete."""

from __future__ import annotations

from typing import Any

from crm_sandbox.location.records import Contact
from crm_sandbox.pages.listing import newest, page
from crm_sandbox.pages.site import Deed, Form, Go, Look, Row, Show, Visit

_TYPED = ("firstName", "lastName", "email", "phone", "companyName", "address1", "city", "postalCode", "state")


def rows() -> list[Row]:
    """The pages of contacts."""
    one = "/crm/contacts/{id}"
    return [
        Look("/crm/contacts", _list),
        Look("/crm/contacts/new", _new),
        Deed("/crm/contacts/new", _create, _new),
        Look(one, _card),
        Deed(one, _save, _card),
        Deed(f"{one}/delete", _delete, _card),
        Deed(f"{one}/merge", _merge, _card),
        Deed(f"{one}/enrol", _enrol, _card),
    ]


def _list(visit: Visit) -> Show:
    contacts = visit.location.state.contacts
    wanted = visit.query.text("search").casefold()
    found = [each for each in contacts.values() if wanted in _text(each)]
    return Show("contacts.html", {"page": page(visit, found), "contacts": contacts})


def _new(visit: Visit) -> Show:
    return Show("contact.html", {"title": "New contact", "contact": None})


def _create(visit: Visit) -> Go:
    body = {
        "locationId": visit.location.id,
        **_typed(visit.form),
        "companyName": visit.form.text("companyName"),
    }
    filled = {name: value for name, value in body.items() if value not in ("", [])}
    contact = visit.location.contacts.create(filled, visit.location.desk.user())
    return Go(f"/crm/contacts/{contact.id}", "created")


def _card(visit: Visit) -> Show:
    location = visit.location
    contact = location.contacts.get(visit.path["id"])
    state = location.state
    return Show(
        "contact.html",
        {
            "title": contact.full_name or contact.company_name or contact.email or contact.phone or "No name",
            "contact": contact,
            "workflows": [
                (each.id, each.name if each.status == "published" else f"{each.name} (draft)")
                for each in state.workflows.values()
            ],
            "invoices": newest(
                (each for each in state.invoices.values() if each.contact_details["id"] == contact.id), 20
            ),
            "transactions": newest(
                (each for each in state.transactions.values() if each.contact_id == contact.id), 20
            ),
        },
    )


def _save(visit: Visit) -> Go:
    location = visit.location
    contact = location.contacts.get(visit.path["id"])
    location.contacts.edit(contact.id, _typed(visit.form), location.desk.user())
    return Go(f"/crm/contacts/{contact.id}", "saved")


def _delete(visit: Visit) -> Go:
    visit.location.contacts.delete(visit.path["id"])
    return Go("/crm/contacts", "deleted")


def _merge(visit: Visit) -> Go:
    contacts, named = visit.location.contacts, visit.form.text("loser")
    loser = visit.location.state.contacts.get(named) or contacts.with_email(named)
    if loser is None:
        raise ValueError("There is no contact with this id or e-mail")
    survivor = contacts.merge(visit.path["id"], loser.id)
    return Go(f"/crm/contacts/{survivor.id}", "merged")


def _enrol(visit: Visit) -> Go:
    visit.location.workflows.enrol(visit.path["id"], visit.form.text("workflow"), {})
    return Go(f"/crm/contacts/{visit.path['id']}", "enrolled")


def _typed(form: Form) -> dict[str, Any]:
    """The card as a body of the API; a person, unlike the API, may clear a field by leaving it blank."""
    typed: dict[str, Any] = {name: form.text(name) for name in _TYPED}
    return {
        **typed,
        "country": form.text("country").upper(),
        "tags": [tag.strip() for tag in form.text("tags").split(",") if tag.strip()],
        "dnd": form.flag("dnd"),
    }


def _text(contact: Contact) -> str:
    members = (contact.full_name, contact.email, contact.phone, contact.company_name)
    return " ".join(each for each in members if each).casefold()
