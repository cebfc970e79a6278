"""Routes of the statutory reports. They decide nothing: the definitions are in domain/report.py."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends

from chassis import problems
from chassis.auth import Allow, Principal
from chassis.clock import hanoi_day
from chassis.service import Work
from reporting.api.models import ReportView
from reporting.api.parameters import Fields, From, To, Units, check_period
from reporting.domain.report import Period, report
from reporting.problems import PeriodReversed
from reporting.statistics import tally

router = APIRouter(prefix="/v1/reports", tags=["reports"])

Reader = Annotated[Principal, Depends(Allow(roles={"reporter"}, scope="reporting:read"))]


@router.get(
    "/II.06a",
    operation_id="get-report-ii-06a",
    summary="Report II.06a/VPCP/KSTT: dossiers received, resolved and in progress",
    responses=problems.responses(problems.Unauthorized, problems.Forbidden, PeriodReversed, problems.InvalidPayload),
)
async def get_report_ii_06a(
    first: From, last: To, _: Reader, uow: Work, unit: Units = None, field: Fields = None
) -> ReportView:
    """The columns of the form, for the whole city or for some units and fields.

    Received (3) = online (4) + counter and post (5) + carried over (6); resolved (7) = early (8) + on time (9) +
    overdue (10); in progress (11) = in time (12) + overdue (13); (3) = (7) + (11).

    Early: before the due day. On time: on the due day, not after the due time. Overdue: later. A stopped dossier counts as
    resolved when it was stopped, and as early if that was while its clock stood still, a fee being awaited. In progress is
    as of the end of the period: overdue if the due day is over, so that what is due today is in time until midnight. The
    field of a procedure is that of the last day of the period. What was heard late is counted on the day it happened, so a
    report of the past may change.
    """
    check_period(first, last)
    period = Period(first, last, hanoi_day(uow.now))
    counted = report(await tally(uow, period, units=unit, fields=field))
    return ReportView(first=first, last=last, **asdict(counted))
