"""One issue of a paper: which, of which step, and what every paper has on it in the same way. It writes no paper itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chassis.clock import HANOI
from chassis.documents import Fields, Paper, Qr, Section, Signer
from submission.domain.dossier import Filing
from submission.domain.procedure import Procedure
from submission.queries.dossiers import Entry


class Kind(StrEnum):
    """The papers of annex I that are issued for a dossier, by their numbers. 07 is the register (sổ theo dõi)."""

    RECEIPT = "01"
    SUPPLEMENT = "02"
    REFUSAL = "03"
    APOLOGY = "04"
    STOP = "05"
    CONTROL_SHEET = "06"


NAMES = {
    Kind.RECEIPT: "Giấy tiếp nhận hồ sơ và hẹn trả kết quả",
    Kind.SUPPLEMENT: "Phiếu yêu cầu bổ sung hồ sơ",
    Kind.REFUSAL: "Phiếu từ chối tiếp nhận giải quyết hồ sơ",
    Kind.APOLOGY: "Phiếu xin lỗi và đề nghị gia hạn",
    Kind.STOP: "Thông báo dừng giải quyết hồ sơ",
    Kind.CONTROL_SHEET: "Phiếu kiểm soát quá trình giải quyết hồ sơ",
}


@dataclass(frozen=True, slots=True)
class Issue:
    """A paper to be written. `steps` are the history up to the step the paper is of, which is the last of them.

    `supplement_by`: the end of the time that this step gave to supplement. `check_url`: where anyone learns whether the
    paper is real; `tracking_url`: the dossier's status, opened by the secret that the slip carries.
    """

    kind: Kind
    filed: Filing
    steps: Sequence[Entry]
    due_at: datetime
    supplement_by: datetime | None
    procedure: Procedure
    unit_name: str
    check_url: str
    tracking_url: str

    @property
    def step(self) -> Entry:
        """The step that it is the paper of."""
        return self.steps[-1]

    @property
    def number(self) -> str:
        """Số: of which dossier, which paper, of which step."""
        return f"{self.filed.code}/{id_of(self.kind, self.step.version)}"


def id_of(kind: Kind, version: int) -> str:
    """What a paper is called within its dossier: `02-4`, paper 02 of the step that made version 4."""
    return f"{kind}-{version}"


def written(issue: Issue, sections: tuple[Section, ...], *, qr: Qr | None = None) -> Paper:
    """The paper around its sections: head, number, date, code to check it by."""
    day = issue.step.at.astimezone(HANOI)
    return Paper(
        title=NAMES[issue.kind].upper(),
        code=issue.number,
        agency_lines=(issue.unit_name.upper(), "BỘ PHẬN MỘT CỬA"),
        number=issue.number,
        place_and_date=f"Hà Nội, ngày {day:%d} tháng {day:%m} năm {day:%Y}",
        sections=sections,
        qr=qr or Qr(issue.check_url, "Quét mã để kiểm tra giấy này có thật hay không."),
        # The history tells citizens that it was an officer, not which; their papers tell no more.
        signer=Signer(("BỘ PHẬN MỘT CỬA",), "", "Giấy lập trên hệ thống"),
    )


def about(issue: Issue) -> Fields:
    """Which dossier it is about."""
    return Fields(
        (
            ("Mã hồ sơ", issue.filed.code),
            ("Chủ hồ sơ", issue.filed.applicant.full_name),
            ("Nội dung yêu cầu giải quyết", issue.procedure.name),
            ("Mã thủ tục", issue.procedure.code),
            ("Thời gian nhận hồ sơ", spoken(issue.filed.received_at)),
        )
    )


def spoken(instant: datetime | None) -> str:
    """A time as papers say it."""
    if instant is None:
        return "–"
    local = instant.astimezone(HANOI)
    return f"{local:%H} giờ {local:%M}, ngày {local:%d} tháng {local:%m} năm {local:%Y}"
