"""Orders at VNPAY: which payment requests are good, how an order is settled, what was refunded. No HTTP here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Final
from urllib.parse import parse_qsl

from sandbox.simulators.faults import Desk, Operation, Request
from sandbox.simulators.hanoi import Now, compact, parse_compact
from sandbox.simulators.vnpay.signature import same, sign

BUSINESS_MODES = frozenset(
    {"duplicate", "lose-ipn", "wrong-checksum", "wrong-amount", "suspected-fraud", "cancelled", "refuse"}
)
"""duplicate: the IPN comes once more. lose-ipn, wrong-checksum, wrong-amount: what happens to an IPN on its way.
suspected-fraud, cancelled: how "pay" ends instead. refuse: a refund is refused."""

OUTCOMES: Final = {
    "paid": ("00", "00"),
    "cancelled": ("24", "02"),
    "suspected-fraud": ("07", "07"),
    "debited": ("00", "04"),  # taken at the bank, not successful at VNPAY: not paid
}
"""How a payment can end: its vnp_ResponseCode and vnp_TransactionStatus."""

UNFINISHED_STATUS = "01"  # this and the 02 of a cancelled payment are the simulator's choice: no source gives them
REQUIRED = ("Version", "Command", "TmnCode", "Amount", "CreateDate", "CurrCode", "IpAddr", "Locale", "OrderInfo")
REQUIRED_TOO = ("OrderType", "ReturnUrl", "TxnRef", "SecureHash")


class BadRequest(Exception):
    """A payment link VNPAY will not show a page for; `reason`, in Vietnamese, is for the merchant's developer."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Merchant:
    """A merchant's contract with VNPAY. IPN and refunds are for this merchant's own orders only."""

    tmn_code: str
    secret: str = field(repr=False)
    ipn_url: str


@dataclass(frozen=True)
class IpnCall:
    """One call of the merchant's IPN address: what it answered, or None where the call was lost or failed."""

    at: datetime
    answer: str | None


@dataclass
class Order:
    """A payment request that was shown, and what became of it. Amounts are vnp_Amount: đồng times 100."""

    merchant: Merchant
    request: Mapping[str, str]
    outcome: str | None = None
    result: Mapping[str, str] = field(default_factory=dict)
    ipn_calls: list[IpnCall] = field(default_factory=list)
    refunded: int = 0

    @property
    def txn_ref(self) -> str:
        """The merchant's reference."""
        return self.request["vnp_TxnRef"]

    @property
    def amount(self) -> int:
        """vnp_Amount."""
        return int(self.request["vnp_Amount"])


