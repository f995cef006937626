"""Contacts: found, created once, changed without harm, walked to the end."""

from __future__ import annotations

from datetime import timedelta

from counterfoil import errors
from counterfoil.crm import records
from counterfoil.crm.conformance.expect import every, expect, portions, refused_as, same, there
from counterfoil.crm.conformance.stage import Stage

UNKNOWN = records.ContactId("conformanceUnknown01")
ADA = records.ContactDraft(
    given_name="Ada",
    family_name="Quill",
    email="ada.quill@example.com",
    phone="+12075550143",
    address=records.Address(
        line1="1 Ink Lane", city="Portland", region="ME", postal_code="04101", country="US"
    ),
    tags=("first",),
    source="Conformance",
)
MANY = 25


async def the_account_says_where_it_is(stage: Stage) -> None:
    """Country and time zone decide about taxes and days."""
    account = there(await stage.crm.account(), "the account can be read")
    same(account.id, stage.account_id, "the account is the connected one")
    same(account.country, stage.country, "country is ISO 3166 alpha-2, its own")
    same(account.time_zone, stage.time_zone, "time_zone is an IANA name, its own")


async def a_contact_comes_back_as_it_was_written(stage: Stage) -> None:
    """What is created can be read, member by member."""
    made = there(await stage.crm.create_contact(ADA), "create_contact answers the contact")
    for name in ("given_name", "family_name", "email", "phone", "address", "source"):
        same(getattr(made, name), getattr(ADA, name), f"{name} is kept")
    same(made.name, "Ada Quill", "name is the full name")
    expect(made.created_at is not None, "created_at is told")
    same(await stage.crm.contact(made.id), made, "a contact reads as create_contact answered it")


async def an_unknown_or_deleted_contact_is_none(stage: Stage) -> None:
    """Gone is an answer, not an error."""
    same(await stage.crm.contact(UNKNOWN), None, "an unknown id gives None")
    made = await stage.crm.create_contact(ADA)
    await stage.delete_contact(made.id)
    same(await stage.crm.contact(made.id), None, "a deleted contact gives None")


async def a_contact_is_found_by_its_address(stage: Stage) -> None:
    """By e-mail whatever its case, by phone, and not by somebody else's."""
    made = await stage.crm.create_contact(ADA)
    for given in ({"email": "ADA.Quill@Example.com"}, {"phone": "+12075550143"}):
        found = there(await stage.crm.find_contact(**given), f"found by {next(iter(given))}")
        same(found.id, made.id, "the owner is found")
    same(await stage.crm.find_contact(email="nobody@example.com"), None, "nobody has this e-mail")
    same(await stage.crm.find_contact(), None, "without anything to look for, nobody is found")


async def a_contact_that_exists_is_answered_unchanged(stage: Stage) -> None:
    """Creating somebody who is there already neither fails nor writes."""
    made = await stage.crm.create_contact(ADA)
    again = await stage.crm.create_contact(
        records.ContactDraft(given_name="Adelaide", family_name="Pen", email=ADA.email, tags=("second",))
    )
    same(again, made, "the existing contact is answered unchanged")
    same(await stage.crm.contact(made.id), made, "nothing was written to it")


async def an_update_writes_what_is_set_and_nothing_else(stage: Stage) -> None:
    """A member that is None stays; tags are added."""
    made = await stage.crm.create_contact(ADA)
    draft = records.ContactDraft(family_name="Quill-Marsh", tags=("second",))
    changed = there(await stage.crm.update_contact(made.id, draft), "update_contact answers the contact")
    same(changed.family_name, "Quill-Marsh", "what is set is written")
    for name in ("given_name", "email", "phone", "address", "source"):
        same(getattr(changed, name), getattr(made, name), f"{name} was not set and stays")
    expect({"first", "second"} <= set(changed.tags), "tags are added, never taken away")
    same(await stage.crm.contact(made.id), changed, "a contact reads as update_contact answered it")


async def changes_are_listed_oldest_first_and_once(stage: Stage) -> None:
    """A walk from an instant finds each contact that changed since, and ends."""
    made = []
    for number in range(MANY):
        made.append(await stage.crm.create_contact(_person(number)))
        if number % 5 == 0:
            await stage.settle()
    await stage.settle()
    since = min(contact.updated_at or stage.now() for contact in made)
    found = await every(
        await stage.crm.contacts_changed(since=since, after=None),
        lambda after: stage.crm.contacts_changed(since=since, after=after),
    )
    same(sorted(contact.id for contact in found), sorted(contact.id for contact in made), "each comes once")
    times = [contact.updated_at for contact in found if contact.updated_at is not None]
    same(len(times), len(found), "updated_at is told")
    expect(len(set(times)) > 1, "they changed at different times")
    same(times, sorted(times), "the oldest change comes first")
    later = await stage.crm.contacts_changed(since=stage.now() + timedelta(minutes=1), after=None)
    same(later.items, (), "nothing has changed in the future")


