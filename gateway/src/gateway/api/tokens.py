"""Routes by which agencies' systems get access tokens: RFC 6749 client credentials, JWKS, RFC 8414 metadata.

Answers and errors of the token endpoint are the RFC's own, not problem details: OAuth libraries read them.
"""

import asyncio
import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import parse_qsl, unquote_plus

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from chassis import problems
from chassis.auth import Public
from chassis.service import Running, Runtime
from gateway.api.models import TokenRefusal, TokenView
from gateway.clients import Client, ClientBook
from gateway.problems import TokensUnavailable
from gateway.settings import settings_of
from gateway.tokens import TokenMaker

router = APIRouter(tags=["tokens"])

Anyone = Annotated[None, Depends(Public())]

_FORM = "application/x-www-form-urlencoded"
_NOT_STORED = {"Cache-Control": "no-store", "Pragma": "no-cache"}
# Hashing a secret is made to be expensive: at most this many at once, or a flood of wrong secrets would take the machine.
_HASHING = asyncio.Semaphore(2)


class Refused(Exception):
    """No token. `error` is one of RFC 6749 §5.2."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(error)
        self.error = error
        self.description = description

    def response(self) -> JSONResponse:
        """400, or 401 with the challenge where the client could not be authenticated."""
        unknown = self.error == "invalid_client"
        headers = {**_NOT_STORED, **({"WWW-Authenticate": 'Basic realm="lienthong"'} if unknown else {})}
        body = TokenRefusal(error=self.error, error_description=self.description)
        return JSONResponse(body.model_dump(), 401 if unknown else 400, headers)


@dataclass(frozen=True)
class Credentials:
    """Who a client says it is."""

    client_id: str
    secret: str


@router.post(
    "/oauth2/token",
    operation_id="issue-token",
    summary="Get an access token (OAuth 2.0 client credentials)",
    response_model=TokenView,
    responses={
        400: {"model": TokenRefusal, "description": "Refused (RFC 6749 §5.2)"},
        401: {"model": TokenRefusal, "description": "The client is not known, or its secret is wrong"},
        **problems.responses(TokensUnavailable),
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                _FORM: {
                    "schema": {
                        "type": "object",
                        "required": ["grant_type"],
                        "properties": {
                            "grant_type": {"const": "client_credentials"},
                            "scope": {
                                "type": "string",
                                "description": "Separated by spaces; without it all that were granted",
                            },
                            "client_id": {"type": "string", "description": "Where HTTP Basic is not used"},
                            "client_secret": {"type": "string", "description": "Where HTTP Basic is not used"},
                        },
                    },
                    "example": {"grant_type": "client_credentials", "scope": "submission:read"},
                }
            },
        }
    },
)
async def issue_token(_: Anyone, request: Request, runtime: Running) -> JSONResponse:
    """The client authenticates by HTTP Basic (`client_secret_basic`) or in the form (`client_secret_post`)."""
    maker: TokenMaker | None = runtime.extras["tokens"]
    if maker is None:
        raise TokensUnavailable
    try:
        client, scopes = await _granted(request, runtime)
    except Refused as refused:
        return refused.response()
    view = TokenView(
        access_token=maker.access_token(client, scopes), expires_in=maker.seconds, scope=" ".join(sorted(scopes))
    )
    return JSONResponse(view.model_dump(), headers=_NOT_STORED)


@router.get(
    "/.well-known/jwks.json",
    operation_id="get-jwks",
    summary="Public keys of the access tokens",
    responses={
        200: {
            "content": {"application/json": {"example": {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYK…"}]}}}
        }
    },
)
async def get_jwks(_: Anyone, runtime: Running) -> JSONResponse:
    """A JWK Set (RFC 7517); empty where no tokens are given out."""
    maker: TokenMaker | None = runtime.extras["tokens"]
    return JSONResponse(maker.jwks() if maker else {"keys": []}, headers={"Cache-Control": "public, max-age=300"})


@router.get(
    "/.well-known/oauth-authorization-server",
    operation_id="get-authorization-server",
    summary="What the token endpoint can do (RFC 8414)",
    responses={200: {"content": {"application/json": {"example": {"issuer": "http://127.0.0.1:8080"}}}}},
)
async def get_metadata(_: Anyone, runtime: Running) -> JSONResponse:
    """Metadata for OAuth libraries."""
    settings = settings_of(runtime)
    origin = settings.public_url.rstrip("/")
    return JSONResponse(
        {
            "issuer": settings.token_issuer,
            "token_endpoint": f"{origin}/oauth2/token",
            "jwks_uri": f"{origin}/.well-known/jwks.json",
            "grant_types_supported": ["client_credentials"],
            "response_types_supported": [],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "service_documentation": f"{origin}/docs",
        }
    )


async def _granted(request: Request, runtime: Runtime) -> tuple[Client, frozenset[str]]:
    """Who asks, and what it gets. Raises Refused."""
    form = await _form(request)
    client = await _client(runtime, _credentials(request.headers.get("authorization"), form))
    if "grant_type" not in form:
        raise Refused("invalid_request", "grant_type is missing")
    if form["grant_type"] != "client_credentials":
        raise Refused("unsupported_grant_type", "Only client_credentials is supported")
    return client, _scopes(client, form.get("scope"))


async def _form(request: Request) -> Mapping[str, str]:
    """The form's parameters; those without a value count as left out (RFC 6749 §3.2)."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise Refused("invalid_request", f"The body must be {_FORM}")
    try:
        body = (await request.body()).decode()
        pairs = parse_qsl(body, strict_parsing=bool(body), errors="strict", max_num_fields=20)
    except ValueError:  # UnicodeDecodeError is one
        raise Refused("invalid_request", "The body is not a form in UTF-8") from None
    if len({name for name, _ in pairs}) < len(pairs):
        raise Refused("invalid_request", "A parameter is given more than once")
    return dict(pairs)


def _credentials(authorization: str | None, form: Mapping[str, str]) -> Credentials:
    """From the header or the form, never from both (RFC 6749 §2.3)."""
    in_form = "client_secret" in form
    if authorization is None:
        if "client_id" not in form or not in_form:
            raise Refused("invalid_client", "The client did not authenticate itself")
        return Credentials(form["client_id"], form["client_secret"])
    if in_form:
        raise Refused("invalid_request", "Authenticate by HTTP Basic or in the form, not by both")
    scheme, _, encoded = authorization.partition(" ")
    try:
        client_id, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        colon = ""
    if scheme.lower() != "basic" or not colon:
        raise Refused("invalid_client", "The Authorization header is not HTTP Basic")
    credentials = Credentials(unquote_plus(client_id), unquote_plus(secret))
    if form.get("client_id", credentials.client_id) != credentials.client_id:
        raise Refused("invalid_request", "client_id in the form is another than in the header")
    return credentials


async def _client(runtime: Runtime, credentials: Credentials) -> Client:
    book: ClientBook = runtime.extras["clients"]
    if (client := book.proven(credentials.client_id, credentials.secret)) is not None:
        return client
    async with _HASHING:
        client = await asyncio.to_thread(book.authenticated, credentials.client_id, credentials.secret)
    if client is None:
        raise Refused("invalid_client", "The client is not known, or its secret is wrong")
    return client


def _scopes(client: Client, asked: str | None) -> frozenset[str]:
    if asked is None:
        return client.scopes
    scopes = frozenset(asked.split(" "))
    if not scopes <= client.scopes:
        raise Refused("invalid_scope", "The client was not granted every scope it asks for")
    return scopes
