"""The national record of a procedure (LayDanhSachTTHC, LayThuTuc): its shape, spelt as the national services spell it.

Words only. How content becomes a record is in national.py, how a record becomes content in merging.py. A section that is
absent says nothing; one that is empty says that there is nothing.
"""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from catalog.domain import procedure_code
from chassis.text import CleanText
from contracts.codes import Channel


def _digits(value: object) -> object:
    """Numbers come as numbers or as digits; nothing else is one."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() else value


Whole = Annotated[int, BeforeValidator(_digits), Field(ge=0, le=10**12, strict=True)]
Span = Annotated[int, BeforeValidator(_digits), Field(ge=0, le=10_000, strict=True)]
Sentence = Annotated[CleanText, Field(max_length=2000)]
Name = Annotated[CleanText, Field(max_length=500)]
Key = Annotated[CleanText, Field(min_length=1, max_length=60)]


class _Part(BaseModel):
    """Part of a record. A field it does not know is a mistake in spelling, and would be lost without a word."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class FieldOf(_Part):
    """Lĩnh vực."""

    code: Key = Field(validation_alias="MALINHVUC", serialization_alias="MALINHVUC")
    name: Name = Field(validation_alias="TENLINHVUC", serialization_alias="TENLINHVUC", min_length=1)


class Step(_Part):
    """Một bước."""

    text: Sentence = Field(validation_alias="TENTRINHTU", serialization_alias="TENTRINHTU", min_length=1)


class StepsOf(_Part):
    """Trình tự thực hiện của một trường hợp; no case: of all that have none of their own."""

    case: Name = Field(default="", validation_alias="TRUONGHOP", serialization_alias="TRUONGHOP")
    steps: tuple[Step, ...] = Field(default=(), validation_alias="TRINHTU", serialization_alias="TRINHTU")


class Fee(_Part):
    """Phí, lệ phí, whole đồng."""

    amount: Whole = Field(validation_alias="SOTIEN", serialization_alias="SOTIEN")
    unit: Name = Field(default="đồng", validation_alias="DONVI", serialization_alias="DONVI")
    text: Sentence = Field(default="", validation_alias="MOTA", serialization_alias="MOTA")


class Time(_Part):
    """Thời hạn giải quyết, and what it costs. No amount: the limit is not published, the fee is."""

    amount: Span | None = Field(
        default=None, validation_alias="THOIGIANGIAIQUYET", serialization_alias="THOIGIANGIAIQUYET"
    )
    unit: Name = Field(default="", validation_alias="DONVITINH", serialization_alias="DONVITINH")
    text: Sentence = Field(default="", validation_alias="MOTA", serialization_alias="MOTA")
    fees: tuple[Fee, ...] = Field(default=(), validation_alias="PHILEPHI", serialization_alias="PHILEPHI")


class Way(_Part):
    """Cách thức thực hiện: a channel, with its times and fees."""

    channel: Annotated[Channel, BeforeValidator(_digits)] = Field(validation_alias="KENH", serialization_alias="KENH")
    times: tuple[Time, ...] = Field(default=(), validation_alias="THOIGIAN", serialization_alias="THOIGIAN")


class Paper(_Part):
    """Giấy tờ: its form's name is all the record has of a name."""

    code: Key = Field(validation_alias="MAGIAYTO", serialization_alias="MAGIAYTO")
    name: Name = Field(default="", validation_alias="TENMAUDON", serialization_alias="TENMAUDON")
    address: Sentence = Field(default="", validation_alias="URL", serialization_alias="URL")


class PapersOf(_Part):
    """Thành phần hồ sơ của một trường hợp; no case: of all."""

    case: Name = Field(default="", validation_alias="TRUONGHOP", serialization_alias="TRUONGHOP")
    papers: tuple[Paper, ...] = Field(default=(), validation_alias="GIAYTO", serialization_alias="GIAYTO")


