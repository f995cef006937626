"""The catalogue of refusals: one function per code with Intuit's message and detail (reference 12.3).

Every refusal is an application fault; what the gateway in front says (401, 403, 429) is in ``gateway``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from quickbooks_sandbox.company import amounts

_LISTED = 20
"""So many known members a refusal of an unknown one lists."""
VALIDATION = "ValidationFault"
SYSTEM = "SystemFault"
INACTIVE = (
    "Something you're trying to use has been made inactive. "
    "Check the fields with accounts, customers, items, vendors or employees."
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One entry of ``Fault.Error``; ``element`` None leaves the member out."""

    code: str
    message: str
    detail: str
    element: str | None = ""


class Refused(Exception):
    """A request that QuickBooks answers with a fault; nothing was changed."""

    def __init__(self, *problems: Problem, kind: str = VALIDATION, status: int = 400) -> None:
        super().__init__("; ".join(f"{problem.code} {problem.detail}" for problem in problems))
        self.problems = problems
        self.kind = kind
        self.status = status

    @property
    def code(self) -> str:
        """The code of the first problem."""
        return self.problems[0].code


def unsupported_operation(what: str) -> Refused:
    """500: a path or an operation that the entity does not know."""
    return Refused(Problem("500", "Unsupported Operation", f"Operation {what} is not supported.", None))


def duplicate_request_id(value: str) -> Refused:
    """600: a request id that was already used for another request (reference 4)."""
    return Refused(Problem("600", "Duplicate Request ID", f"Duplicate Request ID : {value}", "requestid"))


def not_found() -> Refused:
    """610: an unknown, inactive or never existing object."""
    return Refused(Problem("610", "Object Not Found", f"Object Not Found : {INACTIVE}"))


def deleted_meanwhile() -> Refused:
    """610 for a transaction that was deleted."""
    detail = "Object Not Found : Another user has deleted this transaction."
    return Refused(Problem("610", "Object Not Found", detail))


def cannot_link(txn_id: str) -> Refused:
    """620: a payment line names a transaction that it cannot pay."""
    detail = f"Transaction ID {txn_id} cannot be linked. Check the transaction type and the customer."
    return Refused(Problem("620", "Txn ID cannot be linked", detail))


def batch_too_large(limit: int) -> Refused:
    """1040: more items in one batch than are taken."""
    detail = f"Batch size exceeds allowed limit. The maximum is {limit} items."
    return Refused(Problem("1040", "Batch size exceeds allowed limit", detail))


def unknown_member(member: str, entity: str, known: Sequence[str]) -> Refused:
    """2010: a member that the entity does not have; the detail is the original's Java message (reference 12.3)."""
    listed = ", ".join(f'"{name}"' for name in known[:_LISTED])
    more = " [truncated]" if len(known) > _LISTED else ""
    detail = (
        f'Property Name:Unrecognized field "{member}" (class com.intuit.schema.finance.v3.{entity}), '
        f"not marked as ignorable ({len(known)} known properties: {listed}{more}) "
        "specified is unsupported or invalid"
    )
    return Refused(Problem("2010", "Request has invalid or unsupported property", detail, None))


def unreadable(what: str) -> Refused:
    """2010: the body is no JSON or a member has the wrong JSON type."""
    detail = f"Property Name:{what} specified is unsupported or invalid"
    return Refused(Problem("2010", "Request has invalid or unsupported property", detail, None))


def missing(member: str) -> Refused:
    """2020: a required member is absent or empty."""
    message = "Required param missing, need to supply the required value for the API"
    return Refused(Problem("2020", message, f"Required parameter {member} is missing in the request", member))


def missing_asset_account() -> Refused:
    """2020: an inventory item without its asset account (reference 14.4)."""
    message = "Required param missing, need to supply the required value for the API"
    detail = (
        "An inventory assetaccount is required if you are tracking inventory quantities for this product."
    )
    return Refused(Problem("2020", message, detail, "AssetAccountRef"))


def invalid_id(value: str) -> Refused:
    """2030: an id that is not a number."""
    return Refused(
        Problem("2030", "Invalid ID", f"Id should be a valid number. Supplied value:{value}", "Id")
    )


def invalid_characters(member: str, value: str) -> Refused:
    """2040: a name with a colon, a tab or a line break."""
    return Refused(Problem("2040", "Invalid String", f"Element contains invalid characters: {value}", member))


