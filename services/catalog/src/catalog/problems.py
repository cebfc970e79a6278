"""What can be refused in the catalogue, as problems with a stable slug. No decision is made here.

NotFound ─ UnknownProcedure, ProcedureNotInForce, UnknownVersion, UnknownUnit, UnknownCalendar
Conflict ─ ValidityOverlaps, NewerVersionPublished, WrongState
InvalidPayload ─ UnusableForm
"""

from chassis.problems import Conflict, InvalidPayload, NotFound, Text


class UnknownProcedure(NotFound):
    """404: no procedure of that code was ever published. Context: `code`."""

    slug = "unknown-procedure"
    title = Text("Không có thủ tục mang mã này", "No procedure has this code")


class ProcedureNotInForce(NotFound):
    """404: the procedure is known, and not in force on that day. Context: `code`, `on`, `inForce` (first and last days)."""

    slug = "procedure-not-in-force"
    title = Text("Thủ tục không có hiệu lực vào ngày này", "The procedure is not in force on this day")


class UnknownVersion(NotFound):
    """404: the procedure has no version of that number. Context: `code`, `version`."""

    slug = "unknown-version"
    title = Text("Không có phiên bản này của thủ tục", "The procedure has no such version")


class UnknownUnit(NotFound):
    """404: no administrative unit has that code on that day. Context: `unit`, `on`."""

    slug = "unknown-unit"
    title = Text(
        "Không có đơn vị hành chính mang mã này vào ngày này", "No administrative unit has this code on this day"
    )


class UnknownCalendar(NotFound):
    """404: the working calendar of that year is not published. Context: `year`."""

    slug = "unknown-calendar"
    title = Text("Chưa công bố lịch làm việc của năm này", "The working calendar of this year is not published")


class ValidityOverlaps(Conflict):
    """409: another published version is in force on days of this one. Context: `code`, `version`, `validFrom`, `validTo`."""

    slug = "validity-overlaps"
    title = Text("Thời gian hiệu lực trùng với phiên bản khác", "Another version is in force on some of these days")


class NewerVersionPublished(Conflict):
    """409: a version of a higher number is already out; draft the change anew. Context: `code`, `version`."""

    slug = "newer-version-published"
    title = Text("Đã công bố phiên bản mới hơn", "A newer version is already published")


class WrongState(Conflict):
    """409: only a draft can be published. Context: `state`, `allowed`."""

    slug = "wrong-state"
    title = Text("Trạng thái không cho phép thao tác này", "The state does not allow this")


class UnusableForm(InvalidPayload):
    """422: the form is not a JSON Schema 2020-12 that dossiers can be checked against."""

    slug = "unusable-form"
    title = Text("Biểu mẫu không dùng được", "The form cannot be used")
