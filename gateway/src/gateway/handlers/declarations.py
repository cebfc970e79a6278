"""What is to stand in the registry, made to stand there, and every difference noted. It commits nothing: who calls it does.

The same step serves the API, an operator's file and the answer to a request: it compares with what is there, refuses
what the rules forbid, writes the difference and raises the revision; nothing to change, nothing written.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from chassis.database import UnitOfWork
from chassis.problems import FieldError, Text
from gateway.domain import agency_codes
from gateway.domain.identifiers import AGENCIES
from gateway.domain.partners import Grant, Group, Member, Service, State, Subsystem, next_states
from gateway.problems.partners import ClientIdTaken, CodeTaken, DeclarationRefused, RegistrationStateConflict
from gateway.queries import partner_changes as changes
from gateway.queries import partners as queries
from gateway.queries.partners import Registered

Facts = Mapping[str, Any]
_BEGINNINGS = frozenset({State.REQUESTED, State.APPROVED})


@dataclass(frozen=True)
class Change:
    """One difference made. `before` and `after` hold what differs; `before` None: new; `after` None: taken back."""

    what: str
    name: str
    before: Facts | None
    after: Facts | None


async def declare_member(uow: UnitOfWork, wanted: Member, by: str) -> Change | None:
    """Register a member under all notations of its codes, or bring it to what is wanted."""
    wanted = replace(wanted, codes=_all_codes(wanted))
    held = await queries.member(uow, wanted.id)
    if (taken := await changes.code_taken(uow, wanted)) is not None:
        raise CodeTaken(code=taken)
    change = _difference("member", str(wanted.id), held, wanted, member_facts)
    if change is not None:
        await changes.put_member(uow, wanted)
    return await _noted(uow, change, by)


async def declare_subsystem(uow: UnitOfWork, wanted: Subsystem, by: str, contact: str | None = None) -> Change | None:
    """Register a subsystem of a registered member, or bring it to what is wanted."""
    if await queries.member(uow, wanted.id.owner) is None:
        raise _unknown("/id", f"{wanted.id.owner}")
    if unknown := await changes.unknown_groups(uow, wanted.groups) if wanted.groups else set():
        raise _unknown("/groups", min(unknown))
    held = await queries.subsystem(uow, wanted.id)
    if held is not None and held.item.client_id != wanted.client_id:
        raise ClientIdTaken(
            Text("Tên máy khách của hệ thống đã đăng ký không đổi được", "A registered subsystem keeps its client id")
        )
    if await changes.client_taken(uow, wanted):
        raise ClientIdTaken(Text("Hệ thống khác đang dùng tên này", "Another subsystem goes by it"))
    change = _difference("subsystem", str(wanted.id), held, wanted, subsystem_facts)
    if change is not None or (held is not None and contact not in (None, held.contact)):
        await changes.put_subsystem(uow, wanted, contact)
    return await _noted(uow, change, by)


async def declare_service(uow: UnitOfWork, wanted: Service, by: str) -> Change | None:
    """Register a service of a registered subsystem, or bring it to what is wanted."""
    if await queries.subsystem(uow, wanted.id.provider) is None:
        raise _unknown("/id", f"{wanted.id.provider}")
    change = _difference("service", str(wanted.id), await queries.service(uow, wanted.id), wanted, service_facts)
    if change is not None:
        await changes.put_service(uow, wanted)
    return await _noted(uow, change, by)


async def declare_group(uow: UnitOfWork, wanted: Group, by: str) -> Change | None:
    """Make a group, or describe it anew."""
    held = await queries.group(uow, wanted.name)
    before = {"description": held.item.description} if held is not None else None
    change = _compared("group", wanted.name, before, {"description": wanted.description})
    if change is not None:
        await changes.put_group(uow, wanted)
    return await _noted(uow, change, by)


async def give(uow: UnitOfWork, grant: Grant, by: str, request_id: UUID | None = None) -> Change:
    """Write a right down, to a registered subsystem or group, on a registered service."""
    if await queries.service(uow, grant.service) is None:
        raise _unknown("/service", str(grant.service))
    if grant.subsystem is not None and await queries.subsystem(uow, grant.subsystem) is None:
        raise _unknown("/to", str(grant.subsystem))
    if grant.group is not None and await queries.group(uow, grant.group) is None:
        raise _unknown("/group", grant.group)
    await changes.add_grant(uow, grant, by, request_id)
    change = Change("grant", str(grant.id), None, grant_facts(grant))
    await changes.note(uow, change.what, change.name, before=None, after=change.after, by=by)
    return change


async def take_back(uow: UnitOfWork, grant: Grant, by: str, reason: str) -> Change:
    """Take a right back; what it was stays readable."""
    await changes.revoke_grant(uow, grant.id, by, reason)
    change = Change("grant", str(grant.id), grant_facts(grant), None)
    await changes.note(uow, change.what, change.name, before=change.before, after=None, by=by)
    return change


def member_facts(member: Member) -> Facts:
    """What of a member can differ."""
    return {"name": member.name, "codes": sorted(member.codes), "state": member.state.value}


def subsystem_facts(subsystem: Subsystem) -> Facts:
    """What of a subsystem can differ."""
    return {
        "name": subsystem.name,
        "clientId": subsystem.client_id,
        "scopes": sorted(subsystem.scopes),
        "groups": sorted(subsystem.groups),
        "state": subsystem.state.value,
    }


def service_facts(service: Service) -> Facts:
    """What of a service can differ."""
    return {
        "title": service.title,
        "upstream": service.upstream.value,
        "address": service.address,
        "log": service.log.value,
        "personal": service.personal,
        "personAt": service.person_at,
        "scope": service.scope,
        "openapi": service.openapi,
        "timeoutSeconds": service.timeout_seconds,
        "requestBytes": service.request_bytes,
        "perSecond": service.per_second,
        "perDay": service.per_day,
        "legalBasis": service.legal_basis,
        "state": service.state.value,
    }


def grant_facts(grant: Grant) -> Facts:
    """What a right says."""
    return {
        "service": str(grant.service),
        "to": str(grant.subsystem) if grant.subsystem else None,
        "group": grant.group,
        "method": grant.method,
        "path": grant.path,
        "fields": sorted(grant.fields) if grant.fields is not None else None,
        "validFrom": grant.valid_from.isoformat(),
        "validTo": grant.valid_to.isoformat() if grant.valid_to else None,
        "legalBasis": grant.legal_basis,
    }


def _all_codes(member: Member) -> frozenset[str]:
    """Every way to write each of its codes; codes of members that are no agencies are as they are."""
    given = member.codes | {member.code}
    if member.member_class != AGENCIES:
        return given
    return frozenset().union(*(agency_codes.notations(code) for code in given))


def _difference(what: str, name: str, held: Registered[Any] | None, wanted: Any, facts: Any) -> Change | None:
    if held is None:
        if wanted.state is State.CLOSED:
            return None  # there is nothing to close
        if wanted.state not in _BEGINNINGS:
            raise _state_conflict(None, _BEGINNINGS)
    elif held.item.state is not wanted.state and wanted.state not in next_states(held.item.state):
        raise _state_conflict(held.item.state, frozenset(next_states(held.item.state)))
    return _compared(what, name, facts(held.item) if held is not None else None, facts(wanted))


def _compared(what: str, name: str, before: Facts | None, after: Facts) -> Change | None:
    if before is None:
        return Change(what, name, None, after)
    differing = [fact for fact, value in after.items() if before[fact] != value]
    if not differing:
        return None
    return Change(what, name, {fact: before[fact] for fact in differing}, {fact: after[fact] for fact in differing})


async def _noted(uow: UnitOfWork, change: Change | None, by: str) -> Change | None:
    if change is not None:
        await changes.note(uow, change.what, change.name, before=change.before, after=change.after, by=by)
    return change


def _state_conflict(state: State | None, allowed: frozenset[State]) -> RegistrationStateConflict:
    return RegistrationStateConflict(
        state=state.value if state else None, allowed=sorted(each.value for each in allowed)
    )


def _unknown(pointer: str, name: str) -> DeclarationRefused:
    return DeclarationRefused(
        errors=[FieldError(pointer, "not-registered", Text(f"{name} chưa được đăng ký", f"{name} is not registered"))]
    )
