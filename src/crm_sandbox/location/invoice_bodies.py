"""Which members an invoice and the calls on it may be written with (reference 7.4, 7.6, 7.7, 7.8)."""

from __future__ import annotations

from collections.abc import Mapping

from crm_sandbox.location.shapes import (
    Anything,
    Day,
    Flag,
    FreeObject,
    Instant,
    ListOf,
    Member,
    Number,
    Object,
    Text,
    may,
    must,
)

ALT: Mapping[str, Member] = {
    "altId": must(Text(filled=True)),
    "altType": must(Text(choices=("location",))),
}

_ADDRESS = Object(
    {
        name: may(Text())
        for name in ("addressLine1", "addressLine2", "city", "state", "countryCode", "postalCode")
    }
)
_BUSINESS = Object(
    {
        "logoUrl": may(Text()),
        "name": may(Text()),
        "phoneNo": may(Text()),
        "address": may(_ADDRESS),
        "website": may(Text()),
        "customValues": may(ListOf(Anything())),
    }
)
_CONTACT = Object(
    {
        "id": must(Text(filled=True)),
        "name": must(Text(filled=True)),
        "phoneNo": may(Text(filled=True)),
        "email": may(Text(filled=True)),
        "additionalEmails": may(ListOf(Object({"email": must(Text())}))),
        "companyName": may(Text()),
        "address": may(_ADDRESS),
        "customFields": may(ListOf(Anything())),
    }
)
_TAX = Object(
    {
        "_id": must(Text(filled=True)),
        "name": must(Text(filled=True)),
        "rate": must(Number(least=0)),
        "calculation": may(Text(choices=("exclusive",))),
        "description": may(Text()),
        "taxId": may(Text()),
    }
)
_ITEM = Object(
    {
        "name": must(Text(filled=True)),
        "description": may(Text()),
        "productId": may(Text()),
        "priceId": may(Text()),
        "currency": must(Text(filled=True)),
        "amount": must(Number(least=0)),
        "qty": must(Number(above=0)),
        "taxes": may(ListOf(_TAX)),
        "automaticTaxCategoryId": may(Text()),
        "isSetupFeeItem": may(Flag()),
        "type": may(Text(choices=("one_time", "recurring"))),
        "taxInclusive": may(Flag()),
    }
)
_DISCOUNT = Object(
    {
        "value": may(Number(least=0)),
        "type": must(Text(choices=("percentage", "fixed"))),
        "validOnProductIds": may(ListOf(Text())),
    }
)
_SENT_TO = Object(
    {
        "email": must(ListOf(Text())),
        "emailCc": may(ListOf(Text())),
        "emailBcc": may(ListOf(Text())),
        "phoneNo": may(ListOf(Text())),
    }
)
_SCHEDULE = Object(
    {
        "type": must(Text(choices=("fixed", "percentage"))),
        "schedules": must(ListOf(Anything())),
    }
)
_ATTACHMENT = Object(
    {
        **{name: must(Text()) for name in ("id", "name", "url", "type")},
        "size": must(Number(least=0)),
    }
)
_TIPS = Object({"tipsPercentage": must(ListOf(Anything())), "tipsEnabled": must(Flag())})
_METHODS = Object({"stripe": must(Object({"enableBankDebitOnly": must(Flag())}))})
_FREQUENCY = Object(
    {
        "intervalCount": must(Number(least=0)),
        "interval": must(Text(choices=("minute", "hour", "day", "week", "month", "one_time"))),
    }
)
_LATE_FEES = Object(
    {
        "enable": must(Flag()),
        "value": must(Number(least=0)),
        "type": must(Text(choices=("fixed", "percentage"))),
        "frequency": must(_FREQUENCY),
        "grace": may(
            Object({"intervalCount": must(Number(least=0)), "interval": must(Text(choices=("day",)))})
        ),
        "maxLateFees": may(Object({"type": must(Text(choices=("fixed",))), "value": must(Number(least=0))})),
    }
)

_WRITTEN: Mapping[str, Member] = {
    **ALT,
    "name": must(Text(filled=True)),
    "title": may(Text()),
    "currency": must(Text(filled=True)),
    "issueDate": must(Day()),
    "invoiceNumber": may(Text(filled=True)),
    "invoiceNumberPrefix": may(Text()),
    "termsNotes": may(Text()),
    "automaticTaxesEnabled": may(Flag()),
    "paymentSchedule": may(_SCHEDULE),
    "tipsConfiguration": may(_TIPS),
    "paymentMethods": may(_METHODS),
    "attachments": may(ListOf(_ATTACHMENT)),
    "miscellaneousCharges": may(FreeObject()),
}

CREATE = Object(
    {
        **_WRITTEN,
        "businessDetails": must(_BUSINESS),
        "contactDetails": must(_CONTACT),
        "dueDate": may(Day()),
        "items": must(ListOf(_ITEM, least=1)),
        "discount": must(_DISCOUNT),
        "sentTo": must(_SENT_TO),
        "liveMode": must(Flag()),
        "lateFeesConfiguration": may(_LATE_FEES),
    }
)
TEXT2PAY = Object(
    {
        **CREATE.members,
        "businessDetails": may(_BUSINESS),
        "discount": may(_DISCOUNT),
        "id": may(Text(filled=True)),
        "includeTermsNote": may(Flag()),
        "action": must(Text(choices=("draft", "send"))),
        "userId": must(Text(filled=True)),
    }
)
REPLACE = Object(
    {
        **_WRITTEN,
        "description": may(Text()),
        "businessDetails": may(_BUSINESS),
        "contactId": may(Text()),
        "contactDetails": may(_CONTACT),
        "dueDate": must(Day()),
        "invoiceItems": must(ListOf(_ITEM, least=1)),
        "discount": may(_DISCOUNT),
        "liveMode": may(Flag()),
        "xeroDetails": may(FreeObject()),
    }
)
SEND = Object(
    {
        **ALT,
        "userId": may(Text(filled=True)),
        "action": must(Text(choices=("sms_and_email", "send_manually", "email", "sms"))),
        "liveMode": must(Flag()),
        "sentFrom": may(Object({"fromName": may(Text()), "fromEmail": may(Text())})),
        "autoPayment": may(FreeObject()),
    }
)
VOID = Object(ALT)
LATE_FEES = Object({**ALT, "lateFeesConfiguration": must(_LATE_FEES)})
RECORD_PAYMENT = Object(
    {
        **ALT,
        "mode": must(Text(choices=("cash", "card", "cheque", "bank_transfer", "other"))),
        "card": may(Object({"brand": must(Text()), "last4": must(Text())})),
        "cheque": may(Object({"number": must(Text())})),
        "notes": may(Text()),
        "amount": may(Number(above=0)),
        "meta": may(FreeObject()),
        "paymentScheduleIds": may(ListOf(Text())),
        "fulfilledAt": may(Instant()),
    }
)
