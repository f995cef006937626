"""Who has consented: the person, and the signed id token of OpenID Connect (reference 2.1, 2.9)."""

from __future__ import annotations

import base64
import uuid
from dataclasses import dataclass, field
from typing import Any

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

Record = dict[str, Any]
KEY_ID = "quickbooks-sandbox"
ID_TOKEN_SECONDS = 3600
OWNER = "owner@larkspur.example"
"""Who consents where no page asks."""
PERSON = {
    "sub": "1182d6ec-2a1f-4aa3-af3f-bb3b95db45af",
    "email": OWNER,
    "emailVerified": True,
    "givenName": "Robin",
    "familyName": "Larkspur",
    "phoneNumber": "+1 5550100144",
    "phoneNumberVerified": False,
    "address": {
        "streetAddress": "1400 Harbour Road",
        "locality": "Half Moon Bay",
        "region": "CA",
        "postalCode": "94019",
        "country": "US",
    },
}
_SCOPE_MEMBERS = {
    "email": ("email", "emailVerified"),
    "profile": ("givenName", "familyName"),
    "phone": ("phoneNumber", "phoneNumberVerified"),
    "address": ("address",),
}


def told(scopes: tuple[str, ...], email: str) -> Record:
    """What these scopes let an app know of the person who logged in with this address."""
    members = ("sub", *(name for scope in scopes for name in _SCOPE_MEMBERS.get(scope, ())))
    person = {**PERSON, "sub": subject(email), "email": email}
    return {name: person[name] for name in members}


def subject(email: str) -> str:
    """The person's id at Intuit: one for each address, however it is written."""
    address = email.strip().casefold()
    return str(PERSON["sub"] if address == OWNER else uuid.uuid5(uuid.NAMESPACE_URL, f"mailto:{address}"))


@dataclass(slots=True)
class Signer:
    """Signs id tokens (RS256). The key is made when it is first needed, and another one at every start."""

    _key: rsa.RSAPrivateKey | None = field(default=None, repr=False)

    @property
    def key(self) -> rsa.RSAPrivateKey:
        """The private key."""
        if self._key is None:
            self._key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
        return self._key

    def id_token(self, *, issuer: str, client_id: str, realm_id: str, email: str, at: float) -> str:
        """A token for this app about the person of this address; ``at`` is in seconds since 1970."""
        claims = {
            "sub": subject(email),
            "aud": [client_id],
            "realmid": realm_id,
            "auth_time": int(at),
            "iss": issuer,
            "exp": int(at) + ID_TOKEN_SECONDS,
            "iat": int(at),
        }
        parts = [_base64(msgspec.json.encode(part)) for part in ({"kid": KEY_ID, "alg": "RS256"}, claims)]
        signature = self.key.sign(".".join(parts).encode(), padding.PKCS1v15(), hashes.SHA256())
        return ".".join((*parts, _base64(signature)))

    def key_set(self) -> Record:
        """The public key as a JSON Web Key Set."""
        numbers = self.key.public_key().public_numbers()
        public = {"n": _number(numbers.n), "e": _number(numbers.e)}
        return {"keys": [{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": KEY_ID, **public}]}


def _number(value: int) -> str:
    return _base64(value.to_bytes((value.bit_length() + 7) // 8))


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
