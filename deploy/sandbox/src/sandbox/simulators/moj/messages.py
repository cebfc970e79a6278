"""The messages of the Ministry of Justice interchange and how they are checked. Keeps nothing and decides no dossier.

Which fields are obligatory is not public: obligatory here is what a birth record cannot be made without. Error codes
are the simulator's own. The birth's fields are flat, `nksHoTen` for the child's name; `{"nks": {"HoTen": …}}` is read
too, since the public text leaves open which of the two is meant.
"""

import base64
import binascii
import json
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from sandbox.simulators.hanoi import DAY_AND_TIME, HANOI, parse_day

BIRTH, DEATH, MARRIAGE = "LTKS", "LTKT", "LTKH"
GROUPS = ("nks", "me", "cha", "nyc", "nkt", "gbt", "chong", "vo")
MOTHER_UNDETERMINED, FATHER_UNDETERMINED, NEITHER_DETERMINED, ABANDONED = 2, 3, 4, 5


class Unacceptable(Exception):
    """A message that gets status "0": `code` and a `description` which names fields and never repeats their values."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(code)
        self.code = code
        self.description = description


def _nfc(text: str) -> str:
    if not unicodedata.is_normalized("NFC", text):
        raise ValueError("text is not in NFC")
    return text


def _moment(text: str) -> datetime:
    return datetime.strptime(text, DAY_AND_TIME).replace(tzinfo=HANOI)


def _base64(text: str) -> str:
    try:
        base64.b64decode(text, validate=True)
    except binascii.Error as wrong:
        raise ValueError("not base64") from wrong
    return text


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), AfterValidator(_nfc)]
Day = Annotated[str, AfterValidator(lambda text: parse_day(text) and text)]
Moment = Annotated[str, AfterValidator(lambda text: _moment(text) and text)]


class Address(BaseModel):
    """An address by units of the administrative list; a district (maHuyen) only before 1/7/2025."""

    maTinh: Text
    maHuyen: str = ""
    maXa: Text
    dcChiTiet: str = ""


class File(BaseModel):
    """A file sent along (file đính kèm), its content in base64."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    id: Text
    loaiGiayTo: str
    tenGiayTo: Text
    tenTepDinhKem: Text
    huyGiayTo: bool = False
    duLieuTepDinhKem: Annotated[str, AfterValidator(_base64)]


