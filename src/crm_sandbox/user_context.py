"""The encrypted user context that a custom page gets (reference 13.2): what CryptoJS' AES.encrypt makes of JSON and secret."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

SALT_BYTES = 8
_KEY_BYTES, _IV_BYTES, _BLOCK_BITS = 32, 16, 128


def encrypted(context: Mapping[str, Any], secret: str, salt: bytes) -> str:
    """The payload of REQUEST_USER_DATA_RESPONSE: base64 of "Salted__", salt and AES-256-CBC under `secret`."""
    key, iv = _key_and_iv(secret, salt)
    padder = PKCS7(_BLOCK_BITS).padder()
    padded = padder.update(msgspec.json.encode(context)) + padder.finalize()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return base64.b64encode(b"Salted__" + salt + encryptor.update(padded) + encryptor.finalize()).decode()


def _key_and_iv(secret: str, salt: bytes) -> tuple[bytes, bytes]:
    """OpenSSL's EVP_BytesToKey with MD5 and one round; the format, not a choice of ours."""
    material = block = b""
    while len(material) < _KEY_BYTES + _IV_BYTES:
        block = hashlib.md5(block + secret.encode() + salt, usedforsecurity=False).digest()
        material += block
    return material[:_KEY_BYTES], material[_KEY_BYTES : _KEY_BYTES + _IV_BYTES]
