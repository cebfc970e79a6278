"""SQL that writes the registry, and the history of what was written: each change raises the revision. It decides nothing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis.database import UnitOfWork
from gateway.domain.partners import Grant, Group, Member, MemberId, Service, Subsystem

# Who changes the registry holds its revision to the end: changes come one after the other, and none is overlooked.
_HOLD = text("SELECT revision FROM registry_revision FOR UPDATE")
_NOTE = text(
    "WITH bumped AS (UPDATE registry_revision SET revision = revision + 1 RETURNING revision)"
    " INSERT INTO registry_change (revision, at, by, what, object, before, after)"
    " SELECT revision, :at, :by, :what, :object, CAST(:before AS jsonb), CAST(:after AS jsonb) FROM bumped"
)
_CHANGES = (
    "SELECT revision, at, by, what, object, before, after FROM registry_change"
    " WHERE {where} ORDER BY revision DESC LIMIT :limit"
)
_PUT_MEMBER = text(
    "INSERT INTO member (instance, member_class, code, name, state, created_at, changed_at)"
    " VALUES (:instance, :member_class, :code, :name, :state, :now, :now)"
    " ON CONFLICT (instance, member_class, code) DO UPDATE SET name = excluded.name, state = excluded.state,"
    " version = member.version + 1, changed_at = excluded.changed_at"
)
_TAKEN = text(
    "SELECT alias, code FROM member_code WHERE instance = :instance AND member_class = :member_class"
    " AND alias = ANY(:aliases) AND code <> :code ORDER BY alias LIMIT 1"
)
_DROP_CODES = text(
    "DELETE FROM member_code WHERE instance = :instance AND member_class = :member_class AND code = :code"
    " AND alias <> ALL(:aliases)"
)
_PUT_CODES = text(
    "INSERT INTO member_code (instance, member_class, alias, code)"
    " SELECT :instance, :member_class, alias, :code FROM unnest(CAST(:aliases AS text[])) AS alias"
    " ON CONFLICT (instance, member_class, alias) DO NOTHING"
)
_PUT_SUBSYSTEM = text(
    "INSERT INTO subsystem (instance, member_class, member, code, name, client_id, scopes, state, contact, created_at,"
    " changed_at) VALUES (:instance, :member_class, :member, :code, :name, :client_id, :scopes, :state, :contact, :now, :now)"
    " ON CONFLICT (instance, member_class, member, code) DO UPDATE SET name = excluded.name,"
    " client_id = excluded.client_id, scopes = excluded.scopes, state = excluded.state,"
    " contact = coalesce(excluded.contact, subsystem.contact), version = subsystem.version + 1,"
    " changed_at = excluded.changed_at"
)
_CLIENT_TAKEN = text(
    "SELECT EXISTS (SELECT FROM subsystem WHERE client_id = :client_id"
    " AND (instance, member_class, member, code) <> (:instance, :member_class, :member, :code))"
)
_LEAVE_GROUPS = text(
    "DELETE FROM partner_group_member WHERE instance = :instance AND member_class = :member_class AND member = :member"
    " AND subsystem = :code AND group_name <> ALL(:groups)"
)
_JOIN_GROUPS = text(
    "INSERT INTO partner_group_member (group_name, instance, member_class, member, subsystem)"
    " SELECT name, :instance, :member_class, :member, :code FROM unnest(CAST(:groups AS text[])) AS name"
    " ON CONFLICT DO NOTHING"
)
_KNOWN_GROUPS = text("SELECT name FROM partner_group WHERE name = ANY(:groups)")
_PUT_GROUP = text(
    "INSERT INTO partner_group (name, description) VALUES (:name, :description)"
    " ON CONFLICT (name) DO UPDATE SET description = excluded.description, version = partner_group.version + 1"
)
_PUT_SERVICE = text(
    "INSERT INTO service (instance, member_class, member, subsystem, code, title, upstream, address, log, personal,"
    " person_at, scope, openapi, timeout_seconds, request_bytes, per_second, per_day, legal_basis, state, created_at,"
    " changed_at) VALUES (:instance, :member_class, :member, :subsystem, :code, :title, :upstream, :address, :log,"
    " :personal, :person_at, :scope, :openapi, :timeout_seconds, :request_bytes, :per_second, :per_day, :legal_basis,"
    " :state, :now, :now) ON CONFLICT (instance, member_class, member, subsystem, code) DO UPDATE SET"
    " title = excluded.title, upstream = excluded.upstream, address = excluded.address, log = excluded.log,"
    " personal = excluded.personal, person_at = excluded.person_at, scope = excluded.scope, openapi = excluded.openapi,"
    " timeout_seconds = excluded.timeout_seconds, request_bytes = excluded.request_bytes,"
    " per_second = excluded.per_second, per_day = excluded.per_day, legal_basis = excluded.legal_basis,"
    " state = excluded.state, version = service.version + 1, changed_at = excluded.changed_at"
)
_ADD_GRANT = text(
    "INSERT INTO access_grant (id, instance, member_class, member, subsystem, service, to_instance, to_member_class,"
    " to_member, to_subsystem, to_group, method, path, fields, valid_from, valid_to, legal_basis, request_id, granted_at,"
    " granted_by) VALUES (:id, :instance, :member_class, :member, :subsystem, :service, :to_instance, :to_member_class,"
    " :to_member, :to_subsystem, :to_group, :method, :path, :fields, :valid_from, :valid_to, :legal_basis, :request_id,"
    " :now, :by)"
)
_REVOKE = text(
    "UPDATE access_grant SET revoked_at = :now, revoked_by = :by, revocation_reason = :reason, version = version + 1"
    " WHERE id = :id AND revoked_at IS NULL"
)


@dataclass(frozen=True)
class ChangeRow:
    """One change of the registry: who, when, what of it, and the facts that changed, before and after.

    `before` None: it was registered then; `after` None: it was taken back.
    """

    revision: int
    at: datetime
    by: str
    what: str
    object: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


async def hold(uow: UnitOfWork) -> None:
    """Nobody else changes the registry before this transaction ends."""
    await uow.execute(_HOLD)


async def note(
    uow: UnitOfWork, what: str, name: str, *, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, by: str
) -> None:
    """Raise the revision, and write down what changed."""
    told = {
        side: json.dumps(facts, ensure_ascii=False) if facts is not None else None
        for side, facts in (("before", before), ("after", after))
    }
    await uow.execute(_NOTE, {"at": uow.now, "by": by, "what": what, "object": name, **told})


async def changes(uow: UnitOfWork, before: int | None, limit: int, *, name: str | None = None) -> list[ChangeRow]:
    """A page of the history, the latest first; of one thing, or of all."""
    clauses, parameters = ["true"], {"limit": limit}
    if before is not None:
        clauses.append("revision < :before")
        parameters["before"] = before
    wanted: dict[str, Any] = parameters
    if name is not None:
        clauses.append("object = :name")
        wanted = {**parameters, "name": name}
    rows = await uow.execute(text(_CHANGES.format(where=" AND ".join(clauses))), wanted)
    return [ChangeRow(**row) for row in rows.mappings()]


async def code_taken(uow: UnitOfWork, member: Member) -> str | None:
    """One of the member's codes that already means another member."""
    row = (await uow.execute(_TAKEN, _of_member(member.id) | {"aliases": sorted(member.codes)})).one_or_none()
    return row.alias if row is not None else None


