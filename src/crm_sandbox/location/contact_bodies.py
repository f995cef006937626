"""Which members a contact may be written with, by operation (reference 5.2)."""

from __future__ import annotations

from collections.abc import Mapping

from crm_sandbox.location.shapes import (
    Anything,
    Choice,
    Email,
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

_DND_CHANNELS = ("Call", "Email", "SMS", "WhatsApp", "GMB", "FB")


def _dnd(statuses: tuple[str, ...], *, code: bool) -> Object:
    members: dict[str, Member] = {"status": must(Text(choices=statuses)), "message": may(Text())}
    if code:
        members["code"] = may(Text())
    return Object(members)


CUSTOM_FIELD = Object(
    {
        "id": may(Text()),
        "key": may(Text()),
        "field_value": may(Choice((Text(), Number(), ListOf(Text()), FreeObject()))),
    }
)

_ALWAYS: Mapping[str, Member] = {
    **{
        name: may(Text())
        for name in (
            "firstName",
            "lastName",
            "name",
            "phone",
            "address1",
            "city",
            "state",
            "postalCode",
            "website",
            "timezone",
            "source",
            "country",
            "assignedTo",
        )
    },
    "email": may(Email()),
    "dnd": may(Flag()),
    "dndSettings": may(
        Object(
            {name: may(_dnd(("active", "inactive", "permanent"), code=True)) for name in _DND_CHANNELS},
        )
    ),
    "inboundDndSettings": may(Object({"all": may(_dnd(("active", "inactive"), code=False))})),
    "tags": may(ListOf(Text())),
    "customFields": may(ListOf(CUSTOM_FIELD)),
    "dateOfBirth": may(Anything()),
}

UPDATE = Object(_ALWAYS)
UPDATE_WITH_COMPANY = Object({**_ALWAYS, "companyName": may(Text())})
CREATE = Object(
    {
        **_ALWAYS,
        "locationId": must(Text(filled=True)),
        "gender": may(Text()),
        "companyName": may(Text()),
    }
)
UPSERT = Object({**CREATE.members, "createNewIfDuplicateAllowed": may(Flag())})
TAGS = Object({"tags": must(ListOf(Text(filled=True), least=1))})
ENROL = Object({"eventStartTime": may(Instant())})
