"""Keeping a stand-in's state in one file, so that it survives a restart (``--data``)."""

from __future__ import annotations

import base64
import contextlib
import os
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from quickbooks_sandbox.company.company import Company
from quickbooks_sandbox.company.journal import Entry
from quickbooks_sandbox.company.ledger import Posting
from quickbooks_sandbox.company.tables import Table
from quickbooks_sandbox.oauth.grants import Access, Client, Code, Grant, Grants
from quickbooks_sandbox.replays import Remembered, Replays

Record = dict[str, Any]
VERSION = 2


class Unreadable(Exception):
    """The file is not one of ours, or for another kind of company."""


def dump(company: Company, grants: Grants, replays: Replays, manifest: Record) -> bytes:
    """Everything worth keeping, as JSON with exact numbers."""
    identities = {id(grant): index for index, (grant, _) in enumerate(grants.refresh.values())}
    kept: Record = {
        "version": VERSION,
        "kind": company.kind.name,
        "manifest": manifest,
        "realm_id": company.realm_id,
        "sequences": company.sequences.last,
        "tables": {
            name: {"records": table.records, "touched": list(table.touched.items()), "deleted": table.deleted}
            for name, table in company.tables.items()
        },
        "files": {key: base64.b64encode(content).decode() for key, content in company.files.items()},
        "journal": [
            [
                entry.entity,
                entry.key,
                entry.day,
                [[one.account, one.amount, one.foreign] for one in entry.postings],
            ]
            for entry in company.journal.entries.values()
        ],
        "grants": [
            {**msgspec.to_builtins(grant), "token": token, "ends": ends, "grant": identities[id(grant)]}
            for token, (grant, ends) in grants.refresh.items()
        ],
        "access": [
            [token, identities[id(access.grant)], access.expires_at]
            for token, access in grants.access.items()
        ],
        "codes": [
            [key, {**msgspec.to_builtins(code), "grant": None}]
            for key, code in grants.codes.items()
            if code.grant is None
        ],
        "replays": [[list(key), one.until, one.answer, one.mark] for key, one in replays.answers.items()],
    }
    return msgspec.json.Encoder(decimal_format="number").encode(kept)


def write(path: Path, content: bytes) -> None:
    """Replace the file in one step."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def read(path: Path, company: Company, grants: Grants, replays: Replays) -> Record:
    """Fill the parts from a file and return its manifest.

    Raises:
        Unreadable: the file is damaged or holds another kind of company.
    """
    try:
        kept = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal).decode(path.read_bytes())
        if kept["version"] != VERSION or kept["kind"] != company.kind.name:
            raise Unreadable(f"{path} holds a {kept['kind']} company of version {kept['version']}")
        _restore_company(company, kept)
        _restore_grants(grants, kept)
        for key, until, answer, *mark in kept["replays"]:
            replays.answers[key[0], key[1], key[2]] = Remembered(float(until), _exact(answer), *mark)
        manifest: Record = kept["manifest"]
    except (msgspec.DecodeError, KeyError, TypeError, ValueError) as error:
        raise Unreadable(f"{path} is not a file of this sandbox: {error}") from error
    grants.clients.clear()
    client = Client(
        manifest["client_id"], manifest["client_secret"], tuple(manifest.get("redirect_uris", ()))
    )
    grants.clients[client.client_id] = client
    return manifest


def _restore_company(company: Company, kept: Record) -> None:
    company.realm_id = kept["realm_id"]
    company.sequences.last = dict(kept["sequences"])
    company.files = {key: base64.b64decode(text) for key, text in kept["files"].items()}
    company.registers.names.clear()
    company.registers.numbers.clear()
    company.registers.deposited.clear()
    for name, stored in kept["tables"].items():
        records = {key: _exact(record) for key, record in stored["records"].items()}
        touched = {key: float(when) for key, when in stored["touched"]}
        company.tables[name] = Table(name, records, touched, dict(stored["deleted"]))
        for record in records.values():
            company.claim_name(name, record)
    company.journal.entries = {(one[0], one[1]): _entry(*one) for one in kept["journal"]}


def _entry(entity: str, key: str, day: str, postings: list[list[Any]]) -> Entry:
    made = (Posting(account, Decimal(amount), Decimal(foreign)) for account, amount, foreign in postings)
    return Entry(entity, key, day, tuple(made))


def _restore_grants(grants: Grants, kept: Record) -> None:
    grants.refresh.clear()
    grants.access.clear()
    grants.codes.clear()
    by_number: dict[int, Grant] = {}
    for one in kept["grants"]:
        members = {name: one[name] for name in Grant.__dataclass_fields__ if name in one}
        for name in ("granted_at", "rotated_at", "refreshed_at"):
            members[name] = float(members[name])
        members["scopes"] = tuple(members["scopes"])
        grant = by_number.setdefault(one["grant"], Grant(**members))
        grants.refresh[one["token"]] = (grant, None if one["ends"] is None else float(one["ends"]))
    for token, number, expires_at in kept["access"]:
        grants.access[token] = Access(by_number[number], float(expires_at))
    for key, code in kept["codes"]:
        members = {**code, "scopes": tuple(code["scopes"]), "expires_at": float(code["expires_at"])}
        grants.codes[key] = Code(**members)


def _exact(value: Any) -> Any:
    """Whole numbers back to decimals, as the company's own arithmetic has them."""
    if isinstance(value, dict):
        return {name: _exact(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_exact(inner) for inner in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    return value
