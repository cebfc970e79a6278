"""The one-stop desk (một cửa): accept, refuse, process, finish, stop, return. Each loads, decides by the table, and commits."""

from chassis.auth import Kind, Principal
from chassis.database import UnitOfWork
from submission.domain.commands import Accept, Finish, Refuse, Return, StartProcessing, Stop
from submission.domain.dossier import Dossier, FeeState
from submission.handlers.pickup import check_handover, hand_over
from submission.handlers.steps import held, take
from submission.problems.dossiers import FeeNotAssessedYet
from submission.queries import attachments
from submission.rights import actor_of


async def accept_dossier(code: str, principal: Principal, if_match: str | None, uow: UnitOfWork) -> Dossier:
    """Tiếp nhận: take a dossier in, once its fee is known and, where one is due, paid."""
    dossier = await held(code, principal, if_match, uow)
    if dossier.fee_state is FeeState.UNKNOWN:
        raise FeeNotAssessedYet(dossier)
    return await take(dossier, Accept(by=actor_of(principal)), principal, uow)


async def refuse_dossier(
    code: str, reason: str, principal: Principal, if_match: str | None, uow: UnitOfWork
) -> Dossier:
    """Từ chối tiếp nhận (paper 03): not the city's to decide, or not complete and not to be completed."""
    dossier = await held(code, principal, if_match, uow)
    return await take(dossier, Refuse(by=actor_of(principal), reason=reason), principal, uow)


async def start_processing(code: str, principal: Principal, if_match: str | None, uow: UnitOfWork) -> Dossier:
    """Đang xử lý: the desk begins on what it handles itself."""
    dossier = await held(code, principal, if_match, uow)
    return await take(dossier, StartProcessing(by=actor_of(principal)), principal, uow)


async def finish_dossier(code: str, principal: Principal, if_match: str | None, uow: UnitOfWork) -> Dossier:
    """Xử lý xong: the desk itself has produced the result."""
    dossier = await held(code, principal, if_match, uow)
    command = Finish(by=actor_of(principal), components=await attachments.counts(uow, code))
    return await take(dossier, command, principal, uow)


async def stop_dossier(code: str, reason: str, principal: Principal, if_match: str | None, uow: UnitOfWork) -> Dossier:
    """Dừng giải quyết (paper 05): there will be no result."""
    dossier = await held(code, principal, if_match, uow)
    return await take(dossier, Stop(by=actor_of(principal), reason=reason), principal, uow)


async def return_dossier(code: str, principal: Principal, if_match: str | None, uow: UnitOfWork) -> Dossier:
    """Trả kết quả: the desk hands the result over to the applicant, or its owner fetches it online."""
    if principal.kind is not Kind.CITIZEN:
        return await hand_over(code, None, principal, if_match, uow)
    dossier = await held(code, principal, if_match, uow)
    await check_handover(dossier, uow, online=True)
    return await take(dossier, Return(by=actor_of(principal), online=True), principal, uow)