class Vnpay:
    """Merchants and their orders."""

    def __init__(self, merchants: list[Merchant], *, now: Now, random: Random) -> None:
        self.desk = Desk(_OPERATIONS, now=now, business_modes=BUSINESS_MODES, outgoing=frozenset({"ipn"}))
        self.now = now
        self.merchants: Mapping[str, Merchant] = {merchant.tmn_code: merchant for merchant in merchants}
        self.orders: dict[str, Order] = {}
        self.api_requests: set[tuple[str, str]] = set()
        self._random = random

    def open_order(self, params: Mapping[str, str]) -> Order:
        """The order a payment link stands for; the same link opens the same order. Raises BadRequest."""
        merchant = self.merchants.get(params.get("vnp_TmnCode", ""))
        if merchant is None:
            raise BadRequest("Không tìm thấy website (vnp_TmnCode).")
        vnp = {key: value for key, value in params.items() if key.startswith("vnp_")}
        if not same(vnp.get("vnp_SecureHash", ""), sign(vnp, merchant.secret)):
            raise BadRequest("Sai chữ ký (vnp_SecureHash).")
        self._check(vnp)
        known = self.orders.get(vnp["vnp_TxnRef"])
        if known is None:
            known = self.orders[vnp["vnp_TxnRef"]] = Order(merchant, vnp)
        elif known.request != vnp:
            raise BadRequest("Mã tham chiếu đã dùng cho yêu cầu khác (vnp_TxnRef).")
        return known

    def settle(self, order: Order, chosen: str) -> bool:
        """End an order as the payer chose or a fault has it; False where it had ended before, and nothing changes."""
        if order.outcome is not None:
            return False
        fault = self.desk.take("pay", "suspected-fraud", "cancelled") if chosen == "paid" else None
        order.outcome = fault.mode if fault else chosen
        response_code, status = OUTCOMES[order.outcome]
        number = f"{self._random.randrange(10_000_000, 100_000_000)}"
        debited = order.outcome != "cancelled"
        order.result = {
            "vnp_Amount": str(order.amount),
            "vnp_BankCode": order.request.get("vnp_BankCode") or "NCB",
            "vnp_BankTranNo": f"VNP{number}" if debited else "",
            "vnp_CardType": "ATM",
            "vnp_OrderInfo": order.request["vnp_OrderInfo"],
            "vnp_PayDate": compact(self.now()),
            "vnp_ResponseCode": response_code,
            "vnp_TmnCode": order.merchant.tmn_code,
            "vnp_TransactionNo": number if debited else "0",
            "vnp_TransactionStatus": status,
            "vnp_TxnRef": order.txn_ref,
        }
        self.desk.acted("pay", order.txn_ref)
        return True

    def _check(self, vnp: Mapping[str, str]) -> None:
        missing = [name for name in REQUIRED + REQUIRED_TOO if not vnp.get(f"vnp_{name}")]
        if missing:
            raise BadRequest("Thiếu tham số: " + ", ".join(f"vnp_{name}" for name in missing))
        amount = vnp["vnp_Amount"]
        wrong = {
            "vnp_Version": vnp["vnp_Version"] != "2.1.0",
            "vnp_Command": vnp["vnp_Command"] != "pay",
            "vnp_CurrCode": vnp["vnp_CurrCode"] != "VND",
            "vnp_Amount": not (amount.isascii() and amount.isdigit() and int(amount) > 0 and int(amount) % 100 == 0),
            "vnp_TxnRef": len(vnp["vnp_TxnRef"]) > 100,
            "vnp_OrderInfo": not vnp["vnp_OrderInfo"].isascii(),
            "vnp_ReturnUrl": not vnp["vnp_ReturnUrl"].startswith(("http://", "https://")),
        }
        named = [name for name, is_wrong in wrong.items() if is_wrong]
        if named:
            raise BadRequest("Tham số sai: " + ", ".join(named))
        try:
            parse_compact(vnp["vnp_CreateDate"])
            expires = parse_compact(vnp["vnp_ExpireDate"]) if vnp.get("vnp_ExpireDate") else None
        except ValueError as error:
            raise BadRequest("Thời gian phải có dạng yyyyMMddHHmmss (vnp_CreateDate, vnp_ExpireDate).") from error
        if expires is not None and self.now() >= expires:
            raise BadRequest("Yêu cầu thanh toán đã hết hạn (vnp_ExpireDate).")


def _api_txn_ref(request: Request) -> list[str]:
    body = request.json()
    return [str(body.get("vnp_TxnRef", ""))] if isinstance(body, dict) else [""]


def _paid_txn_ref(request: Request) -> list[str]:
    body = request.json()
    return [str(body.get("txnRef", ""))] if isinstance(body, dict) else [_form_field(request.body, "txnRef")]


def _form_field(body: bytes, name: str) -> str:
    return dict(parse_qsl(body.decode("utf-8", "replace"))).get(name, "")


_OPERATIONS = (
    Operation("page", "GET", "/paymentv2/vpcpay.html", lambda request: [request.query.get("vnp_TxnRef", "")]),
    Operation("pay", "POST", "/sandbox-pay", _paid_txn_ref),
    Operation("merchant-api", "POST", "/merchant_webapi/api/transaction", _api_txn_ref),
)
