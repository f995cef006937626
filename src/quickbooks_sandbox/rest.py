"""The REST interface under ``/v3/company/{realm}/``: who may come in, what is asked, and the answer (reference 3-8, 12)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from quickbooks_sandbox import answers, batch, links, operations, quota, replays, uploads
from quickbooks_sandbox.company import (
    attachments,
    changes,
    currencies,
    mailing,
    paper,
    refusals,
    tax_setup,
    times,
)
from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.company.entities import BY_PATH, Entity, Family
from quickbooks_sandbox.oauth.grants import ACCOUNTING, Grants, TokenRefused
from quickbooks_sandbox.query import evaluation
from sandbox_kit.clock import Clock
from sandbox_kit.exchanges import DELAY, TAGS
from sandbox_kit.ids import Ids

Record = dict[str, Any]
ONE_NAME = "You can only add or edit one name at a time. Please try again."
MALFORMED = "com.sun.org.apache.xerces.internal.impl.io.MalformedByteSequenceException: Invalid byte of a UTF-8 sequence."


@dataclass(slots=True)
class Call:
    """One request of an authorised caller."""

    company: Company
    method: str
    segments: list[str]
    parameters: Mapping[str, str]
    body: bytes
    address: str
    tags: dict[str, str | int]
    content_type: str = ""
    base: str = ""
    """The address of this server, for links in answers."""

    @property
    def request_id(self) -> str:
        """The parameter ``requestid``, empty if absent."""
        return self.parameters.get("requestid", "")

    @property
    def entity_name(self) -> str:
        """The entity that the first word of the address means; the word itself when it is none."""
        word = self.segments[0].lower()
        return BY_PATH[word].name if word in BY_PATH else word

    def unknown(self) -> refusals.Refused:
        """The fault for a path that leads nowhere inside a realm (reference 12.2)."""
        what = f"Could not find resource for relative : {self.address} of full path: {self.address}"
        return refusals.unsupported_operation(what)


class Rest:
    """Answers the REST requests of all companies of one server."""

    def __init__(
        self,
        companies: Mapping[str, Company],
        *,
        clock: Clock,
        grants: Grants,
        limits: quota.Quota,
        memory: replays.Replays,
        writer: answers.Answers,
        ids: Ids,
    ) -> None:
        self._companies = companies
        self._clock = clock
        self._grants = grants
        self._quota = limits
        self._replays = memory
        self._answers = writer
        self._ids = ids
        self._naming: set[str] = set()
        self._decoder = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)

    async def __call__(self, request: Request) -> Response:
        """Answer one request."""
        realm = request.path_params["realm"]
        now = self._clock.now()
        company = self._companies.get(realm)
        segments = [part for part in request.path_params.get("rest", "").split("/") if part]
        if company is not None and segments[:1] == ["files"] and len(segments) == 2:
            return self._file(company, segments[1], request)
        as_xml = _wants_xml(request)
        try:
            grant = self._grants.check(_bearer(request))
        except TokenRefused as refused:
            return self._answers.gateway(
                "3200", "AuthenticationFailed", 401, str(refused), now, as_xml=as_xml
            )
        if company is None or grant.realm_id != realm or ACCOUNTING not in grant.scopes:
            name = "ApplicationAuthorizationFailed"
            return self._answers.gateway("3100", name, 403, None, now, as_xml=as_xml)
        first = segments[0].lower() if segments else ""
        metered = request.method == "GET" or first in ("query", "batch")
        try:
            with self._quota.entered(realm, batch=first == "batch", metered=metered):
                busy = await self._delayed(request, realm, first)
                answer = await self._inside(request, company, segments, busy=busy)
                self._quota.count(int(request.scope[TAGS].get("metered", 0)))
                return answer
        except quota.Throttled:
            detail = "The request limit was reached.  Try again later"
            turned_away = self._answers.gateway("3001", "ThrottleExceeded", 429, detail, now, as_xml=as_xml)
            if company.behaviour.retry_after_seconds:
                turned_away.headers["retry-after"] = f"{company.behaviour.retry_after_seconds:g}"
            return turned_away

    def _file(self, company: Company, key: str, request: Request) -> Response:
        """A file by its signed address, which needs no token."""
        content = attachments.fetch(company, key, request.query_params, company.now())
        if content is None:
            return self._answers.gateway("3100", "AccessDenied", 403, None, company.now())
        kind = company.tables["Attachable"].records[key].get("ContentType", "")
        sound = kind.isascii() and kind.isprintable() and "/" in kind
        return self._answers.file(content, kind if sound else "application/octet-stream")

    async def _delayed(self, request: Request, realm: str, first: str) -> bool:
        """Wait as long as a fault says; whether another name is being written meanwhile (reference 5.3; 17, no. 13)."""
        naming = request.method == "POST" and first in BY_PATH and BY_PATH[first].family is Family.LIST
        if naming and realm in self._naming:
            return True
        if DELAY in request.scope:
            self._naming.update({realm} if naming else ())
            try:
                await asyncio.sleep(request.scope[DELAY])
            finally:
                self._naming.difference_update({realm} if naming else ())
        return False

    async def _inside(
        self, request: Request, company: Company, segments: list[str], *, busy: bool
    ) -> Response:
        call = Call(
            company,
            request.method,
            segments,
            {name.lower(): value for name, value in request.query_params.items()},
            await request.body(),
            request.url.path,
            request.scope.setdefault(TAGS, {}),
            request.headers.get("content-type", ""),
            f"{request.url.scheme}://{request.url.netloc}",
        )
        status = 200
        try:
            if busy:
                raise refusals.business(ONE_NAME)
            body = self._handler(call)(call)
            if not isinstance(body, Response) and "Fault" in body:  # a refusal that is repeated
                status = 400
        except refusals.Refused as refused:
            status = refused.status
            body = answers.enveloped({"Fault": answers.fault(refused)}, company.now())
            call.tags["code"] = refused.code
        if isinstance(body, Response):
            return body
        if _wants_xml(request):
            return self._answers.xml(body, status)
        return self._answers.json(self._answers.encode(body), status)

    def _handler(self, call: Call) -> Callable[[Call], Record | Response]:
        resource = call.segments[0].lower() if call.segments else ""
        depth = len(call.segments)
        if resource == "query" and depth == 1:
            return self._query
        if resource == "cdc" and depth == 1 and call.method == "GET":
            return self._changes
        if resource == "batch" and depth == 1 and call.method == "POST":
            return self._batch
        special = self._special(call, resource)
        if special is not None:
            return special
        if resource not in BY_PATH or depth > 2:
            raise call.unknown()
        if call.method == "GET":
            return self._read
        if call.method == "POST" and depth == 1:
            return self._write
        raise call.unknown()

    def _special(self, call: Call, resource: str) -> Callable[[Call], Record | Response] | None:
        """The handlers of addresses that are more than an entity and an id."""
        words = [part.lower() for part in call.segments]
        if call.method == "POST" and words == ["taxservice", "taxcode"]:
            return self._tax_code
        if call.method == "POST" and words == ["upload"]:
            return self._upload
        if call.method == "GET" and resource == "download" and len(words) == 2:
            return self._download
        if resource in BY_PATH and len(words) == 3:
            if call.method == "POST" and words[2] == "send":
                return self._send
            if call.method == "GET" and words[2] == "pdf":
                return self._pdf
        return None

    # reads, each of which Intuit meters (reference 11)

    def _read(self, call: Call) -> Record:
        entity = BY_PATH[call.segments[0].lower()]
        if entity.family is Family.RATE:
            record = _exchange_rate(call)
        else:
            record = call.company.read(entity.name, _key(call, entity))
        call.tags.update(action="read", entity=entity.name, metered=1)
        return answers.enveloped({entity.name: _shown(call, entity, record)}, call.company.now())

    def _pdf(self, call: Call) -> Response:
        entity = BY_PATH[call.segments[0].lower()]
        if entity.name not in paper.PRINTED:
            raise call.unknown()
        record = call.company.read(entity.name, call.segments[1])
        call.tags.update(action="pdf", entity=entity.name, metered=1)
        content = paper.printed(call.company, entity.name, record)
        return self._answers.file(content, "application/pdf")

    def _download(self, call: Call) -> Response:
        """The address under which a file can be fetched, as plain text (reference 14.12)."""
        key = call.segments[1]
        call.company.read("Attachable", key)
        if key not in call.company.files:
            raise refusals.not_found()
        call.tags.update(action="read", entity="Attachable", metered=1)
        link = attachments.link_to(call.company, key, call.base)
        return self._answers.file(link.encode(), "text/plain")

    def _query(self, call: Call) -> Record:
        text = call.parameters.get("query", "")
        if call.method == "POST" and not text:
            text = _statement(call)
        response = evaluation.answer(call.company, text)
        if "Attachable" in response:
            entity = BY_PATH["attachable"]
            response["Attachable"] = [_shown(call, entity, one) for one in response["Attachable"]]
        call.tags.update(action="query", metered=1)
        return answers.enveloped({"QueryResponse": response}, call.company.now())

    def _changes(self, call: Call) -> Record:
        entities = call.parameters.get("entities", "")
        found = changes.changed(call.company, entities, call.parameters.get("changedsince", ""))
        call.tags.update(action="cdc", metered=1)
        return answers.enveloped({"CDCResponse": [{"QueryResponse": found}]}, call.company.now())

    # writes, done once per request id (reference 4)

    def _write(self, call: Call) -> Record:
        return self._once(call, lambda: self._written(call))

    def _once(self, call: Call, act: Callable[[], Record]) -> Record:
        """The answer of ``act``, or the one that the request id had before."""
        replays.check(call.request_id)
        if not call.request_id:
            return act()
        key = (call.company.realm_id, call.request_id, "")
        mark = replays.mark(call.address.lower().encode(), call.body)
        answer, repeated = self._replays.once(call.company, key, mark, act)
        if repeated:
            call.tags.update(action="replay", entity=call.entity_name)
        return answer

    def _written(self, call: Call) -> Record:
        entity = BY_PATH[call.segments[0].lower()]
        include = links.words(call.parameters.get("include", ""))
        operation = call.parameters.get("operation", "").lower()
        outcome = operations.write(call.company, entity, self._json(call.body), operation, include)
        call.tags.update(action=outcome.action, entity=entity.name, write=1)
        return answers.enveloped({entity.name: _shown(call, entity, outcome.record)}, call.company.now())

    def _send(self, call: Call) -> Record:
        """Sending takes no body; the parameter ``sendTo`` goes before the document's own address (reference 5.6)."""
        return self._once(call, lambda: self._sent(call))

    def _sent(self, call: Call) -> Record:
        entity = BY_PATH[call.segments[0].lower()]
        address = call.parameters.get("sendto", "")
        with self._quota.mailing(call.company.realm_id):
            record = mailing.send(call.company, entity.name, call.segments[1], address)
        call.tags.update(action="send", entity=entity.name, write=1)
        return answers.enveloped({entity.name: record}, call.company.now())

    def _upload(self, call: Call) -> Record:
        return self._once(call, lambda: self._uploaded(call))

    def _uploaded(self, call: Call) -> Record:
        done = uploads.take(call.company, call.body, call.content_type, call.base)
        call.tags.update(action="upload", entity="Attachable", write=1)
        return answers.enveloped({"AttachableResponse": done}, call.company.now())

    def _tax_code(self, call: Call) -> Record:
        """The tax service answers with the members themselves, under no entity's name (reference 15.6)."""
        return self._once(call, lambda: self._new_tax_code(call))

    def _new_tax_code(self, call: Call) -> Record:
        made = tax_setup.create_code(call.company, self._json(call.body))
        call.tags.update(action="create", entity="TaxService", write=1)
        return answers.enveloped(made, call.company.now())

    def _batch(self, call: Call) -> Record:
        replays.check(call.request_id, batch=True)
        memory = (self._replays, call.request_id) if call.request_id else None
        done = batch.run(call.company, self._json(call.body), memory, self._ids)
        metered = {"per-item": len(done.answers), "per-request": 1, "by-kind": done.reads}
        kind = call.company.behaviour.batch_metering
        call.tags.update(action="batch", metered=metered[kind], write=done.writes)
        return answers.enveloped({"BatchItemResponse": done.answers}, call.company.now())

    def _json(self, body: bytes) -> Record:
        try:
            return self._decoder.decode(body)
        except UnicodeDecodeError:
            raise refusals.unsupported_operation(MALFORMED) from None
        except msgspec.ValidationError:
            raise refusals.unreadable("Can not deserialize the request body") from None
        except msgspec.DecodeError as error:
            _text(body)
            raise refusals.unreadable(f"Unexpected character or end of input ({error})") from None


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise refusals.unsupported_operation(MALFORMED) from None


