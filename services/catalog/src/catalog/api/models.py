"""What the catalogue's routes take and give. No behaviour beyond checking shape."""

import re
from datetime import date
from typing import Annotated, Any, Literal, Self

from fastapi import Path, Query
from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter, model_validator

from catalog.content import Gap, ProcedureContent
from catalog.domain.versions import Status
from chassis.text import CleanText
from contracts.catalog import (
    AdministrativeUnit,
    CalendarDay,
    Component,
    FeeRule,
    LegalSource,
    Offering,
    ProcedureField,
    TimeLimit,
)
from contracts.codes import Channel
from contracts.event import Part

CODE_PATTERN = r"^(\d\.\d{6}(\.[0-9A-Z]{2,3})*|[a-z][a-z0-9]*(-[a-z0-9]+)+)$"
"""A national code, perhaps with a local suffix, or one of this system's own such as hn2016-birth-ordinary."""

_clean_text = TypeAdapter(CleanText)


def _iso_day(value: object) -> object:
    """Only YYYY-MM-DD: without this, `0` would be read as a day in 1970."""
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError("not a day written YYYY-MM-DD / ngày phải viết YYYY-MM-DD")
    return value


Day = Annotated[date, BeforeValidator(_iso_day)]
On = Annotated[Day | None, Query(description="Hanoi day it is asked for; today if absent", examples=["2016-08-15"])]
Code = Annotated[CleanText, Path(max_length=60, description="Code of the procedure", examples=["1.001193"])]
UnitCode = Annotated[CleanText, Path(max_length=10, description="Code of the administrative unit", examples=["00634"])]
Number = Annotated[int, Path(ge=1, le=1_000_000, description="Number of the version")]
Year = Annotated[int, Path(ge=1900, le=2200, description="Calendar year", examples=[2026])]


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        value.encode()  # half a surrogate pair is no text: a ValueError, as pydantic wants it
        return _clean_text.validate_python(value)
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {_clean(key): _clean(item) for key, item in value.items()}
    return value


class _Strict(Part):
    """Part of what an editor sends: an unknown field is a mistake, and would be lost without a word."""

    model_config = ConfigDict(extra="forbid")


class FieldIn(ProcedureField, _Strict):
    """Lĩnh vực."""


class LegalSourceIn(LegalSource, _Strict):
    """Căn cứ pháp lý."""


class TimeLimitIn(TimeLimit, _Strict):
    """Thời hạn giải quyết."""


class FeeRuleIn(FeeRule, _Strict):
    """Một dòng của biểu phí, lệ phí."""


class ComponentIn(Component, _Strict):
    """Thành phần hồ sơ."""


class OfferingIn(Offering, _Strict):
    """Nơi và cách tiếp nhận."""

    channels: tuple[Channel, ...] = Field(min_length=1)


class NewVersion(_Strict):
    """A new version of a procedure, as an editor writes it. It stays a draft until it is published."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "1.004873",
                    "validFrom": "2027-03-01",
                    "name": "Thủ tục cấp giấy xác nhận tình trạng hôn nhân",
                    "field": {"code": "ho-tich", "name": "Hộ tịch"},
                    "keywords": ["giấy độc thân"],
                    "timeLimits": [{"channel": 2, "unit": "working-days", "amount": 3, "text": "3 ngày làm việc"}],
                    "offerings": [
                        {
                            "channels": [1, 2],
                            "serviceLevel": "full",
                            "validFrom": "2027-03-01",
                            "legalSource": "Quyết định công bố của thành phố",
                        }
                    ],
                    "formSchema": {"type": "object", "required": ["subject"]},
                    "source": "Luật Hộ tịch có hiệu lực từ 01/3/2027",
                }
            ]
        }
    )

    code: str = Field(pattern=CODE_PATTERN, max_length=60)
    valid_from: Day
    valid_to: Day | None = None
    name: str = Field(min_length=1, max_length=500)
    field: FieldIn
    keywords: tuple[str, ...] = ()
    legal_sources: tuple[LegalSourceIn, ...] = ()
    time_limits: tuple[TimeLimitIn, ...] = ()
    fees: tuple[FeeRuleIn, ...] = ()
    fee_text: str | None = None
    components: tuple[ComponentIn, ...] = ()
    offerings: tuple[OfferingIn, ...] = Field(min_length=1)
    form_schema: dict[str, Any] = Field(description="JSON Schema 2020-12 of the form, complete in itself")
    occurrence_pointer: str | None = Field(default=None, max_length=200, pattern=r"^(/[A-Za-z0-9]+)+$")
    handled_by: Literal["desk", "civil-registry"] = "desk"
    omissions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    source: str = Field(min_length=1, description="Where this version is from: the decision, or the publication")

    @model_validator(mode="before")
    @classmethod
    def _all_text_clean(cls, data: Any) -> Any:
        return _clean(data)

    @model_validator(mode="after")
    def _lasts_a_day_at_least(self) -> Self:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("validTo is before validFrom / ngày hết hiệu lực trước ngày có hiệu lực")
        return self

    def content(self) -> ProcedureContent:
        return ProcedureContent.model_validate(self.model_dump(exclude={"code", "valid_from", "valid_to"}))


class ProcedureSummary(Part):
    """A procedure in a list, as it stands on the day asked for. `channels`: those it is offered by on that day."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "1.001193",
                    "version": 1,
                    "name": "Thủ tục đăng ký khai sinh",
                    "field": {"code": "ho-tich", "name": "Hộ tịch"},
                    "channels": [1, 2],
                    "validFrom": "2025-07-01",
                    "validTo": None,
                }
            ]
        }
    )

    code: str
    version: int
    name: str
    field: ProcedureField
    channels: tuple[Channel, ...]
    valid_from: date
    valid_to: date | None = None


