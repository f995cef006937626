"""One location through the port: the calls it makes, the pages it walks, the refusals it works around."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest

from counterfoil import errors
from counterfoil.crm import port
from counterfoil.crm import records as crm
from counterfoil.crm.highlevel import answers, connector, contacts, members

LOCATION = "LocInvented0000000001"
SINCE = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)


def contact(id: str = "c1", **more: Any) -> dict[str, Any]:
    return {"id": id, "dateAdded": "2026-03-02T14:30:00.000Z", **more}


def invoice(id: str, issued: str = "2026-03-01T05:00:00.000Z", **more: Any) -> dict[str, Any]:
    return {
        "_id": id,
        "status": "sent",
        "currency": "USD",
        "issueDate": issued,
        "total": 10,
        "invoiceItems": [],
        "contactDetails": {"id": "c1"},
        "createdAt": "2026-03-01T15:00:00.000Z",
        **more,
    }


def transaction(id: str, created: str = "2026-03-02T10:00:00.000Z", **more: Any) -> dict[str, Any]:
    return {
        "_id": id,
        "contactId": "c1",
        "currency": "USD",
        "amount": 10,
        "status": "succeeded",
        "entityType": "invoice",
        "entityId": "inv1",
        "createdAt": created,
        "fulfilledAt": created,
        **more,
    }


def test_a_location_satisfies_the_port(bench) -> None:
    """mypy compares every signature; here we see that the object is one."""
    crm_: port.Crm = connector.HighLevel(bench.client, LOCATION, sleep=bench.time.sleep)

    assert callable(crm_.account)


class TestReading:
    async def test_the_zone_is_read_once_and_kept(self, bench) -> None:
        """Dates need the location's zone; asking for it again would waste calls."""
        bench.script.on(
            f"GET /locations/{LOCATION}",
            {"location": {"id": LOCATION, "name": "Shop", "country": "NZ", "timezone": "Pacific/Auckland"}},
        )
        bench.script.on("GET /invoices/inv1", invoice("inv1", "2026-03-01T11:00:00.000Z"))
        unknown = connector.HighLevel(bench.client, LOCATION, sleep=bench.time.sleep)

        first = await unknown.invoice(crm.InvoiceId("inv1"))
        await unknown.invoice(crm.InvoiceId("inv1"))

        assert first is not None
        assert first.issue_date == date(2026, 3, 2)
        assert bench.script.asked().count(f"GET /locations/{LOCATION}") == 1

    @pytest.mark.parametrize("status", [404, 400, 422])
    async def test_a_deleted_contact_is_none(self, bench, refuse, status) -> None:
        """Deleted contacts are refused in several ways (reference 3.2)."""
        bench.script.on("GET /contacts/x", refuse(status, "The record was not found"))

        assert await bench.crm.contact(crm.ContactId("x")) is None

    async def test_what_is_gone_is_none(self, bench, refuse) -> None:
        """404, in HighLevel's own words (reference 3.2)."""
        for path in ("invoices", "payments/orders", "payments/transactions"):
            bench.script.on(f"GET /{path}/x", refuse(404, "The record was not found"))

        assert await bench.crm.invoice(crm.InvoiceId("x")) is None
        assert await bench.crm.order(crm.OrderId("x")) is None
        assert await bench.crm.transaction(crm.TransactionId("x")) is None

    async def test_R34_a_page_of_a_proxy_deletes_no_invoice(self, bench) -> None:
        """Else every invoice looked at in that hour would be voided in QuickBooks (quirk 19)."""
        bench.script.on("GET /invoices/x", httpx.Response(404, text="<html>no such host</html>"))

        with pytest.raises(errors.TryLater):
            await bench.crm.invoice(crm.InvoiceId("x"))

    async def test_a_failed_read_is_not_an_absent_record(self, bench, refuse) -> None:
        """Nothing may be concluded from a failure (quirk 19)."""
        bench.script.on("GET /contacts/x", refuse(500, "oops"))

        with pytest.raises(errors.TryLater):
            await bench.crm.contact(crm.ContactId("x"))

    async def test_no_id_asks_nobody(self, bench) -> None:
        """An invoice without a contact must not turn into a listing of all contacts."""
        assert await bench.crm.contact(crm.ContactId("")) is None
        assert bench.script.requests == []

    async def test_payments_are_asked_for_this_location(self, bench) -> None:
        """The payments family wants `altId` and `altType` (reference 1.5)."""
        bench.script.on(
            "GET /payments/orders/o1",
            {"_id": "o1", "currency": "USD", "amount": 0, "createdAt": "2026-03-01T00:00:00Z"},
        )

        await bench.crm.order(crm.OrderId("o1"))

        assert dict(bench.script.requests[0].url.params) == {"altId": LOCATION, "altType": "location"}

    async def test_a_detail_without_the_date_of_the_charge_is_completed_from_the_listing(self, bench) -> None:
        """The documented detail has no `fulfilledAt`; a back-dated payment would get the wrong day."""
        detail = {**transaction("tx1"), "qboSynced": True, "entityId": "inv1"}
        del detail["fulfilledAt"]
        bench.script.on("GET /payments/transactions/tx1", detail)
        listed = transaction("tx1", fulfilledAt="2026-01-05T12:00:00Z")
        bench.script.on("GET /payments/transactions", {"data": [listed], "totalCount": 1})

        found = await bench.crm.transaction(crm.TransactionId("tx1"))

        assert found is not None
        assert found.charged_at == datetime(2026, 1, 5, 12, tzinfo=UTC)
        assert found.posted_by_other_connector

    async def test_an_unreadable_record_raises_when_it_is_read_alone(self, bench) -> None:
        """Somebody has to look at it; the message names the member."""
        bench.script.on("GET /invoices/inv1", {"_id": "inv1"})

        with pytest.raises(members.Unreadable, match="inv1"):
            await bench.crm.invoice(crm.InvoiceId("inv1"))


