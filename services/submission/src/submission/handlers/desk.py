"""The one-stop desk (một cửa): accept, finish, return. Each checks the caller's right to the dossier, then asks the table.

The dossier is locked while it is decided on, so of two officers at once one wins and the other is told the new state.
"""

from chassis.auth import Kind, Principal
from chassis.database import UnitOfWork
from chassis.etags import check_match
from submission.domain import lifecycle
from submission.domain.commands import Accept, Command, Finish, Return
from submission.domain.dossier import DESK, Dossier, FeeState
from submission.problems import FeeNotAssessedYet, NotHandledByDesk, WrongState
from submission.queries import dossiers
from submission.rights import actor_of, seen


async def accept_dossier(code: str, principal: Principal, if_match: str | None, uow: UnitOfWork) -> Dossier:
    """Tiếp nhận: take a dossier in, once its fee is known and, where one is due, paid."""
    dossier = await _mine(code, principal, if_match, uow)
    if dossier.fee_state is FeeState.UNKNOWN:
        raise FeeNotAssessedYet(dossier)
    return await _move(dossier, Accept(by=actor_of(principal)), uow)


async def finish_dossier(code: str, principal: Principal, if_match: str | None, uow: UnitOfWork) -> Dossier:
    """Xử lý xong: the desk itself has produced the result."""
    dossier = await _mine(code, principal, if_match, uow)
    if dossier.filed.handled_by != DESK:
        raise NotHandledByDesk(dossier)
    return await _move(dossier, Finish(by=actor_of(principal)), uow)


async def return_dossier(code: str, principal: Principal, if_match: str | None, uow: UnitOfWork) -> Dossier:
    """Trả kết quả: the desk hands the result over, or its owner fetches it online."""
    dossier = await _mine(code, principal, if_match, uow)
    return await _move(dossier, Return(by=actor_of(principal), online=principal.kind is Kind.CITIZEN), uow)


async def _mine(code: str, principal: Principal, if_match: str | None, uow: UnitOfWork) -> Dossier:
    dossier = seen(principal, await dossiers.lock(uow, code))
    check_match(dossier.version, if_match)
    return dossier


async def _move(dossier: Dossier, command: Command, uow: UnitOfWork) -> Dossier:
    try:
        step = lifecycle.step(dossier, command, uow.now)
    except lifecycle.NotAllowed as refusal:
        raise WrongState(refusal.dossier) from refusal
    await dossiers.move(uow, step)
    uow.record(step.event)
    return await uow.commit(step.dossier)
