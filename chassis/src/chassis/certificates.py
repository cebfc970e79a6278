"""Which certificate a client showed: over TLS that ends here, or said by a trusted proxy (RFC 9440). It says nobody's rights.

Whoever ends the TLS has checked the certificate's chain; here it is only known again, by its thumbprint. It stands in the
scope where ASGI's TLS extension has it: `scope["extensions"]["tls"]["client_cert_chain"]`, the client's own first.
"""

import base64
import binascii
import hashlib
import re
import ssl
from functools import lru_cache

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

HEADERS = frozenset({b"client-cert", b"client-cert-chain"})
# A byte sequence of RFC 8941: base64 between colons.
_BYTES = re.compile(rb":([A-Za-z0-9+/]{1,20000}={0,2}):")


def show(scope: Scope, der: bytes) -> None:
    """Note in the scope that the client has proved to hold this certificate."""
    pem = ssl.DER_cert_to_PEM_cert(der)
    scope["extensions"] = {**scope.get("extensions", {}), "tls": {"client_cert_chain": (pem,)}}


def thumbprint(scope: Scope) -> str | None:
    """The client's certificate as RFC 8705 names it (SHA-256, base64url); None if it showed none."""
    chain = ((scope.get("extensions") or {}).get("tls") or {}).get("client_cert_chain") or ()
    return thumbprint_of(chain[0]) if chain else None


@lru_cache(maxsize=1024)
def thumbprint_of(pem: str) -> str:
    """The thumbprint of a certificate in PEM. Raises ValueError."""
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


class BehindProxy:
    """What a trusted proxy says of the client, taken from it alone: the address, the scheme and, if asked, the certificate."""

    def __init__(self, app: ASGIApp, trusted: str, *, certificates: bool) -> None:
        self._certificates = certificates
        self._app = ProxyHeadersMiddleware(app, trusted)  # type: ignore[arg-type]  # uvicorn has its own names for ASGI

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # First of all, since afterwards the peer is no longer to be seen: `client` is then who the proxy says it is.
        if scope["type"] == "http":
            peer = (scope.get("client") or ("",))[0]
            said = [value for name, value in scope["headers"] if name == b"client-cert"]
            scope = without_certificate(scope)
            if self._certificates and peer in self._app.trusted_hosts and len(said) == 1:
                _take(scope, said[0])
        await self._app(scope, receive, send)  # type: ignore[arg-type]  # as above


def without_certificate(scope: Scope) -> Scope:
    """The request without the headers in which a proxy names certificates; the same object if there are none."""
    if not any(name in HEADERS for name, _ in scope["headers"]):
        return scope
    return {**scope, "headers": [pair for pair in scope["headers"] if pair[0] not in HEADERS]}


def _take(scope: Scope, value: bytes) -> None:
    """Note the certificate of a header; what is not one is as if nothing had been said."""
    match = _BYTES.fullmatch(value.strip())
    if match is not None:
        try:
            show(scope, base64.b64decode(match[1], validate=True))
        except binascii.Error:
            return