class TestListings:
    async def test_invoices_are_walked_by_issue_date_with_an_overlap(self, bench) -> None:
        """Offsets count over changing data; pages overlap, and a day more is asked for (reference 7.9)."""
        full = [invoice(f"i{n}") for n in range(answers.PAGE)]
        bench.script.on(
            "GET /invoices/",
            {"invoices": full, "total": 101},
            {"invoices": [invoice("early", "2026-02-27T05:00:00.000Z"), invoice("last")], "total": 97},
        )

        first = await bench.crm.invoices_issued(since=date(2026, 3, 1), after=None)
        second = await bench.crm.invoices_issued(since=date(2026, 3, 1), after=first.after)

        assert first.after == str(answers.PAGE - answers.OVERLAP)
        assert second.after is None
        assert [item.id for item in second.items] == ["last"]
        query = bench.script.requests[0].url.params
        assert query["startAt"] == "2026-02-28"
        assert (query["limit"], query["offset"]) == ("100", "0")
        assert (query["sortField"], query["sortOrder"]) == ("issueDate", "ascend")

    async def test_open_invoices_are_walked_state_by_state(self, bench) -> None:
        """Sent, partly paid, and those whose bank debit is on its way."""

        def answer(request: httpx.Request) -> httpx.Response:
            status = request.url.params["status"]
            return httpx.Response(200, json={"invoices": [invoice(status, status=status)], "total": 1})

        bench.script.on("GET /invoices/", answer)
        found, after = [], None
        while True:
            page = await bench.crm.open_invoices(after=after)
            found += [item.status.value for item in page.items]
            after = page.after
            if after is None:
                break

        assert found == ["sent", "partially_paid", "payment_processing"]

    async def test_one_odd_record_does_not_stop_a_listing(self, bench) -> None:
        """The most common outage of such a service is one record that stops all (reference 3.3). It is named, so that a
        person learns of it (R72)."""
        bench.script.on("GET /invoices/", {"invoices": [{"_id": "odd"}, invoice("good"), None], "total": 3})

        page = await bench.crm.invoices_issued(since=date(2026, 3, 1), after=None)

        assert [item.id for item in page.items] == ["good"]
        assert page.unreadable == ("odd",)

    async def test_R72_a_payment_or_an_open_invoice_that_is_odd_is_named_too(self, bench) -> None:
        """Every listing that a poll walks names what it cannot understand."""
        bench.script.on("GET /payments/transactions", {"data": [{"_id": "odd"}], "totalCount": 1})
        bench.script.on("GET /invoices/", {"invoices": [{"_id": "odd"}], "total": 1})

        payments = await bench.crm.transactions_since(since=date(2026, 3, 1), after=None)
        invoices = await bench.crm.open_invoices(after=None)

        assert (payments.unreadable, invoices.unreadable) == (("odd",), ("odd",))

    async def test_transactions_of_a_document_come_oldest_first_and_once(self, bench) -> None:
        """Overlapping pages may bring one twice."""
        later, earlier = transaction("b"), transaction("a", "2026-03-01T10:00:00.000Z")
        bench.script.on(
            "GET /payments/transactions",
            {"data": [later] * answers.PAGE, "totalCount": 101},
            {"data": [later, earlier], "totalCount": 97},
        )

        found = await bench.crm.transactions_of(entity_id="inv1")

        assert [item.id for item in found] == ["a", "b"]
        assert bench.script.requests[0].url.params["entityId"] == "inv1"

    async def test_transactions_since_a_day_are_live_and_of_the_locations_day(self, bench) -> None:
        """The filter's zone is unknown: a day more is asked for, and what is too early is left out."""
        bench.script.on(
            "GET /payments/transactions",
            {
                "data": [
                    transaction("before midnight in New York", "2026-03-02T04:59:00.000Z"),
                    transaction("after midnight", "2026-03-02T05:00:00.000Z"),
                ],
                "totalCount": 2,
            },
        )

        page = await bench.crm.transactions_since(since=date(2026, 3, 2), after=None)

        assert [item.id for item in page.items] == ["after midnight"]
        query = bench.script.requests[0].url.params
        assert (query["paymentMode"], query["startAt"]) == ("live", "2026-03-01")

    async def test_changed_contacts_are_walked_by_cursor(self, bench) -> None:
        """The cursor of the last contact leads on; page numbers end at ten thousand (reference 5.5)."""
        whole = answers.CONTACTS_PAGE
        full = [contact(f"c{n}", searchAfter=[1772460000000.25 + n, f"c{n}"]) for n in range(whole)]
        bench.script.on(
            "POST /contacts/search", {"contacts": full, "total": 501}, {"contacts": [], "total": 501}
        )

        first = await bench.crm.contacts_changed(since=SINCE, after=None)
        second = await bench.crm.contacts_changed(since=SINCE, after=first.after)

        assert (len(first.items), second.after) == (whole, None)
        asked = bench.script.bodies("POST /contacts/search")
        assert "searchAfter" not in asked[0]
        assert "page" not in asked[1]
        assert asked[1]["searchAfter"] == [1772460000499.25, "c499"]
        assert asked[0]["filters"] == [
            {
                "group": "AND",
                "filters": [
                    {
                        "field": "dateUpdated",
                        "operator": "range",
                        "value": {"gt": "2026-03-02T13:59:59.999Z"},
                    }
                ],
            }
        ]
        assert asked[0]["sort"] == [{"field": "dateUpdated", "direction": "asc"}]

    async def test_listings_stop_before_the_day_is_used_up(self, bench) -> None:
        """What is left of the day belongs to single records."""
        bench.quota.day.learn(limit=10_000, remaining=400)
        bench.script.on("GET /contacts/c1", {"contact": contact()})

        with pytest.raises(errors.TryLater):
            await bench.crm.transactions_since(since=date(2026, 3, 2), after=None)
        assert await bench.crm.contact(crm.ContactId("c1")) is not None

    async def test_a_renewal_is_named_after_its_product(self, bench) -> None:
        """Transactions carry the provider's id; the listing finds the record, its detail the name (reference 9.6)."""
        bench.script.on(
            "GET /payments/subscriptions",
            {"data": [{"_id": "s0", "subscriptionId": "other"}, {"_id": "s1", "subscriptionId": "sub_1"}]},
        )
        bench.script.on(
            "GET /payments/subscriptions/s1",
            {"_id": "s1", "recurringProduct": {"product": {"name": "Members area"}}},
        )

        assert await bench.crm.subscription_name("sub_1") == "Members area"

    async def test_a_renewal_without_a_name_does_not_stop_the_money(self, bench, refuse) -> None:
        """A refused or odd answer gives an empty name."""
        bench.script.on("GET /payments/subscriptions", refuse(400, "no"), {"odd": 1}, {"data": []})

        assert [await bench.crm.subscription_name("sub_1") for _ in range(3)] == ["", "", ""]
        assert await bench.crm.subscription_name("") == ""


