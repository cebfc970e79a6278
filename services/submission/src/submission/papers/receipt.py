"""Paper 01: giấy tiếp nhận hồ sơ và hẹn trả kết quả, which the applicant takes home. Says what came and when to come back."""

from chassis.documents import Column, Fields, Paper, Paragraph, Qr, Table
from submission.domain.dossier import Delivery
from submission.papers.issue import Issue, spoken, written

_CHANNELS = {1: "trực tiếp", 2: "trực tuyến", 3: "qua dịch vụ bưu chính"}
_DELIVERIES = {
    Delivery.COUNTER: "trực tiếp tại bộ phận một cửa",
    Delivery.ONLINE: "trực tuyến",
    Delivery.POST: "qua dịch vụ bưu chính",
}


def receipt(issue: Issue) -> Paper:
    """Its QR code leads to the status, by the dossier's secret; the paper itself is checked by the address beside it."""
    filed, procedure = issue.filed, issue.procedure
    case = next((case.name for case in procedure.cases if case.code == filed.case), None)
    pairs = [
        ("Mã hồ sơ", filed.code),
        ("Tiếp nhận hồ sơ của", filed.applicant.full_name),
        *((("Người đại diện", filed.representative.full_name),) if filed.representative else ()),
        ("Nội dung yêu cầu giải quyết", procedure.name),
        *((("Trường hợp", case),) if case else ()),
        ("Mã thủ tục", procedure.code),
        ("Hình thức nộp", _CHANNELS[filed.channel]),
        ("Hình thức nhận kết quả", _DELIVERIES[filed.delivery.by]),
        ("Thời gian nhận hồ sơ", spoken(filed.received_at)),
        ("Thời gian hẹn trả kết quả", spoken(issue.due_at)),
    ]
    rows = tuple(
        (str(place), part.name, str(part.originals or "–"), str(part.copies or "–"))
        for place, part in enumerate(procedure.components_of(filed.case), start=1)
    )
    columns = (
        Column("TT", 0.5, "center"),
        Column("Tên giấy tờ", 6),
        Column("Bản chính", 1, "center"),
        Column("Bản sao", 1, "center"),
    )
    leads = f"Quét mã để theo dõi hồ sơ.\nKiểm tra giấy này có thật hay không: {issue.check_url}"
    return written(
        issue,
        (
            Fields(tuple(pairs)),
            *((Table(columns, rows, heading="Thành phần hồ sơ"),) if rows else ()),
            Paragraph("Khi nhận kết quả, xin mang theo giấy này hoặc đọc mã hồ sơ."),
        ),
        qr=Qr(issue.tracking_url, leads),
    )
