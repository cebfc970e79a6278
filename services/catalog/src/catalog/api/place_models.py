"""What the catalogue's routes take and give of places: units, rollout waves, agencies, calendars. Shape only."""

from datetime import date
from typing import Annotated

from fastapi import Path
from pydantic import ConfigDict, Field

from catalog.api.models import Day, Strict
from catalog.domain.agency_code import LONGEST
from chassis.text import CleanText
from contracts.catalog import AdministrativeUnit, Agency, CalendarDay
from contracts.event import Part


class Unit(AdministrativeUnit):
    """Đơn vị hành chính, with where the row is from. The key is (code, validFrom): codes are reused.

    `successors` took its place on the day after its last, `predecessors` gave way to it on its first day: whole or in
    part. Only what our sources say: an empty list is no statement that there were none.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "00634",
                    "name": "Phường Đại Mỗ",
                    "kind": "ward",
                    "parent": "019",
                    "validFrom": "2016-08-10",
                    "validTo": "2025-06-30",
                    "successors": ["00622", "00634", "00637", "09556", "09886"],
                    "predecessors": [],
                    "source": "Danh mục đơn vị hành chính (Tổng cục Thống kê)",
                }
            ]
        }
    )

    predecessors: tuple[str, ...]
    source: str


class RolloutWave(Part):
    """Đợt triển khai. `unitCount` is the published number; `units` is empty where the list is not known.

    `cumulativeCount`: communes that had begun once this wave had, the waves before it included.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "wave-2",
                    "name": "Đợt 2: 139 đơn vị cấp xã của 6 huyện",
                    "startsOn": "2016-11-10",
                    "unitCount": 139,
                    "cumulativeCount": 307,
                    "units": [],
                    "note": "",
                    "source": "Hà Nội, triển khai dịch vụ công hộ tịch trực tuyến, 2016",
                }
            ]
        }
    )

    id: str
    name: str
    starts_on: date
    unit_count: int
    cumulative_count: int
    units: tuple[str, ...]
    note: str
    source: str


class WorkingCalendar(Part):
    """Lịch làm việc: the days of a year that depart from the week. Days not listed: Monday to Friday are worked."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "year": 2026,
                    "version": 1,
                    "days": [
                        {
                            "day": "2026-11-24",
                            "working": False,
                            "name": "Ngày Văn hóa Việt Nam",
                            "source": "Lịch nghỉ 2026",
                        }
                    ],
                }
            ]
        }
    )

    year: int
    version: int
    days: tuple[CalendarDay, ...]


class AgencyOut(Agency):
    """Cơ quan, by its code in both notations, with where the row is from. The key is (code, validFrom)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "H56.22.17",
                    "formerCode": "000.17.22.H56",
                    "name": "Một cơ quan cấp xã",
                    "parent": None,
                    "unit": None,
                    "validFrom": "2020-07-22",
                    "validTo": None,
                    "source": "Quyết định cấp mã của tỉnh",
                }
            ]
        }
    )

    source: str


class AgencyIn(Strict):
    """An agency, as an editor gives it. Its code stands in the address."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Ủy ban nhân dân phường (ví dụ)",
                    "parent": "H26",
                    "unit": "00004",
                    "validFrom": "2025-07-01",
                    "source": "Quyết định cấp mã của thành phố",
                }
            ]
        }
    )

    name: CleanText = Field(min_length=1, max_length=500)
    parent: CleanText | None = Field(default=None, max_length=LONGEST, description="Code of the agency above it")
    unit: CleanText | None = Field(default=None, max_length=10, description="Code of the unit it serves")
    valid_from: Day
    valid_to: Day | None = None
    source: CleanText = Field(min_length=1, max_length=1000)


AgencyPath = Annotated[
    CleanText,
    Path(max_length=LONGEST, description="Code of the agency, in either notation", examples=["000.00.00.H26"]),
]
