"""The routes by which anyone reads classes of online service: of one procedure, and how many of which. They decide nothing."""

from collections.abc import Sequence

from fastapi import APIRouter, Depends, Response

from catalog import problems
from catalog.api.guide_models import ClassCount, ClassCounts, ProcedureClasses, SchemeCount, StatedClass
from catalog.api.models import Code, On
from catalog.api.standing import AgencyQuery, UnitQuery, in_force, read_agency, refuse_unknown_commune, tag_of
from catalog.content import ProcedureContent
from catalog.domain.cases import offered
from catalog.domain.service_classes import CLASSES, LEVELS
from catalog.queries import procedures as queries
from catalog.sources.service_classes import Scheme, schemes
from chassis import problems as chassis_problems
from chassis.auth import Public
from chassis.clock import hanoi_day
from chassis.etags import IfNoneMatch, not_modified
from chassis.problems import InvalidPayload
from chassis.service import Work

router = APIRouter(prefix="/v1", dependencies=[Depends(Public())], tags=["procedures"])


@router.get(
    "/procedures/{code}/service-classes",
    operation_id="list-procedure-service-classes",
    summary="Read the class of service of a procedure, by commune and day",
    responses={
        304: {"description": "Unchanged since the ETag in If-None-Match"},
        **chassis_problems.responses(
            InvalidPayload,
            problems.UnsoundAgency,
            problems.UnknownProcedure,
            problems.ProcedureNotInForce,
            problems.UnknownUnit,
        ),
    },
    response_model=ProcedureClasses,
    response_model_exclude_none=True,
)
async def get_procedure_classes(
    code: Code,
    uow: Work,
    response: Response,
    unit: UnitQuery = None,
    agency: AgencyQuery = None,
    on: On = None,
    if_none_match: IfNoneMatch = None,
) -> ProcedureClasses | Response:
    """Levels 1-4 (NĐ 43/2011) and the classes of NĐ 42/2022 side by side, as stated; at one commune, or everywhere.

    With `agency`, none if the procedure does not name it among those who carry it out.
    """
    wanted = None if agency is None else read_agency(agency, "query:agency").code
    day = on or hanoi_day(uow.now)
    row = await in_force(uow, code, day)
    await refuse_unknown_commune(uow, unit, day)
    if not_modified(response, tag_of(row), if_none_match):
        return Response(status_code=304, headers=dict(response.headers))
    content = ProcedureContent.model_validate_json(row.content)
    offers = offered(content.offerings, day, unit) if wanted is None or wanted in content.agencies else ()
    stated = tuple(StatedClass.of(offering) for offering in offers)
    return ProcedureClasses(code=code, version=row.version, on=day, unit=unit, agency=wanted, classes=stated)


@router.get(
    "/service-classes",
    operation_id="count-service-classes",
    summary="Count the procedures of a day by class of service",
    responses=chassis_problems.responses(InvalidPayload, problems.UnsoundAgency, problems.UnknownUnit),
    response_model_exclude_none=True,
)
async def get_class_counts(uow: Work, unit: UnitQuery = None, agency: AgencyQuery = None, on: On = None) -> ClassCounts:
    """A procedure counts once in each scheme, by its highest level and its highest class of that day.

    With `agency`, only procedures that name it among those who carry them out.
    """
    wanted = None if agency is None else read_agency(agency, "query:agency").code
    day = on or hanoi_day(uow.now)
    await refuse_unknown_commune(uow, unit, day)
    rows = await queries.count_classes(uow, on=day, unit=unit, agency=wanted, levels=LEVELS, classes=CLASSES)
    stated = [(row.level, row.service_class, row.procedures) for row in rows]
    former, present = schemes()
    return ClassCounts(
        on=day,
        unit=unit,
        agency=wanted,
        procedures=sum(count for _, _, count in stated),
        not_offered=sum(count for level, class_, count in stated if level is None and class_ is None),
        schemes=(
            _scheme(former, [(level, class_, count) for level, class_, count in stated]),
            _scheme(present, [(class_, level, count) for level, class_, count in stated]),
        ),
    )


def _scheme(scheme: Scheme, stated: Sequence[tuple[int | None, int | None, int]]) -> SchemeCount:
    """The counts of a scheme, from (place in it, place in the other, procedures); places begin at 1."""
    classes = tuple(
        ClassCount(**row.model_dump(), procedures=sum(count for own, _, count in stated if own == place))
        for place, row in enumerate(scheme.classes, start=1)
    )
    unstated = sum(count for own, other, count in stated if own is None and other is not None)
    return SchemeCount(**scheme.model_dump(exclude={"classes"}), classes=classes, unstated=unstated)
