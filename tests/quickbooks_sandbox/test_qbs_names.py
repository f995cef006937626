"""Customers, vendors and employees share one name space and live and retire as reference 5.4 and 14.3 say."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.company.refusals import Refused

Make = Callable[..., Company]


def refused(company: Company, entity: str, body: dict[str, Any]) -> str:
    with pytest.raises(Refused) as caught:
        company.create(entity, body)
    return caught.value.code


def test_a_minimal_customer_gets_the_recorded_defaults(make_company: Make) -> None:
    """Reference 14.3: the defaults of a customer made with a name and an e-mail alone."""
    record = make_company().create(
        "Customer", {"DisplayName": "Okafor, Ada", "PrimaryEmailAddr": {"Address": "ada@example.com"}}
    )
    expected = {
        "Taxable": True,
        "Job": False,
        "BillWithParent": False,
        "Balance": Decimal(0),
        "BalanceWithJobs": Decimal(0),
        "CurrencyRef": {"value": "USD", "name": "United States Dollar"},
        "PreferredDeliveryMethod": "Print",
        "domain": "QBO",
        "sparse": False,
        "SyncToken": "0",
        "FullyQualifiedName": "Okafor, Ada",
        "PrintOnCheckName": "Okafor, Ada",
        "Active": True,
        "DefaultTaxCodeRef": {"value": "2"},
        "MetaData": {
            "CreateTime": "2026-03-04T09:00:00-08:00",
            "LastUpdatedTime": "2026-03-04T09:00:00-08:00",
        },
    }
    assert {name: record[name] for name in expected} == expected


@pytest.mark.parametrize("entity", ["Customer", "Vendor", "Employee"])
def test_a_name_is_taken_for_all_three_kinds_and_whatever_its_case(make_company: Make, entity: str) -> None:
    """Reference 14.3: 6240 across customers, vendors and employees, trimmed and without regard to case."""
    company = make_company()
    company.create("Vendor", {"DisplayName": "Quay Printing"})
    assert refused(company, entity, {"DisplayName": " quay PRINTING "}) == "6240"


def test_a_display_name_is_built_from_the_parts(make_company: Make) -> None:
    """Reference 14.3: a missing DisplayName is built; without any part it is 6080."""
    company = make_company()
    record = company.create("Customer", {"Title": "Dr", "GivenName": "Ada", "FamilyName": "Okafor"})
    assert record["DisplayName"] == "Dr Ada Okafor"
    assert refused(company, "Customer", {"CompanyName": "Nobody Ltd"}) == "6080"


def test_retiring_a_customer_renames_it_and_frees_the_name(make_company: Make) -> None:
    """Reference 5.4: the suffix `` (deleted)``, numbered the second time; CompanyName stays."""
    company = make_company()
    names = []
    for _ in range(2):
        made = company.create("Customer", {"DisplayName": "Cool Cars", "CompanyName": "Cool Cars"})
        gone = company.update(
            "Customer", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Active": False}
        )
        assert gone["CompanyName"] == gone["PrintOnCheckName"] == "Cool Cars"
        names.append(gone["DisplayName"])
    assert names == ["Cool Cars (deleted)", "Cool Cars (deleted - 1)"]


def test_reactivating_keeps_the_suffix(make_company: Make) -> None:
    """Reference 5.4: the suffixed name stays until somebody renames the object."""
    company = make_company()
    made = company.create("Customer", {"DisplayName": "Cool Cars"})
    company.update("Customer", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Active": False})
    back = company.update("Customer", {"Id": made["Id"], "SyncToken": "1", "sparse": True, "Active": True})
    assert (back["DisplayName"], back["Active"]) == ("Cool Cars (deleted)", True)


def test_a_customer_who_owes_cannot_be_retired(make_company: Make, line: Callable[..., Any]) -> None:
    """Reference 5.4: 6220."""
    company = make_company()
    made = company.create("Customer", {"DisplayName": "Debtor"})
    company.create("Invoice", {"CustomerRef": {"value": made["Id"]}, "Line": [line("10")]})
    with pytest.raises(Refused) as caught:
        company.update("Customer", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Active": False})
    assert caught.value.code == "6220"


def test_sub_customers_go_five_levels_deep(make_company: Make) -> None:
    """Reference 14.3: full names with colons, four levels below the top, then 6180."""
    company = make_company()
    above = company.create("Customer", {"DisplayName": "L0"})
    for level in range(1, 5):
        above = company.create(
            "Customer", {"DisplayName": f"L{level}", "Job": True, "ParentRef": {"value": above["Id"]}}
        )
    assert above["FullyQualifiedName"] == "L0:L1:L2:L3:L4"
    assert above["Level"] == 4
    assert (
        refused(company, "Customer", {"DisplayName": "L5", "Job": True, "ParentRef": {"value": above["Id"]}})
        == "6180"
    )


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"DisplayName": "a:b"}, "2040"),
        ({"DisplayName": "x" * 501}, "2050"),
        ({"DisplayName": "x", "PrimaryEmailAddr": {"Address": "no-at-sign"}}, "2210"),
        ({"DisplayName": "x", "PrimaryPhone": {"FreeFormNumber": "1" * 31}}, "2050"),
        ({"DisplayName": "x", "Shoes": 44}, "2010"),
        ({"DisplayName": "x", "BillAddr": {"Lines": "a"}}, "2010"),
        ({"DisplayName": "x", "SalesTermRef": {"value": "99"}}, "2500"),
        ({"DisplayName": "x", "PreferredDeliveryMethod": "Pigeon"}, "2170"),
        ({"DisplayName": "x", "CurrencyRef": {"value": "EUR"}}, "6000"),
    ],
)
def test_what_a_customer_may_not_be(make_company: Make, body: dict[str, Any], code: str) -> None:
    """Reference 12.3 and 14.3: each fault has its code, and a refused customer leaves no trace."""
    company = make_company()
    counters = dict(company.sequences.last)
    assert refused(company, "Customer", body) == code
    assert company.sequences.last == counters
    assert not company.tables["Customer"].records


def test_a_vendor_takes_the_number_after_a_customer(make_company: Make) -> None:
    """Reference 3.5: one sequence for names, another for transactions."""
    company = make_company()
    assert company.create("Customer", {"DisplayName": "a"})["Id"] == "1"
    assert company.create("Vendor", {"DisplayName": "b"})["Id"] == "2"


def test_a_merge_moves_documents_and_announces_the_survivor(
    make_company: Make, line: Callable[..., Any]
) -> None:
    """Reference 9.2 and 14.3: the loser becomes inactive, its balance goes over, the event names both."""
    company = make_company()
    company.create("Customer", {"DisplayName": "Stays"})
    company.create("Customer", {"DisplayName": "Goes"})
    company.create("Invoice", {"CustomerRef": {"value": "2"}, "Line": [line("25")]})
    heard = []
    company.listeners.append(heard.append)
    survivor = company.merge("1", "2")
    assert survivor["Balance"] == 25
    assert company.read("Customer", "2")["Active"] is False
    assert company.read("Invoice", "1")["CustomerRef"] == {"value": "1", "name": "Stays"}
    merged = [event for event in heard if event.verb == "merged"]
    assert [(event.entity_id, event.merged_away) for event in merged] == [("1", "2")]
