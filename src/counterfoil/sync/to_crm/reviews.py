"""Whether a customer is asked for a review: once for ever, after its first fully paid invoice (R62)."""

from __future__ import annotations

from counterfoil.sync.facts import ReviewFacts, Verdict
from counterfoil.sync.plan import Ask, Decline, Nothing, Plan, ReviewRequest
from counterfoil.sync.reasons import Because


def decide(facts: ReviewFacts) -> Plan:
    """Ask, not now, or never. An invoice counts as paid when its payments came; one of unknown time is an old one."""
    reviews = facts.reviews
    if facts.verdict is Verdict.IN_DOUBT:
        return Ask(because=Because.REVIEW_IN_DOUBT)
    if facts.verdict is not None:
        return Nothing(because=Because.REVIEW_DECIDED)
    if reviews.since is None or not reviews.on:
        return Nothing(because=Because.REVIEWS_OFF)
    if not facts.paid:
        return Nothing(because=Because.REVIEW_NOT_PAID)
    since = reviews.since
    if any(invoice.paid_at is None or invoice.paid_at < since for invoice in facts.paid):
        return _never(facts, Verdict.PAID_BEFORE, Because.REVIEW_PAID_BEFORE)
    if facts.contact is None:
        return Nothing(because=Because.REVIEW_NO_CONTACT)
    if facts.contact.do_not_disturb:
        return _never(facts, Verdict.DO_NOT_DISTURB, Because.REVIEW_DO_NOT_DISTURB)
    if reviews.workflow_id and reviews.workflow_id not in facts.workflows:
        return Ask(
            because=Because.REVIEW_WORKFLOW_GONE,
            details=(("Workflow", reviews.workflow_name or reviews.workflow_id),),
        )
    return ReviewRequest(
        customer_id=facts.customer_id,
        contact_id=facts.contact.id,
        cause=f"review/{facts.contact.id}",
        because=Because.REVIEW_REQUESTED,
        workflow_id=reviews.workflow_id,
        tag="" if reviews.workflow_id else reviews.tag,
    )


def _never(facts: ReviewFacts, verdict: Verdict, because: Because) -> Decline:
    return Decline(verdict=verdict, because=because, contact_id=facts.link.crm_id if facts.link else "")