def too_long(member: str, limit: int, supplied: int, least: int = 0) -> Refused:
    """2050: a text outside its length."""
    detail = f"String length is either shorter or longer than supported by specification. Min:{least} Max:{limit} supplied:{supplied}"
    return Refused(Problem("2050", "Invalid String Length", detail, member))


def invalid_date(member: str, value: str) -> Refused:
    """2060: a date that is none."""
    detail = f"Date should be in the form yyyy-MM-dd. Supplied value:{value}"
    return Refused(Problem("2060", "Invalid Date Format", detail, member))


def invalid_number(member: str, value: str) -> Refused:
    """2090: a number outside the range it may have."""
    return Refused(Problem("2090", "Invalid Number", f"Invalid Number : {value}", member))


def invalid_request_id(value: str) -> Refused:
    """2130: a request id longer than 50 characters (36 for a batch)."""
    return Refused(Problem("2130", "Invalid Request Id Format", f"Invalid Request Id : {value}", "requestid"))


def invalid_enumeration(member: str, value: str) -> Refused:
    """2170: a word that the enumeration does not have."""
    return Refused(Problem("2170", "Invalid Enumeration", f"Invalid Enumeration : {value}", member))


def invalid_email(value: str) -> Refused:
    """2210: an e-mail address without an at sign or a dot."""
    detail = f"Email Address does not conform to the syntax rules of RFC 822. Supplied value:{value}"
    return Refused(Problem("2210", "Invalid Email Address format", detail, "EmailAddress.Address"))


def unknown_reference(family: str, value: str, element: str) -> Refused:
    """2500: a reference to something that does not exist; ``family`` is Intuit's word, e.g. Names."""
    detail = f"Invalid Reference Id : {family} element id {value} not found"
    return Refused(Problem("2500", "Invalid Reference Id", detail, element))


def inactive_reference(element: str) -> Refused:
    """2500: a reference to something that was made inactive."""
    return Refused(Problem("2500", "Invalid Reference Id", f"Invalid Reference Id : {INACTIVE}", element))


def query_not_parsed(detail: str) -> Refused:
    """4000: the statement does not follow the grammar."""
    return Refused(Problem("4000", "Error parsing query", f"QueryParserError: {detail}", None))


def query_not_valid(detail: str) -> Refused:
    """4001: a statement of the right form that asks for something it may not."""
    return Refused(Problem("4001", "Invalid query", f"QueryValidationError: {detail}", None))


def stale() -> Refused:
    """5010: the SyncToken is not the current one."""
    detail = (
        "Stale Object Error : You and root were working on this at the same time. "
        "root finished before you did, so your work was not saved."
    )
    return Refused(Problem("5010", "Stale Object Error", detail))


def feature_not_supported(text: str) -> Refused:
    """5030: something that this company does not use."""
    return Refused(Problem("5030", "Feature Not Supported", f"Feature Not Supported Error: {text}"))


def business(text: str, element: str = "") -> Refused:
    """6000: a rule of the books, in words."""
    message = "A business validation error has occurred while processing your request"
    return Refused(Problem("6000", message, f"Business Validation Error: {text}", element))


def account_kind_missing() -> Refused:
    """6010: an account with neither type nor sub-type."""
    detail = "Account Type or Account Sub Type must be specified."
    return Refused(Problem("6010", "Invalid Account.AccountType && Account.SubType", detail, "AccountType"))


def unsupported_attachment(kind: str) -> Refused:
    """6050: a file or note cannot be attached to this kind of object."""
    message = "The entity reference type is unsupported for Attachable"
    detail = f"The entity reference type {kind} isn't supported for attachable."
    return Refused(Problem("6050", message, detail, "AttachableRef.EntityRef.type"))


def opening_day_missing() -> Refused:
    """6060: an account's opening balance without its day."""
    message = "Account.OpenBalanceDate must be specified with Account.OpenBalance"
    detail = "OpeningBalanceDate is required when specifying OpeningBalance."
    return Refused(Problem("6060", message, detail, "OpeningBalanceDate"))


def amount_is_no_product(supplied: Decimal) -> Refused:
    """6070: Amount is not UnitPrice times Qty, rounded half-up to cents."""
    detail = f"Amount is not equal to UnitPrice * Qty. Supplied value: {amounts.with_separators(supplied)}"
    return Refused(Problem("6070", "Amount calculation incorrect in the request", detail, "Line.Amount"))


def no_name() -> Refused:
    """6080: a name without any name."""
    detail = "At least one of DisplayName, Title, GivenName, MiddleName, FamilyName or Suffix is required."
    return Refused(Problem("6080", "No name provided", detail))