class Envelope(BaseModel):
    """The outer message of a push: whose dossier it is, and what is declared as JSON text in `data`."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    maDonVi: Annotated[Text, StringConstraints(max_length=35)]
    module: Text
    maHoSoLT: Text
    maHoSoMCDT: Text
    ngayTiepNhan: Moment
    data: str
    maThutuc: Annotated[str, StringConstraints(pattern=r"^\d\.\d{6}(\.[A-Z0-9.]+)?$")] | None = None
    fileDinhKem: list[File] = []


class Declared(BaseModel):
    """What `data` says, its groups made flat."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    @model_validator(mode="before")
    @classmethod
    def _flatten(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        flat = {key: value for key, value in data.items() if key not in GROUPS}
        for group in GROUPS:
            nested = data.get(group)
            if isinstance(nested, Mapping):
                flat.update({f"{group}{name}": value for name, value in nested.items()})
        return {key: value for key, value in flat.items() if value is not None}

    def missing(self) -> list[str]:
        """Fields that what else is declared makes obligatory."""
        return []

    def in_future(self, _: date) -> str | None:
        """The field that names a day still to come, if one does."""
        return None


class Birth(Declared):
    """What `data` says of a birth (khai sinh)."""

    maGCS: str = ""
    ngayCapGCS: str = ""
    loaiDangKy: int = Field(ge=1, le=4)
    noiDangKy: Text | Address
    soLuongBanSao: int = Field(default=0, ge=0)
    nksHoTen: Text
    nksGioiTinh: int = Field(ge=1, le=3)
    nksNgaySinh: Day
    nksNgaySinhBangChu: str = ""
    nksNoiSinh: Text | Address
    nksQueQuan: str | Address = ""
    nksDanToc: Text
    nksQuocTich: Text
    nksLoaiKhaiSinh: int = Field(ge=1, le=5)
    meHoTen: str = ""
    meQuocTich: str = ""
    chaHoTen: str = ""
    chaQuocTich: str = ""
    nycHoTen: Text
    nycQuanHe: Text

    @property
    def born(self) -> date:
        """The child's date of birth."""
        return parse_day(self.nksNgaySinh)

    def in_future(self, today: date) -> str | None:
        """The date of birth, if it is."""
        return "nksNgaySinh" if self.born > today else None

    def missing(self) -> list[str]:
        """The parents that this type of birth must name and does not."""
        missing = []
        if (
            self.nksLoaiKhaiSinh not in (MOTHER_UNDETERMINED, NEITHER_DETERMINED, ABANDONED)
            and not self.meHoTen.strip()
        ):
            missing.append("meHoTen")
        if (
            self.nksLoaiKhaiSinh not in (FATHER_UNDETERMINED, NEITHER_DETERMINED, ABANDONED)
            and not self.chaHoTen.strip()
        ):
            missing.append("chaHoTen")
        return missing


class Death(Declared):
    """What `data` says of a death (khai tử)."""

    nktHoTen: Text
    nktGioiTinh: int = Field(ge=1, le=3)
    nktNgaySinh: Day
    nktNoiCuTru: str | Address = ""
    nktNgayChet: Day
    nktGioPhutChet: str = ""
    nktNoiChet: Text | Address
    nktNguyenNhanChet: Text
    gbtLoai: int = Field(ge=1, le=7)
    gbtSo: Text
    gbtNgay: Day
    gbtCoQuanCap: Text

    def in_future(self, today: date) -> str | None:
        """The day of death, if it is."""
        return "nktNgayChet" if parse_day(self.nktNgayChet) > today else None


class Marriage(Declared):
    """What `data` says of a marriage (kết hôn)."""

    chongHoTen: Text
    chongNgaySinh: Day
    chongDanToc: str = ""
    chongQuocTich: Text
    chongSoGiayToTuyThan: Text
    chongSoLanKH: int = Field(ge=1)
    voHoTen: Text
    voNgaySinh: Day
    voDanToc: str = ""
    voQuocTich: Text
    voSoGiayToTuyThan: Text
    voSoLanKH: int = Field(ge=1)


DECLARED: Mapping[str, type[Declared]] = {BIRTH: Birth, DEATH: Death, MARRIAGE: Marriage}

M = TypeVar("M", bound=BaseModel)


class Poll(BaseModel):
    """A question after dossiers."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    maDinhDanhHoSo: list[Text] = Field(min_length=1, max_length=1000)
    maTinh: Text
    module: Literal["LTKS", "LTKT", "LTKH"]


def read(model: type[M], body: bytes | str, code: str) -> M:
    """A message read from JSON. Raises Unacceptable, with `code` where fields are wrong."""
    try:
        parsed = json.loads(body)
    except ValueError as wrong:
        raise Unacceptable(f"{code}_NOT_JSON", "Nội dung không phải JSON hợp lệ.") from wrong
    try:
        return model.model_validate(parsed)
    except ValidationError as wrong:
        fields = sorted({".".join(str(step) for step in error["loc"]) or "toàn bộ" for error in wrong.errors()})
        raise Unacceptable(f"{code}_FIELD", "Trường thiếu hoặc sai: " + ", ".join(fields)) from wrong


def read_push(body: bytes, today: date) -> tuple[Envelope, Declared]:
    """A push, checked through to what it declares. Raises Unacceptable."""
    envelope = read(Envelope, body, "ENVELOPE")
    kind = DECLARED.get(envelope.module)
    if kind is None:
        raise Unacceptable("MODULE", f"Phần mềm này chỉ nhận {', '.join(DECLARED)}.")
    declared = read(kind, envelope.data, "DATA")
    if missing := declared.missing():
        raise Unacceptable("DATA_FIELD", "Trường thiếu hoặc sai: " + ", ".join(missing))
    if field := declared.in_future(today):
        code, what = ("BORN_IN_FUTURE", "Ngày sinh") if isinstance(declared, Birth) else ("IN_FUTURE", "Ngày")
        raise Unacceptable(code, f"{what} ở trong tương lai: {field}")
    return envelope, declared
