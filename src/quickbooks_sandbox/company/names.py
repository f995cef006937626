"""Customers, vendors and employees: their names, their inactive life and their addresses (reference 5.4, 14.3)."""

from __future__ import annotations

from typing import Any

from quickbooks_sandbox.company import addresses, amounts, currencies, hierarchies, references, refusals
from quickbooks_sandbox.company.draft import Draft
from quickbooks_sandbox.company.intake import Intake
from quickbooks_sandbox.company.kinds import TaxModel
from quickbooks_sandbox.company.members.names import NAME_PARTS

Record = dict[str, Any]
MOST_LEVELS = 4
ADDRESSES = ("BillAddr", "ShipAddr", "PrimaryAddr")


def complete_customer(draft: Draft, record: Record, intake: Intake) -> Record:
    """Fill in and check a customer."""
    company = draft.company
    record.setdefault("Taxable", company.kind.american and company.kind.tax is not TaxModel.NONE)
    if record.get("TaxExemptionReasonId"):
        record["Taxable"] = False
    record.setdefault("BillWithParent", False)
    record.setdefault("Balance", amounts.ZERO)
    record.setdefault("BalanceWithJobs", amounts.ZERO)
    record.setdefault("PreferredDeliveryMethod", "Print")
    _settle_currency(draft, record, intake)
    _settle_tax_code(draft, record)
    references.settle(draft, record, "SalesTermRef", "Term")
    references.settle(draft, record, "PaymentMethodRef", "PaymentMethod")
    _settle_name(draft, "Customer", record, intake)
    _settle_parent(draft, record)
    hierarchies.rename_below(draft, "Customer", record, intake.before)
    if record["Active"] is False and record["Balance"]:
        raise refusals.has_balance()
    addresses.settle(draft, record, intake.before, ADDRESSES)
    return record


def complete_vendor(draft: Draft, record: Record, intake: Intake) -> Record:
    """Fill in and check a vendor."""
    record.setdefault("Vendor1099", False)
    record.setdefault("Balance", amounts.ZERO)
    _settle_currency(draft, record, intake)
    _settle_name(draft, "Vendor", record, intake)
    record.pop("FullyQualifiedName", None)
    addresses.settle(draft, record, intake.before, ADDRESSES)
    return record


def complete_employee(draft: Draft, record: Record, intake: Intake) -> Record:
    """Fill in and check an employee."""
    record.setdefault("BillableTime", False)
    _settle_name(draft, "Employee", record, intake)
    record.pop("FullyQualifiedName", None)
    addresses.settle(draft, record, intake.before, ADDRESSES)
    return record


def _settle_name(draft: Draft, entity: str, record: Record, intake: Intake) -> None:
    before = intake.before
    if "DisplayName" not in record and before is not None:
        record["DisplayName"] = before["DisplayName"]
    if "DisplayName" not in record:
        parts = [record[part].strip() for part in NAME_PARTS if record.get(part)]
        if not parts:
            raise refusals.no_name()
        record["DisplayName"] = " ".join(parts)
    record.setdefault("Active", True)
    retired = before is not None and before["Active"] and not record["Active"]
    if retired:
        record["DisplayName"] = draft.company.retired_name(entity, record["DisplayName"])
    longest = draft.company.behaviour.longest_display_name
    if intake.says("DisplayName") and len(record["DisplayName"]) > longest:
        raise refusals.too_long("DisplayName", longest, len(record["DisplayName"]))
    draft.company.check_name(entity, record)
    if intake.creates:
        record.setdefault("PrintOnCheckName", (record.get("CompanyName") or record["DisplayName"])[:100])
    record["FullyQualifiedName"] = record["DisplayName"]


def _settle_parent(draft: Draft, record: Record) -> None:
    parent_reference = record.get("ParentRef")
    record["Job"] = bool(record.get("Job", False)) and parent_reference is not None
    record.pop("Level", None)
    if not record["Job"] or parent_reference is None:
        record.pop("ParentRef", None)
        return
    parent = references.target(draft, "Customer", parent_reference, "ParentRef")
    hierarchies.check_place(draft, "Customer", record, parent)
    level = int(parent.get("Level", 0)) + 1
    if level > MOST_LEVELS:
        raise refusals.too_deep()
    record["Level"] = level
    record["ParentRef"] = references.named(parent)
    record["FullyQualifiedName"] = f"{parent['FullyQualifiedName']}:{record['DisplayName']}"


def _settle_currency(draft: Draft, record: Record, intake: Intake) -> None:
    kind = draft.company.kind
    sent = record.get("CurrencyRef", {}).get("value", kind.currency)
    if intake.before is not None:
        record["CurrencyRef"] = intake.before["CurrencyRef"]
        if sent != record["CurrencyRef"]["value"]:
            raise refusals.business("The currency of a name cannot be changed once it is set.", "CurrencyRef")
        return
    if sent != kind.currency:
        if not kind.multicurrency:
            raise refusals.business("Multicurrency is not turned on in this company.", "CurrencyRef")
        currencies.check(sent, "CurrencyRef")
        currencies.use(draft, sent)
    record["CurrencyRef"] = currencies.reference(sent)


def _settle_tax_code(draft: Draft, record: Record) -> None:
    """With automated tax the system sets the customer's code; untaxed customers have none (reference 14.3)."""
    company = draft.company
    if not record["Taxable"] or company.kind.tax is TaxModel.NONE:
        record.pop("DefaultTaxCodeRef", None)
    elif company.kind.american:
        default = {"value": company.default_tax_code}
        manual = company.kind.tax is TaxModel.MANUAL
        record["DefaultTaxCodeRef"] = record.get("DefaultTaxCodeRef", default) if manual else default
        references.settle(draft, record, "DefaultTaxCodeRef", "TaxCode")
