"""Which members a product and a price may be written with (reference 6 and the products file)."""

from __future__ import annotations

from crm_sandbox.location.shapes import Flag, FreeObject, ListOf, Number, Object, Text, may, must

_OPTION = Object({"id": must(Text()), "name": must(Text())})
_VARIANT = Object({"id": must(Text()), "name": must(Text()), "options": must(ListOf(_OPTION))})
_LABEL = Object({"title": must(Text()), "startDate": may(Text()), "endDate": may(Text())})

PRODUCT = Object(
    {
        "name": must(Text(filled=True)),
        "locationId": must(Text(filled=True)),
        "productType": must(Text(choices=("DIGITAL", "PHYSICAL", "SERVICE", "PHYSICAL/DIGITAL"))),
        "description": may(Text()),
        "image": may(Text()),
        "statementDescriptor": may(Text()),
        "availableInStore": may(Flag()),
        "medias": may(ListOf(FreeObject())),
        "variants": may(ListOf(_VARIANT)),
        "collectionIds": may(ListOf(Text())),
        "isTaxesEnabled": may(Flag()),
        "taxes": may(ListOf(Text())),
        "automaticTaxCategoryId": may(Text()),
        "isLabelEnabled": may(Flag()),
        "label": may(_LABEL),
        "slug": may(Text()),
        "seo": may(Object({"title": may(Text()), "description": may(Text())})),
        "taxInclusive": may(Flag()),
    }
)
REPLACE_PRODUCT = Object({**PRODUCT.members, "prices": may(ListOf(Text()))})

_RECURRING = Object(
    {
        "interval": must(Text(choices=("day", "month", "week", "year"))),
        "intervalCount": must(Number(least=1, whole=True)),
    }
)
_OFFER = Object({"label": must(Text()), "value": must(Text()), "_id": must(Text())})

PRICE = Object(
    {
        "name": must(Text(filled=True)),
        "type": must(Text(choices=("one_time", "recurring"))),
        "currency": must(Text(filled=True)),
        "amount": must(Number(least=0)),
        "recurring": may(_RECURRING),
        "description": may(Text()),
        "membershipOffers": may(ListOf(_OFFER)),
        "trialPeriod": may(Number(least=0, whole=True)),
        "totalCycles": may(Number(least=1, whole=True)),
        "setupFee": may(Number(least=0)),
        "variantOptionIds": may(ListOf(Text())),
        "compareAtPrice": may(Number(least=0)),
        "locationId": must(Text(filled=True)),
        "userId": may(Text()),
        "meta": may(FreeObject()),
        "trackInventory": may(Flag()),
        "availableQuantity": may(Number(least=0, whole=True)),
        "allowOutOfStockPurchases": may(Flag()),
        "sku": may(Text()),
        "shippingOptions": may(FreeObject()),
        "isDigitalProduct": may(Flag()),
        "digitalDelivery": may(ListOf(Text())),
    }
)
