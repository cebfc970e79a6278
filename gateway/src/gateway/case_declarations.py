"""What a case at a ministry declares, by kind, and the papers that go with it: checked as it comes in, stored as JSON.

Births are declared in `contracts.civil_registry`. Codes are the Ministry of Justice's where it has them; what residence
and social insurance ask for is not public, so those two are this gateway's own.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import date
from enum import IntEnum, StrEnum
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from chassis.text import CleanText
from contracts.civil_registry import BirthDeclaration
from contracts.codes import Sex
from contracts.gateway import MinistryCaseKind

Line = Annotated[CleanText, StringConstraints(min_length=1, max_length=255)]
Code = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z./-]{0,63}$")]
# What a ministry's dd/MM/yyyy can say, and nobody living or lately dead was born before.
Day = Annotated[date, Field(ge=date(1800, 1, 1), le=date(2200, 1, 1))]
PersonalId = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]

MOST_PAPERS = 20
PAPER_LENGTH = 4_000_000  # characters of base64: about 3 MB of paper


def _base64(text: str) -> str:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as wrong:
        raise ValueError("not base64 / không phải base64") from wrong
    return text


class _Declared(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)


class IdentityPaper(IntEnum):
    """Loại giấy tờ tùy thân (Ministry of Justice)."""

    CMND = 1
    PASSPORT = 2
    PERMANENT_RESIDENT_CARD = 3
    CCCD = 4
    ARMY_OR_POLICE_5 = 5
    ARMY_OR_POLICE_6 = 6
    ARMY_OR_POLICE_7 = 7
    OTHER = 8


class DeathPaper(IntEnum):
    """Loại giấy báo tử (Ministry of Justice, gbtLoai)."""

    DEATH_NOTICE = 1
    EXECUTION = 2
    COURT = 3
    POLICE_OR_FORENSIC = 4
    HEALTH_BODY = 5
    MINUTES = 6
    WITNESS = 7


class Requester(_Declared):
    """Người yêu cầu (nyc)."""

    full_name: Line
    relationship: Line


class Deceased(_Declared):
    """Người được khai tử (nkt)."""

    full_name: Line
    sex: Sex
    date_of_birth: Day
    residence: Line
    died_on: Day
    died_at: Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")] | None = None
    place_of_death: Line
    cause_of_death: Line


class DeathPaperGiven(_Declared):
    """Giấy báo tử hoặc giấy tờ thay thế (gbt)."""

    kind: DeathPaper
    number: Line
    issued_on: Day
    issued_by: Line


class DeathDeclaration(_Declared):
    """Tờ khai đăng ký khai tử."""

    deceased: Deceased
    paper: DeathPaperGiven
    requester: Requester


class Spouse(_Declared):
    """Bên nam (chong) hoặc bên nữ (vo). `marital_status` is a number of the Ministry's own list, which is not public."""

    full_name: Line
    date_of_birth: Day
    ethnicity: Line
    nationality: Line
    residence: Line
    paper_kind: IdentityPaper
    paper_number: Code
    marriage_number: int = Field(ge=1, le=99, description="SoLanKH: which marriage of this person it is")
    marital_status: int | None = Field(default=None, ge=0, le=99, description="LoaiTinhTrangHonNhan")


class MarriageDeclaration(_Declared):
    """Tờ khai đăng ký kết hôn."""

    husband: Spouse
    wife: Spouse


class Person(_Declared):
    """Whom a register enters."""

    full_name: Line
    date_of_birth: Day
    sex: Sex
    personal_id: PersonalId


class ResidenceAction(StrEnum):
    """What the police's residence register is asked to do (đăng ký, xóa đăng ký thường trú)."""

    REGISTER = "register"
    REMOVE = "remove"


class ResidenceRequest(_Declared):
    """Đăng ký, xóa đăng ký thường trú."""

    action: ResidenceAction
    person: Person
    address: Line
    householder_id: PersonalId | None = None


class HealthCardRequest(_Declared):
    """Cấp thẻ bảo hiểm y tế cho trẻ em dưới 6 tuổi, and for whom else the law gives one."""

    person: Person
    address: Line
    first_hospital: Code | None = Field(default=None, description="Nơi đăng ký khám chữa bệnh ban đầu")


class Paper(_Declared):
    """A file that goes with a case (file đính kèm). `withdrawn`: it does not count any more (huyGiayTo)."""

    id: Code
    kind: Code
    title: Line
    file_name: Line
    withdrawn: bool = False
    content: Annotated[str, StringConstraints(max_length=PAPER_LENGTH), AfterValidator(_base64)] = Field(
        default="", repr=False, description="base64"
    )


Declaration: TypeAlias = (
    BirthDeclaration | DeathDeclaration | MarriageDeclaration | ResidenceRequest | HealthCardRequest
)

DECLARATIONS: Mapping[MinistryCaseKind, type[Declaration]] = {
    MinistryCaseKind.BIRTH: BirthDeclaration,
    MinistryCaseKind.DEATH: DeathDeclaration,
    MinistryCaseKind.MARRIAGE: MarriageDeclaration,
    MinistryCaseKind.RESIDENCE: ResidenceRequest,
    MinistryCaseKind.HEALTH_CARD: HealthCardRequest,
}


def with_supplement(papers: Sequence[Paper], supplement: Sequence[Paper]) -> tuple[Paper, ...]:
    """The papers of a case after a supplement: one of the same id takes the earlier one's place."""
    merged = {paper.id: paper for paper in papers} | {paper.id: paper for paper in supplement}
    return tuple(merged.values())


# Nam đủ 20 tuổi, nữ đủ 18 tuổi.
MARRIAGE_AGE_MALE, MARRIAGE_AGE_FEMALE = 20, 18


def too_young(declaration: Declaration, on: date) -> tuple[str, ...]:
    """Which spouses have not reached the age of marriage on that day, by the field that names them."""
    if not isinstance(declaration, MarriageDeclaration):
        return ()
    spouses = (("husband", declaration.husband, MARRIAGE_AGE_MALE), ("wife", declaration.wife, MARRIAGE_AGE_FEMALE))
    return tuple(name for name, spouse, age in spouses if _years(spouse.date_of_birth, on) < age)


def _years(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
