"""Access and trouble: the log-in, its end, and which family of errors says what."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from counterfoil import errors
from counterfoil.crm.conformance.contacts import ADA
from counterfoil.crm.conformance.expect import expect, refused_as, same
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

    async def token(rejected: bool) -> str:
        return installed.tokens.access

    crm = stage.door.open(account_id=stage.account_id, zone="", token=token, on_call=lambda call: None)
    same((await crm.account()).id, stage.account_id, "the tokens open the account")


async def a_code_nobody_gave_opens_nothing(stage: Stage) -> None:
    """A foreign code is lost access, not a crash."""
    with refused_as(errors.AccessLost, "a foreign code is refused"):
        await stage.door.exchange(code="neverGiven", redirect_uri=BACK)


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


async def a_read_whose_answer_was_lost_is_asked_later(stage: Stage) -> None:
    """A read changes nothing, so it may simply be repeated."""
    await stage.lose_answer()
    with refused_as(errors.TryLater, "a lost answer to a read is asked for again"):
        await stage.crm.account()


async def every_exchange_is_counted(stage: Stage) -> None:
    """Counting is how an operator sees what the connector costs (R75)."""
    await stage.crm.account()
    before = len(stage.calls)
    expect(before >= 1, "a read is counted")
    await stage.crm.create_contact(ADA)
    writes = [call for call in stage.calls[before:] if call.write]
    expect(len(writes) >= 1, "a write is counted as one")
    expect(all(call.status and call.operation for call in stage.calls), "with operation and status")


async def _log_in(stage: Stage) -> dict[str, list[str]]:
    url = stage.door.authorize_url(state=STATE, redirect_uri=BACK)
    return parse_qs(urlsplit(await stage.log_in(url)).query)


CHECKS = (
    the_log_in_brings_the_state_back_and_opens_the_account,
    a_code_nobody_gave_opens_nothing,
    a_refused_token_is_asked_for_again_once,
    a_busy_crm_is_asked_later,
    a_read_whose_answer_was_lost_is_asked_later,
    every_exchange_is_counted,
)