async def all_contacts_are_all_contacts(stage: Stage) -> None:
    """The fast read finds what the slow one finds."""
    made = [await stage.crm.create_contact(_person(n)) for n in range(MANY)]
    await stage.settle()
    found = [contact.id for contact in await portions(stage.crm.all_contacts())]
    same(sorted(found), sorted(contact.id for contact in made), "every contact is read, once")


async def a_create_whose_answer_was_lost_is_found_again(stage: Stage) -> None:
    """The outcome is unknown, and find_created knows it (R71)."""
    since = stage.now()
    await stage.lose_answer()
    with refused_as(errors.OutcomeUnknown, "a write whose answer is lost has an unknown outcome"):
        await stage.crm.create_contact(ADA)
    found = there(await stage.crm.find_created(draft=ADA, since=since), "the contact was made and is found")
    same(found.email, ADA.email, "it is the right one")


async def a_lost_contact_without_an_address_is_found_by_name(stage: Stage) -> None:
    """Somebody without e-mail and phone whose answer was lost is found by name, and not taken for a namesake (R71)."""
    draft = records.ContactDraft(given_name="Io", family_name="Marsh", source="Conformance")
    other = records.ContactDraft(given_name="Io", family_name="Quill", source="Conformance")
    since = stage.now()
    await stage.crm.create_contact(other)
    await stage.lose_answer()
    with refused_as(errors.OutcomeUnknown, "a write whose answer is lost has an unknown outcome"):
        await stage.crm.create_contact(draft)
    found = there(await stage.crm.find_created(draft=draft, since=since), "it is found by its name")
    same(found.family_name, "Marsh", "it is the right one")
    again = await stage.crm.find_created(draft=draft, since=since, besides={found.id})
    same(again, None, "what is known to be somebody else's is not meant")


async def a_create_that_never_happened_is_not_found(stage: Stage) -> None:
    """Then it is safe to create; nor is an older contact mistaken for it (R71)."""
    since = stage.now()
    same(await stage.crm.find_created(draft=ADA, since=since), None, "nothing was made")
    await stage.crm.create_contact(ADA)
    await stage.settle()
    later = stage.now()
    same(await stage.crm.find_created(draft=ADA, since=later), None, "an older contact is somebody else's")


def _person(number: int) -> records.ContactDraft:
    return records.ContactDraft(given_name="Person", family_name=f"N{number}", email=f"n{number}@example.com")


async def a_tag_is_added_and_others_stay(stage: Stage) -> None:
    """Once or twice, the contact has it once."""
    made = await stage.crm.create_contact(ADA)
    for _ in range(2):
        await stage.crm.add_tag(made.id, "review-request")
    found = there(await stage.crm.contact(made.id), "the contact is still there")
    same(sorted(found.tags), ["first", "review-request"], "the tag is added to those that were there")


async def a_published_workflow_is_offered_and_started(stage: Stage) -> None:
    """Each start counts (R62): the connector repeats none by itself."""
    made = await stage.crm.create_contact(ADA)
    draft_id = await stage.draft_workflow("Not yet")
    workflow_id = await stage.publish_workflow("Ask for a review")
    offered = await stage.crm.workflows()
    same([each.name for each in offered if each.id == workflow_id], ["Ask for a review"], "it is offered")
    expect(draft_id not in {each.id for each in offered}, "what is not published does not run")
    await stage.crm.enrol(made.id, workflow_id)
    same(await stage.starts(workflow_id), 1, "the workflow was started once")


async def a_start_whose_answer_was_lost_is_in_doubt(stage: Stage) -> None:
    """Nobody can ask whether it was started, so it is not sent again (R62)."""
    made = await stage.crm.create_contact(ADA)
    workflow_id = await stage.publish_workflow("Ask for a review")
    await stage.lose_answer()
    with refused_as(errors.OutcomeUnknown, "a start without an answer is in doubt"):
        await stage.crm.enrol(made.id, workflow_id)
    same(await stage.starts(workflow_id), 1, "the connector did not repeat it")


CHECKS = (
    the_account_says_where_it_is,
    a_contact_comes_back_as_it_was_written,
    an_unknown_or_deleted_contact_is_none,
    a_contact_is_found_by_its_address,
    a_contact_that_exists_is_answered_unchanged,
    an_update_writes_what_is_set_and_nothing_else,
    changes_are_listed_oldest_first_and_once,
    all_contacts_are_all_contacts,
    a_create_whose_answer_was_lost_is_found_again,
    a_lost_contact_without_an_address_is_found_by_name,
    a_create_that_never_happened_is_not_found,
    a_tag_is_added_and_others_stay,
    a_published_workflow_is_offered_and_started,
    a_start_whose_answer_was_lost_is_in_doubt,
)