class TestFinding:
    async def test_an_email_goes_before_a_phone(self, bench) -> None:
        """A shared telephone is no identity (quirk 18)."""
        bench.script.on("GET /contacts/search/duplicate", {"contact": None}, {"contact": contact("c2")})

        found = await bench.crm.find_contact(email=" ada@example.com ", phone="+12075550143")

        assert found is not None
        assert found.id == "c2"
        queries = [dict(request.url.params) for request in bench.script.requests]
        assert queries == [
            {"locationId": LOCATION, "email": "ada@example.com"},
            {"locationId": LOCATION, "number": "+12075550143"},
        ]

    async def test_nobody_is_found_without_a_question(self, bench) -> None:
        """Neither e-mail nor phone: no call, no contact."""
        assert await bench.crm.find_contact() is None

    async def test_R71_a_lost_create_is_found_by_email(self, bench) -> None:
        """The duplicate check sees it at once."""
        made = contact(email="ada@example.com", source="QuickBooks")
        bench.script.on("GET /contacts/search/duplicate", {"contact": made})
        draft = crm.ContactDraft(email="ada@example.com", source="QuickBooks")

        found = await bench.crm.find_created(draft=draft, since=SINCE)

        assert found is not None
        assert found.id == "c1"
        assert bench.time.slept == []

    @pytest.mark.parametrize(
        "other",
        [
            {"source": "web form"},
            {"source": "QuickBooks", "dateAdded": "2026-03-02T13:00:00.000Z"},
            {"source": "QuickBooks", "dateAdded": None},
        ],
    )
    async def test_R71_somebody_elses_contact_is_not_taken_for_ours(self, bench, other) -> None:
        """Older, or of another source: it was there without us."""
        bench.script.on("GET /contacts/search/duplicate", {"contact": contact(**other)})
        draft = crm.ContactDraft(email="ada@example.com", source="QuickBooks")

        assert await bench.crm.find_created(draft=draft, since=SINCE) is None

    async def test_R71_a_lost_create_without_an_email_is_found_by_name(self, bench) -> None:
        """After the index had time; a namesake with another address is not it."""
        draft = crm.ContactDraft(
            given_name="Ada",
            family_name="Quill",
            source="QuickBooks",
            address=crm.Address(line1="1 Ink Lane"),
        )
        named = {"firstName": "Ada", "lastName": "Quill", "source": "QuickBooks"}
        bench.script.on(
            "POST /contacts/search",
            {
                "contacts": [
                    contact("namesake", **named, address1="9 Elm Road"),
                    contact("ours", **named, address1="1 Ink Lane"),
                ]
            },
        )

        found = await bench.crm.find_created(draft=draft, since=SINCE)

        assert found is not None
        assert found.id == "ours"
        assert bench.time.slept == [contacts.INDEX_LAG_SECONDS]
        assert bench.script.bodies("POST /contacts/search")[0]["query"] == "Ada Quill"


