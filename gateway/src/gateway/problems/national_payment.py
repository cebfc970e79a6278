"""What goes wrong with payments at the national payment platform."""

from chassis.problems import Conflict, InvalidPayload, NotFound, Text, Unavailable


class NationalPaymentNotFound(NotFound):
    """404: no payment of that reference, or it is another's."""

    slug = "national-payment-not-found"
    title = Text("Không có giao dịch thanh toán này", "No such payment at the national platform")


class NationalPaymentReferenceUsed(Conflict):
    """409: this reference names another payment."""

    slug = "national-payment-reference-used"
    title = Text("Mã tham chiếu đã dùng cho giao dịch khác", "The reference names another payment")


class NationalPaymentInvalid(InvalidPayload):
    """422: what is asked for cannot be paid so; `errors` say which field and why."""

    slug = "national-payment-invalid"
    title = Text("Yêu cầu thanh toán không hợp lệ", "The payment is not valid")


class NationalPaymentOutOfReach(Unavailable):
    """503: the national payment platform gave no answer that can be relied on; the same call may be sent again."""

    slug = "national-payment-out-of-reach"
    title = Text("Chưa kết nối được nền tảng thanh toán quốc gia", "The national payment platform is out of reach")
    headers = {"Retry-After": "5"}  # noqa: RUF012 - declared a read-only Mapping by Problem
