"""Use cases of subsystems' credentials: declared, added, made, taken back. Rights are the routes' to check.

Whoever changes the credentials of a client holds its row until the end, so that two changes see each other: else two
revocations at once could each leave the other's as the last.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from chassis.clock import SystemClock
from chassis.database import UnitOfWork
from chassis.ids import new_id
from chassis.problems import FieldError, Text
from gateway.client_secrets import hash_secret, new_access_key, new_secret, secret_matches
from gateway.domain.credentials import (
    MOST_LIVE,
    Credential,
    DeclaredKey,
    Kind,
    Standing,
    UnusableCredential,
    is_the_last,
    normalised,
)
from gateway.problems.credentials import (
    ClientNotFound,
    CredentialNotFound,
    CredentialTaken,
    CredentialUnusable,
    LastCredential,
    TooManyCredentials,
)
from gateway.queries import credentials as queries

_machine = SystemClock()


@dataclass(frozen=True, slots=True)
class MadeSecret:
    """A new secret, to be shown this once; only its hash is kept."""

    credential: Credential
    secret: str = field(repr=False)


async def declare_keys(uow: UnitOfWork, client_id: str, keys: Iterable[DeclaredKey]) -> int:
    """Make these credentials of a client known, with these names and dates; how many were new or changed.

    For `partners.yaml`: part of its transaction, which it commits. What is known already and as it is said stays as it
    is; what is known and not named stays too, for it may have come another way; one taken back stays so.
    Raises ClientNotFound, CredentialUnusable, CredentialTaken (a certificate of another client).
    """
    known = await _held(uow, client_id)
    values = {(credential.kind, credential.value) for credential in known}
    changed = 0
    for key in keys:
        value = _normalised(key.kind, key.value)
        if (key.kind, value) in values:
            dates = (key.valid_from, key.valid_to)
            changed += await queries.redate(uow, client_id, key.kind, key.name, value, *dates)
        elif (
            await queries.add(uow, new_id(), client_id, key.kind, key.name, value, key.valid_from, key.valid_to)
            is not None
        ):
            changed += 1
        elif key.kind is Kind.CERTIFICATE and await _is_of_another(uow, client_id, value):
            raise CredentialTaken
    return changed


async def add_public_key(uow: UnitOfWork, client_id: str, key: DeclaredKey) -> Credential:
    """One more key or certificate. Raises the same, and TooManyCredentials; CredentialTaken if it was ever registered."""
    await _room_for_one(uow, client_id)
    value = _normalised(key.kind, key.value)
    added = await queries.add(uow, new_id(), client_id, key.kind, key.name, value, key.valid_from, key.valid_to)
    if added is None:
        raise CredentialTaken
    return await uow.commit(added)


async def make_secret(
    uow: UnitOfWork,
    client_id: str,
    *,
    access_key: bool = False,
    name: str = "",
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
) -> MadeSecret:
    """One more secret beside those that are valid; with `access_key`, under an AccessKey. Raises as above."""
    await _room_for_one(uow, client_id)
    secret = new_secret()
    kept = await asyncio.to_thread(hash_secret, secret)
    kind, name = (Kind.ACCESS_KEY, new_access_key()) if access_key else (Kind.SECRET, name)
    added = await queries.add(uow, new_id(), client_id, kind, name, kept, valid_from, valid_to)
    if added is None:
        raise CredentialTaken
    return await uow.commit(MadeSecret(added, secret))


async def keep_secret(uow: UnitOfWork, client_id: str, secret: str) -> None:
    """Let this secret, made elsewhere, be one of the client's; nothing to do if it is. Raises ClientNotFound."""
    held = await _held(uow, client_id)
    now = _machine.now()
    kept = [one.value for one in held if one.kind is Kind.SECRET and one.standing(now) is Standing.VALID]
    if not any([await asyncio.to_thread(secret_matches, secret, value) for value in kept]):
        await queries.add(
            uow, new_id(), client_id, Kind.SECRET, "", await asyncio.to_thread(hash_secret, secret), None, None
        )
    await uow.commit(None)


async def revoke(uow: UnitOfWork, credential_id: UUID, *, last: bool) -> None:
    """Take one back; once more changes nothing. Raises CredentialNotFound, LastCredential unless `last` says that it is meant."""
    credential = await queries.credential(uow, credential_id)
    if credential is None:
        raise CredentialNotFound
    held = await _held(uow, credential.client_id)
    still = [one for one in held if one.id == credential_id]
    if still and not last and is_the_last(still[0], held, _machine.now()):
        raise LastCredential(
            Text(
                "Thêm thông tin xác thực khác trước khi thu hồi, hoặc gọi với last=true",
                "Add another before it is taken back, or say last=true",
            )
        )
    await queries.revoke(uow, credential_id)
    await uow.commit(None)


async def _held(uow: UnitOfWork, client_id: str) -> list[Credential]:
    held = await queries.hold(uow, client_id)
    if held is None:
        raise ClientNotFound
    return held


async def _room_for_one(uow: UnitOfWork, client_id: str) -> None:
    if len(await _held(uow, client_id)) >= MOST_LIVE:
        raise TooManyCredentials(most=MOST_LIVE)


async def _is_of_another(uow: UnitOfWork, client_id: str, thumbprint: str) -> bool:
    holder = await queries.holder_of_certificate(uow, thumbprint)
    return holder is not None and holder != client_id


def _normalised(kind: Kind, value: str) -> str:
    try:
        return normalised(kind, value)
    except UnusableCredential as error:
        said = Text(error.vi, error.en)
        raise CredentialUnusable(errors=[FieldError(f"/{kind.value}", "credential", said)]) from None
