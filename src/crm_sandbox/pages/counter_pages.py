"""What customers see: the checkouts, and the hosted page of an invoice. Each takes a test card."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from crm_sandbox.location import cards, refusals
from crm_sandbox.location.checkouts import Sale
from crm_sandbox.location.records import Author
from crm_sandbox.pages.site import Deed, Go, Look, Row, Show, Visit, number
from crm_sandbox.pages.stands import STANDS, Stand, offers, slots

_PERSON = ("firstName", "lastName", "email", "phone")


def rows() -> list[Row]:
    """The public pages, and the list of them inside the CRM."""
    invoice = "/pay/invoice/{id}"
    return [
        Look("/crm/sites", _sites),
        Look(invoice, _invoice),
        Deed(invoice, _pay, _invoice),
        Deed("/pay/upsell", _upsell, _thanks_again),
        Look("/pay/{stand}", _stand),
        Deed("/pay/{stand}", _buy, _stand),
    ]


def _sites(visit: Visit) -> Show:
    counts = {key: len(offers(each, visit.location)) for key, each in STANDS.items()}
    return Show("sites.html", {"stands": list(STANDS.values()), "counts": counts})


def _stand(visit: Visit) -> Show:
    stand = _found(visit)
    second = stand.two_steps and visit.form.text("step") in {"1", "2"}
    if visit.problem and visit.form.text("step") == "1":
        second = False
    return _checkout(visit, stand, second=second)


def _checkout(visit: Visit, stand: Stand, *, second: bool) -> Show:
    return Show(
        "checkout.html",
        {
            "stand": stand,
            "offers": offers(stand, visit.location),
            "slots": slots(visit.location) if stand.slots else [],
            "step": 2 if second else 1,
            "asks_card": second or not stand.two_steps,
            "asks_person": not second,
            "chosen": visit.form.text("price") or visit.query.text("price"),
            "person": {name: visit.form.text(name) for name in _PERSON},
        },
    )


def _buy(visit: Visit) -> Show:
    stand, form = _found(visit), visit.form
    person = _person(visit)
    if stand.two_steps and form.text("step") == "1":
        author = Author("FORM", "CHECKOUT", stand.title)
        visit.location.contacts.upsert({"locationId": visit.location.id, **person}, author)
        return _checkout(visit, stand, second=True)
    card = _card(visit)
    items = _basket(visit, stand)
    sale = visit.location.checkouts.buy(
        {
            "source": stand.source,
            "contact": person,
            "items": items,
            "card": card,
            **_coupon(visit),
        }
    )
    return _bought(visit, sale, card, upsells=stand.upsells)


def _bought(visit: Visit, sale: Sale, card: str, *, upsells: bool) -> Show:
    """The page after a checkout, with one more offer where the stand makes one. Raises ValueError for a declined card."""
    status = sale.transactions[0].status if sale.transactions else "succeeded"
    if status == "failed":
        raise ValueError("Your card was declined. Try another one")
    bought = {each.price_id for each in sale.order.items}
    more = [each for each in offers(STANDS["order-form"], visit.location) if each.id not in bought]
    return Show(
        "thanks.html",
        {
            "sale": sale,
            "pending": status == "pending",
            "paid": sum((each.amount for each in sale.transactions), Decimal(0)),
            "slot": visit.form.text("slot"),
            "more": more[0] if more and upsells and status == "succeeded" else None,
            "card": card,
        },
    )


def _upsell(visit: Visit) -> Show:
    """One more thing with the same card, one click after an order."""
    form = visit.form
    sale = visit.location.checkouts.buy(
        {
            "source": "upsell",
            "contact": {"email": form.text("email")},
            "items": [_offer(visit, form.text("price"))],
            "card": _card(visit),
        }
    )
    return _bought(visit, sale, form.text("card"), upsells=False)


def _thanks_again(visit: Visit) -> Show:
    return Show("refused.html", {"why": "This offer is over."})


def _invoice(visit: Visit) -> Show:
    invoice = visit.location.invoices.visited(visit.path["id"])
    return Show(
        "pay_invoice.html", {"invoice": invoice, "open": invoice.status in {"sent", "partially_paid"}}
    )


def _pay(visit: Visit) -> Show | Go:
    tip, amount = visit.form.number("tip"), visit.form.number("amount")
    made = visit.location.invoice_payments.pay(visit.path["id"], amount, _card(visit), tip)
    if made.status == "failed":
        raise ValueError("Your card was declined. Try another one")
    return Go(f"/pay/invoice/{visit.path['id']}")


def _found(visit: Visit) -> Stand:
    stand = STANDS.get(visit.path["stand"])
    if stand is None:
        raise refusals.not_found("Checkout", visit.path["stand"][:40])
    return stand


def _person(visit: Visit) -> dict[str, str]:
    typed = {name: visit.form.text(name) for name in _PERSON}
    if not typed["email"]:
        raise ValueError("Type your e-mail address")
    return {name: value for name, value in typed.items() if value}


def _card(visit: Visit) -> str:
    card = visit.form.text("card").replace(" ", "").replace("-", "")
    if cards.brand_of(card) is None:
        raise ValueError("This is not a test card; the list under the field shows the numbers that work")
    return card


def _basket(visit: Visit, stand: Stand) -> list[dict[str, Any]]:
    """What is bought, as the location's checkout takes it. Raises ValueError with a sentence."""
    form = visit.form
    if stand.basket:
        wanted = [(each.id, number(form.text(f"qty_{each.id}"))) for each in offers(stand, visit.location)]
        items = [{**_offer(visit, price), "qty": qty} for price, qty in wanted if qty]
        if not items:
            raise ValueError("The basket is empty")
        return items
    if not form.text("price"):
        raise ValueError("Choose what you would like")
    item = _offer(visit, form.text("price"))
    if stand.slots:
        if form.text("slot") not in slots(visit.location):
            raise ValueError("Choose a time")
        product = visit.location.state.products[item["product"]]
        item["name"] = f"{product.name}, {form.text('slot')}"
    return [item]


def _offer(visit: Visit, price_id: str) -> dict[str, Any]:
    price = visit.location.state.prices.get(price_id)
    if price is None:
        raise ValueError("This is not sold any more")
    return {"product": price.product_id, "price_id": price.id}


def _coupon(visit: Visit) -> dict[str, Any]:
    """The coupon that was typed: one of the location's own codes."""
    code = visit.form.text("coupon")
    if not code:
        return {}
    known = next(
        (each for each in visit.location.state.coupons.values() if each.code.casefold() == code.casefold()),
        None,
    )
    if known is None:
        raise ValueError("This coupon is not known")
    return {"coupon": {"code": known.code, "type": known.discount_type, "value": known.discount_value}}