def discount_incomplete() -> Refused:
    """6090: a discount line with neither percent nor amount."""
    detail = "Discount line needs DiscountPercent or Amount."
    return Refused(Problem("6090", "Discount Line missing required info", detail, "Line"))


def invalid_line_tax_code(value: str) -> Refused:
    """6100: a US line with anything but TAX and NON, or such a word elsewhere."""
    detail = f"Invalid Line TaxCode in the request. Supplied value:{value}"
    return Refused(Problem("6100", "Invalid Line TaxCode in the request", detail, "Line.TaxCodeRef"))


def duplicate_number(number: str, txn_type: str, txn_id: str) -> Refused:
    """6140: the number is taken; the detail names the transaction that has it (reference 14.6)."""
    detail = (
        "Duplicate Document Number Error : You must specify a different number. This number has already been used. "
        f"DocNumber={number} is assigned to TxnType={txn_type} with TxnId={txn_id}"
    )
    return Refused(Problem("6140", "Duplicate Document Number Error", detail))


def custom_sales_tax() -> Refused:
    """6160: the pseudo code CustomSalesTax on a transaction."""
    detail = "CustomSalesTax cannot be used as TxnTaxCodeRef."
    return Refused(Problem("6160", "Invalid TaxCodeRef Error", detail, "TxnTaxDetail.TxnTaxCodeRef"))


def tax_detail_not_applicable() -> Refused:
    """6170: tax on a document that says NotApplicable."""
    detail = "TxnTaxDetail is not allowed when GlobalTaxCalculation is NotApplicable."
    return Refused(Problem("6170", "Invalid TxnTaxDetail Error", detail, "TxnTaxDetail"))


def too_deep() -> Refused:
    """6180: more than four levels below the top."""
    return Refused(Problem("6180", "Sub Level Limit", "You can have only 5 levels.", "ParentRef"))


def subscription_ended() -> Refused:
    """6190: the company is read-only."""
    detail = (
        "Subscription period has ended or canceled or there was a billing problem : You can't add data to "
        "QuickBooks Online Plus because your trial or subscription period ended."
    )
    return Refused(Problem("6190", "Invalid Company Status", detail))


def period_closed() -> Refused:
    """6200: a transaction dated on or before the closing date of the books."""
    detail = (
        "The account period has closed and the account books cannot be updated through the QBO Services API. "
        "Please use the QBO website to make these changes."
    )
    return Refused(Problem("6200", "Account Period Closed", detail))


def before_inventory_start(name: str) -> Refused:
    """6270: a sale of an inventory item dated before its stock began."""
    detail = f"Transactions cannot be dated earlier than the inventory start date of {name}."
    return Refused(Problem("6270", "InventoryTxnDatedBeforeItemStartDate", detail, "TxnDate"))


def deposited() -> Refused:
    """6540: a payment, receipt or refund that stands on a deposit."""
    detail = (
        "This transaction has been deposited. If you want to change or delete it, you must edit the deposit it "
        "appears on and remove it first."
    )
    return Refused(Problem("6540", "Deposited Transaction cannot be changed", detail))


def has_balance() -> Refused:
    """6220: a customer who owes something cannot be made inactive."""
    detail = "You can't make a customer with an open balance inactive."
    return Refused(Problem("6220", "Delete Entity Has Balance Error", detail))


def duplicate_name() -> Refused:
    """6240: another customer, vendor or employee has the name."""
    detail = (
        "The name supplied already exists. : Another customer, vendor or employee is already using this name. "
        "Please use a different name."
    )
    return Refused(Problem("6240", "Duplicate Name Exists Error", detail))


def duplicate_list_name() -> Refused:
    """6240 for items, accounts and the small lists."""
    detail = "The name supplied already exists. : null"
    return Refused(Problem("6240", "Duplicate Name Exists Error", detail))


def upload_too_large(limit: int) -> Refused:
    """6030: an upload request above its limit in bytes, which has a status of its own (reference 12.2, 14.12)."""
    message = "Upload request size exceeds allowed limit"
    return Refused(Problem("6030", message, f"Upload requests shouldn't exceed {limit} bytes."), status=413)


def wrong_account_type(element: str) -> Refused:
    """6430: an account of a type that may not stand there."""
    detail = "Invalid account type used. Check the type of the account."
    return Refused(Problem("6430", "Invalid account type used", detail, element))
