"""Contacts: the duplicate rule, upsert, tags, enrolment, merges (reference 5)."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest


async def test_a_contact_comes_back_as_it_was_written(crm):
    """Names get their lower-case twins; the phone is stored as E.164."""
    made = await crm.contact(
        firstName="Søren", lastName="Kjær", email="Soren@example.com", phone="(207) 555-0143"
    )
    read = (await crm.ok("GET", f"/contacts/{made['id']}"))["contact"]

    assert read == made
    assert read["phone"] == "+12075550143"
    assert (read["contactName"], read["firstNameLowerCase"]) == ("søren kjær", "søren")
    assert (read["email"], read["emailLowerCase"]) == ("Soren@example.com", "soren@example.com")
    assert read["createdBy"]["source"] == "INTEGRATION"


async def test_a_contact_may_have_no_name_email_or_phone(crm):
    """Only the location is required (reference 5.2)."""
    made = await crm.contact()

    assert not {"firstName", "email", "phone"} & made.keys()


@pytest.mark.parametrize(
    ("again", "field"), [({"email": "ADA@example.com"}, "email"), ({"phone": "207-555-0143"}, "phone")]
)
async def test_a_duplicate_is_refused_with_the_one_that_exists(crm, again, field):
    """400 with meta (reference 5.4)."""
    first = await crm.contact(firstName="Ada", email="ada@example.com", phone="+12075550143")
    answer = await crm.call("POST", "/contacts/", {"locationId": crm.location, **again})

    assert answer.status_code == 400
    assert answer.json()["meta"] == {"contactId": first["id"], "matchingField": field, "contactName": "Ada"}


async def test_where_duplicates_are_allowed_they_are_made(crm):
    """The location's setting, which GET /locations shows."""
    await crm.act("/switches", {"allow_duplicate_contact": True})
    first, second = await crm.contact(email="a@example.com"), await crm.contact(email="a@example.com")
    location = (await crm.ok("GET", f"/locations/{crm.location}"))["location"]

    assert first["id"] != second["id"]
    assert location["settings"]["allowDuplicateContact"] is True


async def test_an_update_that_collides_loses_all_its_fields(crm):
    """The refused PUT changes nothing (reference 20, quirk 16)."""
    await crm.contact(phone="+12075550143")
    other = await crm.contact(firstName="Eva", email="eva@example.com")
    answer = await crm.call("PUT", f"/contacts/{other['id']}", {"firstName": "Eve", "phone": "+12075550143"})

    assert answer.status_code == 400
    assert (await crm.ok("GET", f"/contacts/{other['id']}"))["contact"]["firstName"] == "Eva"


async def test_an_update_is_partial_but_replaces_tags_and_custom_fields(crm):
    """Missing members stay; lists are replaced (reference 5.2)."""
    made = await crm.contact(
        firstName="Ada",
        tags=["a", "b"],
        customFields=[{"id": "f1", "field_value": "1"}],
        email="ada@example.com",
    )
    body = {"tags": ["B", "c"], "customFields": [{"id": "f2", "field_value": ["x"]}]}
    answer = await crm.ok("PUT", f"/contacts/{made['id']}", body)

    assert answer["succeded"] is True
    assert answer["contact"]["firstName"] == "Ada"
    assert answer["contact"]["tags"] == ["b", "c"]
    assert answer["contact"]["customFields"] == [{"id": "f2", "value": ["x"]}]


@pytest.mark.parametrize("name", ["locationId", "companyName", "additionalEmails", "gender", "colour"])
async def test_an_update_refuses_members_that_it_does_not_have(crm, name):
    """422 with the validator's words (reference 5.2)."""
    made = await crm.contact(email="ada@example.com")
    value = crm.location if name == "locationId" else "x"
    answer = await crm.call("PUT", f"/contacts/{made['id']}", {name: value})

    assert answer.status_code == 422
    assert answer.json()["message"] == [f"property {name} should not exist"]


async def test_company_name_on_put_can_be_switched_on(crm):
    """An open point of the reference (21, 12)."""
    await crm.act("/switches", {"company_name_on_put": True})
    made = await crm.contact(email="ada@example.com")
    answer = await crm.ok("PUT", f"/contacts/{made['id']}", {"companyName": "Byron Ltd"})

    assert answer["contact"]["companyName"] == "Byron Ltd"


