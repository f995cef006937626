"""Who looks at our page inside HighLevel: the encrypted user context, and everything that is none (reference 13.2)."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.crm import connectors, port
from counterfoil.crm.highlevel import custom_page
from crm_sandbox import user_context

VECTORS = Path(__file__).resolve().parents[4] / "shared" / "reference" / "highlevel" / "sso-test-vectors.json"
SECRET = "c0ffee00-1234-4abc-8def-5ec2e7000000"
WHO = {
    "userId": "User1",
    "companyId": "Agency1",
    "role": "admin",
    "type": "location",
    "activeLocation": "Location1",
    "userName": "Zoë Ünal",
    "email": "zoe@example.com",
}
PAGE = custom_page.HighLevelPage(SECRET)


def context(members: object, secret: str = SECRET, salt: bytes = b"saltsalt") -> str:
    return user_context.encrypted(members, secret, salt)  # type: ignore[arg-type]  # forgeries are no objects


@pytest.mark.skipif(not VECTORS.exists(), reason="the SSO vectors are not beside the repository (../shared)")
@pytest.mark.parametrize("name", ["location", "agency"])
def test_the_vectors_are_read(name: str) -> None:
    known = json.loads(VECTORS.read_text())
    vector = known["vectors"][name]

    assert custom_page.decrypted(vector["ciphertext"], known["passphrase"]) == json.loads(vector["plaintext"])


@pytest.mark.parametrize(
    ("members", "may_change"),
    [
        (WHO, True),
        (WHO | {"role": "user"}, False),
        (WHO | {"type": "agency"}, True),
        ({name: value for name, value in WHO.items() if name != "role"}, False),
        (WHO | {"isAgencyOwner": True, "more": [1]}, True),
    ],
)
def test_R1_who_looks_is_read_and_only_administrators_may_change(
    members: dict[str, object], may_change: bool
) -> None:
    """An agency's administrator inside a location counts; what we do not know is ignored."""
    assert PAGE.read(context(members)) == port.Viewer(
        account_id="Location1",  # type: ignore[arg-type]  # an id of HighLevel's
        user_id="User1",
        may_change=may_change,
    )


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "not base64 !",
        base64.b64encode(b"Salted__").decode(),
        base64.b64encode(b"Pepper__saltsalt" + bytes(32)).decode(),
        base64.b64encode(b"Salted__saltsalt" + bytes(31)).decode(),
        base64.b64encode(b"Salted__saltsalt" + bytes(32)).decode(),
        context(WHO, "another secret"),
        context(["no object"]),
        context({name: value for name, value in WHO.items() if name != "activeLocation"}),
        context(WHO | {"activeLocation": 7}),
        context(WHO | {"userId": ""}),
        "A" * 20_000,
    ],
)
def test_whatever_highlevel_did_not_make_for_a_location_is_forged(forged: str) -> None:
    """One error for all, which tells nothing of the secret."""
    with pytest.raises(port.Forged) as refused:
        PAGE.read(forged)

    assert refused.value.__cause__ is None
    assert SECRET not in str(refused.value)


@given(st.binary(max_size=200), st.integers(0, 7))
def test_a_bent_context_is_forged_or_says_the_same_account(noise: bytes, bit: int) -> None:
    """No byte string breaks the reader: it reads, or says Forged."""
    whole = bytearray(base64.b64decode(context(WHO)))
    for place, byte in enumerate(noise):
        whole[(place * 7) % len(whole)] ^= byte & (1 << bit)
    try:
        found = PAGE.read(base64.b64encode(bytes(whole)).decode())
    except port.Forged:
        return
    assert found.user_id and found.account_id


def _problems(**options: str) -> tuple[str, ...]:
    app = {"client_id": "App1-x", "client_secret": "s"}
    return connectors.find("highlevel").problems(app | options)


def test_an_operator_may_name_further_framers() -> None:
    """Origins only: anything else could widen the policy beyond what was meant."""
    assert _problems(frame_ancestors="https://crm.example.com, https://*.agency.example:8443") == ()
    (said,) = _problems(frame_ancestors="https://ok.example; script-src * crm.example.com")
    assert "https://ok.example;" in said and "crm.example.com" in said
    page = custom_page.HighLevelPage(
        SECRET, framers=custom_page.origins("https://a.example https://b.example")
    )
    assert page.framers == (*custom_page.FRAMERS, "https://a.example", "https://b.example")
