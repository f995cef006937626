"""Access and trouble: the log-in, its end, and which family of errors says what."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

from counterfoil import errors, times
from counterfoil.crm import port
from counterfoil.crm.conformance.contacts import ADA
from counterfoil.crm.conformance.expect import NotConforming, expect, refused_as, same
from counterfoil.crm.conformance.stage import Stage

STATE = "state of the conformance checks: 1+1=2"
BACK = "https://counterfoil.example/oauth/conformance/callback"


async def the_log_in_brings_the_state_back_and_opens_the_account(stage: Stage) -> None:
    """The code of the callback gives tokens for the account, which open it."""
    returned = await _log_in(stage)
    if not stage.door.asks_for:
        same(returned.get("state"), [STATE], "the state comes back unchanged (R3)")
    installed = await stage.door.exchange(code=returned["code"][0], redirect_uri=BACK)
    same(installed.account_id, stage.account_id, "the tokens are for the account that was chosen")
    expect(installed.tokens.access_expires_at > stage.now(), "the access token is still good")
    expect(installed.tokens.access not in repr(installed), "no token stands in a repr (R4)")
    await _opens(stage, installed.tokens, "the tokens open the account")


async def a_code_nobody_gave_opens_nothing(stage: Stage) -> None:
    """A foreign code is lost access, not a crash."""
    with refused_as(errors.AccessLost, "a foreign code is refused"):
        await stage.door.exchange(code="neverGiven", redirect_uri=BACK)


async def access_is_renewed_without_the_owner(stage: Stage) -> None:
    """What a log-in gave can be renewed, and what that gave again; the newest opens the account (R4).

    Where what was typed in cannot be renewed, that is said as lost access, and it still opens the account.
    """
    returned = await _log_in(stage)
    tokens = (await stage.door.exchange(code=returned["code"][0], redirect_uri=BACK)).tokens
    for _ in range(2):
        try:
            tokens = await stage.door.refresh(account_id=stage.account_id, refresh_token=tokens.refresh)
        except errors.AccessLost:
            expect(bool(stage.door.asks_for), "what a log-in gave can be renewed")
        await _opens(stage, tokens, "renewed tokens open the account")


async def an_account_is_admitted_while_it_has_the_app(stage: Stage) -> None:
    """Without a log-in of its own, and no other account (R5)."""
    await _log_in(stage)
    admitted = await stage.door.admit(account_id=stage.account_id)
    same(admitted.account_id, stage.account_id, "it is the account that was meant")
    await _opens(stage, admitted.tokens, "its tokens open it")
    with refused_as(errors.AccessLost, "an account without the app is not admitted"):
        await stage.door.admit(account_id="conformanceNobody001")
    await stage.uninstall()
    with refused_as(errors.AccessLost, "nor one from which it was removed"):
        await stage.door.admit(account_id=stage.account_id)
    with refused_as(errors.AccessLost, "and its access is not renewed"):
        await stage.door.refresh(account_id=stage.account_id, refresh_token=admitted.tokens.refresh)


async def a_refused_token_is_asked_for_again_once(stage: Stage) -> None:
    """The token getter hears of the rejection, and when it has nothing better, access is lost (R5)."""
    await stage.crm.account()
    same(list(stage.rejections), [False], "the first request asks for the token, which nobody refused")
    await stage.revoke_access()
    with refused_as(errors.AccessLost, "a refused token is lost access"):
        await stage.crm.account()
    same(list(stage.rejections), [False, False, True], "it is asked for again, once, as refused")


async def a_busy_crm_is_asked_later(stage: Stage) -> None:
    """A request refused for its rate changed nothing and says so."""
    await stage.be_busy()
    with refused_as(errors.TryLater, "a busy CRM is asked later"):
        await stage.crm.account()
    await stage.be_busy()
    with refused_as(errors.TryLater, "so is one that was to be written to"):
        await stage.crm.create_contact(ADA)
    await stage.settle()
    same(await stage.crm.find_contact(email=ADA.email or ""), None, "nothing was written")


async def a_read_that_failed_says_so(stage: Stage) -> None:
    """It changed nothing and may be repeated; and nobody is told that there is no such record, of which too much follows:
    the invoice of a missing one is voided (R34)."""
    contact = await stage.crm.create_contact(ADA)
    sale = await stage.sell(email="bo@example.com", item="Workbook", price=Decimal(12))
    day = times.day_in(stage.now(), stage.time_zone)
    invoice = await stage.draft_invoice(contact.id, amount=Decimal(30), issued=day, due=day)
    reads: tuple[Callable[[], Awaitable[object]], ...] = (
        lambda: stage.crm.account(),
        lambda: stage.crm.contact(contact.id),
        lambda: stage.crm.find_contact(email=ADA.email or ""),
        lambda: stage.crm.invoice(invoice),
        lambda: stage.crm.order(sale.order_id),
        lambda: stage.crm.transaction(sale.transaction_id),
        lambda: stage.crm.transactions_of(entity_id=sale.order_id),
        lambda: stage.crm.posted_elsewhere(),
    )
    for read in reads:
        for trouble in (stage.be_busy, stage.lose_answer):
            await trouble()
            with refused_as(errors.TryLater, "a read that failed is asked later"):
                await read()
            await stage.settle()


async def every_exchange_is_counted(stage: Stage) -> None:
    """Counting is how an operator sees what the connector costs (R75)."""
    await stage.crm.account()
    before = len(stage.calls)
    expect(before >= 1, "a read is counted")
    await stage.crm.create_contact(ADA)
    writes = [call for call in stage.calls[before:] if call.write]
    expect(len(writes) >= 1, "a write is counted as one")
    expect(all(call.status and call.operation for call in stage.calls), "with operation and status")


async def _opens(stage: Stage, tokens: port.Tokens, promise: str) -> None:
    async def token(rejected: bool) -> str:
        return tokens.access

    crm = stage.door.open(account_id=stage.account_id, zone="", token=token, on_call=lambda call: None)
    try:
        account = await crm.account()
    except errors.CounterfoilError as refused:
        raise NotConforming(f"{promise}: {type(refused).__name__}") from refused
    same(account.id, stage.account_id, promise)


async def _log_in(stage: Stage) -> dict[str, list[str]]:
    url = stage.door.authorize_url(state=STATE, redirect_uri=BACK)
    return parse_qs(urlsplit(await stage.log_in(url)).query)


CHECKS = (
    the_log_in_brings_the_state_back_and_opens_the_account,
    a_code_nobody_gave_opens_nothing,
    access_is_renewed_without_the_owner,
    an_account_is_admitted_while_it_has_the_app,
    a_refused_token_is_asked_for_again_once,
    a_busy_crm_is_asked_later,
    a_read_that_failed_says_so,
    every_exchange_is_counted,
)
