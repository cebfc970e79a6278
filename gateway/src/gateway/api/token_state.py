"""Routes of what becomes of a token: introspection and revocation (RFC 7662, RFC 7009). They decide nothing.

Answers and errors are the RFC's own, not problem details: OAuth libraries read them.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from chassis import problems
from chassis.auth import Public
from chassis.service import Running, Runtime
from gateway.api.client_authentication import FORM, NOT_STORED, Refused, client_of, form_of
from gateway.api.models.tokens import TokenRefusal, TokenStateView
from gateway.api.tokens import AUTHENTICATION, maker_of
from gateway.handlers.tokens import revoke_token
from gateway.problems.tokens import TokensUnavailable
from gateway.queries import credentials as queries
from gateway.queries.credentials import Client
from gateway.revocations import Revocations
from gateway.tokens import Token

INTROSPECT_SCOPE = "gateway:introspect"

router = APIRouter(prefix="/oauth2", tags=["tokens"])

Anyone = Annotated[None, Depends(Public())]

_REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"model": TokenRefusal, "description": "Refused (RFC 6749 §5.2)"},
    401: {"model": TokenRefusal, "description": "The client is not known, or did not prove itself"},
    **problems.responses(TokensUnavailable),
}
_TOKEN_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            FORM: {
                "schema": {
                    "type": "object",
                    "required": ["token"],
                    "properties": {
                        "token": {"type": "string"},
                        "token_type_hint": {"type": "string", "description": "Not looked at: there is one type"},
                        **AUTHENTICATION,
                    },
                },
                "example": {"token": "eyJhbGciOiJFZERTQSJ9…"},
            }
        },
    }
}


@router.post(
    "/introspect",
    operation_id="introspect-token",
    summary="Whether a token counts, and what it says (RFC 7662)",
    response_model=TokenStateView,
    responses=_REFUSALS,
    openapi_extra=_TOKEN_FORM,
)
async def introspect_token(_: Anyone, request: Request, runtime: Running) -> JSONResponse:
    """A client sees its own tokens; one with the scope `gateway:introspect` those of all. Of others it learns `active: false`."""
    try:
        client, token = await _asked(request, runtime)
    except Refused as refused:
        return refused.response()
    seen = token is not None and (token.client_id == client.id or INTROSPECT_SCOPE in client.scopes)
    if token is None or not seen or not await _counts(token, runtime):
        return JSONResponse({"active": False}, headers=NOT_STORED)
    return JSONResponse({"active": True, "token_type": "Bearer", **token.claims}, headers=NOT_STORED)


@router.post(
    "/revoke",
    operation_id="revoke-token",
    summary="Take a token back before its time (RFC 7009)",
    response_class=Response,
    responses={200: {"description": "It does not count any more, or never did"}, **_REFUSALS},
    openapi_extra=_TOKEN_FORM,
)
async def revoke_access_token(_: Anyone, request: Request, runtime: Running) -> Response:
    """A client takes back its own tokens. Refused at this process from now on, at the others within a second."""
    try:
        token = await _own_token(request, runtime)
    except Refused as refused:
        return refused.response()
    if token is not None:
        revocations: Revocations = runtime.extras["revocations"]
        await revoke_token(runtime.database, token.jti, token.client_id, token.expires_at)
        revocations.add(token.jti)
    return Response(status_code=200, headers=NOT_STORED)


async def _asked(request: Request, runtime: Runtime) -> tuple[Client, Token | None]:
    """Who asks about which token; None where it is none of ours, or has run out. Raises Refused."""
    maker = maker_of(runtime)
    form = await form_of(request)
    client = await client_of(request, runtime, form)
    if "token" not in form:
        raise Refused("invalid_request", "token is missing")
    return client, maker.read(form["token"])


async def _own_token(request: Request, runtime: Runtime) -> Token | None:
    client, token = await _asked(request, runtime)
    if token is not None and token.client_id != client.id:
        raise Refused("unauthorized_client", "The token was given to another client")
    return token


async def _counts(token: Token, runtime: Runtime) -> bool:
    revocations: Revocations = runtime.extras["revocations"]
    if token.jti in revocations:
        return False
    async with runtime.database.begin() as uow:
        client = await queries.client(uow, token.client_id)
    return client is not None and client.active
