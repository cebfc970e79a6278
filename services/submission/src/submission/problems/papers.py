"""What can go wrong with papers, the register and notices. The chassis maps them to RFC 9457; nothing is decided here."""

from chassis.problems import Conflict, FieldError, InvalidPayload, NotFound, Text
from submission.domain.notice import NoticeState


class PaperNotFound(NotFound):
    """404: no such paper was issued, or the caller may not know of it."""

    slug = "paper-not-found"
    title = Text("Không có giấy này", "No such paper")


class PaperErased(NotFound):
    """404: the paper was issued, and what it said has been erased since, as the law wants it."""

    slug = "paper-erased"
    title = Text("Nội dung giấy đã được xóa", "The paper has been erased")


class NoticeNotFound(NotFound):
    """404: there is no notice of that id."""

    slug = "notice-not-found"
    title = Text("Không có thông báo này", "No such notice")


class NoticeNotStuck(Conflict):
    """409: only a notice that failed, or of which nobody knows whether it went out, is sent again by hand."""

    slug = "notice-not-stuck"
    title = Text("Thông báo không cần gửi lại", "The notice is not stuck")

    def __init__(self, state: NoticeState) -> None:
        super().__init__(
            Text("Chỉ gửi lại thông báo gửi hỏng hoặc chưa rõ đã gửi hay chưa", "It neither failed nor is it unknown"),
            state=state,
            allowed=[],
        )


class PeriodUnusable(InvalidPayload):
    """422: the period ends before it begins, or is longer than this address takes."""

    slug = "period-unusable"
    title = Text("Khoảng thời gian không dùng được", "The period cannot be used")

    def __init__(self, most_days: int | None = None) -> None:
        detail = (
            Text("Ngày cuối đứng trước ngày đầu", "It ends before it begins")
            if most_days is None
            else Text(f"Nhiều nhất {most_days} ngày", f"At most {most_days} days")
        )
        super().__init__(detail, errors=[FieldError("query:to", "period", detail)])
