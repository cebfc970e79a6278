"""What can go wrong with a dossier, each with its stable slug. The chassis maps them to RFC 9457; nothing is decided here."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from chassis.problems import Conflict, FieldError, Forbidden, InvalidPayload, NotFound, Text
from contracts.catalog import Case
from contracts.codes import Channel
from submission.domain import lifecycle
from submission.domain.dossier import STATUS_NAMES, Dossier


def _named(cases: Sequence[Case]) -> list[dict[str, str]]:
    return [{"code": case.code, "name": case.name} for case in cases]


def _at(pointer: str, rule: str, message: Text) -> list[FieldError]:
    return [FieldError(pointer, rule, message)]


class UnknownProcedure(InvalidPayload):
    """422: no procedure of this code is in force that day."""

    slug = "unknown-procedure"
    title = Text("Không có thủ tục này", "No such procedure")

    def __init__(self, procedure: str, on: date, starts: date | None = None) -> None:
        detail = Text("Không có thủ tục nào mang mã này vào ngày nộp", "No procedure of this code is in force that day")
        super().__init__(detail, errors=_at("/procedure", "unknown", detail), procedure=procedure, on=on)
        if starts is not None:
            self.context["from"] = starts


class NoLongerInForce(InvalidPayload):
    """422: the procedure was in force up to `lastDay` (bãi bỏ, hết hiệu lực). `from`: when a later version begins, if known."""

    slug = "procedure-withdrawn"
    title = Text("Thủ tục đã hết hiệu lực", "No longer in force")

    def __init__(self, procedure: str, on: date, last_day: date, starts: date | None) -> None:
        detail = Text(
            f"Thủ tục này có hiệu lực đến hết ngày {last_day:%d/%m/%Y}",
            f"This procedure was in force up to {last_day.isoformat()}",
        )
        errors = _at("/procedure", "withdrawn", detail)
        super().__init__(detail, errors=errors, procedure=procedure, on=on, lastDay=last_day)
        if starts is not None:
            self.context["from"] = starts


class CaseRequired(InvalidPayload):
    """422: the procedure has several cases (trường hợp): say which. `cases` names them."""

    slug = "case-required"
    title = Text("Cần chọn trường hợp", "Say which case")

    def __init__(self, cases: Sequence[Case]) -> None:
        detail = Text(
            "Thủ tục có nhiều trường hợp thực hiện, cần chọn một", "The procedure has several cases: pick one of them"
        )
        super().__init__(detail, errors=_at("/case", "required", detail), cases=_named(cases))


class UnknownCase(InvalidPayload):
    """422: the procedure has no such case. `cases` names those it has."""

    slug = "unknown-case"
    title = Text("Không có trường hợp này", "No such case")

    def __init__(self, cases: Sequence[Case]) -> None:
        detail = Text("Thủ tục không có trường hợp mang mã này", "The procedure has no case of this code")
        super().__init__(detail, errors=_at("/case", "unknown", detail), cases=_named(cases))


class UnknownUnit(InvalidPayload):
    """422: no administrative unit of this code is in force that day."""

    slug = "unknown-unit"
    title = Text("Không có đơn vị hành chính này", "No such administrative unit")

    def __init__(self, unit: str, on: date) -> None:
        detail = Text("Không có đơn vị hành chính nào mang mã này vào ngày nộp", "No unit of this code exists that day")
        super().__init__(detail, errors=_at("/unit", "unknown", detail), unit=unit, on=on)


class ProcedureNotOffered(InvalidPayload):
    """422: the unit does not offer the procedure that day by that channel. `from`: since when it will, if it will."""

    slug = "procedure-not-offered"
    title = Text("Đơn vị chưa thực hiện thủ tục này", "Not offered by this unit")

    def __init__(self, procedure: str, unit: str, channel: Channel, on: date, starts: date | None) -> None:
        detail = Text(
            "Đơn vị không tiếp nhận thủ tục này qua kênh này vào ngày nộp",
            "The unit does not offer this procedure by this channel on this day",
        )
        context: dict[str, Any] = {"procedure": procedure, "unit": unit, "channel": channel, "on": on}
        super().__init__(detail, errors=_at("/procedure", "not-offered", detail), **context)
        if starts is not None:
            self.context["from"] = starts


class TimeLimitNotPublished(InvalidPayload):
    """422: the catalogue has no time limit for the procedure, so no appointment slip could name a day."""

    slug = "time-limit-not-published"
    title = Text("Thủ tục chưa công bố thời hạn giải quyết", "No time limit is published")

    def __init__(self, procedure: str) -> None:
        detail = Text(
            "Thủ tục chưa có thời hạn giải quyết trong danh mục nên chưa thể hẹn ngày trả kết quả",
            "The catalogue gives no time limit for this procedure, so no day can be promised for its result",
        )
        super().__init__(detail, errors=_at("/procedure", "no-time-limit", detail), procedure=procedure)


class FormInvalid(InvalidPayload):
    """422: the form breaks its schema; `errors` holds every fault. `more` is there if there were too many to tell."""

    slug = "form-invalid"
    title = Text("Tờ khai chưa đúng", "The form is not right")

    def __init__(self, faults: list[FieldError], most: int) -> None:
        super().__init__(errors=faults[:most])
        if len(faults) > most:
            self.context["more"] = True


class ChannelNotYours(InvalidPayload):
    """422: this kind of caller cannot file by that channel."""

    slug = "channel-not-yours"
    title = Text("Không nộp được qua kênh này", "Not by this channel")

    def __init__(self, channel: Channel) -> None:
        detail = Text(
            "Công dân nộp trực tuyến (2); cán bộ nhập hồ sơ nộp trực tiếp (1) hoặc qua bưu chính (3)",
            "Citizens file online (2); officers enter what came to the counter (1) or by post (3)",
        )
        super().__init__(detail, errors=_at("/channel", "caller", detail), channel=channel)


class ApplicantNotYou(InvalidPayload):
    """422: a citizen files in her own name only."""

    slug = "applicant-not-you"
    title = Text("Người nộp phải là chủ hồ sơ", "You file in your own name")

    def __init__(self) -> None:
        detail = Text(
            "Số định danh của chủ hồ sơ phải là của người đăng nhập", "The applicant's personal ID must be your own"
        )
        super().__init__(detail, errors=_at("/applicant/personalId", "caller", detail))


class ApplicantMissing(InvalidPayload):
    """422: who files for someone else must say for whom."""

    slug = "applicant-missing"
    title = Text("Thiếu chủ hồ sơ", "The applicant is missing")

    def __init__(self) -> None:
        detail = Text("Cần ghi chủ hồ sơ khi nộp thay", "Say who applies when filing for someone")
        super().__init__(detail, errors=_at("/applicant", "missing", detail))


class RepresentativeMissing(InvalidPayload):
    """422: a citizen files for an organisation only as who represents it."""

    slug = "representative-missing"
    title = Text("Thiếu người đại diện", "The representative is missing")

    def __init__(self) -> None:
        detail = Text(
            "Khi chủ hồ sơ là tổ chức, cần ghi người đại diện nộp hồ sơ",
            "Say who files for the organisation, and by what",
        )
        super().__init__(detail, errors=_at("/representative", "missing", detail))


class RepresentativeNotYou(InvalidPayload):
    """422: a citizen who files for another is the representative herself."""

    slug = "representative-not-you"
    title = Text("Người nộp phải là người đại diện", "You are the representative")

    def __init__(self) -> None:
        detail = Text(
            "Số định danh của người đại diện phải là của người đăng nhập",
            "The representative's personal ID must be your own",
        )
        super().__init__(detail, errors=_at("/representative/personalId", "caller", detail))


class UnitNotServed(Forbidden):
    """403: the officer's desk does not cover that unit."""

    slug = "unit-not-served"
    title = Text("Ngoài đơn vị phụ trách", "Not a unit you serve")

    def __init__(self, unit: str) -> None:
        super().__init__(unit=unit)


