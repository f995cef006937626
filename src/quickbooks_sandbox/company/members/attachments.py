"""Attachable: notes and files beside other objects (reference 14.12)."""

from __future__ import annotations

from quickbooks_sandbox.company.members.kinds import Many, Shape, Text
from quickbooks_sandbox.company.members.shared import (
    CUSTOM_FIELD,
    ENTITY,
    FLAG,
    READ_ONLY,
    REFERENCE,
    TEXT,
)

ATTACHABLE = Shape(
    "Attachable",
    {
        **ENTITY,
        "AttachableRef": Many(
            Shape(
                "AttachableRef",
                {
                    "EntityRef": REFERENCE,
                    "LineInfo": TEXT,
                    "IncludeOnSend": FLAG,
                    "CustomField": Many(CUSTOM_FIELD),
                    "AttachableRefEx": READ_ONLY,
                },
            )
        ),
        "FileName": Text(1000),
        "FileAccessUri": READ_ONLY,
        "TempDownloadUri": READ_ONLY,
        "Size": READ_ONLY,
        "ContentType": Text(100),
        "Category": Text(100),
        "Lat": TEXT,
        "Long": TEXT,
        "PlaceName": Text(2000),
        "Note": Text(2000),
        "Tag": Text(2000),
        "ThumbnailFileAccessUri": READ_ONLY,
        "ThumbnailTempDownloadUri": READ_ONLY,
        "AttachableEx": READ_ONLY,
        "documentId": READ_ONLY,
    },
)
