"""The checks notice a connector that breaks a promise; each case breaks one, and one check says which."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from conformance import highlevel_stage
from counterfoil.crm import conformance, port
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
