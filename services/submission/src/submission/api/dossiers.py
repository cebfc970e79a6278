"""Routes that look at dossiers: one, a list, a history. They change nothing."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from chassis import problems
from chassis.auth import Allow, Kind, Principal
from chassis.clock import hanoi_day
from chassis.etags import IfNoneMatch, not_modified
from chassis.paging import Cursor, Limit, Page, page_of
from chassis.problems import BadRequest
from chassis.service import Work
from contracts.codes import DossierStatus
from submission.api.cursors import after_dossier
from submission.api.models import DossierLine, DossierView, HistoryLine, HistoryView
from submission.domain.codes import looks_like_code
from submission.domain.retention import is_erased
from submission.handlers.reads import note_read
from submission.problems.dossiers import DossierNotFound
from submission.queries import dossiers, retention
from submission.queries.dossiers import PageWanted
from submission.rights import seen, sees_person

router = APIRouter(prefix="/v1/dossiers", tags=["dossiers"])

DESK = frozenset({"one-stop-officer", "civil-status-officer"})
Viewer = Annotated[Principal, Depends(Allow(citizens=True, roles=DESK, scope="submission:read"))]
Lister = Annotated[Principal, Depends(Allow(citizens=True, roles=DESK))]
Status = Annotated[DossierStatus | None, Query(description="Only dossiers of this status")]


async def dossier_code(code: str) -> str:
    """The code in the address. What cannot be one is no dossier's: 404, as for any other that does not exist."""
    if not looks_like_code(code):
        raise DossierNotFound
    return code


Code = Annotated[str, Depends(dossier_code)]

_READ_PROBLEMS = problems.responses(problems.Unauthorized, problems.Forbidden, DossierNotFound, problems.InvalidPayload)
_UNCHANGED = {"description": "Unchanged since the version named by If-None-Match"}


@router.get(
    "",
    operation_id="list-dossiers",
    summary="Own dossiers, or those of the units one serves",
    responses=problems.responses(BadRequest, problems.Unauthorized, problems.Forbidden, problems.InvalidPayload),
)
async def list_dossiers(
    lister: Lister, uow: Work, status: Status = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[DossierLine]:
    """Newest first, without personal data. Citizens get their own, officers those of their units."""
    wanted = PageWanted(limit, after_dossier(cursor), status)
    if lister.kind is Kind.CITIZEN:
        rows = await dossiers.of_owner(uow, lister.subject, wanted)
    else:
        rows = await dossiers.of_units(uow, lister.units, wanted)
    return page_of(rows, limit, lambda row: (row.received_at.isoformat(), row.code), DossierLine.of)


@router.get(
    "/{code}",
    operation_id="get-dossier",
    summary="One dossier",
    response_model=DossierView,
    response_model_exclude_none=True,
    responses={304: _UNCHANGED, **_READ_PROBLEMS},
)
async def get_dossier(
    code: Code, viewer: Viewer, uow: Work, response: Response, if_none_match: IfNoneMatch = None
) -> DossierView | Response:
    """Its owner and the desk see it whole; an agency sees it without personal data, but what it entered itself.

    Anyone but the owner leaves a record, which the owner can look up. Once its personal data was erased, `erasedOn` says when.
    """
    dossier = seen(viewer, await dossiers.find(uow, code))
    # The same version looks different to different callers, so no shared cache may hand it on.
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "Authorization"
    if not_modified(response, dossier.version, if_none_match):
        return Response(status_code=304, headers=dict(response.headers))
    if is_erased(dossier):
        view = DossierView.of(dossier, with_person=False)
        at = await retention.erased_at(uow, code)
        return view.model_copy(update={"erased_on": hanoi_day(at) if at is not None else None})
    with_person = sees_person(viewer, dossier)
    if with_person:
        await note_read(dossier, viewer, "dossier", uow)
    return DossierView.of(dossier, with_person=with_person, viewer=viewer.subject)


@router.get(
    "/{code}/history",
    operation_id="get-dossier-history",
    summary="The steps of a dossier",
    response_model_exclude_none=True,
    responses=_READ_PROBLEMS,
)
async def get_history(code: Code, viewer: Viewer, uow: Work) -> HistoryView:
    """Every transition with its time, oldest first. Citizens see what kind of actor it was, not who."""
    dossier = seen(viewer, await dossiers.find(uow, code))
    with_actor = viewer.kind is Kind.OFFICER
    steps = [HistoryLine.of(entry, with_actor=with_actor) for entry in await dossiers.history(uow, code)]
    return HistoryView(code=dossier.code, steps=steps)
