"""Where HighLevel is found: the API host and the page on which the owner chooses a location (reference 1.1, 2.2)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode, urlsplit

OURS = frozenset({"response_type", "client_id", "redirect_uri", "scope", "state"})
"""What each log-in says itself, and what an installation link that was copied says too."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """`api` is the base of all calls, without a slash at the end; `choose_location` starts the installation."""

    api: str
    choose_location: str


HIGHLEVEL = Addresses(
    api="https://services.leadconnectorhq.com",
    choose_location="https://marketplace.gohighlevel.com/v2/oauth/chooselocation",
)


def for_base(base_url: str, *, install_url: str = "") -> Addresses:
    """The addresses of a server that keeps API and installation page under one base; the real ones when empty.

    `install_url` is the app's installation link, as HighLevel shows it: its host differs for a white-label listing, and
    its path has changed before (reference 2.2).
    """
    base = base_url.rstrip("/")
    found = Addresses(api=base, choose_location=f"{base}/v2/oauth/chooselocation") if base else HIGHLEVEL
    return replace(found, choose_location=_without_ours(install_url)) if install_url else found


def is_web_address(text: str) -> bool:
    """Whether a browser can be sent there."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _without_ours(link: str) -> str:
    """The link without what each log-in says itself; `version_id`, which pins a draft of the app, stays."""
    parts = urlsplit(link)
    kept = [pair for pair in parse_qsl(parts.query) if pair[0] not in OURS]
    return parts._replace(query=urlencode(kept)).geturl()
