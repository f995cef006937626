"""After anything: debits equal credits, customers owe what is open, links are seen from both ends, refusals leave no trace."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quickbooks_sandbox.company import amounts, stock
from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.company.kinds import Behaviour
from quickbooks_sandbox.company.refusals import Refused
from sandbox_kit.clock import Clock
from sandbox_kit.ids import Ids

from .books import SALES, check_books, rows
from .clerk import Clerk

Record = dict[str, Any]
Step = tuple[str, int, Decimal]
KINDS = ("us-ast", "us-manual", "us-none", "gb", "ca", "eu-multicurrency")


def opened(kind: str, **behaviour: Any) -> Clerk:
    clock = Clock(lambda: 1_772_640_000.0)
    return Clerk(Company(kind, "empty", clock=clock, ids=Ids(1), behaviour=Behaviour(**behaviour)))


DEEDS = sorted(opened("us-none").deeds())
STEPS = st.lists(
    st.tuples(
        st.sampled_from([*DEEDS, *("invoice", "pay", "pay", "apply", "rewrite", "void", "delete")]),
        st.integers(0, 400),
        st.decimals("0.01", 300, places=2),
    ),
    min_size=10,
    max_size=40,
)


def state(company: Company) -> tuple[Any, ...]:
    """Everything that a refused write must leave alone."""
    registers = company.registers
    return (
        {
            name: (dict(one.records), dict(one.touched), dict(one.deleted))
            for name, one in company.tables.items()
        },
        dict(company.sequences.last),
        (dict(registers.names), {key: list(ids) for key, ids in registers.numbers.items() if ids}),
        dict(registers.deposited),
        dict(company.journal.entries),
    )


def check_tokens(before: dict[str, Record], after: dict[str, Record], *, quiet: bool) -> None:
    """A change of anything raises the SyncToken by one and the time with it; nothing else does (5.3, 18a no. 1); merging and sending are quiet."""
    for key in before.keys() & after.keys():
        old, new = before[key], after[key]
        raised = int(new["SyncToken"]) - int(old["SyncToken"])
        same = all(old.get(name) == new.get(name) for name in {*old, *new} - {"SyncToken", "MetaData"})
        assert raised == (0 if same or quiet else 1), (old, new)


def check_stock(clerk: Clerk) -> None:
    """What is on hand is what was counted and what documents took out and brought back (14.4)."""
    taken = amounts.total(
        stock.moved(entity, record).get(clerk.pump, amounts.ZERO)
        for entity in SALES
        for record in rows(clerk.company, entity)
    )
    assert clerk.company.read("Item", clerk.pump)["QtyOnHand"] == clerk.moved + taken


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(kind=st.sampled_from(KINDS), applied=st.booleans(), steps=STEPS)
def test_the_books_are_sound_after_anything(kind: str, applied: bool, steps: list[Step]) -> None:
    """Any sequence of writes of every kind, refused ones among them."""
    clerk = opened(kind, auto_apply_credits=applied)
    deeds, company = clerk.deeds(), clerk.company
    for name, number, amount in steps:
        before = state(company)
        try:
            deeds[name](number, amount)
        except Refused as refusal:
            if refusal.problems:
                assert state(company) == before or name == "estimate", (name, str(refusal))
        else:
            for entity in (*SALES, "Payment", "Deposit"):
                records = company.tables[entity].records
                check_tokens(before[0][entity][0], records, quiet=name in ("merge", "send"))
        check_books(company)
        check_stock(clerk)


@pytest.mark.parametrize("name", DEEDS)
def test_every_deed_succeeds_sometimes(name: str) -> None:
    """The machine is as broad as it looks: no deed is always refused."""
    before = ("invoice", "credit", "receipt", "refund", "estimate", "pay", "deposit")
    for number in range(24):
        deeds = opened(KINDS[-1 - number % 6]).deeds()
        for deed in (*before, name):
            try:
                deeds[deed](number, Decimal("90.5"))
            except Refused:
                continue
            if deed == name:
                return
    raise AssertionError(f"{name} never succeeds")
