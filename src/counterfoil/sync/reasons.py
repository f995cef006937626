"""Every reason that a decision can give: the rule it follows and a sentence for a bookkeeper.

History, logs, attention items and tests all speak of these values. `tests/house` follows the chain from each rule to
its reasons and from each reason to a test.
"""

from __future__ import annotations

from enum import Enum


class Because(Enum):
    """A reason. `.rule` is the rule of the specification, `.sentence` what people read."""

    rule: str
    sentence: str

    def __new__(cls, rule: str, sentence: str) -> Because:
        member = object.__new__(cls)
        member._value_ = sentence
        member.rule = rule
        member.sentence = sentence
        return member

    # customers
    NOT_BILLABLE = (
        "R10",
        "This contact has no sent invoice and no payment yet, so QuickBooks does not need it.",
    )
    CONTACT_GONE = "R72", "The contact no longer exists in the CRM."
    CONTACT_GONE_BEFORE_SALE = (
        "R72",
        "The sale belongs to a contact that no longer exists in the CRM, so nobody knows which customer bought.",
    )
    CUSTOMER_MATCHED = "R11", "A customer with this e-mail address exists and is used."
    CUSTOMER_FOLLOWS = (
        "R16",
        "The customer's contact is gone from the CRM; this one has its address and takes its place.",
    )
    CUSTOMER_CHOSEN = "R13", "Several customers have this e-mail address; the best one was chosen."
    CUSTOMER_UPDATED = "R12", "The customer gets what the CRM knows better."
    CUSTOMER_REACTIVATED = "R12", "The customer was inactive and is made active again, because it buys again."
    CUSTOMER_KEPT = "R12", "What was changed in QuickBooks after our last write is kept."
    CUSTOMER_IN_STEP = "R12", "The customer already says what the CRM says."
    CUSTOMER_UNKNOWN = "R12", "The linked customer is not known here, so it is left alone."
    CUSTOMER_CREATED = "R14", "There was no customer with this e-mail address, so one is created."
    CUSTOMER_CREATED_WITHOUT_EMAIL = (
        "R15",
        "The contact has no e-mail address; it gets a customer of its own.",
    )
    # what stands in the way of a document
    NO_CONTACT_NAMED = (
        "R10",
        "The CRM does not say whose sale this is, so there is no customer to post it to.",
    )
    CURRENCY_NOT_KEPT = (
        "R17",
        "The company keeps one currency only, and this sale is in another one. It is not posted in the wrong currency.",
    )
    CUSTOMER_HAS_OTHER_CURRENCY = (
        "R17",
        "The customer in QuickBooks has another currency than this sale, and a customer's currency can never change.",
    )
    CURRENCY_TOO_FINE = "R76", "The amount has more decimal places than QuickBooks can keep."
    TAXES_OUTSIDE_US = (
        "R36",
        "Outside the United States discount and tax must be posted apart, which this version cannot do yet.",
    )
    BOOKS_CLOSED = "R72", "The books of this day are closed in QuickBooks, so nothing can be posted to it."
    POSTED_BY_OTHER = (
        "R7",
        "HighLevel's own QuickBooks connection has posted this already. Only one of the two may be switched on.",
    )
    # items
    NEEDS_ITEM = "R39", "The item of a line is created first."
    ITEM_MATCHED = "R39", "An item with exactly this name exists and is used."
    NEEDS_INCOME_ACCOUNT = "R39", "A new item needs an income account, and none is chosen or found."
    # payments and receipts
    PAYS_AN_INVOICE = "R21", "The invoice already counts this income."
    TEST_MODE = "R23", "Test-mode charges are not income."
    NOT_SUCCEEDED = "R23", "The payment has not succeeded, so there is nothing to post."
    NOTHING_PAID = "R23", "The amount is zero, so there is nothing to post."
    NEEDS_CUSTOMER = "R10", "The customer comes first."
    RECEIPT_FOR_ORDER = "R20", "A payment becomes one sales receipt with the order's items."
    RECEIPT_FOR_PART = (
        "R22",
        "The payment differs from the order's items, so the receipt shows what was really paid.",
    )
    RECEIPT_EXISTS = "R20", "This payment has its sales receipt."
    ORDER_HAS_PAYMENTS = "R20", "The payments of the order are what counts."
    ORDER_WITHOUT_PAYMENTS = "R20", "The order has no payment yet, so there is nothing to post."
    TRANSACTION_GONE = "R72", "The payment no longer exists in the CRM."
    PART_OF_OTHERS = "R20", "This record only sums up other payments, which are posted themselves."
    HISTORY_IMPORTED = "R20", "The payment was imported into the CRM as history; it is not new income."
    PAID_BEFORE_CONNECTION = "R20", "The payment was made before QuickBooks was connected."
    REFUND_BY_HAND = (
        "R24",
        "A payment was refunded in the CRM. This version does not post refunds: please enter it in QuickBooks.",
    )
    # invoices
    NOT_SENT = "R30", "The invoice is a draft; it is posted when it is sent."
    TEST_INVOICE = "R30", "A test-mode invoice is no sale."
    EXISTED_BEFORE = "R30", "The invoice existed before QuickBooks was connected."
    NOTHING_TO_INVOICE = "R30", "The invoice has no lines and no amount."
    INVOICE_CREATED = "R30", "The invoice was sent, so it is posted."
    INVOICE_UPDATED = "R31", "The invoice changed in the CRM."
    INVOICE_OVERWRITES = (
        "R40",
        "The same thing changed on both sides; the CRM's value counts for its own invoices.",
    )
    INVOICE_IN_STEP = "R31", "The invoice in QuickBooks says what the CRM says."
    INVOICE_RENUMBERED = "R32", "The number was taken by another document, so the invoice gets a suffix."
    TOTAL_NEGATIVE = "R35", "The total is below zero, and QuickBooks keeps no invoice or receipt below zero."
    PAYMENT_POSTED = "R33", "A payment of the invoice was made."
    GROWTH_POSTED = "R33", "The CRM counts more as paid than its payments show, so the difference is posted."
    INVOICE_VOIDED = "R34", "The invoice was voided in the CRM."
    INVOICE_DELETED = "R34", "The invoice was deleted in the CRM, so it is voided in QuickBooks."
    VOID_HAS_PAYMENTS = (
        "R34",
        "The invoice was voided or deleted in the CRM, but QuickBooks has payments for it. "
        "Please decide about the payments, then void the invoice in QuickBooks.",
    )
    VOIDED_ALREADY = "R34", "The invoice is void in QuickBooks already."
    NEVER_POSTED = "R34", "The invoice was voided or deleted before it was posted."
    VOIDED_IN_QUICKBOOKS = "R31", "The invoice was voided in QuickBooks, but it is still open in the CRM."
    DELETED_IN_QUICKBOOKS = "R31", "The invoice was deleted in QuickBooks, but it still exists in the CRM."
    DOCUMENT_UNKNOWN = (
        "R72",
        "The posted invoice cannot be found in the copy of QuickBooks that is kept here.",
    )
    BORN_IN_QUICKBOOKS = "R61", "The invoice came from QuickBooks, so nothing of it is pushed back."
    TOTALS_DIFFER = "R37", "QuickBooks came to another total than the CRM."
    # contacts
    CUSTOMER_GONE = "R50", "The customer is not known in QuickBooks any more; contacts are never deleted."
    CUSTOMER_INACTIVE = "R50", "The customer is inactive in QuickBooks, so the CRM does not need it."
    SUB_CUSTOMER = "R53", "Sub-customers are not brought into the CRM, by the setting."
    CONTACT_MATCHED_BY_EMAIL = "R50", "A contact with the customer's e-mail address exists and is used."
    CONTACT_CREATED_WITHOUT_PHONE = (
        "R50",
        "A contact was created without the phone number, which belongs to a contact of another name.",
    )
    CONTACT_MATCHED_BY_PHONE = "R50", "A contact with the customer's phone number exists and is used."
    CONTACT_SHARED = (
        "R53",
        "Another customer has this contact too; customers who share an address are one contact.",
    )
    CONTACT_CREATED = "R50", "The CRM had no contact of this customer, so one is created."
    CONTACT_COMPLETED = "R50", "The contact gets the tag and what it lacked; nothing of it is overwritten."
    CONTACT_UPDATED = "R52", "The customer was changed in QuickBooks."
    CONTACT_IN_STEP = "R52", "The contact already says what QuickBooks says."
    OUR_OWN_CUSTOMER = (
        "R54",
        "We made this customer from its contact, so it does not come back as another one.",
    )
    # reviews
    REVIEW_REQUESTED = (
        "R62",
        "The customer's first invoice is fully paid, so a review is asked for, once for ever.",
    )
    REVIEWS_OFF = "R62", "Reviews are not asked for, by the setting."
    REVIEW_NOT_PAID = "R62", "No invoice of this customer is fully paid yet."
    REVIEW_PAID_BEFORE = (
        "R62",
        "The customer had paid an invoice in full before reviews were switched on, so it is not asked.",
    )
    REVIEW_DO_NOT_DISTURB = (
        "R62",
        "The contact does not want to be disturbed, so it is not asked for a review.",
    )
    REVIEW_NO_CONTACT = "R62", "The customer has no contact in the CRM that could be asked for a review."
    REVIEW_DECIDED = "R62", "Whether this customer is asked for a review has been decided once for ever."
    REVIEW_IN_DOUBT = (
        "R62",
        "The review was being asked for when the CRM's answer was lost, and a second request must not go out. Look in "
        "the CRM whether the contact is in the workflow; if it is not, try again here.",
    )
    REVIEW_WORKFLOW_GONE = (
        "R62",
        "The workflow that asks for reviews is not published in the CRM any more. Publish it there or choose another "
        "one under Review requests, then try again.",
    )
    # refusals and trouble
    SOMETHING_INACTIVE = (
        "R72",
        "Something that the document uses (customer, item or account) is inactive or gone in QuickBooks. "
        "Please make it active there, then retry.",
    )
    SUBSCRIPTION_ENDED = (
        "R72",
        "QuickBooks accepts nothing new, because the company's subscription or trial has ended.",
    )
    WRONG_ACCOUNT = "R72", "The chosen account is of a type that QuickBooks does not accept here."
    TOO_LONG = "R72", "A text is longer than QuickBooks allows."
    AMOUNT_REFUSED = "R72", "QuickBooks calculates a line or total of this document otherwise."
    LOCKED_BY_DEPOSIT = (
        "R72",
        "The document belongs to a deposit or is matched with the bank, so QuickBooks does not let it be changed.",
    )
    NOT_PERMITTED = "R72", "The user who connected, or the company's plan, may not do this in QuickBooks."
    REFUSED = "R72", "The other side refused this. Its answer is shown."
    STILL_TRYING = "R72", "This has failed for hours for a passing reason. It is tried again all the time."
    NEEDS_PERSON = "R72", "A person has to settle this before it can go on."
    OUR_MISTAKE = "R72", "Counterfoil made a mistake here. The record is kept; please report it."
