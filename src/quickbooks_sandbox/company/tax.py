"""The tax of a sales document in the four models of reference 15.

Tax is computed once per rate on the sum of the nets that carry the rate and rounded half-up (15.4, 20.8). What a caller
sends replaces the computed amount only where Intuit lets it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from quickbooks_sandbox.company import addresses, amounts, references, refusals
from quickbooks_sandbox.company.draft import Draft
from quickbooks_sandbox.company.kinds import TaxModel
from quickbooks_sandbox.company.sales_lines import MOST_TAXABLE_LINES, SalesLines

Record = dict[str, Any]
PSEUDO_CODES = ("TAX", "NON")
CUSTOM = "CustomSalesTax"
NEXUS = {"CA": "2", "AZ": "3"}
"""Where the automated engine collects tax: state to tax code of the seeded companies."""


@dataclass(frozen=True, slots=True)
class Share:
    """The part of a document that one rate taxes."""

    rate: Record
    net: Decimal

    @property
    def tax(self) -> Decimal:
        """The computed tax."""
        return amounts.percent_of(self.net, self.rate["RateValue"])


def settle(draft: Draft, document: Record, lines: SalesLines, sent: Record) -> Record:
    """The ``TxnTaxDetail`` of a document; completes the tax members of its lines on the way.

    Args:
        sent: the ``TxnTaxDetail`` of the request, empty if there is none.
    """
    model = draft.company.kind.tax
    if model is TaxModel.NONE:
        for line in lines.items:
            line["SalesItemLineDetail"].pop("TaxCodeRef", None)
        document.pop("GlobalTaxCalculation", None)
        return {"TotalTax": amounts.ZERO}
    if model is TaxModel.GLOBAL:
        return _global(draft, document, lines, sent)
    document.pop("GlobalTaxCalculation", None)
    _settle_american_codes(draft, lines)
    taxable = _american_net(document, lines)
    if model is TaxModel.AUTOMATED:
        return _automated(draft, document, taxable, sent)
    return _manual(draft, document, taxable, sent)


def _settle_american_codes(draft: Draft, lines: SalesLines) -> None:
    automated = draft.company.kind.tax is TaxModel.AUTOMATED
    for line in lines.items:
        detail = line["SalesItemLineDetail"]
        code = detail.get("TaxCodeRef", {}).get("value")
        if code is None:
            item = draft.find("Item", detail["ItemRef"]["value"]) or {}
            code = "TAX" if automated and item.get("Taxable") else "NON"
        elif code not in PSEUDO_CODES:
            raise refusals.invalid_line_tax_code(code)
        detail["TaxCodeRef"] = {"value": code}
    taxed = [line for line in lines.items if _code(line) == "TAX"]
    if taxed and len(lines.items) > MOST_TAXABLE_LINES:
        raise refusals.business(f"A taxable transaction can have at most {MOST_TAXABLE_LINES} lines.", "Line")


def _code(line: Record) -> str:
    return str(line["SalesItemLineDetail"].get("TaxCodeRef", {}).get("value", ""))


def _nets(document: Record, lines: SalesLines) -> list[Decimal]:
    """What each item line is taxed on: its amount, less its share of a discount that comes before tax (15.5)."""
    plain = [line["Amount"] for line in lines.items]
    if not document.get("ApplyTaxAfterDiscount") or not lines.discount_amount:
        return plain
    shares = amounts.spread(lines.discount_amount, plain)
    return [amount - share for amount, share in zip(plain, shares, strict=True)]


def _american_net(document: Record, lines: SalesLines) -> Decimal:
    nets = zip(lines.items, _nets(document, lines), strict=True)
    return amounts.total(net for line, net in nets if _code(line) == "TAX")


def _automated(draft: Draft, document: Record, taxable: Decimal, sent: Record) -> Record:
    """Automated sales tax: the engine picks the code by the place of delivery; a sent amount is prorated (15.3, 18a)."""
    if sent.get("TxnTaxCodeRef", {}).get("value") == CUSTOM:
        raise refusals.custom_sales_tax()
    company = draft.company
    place = document.get("ShipAddr")
    homeless = place is None and "BillAddr" not in document
    if homeless and company.behaviour.automated_tax_needs_address:
        return {"TotalTax": amounts.ZERO}
    engine_code = NEXUS.get(addresses.region(place or {"CountrySubDivisionCode": company.kind.region}))
    override = sent.get("TotalTax") or amounts.total(
        line.get("Amount", 0) for line in sent.get("TaxLine", [])
    )
    if override or ("TotalTax" in sent and company.behaviour.honour_zero_tax):
        return _detail(draft, engine_code or company.default_tax_code, taxable, amounts.money(override))
    if not taxable or engine_code is None or _exempt(draft, document):
        return {"TotalTax": amounts.ZERO}
    return _detail(draft, engine_code, taxable, None)


def _exempt(draft: Draft, document: Record) -> bool:
    customer = draft.find("Customer", document["CustomerRef"]["value"]) if "CustomerRef" in document else None
    return customer is not None and not customer["Taxable"]


def _manual(draft: Draft, document: Record, taxable: Decimal, sent: Record) -> Record:
    """Manual US sales tax: the document names a tax code, else the customer's or the company's applies (15.2)."""
    code = sent.get("TxnTaxCodeRef", {}).get("value")
    if code == CUSTOM:
        raise refusals.custom_sales_tax()
    if code in PSEUDO_CODES:
        raise refusals.invalid_line_tax_code(code)
    if code is None and taxable and not _exempt(draft, document):
        customer = draft.find("Customer", document.get("CustomerRef", {}).get("value", "")) or {}
        code = customer.get("DefaultTaxCodeRef", {}).get("value") or draft.company.default_tax_code
    if code is None:
        return {"TotalTax": amounts.money(sent.get("TotalTax", amounts.ZERO))}
    override = sent.get("TotalTax")
    if override is None and sent.get("TaxLine"):
        override = amounts.total(line.get("Amount", amounts.ZERO) for line in sent["TaxLine"])
    return _detail(draft, code, taxable, None if override is None else amounts.money(override))


def _detail(draft: Draft, code: str, net: Decimal, override: Decimal | None) -> Record:
    """The detail of one code over one net amount, with ``override`` spread over its rates if given."""
    shares = shares_of(draft, {"value": code}, net)
    taxes = [share.tax for share in shares]
    if override is not None:
        taxes = amounts.spread(override, [share.rate["RateValue"] for share in shares])
    lines = [_tax_line(share, tax) for share, tax in zip(shares, taxes, strict=True)]
    detail: Record = {"TxnTaxCodeRef": {"value": code}, "TotalTax": amounts.money(amounts.total(taxes))}
    if lines:
        detail["TaxLine"] = lines
    return detail


def shares_of(draft: Draft, reference: Record, net: Decimal) -> list[Share]:
    """What each sales rate of a tax code taxes of ``net``, in their order; compound rates tax earlier ones too (15.1).

    Raises:
        refusals.Refused: 2500 for an unknown or inactive code.
    """
    code = references.target(draft, "TaxCode", reference, "TaxCodeRef")
    details = code.get("SalesTaxRateList", {}).get("TaxRateDetail", [])
    shares: list[Share] = []
    taxed = amounts.ZERO
    for detail in sorted(details, key=lambda one: int(one.get("TaxOrder", 0))):
        rate = draft.find("TaxRate", detail["TaxRateRef"]["value"])
        if rate is None:
            continue
        bases = {"TaxOnAmountPlusTax": net + taxed, "TaxOnTax": taxed}
        share = Share(rate, bases.get(detail.get("TaxTypeApplicable", ""), net))
        taxed += share.net * rate["RateValue"] / amounts.HUNDRED
        shares.append(share)
    return shares


def _tax_line(share: Share, tax: Decimal) -> Record:
    detail: Record = {
        "TaxRateRef": {"value": share.rate["Id"]},
        "PercentBased": True,
        "TaxPercent": share.rate["RateValue"],
        "NetAmountTaxable": amounts.money(share.net),
    }
    return {"Amount": amounts.money(tax), "DetailType": "TaxLineDetail", "TaxLineDetail": detail}


def _global(draft: Draft, document: Record, lines: SalesLines, sent: Record) -> Record:
    """Everywhere but in the US: every line has a real code, the document says how amounts are meant (15.4)."""
    calculation = document.setdefault("GlobalTaxCalculation", "TaxExcluded")
    if calculation == "NotApplicable":
        if sent.get("TotalTax") or sent.get("TaxLine"):
            raise refusals.tax_detail_not_applicable()
        for line in lines.items:
            line["SalesItemLineDetail"].pop("TaxCodeRef", None)
        return {"TotalTax": amounts.ZERO}
    shares = _shares(draft, document, lines)
    if calculation == "TaxInclusive":
        _show_gross(draft, lines)
    taxes = _overridden(shares, sent)
    tax_lines = [_tax_line(share, tax) for share, tax in zip(shares, taxes, strict=True)]
    for share, tax, line in zip(shares, taxes, tax_lines, strict=True):
        if tax != share.tax:
            line["TaxLineDetail"]["OverrideDeltaAmount"] = amounts.money(tax - share.tax)
    detail: Record = {"TotalTax": amounts.money(amounts.total(taxes))}
    if tax_lines:
        detail["TaxLine"] = tax_lines
    return detail


def _shares(draft: Draft, document: Record, lines: SalesLines) -> list[Share]:
    nets: dict[str, Decimal] = {}
    rates: dict[str, Record] = {}
    for line, net in zip(lines.items, _nets(document, lines), strict=True):
        detail = line["SalesItemLineDetail"]
        reference = detail.get("TaxCodeRef")
        if reference is None:
            raise refusals.business(
                "Make sure all your transactions have a GST/VAT rate before you save.", "Line"
            )
        if reference.get("value") in PSEUDO_CODES:
            raise refusals.invalid_line_tax_code(reference["value"])
        for share in shares_of(draft, reference, net):
            key = share.rate["Id"]
            rates[key] = share.rate
            nets[key] = nets.get(key, amounts.ZERO) + share.net
        detail["TaxCodeRef"] = {"value": reference["value"]}
    return [Share(rates[key], net) for key, net in nets.items()]


def _show_gross(draft: Draft, lines: SalesLines) -> None:
    for line in lines.items:
        detail = line["SalesItemLineDetail"]
        shares = shares_of(draft, detail["TaxCodeRef"], line["Amount"])
        tax = amounts.total(share.net * share.rate["RateValue"] / amounts.HUNDRED for share in shares)
        detail.setdefault("TaxInclusiveAmt", amounts.money(line["Amount"] + tax))


def _overridden(shares: list[Share], sent: Record) -> list[Decimal]:
    """The tax per rate: as sent by rate, else a sent total spread over the computed amounts, else computed."""
    computed = [share.tax for share in shares]
    sent_lines = sent.get("TaxLine", [])
    if sent_lines:
        by_rate: dict[str, Decimal] = {}
        for line in sent_lines:
            key = line.get("TaxLineDetail", {}).get("TaxRateRef", {}).get("value", "")
            if key in by_rate or key not in {share.rate["Id"] for share in shares}:
                raise refusals.business(
                    f"Tax rate {key} does not belong to the tax codes used.", "TxnTaxDetail"
                )
            by_rate[key] = amounts.money(line.get("Amount", amounts.ZERO))
        if len(by_rate) != len(shares):
            raise refusals.business(
                "A tax line for every rate of the tax codes used is needed.", "TxnTaxDetail"
            )
        return [by_rate[share.rate["Id"]] for share in shares]
    total = sent.get("TotalTax")
    if total is None or not shares:
        return computed
    weights = computed if amounts.total(computed) else [share.net for share in shares]
    return amounts.spread(amounts.money(total), weights)
