"""The receipt (biên lai thu phí, lệ phí) as a paper. Pure: what stands on it is decided here, drawing is the chassis' work.

The format of the state's e-receipt is not known to this project: this paper claims no compatibility with it.
"""

from chassis.clock import HANOI
from chassis.documents import Column, Fields, Paper, Section, Table
from contracts.codes import PaymentMethod
from contracts.payment import FeeLine
from payment.domain.obligation import Obligation, Settled

TITLE = "BIÊN LAI THU PHÍ, LỆ PHÍ"
_METHODS = {
    PaymentMethod.NATIONAL_GATEWAY: "Trực tuyến, qua Cổng Dịch vụ công quốc gia",
    PaymentMethod.LOCAL_GATEWAY: "Trực tuyến, qua cổng thanh toán của thành phố",
    PaymentMethod.NOT_ONLINE: "Tiền mặt, tại bộ phận một cửa",
}


def receipt_paper(obligation: Obligation, settled: Settled, agency: str) -> Paper:
    """The receipt of a paid obligation. It names no person: the dossier's code stands for the applicant."""
    paid_at = settled.paid_at.astimezone(HANOI)
    lines = tuple((line.item, _said(line), line.legal_source, dong(line.amount)) for line in obligation.lines)
    sections: tuple[Section, ...] = (
        Fields(
            (
                ("Mã hồ sơ", obligation.dossier_code),
                ("Thủ tục", f"{obligation.procedure} - {obligation.procedure_name}"),
                ("Đơn vị tiếp nhận (mã)", obligation.unit),
            )
        ),
        Table(
            (
                Column("Khoản thu", 1),
                Column("Nội dung thu", 3),
                Column("Căn cứ", 2),
                Column("Số tiền (đồng)", 1, "right"),
            ),
            (*lines, ("", "Tổng cộng", "", dong(obligation.amount))),
        ),
        Fields(
            (
                ("Hình thức nộp", _METHODS[settled.method]),
                ("Thời điểm nộp", paid_at.strftime("%H:%M ngày %d/%m/%Y")),
            )
        ),
    )
    return Paper(
        title=TITLE,
        code=settled.receipt_number,
        agency_lines=(agency,),
        sections=sections,
        number=settled.receipt_number,
        place_and_date=f"Ngày {paid_at.day:02d} tháng {paid_at.month:02d} năm {paid_at.year}",
    )


def _said(line: FeeLine) -> str:
    """The published text of the rule; that it frees the applicant, where the text may not say so."""
    text = line.text or line.rule
    return f"{text} (miễn)" if line.exemption else text


def dong(amount: int) -> str:
    """An amount as it is written in Vietnamese: 1.250.000."""
    return f"{amount:,}".replace(",", ".")
