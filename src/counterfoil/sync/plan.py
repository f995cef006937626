"""What a decision can say. A plan is one value: the preview page, the sent request, the history line, the test
expectation and the attention item are all printed from it.

    Nothing   there is nothing to do, and why
    Decline   it will never be done, and why
    Look      look at these other records instead
    Wait      another record comes first
    Adopt     two records that exist belong together: link them, write nothing
    Write     the next write to one side
    Ask       a person has to choose
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum

from msgspec import Struct

from counterfoil.crm import records as crm
from counterfoil.quickbooks import entities as qb
from counterfoil.sync.facts import Origin, RecordRef, Verdict
from counterfoil.sync.reasons import Because


class Nothing(Struct, frozen=True, tag=True):
    because: Because


class Decline(Struct, frozen=True, tag=True, kw_only=True):
    """`contact_id` is empty where the CRM has none."""

    verdict: Verdict
    because: Because
    contact_id: str = ""


class Look(Struct, frozen=True, tag=True):
    at: tuple[RecordRef, ...]
    because: Because


class Wait(Struct, frozen=True, tag=True, kw_only=True):
    """`until` is looked at first, as billable when it is a contact; then the record of this plan again."""

    until: RecordRef
    because: Because
    currency: str = ""


class Pair(Struct, frozen=True, kw_only=True):
    """The link that a plan makes once it is carried out.

    `entity_id` is empty on a create: it is the id that the answer brings. `crm_id` is empty when the write creates the
    CRM's record. `parent` names the record that this one belongs to (the invoice of a payment), empty otherwise.
    `primary` is False for the second customer of a contact (R53).
    """

    crm_kind: str
    crm_id: str
    entity: str
    entity_id: str = ""
    origin: Origin
    parent: str = ""
    primary: bool = True


class Adopt(Struct, frozen=True, tag=True, kw_only=True):
    pair: Pair
    because: Because
    others: tuple[str, ...] = ()
    """Ids of other customers that would have matched (R13); shown in the history."""
    instead_of: str = ""
    """The contact that is gone and whose links this one takes over (R16)."""


class Operation(Enum):
    CREATE = "create"
    UPDATE = "update"
    VOID = "void"
    ENROL = "enrol"
    TAG = "tag"


class QuickBooksWrite(Struct, frozen=True, tag=True, kw_only=True):
    """One write to QuickBooks.

    `body` is complete: for UPDATE and VOID it carries `id` and `sync_token`. `cause` says what in the CRM made it
    happen; together with a generation it becomes the request id. `wanted` is what the link remembers as written
    (None: the body itself). `expect_total` is the total that QuickBooks must answer (R37), in the document's currency.
    `overwrites` and `kept` name members that were changed in QuickBooks too, with the value found there (R12, R40).
    """

    entity: str
    operation: Operation
    body: qb.Entity
    cause: str
    because: Because
    pair: Pair | None = None
    wanted: qb.Entity | None = None
    expect_total: Decimal | None = None
    overwrites: tuple[tuple[str, str], ...] = ()
    kept: tuple[tuple[str, str], ...] = ()


class CrmWrite(Struct, frozen=True, tag=True, kw_only=True):
    """One write to the CRM: create a contact (`contact_id` empty) or update one."""

    operation: Operation
    draft: crm.ContactDraft
    cause: str
    because: Because
    contact_id: str = ""
    pair: Pair | None = None


class ReviewRequest(Struct, frozen=True, tag=True, kw_only=True):
    """Ask a contact for a review: start the workflow (not safe to repeat), else add the tag (safe)."""

    customer_id: str
    contact_id: str
    cause: str
    because: Because
    workflow_id: str = ""
    tag: str = ""

    @property
    def operation(self) -> Operation:
        """The way."""
        return Operation.ENROL if self.workflow_id else Operation.TAG


class Ask(Struct, frozen=True, tag=True, kw_only=True):
    """A person has to choose. `details` are label and value, in a bookkeeper's words, for the attention page."""

    because: Because
    details: tuple[tuple[str, str], ...] = ()


Write = QuickBooksWrite | CrmWrite | ReviewRequest
"""What is recorded before it is sent."""

Plan = Nothing | Decline | Look | Wait | Adopt | Write | Ask
