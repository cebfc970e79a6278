"""SQL of credentials and of the clients they are of. It decides nothing.

Whether a credential counts is held against the database's own clock, the machine's: the business clock may be moved.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from chassis.database import UnitOfWork
from gateway.domain.credentials import Credential, Kind

_COLUMNS = "c.id, c.client_id, c.kind, c.name, c.value, c.valid_from, c.valid_to, c.created_at, c.revoked_at"
_LIVE = "c.revoked_at IS NULL AND c.valid_from <= now() AND (c.valid_to IS NULL OR now() < c.valid_to)"
_CLIENT = (
    "SELECT s.client_id AS client, s.instance, s.member_class, s.member, s.code, s.scopes,"  # noqa: S608 - our own words
    " s.state = 'approved' AND m.state = 'approved' AS active,"
    " ARRAY(SELECT alias FROM member_code a WHERE (a.instance, a.member_class, a.code) = (m.instance, m.member_class, m.code))"
    f" AS aliases, {_COLUMNS}"
    " FROM subsystem s JOIN member m ON (m.instance, m.member_class, m.code) = (s.instance, s.member_class, s.member)"
    f" LEFT JOIN credential c ON c.client_id = s.client_id AND {_LIVE}"
)
_CLIENT_BY_ID = text(f"{_CLIENT} WHERE s.client_id = :client_id ORDER BY c.created_at DESC, c.id")
_CLIENT_BY_ACCESS_KEY = text(
    f"{_CLIENT} WHERE s.client_id = (SELECT client_id FROM credential WHERE kind = 'access-key' AND name = :access_key)"  # noqa: S608 - our own words
)
_OWNER_OF_CERTIFICATE = text(
    f"SELECT c.client_id FROM credential c WHERE c.kind = 'certificate' AND c.value = :thumbprint AND {_LIVE}"  # noqa: S608 - our own words
)
_HOLDER_OF_CERTIFICATE = text("SELECT client_id FROM credential WHERE kind = 'certificate' AND value = :thumbprint")
_ALL = text(
    f"SELECT {_COLUMNS} FROM credential c WHERE c.client_id = :client_id"  # noqa: S608 - our own words
    " AND (CAST(:after AS uuid) IS NULL OR c.id > :after) ORDER BY c.id LIMIT :most"
)
_ONE = text(f"SELECT {_COLUMNS} FROM credential c WHERE c.id = :id")  # noqa: S608 - our own words
_NOT_OVER = text(
    f"SELECT {_COLUMNS} FROM credential c WHERE c.client_id = :client_id AND c.revoked_at IS NULL"  # noqa: S608 - our own words
    " AND (c.valid_to IS NULL OR now() < c.valid_to)"
)
_HOLD = text("SELECT client_id FROM subsystem WHERE client_id = :client_id FOR NO KEY UPDATE")
_ADD = text(
    f"INSERT INTO credential AS c (id, client_id, kind, name, value, valid_from, valid_to)"  # noqa: S608 - our own words
    " VALUES (:id, :client_id, :kind, :name, :value, coalesce(CAST(:valid_from AS timestamptz), now()), :valid_to)"
    f" ON CONFLICT DO NOTHING RETURNING {_COLUMNS}"
)
_REDATE = text(
    "UPDATE credential SET name = :name, valid_from = coalesce(CAST(:valid_from AS timestamptz), valid_from),"
    " valid_to = :valid_to WHERE client_id = :client_id AND kind = :kind AND value = :value AND revoked_at IS NULL"
    " AND (name, valid_from, valid_to) IS DISTINCT FROM"
    " (:name, coalesce(CAST(:valid_from AS timestamptz), valid_from), CAST(:valid_to AS timestamptz)) RETURNING id"
)
_REVOKE = text("UPDATE credential SET revoked_at = now() WHERE id = :id AND revoked_at IS NULL")


@dataclass(frozen=True, slots=True)
class Client:
    """A subsystem as the token endpoint sees it, with the credentials that count at this moment."""

    id: str
    agency: str
    codes: frozenset[str]
    subsystem: str
    scopes: frozenset[str]
    active: bool
    credentials: tuple[Credential, ...]

    def of(self, kind: Kind) -> tuple[Credential, ...]:
        """Its credentials of one kind."""
        return tuple(credential for credential in self.credentials if credential.kind is kind)


async def client(uow: UnitOfWork, client_id: str) -> Client | None:
    """The client of that id."""
    return _client((await uow.execute(_CLIENT_BY_ID, {"client_id": client_id})).all())


async def client_of_access_key(uow: UnitOfWork, access_key: str) -> Client | None:
    """The client that was given this access key."""
    return _client((await uow.execute(_CLIENT_BY_ACCESS_KEY, {"access_key": access_key})).all())


async def owner_of_certificate(uow: UnitOfWork, thumbprint: str) -> str | None:
    """Id of the client whose certificate this is, while it counts."""
    owner: str | None = (await uow.execute(_OWNER_OF_CERTIFICATE, {"thumbprint": thumbprint})).scalar_one_or_none()
    return owner


async def holder_of_certificate(uow: UnitOfWork, thumbprint: str) -> str | None:
    """Id of the client it was ever registered for, whether it counts or not."""
    return (await uow.execute(_HOLDER_OF_CERTIFICATE, {"thumbprint": thumbprint})).scalar_one_or_none()


async def credentials(uow: UnitOfWork, client_id: str, after: UUID | None, most: int) -> list[Credential]:
    """All of a client, those that are over too, oldest first."""
    rows = await uow.execute(_ALL, {"client_id": client_id, "after": after, "most": most})
    return [_credential(row) for row in rows]


async def credential(uow: UnitOfWork, credential_id: UUID) -> Credential | None:
    """One of them."""
    row = (await uow.execute(_ONE, {"id": credential_id})).one_or_none()
    return _credential(row) if row is not None else None


async def hold(uow: UnitOfWork, client_id: str) -> list[Credential] | None:
    """Those of a client that are valid or waiting, none other changing them until this ends; None if there is no such client."""
    if (await uow.execute(_HOLD, {"client_id": client_id})).one_or_none() is None:
        return None
    return [_credential(row) for row in await uow.execute(_NOT_OVER, {"client_id": client_id})]


async def add(
    uow: UnitOfWork,
    credential_id: UUID,
    client_id: str,
    kind: Kind,
    name: str,
    value: str,
    valid_from: datetime | None,
    valid_to: datetime | None,
) -> Credential | None:
    """Keep a new one; None if it is there already, whoever's it is."""
    parameters = {
        "id": credential_id,
        "client_id": client_id,
        "kind": kind.value,
        "name": name,
        "value": value,
        "valid_from": valid_from,
        "valid_to": valid_to,
    }
    row = (await uow.execute(_ADD, parameters)).one_or_none()
    return _credential(row) if row is not None else None


