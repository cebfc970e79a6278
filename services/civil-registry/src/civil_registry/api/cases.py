"""Route of registration cases: how far a dossier has come here."""

from fastapi import APIRouter, Response

from chassis import etags, problems
from chassis.service import Work
from civil_registry import queries
from civil_registry.api.callers import Anyone, DossierPath
from civil_registry.api.models import CaseView
from civil_registry.domain.rights import View, view_of
from civil_registry.problems import CaseNotFound

router = APIRouter(prefix="/v1/cases", tags=["cases"])


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
    """State, and the record or the reason of refusal, for the people concerned, officers of the unit, and agencies."""
    row = await queries.case(uow, dossier)
    view = view_of(caller, unit=row.unit, people=row.people) if row else None
    if row is None or view is None:
        raise CaseNotFound
    if etags.not_modified(response, f"{row.version}-{view}", if_none_match):
        return Response(status_code=304, headers=dict(response.headers))
    return CaseView(
        dossier_code=row.dossier_code,
        case_id=row.id,
        unit=row.unit,
        state=row.state,
        received_at=row.received_at,
        changed_at=row.changed_at,
        record_id=row.record_id,
        cause=row.cause,
        reason=row.reason if view is View.FULL else None,
    )