class DossierNotFound(NotFound):
    """404: there is none of that code, or the caller may not know of it."""

    slug = "dossier-not-found"
    title = Text("Không tìm thấy hồ sơ", "No such dossier")


class WrongState(Conflict):
    """409: the dossier does not stand where this can be done. `state` says where it stands, `allowed` what can be done."""

    slug = "wrong-state"
    title = Text("Trạng thái hồ sơ không cho phép", "The dossier's state does not allow it")

    def __init__(self, dossier: Dossier, **context: Any) -> None:
        status = dossier.status
        state = {"number": status.value, "name": STATUS_NAMES[status]}
        super().__init__(
            Text(f"Hồ sơ đang ở trạng thái “{STATUS_NAMES[status]}”", f"The dossier stands at status {status.value}"),
            state=state,
            allowed=lifecycle.allowed(dossier),
            feeState=dossier.fee_state,
            **context,
        )


class FeeNotAssessedYet(WrongState):
    """409: payment has not said yet whether a fee is due; it takes a moment. Send the same request again."""

    slug = "fee-not-assessed-yet"
    title = Text("Đang xác định phí, lệ phí", "The fee is still being assessed")
    headers: Mapping[str, str] = {"Retry-After": "1"}


class NotHandledByDesk(WrongState):
    """409: another service (`handledBy`) produces the result of this procedure and says when it exists."""

    slug = "not-handled-by-desk"
    title = Text("Bộ phận một cửa không xử lý thủ tục này", "The desk does not handle this procedure")

    def __init__(self, dossier: Dossier) -> None:
        super().__init__(dossier, handledBy=dossier.filed.handled_by)
