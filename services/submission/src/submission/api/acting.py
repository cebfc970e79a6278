"""What the routes of all steps of a dossier share: their guards, their problems, acting once, the answer. Decides nothing."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from pydantic import Field

from chassis import idempotency, problems
from chassis.auth import Allow, Principal
from chassis.database import UnitOfWork
from chassis.etags import etag
from chassis.idempotency import Stored, act_once
from chassis.text import CleanText
from submission.api.models import DossierState
from submission.domain.commands import Command
from submission.domain.dossier import Dossier
from submission.domain.duties import DUTIES
from submission.problems.desk import ClaimedByAnother
from submission.problems.dossiers import DossierNotFound, WrongState

Reason = Annotated[CleanText, Field(min_length=5, max_length=1000, description="Told to the applicant, on paper")]


def guard(command: type[Command]) -> Any:
    """The guard of a step's route, from the table of duties."""
    duty = DUTIES[command]
    return Depends(
        Allow(citizens=duty.applicant, roles=duty.roles, scope="submission:write" if duty.agencies else None)
    )


def problems_of_dossier(*more: type[problems.Problem]) -> dict[int | str, dict[str, Any]]:
    """The problems of a route that does something to a dossier, once: those of all, and these."""
    return problems.responses(
        problems.Unauthorized,
        problems.Forbidden,
        DossierNotFound,
        *more,
        problems.InvalidPayload,
        *idempotency.PROBLEMS,
    )


def problems_of(*more: type[problems.Problem]) -> dict[int | str, dict[str, Any]]:
    """The problems of a step's route: those of all, and these."""
    return problems_of_dossier(WrongState, ClaimedByAnother, *more, problems.PreconditionFailed)


async def act(
    step: Callable[[], Awaitable[Dossier]], caller: Principal, uow: UnitOfWork, request: Request, key: str | None
) -> Response:
    """Take the step once per key, and answer with where the dossier stands then."""
    return await act_once(uow, request, caller=caller.account, key=key, act=step, render=_moved)


def _moved(dossier: Dossier) -> Stored:
    return Stored(200, (("ETag", etag(dossier.version)),), DossierState.of(dossier).model_dump_json(by_alias=True))
