"""VNPAY 2.1.0, the pure part: build a signed payment address, verify what comes back, read it. No I/O, no state."""

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote_plus

from chassis.clock import HANOI
from contracts.codes import PaymentMethod
from payment.domain.lifecycle import Outcome
from payment.domain.obligation import Notice
from payment.domain.provider import BadSignature, Checkout

VERSION = "2.1.0"
_UNSIGNED = frozenset({"vnp_SecureHash", "vnp_SecureHashType"})
_PAID = "00"
_SUSPECTED_FRAUD = "07"
_NOT_IN_ORDER_INFO = re.compile(r"[^A-Za-z0-9 .:-]")
# Twelve digits of đồng and two of hundredths: a longer number is no fee, and int() is spared it.
_WIRE_AMOUNT = re.compile(r"[0-9]{1,12}00")


def signed_text(parameters: Iterable[tuple[str, str]]) -> str:
    """What is signed, which is also the query string: empty values dropped, sorted by key, form-encoded."""
    kept = sorted((key, value) for key, value in parameters if value and key not in _UNSIGNED)
    return "&".join(f"{key}={quote_plus(value)}" for key, value in kept)


def signature(parameters: Iterable[tuple[str, str]], secret: str) -> str:
    """HMAC-SHA512 over the signed text, in hex."""
    return hmac.new(secret.encode(), signed_text(parameters).encode(), hashlib.sha512).hexdigest()


def verified(parameters: Sequence[tuple[str, str]], secret: str) -> Mapping[str, str]:
    """The `vnp_` parameters, if their signature is right; raises BadSignature.

    A key given twice is refused: a second value that is empty is not signed, and would pass for the first. Parameters
    of other names are not signed and not looked at.
    """
    ours = [(key, value) for key, value in parameters if key.startswith("vnp_")]
    values = dict(ours)
    given = values.get("vnp_SecureHash", "")
    genuine = hmac.compare_digest(given.lower().encode(), signature(ours, secret).encode())
    if not genuine or len(values) != len(ours):
        raise BadSignature
    return values


def wire_time(instant: datetime) -> str:
    """An instant as yyyyMMddHHmmss in GMT+7."""
    return instant.astimezone(HANOI).strftime("%Y%m%d%H%M%S")


def order_info(text: str) -> str:
    """Only what OrderInfo may hold: unaccented letters, digits, space and `. : -`."""
    return _NOT_IN_ORDER_INFO.sub("", text)


def whole_dong(wire_amount: str) -> int | None:
    """An amount as VNPAY writes it (times 100) in whole đồng; None if it is not one."""
    return int(wire_amount[:-2]) if _WIRE_AMOUNT.fullmatch(wire_amount) else None


def outcome_of(response_code: str, transaction_status: str) -> Outcome:
    """Paid only if both codes say so; suspected fraud if either does; all else is not paid."""
    if _SUSPECTED_FRAUD in (response_code, transaction_status):
        return Outcome.SUSPICION
    return Outcome.SUCCESS if response_code == transaction_status == _PAID else Outcome.FAILURE


@dataclass(frozen=True)
class Vnpay:
    """The adapter of PaymentProvider for one merchant terminal (TmnCode) at VNPAY."""

    terminal: str
    secret: str = field(repr=False)
    pay_url: str
    order_type: str
    name: str = "vnpay"
    method: PaymentMethod = PaymentMethod.LOCAL_GATEWAY

    def checkout_url(self, checkout: Checkout) -> str:
        """The signed address the payer is redirected to."""
        parameters = [
            ("vnp_Version", VERSION),
            ("vnp_Command", "pay"),
            ("vnp_TmnCode", self.terminal),
            ("vnp_Amount", str(checkout.amount * 100)),
            ("vnp_CreateDate", wire_time(checkout.created_at)),
            ("vnp_ExpireDate", wire_time(checkout.expires_at)),
            ("vnp_CurrCode", "VND"),
            ("vnp_IpAddr", checkout.payer_address),
            ("vnp_Locale", "vn"),
            ("vnp_OrderInfo", order_info(f"Thanh toan le phi ho so {checkout.dossier_code}")),
            ("vnp_OrderType", self.order_type),
            ("vnp_ReturnUrl", checkout.return_url),
            ("vnp_TxnRef", checkout.reference),
        ]
        return f"{self.pay_url}?{signed_text(parameters)}&vnp_SecureHash={signature(parameters, self.secret)}"

    def read_notice(self, parameters: Sequence[tuple[str, str]]) -> Notice:
        """What VNPAY says of a payment; raises BadSignature. A notice for another terminal is about none of ours."""
        values = verified(parameters, self.secret)
        ours = values.get("vnp_TmnCode") == self.terminal
        response_code, status = values.get("vnp_ResponseCode", ""), values.get("vnp_TransactionStatus", "")
        return Notice(
            reference=values.get("vnp_TxnRef", "") if ours else "",
            amount=whole_dong(values.get("vnp_Amount", "")),
            outcome=outcome_of(response_code, status),
            codes=f"{response_code}/{status}",
            provider_transaction=values.get("vnp_TransactionNo", ""),
        )
