"""The checks notice a connector that breaks a promise; each case breaks one, and one check says which."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from conformance import highlevel_stage
from counterfoil import errors
from counterfoil.crm import conformance, port, records
from sandbox_kit import virtual_time

CHECKS = {check.__name__: check for check in conformance.CHECKS}
replace = msgspec.structs.replace


@dataclass
class Bent:
    """A connector of which one method answers something else. `bend` gets the true answer."""

    straight: Any
    method: str
    bend: Callable[[Any], Any]

    def __getattr__(self, name: str) -> Any:
        true = getattr(self.straight, name)
        if name != self.method:
            return true

        async def bent(*given: Any, **named: Any) -> Any:
            return self.bend(await true(*given, **named))

        return bent


def changed(**members: Any) -> Callable[[Any], Any]:
    return lambda record: None if record is None else replace(record, **members)


def without_last(page: Any) -> Any:
    return page if page.after else port.Page(items=page.items[:-1], after=None)


def backwards(page: Any) -> Any:
    return replace(page, items=page.items[::-1])


def without(status: str) -> Callable[[Any], Any]:
    return lambda page: replace(page, items=tuple(each for each in page.items if each.status.value != status))


LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)

BROKEN = [
    ("account", changed(country="us"), "the_account_says_where_it_is"),
    ("account", changed(time_zone="Eastern"), "the_account_says_where_it_is"),
    ("create_contact", changed(source=""), "a_contact_comes_back_as_it_was_written"),
    ("create_contact", changed(phone=None), "a_contact_comes_back_as_it_was_written"),
    ("contact", lambda found: found or replace, "an_unknown_or_deleted_contact_is_none"),
    ("find_contact", lambda found: None, "a_contact_is_found_by_its_address"),
    ("update_contact", changed(tags=()), "an_update_writes_what_is_set_and_nothing_else"),
    ("contacts_changed", without_last, "changes_are_listed_oldest_first_and_once"),
    ("find_created", lambda found: None, "a_create_whose_answer_was_lost_is_found_again"),
    ("invoice", changed(total=120.5), "an_invoice_is_followed_to_its_end"),
    ("invoices_issued", without_last, "invoices_are_listed_by_their_day_and_by_what_is_open"),
    ("transactions_of", lambda found: found[::-1], "the_payment_of_an_invoice_belongs_to_it"),
    ("order", changed(lines=()), "a_sale_is_an_order_and_a_payment"),
    ("order", changed(live=True), "what_is_sold_in_test_mode_is_no_sale"),
    ("transaction", changed(amount_refunded=Decimal(0)), "refunds_are_a_growing_figure"),
    ("transaction", changed(amount=Decimal(1)), "refunds_are_a_growing_figure"),
    ("posted_elsewhere", lambda found: None, "another_connector_is_noticed"),
    (
        "transaction",
        lambda found: replace(found, created_at=found.created_at.replace(tzinfo=None)) if found else None,
        "a_sale_is_an_order_and_a_payment",
    ),
    ("transaction", changed(invoice_id="i", order_id=None), "a_sale_is_an_order_and_a_payment"),
    ("account", changed(time_zone="UTC"), "the_account_says_where_it_is"),
    ("contacts_changed", backwards, "changes_are_listed_oldest_first_and_once"),
    ("invoice", changed(number=""), "an_invoice_is_followed_to_its_end"),
    ("invoice", changed(due_date=None), "an_invoice_is_followed_to_its_end"),
    ("invoice", changed(billing_email=""), "an_invoice_is_followed_to_its_end"),
    ("invoice", changed(currency="EUR"), "an_invoice_is_followed_to_its_end"),
    ("invoice", changed(sub_total=Decimal(1)), "an_invoice_is_followed_to_its_end"),
    ("invoice", changed(updated_at=LONG_AGO), "an_invoice_is_followed_to_its_end"),
    ("invoices_issued", without("draft"), "invoices_are_listed_by_their_day_and_by_what_is_open"),
    ("invoices_issued", without("void"), "invoices_are_listed_by_their_day_and_by_what_is_open"),
    ("open_invoices", without("partially_paid"), "invoices_are_listed_by_their_day_and_by_what_is_open"),
    ("transaction", changed(source=records.Source.OTHER), "the_payment_of_an_invoice_belongs_to_it"),
    ("transaction", changed(source=records.Source.INVOICE), "a_sale_is_an_order_and_a_payment"),
    ("transaction", changed(method=""), "a_sale_is_an_order_and_a_payment"),
    ("transaction", changed(charged_at=LONG_AGO), "a_sale_is_an_order_and_a_payment"),
    ("transactions_since", lambda page: port.Page((), None), "a_renewal_is_a_payment_of_its_own"),
    ("subscription_name", lambda name: "", "a_renewal_is_a_payment_of_its_own"),
    ("posted_elsewhere", lambda found: found and replace(found, newer=0), "another_connector_is_noticed"),
    ("workflows", lambda found: (), "a_published_workflow_is_offered_and_started"),
]


@pytest.mark.parametrize(
    ("method", "bend", "check"), BROKEN, ids=lambda part: getattr(part, "__name__", part)
)
def test_a_broken_promise_is_noticed(method: str, bend: Callable[[Any], Any], check: str) -> None:
    async def whole() -> None:
        async with highlevel_stage.opened() as stage:
            stage.crm = Bent(stage.crm, method, bend)
            with pytest.raises(conformance.NotConforming):
                await CHECKS[check](stage)

    virtual_time.run(whole())


def test_a_signature_that_nobody_checks_is_noticed() -> None:
    class Trusting:
        name = "trusting"

        def read(self, **given: Any) -> tuple[port.Notice, ...]:
            return ()

    async def whole() -> None:
        async with highlevel_stage.opened() as stage:
            stage.notices = Trusting()
            for check in ("a_forged_delivery_is_refused", "genuine_deliveries_point_at_their_records"):
                with pytest.raises(conformance.NotConforming):
                    await CHECKS[check](stage)

    virtual_time.run(whole())


def test_a_door_that_forgets_the_state_is_noticed() -> None:
    class Forgetful:
        def __init__(self, door: port.Door) -> None:
            self.door = door

        def __getattr__(self, name: str) -> Any:
            return getattr(self.door, name)

        def authorize_url(self, *, state: str, redirect_uri: str) -> str:
            return self.door.authorize_url(state="", redirect_uri=redirect_uri)

    async def whole() -> None:
        async with highlevel_stage.opened() as stage:
            stage.door = Forgetful(stage.door)
            with pytest.raises(conformance.NotConforming):
                await CHECKS["the_log_in_brings_the_state_back_and_opens_the_account"](stage)

    virtual_time.run(whole())


def test_errors_of_the_wrong_family_are_noticed() -> None:
    """A lost answer to a write that is called `try later` would be written twice."""

    class Careless(Bent):
        def __getattr__(self, name: str) -> Any:
            true = getattr(self.straight, name)
            if name != "create_contact":
                return true

            async def careless(draft: Any) -> Any:
                try:
                    return await true(draft)
                except Exception as error:
                    raise LookupError from error

            return careless

    async def whole() -> None:
        async with highlevel_stage.opened() as stage:
            stage.crm = Careless(stage.crm, "", lambda found: found)
            for check in ("a_create_whose_answer_was_lost_is_found_again", "a_busy_crm_is_asked_later"):
                with pytest.raises(conformance.NotConforming):
                    await CHECKS[check](stage)

    virtual_time.run(whole())


def test_a_listing_without_an_end_is_noticed() -> None:
    """A walk that turns in circles would keep a connection busy for ever."""

    class Endless(Bent):
        async def contacts_changed(self, **asked: Any) -> port.Page[Any]:
            return port.Page(items=(), after="again")

    async def whole() -> None:
        async with highlevel_stage.opened() as stage:
            stage.crm = Endless(stage.crm, "", lambda found: found)
            with pytest.raises(conformance.NotConforming, match="comes to an end"):
                await CHECKS["changes_are_listed_oldest_first_and_once"](stage)

    virtual_time.run(whole())


async def nothing_where_it_failed(straight: Any, *given: Any, **named: Any) -> Any:
    """What could not be read is called missing: its invoice would be voided."""
    try:
        return await straight(*given, **named)
    except errors.TryLater:
        return None


async def once_more(straight: Any, *given: Any, **named: Any) -> Any:
    """Repeats what must not be repeated."""
    try:
        return await straight(*given, **named)
    except errors.OutcomeUnknown:
        return await straight(*given, **named)


async def whatever_is_found(straight: Any, *, draft: Any, since: datetime) -> Any:
    return await straight(draft=draft, since=LONG_AGO)


async def only_by_address(straight: Any, *, draft: Any, **named: Any) -> Any:
    return await straight(draft=draft, **named) if draft.email else None


async def somebody_elses(straight: Any, *, draft: Any, since: datetime, besides: Any = ()) -> Any:
    return await straight(draft=draft, since=since)


async def invented(straight: Any, **named: Any) -> Any:
    return port.Tokens(access="invented", refresh="r", access_expires_at=datetime(2100, 1, 1, tzinfo=UTC))


async def everybody(straight: Any, *, account_id: str) -> Any:
    return port.Installation(account_id=records.AccountId(account_id), tokens=await invented(straight))


def nothing_of_life(straight: Any, **named: Any) -> Any:
    return tuple(notice for notice in straight(**named) if notice.life is None)


def always_new(straight: Any, **named: Any) -> Any:
    return tuple(replace(notice, born=True) for notice in straight(**named))


def never_new(straight: Any, **named: Any) -> Any:
    return tuple(replace(notice, born=False) for notice in straight(**named))


def all_administrators(straight: Any, context: str) -> Any:
    return replace(straight(context), may_change=True)


def believing(straight: Any, context: str) -> Any:
    try:
        return straight(context)
    except port.Forged:
        return port.Viewer(account_id=records.AccountId("a"), user_id="u", may_change=False)


FAILED = "a_read_that_failed_says_so"


@pytest.mark.parametrize(
    ("part", "method", "instead", "check"),
    [
        ("crm", "contact", nothing_where_it_failed, FAILED),
        ("crm", "invoice", nothing_where_it_failed, FAILED),
        ("crm", "transaction", nothing_where_it_failed, FAILED),
        ("crm", "find_contact", nothing_where_it_failed, FAILED),
        ("crm", "posted_elsewhere", nothing_where_it_failed, FAILED),
        ("crm", "enrol", once_more, "a_start_whose_answer_was_lost_is_in_doubt"),
        ("crm", "create_contact", once_more, "a_create_whose_answer_was_lost_is_found_again"),
        ("crm", "find_created", whatever_is_found, "a_create_that_never_happened_is_not_found"),
        ("crm", "find_created", somebody_elses, "a_lost_contact_without_an_address_is_found_by_name"),
        ("crm", "find_created", only_by_address, "a_lost_contact_without_an_address_is_found_by_name"),
        ("door", "refresh", invented, "access_is_renewed_without_the_owner"),
        ("door", "admit", everybody, "an_account_is_admitted_while_it_has_the_app"),
        ("notices", "read", nothing_of_life, "the_end_of_the_app_is_told"),
        ("notices", "read", always_new, "genuine_deliveries_point_at_their_records"),
        ("notices", "read", never_new, "genuine_deliveries_point_at_their_records"),
        ("page", "read", all_administrators, "the_page_learns_who_looks"),
        ("page", "read", believing, "a_forged_viewer_is_refused"),
    ],
)
def test_a_careless_part_is_noticed(part: str, method: str, instead: Any, check: str) -> None:
    class Careless:
        def __init__(self, straight: Any) -> None:
            self.straight = straight

        def __getattr__(self, name: str) -> Any:
            true = getattr(self.straight, name)
            return functools.partial(instead, true) if name == method else true

    async def whole() -> None:
        async with highlevel_stage.opened() as stage:
            setattr(stage, part, Careless(getattr(stage, part)))
            with pytest.raises(conformance.NotConforming):
                await CHECKS[check](stage)

    virtual_time.run(whole())
