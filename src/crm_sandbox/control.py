"""The control API of this stand-in, beside the kit's: what buyers and users do, tokens, switches, reset."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from crm_sandbox import answers, scopes
from crm_sandbox.location import invoice_views, shapes
from crm_sandbox.location.checkouts import Sale
from crm_sandbox.location.records import Transaction
from crm_sandbox.location.refusals import Refused
from crm_sandbox.location.workflow_records import Trigger
from crm_sandbox.pages import settings_pages
from crm_sandbox.service import Service
from crm_sandbox.tokens import Sibling

Deed = Callable[[Service, dict[str, str], dict[str, Any]], dict[str, Any]]
"""Something that a person does: service, path members, body -> what came of it."""


def routes(service: Service, credentials: Callable[[], dict[str, str]]) -> list[BaseRoute]:
    """The routes under /_sandbox/ that only this stand-in has."""
    post: dict[str, Deed] = {
        "checkouts": _checkout,
        "subscriptions/{id}/renew": _renew,
        "subscriptions/{id}/cancel": _cancel,
        "transactions/{id}/refund": _refund,
        "transactions/{id}/settle": _settle,
        "transactions/{id}/posted-elsewhere": _posted_elsewhere,
        "invoices/{id}/pay": _pay,
        "invoices/{id}/late-fee": _late_fee,
        "invoices/{id}/posted-elsewhere": _invoice_posted_elsewhere,
        "contacts/merge": _merge,
        "products/{id}/delete": _delete_product,
        "prices/{id}/change": _reprice,
        "triggers": _add_trigger,
        "triggers/{id}/change": _change_trigger,
        "triggers/{id}/delete": _remove_trigger,
        "webhooks": _webhooks,
        "app": _app,
        "agency": _agency,
        "switches": _switches,
        "tokens": _tokens,
        "tokens/revoke": _revoke,
        "install": _install,
        "uninstall": _uninstall,
        "update": _update,
        "reset": _reset,
    }
    get: dict[str, Deed] = {
        "credentials": lambda *_: dict(credentials()),
        "switches": lambda service, *_: msgspec.to_builtins(service.switches),
        "outbox": _outbox,
        "taxes": _taxes,
    }
    return [
        *(
            Route(f"/_sandbox/{path}", _endpoint(service, deed), methods=["POST"])
            for path, deed in post.items()
        ),
        *(
            Route(f"/_sandbox/{path}", _endpoint(service, deed), methods=["GET"])
            for path, deed in get.items()
        ),
    ]


def _endpoint(service: Service, deed: Deed) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        raw = await request.body()
        try:
            body = answers.decode(raw) if raw else {}
            if not isinstance(body, dict):
                raise ValueError("send a JSON object")
            done = deed(service, request.path_params, body)
        except Refused as refused:
            return _said(refused.body(), refused.status)
        except (ValueError, KeyError, ArithmeticError) as error:
            said = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            return _said({"error": said}, 400)
        finally:
            if request.method != "GET":
                service.commit()
        return _said(done)

    return answer


def _said(body: dict[str, Any], status: int = 200) -> Response:
    return Response(answers.encode(body), status, media_type="application/json")


def _checkout(service: Service, path: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    sale: Sale = service.location.checkouts.buy(body)
    order, subscription = sale.order, sale.subscription
    return {
        "contact": {"id": sale.contact.id},
        "order": {
            "id": order.id,
            "status": order.status,
            "subtotal": order.subtotal,
            "discount": order.discount,
            "tax": order.tax,
            "amount": order.amount,
        },
        "transactions": [_transaction(each) for each in sale.transactions],
        "subscription": None
        if subscription is None
        else {
            "id": subscription.id,
            "subscriptionId": subscription.provider_id,
            "amount": subscription.amount,
        },
    }


def _renew(service: Service, path: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    made = service.location.subscriptions.renew(path["id"], str(body.get("card", "success")))
    return {"transaction": _transaction(made)}


def _cancel(service: Service, path: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    ended = service.location.subscriptions.cancel(path["id"])
    return {"subscription": {"id": ended.id, "status": ended.status}}


def _refund(service: Service, path: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    amount = body.get("amount")
    transaction = service.location.transactions.get(path["id"])
    left = transaction.amount - transaction.amount_refunded
    done = service.location.refund(path["id"], left if amount is None else _figure(amount))
    return {"transaction": _transaction(done)}


def _settle(service: Service, path: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    return {"transaction": _transaction(service.location.settle(path["id"], str(body.get("outcome", ""))))}


def _posted_elsewhere(service: Service, path: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    return {"transaction": _transaction(service.location.transactions.mark_posted_elsewhere(path["id"]))}


def _pay(service: Service, path: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    amount, tip = body.get("amount"), body.get("tip")
    made = service.location.invoice_payments.pay(
        path["id"],
        None if amount is None else _figure(amount),
        str(body.get("card", "success")),
        None if tip is None else _figure(tip),
    )
    return {"transaction": _transaction(made), "invoice": _invoice(service, path["id"])}


def _late_fee(service: Service, path: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    service.location.invoices.charge_late_fee(path["id"], _figure(body["amount"]))
    return {"invoice": _invoice(service, path["id"])}


def _invoice_posted_elsewhere(service: Service, path: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    service.location.invoices.mark_posted_elsewhere(path["id"])
    return {"invoice": _invoice(service, path["id"])}


def _merge(service: Service, path: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    return {"contact": {"id": service.location.contacts.merge(str(body["survivor"]), str(body["loser"])).id}}


def _delete_product(service: Service, path: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    service.location.catalogue.delete_product(path["id"])
    return {"deleted": path["id"]}


def _reprice(service: Service, path: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    price = service.location.catalogue.reprice(path["id"], _figure(body["amount"]))
    return {"price": {"id": price.id, "amount": price.amount}}


def _add_trigger(service: Service, path: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    """A user puts the app's trigger into a workflow; `url` is the app's subscription address."""
    trigger = service.location.triggers.add(str(body["key"]), str(body["workflow"]), _filters(body))
    return _subscription(service, trigger, "CREATED", body)


def _change_trigger(service: Service, path: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    trigger = service.location.triggers.change(path["id"], _filters(body))
    return _subscription(service, trigger, "UPDATED", body)


def _remove_trigger(service: Service, path: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    return _subscription(service, service.location.triggers.remove(path["id"]), "DELETED", body)


def _filters(body: dict[str, Any]) -> list[Any]:
    filters = body.get("filters", [])
    if not isinstance(filters, list):
        raise ValueError("`filters` is a list")
    return filters


def _subscription(service: Service, trigger: Trigger, event: str, body: dict[str, Any]) -> dict[str, Any]:
    told = service.location.triggers.subscription(trigger, event, service.base_url())
    address = settings_pages.checked_address(str(body.get("url") or ""))
    if address is not None:
        service.webhooks.tell(address, told)
    return told


def _webhooks(service: Service, path: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    url = body.get("url")
    if url is not None and not (isinstance(url, str) and url.startswith(("http://", "https://"))):
        raise ValueError('send {"url": "http://..."}, or null to switch webhooks off')
    service.webhooks.url = url
    return {"url": url}


def _app(service: Service, path: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    """Where the app's framed page and its callback are, and the agency's own domain; what is not named stays."""
    kept = service.tokens.state
    page = settings_pages.checked_address(str(body.get("page_url", kept.page_url) or ""))
    back = settings_pages.checked_address(str(body.get("redirect_uri", kept.redirect_uri) or ""))
    label = str(body.get("whitelabel_domain", kept.whitelabel_domain) or "") or None
    kept.page_url, kept.redirect_uri, kept.whitelabel_domain = page, back, label
    return {"page_url": page, "redirect_uri": back, "whitelabel_domain": label}


def _agency(service: Service, path: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    """The agency's other locations, by their names."""
    names = body.get("locations", [])
    if not isinstance(names, list) or not all(isinstance(each, str) for each in names):
        raise ValueError("`locations` is a list of names")
    siblings = [Sibling(service.ids.alphanumeric(20), each) for each in names]
    service.tokens.state.siblings = siblings
    return {"locations": [msgspec.structs.asdict(each) for each in siblings]}


