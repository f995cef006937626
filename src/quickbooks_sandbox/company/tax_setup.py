"""The authorities that tax is owed to, and new tax codes (reference 14.11, 15.6)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from quickbooks_sandbox.company import intake, references, refusals
from quickbooks_sandbox.company.draft import Draft
from quickbooks_sandbox.company.events import CREATED
from quickbooks_sandbox.company.intake import Intake
from quickbooks_sandbox.company.kinds import CompanyKind, TaxModel
from quickbooks_sandbox.company.members.taxes import TAX_SERVICE

if TYPE_CHECKING:
    from quickbooks_sandbox.company.company import Company

Record = dict[str, Any]
_AGENCIES = {
    "US": ("California Department of Tax and Fee Administration", "Arizona Department of Revenue"),
    "GB": ("HM Revenue & Customs (VAT)",),
    "CA": ("Canada Revenue Agency", "Revenu Quebec"),
    "AU": ("Australian Taxation Office",),
    "IE": ("Revenue Commissioners",),
}


def agencies(kind: CompanyKind) -> list[Record]:
    """The tax authorities that a company of a kind knows from the start."""
    if kind.tax is TaxModel.NONE:
        return []
    both = not kind.american
    return [{"DisplayName": name, "TaxTrackedOnPurchases": both} for name in _AGENCIES[kind.country]]


def complete_agency(draft: Draft, record: Record, _intake: Intake) -> Record:
    """Fill in and check a tax agency, which is made once and never changed.

    Raises:
        refusals.Refused: 2020 without a name, 6240 for one that is taken.
    """
    if "DisplayName" not in record:
        raise refusals.missing("DisplayName")
    record.setdefault("TaxTrackedOnSales", True)
    record.setdefault("TaxTrackedOnPurchases", False)
    draft.company.check_name("TaxAgency", record)
    return record


def create_code(company: Company, body: Record) -> Record:
    """Make a tax code of new and existing rates, all or nothing; the answer is the request with the new ids.

    Raises:
        refusals.Refused: no code or rate (2020), an unknown agency or rate (2500), a taken name (6240), no tax (6000).
    """
    company.check_writable()
    taken = intake.accept(TAX_SERVICE, body, None, intake.Options())
    sent = taken.merged(frozenset())
    if company.kind.tax is TaxModel.NONE:
        raise refusals.business("Sales tax is not set up in this company.", "TaxCode")
    for member in ("TaxCode", "TaxRateDetails"):
        if not sent.get(member):
            raise refusals.missing(member)
    names = {str(one["Name"]).casefold() for one in company.tables["TaxCode"].records.values()}
    if sent["TaxCode"].casefold() in names:
        raise refusals.duplicate_list_name()
    with company.writing() as draft:
        rates = [(detail, _rate(draft, detail)) for detail in sent["TaxRateDetails"]]
        code = _code(draft, sent["TaxCode"], rates)
        details = [
            {**detail, "TaxRateName": rate["Name"], "RateValue": rate["RateValue"], "TaxRateId": rate["Id"]}
            for detail, rate in rates
        ]
    return {"TaxCode": sent["TaxCode"], "TaxCodeId": code, "TaxRateDetails": details}


def _rate(draft: Draft, detail: Record) -> Record:
    """The rate that a detail names by id, or a new one."""
    detail.setdefault("TaxApplicableOn", "Sales")
    if "TaxRateId" in detail:
        return references.target(draft, "TaxRate", {"value": detail["TaxRateId"]}, "TaxRateDetails.TaxRateId")
    for member in ("TaxRateName", "RateValue", "TaxAgencyId"):
        if member not in detail:
            raise refusals.missing(f"TaxRateDetails.{member}")
    company = draft.company
    taken = {str(one["Name"]).casefold() for one in company.tables["TaxRate"].records.values()}
    if detail["TaxRateName"].casefold() in taken:
        raise refusals.duplicate_list_name()
    references.target(draft, "TaxAgency", {"value": detail["TaxAgencyId"]}, "TaxRateDetails.TaxAgencyId")
    value: Decimal = detail["RateValue"]
    rate: Record = {
        "Id": _next(draft, "TaxRate"),
        "domain": "QBO",
        "sparse": False,
        "Name": detail["TaxRateName"],
        "Description": detail["TaxRateName"],
        "Active": True,
        "RateValue": value,
        "AgencyRef": {"value": detail["TaxAgencyId"]},
        "SpecialTaxType": "NONE" if value or company.kind.american else "ZERO_RATE",
        "DisplayType": "ReadOnly" if company.kind.american else "HideInAll",
        "EffectiveTaxRate": [{"RateValue": value, "EffectiveDate": company.stamp()}],
    }
    draft.put("TaxRate", rate, CREATED)
    return rate


def _code(draft: Draft, name: str, rates: list[tuple[Record, Record]]) -> str:
    lists: dict[str, list[Record]] = {"Sales": [], "Purchase": []}
    for detail, rate in rates:
        lists[detail["TaxApplicableOn"]].append(
            {
                "TaxRateRef": references.named(rate),
                "TaxTypeApplicable": "TaxOnAmount",
                "TaxOrder": 0,
            }
        )
    code: Record = {
        "Id": _next(draft, "TaxCode"),
        "domain": "QBO",
        "sparse": False,
        "Name": name,
        "Description": name,
        "Active": True,
        "Taxable": True,
        "TaxGroup": True,
        "SalesTaxRateList": {"TaxRateDetail": lists["Sales"]},
        "PurchaseTaxRateList": {"TaxRateDetail": lists["Purchase"]},
        "TaxCodeConfigType": "USER_DEFINED",
    }
    draft.put("TaxCode", code, CREATED)
    return str(code["Id"])


def _next(draft: Draft, entity: str) -> str:
    """The next id; the first codes and rates of a company bring ids of their own."""
    sequences = draft.company.sequences
    used = (int(key) for key in draft.company.tables[entity].records if key.isdigit())
    sequences.skip_to(entity, max(used, default=0))
    return sequences.next(entity)
