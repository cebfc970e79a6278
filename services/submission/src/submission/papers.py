"""Paper 01 (TT 03/2025/TT-VPCP, annex I): giấy tiếp nhận hồ sơ và hẹn trả kết quả. What it says; not how it is set."""

from datetime import datetime

from chassis.clock import HANOI
from chassis.documents import Fields, Paper, Paragraph, Qr
from submission.domain.dossier import Dossier
from submission.domain.procedure import Procedure

_CHANNELS = {1: "trực tiếp", 2: "trực tuyến", 3: "qua dịch vụ bưu chính"}


def appointment_slip(dossier: Dossier, procedure: Procedure, unit_name: str, tracking_url: str) -> Paper:
    """The receipt the applicant takes home, with the time to come back. The code leads to the public status."""
    filed = dossier.filed
    received = filed.received_at.astimezone(HANOI)
    papers = "\n".join(f"{place}. {name}" for place, name in enumerate(procedure.components, start=1))
    pairs = [
        ("Mã hồ sơ", filed.code),
        ("Tiếp nhận hồ sơ của", filed.applicant.full_name),
        ("Nội dung yêu cầu giải quyết", procedure.name),
        ("Mã thủ tục", procedure.code),
        ("Hình thức nộp", _CHANNELS[filed.channel]),
        ("Thời gian nhận hồ sơ", _spoken(filed.received_at)),
        ("Thời gian hẹn trả kết quả", _spoken(dossier.due_at)),
    ]
    return Paper(
        title="GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ",
        code=filed.code,
        agency_lines=(unit_name.upper(), "BỘ PHẬN MỘT CỬA"),
        place_and_date=f"Hà Nội, ngày {received:%d} tháng {received:%m} năm {received:%Y}",
        sections=(
            Fields(tuple(pairs)),
            *((Paragraph(papers, heading="Thành phần hồ sơ"),) if papers else ()),
            Paragraph("Khi nhận kết quả, xin mang theo giấy này hoặc đọc mã hồ sơ."),
        ),
        qr=Qr(tracking_url, "Quét mã để theo dõi hồ sơ"),
    )


def _spoken(instant: datetime) -> str:
    local = instant.astimezone(HANOI)
    return f"{local:%H} giờ {local:%M}, ngày {local:%d} tháng {local:%m} năm {local:%Y}"
