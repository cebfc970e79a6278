"""How every route looks up the version in force on a day and reads the codes in an address. It decides nothing."""

from datetime import date
from typing import Annotated, Any

from fastapi import Query
from sqlalchemy import Row

from catalog import problems
from catalog.content import ProcedureContent
from catalog.domain.agency_code import LONGEST, AgencyCode, NotAnAgencyCode, agency_code
from catalog.domain.cases import case_of
from catalog.queries import places, procedures
from chassis.database import UnitOfWork
from chassis.problems import FieldError, Text
from chassis.text import CleanText

CaseCode = Annotated[
    CleanText | None,
    Query(alias="case", max_length=60, description="Code of the case (trường hợp), one of the procedure's `cases`"),
]
UnitQuery = Annotated[CleanText | None, Query(max_length=10, description="Code of a commune", examples=["00004"])]
AgencyQuery = Annotated[
    CleanText | None,
    Query(
        max_length=LONGEST, description="Code of an agency that carries it out, in either notation", examples=["H26"]
    ),
]


async def in_force(uow: UnitOfWork, code: str, day: date) -> Row[Any]:
    """The version in force on that day. Raises UnknownProcedure, ProcedureNotInForce."""
    rows = await procedures.standing_versions(uow, code, day)
    if not rows:
        raise problems.UnknownProcedure(code=code)
    for row in rows:
        if row.content is not None:
            return row
    periods = [{"validFrom": row.valid_from, "validTo": row.valid_to} for row in rows]
    raise problems.ProcedureNotInForce(code=code, on=day, inForce=periods)


def tag_of(row: Row[Any]) -> str:
    """A version never changes once published, but for its last day: then its revision rises."""
    return f"{row.version}.{row.revision}"


def refuse_unknown_case(code: str, content: ProcedureContent, case: str | None, pointer: str = "query:case") -> None:
    """Raise UnknownCase if a case is named that the procedure does not have."""
    if case is None or case_of(content, case) is not None:
        return
    message = Text("Không có trường hợp này", "The procedure has no such case")
    known = [other.code for other in content.cases]
    raise problems.UnknownCase(errors=[FieldError(pointer, "case", message)], code=code, case=case, cases=known)


def read_agency(text: str, pointer: str) -> AgencyCode:
    """The agency's code that a text says, in either notation. Raises UnsoundAgency."""
    try:
        return agency_code(text)
    except NotAnAgencyCode:
        message = Text(
            "Không phải mã cơ quan: viết như H56.22.17 hoặc 000.17.22.H56",
            "Not a code of an agency: written as H56.22.17 or 000.17.22.H56",
        )
        raise problems.UnsoundAgency(errors=[FieldError(pointer, "agency-code", message)]) from None


async def refuse_unknown_commune(uow: UnitOfWork, unit: str | None, day: date) -> None:
    """Raise UnknownUnit if a unit is named that is no commune of that day."""
    if unit is None:
        return
    row = await places.unit(uow, unit, day)
    if row is None or row.kind in {"province", "district"}:
        raise problems.UnknownUnit(
            Text("Không có đơn vị cấp xã mang mã này vào ngày này", "No commune has this code on this day"),
            unit=unit,
            on=day,
        )
