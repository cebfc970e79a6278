"""What the page for people says of a verification. How it is set is chassis.public_page's."""

from fastapi import Response

from chassis import public_page
from chassis.problems import Text
from civil_registry.api.models import Verification

_GENUINE = Text(
    "Sổ hộ tịch có bản ghi này và chữ ký số hợp lệ. Hãy đối chiếu với giấy đang cầm.",
    "Genuine: the register holds this record and its signature is valid. Compare it with the paper in hand.",
)
_NOT_GENUINE = Text(
    "Sổ hộ tịch không có bản ghi nào ứng với mã này, hoặc chữ ký số không hợp lệ.",
    "Not genuine: the register holds no record for this code, or its signature is not valid.",
)


def page_of(answer: Verification) -> Response:
    """The whole page."""
    if not answer.genuine:
        return public_page.page_of("Giấy tờ không được xác nhận", _NOT_GENUINE, ())
    rows = (
        ("Loại giấy tờ", answer.document),
        ("Số", answer.number),
        ("Quyển số", answer.volume),
        ("Nơi đăng ký", answer.office),
        ("Ngày đăng ký", f"{answer.registered_on:%d/%m/%Y}" if answer.registered_on else None),
        ("Mã băm SHA-256", answer.sha256),
    )
    return public_page.page_of("Giấy tờ thật", _GENUINE, [(label, value or "") for label, value in rows])
