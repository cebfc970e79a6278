"""Claims (nhận xử lý): an officer takes a dossier into hand, so that no colleague works on it too. No transition is made here.

A claim and its release raise the dossier's version, since they change what others read of it; the history keeps steps
only, so who had it when is in the table `claims`.
"""

from dataclasses import replace

from chassis.auth import Kind, Principal
from chassis.database import UnitOfWork
from chassis.etags import check_match
from submission.domain.dossier import Dossier
from submission.domain.queue import OPEN
from submission.problems.desk import ClaimedByAnother
from submission.problems.dossiers import WrongState
from submission.queries import claims, dossiers
from submission.rights import seen

TAKES_OVER = "operator"
"""The role that may take a dossier out of another officer's hands, or put it back into the queue."""


def check_claim(dossier: Dossier, principal: Principal) -> None:
    """Raise ClaimedByAnother where an officer would act on a dossier that another officer has in hand.

    The applicant and other services are never held up by a claim: it parts the work among officers, nothing else. Nor is
    handing the result over: who stands at that counter is seldom who worked on it.
    """
    if _in_other_hands(dossier, principal) and principal.kind is Kind.OFFICER:
        raise ClaimedByAnother(str(dossier.claimed_by))


async def claim_dossier(code: str, officer: Principal, if_match: str | None, uow: UnitOfWork) -> Dossier:
    """Nhận xử lý: claimed again by the same officer, nothing changes. Raises ClaimedByAnother, WrongState where it is closed."""
    dossier = await _open(code, officer, if_match, uow)
    if dossier.claimed_by == officer.subject:
        return await uow.commit(dossier)
    await _check_hands(dossier, officer, uow)
    claimed = replace(dossier, claimed_by=officer.subject, version=dossier.version + 1)
    await claims.claim(uow, code, officer=officer.subject, version=claimed.version)
    return await uow.commit(claimed)


async def release_dossier(code: str, officer: Principal, if_match: str | None, uow: UnitOfWork) -> Dossier:
    """Trả lại hàng chờ: what nobody has in hand stays as it is. Raises ClaimedByAnother."""
    dossier = await _open(code, officer, if_match, uow)
    if dossier.claimed_by is None:
        return await uow.commit(dossier)
    await _check_hands(dossier, officer, uow)
    released = replace(dossier, claimed_by=None, version=dossier.version + 1)
    await claims.release(uow, code, officer=officer.subject, version=released.version)
    return await uow.commit(released)


def _in_other_hands(dossier: Dossier, officer: Principal) -> bool:
    return dossier.claimed_by not in (None, officer.subject)


async def _check_hands(dossier: Dossier, officer: Principal, uow: UnitOfWork) -> None:
    if _in_other_hands(dossier, officer) and TAKES_OVER not in officer.roles:
        raise ClaimedByAnother(str(dossier.claimed_by), await claims.held_since(uow, dossier.code))


async def _open(code: str, officer: Principal, if_match: str | None, uow: UnitOfWork) -> Dossier:
    dossier = seen(officer, await dossiers.lock(uow, code))
    check_match(dossier.version, if_match)
    if dossier.status not in OPEN:
        raise WrongState(dossier)
    return dossier