async def put_member(uow: UnitOfWork, member: Member) -> None:
    """Register a member, or change it."""
    name = _of_member(member.id)
    codes = name | {"aliases": sorted(member.codes)}
    await uow.execute(_PUT_MEMBER, name | {"name": member.name, "state": member.state, "now": uow.now})
    await uow.execute(_DROP_CODES, codes)
    await uow.execute(_PUT_CODES, codes)


async def client_taken(uow: UnitOfWork, subsystem: Subsystem) -> bool:
    """Whether another subsystem goes by this client id."""
    found: bool = (
        await uow.execute(_CLIENT_TAKEN, _of_subsystem(subsystem) | {"client_id": subsystem.client_id})
    ).scalar_one()
    return found


async def unknown_groups(uow: UnitOfWork, groups: frozenset[str]) -> set[str]:
    """Those of these names that no group has."""
    known = (await uow.execute(_KNOWN_GROUPS, {"groups": sorted(groups)})).scalars()
    return set(groups) - set(known)


async def put_subsystem(uow: UnitOfWork, subsystem: Subsystem, contact: str | None = None) -> None:
    """Register a subsystem with its groups, or change it; a contact that is not given stays."""
    name = _of_subsystem(subsystem)
    groups = name | {"groups": sorted(subsystem.groups)}
    await uow.execute(
        _PUT_SUBSYSTEM,
        {
            **name, "name": subsystem.name, "client_id": subsystem.client_id, "scopes": sorted(subsystem.scopes),
            "state": subsystem.state, "contact": contact, "now": uow.now,
        },
    )  # fmt: skip
    await uow.execute(_LEAVE_GROUPS, groups)
    await uow.execute(_JOIN_GROUPS, groups)


