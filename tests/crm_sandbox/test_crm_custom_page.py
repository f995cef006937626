"""QuickBooks Connect in Settings -> Integrations: install, the framed page and its handshake, uninstall (reference 13)."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import urllib.parse
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from browsing.chromium import CHROMIUM, browsing
from crm_sandbox import user_context
from crm_sandbox.pages import settings_pages
from crm_sandbox.sandbox import Sandbox
from sandbox_kit.clock import Clock
from sandbox_kit.server import Running

VECTORS = Path(__file__).resolve().parents[3] / "shared" / "reference" / "highlevel" / "sso-test-vectors.json"
HERE = "/crm/settings/integrations"

ASKING_PAGE = b"""<!doctype html><title>app</title><pre id="o">waiting</pre><script>
window.addEventListener("message", (e) => {
  if (e.data && e.data.message === "REQUEST_USER_DATA_RESPONSE") parent.postMessage({ told: e.data.payload }, "*");
});
window.parent.postMessage({ message: "REQUEST_USER_DATA" }, "*");
</script>"""


def decrypted(payload, secret):
    """As an app would: OpenSSL's format, MD5, one round (reference 13.2)."""
    raw = base64.b64decode(payload, validate=True)
    assert raw[:8] == b"Salted__"
    material = block = b""
    while len(material) < 48:
        block = hashlib.md5(block + secret.encode() + raw[8:16]).digest()
        material += block
    decryptor = Cipher(algorithms.AES(material[:32]), modes.CBC(material[32:48])).decryptor()
    padded = decryptor.update(raw[16:]) + decryptor.finalize()
    return json.loads(padded[: -padded[-1]])


@pytest.mark.skipif(not VECTORS.exists(), reason="the SSO vectors are not beside the repository (../shared)")
@pytest.mark.parametrize("name", ["location", "agency"])
def test_the_context_is_encrypted_as_the_vectors_say(name):
    """Byte for byte."""
    known = json.loads(VECTORS.read_text())
    vector = known["vectors"][name]
    context = json.loads(vector["plaintext"])

    made = user_context.encrypted(context, known["passphrase"], bytes.fromhex(vector["saltHex"]))

    assert made == vector["ciphertext"]


@pytest.mark.parametrize(
    ("viewer", "role", "kind"),
    [
        ("admin", "admin", "location"),
        ("user", "user", "location"),
        ("agency", "admin", "agency"),
        ("outside", "admin", "agency"),
    ],
)
async def test_the_context_says_who_looks(crm, viewer, role, kind):
    """Never in the clear, and with a fresh salt each time; no activeLocation in the agency's view (reference 13.2)."""
    one, two = [(await crm.http.get("/crm/user-context", params={"as": viewer})).json() for _ in range(2)]
    context = decrypted(one["payload"], crm.sandbox.credentials["shared_secret"])

    assert one != two
    assert (context["role"], context["type"]) == (role, kind)
    assert context.get("activeLocation") == (None if viewer == "outside" else crm.location)
    assert context["userId"] == crm.sandbox.location.state.user_id


async def test_the_frame_shows_the_apps_page_with_its_placeholders_filled(crm):
    """Only the page's own origin may be framed."""
    address = "https://app.example.org/crm?l={{location.id}}&n={{user.name}}"
    await crm.act("/app", {"page_url": address})
    answer = await crm.http.get(f"{HERE}/quickbooks-connect")

    assert f"https://app.example.org/crm?l={crm.location}&amp;n=Sam%20Reyes" in answer.text
    assert "frame-src https://app.example.org;" in answer.headers["content-security-policy"]
    assert (await crm.http.get("/crm/frame.js")).headers["content-type"].startswith("text/javascript")


async def test_all_fields_of_location_and_owner_fill_placeholders(crm):
    """What is no placeholder of HighLevel's stays as it is (reference 13.1)."""
    wanted = (
        "{{location.city}}/{{location.postal_code}}/{{location_owner.email}}/{{user.first_name}}/{{nobody}}"
    )
    filled = settings_pages.page_address(wanted, crm.sandbox.location)

    assert filled == "Portland/04101/sam.reyes%40example.com/Sam/{{nobody}}"


async def test_without_an_address_or_an_installation_there_is_no_frame(crm):
    """The page says what to do instead."""
    nowhere = await crm.http.get(f"{HERE}/quickbooks-connect")
    await crm.act("/app", {"page_url": "http://app.example.org/"})
    await crm.http.post(f"{HERE}/uninstall")
    removed = await crm.http.get(f"{HERE}/quickbooks-connect")

    assert "Nobody has said yet" in nowhere.text and "<iframe" not in nowhere.text
    assert "not installed" in removed.text and "<iframe" not in removed.text


