"""What the catalog states: procedures, agencies, administrative units, the working calendar. Words only, no rules."""

from datetime import date, time
from typing import Annotated, Any, ClassVar, Literal

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


class LongerLimit(Part):
    """The limit that counts instead, from the same start, where something must be verified (xác minh) or is large."""

    unit: TimeLimitUnit
    amount: int = Field(ge=0)
    text: str = ""


class TimeLimit(Part):
    """Thời hạn giải quyết of one channel. `cutoff`: received later than this, Hanoi time, counts as the next working day.

    `case`: the limit of that case (trường hợp) alone; a limit without one is for every case that has none of its own.
    """

    channel: Channel
    case: str | None = None
    unit: TimeLimitUnit
    amount: int = Field(ge=0)
    cutoff: ClockTime | None = None
    text: str = ""
    verification: LongerLimit | None = None


class FeeTier(Part):
    """A step of a fee by pages: `amount` đồng for each page up to the page `up_to` (None: for all that follow)."""

    up_to: int | None = Field(default=None, ge=1)
    amount: int = Field(ge=0)


class FeeRule(Part):
    """One row of the fee table (phí, lệ phí). Of each `item` the first rule, in order, whose conditions all hold counts.

    A condition that is absent always holds. `amount` is whole đồng. `min/max_days_since_occurrence` compare the days
    from the event registered (birth, death) to the filing, both Hanoi days; `min/max_age` the whole years of age, on the
    day of filing, of the person concerned. `tiers`, instead of `amount`, add up over pages, to at most `cap`; `per_item`
    multiplies by the number of copies. `exemption`: a rule that frees someone (miễn), of amount 0. `text` is the
    published wording, verbatim.
    """

    id: str
    item: str = "fee"
    amount: int = Field(ge=0)
    channels: tuple[Channel, ...] | None = None
    cases: tuple[str, ...] | None = None
    applicant_classes: tuple[ApplicantClass, ...] | None = None
    min_days_since_occurrence: int | None = None
    max_days_since_occurrence: int | None = None
    min_age: int | None = None
    max_age: int | None = None
    min_identity_level: int | None = None
    tiers: tuple[FeeTier, ...] = ()
    cap: int | None = Field(default=None, ge=0)
    per_item: bool = False
    exemption: bool = False
    valid_from: date
    valid_to: date | None = None
    legal_source: str
    text: str = ""


class Case(Part):
    """Trường hợp: a way in which the procedure applies, picked when filing.

    `form_parts`: top-level properties of the form that belong to this case: required in it, and refused in any other
    case that does not name them too. A property that no case names belongs to all.
    """

    code: str
    name: str
    form_parts: tuple[str, ...] = ()


class ResultDocument(Part):
    """Kết quả thực hiện: a paper that the procedure gives."""

    code: str
    name: str


class Component(Part):
    """Thành phần hồ sơ: one paper that the dossier must hold, in `cases` only, or in all (None).

    `reusable`: a copy the citizen's own store already holds may stand for it. `media_types`, `max_files` and `max_bytes`
    bound what may be uploaded for it; where they are absent the deployment's own bounds hold.
    """

    code: str
    name: str
    originals: int = 0
    copies: int = 0
    required: bool = True
    cases: tuple[str, ...] | None = None
    reusable: bool = True
    media_types: tuple[str, ...] | None = None
    max_files: int | None = Field(default=None, ge=1)
    max_bytes: int | None = Field(default=None, ge=1)
    template_name: str | None = None
    template_url: str | None = None


class Offering(Part):
    """Which units offer the procedure by which channels, at which service level, from when to when (a rollout wave).

    `units`: commune-level unit codes; None means every commune-level unit in force. `valid_to` is the last day.
    `former_level`: the level (1-4) of the same service by the scheme of NĐ 43/2011, where both are stated.
    """

    units: tuple[str, ...] | None = None
    channels: tuple[Channel, ...]
    service_level: ServiceLevel
    former_level: (
        Literal[ServiceLevel.LEVEL_1, ServiceLevel.LEVEL_2, ServiceLevel.LEVEL_3, ServiceLevel.LEVEL_4] | None
    ) = None
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
    cases: tuple[Case, ...] = ()
    results: tuple[ResultDocument, ...] = ()
    agencies: tuple[str, ...] = Field(default=(), description="Codes of the agencies that carry it out")
    offerings: tuple[Offering, ...]
    form_schema: dict[str, Any] = Field(description="JSON Schema 2020-12 of the form (tờ khai)")
    occurrence_pointer: str | None = Field(
        default=None, description="JSON pointer to the date in the form from which lateness is counted"
    )
    age_pointer: str | None = Field(
        default=None, description="JSON pointer to the date of birth in the form by which a fee asks for age"
    )
    supplement_working_days: int | None = Field(
        default=None, ge=1, description="Working days the applicant has to supplement; absent: the city's usual ones"
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


class ProcedureWithdrawn(Event, producer="catalog", name="procedure-withdrawn", subject="code"):
    """A published version of a procedure ends (bãi bỏ): nothing is filed by it after `valid_to`, its last day in force.

    Dossiers filed by it go on by it. `number` names the version; `version` only orders the events of the code.
    """

    code: str
    number: int
    valid_to: date
    legal_source: str
    reason: str = ""

    example: ClassVar[dict[str, Any]] = {
        "version": 2,
        "code": "2.002621",
        "number": 1,
        "validTo": "2026-08-31",
        "legalSource": "Thay bằng 3.000722 từ 01/09/2026",
    }


class Agency(Part):
    """Cơ quan, by its code in both notations of QĐ 20/2020/QĐ-TTg: `code` from left to right, `former_code` as before.

    `unit`: the administrative unit it serves, where it is that unit's own.
    """

    code: str
    former_code: str
    name: str
    parent: str | None = None
    unit: str | None = None
    valid_from: date
    valid_to: date | None = None


class AgenciesPublished(Event, producer="catalog", name="agencies-published", subject="province"):
    """The whole list of the province's agencies, past and present, as the catalogue now knows it."""

    province: str
    agencies: tuple[Agency, ...]

    example: ClassVar[dict[str, Any]] = {
        "version": 1,
        "province": "01",
        "agencies": [
            {
                "code": "H26",
                "formerCode": "000.00.00.H26",
                "name": "Ủy ban nhân dân thành phố Hà Nội",
                "unit": "01",
                "validFrom": "2020-07-22",
            }
        ],
    }


class AdministrativeUnit(Part):
    """Đơn vị hành chính. The key is (code, valid_from): codes are reused under other names.

    `successors`: codes of the units that took its place on the day after its last.
    """

    code: str
    name: str
    kind: UnitKind
    parent: str | None = None
    valid_from: date
    valid_to: date | None = None
    successors: tuple[str, ...] = ()


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
