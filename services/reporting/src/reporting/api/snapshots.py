"""Route of the snapshots that the national portal pulls. It decides nothing."""

import hashlib
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from chassis import problems
from chassis.auth import Allow, Principal
from chassis.clock import hanoi_day
from chassis.etags import IfNoneMatch, not_modified
from chassis.service import Work
from reporting.api.models import SnapshotRow, SnapshotView
from reporting.problems import SnapshotNotYet
from reporting.statistics import counts_of_day

router = APIRouter(prefix="/v1/snapshots", tags=["snapshots"])

Reader = Annotated[Principal, Depends(Allow(roles={"reporter"}, scope="reporting:read"))]

# A past day changes only when something is heard late, so a copy is good for a while; of a running day, it must be asked.
_PAST, _RUNNING = "private, max-age=300", "private, no-cache"


@router.get(
    "/{day}",
    operation_id="get-snapshot",
    summary="The counts of a day",
    response_model=SnapshotView,
    responses=problems.responses(problems.Unauthorized, problems.Forbidden, SnapshotNotYet, problems.InvalidPayload)
    | {304: {"description": "Unchanged since the version named by If-None-Match"}},
)
async def get_snapshot(day: date, _: Reader, uow: Work, if_none_match: IfNoneMatch = None) -> Response:
    """By procedure, unit and channel: dossiers received on a Hanoi day, and dossiers resolved on it, whenever received.

    The ETag is a hash of the counts: the same ETag, the same counts. A puller that keeps it learns cheaply that nothing changed,
    and surely that something did.
    """
    today = hanoi_day(uow.now)
    if day > today:
        raise SnapshotNotYet(day=day, today=today)
    rows = [
        SnapshotRow(
            procedure=row.procedure,
            unit=row.unit,
            channel=row.channel,
            received=row.received,
            resolved_early=row.early,
            resolved_on_time=row.on_time,
            resolved_overdue=row.late_same_day + row.late_after,
        )
        for row in await counts_of_day(uow, day)
    ]
    body = SnapshotView(day=day, complete=day < today, rows=rows).model_dump_json(by_alias=True).encode()
    response = Response(body, media_type="application/json")
    response.headers["Cache-Control"] = _PAST if day < today else _RUNNING
    if not_modified(response, hashlib.sha256(body).hexdigest(), if_none_match):
        kept = {name: response.headers[name] for name in ("ETag", "Cache-Control")}
        return Response(status_code=304, headers=kept)
    return response