class TestWriting:
    async def test_a_contact_is_created_with_documented_members_only(self, bench) -> None:
        """One unknown member and HighLevel refuses everything."""
        bench.script.on("POST /contacts/", httpx.Response(201, json={"contact": contact("new")}))
        draft = crm.ContactDraft(
            given_name="Ada",
            family_name="Quill",
            company="Quill & Sons",
            email="ada@example.com",
            phone="+12075550143",
            address=crm.Address(line1="1 Ink Lane", city="Portland", region="ME", country="us"),
            tags=("quickbooks",),
            source="QuickBooks",
        )

        found = await bench.crm.create_contact(draft)

        assert found.id == "new"
        assert bench.script.bodies("POST /contacts/") == [
            {
                "locationId": LOCATION,
                "firstName": "Ada",
                "lastName": "Quill",
                "companyName": "Quill & Sons",
                "email": "ada@example.com",
                "phone": "+12075550143",
                "address1": "1 Ink Lane",
                "city": "Portland",
                "state": "ME",
                "country": "US",
                "tags": ["quickbooks"],
                "source": "QuickBooks",
            }
        ]

    async def test_an_existing_contact_is_returned_unchanged(self, bench, refuse) -> None:
        """The duplicate answer names it; it is adopted, not written (reference 5.4)."""
        bench.script.on(
            "POST /contacts/",
            refuse(400, "duplicated", meta={"contactId": "c7", "matchingField": "email"}),
        )
        bench.script.on("GET /contacts/c7", {"contact": contact("c7")})

        found = await bench.crm.create_contact(crm.ContactDraft(email="ada@example.com"))

        assert found.id == "c7"
        assert bench.script.asked() == ["POST /contacts/", "GET /contacts/c7"]

    async def test_an_update_sends_what_is_set_and_never_tags_or_location(self, bench) -> None:
        """PUT refuses the location and would replace all tags; a country written out would be refused."""
        bench.script.on("PUT /contacts/c1", {"succeded": True, "contact": contact(tags=["Customer"])})
        bench.script.on("POST /contacts/c1/tags", httpx.Response(201, json={"tags": []}))
        draft = crm.ContactDraft(
            given_name="Ada",
            family_name="",
            address=crm.Address(city="Portland", country="United States"),
            tags=("customer", "quickbooks"),
        )

        found = await bench.crm.update_contact(crm.ContactId("c1"), draft)

        assert bench.script.bodies("PUT /contacts/c1") == [{"firstName": "Ada", "city": "Portland"}]
        assert bench.script.bodies("POST /contacts/c1/tags") == [{"tags": ["quickbooks"]}]
        assert found.tags == ("Customer", "quickbooks")

    async def test_an_email_that_belongs_to_another_contact_does_not_lose_the_rest(
        self, bench, refuse
    ) -> None:
        """HighLevel refuses the whole update for it (quirk 16)."""
        taken = [
            refuse(400, "duplicated", meta={"contactId": "c8", "matchingField": name})
            for name in ("email", "phone")
        ]
        bench.script.on("PUT /contacts/c1", *taken, {"contact": contact(firstName="Ada")})
        draft = crm.ContactDraft(given_name="Ada", email="ada@example.com", phone="+12075550143")

        found = await bench.crm.update_contact(crm.ContactId("c1"), draft)

        assert found.given_name == "Ada"
        assert bench.script.bodies("PUT /contacts/c1")[-1] == {"firstName": "Ada"}

    async def test_an_update_of_nothing_else_than_a_taken_email_writes_nothing(self, bench, refuse) -> None:
        """What is left is empty, so the contact is only read."""
        bench.script.on(
            "PUT /contacts/c1", refuse(400, "dup", meta={"contactId": "c8", "matchingField": "email"})
        )
        bench.script.on("GET /contacts/c1", {"contact": contact(email="old@example.com")})

        found = await bench.crm.update_contact(crm.ContactId("c1"), crm.ContactDraft(email="a@example.com"))

        assert found.email == "old@example.com"

    async def test_a_company_goes_by_upsert_where_put_refuses_it(self, bench, refuse) -> None:
        """PUT may refuse `companyName`; upsert takes it, when it is sure to find this very contact."""
        bench.script.on(
            "PUT /contacts/c1",
            refuse(422, ["property companyName should not exist"]),
            {"contact": contact(firstName="Ada", email="ada@example.com")},
        )
        bench.script.on("GET /contacts/search/duplicate", {"contact": contact("c1")})
        written = contact(companyName="Quill & Sons")
        bench.script.on("POST /contacts/upsert", {"new": False, "contact": written})

        found = await bench.crm.update_contact(
            crm.ContactId("c1"), crm.ContactDraft(given_name="Ada", company="Quill & Sons")
        )

        assert found.company == "Quill & Sons"
        assert bench.script.bodies("POST /contacts/upsert") == [
            {"locationId": LOCATION, "email": "ada@example.com", "companyName": "Quill & Sons"}
        ]

    async def test_a_company_is_left_out_when_upsert_would_find_somebody_else(self, bench, refuse) -> None:
        """A wrong company on a stranger is worse than a missing one."""
        bench.script.on(
            "PUT /contacts/c1",
            refuse(422, ["property companyName should not exist"]),
            {"contact": contact(email="ada@example.com")},
        )
        bench.script.on("GET /contacts/search/duplicate", {"contact": contact("twin")})

        found = await bench.crm.update_contact(
            crm.ContactId("c1"), crm.ContactDraft(given_name="Ada", company="Quill & Sons")
        )

        assert found.company == ""
        assert "POST /contacts/upsert" not in bench.script.asked()

    async def test_a_refusal_that_is_not_ours_to_work_around_is_raised(self, bench, refuse) -> None:
        """A bad e-mail address is for a person."""
        bench.script.on("PUT /contacts/c1", refuse(422, ["email must be an email"]))

        with pytest.raises(errors.Refused) as caught:
            await bench.crm.update_contact(crm.ContactId("c1"), crm.ContactDraft(email="nonsense"))

        assert caught.value.detail == "email must be an email"


@pytest.mark.parametrize("spelling", ["succeded", "succeeded"])
async def test_R62_a_start_that_highlevel_did_not_make_is_no_start(bench, spelling) -> None:
    """The older generation misspells the word (reference 1.3); whoever was not started was not asked."""
    bench.script.on("POST /contacts/c1/workflow/w1", {spelling: False}, {spelling: True})

    with pytest.raises(errors.Refused):
        await bench.crm.enrol(crm.ContactId("c1"), "w1")
    await bench.crm.enrol(crm.ContactId("c1"), "w1")
