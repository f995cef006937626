"""The kinds of companies: where they are, in which currency they count and how they are taxed (reference 15.1)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class TaxModel(Enum):
    """Which of Intuit's tax models a company follows."""

    AUTOMATED = "automated"
    MANUAL = "manual"
    NONE = "none"
    GLOBAL = "global"


@dataclass(frozen=True, slots=True)
class CompanyKind:
    """One choice of ``--company``."""

    name: str
    country: str
    currency: str
    currency_name: str
    zone: str
    tax: TaxModel
    company_name: str
    city: str
    region: str
    postal_code: str
    multicurrency: bool = False

    @property
    def american(self) -> bool:
        """Whether the pseudo tax codes TAX and NON are used."""
        return self.tax is not TaxModel.GLOBAL


def _american(name: str, tax: TaxModel) -> CompanyKind:
    return CompanyKind(
        name,
        "US",
        "USD",
        "United States Dollar",
        "America/Los_Angeles",
        tax,
        "Larkspur Garden Studio",
        "Half Moon Bay",
        "CA",
        "94019",
    )


KINDS = {
    kind.name: kind
    for kind in (
        _american("us-ast", TaxModel.AUTOMATED),
        _american("us-manual", TaxModel.MANUAL),
        _american("us-none", TaxModel.NONE),
        CompanyKind(
            "gb",
            "GB",
            "GBP",
            "British Pound Sterling",
            "Europe/London",
            TaxModel.GLOBAL,
            "Larkspur Gardens Ltd",
            "Bath",
            "Somerset",
            "BA1 1AA",
        ),
        CompanyKind(
            "ca",
            "CA",
            "CAD",
            "Canadian Dollar",
            "America/Toronto",
            TaxModel.GLOBAL,
            "Larkspur Gardens Inc.",
            "Toronto",
            "ON",
            "M5H 2N2",
        ),
        CompanyKind(
            "au",
            "AU",
            "AUD",
            "Australian Dollar",
            "Australia/Sydney",
            TaxModel.GLOBAL,
            "Larkspur Gardens Pty Ltd",
            "Hobart",
            "TAS",
            "7000",
        ),
        CompanyKind(
            "eu-multicurrency",
            "IE",
            "EUR",
            "Euro",
            "Europe/Dublin",
            TaxModel.GLOBAL,
            "Larkspur Gardens DAC",
            "Galway",
            "Galway",
            "H91 E2K3",
            multicurrency=True,
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What is not documented or what sources disagree on, each with the reference's default (sections 18a and 19)."""

    remember_requests_seconds: float = 86_400.0
    replay_faults: bool = False
    refuse_changed_replays: bool = False
    rotated_token_grace_seconds: float = 0.0
    code_lifetime_seconds: float = 600.0
    refresh_seconds: float = 0.05
    retry_after_seconds: float = 0.0
    clamp_max_results: bool = False
    sparse_projections: bool = True
    change_feed_days: int = 30
    visibility_lag_seconds: float = 0.0
    batch_metering: str = "per-item"
    shuffle_batches: bool = False
    warn_duplicate_numbers: bool = True
    payment_needs_full_object: bool = True
    automated_tax_needs_address: bool = True
    customer_events_on_balance: bool = True
    auto_apply_credits: bool = False
    honour_zero_tax: bool = False
    delete_paid_documents: bool = True
    longest_display_name: int = 500
    number_retired_names: bool = True


CHOICES = {"batch_metering": ("per-item", "per-request", "by-kind")}
"""The words that a behaviour said in words may have."""
