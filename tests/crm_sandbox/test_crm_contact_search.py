"""Search: filters, sorting, both ways of paging, lag (reference 5.5)."""

from __future__ import annotations

import pytest


@pytest.fixture
async def people(crm):
    """Six contacts, a minute apart."""
    names = ("Ada", "Bo", "Cy", "Di", "Ed", "Fay")
    made = []
    for number, name in enumerate(names):
        tags = ["customer"] if number % 2 else []
        made.append(
            await crm.contact(firstName=name, email=f"{name.lower()}@example.com", tags=tags, city="Portland")
        )
        crm.clock.advance(60)
    return made


async def search(crm, **members):
    body = {"locationId": crm.location, "pageLimit": 100, **members}
    return await crm.ok("POST", "/contacts/search", body)


def names(found):
    return [each["firstName"] for each in found["contacts"]]


async def test_without_filters_the_newest_come_first(crm, people):
    """All contacts, and how many there are."""
    found = await search(crm)

    assert names(found) == ["Fay", "Ed", "Di", "Cy", "Bo", "Ada"]
    assert found["total"] == 6


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ([{"field": "email", "operator": "eq", "value": "ADA@example.com"}], {"Ada"}),
        (
            [{"field": "email", "operator": "not_eq", "value": "ada@example.com"}],
            {"Bo", "Cy", "Di", "Ed", "Fay"},
        ),
        ([{"field": "tags", "operator": "contains", "value": "customer"}], {"Bo", "Di", "Fay"}),
        ([{"field": "tags", "operator": "not_contains", "value": "customer"}], {"Ada", "Cy", "Ed"}),
        ([{"field": "phone", "operator": "exists"}], set()),
        (
            [{"field": "city", "operator": "exists"}, {"field": "tags", "operator": "exists"}],
            {"Bo", "Di", "Fay"},
        ),
        (
            [{"field": "dateUpdated", "operator": "range", "value": {"gt": "2026-03-02T15:04:00.000Z"}}],
            {"Fay"},
        ),
        (
            [
                {
                    "field": "dateUpdated",
                    "operator": "range",
                    "value": {"gte": "2026-03-02T15:01:00Z", "lt": "2026-03-02T15:03:00Z"},
                }
            ],
            {"Bo", "Cy"},
        ),
        (
            [
                {
                    "group": "OR",
                    "filters": [
                        {"field": "firstNameLowerCase", "operator": "eq", "value": "ada"},
                        {
                            "group": "AND",
                            "filters": [
                                {"field": "tags", "operator": "contains", "value": "customer"},
                                {"field": "firstNameLowerCase", "operator": "contains", "value": "a"},
                            ],
                        },
                    ],
                }
            ],
            {"Ada", "Fay"},
        ),
    ],
)
async def test_filters_say_who_is_found(crm, people, filters, expected):
    """Operators and nested groups; filters beside each other must all hold."""
    assert set(names(await search(crm, filters=filters))) == expected


async def test_the_free_query_looks_at_name_and_email(crm, people):
    """Text over name, e-mail, phone, company."""
    assert names(await search(crm, query="FAY@")) == ["Fay"]


async def test_pages_are_numbered_from_one(crm, people):
    """Page mode."""
    sort = [{"field": "firstNameLowerCase", "direction": "asc"}]
    pages = [names(await search(crm, pageLimit=4, page=page, sort=sort)) for page in (1, 2, 3)]

    assert pages == [["Ada", "Bo", "Cy", "Di"], ["Ed", "Fay"], []]


async def test_the_cursor_leads_past_what_was_seen(crm, people):
    """Cursor mode walks everything once, also while records are added."""
    sort = [{"field": "dateUpdated", "direction": "asc"}]
    seen, after = [], None
    while True:
        found = await search(crm, pageLimit=2, sort=sort, **({} if after is None else {"searchAfter": after}))
        if not found["contacts"]:
            break
        seen += names(found)
        after = found["contacts"][-1]["searchAfter"]
        if len(seen) == 2:
            await crm.contact(firstName="Gus")

    assert seen == ["Ada", "Bo", "Cy", "Di", "Ed", "Fay", "Gus"]


async def test_equal_sort_values_are_not_lost_between_pages(crm):
    """The id breaks the tie."""
    for number in range(7):
        await crm.contact(firstName="Same", email=f"{number}@example.com")
    sort = [{"field": "dateUpdated", "direction": "desc"}]
    seen, after = set(), {}
    for _ in range(4):
        found = (await search(crm, pageLimit=2, sort=sort, **after))["contacts"]
        seen |= {each["id"] for each in found}
        after = {"searchAfter": found[-1]["searchAfter"]}

    assert len(seen) == 7


@pytest.mark.parametrize(
    ("members", "status"),
    [
        ({"pageLimit": 501}, 422),
        ({"page": 101}, 400),
        ({"page": 1, "searchAfter": [1, "x"]}, 400),
        ({"searchAfter": [1]}, 400),
        ({"query": "x" * 76}, 422),
        ({"colour": "red"}, 422),
        ({"filters": [{"field": "colour", "operator": "eq", "value": "red"}]}, 422),
        ({"filters": [{"field": "email", "operator": "like", "value": "a"}]}, 422),
        ({"filters": [{"field": "dateUpdated", "operator": "range", "value": {"after": 1}}]}, 422),
        ({"sort": [{"field": "colour", "direction": "asc"}]}, 422),
    ],
)
async def test_a_search_that_makes_no_sense_is_refused(crm, members, status):
    """Limits and spelling are checked."""
    body = {"locationId": crm.location, "pageLimit": 100, **members}

    assert (await crm.call("POST", "/contacts/search", body)).status_code == status


async def test_the_index_lags_behind_writes_when_told_to(crm):
    """A search shows the old state until the lag is over; a read shows the new one."""
    made = await crm.contact(firstName="Ada")
    await crm.act("/switches", {"index_lag_seconds": 5})
    await crm.ok("PUT", f"/contacts/{made['id']}", {"firstName": "Eve"})
    before = names(await search(crm))
    crm.clock.advance(5)

    assert (before, names(await search(crm))) == (["Ada"], ["Eve"])


async def test_custom_fields_can_be_searched(crm):
    """`customFields.<id>`."""
    await crm.contact(firstName="Ada", customFields=[{"id": "f1", "field_value": "118"}])
    filters = [{"field": "customFields.f1", "operator": "eq", "value": "118"}]

    assert names(await search(crm, filters=filters)) == ["Ada"]