@pytest.mark.parametrize(
    ("member", "value", "message"),
    [
        ("email", "nobody", "email must be an email"),
        ("phone", "call me", "phone must be a valid phone number"),
        ("country", "Narnia", "country must be a valid country code"),
        ("tags", "a", "tags must be an array"),
        ("dnd", "yes", "dnd must be a boolean value"),
        ("firstName", 5, "firstName must be a string"),
    ],
)
async def test_a_value_of_the_wrong_kind_is_refused(crm, member, value, message):
    """422 with a list of messages."""
    answer = await crm.call("POST", "/contacts/", {"locationId": crm.location, member: value})

    assert answer.status_code == 422
    assert answer.json()["message"] == [message]


async def test_nested_members_are_named_with_their_path(crm):
    """`dndSettings.SMS.status must be …`."""
    body = {"locationId": crm.location, "dndSettings": {"SMS": {"status": "maybe", "x": 1}}}
    answer = await crm.call("POST", "/contacts/", body)

    assert answer.json()["message"] == [
        "dndSettings.SMS.property x should not exist",
        "dndSettings.SMS.status must be one of the following values: active, inactive, permanent",
    ]


async def test_upsert_updates_by_email_and_ignores_another_ones_phone(crm):
    """The second field is ignored silently (reference 5.4)."""
    ada = await crm.contact(email="ada@example.com", phone="+12075550111")
    eva = await crm.contact(email="eva@example.com", phone="+12075550122")
    body = {"locationId": crm.location, "email": "ada@example.com", "phone": "+12075550122", "lastName": "B"}
    answer = await crm.ok("POST", "/contacts/upsert", body)

    assert answer["new"] is False
    assert (answer["contact"]["id"], answer["contact"]["phone"]) == (ada["id"], "+12075550111")
    assert answer["contact"]["lastName"] == "B"
    assert (await crm.ok("GET", f"/contacts/{eva['id']}"))["contact"]["phone"] == "+12075550122"


async def test_upsert_by_phone_alone_merges_different_people(crm):
    """The quirk that makes phones no identity (reference 20, quirk 18)."""
    ada = await crm.contact(firstName="Ada", phone="+12075550111")
    body = {"locationId": crm.location, "firstName": "Bob", "phone": "+12075550111"}
    answer = await crm.ok("POST", "/contacts/upsert", body)

    assert (answer["contact"]["id"], answer["contact"]["firstName"]) == (ada["id"], "Bob")


async def test_upsert_of_somebody_new_is_201(crm):
    """New is said in the body and by the status."""
    answer = await crm.call(
        "POST", "/contacts/upsert", {"locationId": crm.location, "email": "n@example.com"}
    )

    assert (answer.status_code, answer.json()["new"]) == (201, True)


async def test_the_duplicate_search_finds_by_email_or_number(crm):
    """The way to look before a create; it has no lag."""
    await crm.act("/switches", {"index_lag_seconds": 60})
    ada = await crm.contact(email="ada@example.com", phone="+12075550111")
    place = {"locationId": crm.location}
    by_email = await crm.ok("GET", "/contacts/search/duplicate", **place, email="Ada@example.com")
    by_number = await crm.ok("GET", "/contacts/search/duplicate", **place, number="+12075550111")
    nobody = await crm.ok("GET", "/contacts/search/duplicate", **place, email="x@example.com")

    assert by_email["contact"]["id"] == by_number["contact"]["id"] == ada["id"]
    assert nobody["contact"] is None


async def test_tags_are_added_and_removed_in_lower_case(crm):
    """The tag calls answer what is left."""
    made = await crm.contact(tags=["one"])
    added = await crm.call("POST", f"/contacts/{made['id']}/tags", {"tags": ["Two", "one"]})
    removed = await crm.call("DELETE", f"/contacts/{made['id']}/tags", {"tags": ["ONE"]})

    assert (added.status_code, added.json()["tags"]) == (201, ["one", "two"])
    assert (removed.status_code, removed.json()["tags"]) == (200, ["two"])


async def test_a_deleted_contact_is_gone_and_its_email_is_free(crm):
    """404 afterwards; the same e-mail can be used again."""
    made = await crm.contact(email="ada@example.com")
    await crm.ok("DELETE", f"/contacts/{made['id']}")
    gone = await crm.call("GET", f"/contacts/{made['id']}")
    again = await crm.contact(email="ada@example.com")

    assert gone.status_code == 404
    assert again["id"] != made["id"]


