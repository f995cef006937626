"""Seal secrets: encrypted with the newest key, opened with any, and bound to the row they belong to (R4)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class Tampered(Exception):
    """The sealed value is damaged, of another row, or its key is missing; nothing of it is shown."""


class _Content(msgspec.Struct, frozen=True):
    row: str
    text: str


class Sealer:
    """Fernet keys: the first seals, all open. Raises ValueError for a malformed key or none."""

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise ValueError("COUNTERFOIL_SECRET_KEYS is empty: make a key with `counterfoil keys`.")
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError as error:
            raise ValueError(
                "COUNTERFOIL_SECRET_KEYS holds something that is no key: make one with `counterfoil keys`."
            ) from error

    def seal(self, text: str, *, bound_to: str) -> bytes:
        """The text, sealed for this row only."""
        return self._fernet.encrypt(msgspec.json.encode(_Content(bound_to, text)))

    def open(self, sealed: bytes, *, bound_to: str) -> str:
        """The text of a sealed value of this row. Raises Tampered."""
        try:
            content = msgspec.json.decode(self._fernet.decrypt(sealed), type=_Content)
        except (InvalidToken, msgspec.DecodeError) as error:
            raise Tampered("A sealed value cannot be opened with the present keys.") from error
        if content.row != bound_to:
            raise Tampered("A sealed value belongs to another row.")
        return content.text
