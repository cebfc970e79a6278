"""How a client proves itself at /oauth2: HTTP Basic, form, signed assertion or certificate (RFC 6749, 7523, 8705). It decides no right.

Errors are the RFC's own, not problem details: OAuth libraries read them.
"""

import base64
import binascii
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote_plus

from fastapi import Request
from fastapi.responses import JSONResponse

from chassis.certificates import thumbprint
from chassis.service import Runtime
from gateway.api.models.tokens import TokenRefusal
from gateway.domain import client_assertion
from gateway.domain.client_assertion import NotProven
from gateway.handlers.tokens import ClientDesk
from gateway.queries.credentials import Client
from gateway.settings import GatewaySettings, settings_of

METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt", "tls_client_auth")
FORM = "application/x-www-form-urlencoded"
NOT_STORED = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_STATUS = {"invalid_client": 401, "temporarily_unavailable": 429}


class Refused(Exception):
    """Not done. `error` is one of RFC 6749 §5.2."""

    def __init__(self, error: str, description: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(error)
        self.error = error
        self.description = description
        self.headers = headers or {}

    def response(self) -> JSONResponse:
        """400, or 401 with the challenge where the client could not be authenticated."""
        challenge = {"WWW-Authenticate": 'Basic realm="lienthong"'} if self.error == "invalid_client" else {}
        body = TokenRefusal(error=self.error, error_description=self.description)
        headers = {**NOT_STORED, **challenge, **self.headers}
        return JSONResponse(body.model_dump(), _STATUS.get(self.error, 400), headers)


def token_endpoint(settings: GatewaySettings) -> str:
    """The public address of the token endpoint."""
    return f"{settings.public_url.rstrip('/')}/oauth2/token"


async def form_of(request: Request) -> Mapping[str, str]:
    """The form's parameters; those without a value count as left out (RFC 6749 §3.2). Raises Refused."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise Refused("invalid_request", f"The body must be {FORM}")
    try:
        body = (await request.body()).decode()
        pairs = parse_qsl(body, strict_parsing=bool(body), errors="strict", max_num_fields=20)
    except ValueError:  # UnicodeDecodeError is one
        raise Refused("invalid_request", "The body is not a form in UTF-8") from None
    if len({name for name, _ in pairs}) < len(pairs):
        raise Refused("invalid_request", "A parameter is given more than once")
    return dict(pairs)


async def client_of(request: Request, runtime: Runtime, form: Mapping[str, str]) -> Client:
    """Who asks, proven by exactly one of the methods (RFC 6749 §2.3) and approved to connect. Raises Refused."""
    desk: ClientDesk = runtime.extras["clients"]
    authorization = request.headers.get("authorization")
    given = [authorization is not None, "client_secret" in form, "client_assertion" in form]
    if sum(given) > 1:
        raise Refused("invalid_request", "Authenticate in one way, not in several")
    if "client_assertion" in form:
        client = await _by_assertion(desk, runtime, form)
    elif any(given):
        client_id, secret = _secret_of(authorization, form)
        found = await desk.by_secret(client_id, secret)
        if found is None:
            raise Refused("invalid_client", "The client is not known, or its secret is wrong")
        client = found
    else:
        client = await _by_certificate(desk, request, form)
    if not client.active:
        raise Refused("unauthorized_client", "The subsystem is not approved to connect, or suspended")
    return client


async def _by_assertion(desk: ClientDesk, runtime: Runtime, form: Mapping[str, str]) -> Client:
    if form.get("client_assertion_type") != client_assertion.TYPE:
        raise Refused("invalid_request", f"client_assertion_type must be {client_assertion.TYPE}")
    settings = settings_of(runtime)
    try:
        client = await desk.by_assertion(form["client_assertion"], {settings.token_issuer, token_endpoint(settings)})
    except NotProven as error:
        raise Refused("invalid_client", f"Not authenticated: {error.reason}") from None
    if form.get("client_id", client.id) != client.id:
        raise Refused("invalid_request", "client_id in the form is another than in the assertion")
    return client


async def _by_certificate(desk: ClientDesk, request: Request, form: Mapping[str, str]) -> Client:
    shown = thumbprint(request.scope)
    if "client_id" not in form or shown is None:
        raise Refused("invalid_client", "The client did not authenticate itself")
    client = await desk.by_certificate(form["client_id"], shown)
    if client is None:
        raise Refused("invalid_client", "The client is not known, or its certificate is not registered")
    return client


def _secret_of(authorization: str | None, form: Mapping[str, str]) -> tuple[str, str]:
    """Client id and secret, from the header or the form."""
    if authorization is None:
        if "client_id" not in form:
            raise Refused("invalid_client", "The client did not authenticate itself")
        return form["client_id"], form["client_secret"]
    scheme, _, encoded = authorization.partition(" ")
    try:
        client_id, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        client_id, colon, secret = "", "", ""
    if scheme.lower() != "basic" or not colon:
        raise Refused("invalid_client", "The Authorization header is not HTTP Basic")
    client_id = unquote_plus(client_id)
    if form.get("client_id", client_id) != client_id:
        raise Refused("invalid_request", "client_id in the form is another than in the header")
    return client_id, unquote_plus(secret)