async def test_changes_are_told_by_kind(crm):
    """Tags and do-not-disturb have events of their own; nothing changed, nothing told (reference 11.5)."""
    made = await crm.contact(email="ada@example.com")
    one = f"/contacts/{made['id']}"
    await crm.ok("PUT", one, {"email": "ada@example.com"})
    await crm.ok("PUT", one, {"firstName": "Ada"})
    await crm.ok("POST", f"{one}/tags", {"tags": ["x"]})
    await crm.ok("PUT", one, {"dnd": True})
    await crm.ok("DELETE", one)

    assert crm.events() == [
        "ContactCreate",
        "ContactUpdate",
        "ContactTagUpdate",
        "ContactUpdate",
        "ContactDndUpdate",
        "ContactDelete",
    ]


async def test_enrolment_in_the_published_workflow_asks_for_a_review(crm):
    """The outbox shows what would have been sent (reference 12.1, 19.9)."""
    rows = (await crm.ok("GET", "/workflows/", locationId=crm.location))["workflows"]
    published, draft = rows
    ada = await crm.contact(email="ada@example.com")
    quiet = await crm.contact(email="quiet@example.com", dnd=True)
    for person, workflow in ((ada, published), (ada, draft), (quiet, published)):
        assert await crm.ok("POST", f"/contacts/{person['id']}/workflow/{workflow['id']}", {})
    outbox = (await crm.http.get("/_sandbox/outbox")).json()

    assert (published["name"], published["status"], draft["status"]) == (
        "Ask for a review",
        "published",
        "draft",
    )
    assert [each["to"] for each in outbox["messages"]] == ["ada@example.com"]
    assert len(outbox["enrolments"]) == 3


@pytest.mark.parametrize(
    ("channel", "status", "asked"),
    [("Email", "active", 0), ("Email", "permanent", 0), ("Email", "inactive", 1), ("SMS", "active", 1)],
)
async def test_do_not_disturb_holds_for_the_channel_that_would_be_used(crm, channel, status, asked):
    """`active` and `permanent` mean do not disturb (reference 5.2); enrolment says nothing of it (12.1)."""
    ada = await crm.contact(email="ada@example.com", dndSettings={channel: {"status": status}})
    workflow = next(iter(crm.sandbox.location.state.workflows))
    answer = await crm.call("POST", f"/contacts/{ada['id']}/workflow/{workflow}", {})
    outbox = (await crm.http.get("/_sandbox/outbox")).json()

    assert (answer.status_code, len(outbox["messages"])) == (200, asked)


async def test_a_gone_contact_can_be_told_with_400(crm):
    """Some of the original's calls do so; the text says it (reference 3.2)."""
    await crm.act("/switches", {"gone_contacts_are_400": True})
    answer = await crm.call("GET", "/contacts/nobody")

    assert (answer.status_code, "not found" in answer.json()["message"]) == (400, True)


async def test_upsert_by_a_second_email_replaces_the_first(crm):
    """The second address becomes the first, the first is lost (reference 5.4, 20.8); a merge leaves second ones behind."""
    loser = await crm.contact(email="old@example.com", phone="+12075550143")
    survivor = await crm.contact(email="new@example.com")
    await crm.act("/contacts/merge", {"survivor": survivor["id"], "loser": loser["id"]})
    one = f"/contacts/{survivor['id']}"
    merged = (await crm.ok("GET", one))["contact"]
    taken = await crm.call("POST", "/contacts/", {"locationId": crm.location, "email": "OLD@example.com"})
    again = await crm.ok("POST", "/contacts/upsert", {"locationId": crm.location, "email": "old@example.com"})
    after = (await crm.ok("GET", one))["contact"]
    refused = await crm.call("PUT", one, {"additionalEmails": ["new@example.com"]})

    assert (merged["email"], merged["additionalEmails"]) == ("new@example.com", ["old@example.com"])
    assert merged["phoneLabel"] == "Mobile"
    assert taken.json()["meta"]["contactId"] == again["contact"]["id"] == survivor["id"]
    assert (after["email"], after["additionalEmails"]) == ("old@example.com", [])
    assert refused.status_code == 422