def _switches(service: Service, path: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    service.switches.change({name: _number(each) for name, each in body.items()})
    switched: dict[str, Any] = msgspec.to_builtins(service.switches)
    return switched


def _tokens(service: Service, path: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    """New tokens: `{"kind": "private"|"location"|"company", "scope": "..."}`; without a scope, all of them."""
    kind, scope = str(body.get("kind", "private")), body.get("scope")
    if scope is not None and not isinstance(scope, str):
        raise ValueError("`scope` is a text of scopes with spaces between")
    if kind == "private":
        return {"private_token": service.tokens.private(scope)}
    if kind not in {"location", "company"}:
        raise ValueError("`kind` is private, location or company")
    everything = " ".join(sorted(scopes.KNOWN))
    pair = service.tokens.pair("Company" if kind == "company" else "Location", scope or everything)
    if not service.tokens.state.installed:
        service.tokens.install(everything)
    return {"access_token": pair.access_token, "refresh_token": pair.refresh_token}


def _revoke(service: Service, path: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    return {"revoked": service.tokens.revoke(str(body["token"]))}


def _install(service: Service, path: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    """The app appears without a browser, as in the future locations of an agency that has it."""
    service.appeared()
    return {"installed": True}


def _uninstall(service: Service, path: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    service.uninstall()
    return {"installed": False}


def _update(service: Service, path: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    service.updated()
    return {"version_id": service.tokens.state.version_id}


def _reset(service: Service, path: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    seed = body.get("seed")
    service.reset(None if seed is None else str(seed))
    return {"contacts": len(service.location.state.contacts)}


def _outbox(service: Service, path: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    """What the CRM would have sent, and who was put into which workflow."""
    state = service.location.state
    return {
        "messages": [msgspec.structs.asdict(each) for each in state.messages],
        "enrolments": [msgspec.structs.asdict(each) for each in state.enrolments],
    }


def _taxes(service: Service, path: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    """The location's taxes, which HighLevel's API does not list."""
    return {"taxes": [msgspec.structs.asdict(each) for each in service.location.state.taxes.values()]}


def _figure(value: Any) -> Decimal:
    """An amount, as a number or a text. Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise ValueError("an amount is a number")
    figure = shapes.exact(str(value))
    if figure is None:
        raise ValueError("an amount is a number of usual size")
    return figure


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value


def _transaction(transaction: Transaction) -> dict[str, Any]:
    return {
        "id": transaction.id,
        "amount": transaction.amount,
        "amountRefunded": transaction.amount_refunded,
        "status": transaction.status,
        "subscriptionId": transaction.subscription_id,
    }


def _invoice(service: Service, invoice_id: str) -> dict[str, Any]:
    return invoice_views.read(service.location.invoices.get(invoice_id), service.location.desk)
