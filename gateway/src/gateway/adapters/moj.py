"""The Ministry of Justice's civil-status software (phần mềm đăng ký, quản lý hộ tịch) over HTTP: its words, in and out.

Messages are those of the public interchange (LTKS, liên thông khai sinh). Field names are the Ministry's, flat:
`nksHoTen` is the child's name. What it asks for and the declaration does not hold is left out. It keeps no state.
"""

# ruff: noqa: N815 - the Ministry's own field names, letter by letter

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from chassis.clock import HANOI
from chassis.text import nfc
from contracts.civil_registry import BirthDeclaration, Parent
from gateway.ports import Accepted, BirthCase, OutOfReach, Registered, Rejected, Result, Unreadable, Waiting
from gateway.settings import GatewaySettings

BIRTH = "LTKS"
SUCCESS = "1"
ALREADY_TAKEN = "đã được tiếp nhận"

_DAY = "%d/%m/%Y"
_MOMENT = "%d/%m/%Y %H:%M:%S"
# What is kept of another's words: enough for a person to read, not enough to fill a database.
_MOST_WORDS, _LONGEST = 20, 500

_WAITING = frozenset({1, 2, 3})
_SUPPLEMENT, _RESULT, _REFUSED = 2, 4, 6


class _Message(BaseModel):
    """Something the Ministry said; numbers are taken for text where text is meant."""

    model_config = ConfigDict(coerce_numbers_to_str=True, extra="ignore")


class _Status(_Message):
    status: str
    statusDescription: str | None = None
    errorCode: str | None = None
    errorDescription: str | None = None

    @property
    def words(self) -> tuple[str, ...]:
        said = self.errorDescription or self.statusDescription or ""
        return _kept([said or f"Mã lỗi {self.errorCode or self.status}"])


class _Polled(_Status):
    value: list[dict[str, Any]] = []


class _Outcome(_Message):
    soDinhDanh: str
    soDangKy: str | None = None
    quyenSo: str | None = None
    trangSo: str | None = None
    ngayDangKy: str | None = None


class _Entry(_Message):
    trangThai: int
    ketQuaXuLy: _Outcome | None = None
    hanBoSungHoSo: str | None = None
    errors: list[Any] | str | None = None


M = TypeVar("M", bound=_Message)


class MinistryOfJustice:
    """`CivilRegistryOfRecord` by way of the Ministry's interchange."""

    def __init__(self, client: httpx.AsyncClient, settings: GatewaySettings) -> None:
        self._client = client
        self._settings = settings

    async def register_birth(self, case: BirthCase) -> Accepted | Rejected:
        """Push a birth. The same case again is safe: the Ministry says that it has it, which is success."""
        answer = await self._ask(self._settings.moj_push_path, self._push(case), _Status)
        said = nfc(f"{answer.statusDescription or ''} {answer.errorDescription or ''}").lower()
        if answer.status == SUCCESS or ALREADY_TAKEN in said:
            return Accepted()
        return Rejected(answer.words)

    async def results(self, cases: Sequence[UUID]) -> Mapping[UUID, Result]:
        """Poll for these cases. An entry given twice counts once."""
        question = {
            "maDinhDanhHoSo": [str(case) for case in cases],
            "maTinh": self._settings.moj_province,
            "module": BIRTH,
        }
        answer = await self._ask(self._settings.moj_poll_path, question, _Polled)
        if answer.status != SUCCESS:
            raise OutOfReach(f"poll refused: {answer.errorCode or answer.status}")
        by_code = {str(entry.get("maHoSoLT", "")).lower(): entry for entry in answer.value}
        return {case: _result(by_code[str(case)]) for case in cases if str(case) in by_code}

    def _push(self, case: BirthCase) -> dict[str, Any]:
        settings = self._settings
        return {
            "maDonVi": settings.moj_agency,
            "module": BIRTH,
            "maHoSoLT": str(case.case_id),
            "maHoSoMCDT": _desk_code(case),
            "ngayTiepNhan": _moment(case.received_at),
            "data": json.dumps(_birth(case, settings.moj_province), ensure_ascii=False),
            "fileDinhKem": [],
        }

    async def _ask(self, path: str, message: Mapping[str, Any], kind: type[M]) -> M:
        """One call. Whatever is not an answer in the Ministry's own terms is OutOfReach: it may or may not have acted."""
        try:
            async with asyncio.timeout(self._settings.moj_timeout_seconds):  # of the whole call; httpx has one per read
                answer = await self._client.post(path, json=message)
        except TimeoutError:
            raise OutOfReach("no answer in time") from None
        except (httpx.HTTPError, OSError) as error:
            raise OutOfReach(type(error).__name__) from error
        if answer.status_code != httpx.codes.OK:
            raise OutOfReach(f"HTTP {answer.status_code}")
        try:
            return kind.model_validate_json(answer.content)
        except ValidationError:
            raise OutOfReach("unintelligible answer") from None  # the error would quote it


