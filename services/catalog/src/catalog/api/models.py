"""What the catalogue's routes take and give of procedures. No behaviour beyond checking shape."""

import re
from datetime import date
from typing import Annotated, Any, Literal, Self

from fastapi import Path, Query
from pydantic import BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from catalog.api.json_text import cleaned
from catalog.content import Gap, ProcedureContent, Steps
from catalog.domain import procedure_code
from catalog.domain.versions import Status
from chassis.text import CleanText
from contracts.catalog import (
    Case,
    Component,
    FeeRule,
    FeeTier,
    LegalSource,
    LongerLimit,
    Offering,
    ProcedureField,
    ResultDocument,
    TimeLimit,
)
from contracts.codes import Channel
from contracts.event import Part


def _iso_day(value: object) -> object:
    """Only YYYY-MM-DD: without this, `0` would be read as a day in 1970."""
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError("not a day written YYYY-MM-DD / ngày phải viết YYYY-MM-DD")
    return value


Day = Annotated[date, BeforeValidator(_iso_day)]
On = Annotated[Day | None, Query(description="Hanoi day it is asked for; today if absent", examples=["2016-08-15"])]
Code = Annotated[
    CleanText, Path(max_length=procedure_code.LONGEST, description="Code of the procedure", examples=["1.001193"])
]
UnitCode = Annotated[CleanText, Path(max_length=10, description="Code of the administrative unit", examples=["00634"])]
Number = Annotated[int, Path(ge=1, le=1_000_000, description="Number of the version")]
Year = Annotated[int, Path(ge=1900, le=2200, description="Calendar year", examples=[2026])]


class Strict(Part):
    """Part of what an editor sends: an unknown field is a mistake, and would be lost without a word."""

    model_config = ConfigDict(extra="forbid")


Name = Annotated[str, Field(min_length=1, max_length=500)]
Slug = Annotated[str, Field(min_length=1, max_length=60)]
Pointer = Annotated[str, Field(max_length=200, pattern=r"^(/[A-Za-z0-9]+)+$")]
Dong = Annotated[int, Field(ge=0, le=10**12)]
Count = Annotated[int, Field(ge=0, le=100_000)]


class FieldIn(ProcedureField, Strict):
    """Lĩnh vực."""

    code: Slug
    name: Name


class LegalSourceIn(LegalSource, Strict):
    """Căn cứ pháp lý."""

    number: Name


class LongerLimitIn(LongerLimit, Strict):
    """Thời hạn khi phải xác minh."""

    amount: Count


class TimeLimitIn(TimeLimit, Strict):
    """Thời hạn giải quyết."""

    amount: Count
    verification: LongerLimitIn | None = None


class FeeTierIn(FeeTier, Strict):
    """Một bậc của mức thu theo trang."""

    amount: Dong


class FeeRuleIn(FeeRule, Strict):
    """Một dòng của biểu phí, lệ phí."""

    id: Slug
    item: Slug = "fee"
    amount: Dong
    min_days_since_occurrence: Count | None = None
    max_days_since_occurrence: Count | None = None
    min_age: Count | None = None
    max_age: Count | None = None
    min_identity_level: Annotated[int, Field(ge=0, le=2)] | None = None
    tiers: tuple[FeeTierIn, ...] = ()
    cap: Dong | None = None
    valid_from: Day
    valid_to: Day | None = None
    legal_source: Name


class CaseIn(Case, Strict):
    """Trường hợp."""

    code: Slug
    name: Name


class StepsIn(Steps, Strict):
    """Trình tự thực hiện của một trường hợp."""


class ResultIn(ResultDocument, Strict):
    """Kết quả thực hiện."""

    code: Slug
    name: Name


class ComponentIn(Component, Strict):
    """Thành phần hồ sơ."""

    code: Slug
    name: Name
    originals: Count = 0
    copies: Count = 0


class OfferingIn(Offering, Strict):
    """Nơi và cách tiếp nhận."""

    units: tuple[Slug, ...] | None = Field(default=None, min_length=1)
    channels: tuple[Channel, ...] = Field(min_length=1)
    valid_from: Day
    valid_to: Day | None = None
    legal_source: Name


