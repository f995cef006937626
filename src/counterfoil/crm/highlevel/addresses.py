"""Where HighLevel is found: the API host and the page on which the owner chooses a location (reference 1.1, 2.2)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Addresses:
    """`api` is the base of all calls, without a slash at the end; `choose_location` starts the installation."""

    api: str
    choose_location: str


HIGHLEVEL = Addresses(
    api="https://services.leadconnectorhq.com",
    choose_location="https://marketplace.gohighlevel.com/v2/oauth/chooselocation",
)


def for_base(base_url: str) -> Addresses:
    """The addresses of a server that keeps API and installation page under one base; the real ones when empty."""
    base = base_url.rstrip("/")
    if not base:
        return HIGHLEVEL
    return Addresses(api=base, choose_location=f"{base}/v2/oauth/chooselocation")
