"""One QuickBooks company: its objects, and what can be done with them.

Everything is synchronous and happens at once; a refusal (``refusals.Refused``) leaves no trace. The clock and the
random ids are passed in, so that the same calls always make the same company.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, Protocol

from quickbooks_sandbox.company import (
    attachments,
    consequences,
    documents,
    estimates,
    events,
    intake,
    kinds,
    merging,
    payments,
    refusals,
    tax_setup,
    times,
)
from quickbooks_sandbox.company.draft import Draft
from quickbooks_sandbox.company.entities import ENTITIES, Entity, Family
from quickbooks_sandbox.company.intake import Options
from quickbooks_sandbox.company.journal import Journal
from quickbooks_sandbox.company.registers import Registers
from quickbooks_sandbox.company.seeds import sowing
from quickbooks_sandbox.company.tables import Sequences, Table, key_of

Record = dict[str, Any]
ENDED = ("CANCELLED", "EXPIRED", "SUSPENDED")
_PLAIN = Options()


class HasNow(Protocol):
    """A clock: aware UTC."""

    def now(self) -> datetime:
        """The current instant."""
        ...


class HasDigits(Protocol):
    """A source of random digits."""

    def digits(self, n: int, /) -> str:
        """``n`` random digits."""
        ...


class Company:
    """A company of one kind, filled with one seed.

    Args:
        kind: one of ``kinds.KINDS``, such as ``us-ast`` or ``eu-multicurrency``.
        seed: ``sample``, ``empty``, ``customers:N`` or ``large:N,M``.

    Raises:
        ValueError: an unknown kind or seed.
    """

    def __init__(
        self,
        kind: str = "us-ast",
        seed: str = "sample",
        *,
        clock: HasNow,
        ids: HasDigits,
        behaviour: kinds.Behaviour | None = None,
    ) -> None:
        if kind not in kinds.KINDS:
            raise ValueError(f"unknown company {kind!r}; choose one of {', '.join(kinds.KINDS)}")
        self.kind = kinds.KINDS[kind]
        self.seed = seed
        self.clock = clock
        self.realm_id = "9130" + ids.digits(12)
        self.link_key = ids.digits(32)
        self.behaviour = behaviour or kinds.Behaviour()
        self.listeners: list[Callable[[events.Event], None]] = []
        self.revision = 0
        self.reset()

    def reset(self) -> None:
        """Go back to the state of the seed."""
        self.tables = {name: Table(name) for name in ENTITIES}
        self.registers = Registers()
        self.journal = Journal(self)
        self.sequences = Sequences()
        self.sequences.skip_to("attachables", attachments.FIRST_ID)
        self.files: dict[str, bytes] = {}
        self.default_tax_code = "2"
        self.default_item = "1"
        self.undeposited_funds = ""
        listeners, self.listeners = self.listeners, []
        for body in tax_setup.agencies(self.kind):
            self.create("TaxAgency", body)
        if self.kind.multicurrency:
            for code in (self.kind.currency, "GBP", "USD"):
                self.create("CompanyCurrency", {"Code": code})
        sowing.sow(self, self.seed)
        self.behave(self.behaviour)
        self.listeners = listeners
        self.revision += 1
        for table in self.tables.values():
            table.recent.clear()

    def behave(self, behaviour: kinds.Behaviour) -> None:
        """Answer open questions in another way from now on; a preference that only QuickBooks sets follows (14.2, 16)."""
        self.behaviour = behaviour
        stored = self.tables["Preferences"].records["1"]
        forms = {**stored["SalesFormsPrefs"], "AutoApplyCredit": behaviour.auto_apply_credits}
        with self.writing() as draft:
            draft.put("Preferences", {**stored, "SalesFormsPrefs": forms}, quiet=True)

    def now(self) -> datetime:
        """The current instant."""
        return self.clock.now()

    # reading

    def read(self, entity: str, key: str) -> Record:
        """The object with an id.

        Raises:
            refusals.Refused: 2030 for an id that is no number, 610 for an unknown one.
        """
        table = self.tables[entity]
        record = table.records.get(key)
        if record is not None:
            return record
        if key in table.deleted:
            raise refusals.deleted_meanwhile()
        if not key.isdigit():
            raise refusals.invalid_id(key)
        raise refusals.not_found()

    def seen(self, entity: str) -> Table:
        """The table as queries and the change feed see it: a moment late, if so chosen (reference 17, no. 14)."""
        lag = self.behaviour.visibility_lag_seconds
        table = self.tables[entity]
        return table.as_of(self.now().timestamp() - lag) if lag else table

    def stamp(self) -> str:
        """The current instant as answers show it."""
        return times.stamp(self.now())

    def preference(self, group: str, member: str) -> Any:
        """One preference, None when it is not there."""
        return self.tables["Preferences"].records["1"].get(group, {}).get(member)

    # writing

    @contextmanager
    def writing(self) -> Iterator[Draft]:
        """A draft that is committed at the end, or forgotten when a refusal passes through."""
        counters = dict(self.sequences.last)
        draft = Draft(self)
        try:
            yield draft
        except BaseException:
            self.sequences.last = counters
            raise
        draft.commit()
        self.revision += 1

    def create(self, entity: str, body: Mapping[str, Any], options: Options = _PLAIN) -> Record:
        """Store a new object and return it complete."""
        rules = self._writable(entity)
        if rules.family is Family.SINGLE:
            raise refusals.missing("Id")
        if rules.family is Family.RATE:
            return self._set_rate(rules, body, options)
        with self.writing() as draft:
            key = self._add(draft, entity, body, options)["Id"]
        return self.tables[entity].records[key]

    def _add(self, draft: Draft, entity: str, body: Mapping[str, Any], options: Options = _PLAIN) -> Record:
        rules = ENTITIES[entity]
        taken = intake.accept(rules.shape, consequences.prepared(draft, entity, body), None, options)
        key = self.sequences.next(rules.sequence)
        record = taken.merged(rules.kept)
        record.update({"domain": "QBO", "sparse": False, "Id": key})
        made = rules.complete(draft, record, taken)
        draft.put(entity, made, events.CREATED)
        consequences.follow(draft, entity, made, body, self._add)
        return made

    def update(self, entity: str, body: Mapping[str, Any], options: Options = _PLAIN) -> Record:
        """Change an object, fully or sparsely, and return it complete."""
        rules = self._writable(entity)
        if rules.family is Family.WRITTEN_ONCE:
            raise refusals.unsupported_operation(f"update of {entity}")
        if rules.family is Family.RATE:
            return self._set_rate(rules, body, options)
        before = self._current(entity, body)
        if entity == "Payment":
            self._check_full_payment(body)
        taken = intake.accept(rules.shape, body, before, options)
        self._check_not_deposited(entity, before)
        if options.void:
            return self._void(entity, before)
        with self.writing() as draft:
            self._check_period_of(before)
            record = taken.merged(rules.kept)
            after = rules.complete(draft, record, taken)
            draft.put(entity, after, _verb(entity, before, after))
        return self.tables[entity].records[before["Id"]]

    def _set_rate(self, rules: Entity, body: Mapping[str, Any], options: Options) -> Record:
        """Store an exchange rate for its day, today unless it names one."""
        taken = intake.accept(rules.shape, body, None, options)
        today = times.server_day(self.now()).isoformat()
        with self.writing() as draft:
            record = {"AsOfDate": today, **taken.merged(rules.kept), "domain": "QBO", "sparse": False}
            after = rules.complete(draft, record, taken)
            draft.put(rules.name, after)
        return self.tables[rules.name].records[key_of(after)]

    def void(self, entity: str, body: Mapping[str, Any]) -> Record:
        """Set a transaction to zero (reference 5.5)."""
        self._writable(entity)
        return self._void(entity, self._current(entity, body))

    def delete(self, entity: str, body: Mapping[str, Any]) -> Record:
        """Delete a transaction and return the stub that the answer holds."""
        rules = self._writable(entity)
        if rules.family is not Family.TRANSACTION:
            raise refusals.unsupported_operation(f"delete of {entity}")
        before = self._current(entity, body)
        self._check_not_deposited(entity, before)
        if not self.behaviour.delete_paid_documents and payments.is_settled(before):
            raise refusals.business("Transactions are linked to this one. Unlink them before you delete it.")
        with self.writing() as draft:
            self._check_period_of(before)
            if entity == "Payment":
                payments.release(draft, before)
            elif entity in payments.SIGNS:
                payments.unapply_all(draft, entity, before)
            estimates.release(draft, before)
            draft.remove(entity, before["Id"])
        if entity == "Attachable":
            self.files.pop(before["Id"], None)
        return {"domain": "QBO", "status": "Deleted", "Id": before["Id"]}

    def _void(self, entity: str, before: Record) -> Record:
        if documents.is_voided(before):
            return before
        with self.writing() as draft:
            self._check_period_of(before)
            if entity == "Payment":
                payments.release(draft, before)
                after = payments.voided(before)
            else:
                if entity in payments.SIGNS:
                    payments.unapply_all(draft, entity, before)
                estimates.release(draft, before)
                after = documents.voided(before)
            draft.put(entity, after, events.VOID)
        return self.tables[entity].records[before["Id"]]

    def merge(self, survivor: str, loser: str) -> Record:
        """Merge two customers as a person does in QuickBooks: the loser's transactions go to the survivor."""
        with self.writing() as draft:
            merging.merge(draft, survivor, loser)
        return self.tables["Customer"].records[survivor]

    def set_subscription(self, status: str) -> None:
        """Let Intuit say that the subscription is paid, cancelled and so on (reference 14.1)."""
        info = self.tables["CompanyInfo"].records["1"]
        values = [
            {**one, "Value": status} if one["Name"] == "SubscriptionStatus" else one
            for one in info["NameValue"]
        ]
        with self.writing() as draft:
            draft.put("CompanyInfo", {**info, "NameValue": values})

    # what the rules of the entities ask

    def check_name(self, entity: str, record: Record) -> None:
        """Refuse a name that is taken (6240)."""
        self.registers.check(entity, record)

    def retired_name(self, entity: str, name: str) -> str:
        """The name of an object that is made inactive."""
        return self.registers.retired(entity, name, numbered=self.behaviour.number_retired_names)

    def claim_name(self, entity: str, record: Record) -> None:
        """Enter a stored object into the registers."""
        self.registers.claim(entity, record)

    def release_name(self, entity: str, record: Record | None) -> None:
        """Strike an object out of the registers."""
        self.registers.release(entity, record)

    def number_taken(self, entity: str, number: str) -> str | None:
        """The id of the document with a number, if any."""
        return self.registers.holder_of_number(entity, number)

    def next_document_number(self) -> str:
        """The number after the last one given."""
        return self.sequences.next("document numbers")

    def check_period(self, day: str) -> None:
        """Refuse a transaction on or before the closing date of the books (6200)."""
        closed = self.preference("AccountingInfoPrefs", "BookCloseDate")
        if closed and date.fromisoformat(day) <= date.fromisoformat(closed):
            raise refusals.period_closed()

    def announce(
        self, entity: str, key: str, verb: str, merged_away: str | None, *, quiet: bool = False
    ) -> None:
        """Tell the listeners what happened, if Intuit tells of it at all (reference 9.3)."""
        if verb not in events.ANNOUNCED.get(entity, frozenset()):
            return
        if quiet and not (entity == "Customer" and self.behaviour.customer_events_on_balance):
            return
        if verb == events.MERGED and merged_away is not None:
            key, merged_away = merged_away, key
        event = events.Event(self.realm_id, entity, key, verb, self.now(), merged_away)
        for listener in self.listeners:
            listener(event)

    # checks that every write begins with

    def _writable(self, entity: str) -> Entity:
        rules = ENTITIES[entity]
        if rules.family is Family.FIXED:
            raise refusals.unsupported_operation(f"write of {entity}")
        self.check_writable()
        return rules

    def check_writable(self) -> None:
        """Refuse every write once the subscription has ended (6190)."""
        info = self.tables["CompanyInfo"].records.get("1", {})
        status = [one["Value"] for one in info.get("NameValue", []) if one["Name"] == "SubscriptionStatus"]
        if status and status[0] in ENDED:
            raise refusals.subscription_ended()

    def _current(self, entity: str, body: Mapping[str, Any]) -> Record:
        if not isinstance(body, dict):
            raise refusals.unreadable("Can not deserialize the request body")
        key = str(body.get("Id") or "")
        if not key:
            raise refusals.missing("Id")
        before = self.read(entity, key)
        token = body.get("SyncToken")
        if token is None or token == "":
            raise refusals.missing("SyncToken")
        if str(token) != before["SyncToken"]:
            raise refusals.stale()
        return before

    def _check_full_payment(self, body: Mapping[str, Any]) -> None:
        """Changing or voiding a payment takes the whole object (reference 18a, no. 5)."""
        if not self.behaviour.payment_needs_full_object:
            return
        for member in ("CustomerRef", "TotalAmt"):
            if member not in body:
                raise refusals.missing(member)

    def _check_not_deposited(self, entity: str, record: Record) -> None:
        """What stands on a deposit is changed only after it was taken off (reference 14.14)."""
        if (entity, record.get("Id")) in self.registers.deposited:
            raise refusals.deposited()

    def _check_period_of(self, record: Record) -> None:
        if "TxnDate" in record:
            self.check_period(record["TxnDate"])


def _verb(entity: str, before: Record, after: Record) -> str:
    """Making a list object inactive is announced as deleted where there is such an event (reference 9.3)."""
    retired = before.get("Active") is True and after.get("Active") is False
    if retired and events.DELETED in events.ANNOUNCED.get(entity, frozenset()):
        return events.DELETED
    return events.UPDATED
