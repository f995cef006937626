"""The custom fields of a location, and which values they take (reference 4.3)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from crm_sandbox.location import refusals, shapes
from crm_sandbox.location.shapes import Choice, Flag, ListOf, Number, Object, Text, may, must

DATA_TYPES = (
    *("TEXT", "LARGE_TEXT", "NUMERICAL", "PHONE", "MONETORY", "CHECKBOX", "SINGLE_OPTIONS"),
    *("MULTIPLE_OPTIONS", "RADIO", "DATE", "TEXTBOX_LIST", "FILE_UPLOAD", "SIGNATURE"),
)
_PICKED = ("CHECKBOX", "SINGLE_OPTIONS", "MULTIPLE_OPTIONS", "RADIO")
_OPTION = Object({"label": may(Text()), "prefillValue": may(Text())})
CREATE = Object(
    {
        "name": must(Text(filled=True)),
        "dataType": must(Text(choices=DATA_TYPES)),
        "placeholder": may(Text()),
        "acceptedFormat": may(ListOf(Text())),
        "isMultipleFile": may(Flag()),
        "maxNumberOfFiles": may(Number(least=0, whole=True)),
        "textBoxListOptions": may(ListOf(Choice((Text(), _OPTION)))),
        "position": may(Number(least=0, whole=True)),
        "model": may(Text(choices=("contact", "opportunity"))),
    }
)


class CustomField(Struct, frozen=True, kw_only=True):
    """A field that the users of the location have added. `options` are the only values where it is picked from a list."""

    id: str
    name: str
    data_type: str
    model: str = "contact"
    placeholder: str = ""
    position: int = 0
    options: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What templates call it: contact.quickbooks_id."""
        return f"{self.model}.{re.sub(r'[^a-z0-9]+', '_', self.name.lower()).strip('_')}"


def made(body: object, field_id: str) -> CustomField:
    """A new field from the body of the call. Raises Refused with 422."""
    given = shapes.check(CREATE, body)
    options = [
        each if isinstance(each, str) else each.get("label", "")
        for each in given.get("textBoxListOptions", [])
    ]
    return CustomField(
        id=field_id,
        name=given["name"],
        data_type=given["dataType"],
        model=given.get("model", "contact"),
        placeholder=given.get("placeholder", ""),
        position=int(given.get("position", 0)),
        options=tuple(filter(None, options)),
    )


def view(field: CustomField, location_id: str) -> dict[str, Any]:
    """A field as the API answers it."""
    return {
        "id": field.id,
        "name": field.name,
        "fieldKey": field.key,
        "placeholder": field.placeholder,
        "dataType": field.data_type,
        "position": field.position,
        "picklistOptions": list(field.options),
        "isAllowedCustomOption": False,
        "model": field.model,
        "locationId": location_id,
    }


def values(known: Mapping[str, CustomField], given: Iterable[Mapping[str, Any]]) -> list[tuple[str, Any]]:
    """Field ids and values of a body; a key leads to its field. Raises Refused with 400 outside a picklist."""
    by_key = {name: each.id for each in known.values() for name in (each.key, each.key.partition(".")[2])}
    found = []
    for each in given:
        field_id = each.get("id") or by_key.get(each["key"], each["key"])
        value = each.get("field_value")
        _check_picked(known.get(field_id), value)
        found.append((field_id, value))
    return found


def _check_picked(field: CustomField | None, value: Any) -> None:
    if field is None or field.data_type not in _PICKED or value in (None, ""):
        return
    for each in value if isinstance(value, list) else [value]:
        if each not in field.options:
            raise refusals.bad_request(f'Invalid Custom Field Value "{each}" for "{field.id}"')
