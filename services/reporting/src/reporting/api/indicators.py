"""Routes of the indicators (chỉ tiêu): open statistics that anyone may ask for. They decide nothing."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from chassis import problems
from chassis.auth import Public
from chassis.problems import FieldError, Text
from chassis.service import Work
from reporting.api.models import GroupView, OnlineShareView, TotalView
from reporting.api.parameters import Districts, From, Groups, Procedures, To, Units, check_period
from reporting.domain.share import total_of
from reporting.problems import PeriodReversed, ServiceGroupUnknown
from reporting.service_groups import SERVICE_GROUPS
from reporting.statistics import GroupBy, Selection, received_by_channel

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
