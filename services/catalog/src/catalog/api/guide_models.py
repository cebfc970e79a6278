"""What is answered about one applicant's way through a procedure, and about its classes of service. Shape only."""

from datetime import date
from typing import Any, Self

from pydantic import ConfigDict, Field
from sqlalchemy import Row

from catalog.content import Gap, ProcedureContent
from catalog.domain.cases import Guide
from catalog.domain.service_classes import both_schemes
from contracts.catalog import Case, Component, FeeRule, LegalSource, Offering, ProcedureField, ResultDocument, TimeLimit
from contracts.codes import Channel, ServiceLevel
from contracts.event import Part

_STATED: dict[str, Any] = {
    "level": "4",
    "serviceClass": "full",
    "channels": [1, 2],
    "validFrom": "2025-07-01",
    "legalSource": "Quyết định phân loại của thành phố",
}


class StatedClass(Part):
    """Mức độ dịch vụ công: what an offering states in each scheme; neither is ever computed from the other.

    `level`: 1-4 by NĐ 43/2011; `serviceClass`: by NĐ 42/2022. `units` absent: every commune of that day.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_STATED]})

    level: ServiceLevel | None = None
    service_class: ServiceLevel | None = None
    channels: tuple[Channel, ...]
    units: tuple[str, ...] | None = None
    valid_from: date
    valid_to: date | None = None
    legal_source: str

    @classmethod
    def of(cls, offering: Offering) -> Self:
        schemes = both_schemes(offering)
        return cls(
            level=schemes.level,
            service_class=schemes.service_class,
            channels=offering.channels,
            units=offering.units,
            valid_from=offering.valid_from,
            valid_to=offering.valid_to,
            legal_source=offering.legal_source,
        )


class ProcedureClasses(Part):
    """The classes of service of one procedure on a day."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "1.001193",
                    "version": 1,
                    "on": "2026-11-20",
                    "classes": [_STATED],
                }
            ]
        }
    )

    code: str
    version: int
    on: date
    unit: str | None = None
    agency: str | None = None
    classes: tuple[StatedClass, ...]


class ClassCount(Part):
    """A level or class, and how many procedures have it as their highest that day."""

    code: ServiceLevel
    name: str
    name_en: str
    number: int | None = Field(default=None, description="What the national systems write for it")
    meaning: str
    meaning_en: str
    procedures: int


class SchemeCount(Part):
    """A scheme with its levels or classes. `unstated`: procedures offered that day without one of this scheme."""

    id: str
    legal_source: str
    valid_from: date | None = None
    valid_to: date | None = None
    classes: tuple[ClassCount, ...]
    unstated: int


class ClassCounts(Part):
    """How many procedures of a day are at which level and class. `notOffered`: in force, and taken in nowhere."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "on": "2026-11-20",
                    "procedures": 47,
                    "notOffered": 0,
                    "schemes": [
                        {
                            "id": "nd-42-2022",
                            "legalSource": "Nghị định 42/2022/NĐ-CP",
                            "validFrom": "2022-08-15",
                            "classes": [
                                {
                                    "code": "full",
                                    "name": "Toàn trình",
                                    "nameEn": "In full",
                                    "number": 4,
                                    "meaning": "Nộp, xử lý và trả kết quả đều trực tuyến",
                                    "meaningEn": "Filing, processing and result are all online",
                                    "procedures": 47,
                                }
                            ],
                            "unstated": 0,
                        }
                    ],
                }
            ]
        }
    )

    on: date
    unit: str | None = None
    agency: str | None = None
    procedures: int
    not_offered: int
    schemes: tuple[SchemeCount, ...]


class ProcedureGuide(Part):
    """What one applicant needs of a procedure: for a case, a channel, a commune and a day.

    `timeLimit.verification` is the limit where something must be verified. `fees` are the rules that can hold for this
    applicant, in the order they are tried; `formParts` the top-level properties of the form, `requiredParts` those that
    must be there. `cases` are all to choose from.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "1.004873",
                    "version": 1,
                    "on": "2026-11-20",
                    "channel": 2,
                    "case": "ket-hon",
                    "name": "Thủ tục cấp giấy xác nhận tình trạng hôn nhân",
                    "field": {"code": "ho-tich", "name": "Hộ tịch"},
                    "cases": [{"code": "ket-hon", "name": "Để kết hôn", "formParts": []}],
                    "steps": ["Nộp tờ khai", "Trả kết quả"],
                    "components": [],
                    "timeLimit": {"channel": 2, "unit": "working-days", "amount": 3, "text": "3 ngày làm việc"},
                    "fees": [],
                    "feeText": "3.000 đồng",
                    "formParts": ["content"],
                    "requiredParts": ["content"],
                    "results": [{"code": "giay-xac-nhan", "name": "Giấy xác nhận tình trạng hôn nhân"}],
                    "applicants": ["Công dân Việt Nam"],
                    "agencies": ["H26"],
                    "legalSources": [{"number": "60/2014/QH13", "title": "Luật Hộ tịch"}],
                    "offering": _STATED,
                    "omissions": [],
                    "notPublished": [],
                }
            ]
        }
    )

    code: str
    version: int
    on: date
    channel: Channel
    case: str | None = None
    unit: str | None = None
    name: str
    field: ProcedureField
    cases: tuple[Case, ...]
    steps: tuple[str, ...]
    components: tuple[Component, ...]
    time_limit: TimeLimit | None = None
    fees: tuple[FeeRule, ...]
    fee_text: str | None = None
    form_parts: tuple[str, ...]
    required_parts: tuple[str, ...]
    results: tuple[ResultDocument, ...]
    applicants: tuple[str, ...]
    conditions: str | None = None
    agencies: tuple[str, ...]
    legal_sources: tuple[LegalSource, ...]
    offering: StatedClass
    supplement_working_days: int | None = None
    omissions: tuple[str, ...]
    not_published: tuple[Gap, ...]

    @classmethod
    def of(
        cls,
        row: Row[Any],
        content: ProcedureContent,
        parts: Guide,
        offering: Offering,
        *,
        case: str | None,
        channel: Channel,
        unit: str | None,
        on: date,
    ) -> Self:
        return cls(
            code=row.code,
            version=row.version,
            on=on,
            channel=channel,
            case=case,
            unit=unit,
            name=content.name,
            field=content.field,
            cases=content.cases,
            steps=parts.steps,
            components=parts.components,
            time_limit=parts.time_limit,
            fees=parts.fees,
            fee_text=content.fee_text,
            form_parts=parts.form_parts,
            required_parts=parts.required_parts,
            results=content.results,
            applicants=content.applicants,
            conditions=content.conditions,
            agencies=content.agencies,
            legal_sources=content.legal_sources,
            offering=StatedClass.of(offering),
            supplement_working_days=content.supplement_working_days,
            omissions=content.omissions,
            not_published=content.not_published,
        )
