"""Routes of registration cases: how far a dossier has come here, child by child. No rule is decided here."""

from typing import Any

from fastapi import APIRouter, Response

from chassis import etags, problems
from chassis.auth import Principal
from chassis.paging import Page
from chassis.service import Work
from civil_registry import queries
from civil_registry.api.callers import Anyone, DossierPath, DossierQuery
from civil_registry.api.models import CaseView
from civil_registry.domain.rights import View, view_of
from civil_registry.problems import CaseNotFound

router = APIRouter(prefix="/v1/cases", tags=["cases"])


@router.get(
    "",
    operation_id="list-cases",
    summary="Việc đăng ký của một hồ sơ, từng trẻ một / Registrations of a dossier, child by child",
    response_model_exclude_none=True,
    responses=problems.responses(
        problems.Unauthorized, problems.Forbidden, problems.InvalidPayload, problems.Unavailable
    ),
)
async def list_cases(dossier: DossierQuery, caller: Anyone, uow: Work) -> Page[CaseView]:
    """One for each child that the dossier declares; without what the caller may not see. A refused dossier has one."""
    rows = [(row, _view(row, caller)) for row in await queries.cases(uow, dossier)]
    return Page[CaseView](items=[_shown(row, view) for row, view in rows if view is not None])


@router.get(
    "/{dossier}",
    operation_id="read-case",
    summary="Tình trạng đăng ký của hồ sơ / How far a dossier's registration has come",
    response_model=CaseView,
    response_model_exclude_none=True,
    responses={
        304: {"description": "Unchanged"},
        **problems.responses(
            problems.Unauthorized, problems.Forbidden, CaseNotFound, problems.InvalidPayload, problems.Unavailable
        ),
    },
)
async def read_case(
    dossier: DossierPath, caller: Anyone, uow: Work, response: Response, if_none_match: etags.IfNoneMatch = None
) -> CaseView | Response:
    """State, and the record or the reason of refusal, for the people concerned, officers of the unit, and agencies.

    Of twins, the first child's: `list-cases` gives all.
    """
    row = next(iter(await queries.cases(uow, dossier)), None)
    view = _view(row, caller) if row else None
    if row is None or view is None:
        raise CaseNotFound
    if etags.not_modified(response, f"{row.version}-{view}", if_none_match):
        return Response(status_code=304, headers=dict(response.headers))
    return _shown(row, view)


def _view(row: Any, caller: Principal) -> View | None:
    return view_of(caller, unit=row.unit, people=row.people)


def _shown(row: Any, view: View) -> CaseView:
    return CaseView(
        dossier_code=row.dossier_code,
        child_number=row.child_number,
        case_id=row.id,
        unit=row.unit,
        state=row.state,
        received_at=row.received_at,
        changed_at=row.changed_at,
        record_id=row.record_id,
        cause=row.cause,
        reason=row.reason if view is View.FULL else None,
    )
