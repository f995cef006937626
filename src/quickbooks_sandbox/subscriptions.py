"""What a person sets in Intuit's developer portal: where webhooks go, for which entities and in which form (reference 9.1)."""

from __future__ import annotations

from typing import Any

import msgspec

from quickbooks_sandbox.company.events import ANNOUNCED
from quickbooks_sandbox.webhooks import SCHEDULES, Announcer, Endpoint, Form, Style

Record = dict[str, Any]
_KNOWN = ("url", "endpoints", "form", "style", "aggregate_seconds")


def shown(announcer: Announcer) -> Record:
    """The settings as the control API shows them; ``url`` is the first endpoint."""
    endpoints = announcer.endpoints
    return {
        "url": endpoints[0].url if endpoints else None,
        "endpoints": [{"url": one.url, "entities": sorted(one.entities)} for one in endpoints],
        "form": announcer.form.value,
        "style": msgspec.to_builtins(announcer.style),
        "aggregate_seconds": announcer.aggregate_seconds,
    }


def change(announcer: Announcer, data: Record) -> None:
    """Take over the settings that ``data`` names, all or none of them.

    Raises:
        ValueError: one of them makes no sense; the text says which and why.
    """
    unknown = [name for name in data if name not in _KNOWN]
    if unknown:
        raise ValueError(f"there is no setting {', '.join(unknown)}; known are {', '.join(_KNOWN)}")
    if "url" in data and "endpoints" in data:
        raise ValueError("send either `url`, for one endpoint, or `endpoints`")
    endpoints, form, seconds = announcer.endpoints, announcer.form, announcer.aggregate_seconds
    style = announcer.style
    if "url" in data:
        endpoints = () if data["url"] is None else (Endpoint(_address(data["url"], "`url`")),)
    if "endpoints" in data:
        endpoints = _endpoints(data["endpoints"])
    if "form" in data:
        form = _form(data["form"])
    if "style" in data:
        style = _style(style, data["style"])
    if "aggregate_seconds" in data:
        seconds = _seconds(data["aggregate_seconds"])
    announcer.endpoints, announcer.form, announcer.aggregate_seconds = endpoints, form, seconds
    announcer.style = style
    retry_after, repeats = SCHEDULES[style.retries]
    announcer.postman.follow(retry_after, repeat_last=repeats)


def _endpoints(given: object) -> tuple[Endpoint, ...]:
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise ValueError('`endpoints` is a list of {"url": ..., "entities": [...]}')
    return tuple(
        Endpoint(_address(one.get("url"), "`url` of an endpoint"), _entities(one.get("entities", [])))
        for one in given
    )


def _entities(given: object) -> frozenset[str]:
    if not isinstance(given, list) or not all(name in ANNOUNCED for name in given):
        raise ValueError(f"`entities` is a list of any of {', '.join(sorted(ANNOUNCED))}")
    return frozenset(given)


def _address(given: object, what: str) -> str:
    if not isinstance(given, str) or not given.startswith(("http://", "https://")):
        raise ValueError(f"{what} is an http address or null")
    return given


def _form(given: object) -> Form:
    try:
        return Form(given)
    except ValueError:
        raise ValueError(f"`form` is {' or '.join(form.value for form in Form)}") from None


def _style(before: Style, given: object) -> Style:
    """The style with what is given changed in it.

    Raises:
        ValueError: an unknown member or word; msgspec's sentence names it and what there is.
    """
    if not isinstance(given, dict):
        raise ValueError('`style` is an object such as {"void_verb": "voided"}')
    return msgspec.convert({**msgspec.to_builtins(before), **given}, Style)


def _seconds(given: object) -> float:
    if not isinstance(given, int | float) or isinstance(given, bool) or given < 0:
        raise ValueError("`aggregate_seconds` is a number, 0 or more")
    return float(given)
