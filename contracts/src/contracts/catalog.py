"""What the catalog states: procedures, administrative units and the working calendar. Words only, no rules."""

from datetime import date, time
from typing import Annotated, Any, ClassVar

from pydantic import Field, WithJsonSchema

from contracts.codes import ApplicantClass, Channel, ServiceLevel, TimeLimitUnit, UnitKind
from contracts.event import Event, Part

ClockTime = Annotated[
    time, WithJsonSchema({"type": "string", "pattern": r"^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"})
]
"""A time of day in Hanoi. JSON Schema's own format `time` would demand an offset."""


class LegalSource(Part):
    """Căn cứ pháp lý: where a rule comes from."""

    number: str
    title: str = ""


class ProcedureField(Part):
    """Lĩnh vực: the field of administration a procedure belongs to."""

    code: str
    name: str


class TimeLimit(Part):
    """Thời hạn giải quyết of one channel. `cutoff`: received later than this, Hanoi time, counts as the next working day."""

    channel: Channel
    unit: TimeLimitUnit
    amount: int = Field(ge=0)
    cutoff: ClockTime | None = None
    text: str = ""


class FeeRule(Part):
    """One row of the fee table (phí, lệ phí). The first rule, in order, whose conditions all hold gives the amount.

    A condition that is absent always holds. `amount` is whole đồng. `min/max_days_since_occurrence` compare the days
    from the event registered (birth, death) to the filing, both Hanoi days. `text` is the published wording, verbatim.
    """

    id: str
    amount: int = Field(ge=0)
    channels: tuple[Channel, ...] | None = None
    applicant_classes: tuple[ApplicantClass, ...] | None = None
    min_days_since_occurrence: int | None = None
    max_days_since_occurrence: int | None = None
    min_identity_level: int | None = None
    per_item: bool = False
    valid_from: date
    valid_to: date | None = None
    legal_source: str
    text: str = ""


class Component(Part):
    """Thành phần hồ sơ: one paper that the dossier must hold."""

    code: str
    name: str
    originals: int = 0
    copies: int = 0
    required: bool = True


class Offering(Part):
    """Which units offer the procedure by which channels, at which service level, from when to when (a rollout wave).

    `units`: commune-level unit codes; None means every commune-level unit in force. `valid_to` is the last day.
    """

    units: tuple[str, ...] | None = None
    channels: tuple[Channel, ...]
    service_level: ServiceLevel
    valid_from: date
    valid_to: date | None = None
    legal_source: str


class ProcedurePublished(Event, producer="catalog", name="procedure-published", subject="code"):
    """A version of a procedure (thủ tục hành chính) came into the catalogue. Versions of one code never overlap."""

    code: str
    name: str
    field: ProcedureField
    valid_from: date
    valid_to: date | None = None
    legal_sources: tuple[LegalSource, ...] = ()
    time_limits: tuple[TimeLimit, ...]
    fees: tuple[FeeRule, ...] = ()
    components: tuple[Component, ...] = ()
    offerings: tuple[Offering, ...]
    form_schema: dict[str, Any] = Field(description="JSON Schema 2020-12 of the form (tờ khai)")
    occurrence_pointer: str | None = Field(
        default=None, description="JSON pointer to the date in the form from which lateness is counted"
    )
    handled_by: str = Field(
        default="desk", description="`civil-registry` where that service produces the result, else `desk`"
    )

    example: ClassVar[dict[str, Any]] = {
        "version": 1,
        "code": "1.001193",
        "name": "Thủ tục đăng ký khai sinh",
        "field": {"code": "ho-tich", "name": "Hộ tịch"},
        "validFrom": "2025-07-01",
        "timeLimits": [{"channel": 2, "unit": "same-day", "amount": 0, "cutoff": "15:00:00"}],
        "fees": [
            {
                "id": "birth-on-time",
                "amount": 0,
                "maxDaysSinceOccurrence": 60,
                "validFrom": "2025-07-01",
                "legalSource": "published 08/10/2026",
            },
            {
                "id": "birth-late",
                "amount": 5000,
                "minDaysSinceOccurrence": 61,
                "validFrom": "2025-07-01",
                "legalSource": "published 08/10/2026",
            },
        ],
        "components": [{"code": "giay-chung-sinh", "name": "Giấy chứng sinh", "originals": 1}],
        "offerings": [
            {"channels": [1, 2], "serviceLevel": "full", "validFrom": "2025-07-01", "legalSource": "NĐ 42/2022/NĐ-CP"}
        ],
        "formSchema": {"type": "object", "required": ["child"]},
        "occurrencePointer": "/child/dateOfBirth",
        "handledBy": "civil-registry",
    }


class AdministrativeUnit(Part):
    """Đơn vị hành chính. The key is (code, valid_from): codes are reused under other names."""

    code: str
    name: str
    kind: UnitKind
    parent: str | None = None
    valid_from: date
    valid_to: date | None = None


class AdministrativeUnitsPublished(
    Event, producer="catalog", name="administrative-units-published", subject="province"
):
    """The whole list of administrative units of a province, past and present, as the catalogue now knows it."""

    province: str
    units: tuple[AdministrativeUnit, ...]

    example: ClassVar[dict[str, Any]] = {
        "version": 1,
        "province": "01",
        "units": [
            {"code": "01", "name": "Thành phố Hà Nội", "kind": "province", "validFrom": "2008-08-01"},
            {"code": "00004", "name": "Phường Ba Đình", "kind": "ward", "parent": "01", "validFrom": "2025-07-01"},
        ],
    }


class CalendarDay(Part):
    """A day that departs from the week's pattern: a holiday, its compensation, or a Saturday that is worked."""

    day: date
    working: bool
    name: str
    source: str


class WorkingCalendarPublished(Event, producer="catalog", name="working-calendar-published", subject="year"):
    """The working calendar of a year. Days not listed follow the week: Monday to Friday are worked."""

    year: int
    days: tuple[CalendarDay, ...]

    example: ClassVar[dict[str, Any]] = {
        "version": 1,
        "year": 2026,
        "days": [
            {"day": "2026-09-02", "working": False, "name": "Quốc khánh", "source": "Bộ luật Lao động 2019, Điều 112"}
        ],
    }
