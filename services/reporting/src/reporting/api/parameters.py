"""The query parameters that reporting's routes share. It asks nothing of the database."""

from datetime import date
from typing import Annotated

from fastapi import Query
from pydantic import Field

from chassis.problems import FieldError, Text
from chassis.text import CleanText
from reporting.problems import PeriodReversed

From = Annotated[date, Query(alias="from", description="First day, a Hanoi day", examples=["2016-08-10"])]
To = Annotated[date, Query(alias="to", description="Last day, a Hanoi day", examples=["2016-08-19"])]

Code = Annotated[CleanText, Field(min_length=1, max_length=50)]
Codes = Annotated[list[Code] | None, Query(max_length=700)]
Procedures = Annotated[Codes, Query(description="Codes of procedures (thủ tục); repeat it for several")]
Units = Annotated[Codes, Query(description="Codes of communes and wards (xã, phường); repeat it for several")]
Fields = Annotated[Codes, Query(description="Codes of fields (lĩnh vực); repeat it for several")]
Districts = Annotated[
    Codes, Query(description="Codes of districts (quận, huyện), which exist until 30/6/2025; repeat it for several")
]
Groups = Annotated[Codes, Query(description="Groups of services (nhóm dịch vụ), e.g. `birth`; repeat it for several")]


def check_period(first: date, last: date) -> None:
    """Raise PeriodReversed if the period ends before it begins."""
    if last < first:
        message = Text("Phải từ ngày đầu kỳ trở đi", "Must not be before `from`")
        raise PeriodReversed(errors=[FieldError("query:to", "period-order", message)])