def _statement(call: Call) -> str:
    """The statement of a body: the body itself, or the field ``query`` of a form."""
    text = _text(call.body)
    if call.content_type.lower().startswith("application/x-www-form-urlencoded"):
        return parse_qs(text).get("query", [text])[-1]
    return text


def _key(call: Call, entity: Entity) -> str:
    """The id of the object to read; the two objects a company has once are read by realm or without an id."""
    given = call.segments[1] if len(call.segments) == 2 else ""
    if entity.name == "CompanyInfo":
        if given not in (call.company.realm_id, "1"):
            raise refusals.not_found()
        return "1"
    if entity.name == "Preferences":
        return "1"
    if not given:
        raise call.unknown()
    return given


def _shown(call: Call, entity: Entity, record: Record) -> Record:
    return links.shown(call.company, entity.name, record, call.parameters.get("include", ""), call.base)


def _exchange_rate(call: Call) -> Record:
    """The rate of a currency on a day, today's unless the parameters name one (reference 14.11)."""
    code = call.parameters.get("sourcecurrencycode", "").upper()
    if len(call.segments) != 1:
        raise call.unknown()
    if not code:
        raise refusals.missing("sourcecurrencycode")
    text = call.parameters.get("asofdate", "")
    try:
        day = times.parse_day(text) if text else times.server_day(call.company.now())
    except ValueError:
        raise refusals.invalid_date("asofdate", text) from None
    return currencies.shown_rate(call.company, code, day)


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _wants_xml(request: Request) -> bool:
    """Without an Accept header the original answers in XML (reference 3.2)."""
    accept = request.headers.get("accept", "")
    return "json" not in accept and "*/*" not in accept
