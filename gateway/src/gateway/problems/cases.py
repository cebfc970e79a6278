"""What goes wrong with cases at ministries."""

from chassis.problems import Conflict, InvalidPayload, NotFound, Text


class CaseNotFound(NotFound):
    """404: no such case, or it is another's."""

    slug = "ministry-case-not-found"
    title = Text("Không có hồ sơ liên thông này", "No such case at a ministry")


class CaseAlreadyOpen(Conflict):
    """409: this dossier has a case of that kind already that was neither refused nor withdrawn."""

    slug = "ministry-case-already-open"
    title = Text("Hồ sơ này đã được gửi tới bộ, ngành", "This dossier is at the ministry already")


class CaseStepNotAllowed(Conflict):
    """409: what is asked does not go with the case's state. Context carries `state`."""

    slug = "ministry-case-step-not-allowed"
    title = Text("Trạng thái hồ sơ liên thông không cho phép", "The state of the case does not allow it")


class CaseInvalid(InvalidPayload):
    """422: what is declared cannot be sent to a ministry; `errors` say which field and why."""

    slug = "ministry-case-invalid"
    title = Text("Nội dung gửi bộ, ngành không hợp lệ", "What is to be sent to the ministry is not valid")
