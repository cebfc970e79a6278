"""What can go wrong in the desk's daily work: claims, pick-up, handover, retention. Nothing is decided here."""

from collections.abc import Sequence
from datetime import datetime

from chassis.problems import Conflict, FieldError, InvalidPayload, Text


class ClaimedByAnother(Conflict):
    """409: another officer (`officer`) works on it, where it is known since `since`. It must be released first."""

    slug = "claimed-by-another"
    title = Text("Cán bộ khác đang xử lý hồ sơ", "Another officer works on this dossier")

    def __init__(self, officer: str, since: datetime | None = None) -> None:
        super().__init__(
            Text(
                f"Hồ sơ do {officer} nhận xử lý; cần được trả lại hàng chờ trước",
                f"{officer} has claimed this dossier; it must be released first",
            ),
            officer=officer,
        )
        if since is not None:
            self.context["since"] = since


class OriginalsDoNotMatch(Conflict):
    """409: what was shown at the counter does not match what was filed: `components` by their codes.

    It is resolved by showing papers that match, or the desk does not hand the result over.
    """

    slug = "originals-do-not-match"
    title = Text("Bản chính không khớp với hồ sơ", "The originals do not match the dossier")

    def __init__(self, components: Sequence[str]) -> None:
        super().__init__(
            Text(
                "Giấy tờ xuất trình chưa khớp với thành phần hồ sơ đã nộp nên chưa thể trả kết quả",
                "Papers shown at the counter do not match those that were filed, so the result cannot be handed over",
            ),
            components=list(components),
        )


class ComponentNotOfDossier(InvalidPayload):
    """422: a paper is named that is not a component of this dossier's procedure and case."""

    slug = "component-not-of-dossier"
    title = Text("Không phải thành phần của hồ sơ này", "Not a component of this dossier")

    def __init__(self, places: Sequence[int]) -> None:
        message = Text(
            "Thủ tục không có thành phần hồ sơ mang mã này", "The procedure has no component of this code in this case"
        )
        super().__init__(errors=[FieldError(f"/shown/{place}/component", "unknown", message) for place in places])


class ResultOnTheWay(Conflict):
    """409: the post has the result (`trackingNumber`); first say how that ended."""

    slug = "result-on-the-way"
    title = Text("Kết quả đang được gửi qua bưu chính", "The result is with the post")

    def __init__(self, tracking_number: str) -> None:
        super().__init__(trackingNumber=tracking_number)


class NoPostalAddress(Conflict):
    """409: the applicant did not ask for the result by post, so there is no address to send it to."""

    slug = "no-postal-address"
    title = Text("Hồ sơ không có địa chỉ nhận qua bưu chính", "The dossier names no postal address")


class NothingOnTheWay(Conflict):
    """409: no result of this dossier is with the post."""

    slug = "nothing-on-the-way"
    title = Text("Không có kết quả nào đang gửi qua bưu chính", "Nothing of this dossier is with the post")


class DeliveredTooEarly(InvalidPayload):
    """422: the consignment cannot have ended before it was sent (`dispatchedAt`), nor in the future."""

    slug = "delivered-too-early"
    title = Text("Thời điểm phát không hợp lệ", "Not a possible time of delivery")

    def __init__(self, dispatched_at: datetime) -> None:
        message = Text(
            "Phải sau khi gửi và không sau hiện tại", "Must lie after the dispatch and not after the present"
        )
        super().__init__(errors=[FieldError("/at", "range", message)], dispatchedAt=dispatched_at)


class AlreadyErased(Conflict):
    """409: the personal data of this dossier was erased; there is nothing left to hold."""

    slug = "already-erased"
    title = Text("Dữ liệu cá nhân của hồ sơ đã được xóa", "The dossier's personal data was erased")


class HoldInForce(Conflict):
    """409: the dossier is under a hold already."""

    slug = "hold-in-force"
    title = Text("Hồ sơ đang được tạm giữ", "A hold is in force")


class NoHoldInForce(Conflict):
    """409: no hold of this dossier is in force."""

    slug = "no-hold-in-force"
    title = Text("Hồ sơ không bị tạm giữ", "No hold is in force")
