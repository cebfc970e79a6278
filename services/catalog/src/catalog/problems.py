"""What can be refused in the catalogue, as problems with a stable slug. No decision is made here.

NotFound ─ UnknownProcedure, ProcedureNotInForce, UnknownVersion, NotOfferedThere, UnknownUnit, UnknownRollout,
           UnknownAgency, UnknownCalendar
Conflict ─ ValidityOverlaps, NewerVersionPublished, WrongState, AgencyOverlaps
InvalidPayload ─ UnusableForm, UnsoundVersion, LastDayOutside, UnknownCase, UnsoundAgency
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


class NotOfferedThere(NotFound):
    """404: nobody takes it in by this channel at this commune on this day. Context: `code`, `unit`, `channel`, `on`, `channels`."""

    slug = "not-offered-there"
    title = Text(
        "Đơn vị này không tiếp nhận thủ tục qua kênh này vào ngày này",
        "This commune does not take the procedure in by this channel on this day",
    )


class UnknownRollout(NotFound):
    """404: there is no rollout wave of that name. Context: `rollout`."""

    slug = "unknown-rollout"
    title = Text("Không có đợt triển khai này", "There is no such rollout wave")


class UnknownAgency(NotFound):
    """404: no agency has that code, in either notation, on that day. Context: `agency`, `on`."""

    slug = "unknown-agency"
    title = Text("Không có cơ quan mang mã này vào ngày này", "No agency has this code on this day")


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
    """409: a draft can be changed, discarded and published, a published version withdrawn. Context: `state`, `allowed`."""

    slug = "wrong-state"
    title = Text("Trạng thái không cho phép thao tác này", "The state does not allow this")


class UnusableForm(InvalidPayload):
    """422: the form is not a JSON Schema 2020-12 that dossiers can be checked against."""

    slug = "unusable-form"
    title = Text("Biểu mẫu không dùng được", "The form cannot be used")


class UnsoundVersion(InvalidPayload):
    """422: parts of the version name what is not there (a case, a part of the form, a commune), or contradict each other."""

    slug = "unsound-version"
    title = Text("Các phần của thủ tục không khớp nhau", "Parts of the procedure do not fit each other")


class LastDayOutside(InvalidPayload):
    """422: the last day is gone by, or not within the version's validity. Context: `earliest`, `latest`."""

    slug = "last-day-outside"
    title = Text("Ngày cuối có hiệu lực không được chấp nhận", "This cannot become the last day in force")


class UnknownCase(InvalidPayload):
    """422: the procedure has no such case that day. Context: `code`, `case`, `cases`."""

    slug = "unknown-procedure-case"
    title = Text("Thủ tục không có trường hợp này", "The procedure has no such case")


class AgencyOverlaps(Conflict):
    """409: the code is another agency's on some of these days. Context: `code`, `validFrom`, `validTo`."""

    slug = "agency-overlaps"
    title = Text("Mã này thuộc cơ quan khác trong một số ngày", "The code is another agency's on some of these days")


class UnsoundAgency(InvalidPayload):
    """422: the agency names a code, an agency above it or a unit that is none."""

    slug = "unsound-agency"
    title = Text("Thông tin cơ quan không đúng", "The agency is not right")
