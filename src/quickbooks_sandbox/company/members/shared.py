"""Types that several entities share (reference 13.1)."""

from __future__ import annotations

from decimal import Decimal

from quickbooks_sandbox.company.members.kinds import (
    Day,
    Email,
    Flag,
    Kind,
    Many,
    Number,
    OneOf,
    ReadOnly,
    Shape,
    Text,
)

TEXT = Text()
NUMBER = Number()
FLAG = Flag()
DAY = Day()
READ_ONLY = ReadOnly()
PERCENT = Number(least=Decimal(0), most=Decimal(100))
BIG_PRICE = Number(least=Decimal(-99_999_999_999), most=Decimal(99_999_999_999))

NAME_CHARACTERS = ":\t\n"

REFERENCE = Shape("ReferenceType", {"value": TEXT, "name": TEXT, "type": TEXT})
EMAIL = Shape("EmailAddress", {"Id": READ_ONLY, "Address": Email(), "Default": FLAG, "Tag": TEXT})
PHONE = Shape(
    "TelephoneNumber",
    {
        "Id": READ_ONLY,
        "DeviceType": TEXT,
        "CountryCode": TEXT,
        "AreaCode": TEXT,
        "ExchangeCode": TEXT,
        "Extension": TEXT,
        "FreeFormNumber": Text(30),
        "Default": FLAG,
        "Tag": TEXT,
    },
)
WEB_ADDRESS = Shape("WebSiteAddress", {"Id": READ_ONLY, "URI": Text(1000), "Default": FLAG, "Tag": TEXT})
ADDRESS = Shape(
    "PhysicalAddress",
    {
        "Id": READ_ONLY,
        "Line1": Text(500),
        "Line2": Text(500),
        "Line3": Text(500),
        "Line4": Text(500),
        "Line5": Text(500),
        "City": Text(255),
        "Country": Text(255),
        "CountryCode": TEXT,
        "County": Text(25),
        "CountrySubDivisionCode": Text(255),
        "PostalCode": Text(30),
        "PostalCodeSuffix": TEXT,
        "Lat": READ_ONLY,
        "Long": READ_ONLY,
        "Tag": TEXT,
        "Note": TEXT,
    },
)
MEMO = Shape("MemoRef", {"value": Text(1000), "id": TEXT})
CUSTOM_FIELD = Shape(
    "CustomField",
    {
        "DefinitionId": TEXT,
        "Name": TEXT,
        "Type": OneOf(("StringType", "BooleanType", "NumberType", "DateType")),
        "StringValue": Text(31),
        "BooleanValue": FLAG,
        "DateValue": DAY,
        "NumberValue": NUMBER,
    },
)
LINKED_TXN = Shape(
    "LinkedTxn", {"TxnId": TEXT, "TxnType": TEXT, "TxnLineId": TEXT}, required=("TxnId", "TxnType")
)

ENTITY: dict[str, Kind] = {
    "Id": TEXT,
    "SyncToken": TEXT,
    "MetaData": READ_ONLY,
    "domain": READ_ONLY,
    "status": READ_ONLY,
    "sparse": FLAG,
    "CustomField": Many(CUSTOM_FIELD),
    "AttachableRef": READ_ONLY,
}
"""What every object has."""
