"""What can go wrong in payment, as problems with a stable slug."""

from chassis.problems import BadRequest, Conflict, InvalidPayload, NotFound, Text, Unavailable


class ProcedureNotKnownYet(Unavailable):
    """Our copy of the catalogue has no version of the procedure for that day: the event is tried again later."""

    slug = "procedure-not-known-yet"
    title = Text("Chưa có dữ liệu thủ tục cho ngày tiếp nhận", "No version of the procedure is known for that day yet")


class DossierNotAssessedYet(Unavailable):
    """Its end is heard of before its fee was decided: the event is tried again later."""

    slug = "dossier-not-assessed-yet"
    title = Text("Chưa xác định phí, lệ phí của hồ sơ", "The fee of the dossier is not decided yet")


class ObligationNotFound(NotFound):
    """404: no such obligation, or not one that the caller may know of."""

    slug = "obligation-not-found"
    title = Text("Không tìm thấy nghĩa vụ tài chính", "Obligation not found")


class ObligationAlreadyPaid(Conflict):
    """409: nothing is owed any more."""

    slug = "obligation-already-paid"
    title = Text("Nghĩa vụ tài chính đã được nộp", "The obligation is already paid")


class ObligationCancelled(Conflict):
    """409: the dossier was refused, withdrawn or stopped before the fee was paid, so that nothing is owed any more."""

    slug = "obligation-cancelled"
    title = Text(
        "Hồ sơ đã kết thúc, không còn phải nộp phí, lệ phí", "The dossier has ended, and nothing is owed any more"
    )


class ObligationNotPaid(Conflict):
    """409: there is no receipt before the payment."""

    slug = "obligation-not-paid"
    title = Text("Chưa nộp phí, lệ phí nên chưa có biên lai", "Not paid yet, so there is no receipt")


class AmountMismatch(InvalidPayload):
    """422: cash is taken for the whole obligation, no more and no less."""

    slug = "amount-mismatch"
    title = Text("Số tiền không khớp với số phải nộp", "The amount is not what is owed")


class OnlinePaymentUnavailable(Unavailable):
    """503: this installation has no payment provider configured."""

    slug = "online-payment-unavailable"
    title = Text("Chưa mở thanh toán trực tuyến", "Online payment is not available")


class SignatureInvalid(BadRequest):
    """400: what the browser brought back was not signed by the provider."""

    slug = "signature-invalid"
    title = Text("Chữ ký của cổng thanh toán không hợp lệ", "The provider's signature is not valid")


class PaymentNotFound(NotFound):
    """404: the provider's reference is not one of ours."""

    slug = "payment-not-found"
    title = Text("Không tìm thấy giao dịch thanh toán", "Payment not found")
