"""What can go wrong with a step of a dossier, beside that it stands elsewhere (problems.dossiers.WrongState). Nothing is decided here."""

from collections.abc import Iterable
from datetime import datetime

from chassis.problems import FieldError, InvalidPayload, Text
from submission.domain.dossier import Dossier
from submission.problems.dossiers import WrongState


def rfc3339(at: datetime) -> str:
    """An instant as everything on the wire has it, where no model does it."""
    return at.isoformat().replace("+00:00", "Z")


class SupplementTooLate(WrongState):
    """409: the time to supplement ran out (`supplementBy`); the dossier is about to be refused for it."""

    slug = "supplement-too-late"
    title = Text("Đã hết thời hạn bổ sung", "The time to supplement has run out")

    def __init__(self, dossier: Dossier, at: datetime) -> None:
        super().__init__(dossier, supplementBy=rfc3339(at))


class AlreadyExtended(WrongState):
    """409: a dossier is extended once, and this one was (`extendedAt`)."""

    slug = "already-extended"
    title = Text("Hồ sơ đã được gia hạn một lần", "Extended once already")

    def __init__(self, dossier: Dossier, at: datetime) -> None:
        super().__init__(dossier, extendedAt=rfc3339(at))


class AlreadyVerified(WrongState):
    """409: the longer limit for verification counts already (`verifiedAt`)."""

    slug = "already-verified"
    title = Text("Hồ sơ đã được tính thời hạn xác minh", "The limit for verification counts already")

    def __init__(self, dossier: Dossier, at: datetime) -> None:
        super().__init__(dossier, verifiedAt=rfc3339(at))


class NoVerificationLimit(WrongState):
    """409: the catalogue names no longer limit for what must be verified; an extension is what is left."""

    slug = "no-verification-limit"
    title = Text("Thủ tục không có thời hạn xác minh", "The procedure has no limit for verification")


class ExtensionTooLong(InvalidPayload):
    """422: by more working days than the rule of the day allows (`most`)."""

    slug = "extension-too-long"
    title = Text("Gia hạn quá số ngày cho phép", "Extended by too many days")

    def __init__(self, most: int) -> None:
        detail = Text(f"Được gia hạn nhiều nhất {most} ngày làm việc", f"At most {most} working days")
        super().__init__(detail, errors=[FieldError("/workingDays", "most", detail)], most=most)


class UnknownComponent(InvalidPayload):
    """422: the procedure's dossier holds no paper of such a code."""

    slug = "unknown-component"
    title = Text("Không có thành phần hồ sơ này", "No such component")

    def __init__(self, places: Iterable[int]) -> None:
        detail = Text(
            "Thành phần hồ sơ của thủ tục không có giấy tờ mang mã này", "The procedure names no paper of this code"
        )
        super().__init__(detail, errors=[FieldError(f"/components/{place}", "unknown", detail) for place in places])


class SupplementEmpty(InvalidPayload):
    """422: the applicant supplements by a mended form, by papers, or by both."""

    slug = "supplement-empty"
    title = Text("Chưa có nội dung bổ sung", "Nothing was supplemented")

    def __init__(self) -> None:
        super().__init__(
            Text("Cần gửi tờ khai đã sửa hoặc giấy tờ bổ sung", "Send the mended form, or papers, or both"),
            errors=[FieldError("/form", "missing", Text("Thiếu nội dung bổ sung", "Nothing to supplement by"))],
        )