class Procedure(Part):
    """A version of a procedure. Its form is at `/v1/procedures/{code}/form`.

    `feeText` is the fee as published; where `fees` cannot express it, `omissions` says so. `notPublished` names what
    our sources do not say: it is left out, never guessed.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "1.004222",
                    "version": 1,
                    "status": "published",
                    "validFrom": "2025-07-01",
                    "name": "Đăng ký thường trú",
                    "field": {"code": "cu-tru", "name": "Cư trú"},
                    "keywords": ["hộ khẩu", "nhập khẩu"],
                    "legalSources": [],
                    "timeLimits": [{"channel": 1, "unit": "working-days", "amount": 7, "text": "7 ngày làm việc"}],
                    "fees": [],
                    "components": [],
                    "offerings": [
                        {
                            "channels": [1, 2],
                            "serviceLevel": "partial",
                            "validFrom": "2025-07-01",
                            "legalSource": "Thiết lập của hệ thống",
                        }
                    ],
                    "handledBy": "desk",
                    "omissions": [],
                    "notes": [],
                    "notPublished": ["fees", "components"],
                    "source": "Trang thủ tục hành chính công khai, đọc năm 2026",
                }
            ]
        }
    )

    code: str
    version: int
    status: Status
    valid_from: date
    valid_to: date | None = None
    name: str
    field: ProcedureField
    keywords: tuple[str, ...]
    legal_sources: tuple[LegalSource, ...]
    time_limits: tuple[TimeLimit, ...]
    fees: tuple[FeeRule, ...]
    fee_text: str | None = None
    components: tuple[Component, ...]
    offerings: tuple[Offering, ...]
    occurrence_pointer: str | None = None
    handled_by: str
    omissions: tuple[str, ...]
    notes: tuple[str, ...]
    not_published: tuple[Gap, ...]
    source: str

    @classmethod
    def of(
        cls, code: str, version: int, status: str, validity: tuple[date, date | None], content: ProcedureContent
    ) -> Self:
        said = content.model_dump(exclude={"form_schema"})
        return cls.model_validate(
            said
            | {"code": code, "version": version, "status": status, "not_published": content.not_published}
            | {"valid_from": validity[0], "valid_to": validity[1]}
        )


class Unit(AdministrativeUnit):
    """Đơn vị hành chính, with where the row is from. The key is (code, validFrom): codes are reused."""

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
                    "source": "Danh mục đơn vị hành chính (Tổng cục Thống kê)",
                }
            ]
        }
    )

    source: str


class RolloutWave(Part):
    """Đợt triển khai. `unitCount` is the published number; `units` is empty where the list is not known."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "wave-2",
                    "name": "Đợt 2: 139 đơn vị cấp xã của 6 huyện",
                    "startsOn": "2016-11-10",
                    "unitCount": 139,
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