_EXAMPLE: dict[str, Any] = {
    "validFrom": "2027-03-01",
    "name": "Thủ tục cấp giấy xác nhận tình trạng hôn nhân",
    "field": {"code": "ho-tich", "name": "Hộ tịch"},
    "keywords": ["giấy độc thân"],
    "timeLimits": [{"channel": 2, "unit": "working-days", "amount": 3, "text": "3 ngày làm việc"}],
    "cases": [{"code": "ket-hon", "name": "Để kết hôn"}, {"code": "muc-dich-khac", "name": "Vì mục đích khác"}],
    "steps": [{"steps": ["Nộp tờ khai", "Công chức tư pháp - hộ tịch kiểm tra", "Trả kết quả"]}],
    "results": [{"code": "giay-xac-nhan", "name": "Giấy xác nhận tình trạng hôn nhân"}],
    "agencies": ["H26"],
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


class VersionIn(Strict):
    """What a version of a procedure says, as an editor writes it. It stays a draft until it is published."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    valid_from: Day
    valid_to: Day | None = None
    name: Name
    field: FieldIn
    keywords: tuple[str, ...] = ()
    legal_sources: tuple[LegalSourceIn, ...] = ()
    time_limits: tuple[TimeLimitIn, ...] = ()
    fees: tuple[FeeRuleIn, ...] = ()
    fee_text: str | None = None
    components: tuple[ComponentIn, ...] = ()
    cases: tuple[CaseIn, ...] = ()
    steps: tuple[StepsIn, ...] = ()
    applicants: tuple[str, ...] = ()
    conditions: str | None = None
    results: tuple[ResultIn, ...] = ()
    agencies: tuple[str, ...] = Field(default=(), description="Codes of those who carry it out, as H26 or H56.22.17")
    life_events: tuple[str, ...] = Field(default=(), description="Codes of `/v1/life-events`")
    offerings: tuple[OfferingIn, ...] = Field(min_length=1)
    form_schema: dict[str, Any] = Field(description="JSON Schema 2020-12 of the form, complete in itself")
    form_ui: dict[str, Any] = Field(
        default_factory=dict, description="Hints for drawing the form, by JSON pointer into the filled form"
    )
    occurrence_pointer: Pointer | None = Field(default=None, description="Where the form holds the day of the event")
    age_pointer: Pointer | None = Field(default=None, description="Where the form holds the date of birth fees ask for")
    supplement_working_days: Annotated[int, Field(ge=1, le=365)] | None = None
    handled_by: Literal["desk", "civil-registry"] = "desk"
    omissions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    source: str = Field(min_length=1, description="Where this version is from: the decision, or the publication")

    @model_validator(mode="before")
    @classmethod
    def _all_text_clean(cls, data: Any) -> Any:
        return cleaned(data)

    @field_validator("valid_to")
    @classmethod
    def _lasts_a_day_at_least(cls, last: date | None, info: ValidationInfo) -> date | None:
        first = info.data.get("valid_from")
        if last is not None and first is not None and last < first:
            raise ValueError("before validFrom / ngày hết hiệu lực trước ngày có hiệu lực")
        return last

    def content(self) -> ProcedureContent:
        return ProcedureContent.model_validate(self.model_dump(exclude={"code", "valid_from", "valid_to"}))


class NewVersion(VersionIn):
    """A new version of a procedure, as an editor writes it. It stays a draft until it is published."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"code": "1.004873", **_EXAMPLE}]})

    code: str = Field(pattern=procedure_code.PATTERN, max_length=procedure_code.LONGEST)


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
                    "cases": [],
                    "steps": [],
                    "applicants": ["Công dân Việt Nam"],
                    "results": [],
                    "agencies": ["H26"],
                    "lifeEvents": ["chuyen-cho-o"],
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
    cases: tuple[Case, ...]
    steps: tuple[Steps, ...]
    applicants: tuple[str, ...]
    conditions: str | None = None
    results: tuple[ResultDocument, ...]
    agencies: tuple[str, ...]
    life_events: tuple[str, ...]
    offerings: tuple[Offering, ...]
    occurrence_pointer: str | None = None
    age_pointer: str | None = None
    supplement_working_days: int | None = None
    handled_by: str
    omissions: tuple[str, ...]
    notes: tuple[str, ...]
    not_published: tuple[Gap, ...]
    source: str

    @classmethod
    def of(
        cls, code: str, version: int, status: str, validity: tuple[date, date | None], content: ProcedureContent
    ) -> Self:
        said = content.model_dump(exclude={"form_schema", "form_ui"})
        return cls.model_validate(
            said
            | {"code": code, "version": version, "status": status, "not_published": content.not_published}
            | {"valid_from": validity[0], "valid_to": validity[1]}
        )
