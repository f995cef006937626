"""The contacts of one location: found, created, changed (reference 5)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Container
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from counterfoil import errors
from counterfoil.crm import port, records
from counterfoil.crm.highlevel import answers, faults, reading, writing
from counterfoil.crm.highlevel.client import Client

INDEX_LAG_SECONDS = 10.0
"""The search index is a few seconds behind what was written (reference 5.5)."""
CLOCK_SKEW = timedelta(seconds=5)
CLOCK_SKEW_MAX = timedelta(minutes=5)
"""So far HighLevel's clock may be behind ours where nothing but a name tells whose contact it is."""
QUERY_LETTERS = 75
PHONE_DIGITS = 7
"""So many digits at the end are the same, however a number is written."""


class Contacts:
    """See the members of the same meaning in `port.Crm`. `sleep` lets the search index catch up."""

    def __init__(
        self, client: Client, location_id: str, *, sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._client = client
        self._location = location_id
        self._sleep = sleep
        self._put_takes_company = True
        # A cursor goes back digit by digit as it came.
        self._encoder = msgspec.json.Encoder(decimal_format="number")
        self._decoder = msgspec.json.Decoder(float_hook=Decimal)

    async def get(self, contact_id: str) -> records.Contact | None:
        """The contact, None when it is gone."""
        answer = await answers.one(self._client, "/contacts/{id}", contact_id, {})
        return None if answer is None else reading.contact(answers.inside(answer, "contact"))

    async def find(self, *, email: str, phone: str) -> records.Contact | None:
        """The owner of the e-mail address, else of the phone number, by the duplicate check, which is never behind."""
        for name, value in (("email", email.strip()), ("number", phone.strip())):
            if not value:
                continue
            answer = await self._client.read(
                "/contacts/search/duplicate", query={"locationId": self._location, name: value}
            )
            found = answer.get("contact") if isinstance(answer, dict) else None
            if found:
                return reading.contact(found)
        return None

    async def find_created(
        self, *, draft: records.ContactDraft, since: datetime, besides: Container[str]
    ) -> records.Contact | None:
        """The contact that a create of this draft has made since then, though its answer was lost.

        By e-mail or phone where the draft has them. Without an e-mail also by name among the contacts created since,
        after the index had time to catch up.
        """
        found = await self.find(email=draft.email or "", phone=draft.phone or "")
        if found is not None:
            return found if found.id not in besides and _made_by(draft, found, since) else None
        name = writing.full_name(draft)
        if draft.email or not name:
            return None
        await self._sleep(INDEX_LAG_SECONDS)
        body = self._search("dateAdded", since - CLOCK_SKEW_MAX) | {"query": name[:QUERY_LETTERS]}
        answer = await self._client.read("/contacts/search", body=body)
        raw = answers.elements(answer, "contacts")
        for contact in answers.readable(raw, "contact", reading.contact):
            if contact.id in besides:
                continue
            if _made_by(draft, contact, since, skew=CLOCK_SKEW_MAX) and _same_person(draft, contact):
                return contact
        return None

    async def create(self, draft: records.ContactDraft) -> records.Contact:
        """Create; the existing contact, unchanged, when HighLevel says there is one.

        Raises OutcomeUnknown: then ask `find_created` before repeating.
        """
        body = writing.contact_create(draft, location_id=self._location)
        try:
            answer = await self._client.write("POST", "/contacts/", body=body)
        except faults.Duplicate as duplicate:
            existing = await self.get(duplicate.contact_id)
            if existing is None:
                raise
            return existing
        return reading.contact(answers.inside(answer, "contact"))

    async def update(self, contact_id: str, draft: records.ContactDraft) -> records.Contact:
        """Write what is set and add the tags. What HighLevel did not take is visible in the contact answered.

        An e-mail or phone that belongs to another contact is left out: HighLevel would refuse everything together
        with it (reference 5.4).
        """
        contact = await self._put(contact_id, draft)
        if contact is None:
            answer = await self._client.read("/contacts/{id}", ids={"id": contact_id})
            contact = reading.contact(answers.inside(answer, "contact"))
        if draft.company and contact.company != draft.company and not self._put_takes_company:
            contact = await self._upsert_company(contact, draft.company)
        tags = writing.new_tags(draft, contact)
        if tags:
            await self._client.write(
                "POST", "/contacts/{id}/tags", ids={"id": contact_id}, body={"tags": list(tags)}
            )
            contact = msgspec.structs.replace(contact, tags=contact.tags + tags)
        return contact

    async def changed(self, *, since: datetime, after: str | None) -> port.Page[records.Contact]:
        """Contacts changed at or after `since`, oldest change first; `since` is the same for all pages of a walk."""
        body = self._search("dateUpdated", since)
        if after is not None:
            body["searchAfter"] = self._decoder.decode(after)
        answer = await self._client.read("/contacts/search", body=body, bulk=True)
        raw = answers.elements(answer, "contacts")
        cursor = answers.cursor(raw, limit=answers.CONTACTS_PAGE)
        following = None if cursor is None else self._encoder.encode(cursor).decode()
        return answers.page(raw, "contact", reading.contact, after=following)

    def _search(self, member: str, since: datetime) -> dict[str, object]:
        """The body of a search by time, oldest first."""
        # Only `gt` is documented as a lower bound, so "at or after" begins a millisecond earlier.
        tests = answers.between(member, since - timedelta(milliseconds=1), None)
        return answers.search(
            self._location, sort=member, direction="asc", tests=tests, limit=answers.CONTACTS_PAGE
        )

    async def _put(self, contact_id: str, draft: records.ContactDraft) -> records.Contact | None:
        """Write the members, leaving out what HighLevel refuses to take with them. None: nothing was left to write."""
        body = writing.contact_update(draft)
        if draft.company and self._put_takes_company:
            body["companyName"] = draft.company
        while body:
            try:
                answer = await self._client.write("PUT", "/contacts/{id}", ids={"id": contact_id}, body=body)
            except faults.Duplicate as duplicate:
                if body.pop(duplicate.matching_field, None) is None:
                    raise
            except errors.Refused as refused:
                if "companyName" not in refused.detail or body.pop("companyName", None) is None:
                    raise
                self._put_takes_company = False
            else:
                found = answer.get("contact") if isinstance(answer, dict) else None
                return reading.contact(found) if found else None
        return None

    async def _upsert_company(self, contact: records.Contact, company: str) -> records.Contact:
        """Write the company by upsert, which takes it where PUT does not (reference 5.2).

        Upsert looks for its contact by e-mail. So it is used only when the duplicate check, which looks the same way,
        answers this very contact; otherwise the company stays as it is.
        """
        owner = await self.find(email=contact.email, phone="")
        if owner is None or owner.id != contact.id:
            return contact
        body = writing.contact_upsert_company(
            location_id=self._location, email=contact.email, company=company
        )
        answer = await self._client.write("POST", "/contacts/upsert", body=body)
        return reading.contact(answers.inside(answer, "contact"))


def _made_by(
    draft: records.ContactDraft, contact: records.Contact, since: datetime, *, skew: timedelta = CLOCK_SKEW
) -> bool:
    """Whether the contact can be the answer to this draft: it carries the draft's source and is not older."""
    same_source = not draft.source or contact.source.casefold() == draft.source.casefold()
    return same_source and contact.created_at is not None and contact.created_at >= since - skew


def _same_person(draft: records.ContactDraft, contact: records.Contact) -> bool:
    """Whether everything that the draft states about the person is true of the contact."""
    address, has = draft.address or records.Address(), contact.address
    pairs = (
        (draft.given_name, contact.given_name),
        (draft.family_name, contact.family_name),
        (draft.company, contact.company),
        (address.line1, has.line1),
        (address.city, has.city),
        (address.postal_code, has.postal_code),
        (_digits(draft.phone or ""), _digits(contact.phone)),
    )
    return all(not stated or stated.casefold() == known.casefold() for stated, known in pairs)


def _digits(phone: str) -> str:
    return "".join(letter for letter in phone if letter.isdigit())[-PHONE_DIGITS:]