async def put_group(uow: UnitOfWork, group: Group) -> None:
    """Make a group, or describe it anew."""
    await uow.execute(_PUT_GROUP, {"name": group.name, "description": group.description})


async def put_service(uow: UnitOfWork, service: Service) -> None:
    """Register a service, or change it."""
    provider = service.id.provider
    await uow.execute(
        _PUT_SERVICE,
        {
            "instance": provider.instance, "member_class": provider.member_class, "member": provider.member,
            "subsystem": provider.subsystem, "code": service.id.code, "title": service.title,
            "upstream": service.upstream, "address": service.address, "log": service.log, "personal": service.personal,
            "person_at": service.person_at, "scope": service.scope, "openapi": service.openapi,
            "timeout_seconds": service.timeout_seconds, "request_bytes": service.request_bytes,
            "per_second": service.per_second, "per_day": service.per_day, "legal_basis": service.legal_basis,
            "state": service.state, "now": uow.now,
        },
    )  # fmt: skip


async def add_grant(uow: UnitOfWork, grant: Grant, by: str, request_id: UUID | None = None) -> None:
    """Write a right down. It is never changed, only taken back."""
    provider, holder = grant.service.provider, grant.subsystem
    await uow.execute(
        _ADD_GRANT,
        {
            "id": grant.id, "instance": provider.instance, "member_class": provider.member_class,
            "member": provider.member, "subsystem": provider.subsystem, "service": grant.service.code,
            "to_instance": holder.instance if holder else None, "to_member_class": holder.member_class if holder else None,
            "to_member": holder.member if holder else None, "to_subsystem": holder.subsystem if holder else None,
            "to_group": grant.group, "method": grant.method, "path": grant.path,
            "fields": sorted(grant.fields) if grant.fields is not None else None, "valid_from": grant.valid_from,
            "valid_to": grant.valid_to, "legal_basis": grant.legal_basis, "request_id": request_id, "now": uow.now,
            "by": by,
        },
    )  # fmt: skip


async def revoke_grant(uow: UnitOfWork, grant_id: UUID, by: str, reason: str) -> None:
    """Take a right back."""
    await uow.execute(_REVOKE, {"id": grant_id, "now": uow.now, "by": by, "reason": reason})


def _of_member(name: MemberId) -> dict[str, Any]:
    return {"instance": name.instance, "member_class": name.member_class, "code": name.code}


def _of_subsystem(subsystem: Subsystem) -> dict[str, Any]:
    name = subsystem.id
    return {
        "instance": name.instance, "member_class": name.member_class, "member": name.member, "code": name.subsystem
    }  # fmt: skip
