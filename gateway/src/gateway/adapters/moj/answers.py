"""What the Ministry of Justice answers, and what each answer is taken for. It sends nothing and keeps no state."""

# ruff: noqa: N815 - the Ministry's own field names, letter by letter

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from chassis.text import nfc
from contracts.gateway import MinistryCaseKind
from gateway.ports import (
    Accepted,
    Entered,
    OutOfReach,
    Registered,
    Rejected,
    Result,
    SupplementWanted,
    Unreadable,
    Waiting,
)

SUCCESS = "1"
ALREADY_TAKEN = "đã được tiếp nhận"
DAY = "%d/%m/%Y"

# What is kept of another's words: enough for a person to read, not enough to fill a database.
_MOST_WORDS, _LONGEST = 20, 500

_WAITING = frozenset({1, 3})
_SUPPLEMENT, _RESULT, _REFUSED = 2, 4, 6


class _Message(BaseModel):
    """Something the Ministry said; numbers are taken for text where text is meant."""

    model_config = ConfigDict(coerce_numbers_to_str=True, extra="ignore")


class Status(_Message):
    """The answer to a push, and the head of every other."""

    status: str
    statusDescription: str | None = None
    errorCode: str | None = None
    errorDescription: str | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """What it says for people."""
        said = self.errorDescription or self.statusDescription or ""
        return _kept([said or f"Mã lỗi {self.errorCode or self.status}"])


class Polled(Status):
    """The answer to a poll. Its entries are read one by one: a bad one must not take its neighbours along."""

    value: list[dict[str, Any]] = []


class _Outcome(_Message):
    soDinhDanh: str | None = None
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


def read(kind: type[M], content: bytes) -> M:
    """An answer in the Ministry's own terms. Raises OutOfReach for anything else: it may or may not have acted."""
    try:
        return kind.model_validate_json(content)
    except ValidationError:
        raise OutOfReach("unintelligible answer") from None  # the error would quote it


def taken(answer: Status) -> Accepted | Rejected:
    """Whether a push was taken. That it was taken before is success: an earlier answer was lost."""
    said = nfc(f"{answer.statusDescription or ''} {answer.errorDescription or ''}").lower()
    return Accepted() if answer.status == SUCCESS or ALREADY_TAKEN in said else Rejected(answer.words)


def result_of(kind: MinistryCaseKind, entry: Mapping[str, Any]) -> Result:
    """How one case stands. The state is believed only with what must come with it."""
    try:
        read_ = _Entry.model_validate(entry)
    except ValidationError as error:
        return Unreadable("poll entry: " + ", ".join(".".join(map(str, item["loc"])) for item in error.errors()[:5]))
    errors = read_.errors if isinstance(read_.errors, list) else [read_.errors] if read_.errors else []
    if read_.trangThai in _WAITING:
        return Waiting()
    if read_.trangThai == _SUPPLEMENT:
        deadline = [f"Hạn bổ sung: {read_.hanBoSungHoSo}"] if read_.hanBoSungHoSo else []
        return SupplementWanted(_kept([*errors, *deadline]), _day(read_.hanBoSungHoSo))
    if read_.trangThai == _REFUSED:
        return Rejected(_kept(errors) or ("Bộ Tư pháp từ chối, không nêu lý do",))
    if read_.trangThai != _RESULT or read_.ketQuaXuLy is None:
        return Unreadable(f"poll entry: trangThai {read_.trangThai} without a result")
    return _registered(read_.ketQuaXuLy) if kind is MinistryCaseKind.BIRTH else _entered(read_.ketQuaXuLy)


def _registered(outcome: _Outcome) -> Registered | Unreadable:
    """A birth is registered only with the child's personal ID."""
    personal_id = outcome.soDinhDanh or ""
    if len(personal_id) != 12 or not personal_id.isascii() or not personal_id.isdigit():
        return Unreadable("poll entry: soDinhDanh is not 12 digits")
    return Registered(personal_id, outcome.soDangKy, outcome.quyenSo, outcome.trangSo, _day(outcome.ngayDangKy))


def _entered(outcome: _Outcome) -> Entered | Unreadable:
    """A death or a marriage is registered only with its number in the book."""
    if not outcome.soDangKy:
        return Unreadable("poll entry: soDangKy is missing")
    return Entered(outcome.soDangKy, outcome.quyenSo, outcome.trangSo, _day(outcome.ngayDangKy))


def _kept(words: Sequence[object]) -> tuple[str, ...]:
    return tuple(nfc(str(word))[:_LONGEST] for word in words[:_MOST_WORDS])


def _day(text: str | None) -> date | None:
    """A date of the Ministry's, with or without a time of day; None where it is not one: the rest counts without it."""
    try:
        return datetime.strptime((text or "")[:10], DAY).date()  # noqa: DTZ007 - a day has no time zone
    except ValueError:
        return None
