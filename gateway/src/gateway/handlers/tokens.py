"""Who asks for a token: by secret, signed assertion, certificate or access key; and tokens taken back. No HTTP in it."""

import asyncio
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from functools import cache

from chassis.database import Database
from gateway.client_secrets import hash_secret, new_secret, secret_matches
from gateway.domain import client_assertion
from gateway.domain.client_assertion import NotProven
from gateway.domain.credentials import CLIENT_ID, Credential, Kind
from gateway.queries import credentials as queries
from gateway.queries import tokens as token_queries
from gateway.queries.credentials import Client

# Hashing a secret is made to be expensive: at most this many at once, or a flood of wrong secrets would take the machine.
_HASHING = 2


@cache
def _nobody() -> str:
    """What a wrong secret of nobody is held against: made when it is first needed, for it costs as much as a look."""
    return hash_secret(new_secret())


class ClientDesk:
    """Proves clients. What they may is read from the database each time: they come once in a token's life."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._proofs: dict[str, bytes] = {}
        self._proof_key = secrets.token_bytes(32)
        self._hashing = asyncio.Semaphore(_HASHING)

    async def by_secret(self, client_id: str, secret: str) -> Client | None:
        """The client, if the secret is one of its own. One that does not exist costs the time of a wrong secret."""
        client = await self._client(client_id)
        return await self._with_secret(client, client.of(Kind.SECRET) if client else (), secret)

    async def by_access_key(self, access_key: str, secret: str) -> Client | None:
        """The client that was given this AccessKey, if the SecretKey is its own."""
        async with self._database.begin() as uow:
            client = await queries.client_of_access_key(uow, access_key)
        kept = [one for one in client.of(Kind.ACCESS_KEY) if one.name == access_key] if client else []
        return await self._with_secret(client, kept, secret)

    async def by_assertion(self, assertion: str, audiences: Collection[str]) -> Client:
        """The client that signed the assertion, which is used up by it. Raises NotProven."""
        client = await self._client(client_assertion.claimed_client(assertion))
        keys: list[Mapping[str, str]] = [json.loads(one.value) for one in client.of(Kind.JWK)] if client else []
        good = client_assertion.proven(assertion, keys, audiences, int(time.time()))
        if client is None:  # no key, so nothing was proven: said for the type checker's sake
            raise NotProven("no key of this client verifies the assertion")
        async with self._database.begin() as uow:
            forget_at = datetime.fromtimestamp(good.forget_at, UTC)
            if not await token_queries.use_assertion(uow, client.id, good.jti, forget_at):
                raise NotProven("the assertion was used before: each needs a jti of its own")
            await uow.commit(None)
        return client

    async def by_certificate(self, client_id: str, thumbprint: str) -> Client | None:
        """The client, if the certificate it showed is one of its own."""
        client = await self._client(client_id)
        return client if client is not None and holds_certificate(client, thumbprint) else None

    async def _client(self, client_id: str) -> Client | None:
        if not CLIENT_ID.fullmatch(client_id):
            return None
        async with self._database.begin() as uow:
            return await queries.client(uow, client_id)

    async def _with_secret(self, client: Client | None, kept: Collection[Credential], secret: str) -> Client | None:
        # A secret found right before, of a hash that still counts, is not hashed again: a flood of wrong ones, which all
        # wait for that, keeps nobody waiting who has come before.
        if client is not None and self._is_proven(kept, secret):
            return client
        async with self._hashing:
            matching = await asyncio.to_thread(_matching, secret, [one.value for one in kept] or [_nobody()])
        if client is None or not kept or matching is None:
            return None
        self._proofs[matching] = self._proof(secret)
        return client

    def _is_proven(self, kept: Collection[Credential], secret: str) -> bool:
        proof = self._proof(secret)
        return any(hmac.compare_digest(self._proofs.get(one.value, b""), proof) for one in kept)

    def _proof(self, secret: str) -> bytes:
        return hashlib.blake2b(secret.encode(), key=self._proof_key).digest()


def holds_certificate(client: Client, thumbprint: str) -> bool:
    """Whether this certificate is one of the client's."""
    return any(one.value == thumbprint for one in client.of(Kind.CERTIFICATE))


async def revoke_token(database: Database, jti: str, client_id: str, expires_at: datetime) -> None:
    """Take a token back before its time."""
    async with database.begin() as uow:
        await token_queries.revoke(uow, jti, client_id, expires_at)
        await uow.commit(None)


def _matching(secret: str, kept: list[str]) -> str | None:
    return next((value for value in kept if secret_matches(secret, value)), None)