async def test_install_from_the_listing_goes_through_consent_without_a_state(crm):
    """The browser comes back to the app with a code, INSTALL is told, and the code is good for tokens (reference 2.2)."""
    back = "http://127.0.0.1:9/callback"
    fields = {"page_url": "", "redirect_uri": back, "webhooks_url": "http://receiver.test/hooks"}
    await crm.http.post(f"{HERE}/app", data=fields)
    await crm.http.post(f"{HERE}/uninstall")
    page = (await crm.http.get(HERE)).text
    query = urllib.parse.urlencode(
        {"response_type": "code", "redirect_uri": back, "client_id": crm.sandbox.credentials["client_id"]}
    )
    assert f"/v2/oauth/chooselocation?{query}".replace("&", "&amp;") in page
    shown = await crm.http.get(f"/v2/oauth/chooselocation?{query}")
    answer = await crm.http.post("/v2/oauth/chooselocation", data=dict(urllib.parse.parse_qsl(query)))
    returned = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(answer.headers["location"]).query))
    known = crm.sandbox.credentials
    client = {"client_id": known["client_id"], "client_secret": known["client_secret"]}
    grant = {**client, "grant_type": "authorization_code", "code": returned["code"], "redirect_uri": back}
    pair = await crm.http.post("/oauth/token", data=grant)

    assert "Allow and install" in shown.text and returned.keys() == {"code"}
    assert pair.json()["locationId"] == crm.location
    assert [each["type"] for each in crm.event("")] == ["UNINSTALL", "INSTALL"]
    assert "Installed" in (await crm.http.get(HERE)).text


async def test_addresses_that_are_none_are_refused(crm):
    """A person reads why, and what was there stays."""
    answer = await crm.http.post(f"{HERE}/app", data={"page_url": "javascript:alert(1)"})

    assert answer.status_code == 400 and "An address begins with http" in answer.text
    assert crm.sandbox._service.webhooks.url == "http://receiver.test/hooks"


async def test_a_new_version_of_the_app_is_announced_by_hand(crm):
    """UPDATE goes to the default address."""
    await crm.http.post(f"{HERE}/update")

    assert [each["type"] for each in crm.event("")] == ["UPDATE"]


async def test_the_webhook_log_shows_what_went_out_and_sends_it_again(crm, delivered):
    """The original body with the same webhookId (reference 11.4); a refusal is shown with its status."""
    crm.inbox.status = 503
    await crm.act("/postman", {"time_scale": 0})
    await crm.contact(email="ada@example.com")
    await delivered()
    given_up = (await crm.http.get(f"{HERE}/webhooks")).text
    crm.inbox.status = 200
    (one,) = crm.sandbox.postman.deliveries()
    again = await crm.http.post(f"{HERE}/webhooks/{one.id}/resend")
    await delivered()
    taken = (await crm.http.get(again.headers["location"])).text
    nothing = await crm.http.post(f"{HERE}/webhooks/none/resend")

    assert "ContactCreate" in given_up and ": 503" in given_up and "Given up" in given_up
    assert "Sent again" in taken and "Delivered" in taken
    assert len({each["webhookId"] for each in crm.inbox.bodies("ContactCreate")}) == 1
    assert nothing.status_code == 400


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium to look with")
@pytest.mark.slow
async def test_in_a_real_browser_the_framed_page_learns_who_looks(tmp_path):
    """Host and page on two origins; the page asks by postMessage and gets the encrypted context."""
    told = asyncio.get_running_loop().create_future()

    async def app(scope, receive, send):
        if scope["path"] == "/told" and not told.done():
            told.set_result(urllib.parse.unquote(scope["query_string"].decode()))
        tell = ASKING_PAGE.replace(
            b'parent.postMessage({ told: e.data.payload }, "*")',
            b'fetch("/told?" + encodeURIComponent(e.data.payload))',
        )
        await receive()
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]}
        )
        await send({"type": "http.response.body", "body": tell})

    sandbox = Sandbox(seed="empty", clock=Clock())
    async with Running(app) as inside, Running(sandbox.app) as host, httpx.AsyncClient() as http:
        await http.post(f"{host.url}/_sandbox/app", json={"page_url": f"{inside.url}/settings"})
        async with browsing(tmp_path) as page:
            await page.go(f"{host.url}{HERE}/quickbooks-connect?as=user")
            payload = await asyncio.wait_for(told, 30)

    assert decrypted(payload, sandbox.credentials["shared_secret"])["role"] == "user"
