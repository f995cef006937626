"""The web application: its routes, what its handlers are handed, and what every answer says about itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
from litestar import Litestar
from litestar.datastructures import MutableScopeHeaders
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.template import TemplateConfig
from litestar.types import Message, Scope

from counterfoil import times
from counterfoil.crm import port
from counterfoil.engine.connect import Pairing
from counterfoil.engine.receive import Receiver
from counterfoil.engine.schedule.port import Engine
from counterfoil.store.database import Database
from counterfoil.web import api, assets, buttons, errors, framing, inside, oauth, pages, session, webhooks

App = Litestar
"""What `build` returns, for those who only hand it on to a server."""

FOLDER = Path(__file__).parent
BODY_BYTES_MAX = 2_000_000
"""More than any webhook or form has."""

HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}


def build(
    *,
    receiver: Receiver,
    pairing: Pairing,
    database: Database,
    clock: times.Clock,
    schedule: Engine,
    public_url: str,
    operator_token: str,
    custom_pages: Mapping[str, port.CustomPage],
) -> Litestar:
    """The application. `public_url` has no slash at the end; an empty `operator_token` switches the API off.

    `custom_pages` are by CRM; a CRM that is not there shows no page of ours inside its own.
    """
    return Litestar(
        route_handlers=[
            webhooks.router(),
            oauth.router(),
            inside.router(),
            buttons.router(),
            pages.router(),
            api.router(operator_token),
            assets.router(FOLDER / "static"),
        ],
        dependencies={
            "receiver": _the(receiver),
            "pairing": _the(pairing),
            "database": _the(database),
            "clock": _the(clock),
            "schedule": _the(schedule),
            "public_url": _the(public_url),
            "custom_pages": _the(custom_pages),
            "failures": _the(inside.Failures()),
            "visitor": Provide(session.visitor),
            "pressed": Provide(session.pressed),
        },
        exception_handlers={Exception: errors.answer},
        template_config=TemplateConfig(instance=JinjaTemplateEngine.from_environment(_templates())),
        before_send=[_say_headers, framing.header(custom_pages)],
        request_max_body_size=BODY_BYTES_MAX,
        include_in_schema=False,
        openapi_config=_openapi(),
        logging_config=None,
    )


def _the(thing: Any) -> Provide:
    def give() -> Any:
        return thing

    return Provide(give, sync_to_thread=False)


def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _openapi() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Counterfoil",
        version="1",
        description="What an operator can see and do. All but /health wants the operator's bearer token.",
        components=Components(security_schemes={"operator": SecurityScheme(type="http", scheme="bearer")}),
        path="/api",
        render_plugins=[JsonRenderPlugin(path="/openapi.json")],
    )


async def _say_headers(message: Message, scope: Scope) -> None:
    if message["type"] == "http.response.start":
        headers = MutableScopeHeaders.from_message(message)
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
