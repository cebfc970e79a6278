"""VNPAY's merchant API: querydr (how did this payment end?) and refund. It calls nobody.

The answer is unsigned: how VNPAY signs it is not in our sources, and no adapter should be tested against a guess. Code
97 for a wrong signature follows the IPN's list.
"""

from collections.abc import Mapping

from sandbox.simulators.vnpay.orders import UNFINISHED_STATUS, Order, Vnpay
from sandbox.simulators.vnpay.signature import same, sign_fields

QUERY = (
    "RequestId", "Version", "Command", "TmnCode", "TxnRef", "TransactionDate", "CreateDate", "IpAddr", "OrderInfo",
)  # fmt: skip
REFUND = (
    "RequestId", "Version", "Command", "TmnCode", "TransactionType", "TxnRef", "Amount", "TransactionNo",
    "TransactionDate", "CreateBy", "CreateDate", "IpAddr", "OrderInfo",
)  # fmt: skip
SIGNED_FIELDS = {"querydr": QUERY, "refund": REFUND}
FULL, PARTIAL = "02", "03"


def answer(vnpay: Vnpay, request: Mapping[str, str]) -> dict[str, str]:
    """The answer to a querydr or a refund: vnp_ResponseCode 00, or 91 not found, 94 duplicate, 95 refused, 97, 99."""
    command = request.get("vnp_Command", "")
    merchant = vnpay.merchants.get(request.get("vnp_TmnCode", ""))
    if command not in SIGNED_FIELDS or merchant is None:
        return _answer(request, "99", "Yêu cầu không hợp lệ")
    fields = [request.get(f"vnp_{name}", "") for name in SIGNED_FIELDS[command]]
    if not same(request.get("vnp_SecureHash", ""), sign_fields(fields, merchant.secret)):
        return _answer(request, "97", "Sai chữ ký")
    request_key = (merchant.tmn_code, request.get("vnp_RequestId", ""))
    if request_key in vnpay.api_requests:
        return _answer(request, "94", "Yêu cầu trùng lặp")
    vnpay.api_requests.add(request_key)
    order = vnpay.orders.get(request.get("vnp_TxnRef", ""))
    if order is None or order.merchant != merchant:
        return _answer(request, "91", "Không tìm thấy giao dịch")
    return _refund(vnpay, order, request) if command == "refund" else _queried(order, request)


def _queried(order: Order, request: Mapping[str, str]) -> dict[str, str]:
    unfinished = {"vnp_Amount": str(order.amount), "vnp_TransactionStatus": UNFINISHED_STATUS}
    result = {key: value for key, value in (order.result or unfinished).items() if key != "vnp_ResponseCode"}
    return _answer(request, "00", "Thành công") | result


def _refund(vnpay: Vnpay, order: Order, request: Mapping[str, str]) -> dict[str, str]:
    amount, kind = request.get("vnp_Amount", ""), request.get("vnp_TransactionType", "")
    wanted = int(amount) if amount.isascii() and amount.isdigit() else 0
    left = order.amount - order.refunded if order.outcome == "paid" else 0
    whole = kind == FULL and wanted == order.amount == left
    part = kind == PARTIAL and 0 < wanted <= left
    if not (whole or part) or vnpay.desk.take("merchant-api", "refuse"):
        return _answer(request, "95", "Giao dịch không được hoàn trả")
    order.refunded += wanted
    vnpay.desk.acted("merchant-api", order.txn_ref)
    return _answer(request, "00", "Thành công") | {
        "vnp_Amount": amount,
        "vnp_TransactionType": kind,
        "vnp_TransactionNo": order.result["vnp_TransactionNo"],
        "vnp_TransactionStatus": "00",
    }


def _answer(request: Mapping[str, str], code: str, message: str) -> dict[str, str]:
    return {
        "vnp_ResponseId": request.get("vnp_RequestId", ""),
        "vnp_Command": request.get("vnp_Command", ""),
        "vnp_TmnCode": request.get("vnp_TmnCode", ""),
        "vnp_TxnRef": request.get("vnp_TxnRef", ""),
        "vnp_ResponseCode": code,
        "vnp_Message": message,
    }
