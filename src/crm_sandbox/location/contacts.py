"""The contacts of a location: written, matched, tagged, merged, deleted (reference 5)."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Collection
from typing import Any

import phonenumbers

from crm_sandbox.location import contact_bodies, contact_views, custom_fields, refusals, shapes
from crm_sandbox.location.contact_index import ContactIndex
from crm_sandbox.location.desk import Desk
from crm_sandbox.location.records import Author, Contact, CustomValue

_MEMBERS = {
    "firstName": "first_name",
    "lastName": "last_name",
    "email": "email",
    "phone": "phone",
    "companyName": "company_name",
    "address1": "address1",
    "city": "city",
    "state": "state",
    "country": "country",
    "postalCode": "postal_code",
    "website": "website",
    "timezone": "timezone",
    "source": "source",
    "gender": "gender",
    "assignedTo": "assigned_to",
}


class Contacts:
    """Everything that can be done to contacts. What the search sees trails behind by the index lag."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.index = ContactIndex(desk)
        self.watchers: list[Callable[[Contact, Collection[str]], None]] = []
        """Told which tags a contact has newly got."""
        for contact in desk.state.contacts.values():
            self.index.note(contact.id, contact)

    def get(self, contact_id: str) -> Contact:
        """The contact. Raises Refused with 404, or 400 where switched so."""
        contact = self._desk.state.contacts.get(contact_id)
        if contact is None:
            gone = refusals.not_found("Contact", contact_id)
            raise refusals.bad_request(str(gone)) if self._desk.switches.gone_contacts_are_400 else gone
        return contact

    def create(self, body: object, by: Author) -> Contact:
        """A new contact. Raises Refused: 422 for the shape, 400 with `meta` for a duplicate."""
        given = self._checked(contact_bodies.CREATE, body)
        return self._add(given, by)

    def upsert(self, body: object, by: Author) -> tuple[Contact, bool]:
        """The contact with this e-mail, else this phone, updated; else a new one. The flag says new.

        An e-mail that is a contact's second one becomes its first, and the first is lost (reference 20.8). When the
        phone belongs to somebody else than the e-mail, the phone is ignored silently (reference 5.4).
        """
        given = self._checked(contact_bodies.UPSERT, body)
        forced = given.pop("createNewIfDuplicateAllowed", False)
        if forced and self._desk.switches.allow_duplicate_contact:
            return self._add(given, by), True
        phone = self._phone(given)
        by_email = self.with_email(given.get("email"))
        by_phone = self.with_phone(phone)
        match = by_email or by_phone
        if match is None:
            return self._add(given, by), True
        if by_email is not None and by_phone is not None and by_email is not by_phone:
            given.pop("phone")
        given.pop("locationId")
        self._write(match, given, by)
        return match, False

    def update(self, contact_id: str, body: object, by: Author) -> Contact:
        """Changes the members given, keeps the others; tags and custom fields are replaced (reference 5.2).

        Raises Refused: 404, 422, and 400 when another contact has the e-mail or phone; then nothing is changed.
        """
        whole = self._desk.switches.company_name_on_put
        shape = contact_bodies.UPDATE_WITH_COMPANY if whole else contact_bodies.UPDATE
        return self._change(contact_id, shape, body, by)

    def edit(self, contact_id: str, body: object, by: Author) -> Contact:
        """As `update`, by a person at the contact's card, who may write the company too. Raises Refused likewise."""
        return self._change(contact_id, contact_bodies.UPDATE_WITH_COMPANY, body, by)

    def _change(self, contact_id: str, shape: shapes.Object, body: object, by: Author) -> Contact:
        contact = self.get(contact_id)
        given = self._checked(shape, body)
        self._refuse_duplicates(given, contact)
        self._write(contact, given, by)
        return contact

    def delete(self, contact_id: str) -> None:
        """Removes the contact; its documents stay. Raises Refused with 404."""
        contact = self.get(contact_id)
        del self._desk.state.contacts[contact_id]
        self.index.note(contact_id, None)
        self._tell("ContactDelete", contact)

    def add_tags(self, contact_id: str, body: object, by: Author) -> list[str]:
        """Adds tags and answers all of them."""
        contact = self.get(contact_id)
        given = shapes.check(contact_bodies.TAGS, body)
        return self._retag(contact, _tags([*contact.tags, *given["tags"]]), by)

    def remove_tags(self, contact_id: str, body: object, by: Author) -> list[str]:
        """Removes tags and answers those that are left."""
        contact = self.get(contact_id)
        gone = _tags(shapes.check(contact_bodies.TAGS, body)["tags"])
        return self._retag(contact, [tag for tag in contact.tags if tag not in gone], by)

    def merge(self, survivor_id: str, loser_id: str) -> Contact:
        """A person merges two contacts: the loser disappears, its transactions move and remember it (reference 5.6)."""
        survivor, loser = self.get(survivor_id), self.get(loser_id)
        if survivor is loser:
            raise refusals.bad_request("A contact cannot be merged with itself.")
        state = self._desk.state
        for transaction in state.transactions.values():
            if transaction.contact_id == loser_id:
                transaction.contact_id = survivor_id
                transaction.merged_from_contact_id = loser_id
                transaction.updated_at = self._desk.now()
        for order in state.orders.values():
            if order.contact_id == loser_id:
                order.contact_id = survivor_id
        for subscription in state.subscriptions.values():
            if subscription.contact_id == loser_id:
                subscription.contact_id = survivor_id
        for invoice in state.invoices.values():
            if invoice.contact_details.get("id") == loser_id:
                invoice.contact_details["id"] = survivor_id
        self.delete(loser_id)
        second = [each for each in (loser.email, *loser.additional_emails) if each]
        survivor.additional_emails = [*survivor.additional_emails, *second]
        missing = {
            name: getattr(loser, member)
            for name, member in _MEMBERS.items()
            if getattr(survivor, member) is None and getattr(loser, member) is not None
        }
        self._write(survivor, missing, self._desk.user())
        return survivor

    def with_email(self, email: str | None) -> Contact | None:
        """The oldest contact with this e-mail as its first or second, upper and lower case alike."""
        return self._holder(email)

    def with_phone(self, phone: str | None) -> Contact | None:
        """The oldest contact with this phone; a national number is read in the location's country."""
        return self._holder(self.e164(phone)) if phone else None

    def _holder(self, value: str | None) -> Contact | None:
        found = self.index.holder(value) if value else None
        return self._desk.state.contacts[found] if found else None

    def e164(self, phone: str) -> str | None:
        """The number as it is stored; None when it cannot be one."""
        try:
            parsed = phonenumbers.parse(phone, self._desk.kind.country)
        except phonenumbers.NumberParseException:
            return None
        if not phonenumbers.is_possible_number(parsed):
            return None
        return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)

    def _add(self, given: dict[str, Any], by: Author) -> Contact:
        self._refuse_duplicates(given, None)
        now = self._desk.now()
        contact = Contact(
            id=self._desk.ids.alphanumeric(20),
            date_added=now,
            date_updated=now,
            created_by=by,
            updated_by=by,
            source="public api" if by.source == "INTEGRATION" else None,
        )
        self._fill(contact, given)
        self._desk.state.contacts[contact.id] = contact
        self.index.note(contact.id, contact)
        self._tell("ContactCreate", contact)
        self._watch(contact, contact.tags)
        return contact

    def _write(self, contact: Contact, given: dict[str, Any], by: Author) -> None:
        before = copy.copy(contact)
        before.tags = list(contact.tags)
        self._fill(contact, given)
        contact.date_updated = self._desk.now()
        contact.updated_by = by
        self.index.note(contact.id, contact)
        if contact_views.webhook(before, "") != contact_views.webhook(contact, ""):
            self._tell("ContactUpdate", contact)
        if before.tags != contact.tags:
            self._tell("ContactTagUpdate", contact)
            self._watch(contact, set(contact.tags).difference(before.tags))
        if (before.dnd, before.dnd_settings) != (contact.dnd, contact.dnd_settings):
            self._tell("ContactDndUpdate", contact)

    def _fill(self, contact: Contact, given: dict[str, Any]) -> None:
        if "phone" in given:
            given = {**given, "phone": self._phone(given)}
        if "name" in given and not {"firstName", "lastName"} & given.keys():
            first, _, last = given["name"].strip().partition(" ")
            contact.first_name, contact.last_name = first or None, last.strip() or None
        for name, member in _MEMBERS.items():
            if name in given:
                setattr(contact, member, given[name] or None)
        contact.additional_emails = [
            each for each in contact.additional_emails if each.casefold() != (contact.email or "").casefold()
        ]
        if "tags" in given:
            contact.tags = _tags(given["tags"])
        contact.dnd = given.get("dnd", contact.dnd)
        contact.dnd_settings = given.get("dndSettings", contact.dnd_settings)
        contact.inbound_dnd_settings = given.get("inboundDndSettings", contact.inbound_dnd_settings)
        if "dateOfBirth" in given:
            contact.date_of_birth = _birthday(given["dateOfBirth"])
        if "customFields" in given:
            written = custom_fields.values(self._desk.state.custom_fields, given["customFields"])
            contact.custom_fields = [CustomValue(field_id, value) for field_id, value in written]

    def _checked(self, shape: shapes.Object, body: object) -> dict[str, Any]:
        """The body; nothing of it is written when one custom value is wrong (reference 4.3). Raises Refused: 422, 400."""
        given = _check(shape, body)
        custom_fields.values(self._desk.state.custom_fields, given.get("customFields", []))
        return given

    def _refuse_duplicates(self, given: dict[str, Any], own: Contact | None) -> None:
        if self._desk.switches.allow_duplicate_contact:
            return
        email, phone = given.get("email"), self._phone(given)
        for field, other in (("email", self.with_email(email)), ("phone", self.with_phone(phone))):
            if other is not None and other is not own:
                raise refusals.duplicate_contact(other.id, field, other.full_name)

    def _phone(self, given: dict[str, Any]) -> str | None:
        """The phone as it will be stored. Raises Refused when the text cannot be a phone number."""
        phone = given.get("phone")
        if not phone:
            return None
        stored = self.e164(phone)
        if stored is None:
            raise refusals.unprocessable(["phone must be a valid phone number"])
        return stored

    def _retag(self, contact: Contact, tags: list[str], by: Author) -> list[str]:
        new = set(tags).difference(contact.tags)
        if tags != contact.tags:
            contact.tags = tags
            contact.date_updated = self._desk.now()
            contact.updated_by = by
            self.index.note(contact.id, contact)
            self._tell("ContactTagUpdate", contact)
            self._watch(contact, new)
        return list(contact.tags)

    def _watch(self, contact: Contact, tags: Collection[str]) -> None:
        for watcher in self.watchers if tags else ():
            watcher(contact, tags)

    def _tell(self, event: str, contact: Contact) -> None:
        self._desk.tell(event, contact_views.webhook(contact, event))


def _tags(tags: list[str]) -> list[str]:
    """Tags as they are kept: lower case, each once, in order."""
    return list(dict.fromkeys(tag.strip().lower() for tag in tags if tag.strip()))


def _check(shape: shapes.Object, body: object) -> dict[str, Any]:
    """The body, with what a schema alone cannot say checked too. Raises Refused with 422."""
    given = shapes.check(shape, body)
    country = given.get("country")
    if country and country not in phonenumbers.SUPPORTED_REGIONS:
        raise refusals.unprocessable(["country must be a valid country code"])
    born = given.get("dateOfBirth")
    if born and not re.match(r"\d{4}-\d{2}-\d{2}", str(born)):
        raise refusals.unprocessable(["dateOfBirth must be a valid date"])
    for index, each in enumerate(given.get("customFields", [])):
        if not (each.get("id") or each.get("key")):
            raise refusals.unprocessable([f"customFields.{index}.id must be a string"])
    return given


def _birthday(value: object) -> str | None:
    return f"{str(value)[:10]}T00:00:00.000Z" if value else None
