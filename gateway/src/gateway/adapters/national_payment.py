"""The national payment platform (nền tảng thanh toán quốc gia, Văn phòng Chính phủ) over HTTP. It keeps nothing.

The names of the fields and their order are the platform's. What is not public is ours, and claims no compatibility: JSON as
their carrier, the address, the answer with its pay URL, dates as yyyyMMddHHmmss, and the algorithm of MaXacThuc.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any, Protocol

import httpx
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from chassis.clock import HANOI
from chassis.text import nfc
from gateway.adapters.routes import Routes, send
from gateway.domain.connection_mode import Route
from gateway.domain.national_payment import SUCCESS, Confirmation, PaymentOrder
from gateway.ports import OutOfReach, PaymentLink, Rejected
from gateway.settings import GatewaySettings

NAME = "national-payment"
CHECKSUM = "MaXacThuc"
_LONGEST = 500


class Checksum(Protocol):
    """An algorithm of MaXacThuc, by the name that the settings know it by."""

    def of(self, message: Mapping[str, Any]) -> str:
        """The checksum of a message, which may have one already."""
        ...


class OwnHmacSha256:
    """Our own, until the platform's is known: HMAC-SHA256, in hex, of the message without MaXacThuc.

    The message is written as JSON in UTF-8 with its fields in order and no spaces.
    """

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def of(self, message: Mapping[str, Any]) -> str:
        """See the port."""
        signed = {name: value for name, value in message.items() if name != CHECKSUM}
        text = json.dumps(signed, ensure_ascii=False, separators=(",", ":"))
        return hmac.new(self._secret, text.encode(errors="surrogatepass"), hashlib.sha256).hexdigest()


_ALGORITHMS = {"own-hmac-sha256": OwnHmacSha256}


def checksum_of(name: str, secret: SecretStr) -> Checksum:
    """The algorithm of that name, with its key."""
    return _ALGORITHMS[name](secret.get_secret_value())


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore")

    code: str = Field(alias="MaLoi")
    words: str = Field(default="", alias="MoTaLoi")
    reference: str = Field(default="", alias="MaThamChieu")
    url: str = Field(default="", alias="UrlThanhToan", max_length=2000)


class NationalPaymentPlatformByHttp:
    """`NationalPaymentPlatform` by way of its HTTP face."""

    def __init__(
        self, http: httpx.AsyncClient | None, routes: Routes | None, settings: GatewaySettings, checksum: Checksum
    ) -> None:
        self._http = http
        self._routes = routes
        self._settings = settings
        self._checksum = checksum

    async def start(self, order: PaymentOrder) -> PaymentLink | Rejected:
        """MaLoi 00 takes it and names the pay URL, any other refuses it in words."""
        http, routes = self._http, self._routes
        if http is None or routes is None:
            raise OutOfReach("no connection is configured", may_have_acted=False)
        message = init_message(order, self._settings)
        message[CHECKSUM] = self._checksum.of(message)
        content = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()

        async def by(route: Route) -> PaymentLink | Rejected:
            headers = {"Content-Type": "application/json"}
            timeout = self._settings.national_payment_timeout_seconds
            answer = await send(http, "POST", route.to("/payments"), timeout, content=content, headers=headers)
            if answer.status_code != httpx.codes.OK:
                raise OutOfReach(f"HTTP {answer.status_code}")
            return self._link(answer, order.reference)

        return await routes.call(by)

    def read_confirmation(self, message: Mapping[str, str]) -> Confirmation | None:
        """What the platform says, if it is the platform that says it."""
        # Bytes: what is compared comes from anybody, and may hold letters that the comparison of texts refuses.
        given = message.get(CHECKSUM, "").encode(errors="surrogatepass")
        if not hmac.compare_digest(given, self._checksum.of(message).encode()):
            return None
        return Confirmation(message["MaThamChieu"], message["MaLoi"], message["MaGiaoDich"])

    def _link(self, answer: httpx.Response, reference: str) -> PaymentLink | Rejected:
        try:
            whole = answer.json()
            said = _Answer.model_validate(whole)
        except (ValueError, RecursionError, ValidationError):
            raise OutOfReach("unintelligible answer") from None
        given = str(whole.get(CHECKSUM, "")).encode(errors="surrogatepass")
        if not hmac.compare_digest(given, self._checksum.of(whole).encode()):
            raise OutOfReach("the answer's checksum is wrong")
        if said.reference != reference:
            raise OutOfReach("the answer is about another payment")
        if said.code != SUCCESS:
            return Rejected((nfc(f"MaLoi {said.code}: {said.words}")[:_LONGEST],))
        if not said.url.startswith(("https://", "http://")):
            raise OutOfReach("the answer names no address to pay at")
        return PaymentLink(said.url)


def init_message(order: PaymentOrder, settings: GatewaySettings) -> dict[str, Any]:
    """The message that starts a payment, its fields in the platform's order, but for MaXacThuc, which comes last."""
    fixed = settings.national_payment_header
    at = order.at.astimezone(HANOI).strftime("%Y%m%d%H%M%S") if order.at is not None else ""
    return {
        "LoaiBanTin": fixed.get("LoaiBanTin", ""),
        "PhienBan": fixed.get("PhienBan", ""),
        "MaDoiTac": settings.national_payment_partner,
        "MaThamChieu": order.reference,
        "SoTien": order.amount,
        "LoaiHinhThanhToan": fixed.get("LoaiHinhThanhToan", ""),
        "MaKenhThanhToan": fixed.get("MaKenhThanhToan", ""),
        "MaThietBi": fixed.get("MaThietBi", ""),
        "NgonNgu": fixed.get("NgonNgu", ""),
        "MaTienTe": fixed.get("MaTienTe", ""),
        "MaNganHang": order.bank,
        "ThongTinGiaoDich": f"Thanh toán hồ sơ {order.dossier_code}",
        "ThoiGianGD": at,
        "Ip": order.payer_ip,
        "ThongTinBienLai": {
            "MaDichVu": order.service.value,
            "MaDonVi": settings.national_payment_agency,
            "MaHoSo": order.dossier_code,
            "MaTTHC": order.procedure,
            "TKThuHuong": settings.national_payment_account,
            "PhiLePhi": [
                {
                    "LoaiPhiLePhi": fee.kind,
                    "MaPhiLePhi": fee.code,
                    "TenPhiLePhi": fee.name,
                    "SoTien": fee.amount,
                }
                for fee in order.fees
            ],
        },
    }