class ResultOf(_Part):
    """Kết quả thực hiện."""

    code: Key = Field(validation_alias="MAKETQUA", serialization_alias="MAKETQUA")
    name: Name = Field(validation_alias="TENKETQUA", serialization_alias="TENKETQUA", min_length=1)


class LegalBasis(_Part):
    """Căn cứ pháp lý."""

    number: Name = Field(validation_alias="SOVANBAN", serialization_alias="SOVANBAN", min_length=1)
    title: Sentence = Field(default="", validation_alias="TENVANBAN", serialization_alias="TENVANBAN")


class AgencyOf(_Part):
    """Cơ quan thực hiện. Only the code is taken in; the name is for readers."""

    code: Key = Field(validation_alias="MADONVI", serialization_alias="MADONVI")
    name: Name = Field(default="", validation_alias="TENDONVI", serialization_alias="TENDONVI")


EXAMPLES: list[Any] = [
    {
        "MATTHC": "1.004873",
        "TENTTHC": "Thủ tục cấp giấy xác nhận tình trạng hôn nhân",
        "LINHVUCTHUCHIEN": [{"MALINHVUC": "ho-tich", "TENLINHVUC": "Hộ tịch"}],
        "CACHTHUCTHUCHIEN": [
            {
                "KENH": 2,
                "THOIGIAN": [
                    {
                        "THOIGIANGIAIQUYET": 3,
                        "DONVITINH": "Ngày làm việc",
                        "MOTA": "3 ngày làm việc",
                        "PHILEPHI": [{"SOTIEN": 3000, "DONVI": "đồng", "MOTA": "3.000 đồng"}],
                    }
                ],
            }
        ],
    }
]


class NationalRecord(_Part):
    """Bản ghi thủ tục hành chính."""

    model_config = ConfigDict(json_schema_extra={"examples": EXAMPLES})

    code: str = Field(
        validation_alias="MATTHC",
        serialization_alias="MATTHC",
        pattern=procedure_code.PATTERN,
        max_length=procedure_code.LONGEST,
    )
    name: Annotated[CleanText, Field(min_length=1, max_length=500)] = Field(
        validation_alias="TENTTHC", serialization_alias="TENTTHC"
    )
    fields: tuple[FieldOf, ...] | None = Field(
        default=None, validation_alias="LINHVUCTHUCHIEN", serialization_alias="LINHVUCTHUCHIEN"
    )
    steps: tuple[StepsOf, ...] | None = Field(
        default=None, validation_alias="TRINHTUTHUCHIEN", serialization_alias="TRINHTUTHUCHIEN"
    )
    ways: tuple[Way, ...] | None = Field(
        default=None, validation_alias="CACHTHUCTHUCHIEN", serialization_alias="CACHTHUCTHUCHIEN"
    )
    papers: tuple[PapersOf, ...] | None = Field(
        default=None, validation_alias="THANHPHANHOSO", serialization_alias="THANHPHANHOSO"
    )
    conditions: Annotated[CleanText, Field(max_length=20_000)] | None = Field(
        default=None, validation_alias="YEUCAU", serialization_alias="YEUCAU"
    )
    applicants: Annotated[CleanText, Field(max_length=20_000)] | None = Field(
        default=None, validation_alias="MOTADOITUONGTHUCHIEN", serialization_alias="MOTADOITUONGTHUCHIEN"
    )
    results: tuple[ResultOf, ...] | None = Field(
        default=None, validation_alias="KETQUATHUCHIEN", serialization_alias="KETQUATHUCHIEN"
    )
    legal_bases: tuple[LegalBasis, ...] | None = Field(
        default=None, validation_alias="CANCUPHAPLY", serialization_alias="CANCUPHAPLY"
    )
    agencies: tuple[AgencyOf, ...] | None = Field(
        default=None, validation_alias="COQUANTHUCHIEN", serialization_alias="COQUANTHUCHIEN"
    )
