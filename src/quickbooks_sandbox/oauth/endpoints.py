"""Intuit's OAuth addresses on one base URL: token, revoke, userinfo and discovery (reference 2.1, 2.4-2.9)."""

from __future__ import annotations

import asyncio
import base64
import binascii
from typing import Any
from urllib.parse import parse_qs

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from quickbooks_sandbox.answers import Answers
from quickbooks_sandbox.oauth import identity
from quickbooks_sandbox.oauth.grants import Client, Grants, OAuthRefused, TokenRefused, Tokens

Record = dict[str, Any]
HARD_EXPIRY_HEADER = "x-include-refresh-token-hard-expires-in"


class TokenEndpoints:
    """The machine-to-machine half of OAuth."""

    def __init__(self, grants: Grants, writer: Answers) -> None:
        self._grants = grants
        self._answers = writer
        self._signer = identity.Signer()

    def routes(self) -> list[Route]:
        """Where Intuit's clients look for them; both discovery documents are served."""
        return [
            Route("/oauth2/v1/tokens/bearer", self._bearer, methods=["POST"]),
            Route("/v2/oauth2/tokens/revoke", self._revoke, methods=["POST"]),
            Route("/v1/openid_connect/userinfo", self._userinfo, methods=["GET"]),
            Route("/op/v1/jwks", self._keys, methods=["GET"]),
            Route("/.well-known/openid_configuration", self._discovery, methods=["GET"]),
            Route("/.well-known/openid_sandbox_configuration", self._discovery, methods=["GET"]),
        ]

    async def _bearer(self, request: Request) -> Response:
        try:
            form = _form(await request.body())
            client = self._client(request, form)
            tokens = await self._tokens(client, form)
        except OAuthRefused as refused:
            return self._refusal(refused)
        body: Record = {
            "token_type": "bearer",
            "expires_in": 3600,
            "refresh_token": tokens.refresh_token,
            "x_refresh_token_expires_in": tokens.refresh_expires_in,
            "access_token": tokens.access_token,
        }
        if "openid" in tokens.scopes:
            grant = self._grants.check(tokens.access_token)
            body["id_token"] = self._signer.id_token(
                issuer=_issuer(request),
                client_id=client.client_id,
                realm_id=grant.realm_id,
                email=grant.email,
                at=self._grants.clock.now().timestamp(),
            )
        if request.headers.get(HARD_EXPIRY_HEADER, "").lower() == "true":
            body["x_refresh_token_hard_expires_in"] = tokens.hard_expires_in
        return self._answers.json(self._answers.encode(body))

    async def _tokens(self, client: Client, form: dict[str, str]) -> Tokens:
        kind = form.get("grant_type", "")
        if kind == "authorization_code":
            return self._grants.exchange(
                client.client_id, _needed(form, "code"), _needed(form, "redirect_uri")
            )
        if kind == "refresh_token":
            token = _needed(form, "refresh_token")
            with self._grants.renewing(token):
                await asyncio.sleep(self._grants.behaviour.refresh_seconds)
                return self._grants.renew(client.client_id, token)
        raise OAuthRefused("unsupported_grant_type" if kind else "invalid_request")

    async def _revoke(self, request: Request) -> Response:
        body = await request.body()
        try:
            client = self._client(request, _form(body))
            if not self._grants.revoke(client.client_id, _token_to_revoke(body)):
                raise OAuthRefused("invalid_request", "Token invalid")
        except OAuthRefused as refused:
            return self._refusal(refused)
        return self._answers.json(b"")

    async def _userinfo(self, request: Request) -> Response:
        token = request.headers.get("authorization", "").partition(" ")[2].strip()
        now = self._grants.clock.now()
        try:
            grant = self._grants.check(token)
        except TokenRefused as refused:
            return self._answers.gateway("3200", "AuthenticationFailed", 401, str(refused), now)
        if "openid" not in grant.scopes:
            return self._answers.gateway("3100", "ApplicationAuthorizationFailed", 403, None, now)
        return self._answers.json(self._answers.encode(identity.told(grant.scopes, grant.email)))

    async def _keys(self, _: Request) -> Response:
        return self._answers.json(self._answers.encode(self._signer.key_set()))

    async def _discovery(self, request: Request) -> Response:
        base = _base(request)
        body: Record = {
            "issuer": _issuer(request),
            "authorization_endpoint": f"{base}/connect/oauth2",
            "token_endpoint": f"{base}/oauth2/v1/tokens/bearer",
            "userinfo_endpoint": f"{base}/v1/openid_connect/userinfo",
            "revocation_endpoint": f"{base}/v2/oauth2/tokens/revoke",
            "jwks_uri": f"{base}/op/v1/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": ["openid", "email", "profile", "address", "phone"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "claims_supported": ["aud", "exp", "iat", "iss", "realmid", "sub"],
        }
        return self._answers.json(self._answers.encode(body))

    def _client(self, request: Request, form: dict[str, str]) -> Client:
        """The client that a request proves to be, by Basic header or in the form.

        Raises:
            OAuthRefused: invalid_client.
        """
        header = request.headers.get("authorization", "")
        if header.lower().startswith("basic "):
            try:
                name, _, secret = base64.b64decode(header[6:].strip(), validate=True).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                raise OAuthRefused("invalid_client", status=401) from None
        else:
            name, secret = form.get("client_id", ""), form.get("client_secret", "")
        client = self._grants.clients.get(name)
        if client is None or client.client_secret != secret:
            raise OAuthRefused("invalid_client", status=401)
        return client

    def _refusal(self, refused: OAuthRefused) -> Response:
        body = {"error": refused.error}
        if refused.description:
            body["error_description"] = refused.description
        return self._answers.json(self._answers.encode(body), refused.status)


def _base(request: Request) -> str:
    return str(request.base_url).rstrip("/")


def _issuer(request: Request) -> str:
    return f"{_base(request)}/op/v1"


def _form(body: bytes) -> dict[str, str]:
    try:
        return {name: values[-1] for name, values in parse_qs(body.decode(), keep_blank_values=True).items()}
    except UnicodeDecodeError:
        raise OAuthRefused("invalid_request") from None


def _needed(form: dict[str, str], name: str) -> str:
    if not form.get(name):
        raise OAuthRefused("invalid_request")
    return form[name]


def _token_to_revoke(body: bytes) -> str:
    """The token of a revoke request, sent as JSON or as a form."""
    if body.lstrip().startswith(b"{"):
        try:
            data = msgspec.json.decode(body)
        except msgspec.DecodeError:
            raise OAuthRefused("invalid_request") from None
        token = data.get("token") if isinstance(data, dict) else None
        if not isinstance(token, str) or not token:
            raise OAuthRefused("invalid_request")
        return token
    return _needed(_form(body), "token")
