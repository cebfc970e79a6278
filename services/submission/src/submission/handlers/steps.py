"""What every step of a dossier has in common: hold it, check who asks, ask the table, save, tell, commit. Decides nothing else.

The dossier is locked while it is decided on, so of two officers at once one wins and the other is told the new state: what
happened, when, and by which kind of actor.
"""

from typing import Any

from chassis.auth import Kind, Principal
from chassis.database import UnitOfWork
from chassis.etags import check_match
from chassis.problems import PreconditionFailed
from submission.domain import lifecycle
from submission.domain.commands import Command
from submission.domain.dossier import STATUS_NAMES, Dossier
from submission.domain.duties import left_to_another
from submission.handlers.claims import check_claim
from submission.problems.dossiers import NotHandledByDesk, WrongState
from submission.problems.lifecycle import rfc3339
from submission.queries import dossiers
from submission.rights import seen_whole


async def held(code: str, principal: Principal, if_match: str | None, uow: UnitOfWork) -> Dossier:
    """The dossier, locked, if it is the caller's to act on. Raises DossierNotFound, PreconditionFailed."""
    dossier = seen_whole(principal, await dossiers.lock(uow, code))
    try:
        check_match(dossier.version, if_match)
    except PreconditionFailed as refusal:
        refusal.context |= await _happened(dossier, uow)
        raise
    return dossier


async def take(
    dossier: Dossier, command: Command, principal: Principal, uow: UnitOfWork, *, though_claimed: bool = False
) -> Dossier:
    """Take the step that a caller asks for, and commit. Raises NotHandledByDesk, ClaimedByAnother, WrongState."""
    if principal.kind is Kind.OFFICER and left_to_another(dossier, type(command)):
        raise NotHandledByDesk(dossier)
    if not though_claimed:
        check_claim(dossier, principal)
    await check_open(dossier, type(command), uow)
    step = lifecycle.step(dossier, command, uow.now)
    await save(step, uow)
    return await uow.commit(step.dossier)


async def check_open(dossier: Dossier, command: type[Command], uow: UnitOfWork) -> None:
    """Raise WrongState if the table has no such step from where the dossier stands: before the work that it would take."""
    if not lifecycle.is_open(dossier, command):
        raise WrongState(dossier, **await _happened(dossier, uow))


async def save(step: lifecycle.Step, uow: UnitOfWork) -> None:
    """Write the step and record its event; the caller commits."""
    await dossiers.move(uow, step)
    uow.record(step.event)


async def _happened(dossier: Dossier, uow: UnitOfWork) -> dict[str, Any]:
    last = await dossiers.last_step(uow, dossier.code)
    status = {"number": last.status.value, "name": STATUS_NAMES[last.status]}
    return {"happened": {"status": status, "at": rfc3339(last.at), "actorKind": last.by.kind}}
