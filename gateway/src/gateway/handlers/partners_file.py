"""Use case of an operator's partners.yaml: everything it declares is made to stand, in one transaction, or nothing is.

It deletes nothing by silence: what shall end is declared closed. Applied again it changes nothing. A state that is left out
stays as it is, or the file would bring back whom an operator has suspended.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from chassis.database import UnitOfWork
from chassis.ids import new_id
from chassis.problems import Problem
from gateway.domain import identifiers
from gateway.domain.partners import Grant, Member, Service, State, Subsystem
from gateway.handlers import declarations
from gateway.handlers.credentials import declare_keys
from gateway.handlers.declarations import Change
from gateway.partners_file import GrantRow, MemberRow, PartnersFile, ServiceRow, SubsystemRow
from gateway.queries import partner_changes as changes
from gateway.queries import partners as queries
from gateway.queries.partners import GrantFilter, Registered

Item = TypeVar("Item", Member, Subsystem, Service)
_ALL_GRANTS = 10_000
"""More rights than this on one service, and a file is not the way to keep them."""


class NotApplied(Exception):
    """A declaration was refused: nothing of the file was applied. `name` is which one, `problem` why."""

    def __init__(self, name: str, problem: Problem) -> None:
        super().__init__(name)
        self.name = name
        self.problem = problem


@dataclass(frozen=True)
class Applied:
    """What a file changed. `keys`: per subsystem, how many credentials were new or got other dates."""

    changes: tuple[Change, ...]
    keys: tuple[tuple[str, int], ...]

    @property
    def anything(self) -> bool:
        """Whether it changed anything at all."""
        return bool(self.changes or self.keys)


async def apply_partners(declared: PartnersFile, uow: UnitOfWork, *, by: str, dry_run: bool = False) -> Applied:
    """Make the file's declarations stand. A dry run does all of it and commits nothing. Raises NotApplied."""
    await changes.hold(uow)
    made: list[Change | None] = []
    keys: list[tuple[str, int]] = []
    for member in declared.members:
        wanted = _standing(member, member.member(), await queries.member(uow, member.member().id))
        made.append(await _of(member.id, declarations.declare_member, uow, wanted, by))
    made += [await _of(row.name, declarations.declare_group, uow, row.group(), by) for row in declared.groups]
    for row in declared.subsystems:
        system = _standing(row, row.subsystem(), await queries.subsystem(uow, row.subsystem().id))
        made.append(await _of(row.id, declarations.declare_subsystem, uow, system, by, row.contact))
        if row.keys and await queries.subsystem(uow, row.subsystem().id) is not None:
            declared_keys = [key.declared() for key in row.keys]
            if count := await _of(row.id, declare_keys, uow, row.client_id, declared_keys):
                keys.append((row.id, count))
    for offer in declared.services:
        service = _standing(offer, offer.service(), await queries.service(uow, offer.service().id))
        made.append(await _of(offer.id, declarations.declare_service, uow, service, by))
    for grant in declared.grants:
        made += await _of(f"{grant.service} → {grant.to or grant.group}", _declare_grant, uow, grant, by)
    applied = Applied(tuple(change for change in made if change is not None), tuple(keys))
    if applied.anything and not dry_run:
        await uow.commit(None)
    return applied


def _standing(row: MemberRow | SubsystemRow | ServiceRow, wanted: Item, held: Registered[Item] | None) -> Item:
    """What the row says, in the state it has where the row says none."""
    if held is None or "state" in row.model_fields_set:
        return wanted
    return replace(wanted, state=held.item.state)


async def _declare_grant(uow: UnitOfWork, row: GrantRow, by: str) -> list[Change]:
    """Give the right, or take it back. One that says otherwise now is taken back and given anew: rights never change."""
    wanted = Grant(
        new_id(),
        identifiers.service_id(row.service),
        identifiers.subsystem_id(row.to) if row.to else None,
        row.group,
        row.valid_from,
        row.valid_to,
        row.legal_basis,
        method=row.method,
        path=row.path,
        fields=frozenset(row.fields) if row.fields is not None else None,
    )
    held = await queries.grants(uow, GrantFilter(service=wanted.service), None, _ALL_GRANTS)
    # What was given by the answer to a request, or by the API, is not the file's to touch unless it says the very same.
    same = [one.grant for one in held if _says(one.grant, wanted, whole=True)]
    mine = [one.grant for one in held if one.granted_by == by and _says(one.grant, wanted, whole=False)]
    if row.state is State.CLOSED:
        ended = {grant.id: grant for grant in (*same, *mine)}.values()
        return [await declarations.take_back(uow, grant, by, "state: closed") for grant in ended]
    if same:
        return []
    made = [await declarations.take_back(uow, grant, by, "replaced") for grant in mine]
    return [*made, await declarations.give(uow, wanted, by)]


def _says(held: Grant, wanted: Grant, *, whole: bool) -> bool:
    """Whether both are the same right; `whole`: with the same end, fields and legal basis."""

    def identity(grant: Grant) -> tuple[object, ...]:
        return grant.subsystem, grant.group, grant.method, grant.path, grant.valid_from

    def rest(grant: Grant) -> tuple[object, ...]:
        return grant.valid_to, grant.fields, grant.legal_basis

    return identity(held) == identity(wanted) and (not whole or rest(held) == rest(wanted))


async def _of(name: str, act: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return await act(*arguments)
    except Problem as problem:
        raise NotApplied(name, problem) from problem
