"""One HighLevel location: all its parts around one desk."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any

from crm_sandbox.location import custom_fields, seeds
from crm_sandbox.location.catalogue import Catalogue
from crm_sandbox.location.checkouts import Checkouts
from crm_sandbox.location.contact_search import Search
from crm_sandbox.location.contacts import Contacts
from crm_sandbox.location.custom_fields import CustomField
from crm_sandbox.location.desk import Desk, Event
from crm_sandbox.location.invoice_payments import InvoicePayments
from crm_sandbox.location.invoices import Invoices
from crm_sandbox.location.kinds import KINDS
from crm_sandbox.location.orders import Orders
from crm_sandbox.location.records import State, Tax, Transaction
from crm_sandbox.location.subscriptions import Subscriptions
from crm_sandbox.location.switches import Switches
from crm_sandbox.location.transactions import Transactions
from crm_sandbox.location.triggers import Triggers
from crm_sandbox.location.workflows import Workflows
from sandbox_kit.clock import Clock
from sandbox_kit.ids import Ids

USER_ID = "Us4Bg7Dm1Qx9Le3Hn6Vk"
"""The one person who works in the CRM; the same in every location, so that tests can name it."""


class Location:
    """A sub-account as a state machine without HTTP. What happens is put into a tray: see `take_events`.

    `kind` is one of us, gb, ca, au, eu; `seed` is sample, empty, contacts:N or large:N,M; `state` continues a saved one instead;
    `identity` is location and company id, drawn when not given.
    Raises ValueError on an unknown kind or seed.
    """

    def __init__(
        self,
        kind: str,
        seed: str,
        clock: Clock,
        ids: Ids,
        *,
        switches: Switches | None = None,
        state: State | None = None,
        identity: tuple[str, str] | None = None,
    ) -> None:
        known = KINDS.get(state.kind if state else kind)
        if known is None:
            raise ValueError(f"there is no location {kind}; known are {', '.join(KINDS)}")
        fresh = state is None
        location_id, company_id = identity or (ids.alphanumeric(20), ids.alphanumeric(20))
        state = state or State(
            kind=kind,
            location_id=location_id,
            company_id=company_id,
            user_id=USER_ID,
            taxes={each.id: Tax(id=each.id, name=each.name, rate=each.rate) for each in known.taxes},
        )
        self._desk = Desk(state, known, clock, ids, switches or Switches())
        self.kind = known
        self.contacts = Contacts(self._desk)
        self.search = Search(self.contacts.index)
        self.catalogue = Catalogue(self._desk)
        self.invoices = Invoices(self._desk)
        self.orders = Orders(self._desk)
        self.transactions = Transactions(self._desk)
        self.invoice_payments = InvoicePayments(self._desk, self.invoices, self.transactions, self.orders)
        self.subscriptions = Subscriptions(self._desk, self.orders, self.transactions)
        self.checkouts = Checkouts(
            self._desk, self.contacts, self.catalogue, self.orders, self.transactions, self.subscriptions
        )
        self.workflows = Workflows(self._desk, self.contacts)
        self.triggers = Triggers(self._desk, self.contacts, self.workflows)
        self.contacts.watchers.append(self.workflows.tagged)
        if fresh:
            seeds.plant(seed, self, self._desk)
            self._desk.events.clear()

    @property
    def state(self) -> State:
        """The records; read them, do not change them."""
        return self._desk.state

    @property
    def switches(self) -> Switches:
        """What is set differently from the defaults."""
        return self._desk.switches

    @property
    def desk(self) -> Desk:
        """What the parts share; views need it."""
        return self._desk

    @property
    def id(self) -> str:
        """The location id."""
        return self._desk.state.location_id

    def take_events(self) -> list[Event]:
        """What has happened since the last call, in order; the caller delivers it."""
        events = list(self._desk.events)
        self._desk.events.clear()
        return events

    def settle(self, transaction_id: str, outcome: str) -> Transaction:
        """A pending charge comes through or fails; its order or invoice follows. Raises as `Transactions.settle`."""
        transaction = self.transactions.settle(transaction_id, outcome)
        if transaction.entity_type == "invoice":
            self.invoice_payments.settled(transaction)
        elif transaction.status == "succeeded":
            order = self.orders.get(transaction.entity_id)
            if order.status == "pending":
                self.orders.complete(order)
        return transaction

    def refund(self, transaction_id: str, amount: Decimal) -> Transaction:
        """A person refunds some of a payment; nothing tells of it. Raises as `Transactions.refund`."""
        transaction = self.transactions.get(transaction_id)
        before = transaction.amount_refunded
        self.transactions.refund(transaction_id, amount)
        if transaction.entity_type == "invoice" and self.switches.refunds_reopen_invoices:
            self.invoice_payments.refunded(transaction, transaction.amount_refunded - before)
        return transaction

    def view(self) -> dict[str, Any]:
        """The location as GET /locations/{id} answers it (reference 4.1). There is no currency in it."""
        kind, state = self.kind, self.state
        place = {
            "address": kind.address,
            "city": kind.city,
            "state": kind.state,
            "country": kind.country,
            "postalCode": kind.postal_code,
            "website": "https://harbourhome.example",
            "timezone": kind.timezone,
            "logoUrl": "https://harbourhome.example/logo.png",
        }
        return {
            "id": state.location_id,
            "companyId": state.company_id,
            "name": kind.company,
            "domain": "",
            **place,
            "firstName": "Sam",
            "lastName": "Reyes",
            "email": "office@harbourhome.example",
            "phone": kind.phone,
            "business": {"name": kind.company, **place},
            "social": {},
            "settings": {
                "allowDuplicateContact": self.switches.allow_duplicate_contact,
                "allowDuplicateOpportunity": False,
                "allowFacebookNameMerge": False,
                "disableContactTimezone": False,
            },
            "reseller": {},
        }

    def add_custom_field(self, body: object) -> CustomField:
        """A new custom field (reference 4.3). Raises Refused with 422."""
        field = custom_fields.made(body, self._desk.ids.alphanumeric(20))
        self.state.custom_fields[field.id] = field
        return field

    def tags(self) -> list[dict[str, str]]:
        """The tags in use, by name (reference 4.4); an id is made from its name, so that it stays."""
        names = sorted({tag for contact in self.state.contacts.values() for tag in contact.tags})
        keys = [hashlib.sha256(f"{self.id} {name}".encode()).hexdigest()[:20] for name in names]
        return [
            {"id": key, "name": name, "locationId": self.id} for key, name in zip(keys, names, strict=True)
        ]

    def users(self) -> list[dict[str, Any]]:
        """The people who work in this location (reference 4.2)."""
        return [
            {
                "id": self.state.user_id,
                "name": "Sam Reyes",
                "firstName": "Sam",
                "lastName": "Reyes",
                "email": "sam.reyes@example.com",
                "phone": self.kind.phone,
                "roles": {"type": "account", "role": "admin", "locationIds": [self.id]},
            }
        ]
