"""Every member of every documentation sample comes back from the stand-in, with the JSON type it has there (reference 21)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from quickbooks_sandbox import operations
from quickbooks_sandbox.company import mailing
from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.company.entities import ENTITIES, Family

from .test_qbs_contract import SAMPLED, collected, objects, relocated
from .test_qbs_schema import filled

Make = Callable[..., Company]
Record = dict[str, Any]
NOT_CONTENT = {"Id", "SyncToken", "MetaData", "domain", "sparse", "LinkedTxn", "TxnTaxDetail"}
"""Identity is given, links and taxes depend on the company: ``filled`` has objects with them."""
SHORT_NAMES = {"Term", "PaymentMethod"}


def again(company: Company, entity: str, sample: Record, number: int) -> Record | None:
    """What the sample shows, written as a new object (or into the one there is); None for what cannot be written."""
    rules = ENTITIES[entity]
    voided = str(sample.get("PrivateNote", "")).startswith("Voided")
    if rules.family is Family.FIXED or sample.get("Type") == "Group" or voided:
        return None
    body = {name: sample[name] for name in sample.keys() & rules.shape.members.keys() - NOT_CONTENT}
    if entity == "Deposit":
        detail = {"AccountRef": {"value": "14"}}
        body["Line"] = [{"Amount": 5, "DetailType": "DepositLineDetail", "DepositLineDetail": detail}]
        body["Line"][0]["ProjectRef"] = {"value": "1"}
    if entity == "Payment":
        del body["Line"]
    body = relocated(body, company)
    for member in {"Name", "DisplayName"} & body.keys():
        longest = 30 if entity in SHORT_NAMES else 100
        body[member] = f"{number} {body[member]}"[:longest]
    if "DefaultDiscountAccount" in body.get("SalesFormsPrefs", {}):
        body["SalesFormsPrefs"]["DefaultDiscountAccount"] = "17"
    if "ClassRef" in body:
        body["ClassRef"] = {"value": "1"}
    if rules.family is Family.SINGLE:
        token = company.tables[entity].records["1"]["SyncToken"]
        return company.update(entity, {**body, "Id": "1", "SyncToken": token, "sparse": True})
    made = company.create(entity, body)
    if entity in mailing.SENT:
        mailing.send(company, entity, made["Id"], "a@b.example")
    return made


@pytest.fixture
def rewritten(reference: Path, make_company: Make) -> Company:
    """A company in which everything that the samples show was entered; the preferences last, as they close the books."""
    company = filled(make_company("us-manual", "sample", payment_needs_full_object=False))
    number = 0
    gone = company.create("Payment", {"CustomerRef": {"value": "3"}, "TotalAmt": 5})
    operations.write(company, ENTITIES["Payment"], gone, "update", frozenset({"void"}))
    for entity in sorted(SAMPLED, key=lambda name: (ENTITIES[name].family is Family.SINGLE, name)):
        for _, sample in objects(reference, entity):
            number += 1
            again(company, entity, sample, number)
    return company


def test_every_key_of_every_sample_is_answered(reference: Path, rewritten: Company) -> None:
    """Paths through objects and lists, and the JSON type at the end of each."""
    missing: list[tuple[str, str, set[str]]] = []
    for entity in sorted(SAMPLED):
        theirs = collected([sample for _, sample in objects(reference, entity)])
        ours = collected(list(rewritten.tables[entity].records.values()))
        assert len(theirs) > 10, entity
        missing += [
            (entity, path, kinds) for path, kinds in theirs.items() if not kinds & ours.get(path, set())
        ]
    assert missing == []


def test_what_was_entered_comes_back_as_entered(reference: Path, rewritten: Company) -> None:
    """Plain members of the samples (texts, flags, numbers) are answered with the values that were sent."""
    number = 500
    for entity in sorted(SAMPLED - {"Preferences", "CompanyInfo"}):
        for name, sample in objects(reference, entity):
            number += 1
            if "TxnDate" in sample:
                continue
            made = again(rewritten, entity, sample, number)
            if made is None:
                continue
            kept = {
                "Notes",
                "Description",
                "CompanyName",
                "GivenName",
                "FamilyName",
                "AcctNum",
                "Note",
                "Sku",
            }
            for member in kept & sample.keys():
                assert made[member] == sample[member], (entity, name, member)
