"""Operations of the payments family: orders, transactions, subscriptions, coupons; read only (reference 9)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Protocol, TypeVar

from crm_sandbox.api.operations import V3, Answer, Call, Operation
from crm_sandbox.location import dates
from crm_sandbox.location.invoice_bodies import ALT
from crm_sandbox.location.records import Coupon, Order, Subscription, Transaction
from crm_sandbox.location.shapes import Flag, Number, Object, Text, may, must

_PAGE = {
    "limit": may(Number(least=1, most=100, whole=True, textual=True)),
    "offset": may(Number(least=0, whole=True, textual=True)),
}
_SPAN = {name: may(Text()) for name in ("startAt", "endAt", "search", "contactId")}
_MODE = {"paymentMode": may(Text(choices=("live", "test")))}
_ALT_OR_ID = {"altId": must(Text(filled=True)), "altType": may(Text(choices=("location",)))}

_ORDERS = Object(
    {
        **_ALT_OR_ID,
        **_PAGE,
        **_SPAN,
        **_MODE,
        **{name: may(Text()) for name in ("status", "sourceId", "funnelProductIds", "locationId")},
        "paymentStatus": may(Text(choices=("paid", "unpaid", "refunded", "partially_paid"))),
    }
)
_ORDER = Object({**_ALT_OR_ID, "locationId": may(Text())})
_TRANSACTIONS = Object(
    {
        **ALT,
        **_PAGE,
        **_SPAN,
        **_MODE,
        **{
            name: may(Text())
            for name in (
                "entitySourceType",
                "entitySourceSubType",
                "subscriptionId",
                "entityId",
                "locationId",
            )
        },
    }
)
_TRANSACTION = Object({**ALT, "locationId": may(Text())})
_SUBSCRIPTIONS = Object(
    {
        **ALT,
        **_PAGE,
        **_SPAN,
        **_MODE,
        **{name: may(Text()) for name in ("entityId", "entitySourceType", "id")},
        "getPaymentsCollectedCount": may(Flag(textual=True)),
    }
)
_COUPONS = Object(
    {**ALT, **_PAGE, "status": may(Text(choices=("scheduled", "active", "expired"))), "search": may(Text())}
)
LIMIT_DEFAULT = 10


class _Dated(Protocol):
    @property
    def created_at(self) -> datetime: ...
    @property
    def live(self) -> bool: ...
    @property
    def id(self) -> str: ...
    @property
    def contact_id(self) -> str: ...


T = TypeVar("T", bound=_Dated)


def operations() -> list[Operation]:
    """The rows of the table."""
    reads = "payments/orders.readonly", "payments/transactions.readonly", "payments/subscriptions.readonly"
    return [
        Operation("GET", "/payments/orders", reads[0], _orders),
        Operation("GET", "/payments/orders/{orderId}", reads[0], _order),
        Operation("GET", "/payments/transactions", reads[1], _transactions),
        Operation("GET", "/payments/transactions/{transactionId}", reads[1], _transaction),
        Operation("GET", "/payments/subscriptions", reads[2], _subscriptions),
        Operation("GET", "/payments/subscriptions/{subscriptionId}", reads[2], _subscription),
        Operation("GET", "/payments/coupon/list", "payments/coupons.readonly", _coupons),
    ]


def _orders(call: Call) -> Answer:
    query, orders = call.query(_ORDERS), call.location.orders

    def wanted(order: Order) -> bool:
        return (
            order.status == query.get("status", order.status)
            and order.source.id == query.get("sourceId", order.source.id)
            and query.get("paymentStatus") in (None, orders.payment_status(order))
            and _says(query, lambda: orders.flat(order), ("contactName", "contactEmail", "sourceName", "_id"))
        )

    return _page(call, query, call.location.state.orders.values(), wanted, orders.flat)


def _order(call: Call) -> Answer:
    call.query(_ORDER)
    return Answer(call.location.orders.nested(call.location.orders.get(call.path["orderId"])))


def _transactions(call: Call) -> Answer:
    query, transactions = call.query(_TRANSACTIONS), call.location.transactions

    def wanted(each: Transaction) -> bool:
        return (
            each.entity_id == query.get("entityId", each.entity_id)
            and each.source.type == query.get("entitySourceType", each.source.type)
            and each.source.sub_type == query.get("entitySourceSubType", each.source.sub_type)
            and each.subscription_id == query.get("subscriptionId", each.subscription_id)
            and _says(
                query,
                lambda: transactions.flat(each),
                ("contactName", "contactEmail", "entitySourceName", "_id"),
            )
        )

    return _page(call, query, call.location.state.transactions.values(), wanted, transactions.flat)


def _transaction(call: Call) -> Answer:
    call.query(_TRANSACTION)
    transactions = call.location.transactions
    return Answer(transactions.nested(transactions.get(call.path["transactionId"])))


def _subscriptions(call: Call) -> Answer:
    query, subscriptions = call.query(_SUBSCRIPTIONS), call.location.subscriptions

    def wanted(each: Subscription) -> bool:
        return (
            each.order_id == query.get("entityId", each.order_id)
            and query.get("id", each.id) in (each.id, each.provider_id)
            and each.source.type == query.get("entitySourceType", each.source.type)
            and _says(
                query, lambda: subscriptions.flat(each), ("contactName", "contactEmail", "entitySourceName")
            )
        )

    return _page(call, query, call.location.state.subscriptions.values(), wanted, subscriptions.flat)


def _subscription(call: Call) -> Answer:
    call.query(Object(ALT))
    subscriptions = call.location.subscriptions
    return Answer(subscriptions.nested(subscriptions.get(call.path["subscriptionId"])))


def _coupons(call: Call) -> Answer:
    query = call.query(_COUPONS)
    wanted = query.get("search", "").casefold()
    found = [
        each
        for each in call.location.state.coupons.values()
        if wanted in f"{each.code} {each.name}".casefold() and query.get("status", "active") == "active"
    ]
    start, limit = int(query.get("offset", 0)), int(query.get("limit", LIMIT_DEFAULT))
    return Answer(
        {"data": [_coupon(call, each) for each in found[start : start + limit]], "totalCount": len(found)}
    )


def _coupon(call: Call, coupon: Coupon) -> dict[str, Any]:
    """A coupon as it is listed; v3 also says for which goods it is good, here for all (reference 1.3)."""
    goods: dict[str, Any] = {"productIds": [], "variantIds": [], "priceIds": []}
    return {
        **(goods if call.version == V3 else {}),
        "_id": coupon.id,
        "altId": call.location.id,
        "altType": "location",
        "name": coupon.name,
        "code": coupon.code,
        "discountType": coupon.discount_type,
        "discountValue": coupon.discount_value,
        "status": "active",
        "usageCount": coupon.usage_count,
        "limitPerCustomer": 0,
        "startDate": coupon.created_at,
        "applyToFuturePayments": coupon.apply_to_future_payments,
        "applyToFuturePaymentsConfig": {"type": "forever"},
        "createdAt": coupon.created_at,
        "updatedAt": coupon.updated_at,
    }


def _page(
    call: Call,
    query: dict[str, str],
    records: Iterable[T],
    wanted: Callable[[T], bool],
    view: Callable[[T], dict[str, Any]],
) -> Answer:
    """Newest first; startAt and endAt are days of creation in the location's zone (reference 9.4)."""
    zone = call.location.kind.timezone

    def in_span(each: T) -> bool:
        if "startAt" not in query and "endAt" not in query:
            return True
        day = dates.day_of(each.created_at, zone).isoformat()
        return query.get("startAt", day)[:10] <= day <= query.get("endAt", day)[:10]

    def fits(each: T) -> bool:
        return (
            in_span(each)
            and each.contact_id == query.get("contactId", each.contact_id)
            and each.live == (query.get("paymentMode", "live" if each.live else "test") == "live")
            and wanted(each)
        )

    found = sorted(filter(fits, records), key=lambda each: (each.created_at, each.id), reverse=True)
    start, limit = int(query.get("offset", 0)), int(query.get("limit", LIMIT_DEFAULT))
    return Answer({"data": [view(each) for each in found[start : start + limit]], "totalCount": len(found)})


def _says(query: dict[str, str], view: Callable[[], dict[str, Any]], members: tuple[str, ...]) -> bool:
    """Whether the search is found in these members; the view is made only when somebody searches."""
    wanted = query.get("search", "").casefold()
    if not wanted:
        return True
    shown = view()
    return any(wanted in str(shown.get(name) or "").casefold() for name in members)
