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
from quickbooks_sandbox.company.line_items import special
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


def settle(draft: Draft, document: Record, lines: SalesLines, sent: Record, stored: Record) -> Record:
    """The ``TxnTaxDetail`` of a document; completes the tax members of its lines on the way.

    Args:
        sent: the ``TxnTaxDetail`` of the request, empty if there is none.
        stored: the one that the document has so far, empty if it is new.
    """
    model = draft.company.kind.tax
    if model is TaxModel.NONE:
        for line in lines.items:
            line["SalesItemLineDetail"].pop("TaxCodeRef", None)
        document.pop("GlobalTaxCalculation", None)
        return {"TotalTax": amounts.ZERO}
    if model is TaxModel.GLOBAL:
        return _global(draft, document, lines, sent, stored)
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
        if code is None and special(line) is not None:
            continue
        if code is None:
            item = draft.find("Item", detail["ItemRef"]["value"]) or {}
            code = "TAX" if automated and item.get("Taxable") else "NON"
        elif code not in PSEUDO_CODES:
            raise refusals.invalid_line_tax_code(code)
        detail["TaxCodeRef"] = {"value": code}
    taxed = [line for line in lines.items if _code(line) == "TAX"]
    if taxed:
        _check_length(lines)


def _check_length(lines: SalesLines) -> None:
    if len(lines.items) > MOST_TAXABLE_LINES:
        raise refusals.business(f"A taxable transaction can have at most {MOST_TAXABLE_LINES} lines.", "Line")


def _code(line: Record) -> str:
    return str(line["SalesItemLineDetail"].get("TaxCodeRef", {}).get("value", ""))


def _nets(document: Record, lines: SalesLines) -> list[Decimal]:
    """What each item line is taxed on: its amount, less its share of a discount that comes before tax (15.5)."""
    plain = [line["Amount"] for line in lines.items]
    if not document.get("ApplyTaxAfterDiscount") or not lines.discount_amount:
        return plain
    sold = plain[: len(plain) - len(lines.extras)]
    shares = amounts.spread(lines.discount_amount, sold)
    reduced = [amount - share for amount, share in zip(sold, shares, strict=True)]
    return [*reduced, *plain[len(sold) :]]


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
    override = _override(sent)
    if override or (override is not None and company.behaviour.honour_zero_tax):
        return _detail(draft, engine_code or company.default_tax_code, taxable, sent)
    if not taxable or engine_code is None or _exempt(draft, document):
        return {"TotalTax": amounts.ZERO}
    return _detail(draft, engine_code, taxable, {})


def _override(sent: Record) -> Decimal | None:
    """The tax that a request states, in one sum or rate by rate (15.2)."""
    total: Decimal | None = sent.get("TotalTax")
    if total is None and sent.get("TaxLine"):
        total = amounts.total(line.get("Amount", amounts.ZERO) for line in sent["TaxLine"])
    return None if total is None else amounts.money(total)


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
    return _detail(draft, code, taxable, sent)


def _detail(draft: Draft, code: str, net: Decimal, sent: Record) -> Record:
    """The detail of one code over one net amount; a tax that is sent counts rate by rate, or spread over the rates."""
    shares = shares_of(draft, {"value": code}, net)
    taxes = [share.tax for share in shares]
    override = _override(sent)
    if override is not None:
        by_rate = {
            _rate_of(line): amounts.money(line.get("Amount", amounts.ZERO))
            for line in sent.get("TaxLine", [])
        }
        taxes = [by_rate.get(share.rate["Id"], amounts.ZERO) for share in shares]
        if len(by_rate) != len(shares) or amounts.total(taxes) != override:
            weights = [share.rate["RateValue"] for share in shares]
            taxes = amounts.spread(
                override, weights if amounts.total(weights) else [Decimal(1) for _ in shares]
            )
    lines = [_tax_line(share, tax) for share, tax in zip(shares, taxes, strict=True)]
    detail: Record = {"TxnTaxCodeRef": {"value": code}, "TotalTax": amounts.money(amounts.total(taxes))}
    if lines:
        detail["TaxLine"] = lines
    return detail


def _rate_of(line: Record) -> str:
    """The rate that a tax line names."""
    return str(line.get("TaxLineDetail", {}).get("TaxRateRef", {}).get("value", ""))


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


def _global(draft: Draft, document: Record, lines: SalesLines, sent: Record, stored: Record) -> Record:
    """Everywhere but in the US: every line has a real code, the document says how amounts are meant (15.4)."""
    calculation = document.setdefault("GlobalTaxCalculation", "TaxExcluded")
    if calculation == "NotApplicable":
        if sent.get("TotalTax") or sent.get("TaxLine"):
            raise refusals.tax_detail_not_applicable()
        for line in lines.items:
            line["SalesItemLineDetail"].pop("TaxCodeRef", None)
        return {"TotalTax": amounts.ZERO}
    shares = _shares(draft, document, lines)
    if not any(share.net for share in shares) and not _override(sent):
        return {"TotalTax": amounts.ZERO}
    if calculation == "TaxInclusive":
        _show_gross(draft, lines)
    if any(share.rate["RateValue"] for share in shares):
        _check_length(lines)
    taxes = _overridden(shares, sent, stored)
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


def _overridden(shares: list[Share], sent: Record, stored: Record) -> list[Decimal]:
    """The tax per rate: as sent by rate, else a sent total spread over the computed amounts, else computed."""
    computed = [share.tax for share in shares]
    if sent.get("TaxLine"):
        return _by_rate(shares, sent["TaxLine"], stored)
    total = sent.get("TotalTax")
    if total is None or not shares:
        return computed
    weights = computed if amounts.total(computed) else [share.net for share in shares]
    return amounts.spread(amounts.money(total), weights)


def _by_rate(shares: list[Share], tax_lines: list[Record], stored: Record) -> list[Decimal]:
    """Sent amounts, one for every rate; what was computed or stands already may be sent for read-only rates too (15.4).

    Raises:
        refusals.Refused: 6000 for a rate too many, too few or twice, and for another amount of a read-only rate.
    """
    known = {share.rate["Id"]: share for share in shares}
    standing = {_rate_of(line): line["Amount"] for line in stored.get("TaxLine", [])}
    sent: dict[str, Decimal] = {}
    for line in tax_lines:
        key = _rate_of(line)
        if key in sent or key not in known:
            text = f"Tax rate {key} does not belong to the tax codes used."
            raise refusals.business(text, "TxnTaxDetail")
        amount = amounts.money(line.get("Amount", amounts.ZERO))
        fixed = known[key].rate["DisplayType"] == "ReadOnly"
        if fixed and amount not in (known[key].tax, standing.get(key)):
            raise refusals.business(f"The tax of rate {key} cannot be overridden.", "TxnTaxDetail")
        sent[key] = amount
    if len(sent) != len(shares):
        text = "A tax line for every rate of the tax codes used is needed."
        raise refusals.business(text, "TxnTaxDetail")
    return [sent[share.rate["Id"]] for share in shares]
