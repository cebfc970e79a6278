"""Sign-in of staff at their OIDC issuer: authorization code flow with PKCE, state and nonce. It opens no session."""

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import jwt

from chassis.auth import Authenticator, Principal, jwks_source
from chassis.problems import Unauthorized, Unavailable
from chassis.telemetry.logging import get_logger
from gateway.settings import GatewaySettings

_log = get_logger("console")
_DISCOVERY_FRESH = 300  # seconds


class SignInFailed(Exception):
    """The issuer, or what came back from it, is not what a sign-in needs. `reason` is a word for the page and the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Asked:
    """What must be remembered between leaving for the issuer and coming back."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def anew(cls) -> "Asked":
        """Fresh values, beyond guessing."""
        return cls(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48))


@dataclass(frozen=True)
class _Provider:
    """The issuer, as its discovery document has it; endpoints of the back channel as this process reaches them."""

    authorize: str
    token: str
    authenticator: Authenticator
    read_at: float


class StaffIssuer:
    """The issuer that operators sign in at. Its discovery document is read when first needed, and every five minutes."""

    def __init__(self, settings: GatewaySettings) -> None:
        if settings.console_issuer is None:
            raise ValueError("the console has no issuer")
        self._settings = settings
        self._issuer = settings.console_issuer
        self._reached_at = (settings.console_issuer_url or self._issuer).rstrip("/")
        self._provider: _Provider | None = None

    @property
    def redirect_uri(self) -> str:
        """Where the issuer sends the browser back to."""
        return f"{self._settings.public_url.rstrip('/')}/console/callback"

    async def authorize_url(self, asked: Asked) -> str:
        """Where the browser goes to sign in. Raises SignInFailed."""
        provider = await self._discovered()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(asked.verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": self._settings.console_client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid",
            "state": asked.state,
            "nonce": asked.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            # A locked console that the issuer's own session would open again by itself were no lock.
            "prompt": "login",
        }
        if self._settings.console_acr is not None:
            query["acr_values"] = self._settings.console_acr
        return f"{provider.authorize}{'&' if '?' in provider.authorize else '?'}{urlencode(query)}"

    async def principal(self, code: str, asked: Asked) -> Principal:
        """Who signed in, from the code the browser brought back. Raises SignInFailed."""
        provider = await self._discovered()
        token = await self._id_token(provider, code, asked.verifier)
        try:
            principal = await provider.authenticator.principal(token)
        except (Unauthorized, Unavailable) as error:
            raise SignInFailed("id-token-not-valid") from error
        # Verified above: this only reads what a bearer token has no use for.
        claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
        if not secrets.compare_digest(str(claims.get("nonce", "")).encode(), asked.nonce.encode()):
            raise SignInFailed("nonce-differs")
        if self._settings.console_acr is not None and claims.get("acr") != self._settings.console_acr:
            raise SignInFailed("sign-in-too-weak")
        return principal

    async def _id_token(self, provider: _Provider, code: str, verifier: str) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "client_id": self._settings.console_client_id,
            "code_verifier": verifier,
        }
        secret = self._settings.console_client_secret
        auth = None
        if secret is not None:
            # RFC 6749 §2.3.1: both are form-encoded before they become Basic credentials.
            auth = (quote(self._settings.console_client_id, safe=""), quote(secret.get_secret_value(), safe=""))
        try:
            async with httpx.AsyncClient(timeout=10) as client:
                answer = await client.post(provider.token, data=form, auth=auth or httpx.USE_CLIENT_DEFAULT)
            answer.raise_for_status()
            token = answer.json()["id_token"]
        except httpx.HTTPStatusError as error:
            raise SignInFailed("code-refused") from error
        except (httpx.HTTPError, ValueError, LookupError, TypeError) as error:
            _log.warning("staff issuer out of reach", error_type=type(error).__name__)
            raise SignInFailed("issuer-out-of-reach") from error
        return str(token)

    async def _discovered(self) -> _Provider:
        known = self._provider
        if known is not None and time.monotonic() - known.read_at < _DISCOVERY_FRESH:
            return known
        try:
            async with httpx.AsyncClient(timeout=5) as client:
                answer = await client.get(f"{self._reached_at}/.well-known/openid-configuration")
            answer.raise_for_status()
            page = answer.json()
            if page["issuer"] != self._issuer:
                raise SignInFailed("issuer-differs")
            keys = jwks_source(self._inside(str(page["jwks_uri"])))
            authenticator = Authenticator({self._issuer: keys}, self._settings.console_client_id)
            self._provider = _Provider(
                str(page["authorization_endpoint"]),
                self._inside(str(page["token_endpoint"])),
                authenticator,
                time.monotonic(),
            )
        except (httpx.HTTPError, ValueError, LookupError, TypeError) as error:
            _log.warning("staff issuer out of reach", error_type=type(error).__name__)
            if known is not None:
                return known
            raise SignInFailed("issuer-out-of-reach") from error
        return self._provider

    def _inside(self, endpoint: str) -> str:
        """An endpoint as this process reaches it: the issuer's public address need not be one from in here."""
        issuer = self._issuer.rstrip("/")
        return self._reached_at + endpoint.removeprefix(issuer) if endpoint.startswith(issuer) else endpoint
