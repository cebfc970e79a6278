"""Many dossiers accepted at once (tiếp nhận hàng loạt): one transaction, each dossier a part of it that may fail alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.auth import Principal
from chassis.database import UnitOfWork
from chassis.problems import Problem
from submission.domain.codes import looks_like_code
from submission.domain.dossier import Dossier
from submission.handlers.desk import accept_dossier
from submission.problems.dossiers import DossierNotFound


@dataclass(frozen=True, slots=True)
class Accepted:
    """This one was taken in."""

    code: str
    dossier: Dossier


@dataclass(frozen=True, slots=True)
class Refused:
    """This one was not, for the reason a single acceptance would have met."""

    code: str
    problem: Problem


BulkResult = Accepted | Refused


async def accept_many(codes: Sequence[str], officer: Principal, uow: UnitOfWork) -> list[BulkResult]:
    """Accept each as `accept_dossier` would, and say what became of it, in the order asked.

    All or none of it is kept, with the answer: a crash in the middle leaves nothing half done. They are locked in the order
    of their codes, so that two such requests wait for each other instead of standing in each other's way.
    """
    results = {code: await _accept(code, officer, uow) for code in sorted(codes)}
    return await uow.commit([results[code] for code in codes])


async def _accept(code: str, officer: Principal, uow: UnitOfWork) -> BulkResult:
    if not looks_like_code(code):
        return Refused(code, DossierNotFound())
    part = uow.part()
    try:
        async with uow.connection.begin_nested():
            return Accepted(code, await accept_dossier(code, officer, None, part))
    except Problem as problem:
        return Refused(code, problem)
