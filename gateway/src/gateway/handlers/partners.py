"""Use cases of the registry, for operators: register, change, bring to another state, give and take back rights.

The only place that commits them; what is compared and written is in `declarations`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar
from uuid import UUID

from chassis.database import UnitOfWork
from chassis.etags import check_match
from gateway.domain.partners import Grant, Group, Member, MemberId, Service, ServiceId, State, Subsystem, SubsystemId
from gateway.handlers import declarations
from gateway.problems.partners import GrantNotFound, PartnerNotFound
from gateway.queries import partner_changes as changes
from gateway.queries import partners as queries
from gateway.queries.partners import GrantRow, Registered

Item = TypeVar("Item")
Read = Callable[[], Awaitable[Registered[Item] | None]]


@dataclass(frozen=True)
class Operator:
    """Who changes the registry, and on which version they base it (If-Match; None: on whatever is there)."""

    account: str
    based_on: str | None = None


@dataclass(frozen=True)
class Outcome(Generic[Item]):
    """What stands now; `created` if it did not stand before."""

    registered: Registered[Item]
    created: bool


async def put_member(wanted: Member, operator: Operator, uow: UnitOfWork) -> Outcome[Member]:
    """Register a member, or change its name, its codes or its state."""
    return await _put(
        uow,
        operator,
        lambda: queries.member(uow, wanted.id),
        lambda: declarations.declare_member(uow, wanted, operator.account),
    )


async def put_subsystem(
    wanted: Subsystem, contact: str | None, operator: Operator, uow: UnitOfWork
) -> Outcome[Subsystem]:
    """Register a subsystem, or change it."""
    return await _put(
        uow,
        operator,
        lambda: queries.subsystem(uow, wanted.id),
        lambda: declarations.declare_subsystem(uow, wanted, operator.account, contact),
    )


async def put_service(wanted: Service, operator: Operator, uow: UnitOfWork) -> Outcome[Service]:
    """Register a service, or change it."""
    return await _put(
        uow,
        operator,
        lambda: queries.service(uow, wanted.id),
        lambda: declarations.declare_service(uow, wanted, operator.account),
    )


async def put_group(wanted: Group, operator: Operator, uow: UnitOfWork) -> Outcome[Group]:
    """Make a group, or describe it anew."""
    return await _put(
        uow,
        operator,
        lambda: queries.group(uow, wanted.name),
        lambda: declarations.declare_group(uow, wanted, operator.account),
    )


async def move_member(name: MemberId, state: State, operator: Operator, uow: UnitOfWork) -> Outcome[Member]:
    """Bring a member to another state."""
    held = await _held(uow, lambda: queries.member(uow, name))
    return await put_member(replace(held.item, state=state), operator, uow)


async def move_subsystem(name: SubsystemId, state: State, operator: Operator, uow: UnitOfWork) -> Outcome[Subsystem]:
    """Bring a subsystem to another state."""
    held = await _held(uow, lambda: queries.subsystem(uow, name))
    return await put_subsystem(replace(held.item, state=state), None, operator, uow)


async def move_service(name: ServiceId, state: State, operator: Operator, uow: UnitOfWork) -> Outcome[Service]:
    """Bring a service to another state."""
    held = await _held(uow, lambda: queries.service(uow, name))
    return await put_service(replace(held.item, state=state), operator, uow)


async def give_grant(grant: Grant, operator: Operator, uow: UnitOfWork) -> GrantRow:
    """Give a right."""
    await changes.hold(uow)
    await declarations.give(uow, grant, operator.account)
    return await uow.commit(await _grant(uow, grant.id))


async def revoke_grant(grant_id: UUID, reason: str, operator: Operator, uow: UnitOfWork) -> GrantRow:
    """Take a right back. One that was taken back before stays as it is."""
    await changes.hold(uow)
    row = await _grant(uow, grant_id)
    check_match(row.version, operator.based_on)
    if row.revoked_at is None:
        await declarations.take_back(uow, row.grant, operator.account, reason)
        row = await _grant(uow, grant_id)
    return await uow.commit(row)


async def _put(
    uow: UnitOfWork,
    operator: Operator,
    read: Read[Item],
    declare: Callable[[], Awaitable[object]],
) -> Outcome[Item]:
    await changes.hold(uow)
    before = await read()
    if operator.based_on is not None:
        check_match(before.version if before is not None else 0, operator.based_on)
    await declare()
    after = await read()
    if after is None:  # what was never there was to be closed
        raise PartnerNotFound
    return await uow.commit(Outcome(after, created=before is None))


async def _held(uow: UnitOfWork, read: Read[Item]) -> Registered[Item]:
    await changes.hold(uow)
    held = await read()
    if held is None:
        raise PartnerNotFound
    return held


async def _grant(uow: UnitOfWork, grant_id: UUID) -> GrantRow:
    row = await queries.grant(uow, grant_id)
    if row is None:
        raise GrantNotFound
    return row
