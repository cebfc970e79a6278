"""Routes of the indicators (chỉ tiêu): open statistics that anyone may ask for. They decide nothing."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from chassis import problems
from chassis.auth import Public
from chassis.clock import hanoi_day
from chassis.problems import FieldError, Text
from chassis.service import Work
from reporting.api.models import (
    DigitisationView,
    GroupView,
    IndicatorView,
    OnlineShareView,
    ProgressView,
    TotalView,
)
from reporting.api.parameters import Districts, From, Groups, Procedures, To, Units, check_period
from reporting.domain.indicators import digitisation, progress
from reporting.domain.report import Period
from reporting.domain.share import total_of
from reporting.problems import PeriodReversed, ServiceGroupUnknown
from reporting.service_groups import SERVICE_GROUPS
from reporting.statistics import (
    GroupBy,
    Selection,
    digitisation_tally,
    received_by_channel,
    repeat_tally,
    tally,
)

router = APIRouter(prefix="/v1/indicators", tags=["indicators"], dependencies=[Depends(Public())])


@router.get(
    "/online-share",
    operation_id="get-online-share",
    summary="Online share of the dossiers received",
    responses=problems.responses(PeriodReversed, ServiceGroupUnknown, problems.InvalidPayload),
)
async def get_online_share(
    first: From,
    last: To,
    uow: Work,
    group_by: Annotated[GroupBy, Query(alias="groupBy", description="By what dossiers are told apart")] = GroupBy.FIELD,
    procedure: Procedures = None,
    group: Groups = None,
    unit: Units = None,
    district: Districts = None,
) -> OnlineShareView:
    """Dossiers received from one Hanoi day to another, by channel, and the share of those filed online.

    Filters of different names must all hold; of one name repeated, any. Field and district are those of the day a
    dossier was received: in 2016 a ward had a district, since 1/7/2025 no commune has one, and its district is null.

    Public, on purpose: these are counts without personal data, which the city publishes as open data.
    """
    check_period(first, last)
    selection = Selection(first, last, _procedures(procedure, group), unit, district)
    groups = await received_by_channel(uow, selection, group_by, tuple(SERVICE_GROUPS.values()))
    return OnlineShareView(
        first=first,
        last=last,
        group_by=group_by,
        groups=[GroupView.of(counted) for counted in groups],
        total=TotalView.of(total_of(groups)),
    )


@router.get(
    "/digitisation",
    operation_id="get-digitisation",
    summary="Digitisation: indicators 4.1 to 4.5 of QĐ 766/QĐ-TTg",
    responses=problems.responses(PeriodReversed, problems.InvalidPayload),
)
async def get_digitisation(first: From, last: To, uow: Work, unit: Units = None) -> DigitisationView:
    """Electronic results (4.1), papers and result digitised (4.2), papers reused (4.3), from the national store (4.4), VNeID (4.5).

    4.1 and 4.2 are of the dossiers resolved in the period, whenever received; 4.3 to 4.5 of those received in it. Whole city, or
    some communes. Public, as the online share is.
    """
    check_period(first, last)
    sums = await digitisation_tally(uow, first, last, units=unit)
    return DigitisationView(
        first=first, last=last, indicators=[IndicatorView.of(indicator) for indicator in digitisation(sums)]
    )


@router.get(
    "/progress",
    operation_id="get-progress",
    summary="Dossiers on time: indicator 2.1 of QĐ 766/QĐ-TTg",
    responses=problems.responses(PeriodReversed, problems.InvalidPayload),
)
async def get_progress(first: From, last: To, uow: Work, unit: Units = None) -> ProgressView:
    """Finished and in progress on time, of all dossiers in hand in the period: report II.06a's (8) + (9) + (12) of (3).

    With one more thing than the report knows: a dossier of which more than one supplement was asked is overdue. The time a
    supplement is awaited does not count, since the due time moves by it. Public, as the online share is.
    """
    check_period(first, last)
    period = Period(first, last, hanoi_day(uow.now))
    repeated = await repeat_tally(uow, period, units=unit)
    on_time = progress(await tally(uow, period, units=unit), repeated)
    return ProgressView(
        first=first,
        last=last,
        on_time=IndicatorView.of(on_time),
        supplement_requests=repeated.requests,
        supplement_hours=repeated.seconds // 3600,
    )


def _procedures(procedures: list[str] | None, groups: list[str] | None) -> list[str] | None:
    """The procedures that both filters leave, None being all."""
    if groups is None:
        return procedures
    if unknown := [key for key in groups if key not in SERVICE_GROUPS]:
        message = Text("Không có nhóm dịch vụ này", "No such group of services")
        errors = [FieldError("query:group", "known-group", message) for _ in unknown]
        raise ServiceGroupUnknown(errors=errors, known=sorted(SERVICE_GROUPS))
    codes = [code for key in dict.fromkeys(groups) for code in SERVICE_GROUPS[key].codes]
    return codes if procedures is None else [code for code in codes if code in procedures]
