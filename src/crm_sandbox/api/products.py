"""Operations on products and prices (reference 6)."""

from __future__ import annotations

from crm_sandbox.api.operations import Answer, Call, Operation
from crm_sandbox.location.shapes import Flag, Number, Object, Text, may, must

_PAGE = {
    "limit": may(Number(least=1, most=100, whole=True, textual=True)),
    "offset": may(Number(least=0, whole=True, textual=True)),
    "locationId": must(Text(filled=True)),
}
_LIST = Object(
    {
        **_PAGE,
        **{
            name: may(Text())
            for name in ("search", "collectionIds", "collectionSlug", "expand", "productIds", "storeId")
        },
        "includedInStore": may(Flag(textual=True)),
        "availableInStore": may(Flag(textual=True)),
        "sortOrder": may(Text(choices=("asc", "desc"))),
    }
)
_ONE = Object({"locationId": must(Text(filled=True)), "sendWishlistStatus": may(Flag(textual=True))})
_PRICES = Object({**_PAGE, "ids": may(Text())})
_PRICE = Object({"locationId": must(Text(filled=True))})
LIMIT_DEFAULT = 10


def operations() -> list[Operation]:
    """The rows of the table."""
    prices = "/products/{productId}/price"
    return [
        Operation("GET", "/products/", "products.readonly", _list),
        Operation("POST", "/products/", "products.write", _create),
        Operation("GET", "/products/{productId}", "products.readonly", _get),
        Operation("PUT", "/products/{productId}", "products.write", _replace),
        Operation("DELETE", "/products/{productId}", "products.write", _delete),
        Operation("GET", prices, "products/prices.readonly", _prices),
        Operation("POST", prices, "products/prices.write", _create_price),
        Operation("GET", f"{prices}/{{priceId}}", "products/prices.readonly", _price),
        Operation("PUT", f"{prices}/{{priceId}}", "products/prices.write", _replace_price),
        Operation("DELETE", f"{prices}/{{priceId}}", "products/prices.write", _delete_price),
    ]


def _list(call: Call) -> Answer:
    query = call.query(_LIST)
    catalogue = call.location.catalogue
    in_store = query.get("availableInStore")
    found = catalogue.products(
        search=query.get("search", ""),
        ids=tuple(filter(None, query.get("productIds", "").split(","))),
        in_store=None if in_store is None else in_store == "true",
    )
    if query.get("sortOrder") == "asc":
        found.reverse()
    start, limit = int(query.get("offset", 0)), int(query.get("limit", LIMIT_DEFAULT))
    expanded = "tax" in query.get("expand", "").split(",")
    page = [catalogue.product_view(each, with_taxes=expanded) for each in found[start : start + limit]]
    return Answer({"products": page, "total": [{"total": len(found)}]})


def _create(call: Call) -> Answer:
    catalogue = call.location.catalogue
    return Answer(catalogue.product_view(catalogue.create_product(call.body())), 201)


def _get(call: Call) -> Answer:
    call.query(_ONE)
    catalogue = call.location.catalogue
    return Answer(catalogue.product_view(catalogue.product(call.path["productId"])))


def _replace(call: Call) -> Answer:
    catalogue = call.location.catalogue
    return Answer(catalogue.product_view(catalogue.replace_product(call.path["productId"], call.body())))


def _delete(call: Call) -> Answer:
    call.query(_ONE)
    call.location.catalogue.delete_product(call.path["productId"])
    return Answer({"status": True})


def _prices(call: Call) -> Answer:
    query = call.query(_PRICES)
    catalogue = call.location.catalogue
    wanted = tuple(filter(None, query.get("ids", "").split(",")))
    found = [each for each in catalogue.prices(call.path["productId"]) if not wanted or each.id in wanted]
    start, limit = int(query.get("offset", 0)), int(query.get("limit", LIMIT_DEFAULT))
    return Answer(
        {"prices": [catalogue.price_view(each) for each in found[start : start + limit]], "total": len(found)}
    )


def _create_price(call: Call) -> Answer:
    catalogue = call.location.catalogue
    return Answer(catalogue.price_view(catalogue.create_price(call.path["productId"], call.body())), 201)


def _price(call: Call) -> Answer:
    call.query(_PRICE)
    catalogue = call.location.catalogue
    return Answer(catalogue.price_view(catalogue.price(call.path["productId"], call.path["priceId"])))


def _replace_price(call: Call) -> Answer:
    catalogue = call.location.catalogue
    fresh = catalogue.replace_price(call.path["productId"], call.path["priceId"], call.body())
    return Answer(catalogue.price_view(fresh))


def _delete_price(call: Call) -> Answer:
    call.query(_PRICE)
    call.location.catalogue.delete_price(call.path["productId"], call.path["priceId"])
    return Answer({"status": True})