async def redate(
    uow: UnitOfWork,
    client_id: str,
    kind: Kind,
    name: str,
    value: str,
    valid_from: datetime | None,
    valid_to: datetime | None,
) -> bool:
    """Give a known one these dates and this name; whether anything changed."""
    parameters = {
        "client_id": client_id,
        "kind": kind.value,
        "name": name,
        "value": value,
        "valid_from": valid_from,
        "valid_to": valid_to,
    }
    return (await uow.execute(_REDATE, parameters)).one_or_none() is not None


async def revoke(uow: UnitOfWork, credential_id: UUID) -> None:
    """It does not count from now on."""
    await uow.execute(_REVOKE, {"id": credential_id})


def _client(rows: Sequence[Row[Any]]) -> Client | None:
    if not rows:
        return None
    first = rows[0]
    return Client(
        first.client,
        first.member,
        frozenset({first.member, *first.aliases}),
        f"{first.instance}/{first.member_class}/{first.member}/{first.code}",
        frozenset(first.scopes),
        first.active,
        tuple(_credential(row) for row in rows if row.id is not None),
    )


def _credential(row: Row[Any]) -> Credential:
    return Credential(
        row.id,
        row.client_id,
        Kind(row.kind),
        row.name,
        row.value,
        row.valid_from,
        row.valid_to,
        row.created_at,
        row.revoked_at,
    )
