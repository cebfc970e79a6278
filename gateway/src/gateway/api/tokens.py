"""Routes by which agencies' systems get access tokens: RFC 6749 client credentials, JWKS, RFC 8414 metadata.

Answers and errors of the token endpoint are the RFC's own, not problem details: OAuth libraries read them.
"""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from chassis import problems
from chassis.auth import ALGORITHMS, Public
from chassis.certificates import thumbprint
from chassis.service import Running, Runtime
from gateway.api.client_authentication import FORM, METHODS, NOT_STORED, Refused, client_of, form_of, token_endpoint
from gateway.api.models.tokens import TokenRefusal, TokenView
from gateway.handlers.tokens import holds_certificate
from gateway.problems.tokens import TokensUnavailable
from gateway.queries.credentials import Client
from gateway.quotas import Quotas
from gateway.settings import settings_of
from gateway.tokens import TokenMaker

router = APIRouter(tags=["tokens"])

Anyone = Annotated[None, Depends(Public())]

AUTHENTICATION = {
    "client_id": {"type": "string", "description": "Where HTTP Basic is not used"},
    "client_secret": {"type": "string", "description": "client_secret_post"},
    "client_assertion": {"type": "string", "description": "private_key_jwt: a JWT signed with the client's key"},
    "client_assertion_type": {"const": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
}
"""How a client proves itself in the form, for the API's documents."""


@router.post(
    "/oauth2/token",
    operation_id="issue-token",
    summary="Get an access token (OAuth 2.0 client credentials)",
    response_model=TokenView,
    responses={
        400: {"model": TokenRefusal, "description": "Refused (RFC 6749 §5.2)"},
        401: {"model": TokenRefusal, "description": "The client is not known, or did not prove itself"},
        429: {"model": TokenRefusal, "description": "Tokens are asked for too often; see Retry-After"},
        **problems.responses(TokensUnavailable),
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                FORM: {
                    "schema": {
                        "type": "object",
                        "required": ["grant_type"],
                        "properties": {
                            "grant_type": {"const": "client_credentials"},
                            "scope": {
                                "type": "string",
                                "description": "Separated by spaces; without it all that were granted",
                            },
                            **AUTHENTICATION,
                        },
                    },
                    "example": {"grant_type": "client_credentials", "scope": "submission:read"},
                }
            },
        }
    },
)
async def issue_token(_: Anyone, request: Request, runtime: Running) -> JSONResponse:
    """The client proves itself by secret (HTTP Basic or in the form), by an assertion it signed, or by its TLS certificate.

    Over a connection on which the client showed one of its certificates, the token is bound to that certificate.
    """
    maker = maker_of(runtime)
    try:
        form = await form_of(request)
        client = await client_of(request, runtime, form)
        # After the client has proved itself, or anyone could use up another's quota.
        headers = await _allowed(client, runtime)
        scopes = _granted(client, form)
    except Refused as refused:
        return refused.response()
    view = token_for(client, scopes, request, maker)
    return JSONResponse(view.model_dump(), headers={**NOT_STORED, **headers})


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
    """A JWK Set (RFC 7517): the key that signs, and those that will sign or have signed; empty where no tokens are given out."""
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
    authentication = {
        f"{endpoint}_endpoint_auth_{name}": list(values)
        for endpoint in ("token", "introspection", "revocation")
        for name, values in (("methods_supported", METHODS), ("signing_alg_values_supported", ALGORITHMS))
    }
    return JSONResponse(
        {
            "issuer": settings.token_issuer,
            "token_endpoint": token_endpoint(settings),
            "introspection_endpoint": f"{origin}/oauth2/introspect",
            "revocation_endpoint": f"{origin}/oauth2/revoke",
            "jwks_uri": f"{origin}/.well-known/jwks.json",
            "grant_types_supported": ["client_credentials"],
            "response_types_supported": [],
            **authentication,
            "tls_client_certificate_bound_access_tokens": True,
            "service_documentation": f"{origin}/docs",
        }
    )


def maker_of(runtime: Runtime) -> TokenMaker:
    """What makes tokens here. Raises TokensUnavailable."""
    maker: TokenMaker | None = runtime.extras["tokens"]
    if maker is None:
        raise TokensUnavailable
    return maker


def token_for(client: Client, scopes: frozenset[str], request: Request, maker: TokenMaker) -> TokenView:
    """A token, bound to the certificate the client showed if that is one of its own."""
    shown = thumbprint(request.scope)
    bound = shown if shown is not None and holds_certificate(client, shown) else None
    token = maker.access_token(client, scopes, certificate=bound)
    return TokenView(access_token=token, expires_in=maker.seconds, scope=" ".join(sorted(scopes)))


async def _allowed(client: Client, runtime: Runtime) -> Mapping[str, str]:
    """What the answer says of the client's quota. Raises Refused."""
    quotas: Quotas = runtime.extras["quotas"]
    allowance = await quotas.take_token(client.id)
    if not allowance.allowed:
        raise Refused("temporarily_unavailable", "Tokens are asked for too often: keep one", allowance.headers)
    return allowance.headers


def _granted(client: Client, form: Mapping[str, str]) -> frozenset[str]:
    """The scopes it gets. Raises Refused."""
    if "grant_type" not in form:
        raise Refused("invalid_request", "grant_type is missing")
    if form["grant_type"] != "client_credentials":
        raise Refused("unsupported_grant_type", "Only client_credentials is supported")
    if "scope" not in form:
        return client.scopes
    scopes = frozenset(form["scope"].split(" "))
    if not scopes <= client.scopes:
        raise Refused("invalid_scope", "The client was not granted every scope it asks for")
    return scopes
