"""The route that fills in what the population database knows. It translates; handlers.prefill decides who may ask."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from chassis import problems
from chassis.auth import Allow, Principal
from chassis.service import Running
from chassis.text import CleanText
from submission.api.models.prefill import PrefillView
from submission.copies import Copies
from submission.handlers.prefill import Prefill, prefill_form
from submission.population import PopulationDatabase
from submission.problems.dossiers import (
    CaseRequired,
    DossierNotFound,
    NoLongerInForce,
    UnknownCase,
    UnknownProcedure,
    WrongState,
)
from submission.problems.intake import (
    DraftNotFound,
    IdentityLevelTooLow,
    NoPersonToLookUp,
    PersonNotFound,
    PopulationDatabaseUnavailable,
    PurposeMissing,
)

router = APIRouter(prefix="/v1/prefill", tags=["intake"])

Asker = Annotated[Principal, Depends(Allow(citizens=True, roles={"one-stop-officer"}))]


@router.get(
    "",
    operation_id="prefill-form",
    summary="A form filled in from the population database",
    response_model_exclude_none=True,
    responses=problems.responses(
        PurposeMissing,
        problems.Unauthorized,
        problems.Forbidden,
        IdentityLevelTooLow,
        DossierNotFound,
        DraftNotFound,
        PersonNotFound,
        WrongState,
        problems.InvalidPayload,
        UnknownProcedure,
        NoLongerInForce,
        CaseRequired,
        UnknownCase,
        NoPersonToLookUp,
        PopulationDatabaseUnavailable,
    ),
)
async def prefill(
    asker: Asker,
    runtime: Running,
    response: Response,
    procedure: Annotated[CleanText, Query(min_length=1, max_length=60, description="Code of the procedure")],
    case: Annotated[CleanText | None, Query(max_length=60, description="Trường hợp, if one is picked")] = None,
    dossier: Annotated[
        CleanText | None, Query(max_length=60, description="Officers: the dossier under way that it is for")
    ] = None,
    draft: Annotated[UUID | None, Query(description="Officers: their own draft that names the applicant")] = None,
    reason: Annotated[
        CleanText | None, Query(min_length=5, max_length=200, description="Officers: why, where it is for a draft")
    ] = None,
) -> PrefillView:
    """A citizen (VNeID level 2) gets her own data, an officer that of an applicant, for a purpose she states.

    The purpose is a dossier under way in a unit she serves, or a draft of hers and a reason. Every look-up is
    recorded, for the person looked up to see. When the population database is down, so is this address alone: filing by hand goes on.
    """
    copies: Copies = runtime.extras["copies"]
    population: PopulationDatabase = runtime.extras["population"]
    found = await prefill_form(
        Prefill(procedure, case, dossier, draft, reason), asker, runtime.database, copies, population
    )
    response.headers["Cache-Control"] = "private, no-store"
    return PrefillView.of(procedure, case, found)
