"""Papers 02 to 05, by which the desk tells the applicant of a step: supplement, refusal, apology, stop. Each gives its reason."""

from chassis.documents import Column, Fields, Paper, Paragraph, Section, Table
from submission.domain.procedure import Procedure
from submission.papers.issue import Issue, Kind, about, spoken, written


def supplement_request(issue: Issue) -> Paper:
    """Paper 02: what must be supplemented, by when; which request of this dossier it is."""
    asked = issue.step.components
    number = sum(step.paper is not None and step.paper.value == Kind.SUPPLEMENT for step in issue.steps)
    sections: list[Section] = [
        about(issue),
        Fields((("Yêu cầu bổ sung lần thứ", str(number)), ("Bổ sung chậm nhất", spoken(issue.supplement_by)))),
        Paragraph(issue.step.reason or "–", heading="Nội dung cần bổ sung"),
    ]
    if asked:
        names = _names(issue.procedure)
        rows = tuple((str(place), names.get(code, code)) for place, code in enumerate(asked, start=1))
        columns = (Column("TT", 0.5, "center"), Column("Tên giấy tờ", 8))
        sections.append(Table(columns, rows, heading="Giấy tờ cần bổ sung"))
    sections.append(
        Paragraph(
            "Thời gian chờ bổ sung không tính vào thời hạn giải quyết. "
            "Quá thời hạn trên mà hồ sơ không được bổ sung thì hồ sơ không được tiếp nhận giải quyết."
        )
    )
    return written(issue, tuple(sections))


def refusal(issue: Issue) -> Paper:
    """Paper 03: why the dossier is not taken in."""
    return _with_reason(issue, "Lý do từ chối", "Hồ sơ không được tiếp nhận giải quyết vì lý do nêu trên.")


def stop_notice(issue: Issue) -> Paper:
    """Paper 05: why there will be no result."""
    return _with_reason(issue, "Lý do dừng giải quyết", "Việc giải quyết hồ sơ dừng lại kể từ ngày lập thông báo này.")


def apology(issue: Issue) -> Paper:
    """Paper 04: that the result is late, why, and the time that is promised instead."""
    before = issue.steps[-2].due_at if len(issue.steps) > 1 else None
    return written(
        issue,
        (
            about(issue),
            Fields(
                (
                    ("Thời gian đã hẹn trả kết quả", spoken(before)),
                    ("Thời gian hẹn trả kết quả mới", spoken(issue.due_at)),
                )
            ),
            Paragraph(issue.step.reason or "–", heading="Lý do"),
            Paragraph("Xin lỗi ông/bà vì kết quả không có đúng hẹn, và đề nghị được gia hạn đến thời gian nêu trên."),
        ),
    )


def _with_reason(issue: Issue, heading: str, closing: str) -> Paper:
    reason = Paragraph(issue.step.reason or "–", heading=heading)
    return written(issue, (about(issue), reason, Paragraph(closing)))


def _names(procedure: Procedure) -> dict[str, str]:
    return {part.code: part.name for part in procedure.components}
