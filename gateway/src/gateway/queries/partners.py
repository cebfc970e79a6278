"""SQL that reads the registry: one picture of all of it, single registrations, pages of lists. It decides nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import text

from chassis.database import UnitOfWork
from gateway.domain.partners import (
    Grant,
    Group,
    Member,
    MemberId,
    MessageLogPolicy,
    Registry,
    Service,
    ServiceId,
    State,
    Subsystem,
    SubsystemId,
    Upstream,
)

Item = TypeVar("Item")
Row = Mapping[str, Any]

_MEMBERS = (
    "SELECT m.instance, m.member_class, m.code, m.name, m.state, m.version, m.changed_at, NULL AS contact,"
    " ARRAY(SELECT c.alias FROM member_code c WHERE c.instance = m.instance AND c.member_class = m.member_class"
    " AND c.code = m.code) AS codes FROM member m"
)
_SUBSYSTEMS = (
    "SELECT s.instance, s.member_class, s.member, s.code, s.name, s.client_id, s.scopes, s.state, s.version, s.changed_at,"
    " s.contact, ARRAY(SELECT g.group_name FROM partner_group_member g WHERE g.instance = s.instance"
    " AND g.member_class = s.member_class AND g.member = s.member AND g.subsystem = s.code) AS groups FROM subsystem s"
)
_SERVICES = (
    "SELECT s.instance, s.member_class, s.member, s.subsystem, s.code, s.title, s.upstream, s.address, s.log, s.personal,"
    " s.person_at, s.scope, s.openapi, s.timeout_seconds, s.request_bytes, s.per_second, s.per_day, s.legal_basis, s.state,"
    " s.version, s.changed_at, NULL AS contact FROM service s"
)
_GROUPS = "SELECT g.name, g.description, g.version, NULL AS changed_at, NULL AS contact FROM partner_group g"
_GRANTS = (
    "SELECT g.id, g.instance, g.member_class, g.member, g.subsystem, g.service, g.to_instance, g.to_member_class,"
    " g.to_member, g.to_subsystem, g.to_group, g.method, g.path, g.fields, g.valid_from, g.valid_to, g.legal_basis,"
    " g.request_id, g.granted_at, g.granted_by, g.revoked_at, g.revoked_by, g.revocation_reason, g.version"
    " FROM access_grant g"
)
_REVISION = text("SELECT revision FROM registry_revision")
# One statement sees one state of all tables.
_PICTURE = text(
    "SELECT revision,"  # noqa: S608 - our own columns
    f" (SELECT coalesce(json_agg(m), '[]') FROM ({_MEMBERS}) m) AS members,"
    f" (SELECT coalesce(json_agg(s), '[]') FROM ({_SUBSYSTEMS}) s) AS subsystems,"
    f" (SELECT coalesce(json_agg(s), '[]') FROM ({_SERVICES}) s) AS services,"
    f" (SELECT coalesce(json_agg(g ORDER BY g.id), '[]') FROM ({_GRANTS} WHERE g.revoked_at IS NULL) g) AS grants"
    " FROM registry_revision"
)


@dataclass(frozen=True, slots=True)
class Registered(Generic[Item]):
    """A registration as it is kept. `version` counts its changes; `contact` is whom to speak with about a subsystem."""

    item: Item
    version: int
    changed_at: datetime | None
    contact: str | None


@dataclass(frozen=True, slots=True)
class GrantRow:
    """A right with how it came and went."""

    grant: Grant
    version: int
    request_id: UUID | None
    granted_at: datetime
    granted_by: str
    revoked_at: datetime | None
    revoked_by: str | None
    revocation_reason: str | None


@dataclass(frozen=True)
class GrantFilter:
    """Which rights are listed; None asks for nothing. `seen_by`: what that subsystem holds, and what is held on its services."""

    service: ServiceId | None = None
    subsystem: SubsystemId | None = None
    seen_by: Subsystem | None = None
    revoked: bool = False


async def revision(uow: UnitOfWork) -> int:
    """How many changes the registry has seen."""
    found: int = (await uow.execute(_REVISION)).scalar_one()
    return found


async def picture(uow: UnitOfWork) -> Registry:
    """All of the registry as of one moment, rights taken back left out."""
    row = (await uow.execute(_PICTURE)).one()
    members = [_member(one) for one in row.members]
    subsystems = [_subsystem(one) for one in row.subsystems]
    grants: dict[ServiceId, list[Grant]] = {}
    for one in row.grants:
        grant = _grant(one)
        grants.setdefault(grant.service, []).append(grant)
    return Registry(
        revision=row.revision,
        members={(one.instance, one.member_class, code): one for one in members for code in one.codes},
        subsystems={one.id: one for one in subsystems},
        clients={one.client_id: one for one in subsystems},
        services={one.id: one for one in map(_service, row.services)},
        grants={service: tuple(held) for service, held in grants.items()},
    )


async def member(uow: UnitOfWork, wanted: MemberId) -> Registered[Member] | None:
    """A member by its canonical code."""
    return await _one(uow, _MEMBERS, "m", _KEYS["member"], _key(wanted), _member)


async def subsystem(uow: UnitOfWork, wanted: SubsystemId) -> Registered[Subsystem] | None:
    """A subsystem."""
    return await _one(uow, _SUBSYSTEMS, "s", _KEYS["subsystem"], _key(wanted), _subsystem)


async def service(uow: UnitOfWork, wanted: ServiceId) -> Registered[Service] | None:
    """A service."""
    return await _one(uow, _SERVICES, "s", _KEYS["service"], _key(wanted), _service)


async def group(uow: UnitOfWork, name: str) -> Registered[Group] | None:
    """A group."""
    return await _one(uow, _GROUPS, "g", ("name",), (name,), _group)


async def members(uow: UnitOfWork, after: Sequence[str] | None, limit: int) -> list[Registered[Member]]:
    """A page of members."""
    return await _list(uow, _MEMBERS, "m", _KEYS["member"], after, limit, _member)


async def subsystems(uow: UnitOfWork, after: Sequence[str] | None, limit: int) -> list[Registered[Subsystem]]:
    """A page of subsystems."""
    return await _list(uow, _SUBSYSTEMS, "s", _KEYS["subsystem"], after, limit, _subsystem)


async def services(
    uow: UnitOfWork, after: Sequence[str] | None, limit: int, *, provider: SubsystemId | None = None
) -> list[Registered[Service]]:
    """A page of services, of one provider or of all."""
    own = dict(zip(_KEYS["subsystem"], _key(provider), strict=True)) if provider else {}
    own = {("subsystem" if column == "code" else column): value for column, value in own.items()}
    return await _list(uow, _SERVICES, "s", _KEYS["service"], after, limit, _service, own)


async def groups(uow: UnitOfWork, after: Sequence[str] | None, limit: int) -> list[Registered[Group]]:
    """A page of groups."""
    return await _list(uow, _GROUPS, "g", ("name",), after, limit, _group)


async def grant(uow: UnitOfWork, grant_id: UUID) -> GrantRow | None:
    """A right, taken back or not."""
    row = (await uow.execute(text(f"{_GRANTS} WHERE g.id = :id"), {"id": grant_id})).mappings().one_or_none()
    return _grant_row(row) if row is not None else None


async def grants(uow: UnitOfWork, wanted: GrantFilter, after: UUID | None, limit: int) -> list[GrantRow]:
    """A page of rights, the oldest first."""
    clauses = ["true"] if wanted.revoked else ["g.revoked_at IS NULL"]
    parameters: dict[str, Any] = {"limit": limit}
    if after is not None:
        clauses.append("g.id > :after")
        parameters["after"] = after
    if wanted.service is not None:
        clauses.append(f"{_PROVIDED} = {_bound('of')} AND g.service = :code")
        parameters |= _numbered("of", _key(wanted.service.provider)) | {"code": wanted.service.code}
    if wanted.subsystem is not None:
        clauses.append(f"{_HOLDER} = {_bound('to')}")
        parameters |= _numbered("to", _key(wanted.subsystem))
    if wanted.seen_by is not None:
        clauses.append(f"({_HOLDER} = {_bound('own')} OR {_PROVIDED} = {_bound('own')} OR g.to_group = ANY(:groups))")
        parameters |= _numbered("own", _key(wanted.seen_by.id)) | {"groups": sorted(wanted.seen_by.groups)}
    rows = await uow.execute(text(f"{_GRANTS} WHERE {' AND '.join(clauses)} ORDER BY g.id LIMIT :limit"), parameters)
    return [_grant_row(row) for row in rows.mappings()]


_HOLDER = "(g.to_instance, g.to_member_class, g.to_member, g.to_subsystem)"
_PROVIDED = "(g.instance, g.member_class, g.member, g.subsystem)"
_KEYS = {
    "member": ("instance", "member_class", "code"),
    "subsystem": ("instance", "member_class", "member", "code"),
    "service": ("instance", "member_class", "member", "subsystem", "code"),
}


def _bound(prefix: str) -> str:
    return "(" + ", ".join(f"CAST(:{prefix}{number} AS text)" for number in range(4)) + ")"


def _numbered(prefix: str, values: Sequence[str]) -> dict[str, str]:
    return {f"{prefix}{number}": value for number, value in enumerate(values)}


def _key(wanted: MemberId | SubsystemId | ServiceId) -> tuple[str, ...]:
    return tuple(str(wanted).split("/"))


async def _one(
    uow: UnitOfWork, select: str, table: str, columns: Sequence[str], key: Sequence[str], read: Callable[[Row], Item]
) -> Registered[Item] | None:
    where = " AND ".join(f"{table}.{column} = :{column}" for column in columns)
    rows = await uow.execute(text(f"{select} WHERE {where}"), dict(zip(columns, key, strict=True)))
    row = rows.mappings().one_or_none()
    return _registered(row, read) if row is not None else None


async def _list(
    uow: UnitOfWork,
    select: str,
    table: str,
    columns: Sequence[str],
    after: Sequence[str] | None,
    limit: int,
    read: Callable[[Row], Item],
    only: Mapping[str, str] | None = None,
) -> list[Registered[Item]]:
    names = ", ".join(f"{table}.{column}" for column in columns)
    clauses = [f"{table}.{column} = :only_{column}" for column in only or {}]
    parameters: dict[str, Any] = {f"only_{column}": value for column, value in (only or {}).items()} | {"limit": limit}
    if after is not None:
        clauses.append(f"({names}) > ({', '.join(f'CAST(:{column} AS text)' for column in columns)})")
        parameters |= dict(zip(columns, after, strict=True))
    where = f" WHERE {' AND '.join(clauses)}" if clauses else ""
    rows = await uow.execute(text(f"{select}{where} ORDER BY {names} LIMIT :limit"), parameters)
    return [_registered(row, read) for row in rows.mappings()]


def _registered(row: Any, read: Callable[[Row], Item]) -> Registered[Item]:
    return Registered(read(row), row["version"], row["changed_at"], row["contact"])


def _member(row: Row) -> Member:
    codes = frozenset(row["codes"]) | {row["code"]}
    return Member(row["instance"], row["member_class"], row["code"], row["name"], codes, State(row["state"]))


def _subsystem(row: Row) -> Subsystem:
    return Subsystem(
        SubsystemId(row["instance"], row["member_class"], row["member"], row["code"]),
        row["name"],
        row["client_id"],
        frozenset(row["scopes"]),
        frozenset(row["groups"]),
        State(row["state"]),
    )


def _service(row: Row) -> Service:
    provider = SubsystemId(row["instance"], row["member_class"], row["member"], row["subsystem"])
    return Service(
        ServiceId(provider, row["code"]),
        row["title"],
        Upstream(row["upstream"]),
        row["address"],
        log=MessageLogPolicy(row["log"]),
        personal=row["personal"],
        person_at=row["person_at"],
        scope=row["scope"],
        openapi=row["openapi"],
        timeout_seconds=row["timeout_seconds"],
        request_bytes=row["request_bytes"],
        per_second=row["per_second"],
        per_day=row["per_day"],
        state=State(row["state"]),
        legal_basis=row["legal_basis"],
    )


def _group(row: Row) -> Group:
    return Group(row["name"], row["description"])


def _grant(row: Row) -> Grant:
    """From a row, or from the same as JSON, where days and ids are text."""
    holder = None
    if row["to_subsystem"] is not None:
        holder = SubsystemId(row["to_instance"], row["to_member_class"], row["to_member"], row["to_subsystem"])
    provider = SubsystemId(row["instance"], row["member_class"], row["member"], row["subsystem"])
    return Grant(
        UUID(str(row["id"])),
        ServiceId(provider, row["service"]),
        holder,
        row["to_group"],
        date.fromisoformat(str(row["valid_from"])),
        date.fromisoformat(str(row["valid_to"])) if row["valid_to"] is not None else None,
        row["legal_basis"],
        method=row["method"],
        path=row["path"],
        fields=frozenset(row["fields"]) if row["fields"] is not None else None,
    )


def _grant_row(row: Any) -> GrantRow:
    return GrantRow(
        _grant(row),
        row["version"],
        row["request_id"],
        row["granted_at"],
        row["granted_by"],
        row["revoked_at"],
        row["revoked_by"],
        row["revocation_reason"],
    )
