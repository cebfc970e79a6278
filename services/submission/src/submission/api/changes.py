"""The route by which agencies keep up with all dossiers: filters, and a pull that misses nothing. It changes nothing."""

from datetime import date, datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime

from chassis import problems
from chassis.auth import Allow
from chassis.clock import HANOI
from chassis.paging import Cursor, Limit, decode_cursor, encode_cursor
from chassis.service import Work
from chassis.text import CleanText
from contracts.codes import Channel, DossierStatus
from submission.api.cursors import instant
from submission.api.models.changes import ChangedDossier, ChangesPage
from submission.queries.changes import BEGINNING, Wanted, changes

router = APIRouter(prefix="/v1/changes", tags=["dossiers"])


@router.get(
    "",
    operation_id="list-changes",
    summary="Dossiers in the order they changed",
    response_model_exclude_none=True,
    dependencies=[Depends(Allow(scope="submission:read"))],
    responses=problems.responses(
        problems.BadRequest, problems.Unauthorized, problems.Forbidden, problems.InvalidPayload
    ),
)
async def list_changes(
    uow: Work,
    procedure: Annotated[CleanText | None, Query(max_length=60, description="Only of this procedure")] = None,
    unit: Annotated[CleanText | None, Query(max_length=35, description="Only of this unit")] = None,
    status: Annotated[DossierStatus | None, Query(description="Only of this status now")] = None,
    channel: Annotated[Channel | None, Query(description="Only filed by this channel")] = None,
    received_from: Annotated[
        date | None, Query(alias="receivedFrom", description="Only received on this Hanoi day or later")
    ] = None,
    received_to: Annotated[
        date | None, Query(alias="receivedTo", description="Only received on this Hanoi day or earlier")
    ] = None,
    updated_after: Annotated[
        AwareDatetime | None, Query(alias="updatedAfter", description="Where to begin, if there is no cursor yet")
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> ChangesPage:
    """Every dossier is there once, at its last change, without personal data; one that changes again comes again, later.

    A change appears when nothing before it can appear any more, which is as soon as no older transaction runs: who goes on
    from the cursor misses nothing. A page may hold fewer than `limit` and still have `more` after it.
    """
    key = decode_cursor(cursor, 2, (instant, str))
    after = (key[0], key[1]) if key else (updated_after or BEGINNING, "")
    found = await changes(
        uow,
        Wanted(
            after,
            limit,
            procedure,
            unit,
            status,
            channel,
            _midnight(received_from) if received_from else None,
            _midnight(received_to, days=1) if received_to else None,
        ),
    )
    at, code = found.reached
    return ChangesPage(
        items=[ChangedDossier.of(row) for row in found.rows],
        next_cursor=encode_cursor((at.isoformat(), code)),
        more=found.more,
    )


def _midnight(day: date, days: int = 0) -> datetime:
    """The beginning of a Hanoi day, or of one so many days later; the end of time has none after it."""
    try:
        return datetime.combine(day + timedelta(days=days), time(), HANOI)
    except OverflowError:
        return datetime.max.replace(tzinfo=HANOI)
