"""Our page inside HighLevel (reference 13): who may frame it, and who looks at it.

HighLevel tells who looks by a user context that is encrypted with the app's shared secret. It carries no time, no
nonce and no seal: whoever caught one could show it again. So it only opens a short session, and only for an account
in which the app is installed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from importlib import resources
from typing import Any

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from counterfoil.crm import port, records

FRAMERS = ("https://app.gohighlevel.com", "https://*.gohighlevel.com", "https://*.leadconnectorhq.com")
"""Where HighLevel shows its own pages; agencies add domains of theirs (reference 13.1)."""

CONTEXT_MAX = 16_384
"""Characters; a context has a few hundred."""

_PREFIX = b"Salted__"
_SALT_BYTES, _KEY_BYTES, _IV_BYTES, _BLOCK_BITS = 8, 32, 16, 128
_ORIGIN = re.compile(r"https?://(\*\.)?[A-Za-z0-9.-]+(:[0-9]{1,5})?")


class HighLevelPage:
    """See `port.CustomPage`. `framers` are the operator's own, beside HighLevel's."""

    def __init__(self, shared_secret: str, *, framers: tuple[str, ...] = ()) -> None:
        self._secret = shared_secret
        self.framers = FRAMERS + framers
        self.script = resources.files(__package__).joinpath("custom_page.js").read_text(encoding="utf-8")

    def read(self, context: str) -> port.Viewer:
        """See `port.CustomPage.read`. One error for every kind of failure: a caller learns nothing about the secret.

        An agency's user inside a location has `type` agency and yet `activeLocation`, which is what counts
        (reference 13.2).
        """
        try:
            found = decrypted(context, self._secret)
        except ValueError:
            raise port.Forged("This user context was not made for our app.") from None
        location, user = found.get("activeLocation"), found.get("userId")
        if not (isinstance(location, str) and location and isinstance(user, str) and user):
            raise port.Forged("This user context names no user inside a location.")
        return port.Viewer(
            account_id=records.AccountId(location), user_id=user, may_change=found.get("role") == "admin"
        )


def decrypted(context: str, secret: str) -> dict[str, Any]:
    """The JSON object of a user context: CryptoJS' `AES.encrypt`, which is OpenSSL's format (reference 13.2).

    Raises ValueError for whatever is not an object encrypted with this secret.
    """
    if len(context) > CONTEXT_MAX:
        raise ValueError("too long")
    try:
        raw = base64.b64decode(context, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    start = len(_PREFIX) + _SALT_BYTES
    if not raw.startswith(_PREFIX) or len(raw) <= start:
        raise ValueError("not salted")
    key, iv = _key_and_iv(secret, raw[len(_PREFIX) : start])
    decryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
    unpadder = PKCS7(_BLOCK_BITS).unpadder()
    padded = decryptor.update(raw[start:]) + decryptor.finalize()
    try:
        return msgspec.json.decode(unpadder.update(padded) + unpadder.finalize(), type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise ValueError("no object") from error


def origins(text: str) -> tuple[str, ...]:
    """The origins that an operator listed, separated by spaces or commas."""
    return tuple(text.replace(",", " ").split())


def malformed(text: str) -> tuple[str, ...]:
    """Those of them that are no origin."""
    return tuple(each for each in origins(text) if not _ORIGIN.fullmatch(each))


def _key_and_iv(secret: str, salt: bytes) -> tuple[bytes, bytes]:
    """OpenSSL's EVP_BytesToKey with MD5 and one round: HighLevel's choice, not ours."""
    material = block = b""
    while len(material) < _KEY_BYTES + _IV_BYTES:
        block = hashlib.md5(block + secret.encode() + salt, usedforsecurity=False).digest()
        material += block
    return material[:_KEY_BYTES], material[_KEY_BYTES : _KEY_BYTES + _IV_BYTES]