async def field(crm, **members):
    made = await crm.ok("POST", f"/locations/{crm.location}/customFields", {"dataType": "TEXT", **members})
    found: dict[str, object] = made["customField"]
    return found


async def test_custom_fields_are_made_listed_and_written_by_id_or_key(crm):
    """As reference 4.3 shows them."""
    made = await field(crm, name="QuickBooks id", model="contact")
    other = await field(crm, name="Stage", model="opportunity")
    path = f"/locations/{crm.location}/customFields"
    listed = (await crm.ok("GET", path, model="contact"))["customFields"]
    contact = await crm.contact(
        email="ada@example.com", customFields=[{"key": "quickbooks_id", "field_value": "118"}]
    )

    assert listed == [made] and other["fieldKey"] == "opportunity.stage"
    assert (
        made.items()
        >= {
            "fieldKey": "contact.quickbooks_id",
            "dataType": "TEXT",
            "picklistOptions": [],
            "locationId": crm.location,
        }.items()
    )
    assert contact["customFields"] == [{"id": made["id"], "value": "118"}]


async def test_a_value_outside_the_picklist_fails_the_whole_put(crm):
    """400 with value and field, and nothing is written (reference 4.3, 20.17)."""
    plan = await field(
        crm, name="Plan", dataType="SINGLE_OPTIONS", textBoxListOptions=["Basic", {"label": "Plus"}]
    )
    contact = await crm.contact(email="ada@example.com")
    one = f"/contacts/{contact['id']}"
    body = {"lastName": "Byron", "customFields": [{"id": plan["id"], "field_value": "Gold"}]}
    answer = await crm.call("PUT", one, body)
    after = (await crm.ok("GET", one))["contact"]
    await crm.ok("PUT", one, {"customFields": [{"id": plan["id"], "field_value": "Plus"}]})

    assert answer.status_code == 400
    assert answer.json()["message"] == f'Invalid Custom Field Value "Gold" for "{plan["id"]}"'
    assert "lastName" not in after and after["customFields"] == []


async def test_the_deprecated_list_pages_by_time_and_id(crm):
    """Newest first, each once, as its own next page's address leads on (reference 5.1)."""
    made = []
    for number in range(5):
        made.append((await crm.contact(email=f"c{number}@example.com"))["id"])
        crm.clock.advance(number % 2)
    first = await crm.ok("GET", "/contacts/", locationId=crm.location, limit="2")
    seen, page = [*first["contacts"]], first
    while page["meta"]["nextPageUrl"]:
        query = dict(parse_qsl(urlsplit(page["meta"]["nextPageUrl"]).query))
        page = await crm.ok("GET", "/contacts/", **query)
        seen += page["contacts"]
    much = await crm.call("GET", "/contacts/", locationId=crm.location, limit="101")

    assert (first["meta"]["total"], first["meta"]["currentPage"], first["meta"]["nextPage"]) == (5, 1, 2)
    assert sorted(each["id"] for each in seen) == sorted(made)
    assert seen[0]["id"] == made[-1]
    assert much.status_code == 422


async def test_an_unknown_workflow_is_404(crm):
    """And so is an unknown contact."""
    ada = await crm.contact(email="ada@example.com")
    workflow = next(iter(crm.sandbox.location.state.workflows))

    assert (await crm.call("POST", f"/contacts/{ada['id']}/workflow/nothing", {})).status_code == 404
    assert (await crm.call("POST", f"/contacts/nobody/workflow/{workflow}", {})).status_code == 404


async def test_a_merge_moves_the_transactions_and_removes_the_loser(crm):
    """Transactions remember whom they came from (reference 5.6)."""
    sale = await crm.buy(contact={"email": "old@example.com", "firstName": "Ada"})
    survivor = await crm.contact(email="ada@example.com")
    loser = sale["contact"]["id"]
    await crm.act("/contacts/merge", {"survivor": survivor["id"], "loser": loser})

    (row,) = await crm.transactions()
    assert (row["contactId"], row["mergedFromContactId"]) == (survivor["id"], loser)
    assert (await crm.call("GET", f"/contacts/{loser}")).status_code == 404
    assert (await crm.ok("GET", f"/contacts/{survivor['id']}"))["contact"]["firstName"] == "Ada"
    assert "ContactDelete" in crm.events()
