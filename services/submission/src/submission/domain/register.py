"""Sổ theo dõi hồ sơ (paper 07): the columns of the register, and what stands in each. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime

from chassis.clock import HANOI
from contracts.codes import Channel, DossierStatus
from submission.domain.dossier import STATUS_NAMES

_CHANNELS = {Channel.COUNTER: "Trực tiếp", Channel.ONLINE: "Trực tuyến", Channel.POST: "Bưu chính"}

COLUMNS = (
    "TT", "Mã hồ sơ", "Mã thủ tục", "Tên thủ tục", "Chủ hồ sơ", "Ngày nhận", "Hẹn trả", "Trạng thái", "Ngày có kết quả",
    "Ngày trả", "Hình thức nộp", "Ghi chú",
)  # fmt: skip
"""Tên cột. The annex's own columns are not among our sources: these are what the city asked for."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
# A Vietnamese Excel parts CSV by semicolons, and takes quotes within its cell for text: to it a new cell begins behind each
# semicolon, and a new row behind each line break.
_FORMULA_WITHIN = re.compile(r"(?<=[;\t\r\n])( *)(?=[=+@-])")
_APART = r"\1'"


@dataclass(frozen=True, slots=True)
class Line:
    """A dossier as the register shows it.

    `waits`: how often a supplement was asked for. `reason`: why it ended without a result. `owner` is not shown: it says
    whose data this is, for the trace of the reading.
    """

    code: str
    owner: str
    procedure: str
    procedure_name: str
    applicant: str
    received_at: datetime
    due_at: datetime
    status: DossierStatus
    finished_at: datetime | None
    returned_at: datetime | None
    channel: Channel
    waits: int
    waiting_since: datetime | None
    extended_at: datetime | None
    reason: str | None

    @property
    def notes(self) -> str:
        """Ghi chú: waits, the extension, and why there is no result."""
        said = [
            f"Yêu cầu bổ sung {self.waits} lần" if self.waits else "",
            f"Tạm dừng tính thời hạn từ {spoken(self.waiting_since)}" if self.waiting_since else "",
            f"Gia hạn ngày {spoken(self.extended_at)}" if self.extended_at else "",
            f"Lý do: {self.reason}" if self.reason else "",
        ]
        return "; ".join(part for part in said if part)

    def cells(self, place: int) -> tuple[str, ...]:
        """The line as text, in the order of `COLUMNS`."""
        return (
            str(place),
            self.code,
            self.procedure,
            self.procedure_name,
            self.applicant,
            spoken(self.received_at),
            spoken(self.due_at),
            f"{self.status.value} {STATUS_NAMES[self.status]}",
            spoken(self.finished_at),
            spoken(self.returned_at),
            _CHANNELS[self.channel],
            self.notes,
        )


def spoken(instant: datetime | None) -> str:
    """A time of Hanoi as tables say it; nothing where there is none."""
    return f"{instant.astimezone(HANOI):%d/%m/%Y %H:%M}" if instant else ""


def guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula, whole or cut at its semicolons: what could be one has an apostrophe."""
    if cell.startswith(_FORMULA):
        return f"'{cell[0]}{_FORMULA_WITHIN.sub(_APART, cell[1:])}"
    return _FORMULA_WITHIN.sub(_APART, cell)