@asynccontextmanager
async def ministry_of_justice(settings: GatewaySettings) -> AsyncIterator[MinistryOfJustice]:
    """The adapter with its connections, for as long as the block lasts."""
    token = settings.moj_token.get_secret_value() if settings.moj_token else ""
    headers = {settings.moj_token_header: token} if token else {}
    limits = httpx.Limits(max_connections=settings.moj_parallel)
    base_url, timeout = settings.moj_url or "", settings.moj_timeout_seconds
    # trust_env: a proxy of the machine's own is no way for personal data to take unseen.
    async with httpx.AsyncClient(
        base_url=base_url, headers=headers, timeout=timeout, limits=limits, trust_env=False
    ) as client:
        yield MinistryOfJustice(client, settings)


def _desk_code(case: BirthCase) -> str:
    """The dossier's code at the one-stop desk (mã hồ sơ một cửa điện tử). Each twin is a dossier of its own there."""
    return case.dossier_code if case.child_number == 1 else f"{case.dossier_code}-{case.child_number}"


def _birth(case: BirthCase, province: str) -> dict[str, Any]:
    """`data` of a push: the declaration (tờ khai) in the Ministry's words."""
    declaration = case.declaration
    child = declaration.child
    fields: dict[str, Any] = {
        "loaiDangKy": int(declaration.kind),
        "noiDangKy": {"maTinh": province, "maXa": case.unit},
        "soLuongBanSao": declaration.copies,
        "nksHoTen": child.full_name,
        "nksGioiTinh": int(child.sex),
        "nksNgaySinh": child.date_of_birth.strftime(_DAY),
        "nksNoiSinh": child.place_of_birth,
        "nksQueQuan": child.native_place,
        "nksDanToc": child.ethnicity,
        "nksQuocTich": child.nationality,
        "nksLoaiKhaiSinh": int(declaration.birth_type),
        **_parents(declaration),
        "nycHoTen": declaration.requester.full_name,
        "nycQuanHe": declaration.requester.relationship,
    }
    return {name: nfc(value) if isinstance(value, str) else value for name, value in fields.items()}


def _parents(declaration: BirthDeclaration) -> dict[str, str]:
    found: dict[str, str] = {}
    for prefix, parent in (("me", declaration.mother), ("cha", declaration.father)):
        if parent is not None:
            found |= {f"{prefix}{name}": value for name, value in _parent(parent).items() if value}
    return found


def _parent(parent: Parent) -> dict[str, str | None]:
    return {
        "HoTen": parent.full_name,
        "NgaySinh": parent.date_of_birth.strftime(_DAY) if parent.date_of_birth else None,
        "DanToc": parent.ethnicity,
        "QuocTich": parent.nationality,
        "NoiCuTru": parent.residence,
        "SoDDCN": parent.personal_id,
    }


def _result(entry: Mapping[str, Any]) -> Result:
    """How one case stands. The state is believed only with what must come with it."""
    try:
        read = _Entry.model_validate(entry)
    except ValidationError as error:
        return Unreadable("poll entry: " + ", ".join(".".join(map(str, item["loc"])) for item in error.errors()[:5]))
    errors = read.errors if isinstance(read.errors, list) else [read.errors] if read.errors else []
    if read.trangThai in _WAITING:
        deadline = [f"Hạn bổ sung: {read.hanBoSungHoSo}"] if read.hanBoSungHoSo else []
        return Waiting(_kept([*errors, *deadline]) if read.trangThai == _SUPPLEMENT else ())
    if read.trangThai == _REFUSED:
        return Rejected(_kept(errors) or ("Bộ Tư pháp từ chối, không nêu lý do",))
    outcome = read.ketQuaXuLy
    if read.trangThai != _RESULT or outcome is None:
        return Unreadable(f"poll entry: trangThai {read.trangThai} without a result")
    if len(outcome.soDinhDanh) != 12 or not outcome.soDinhDanh.isascii() or not outcome.soDinhDanh.isdigit():
        return Unreadable("poll entry: soDinhDanh is not 12 digits")
    return Registered(outcome.soDinhDanh, outcome.soDangKy, outcome.quyenSo, outcome.trangSo, _day(outcome.ngayDangKy))


def _kept(words: Sequence[object]) -> tuple[str, ...]:
    return tuple(nfc(str(word))[:_LONGEST] for word in words[:_MOST_WORDS])


def _day(text: str | None) -> date | None:
    """A date of the Ministry's; None where it is not one: the ID counts without it."""
    try:
        return datetime.strptime(text or "", _DAY).date()  # noqa: DTZ007 - a day has no time zone
    except ValueError:
        return None


def _moment(instant: datetime) -> str:
    return instant.astimezone(HANOI).strftime(_MOMENT)
