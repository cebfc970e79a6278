"""Payments at the national payment platform as they are asked for at /r1 and shown, and the platform's own word. Shapes only."""

from datetime import datetime
from ipaddress import IPv4Address, IPv6Address
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from gateway.api.models.cases import DossierCode
from gateway.api.models.shape import Model
from gateway.case_declarations import Code, Line
from gateway.domain.national_payment import FeeItem, Payment, PaymentOrder, ServiceKind, State

REFERENCE = r"^[A-Za-z0-9][A-Za-z0-9.-]{0,63}$"
Reference = Annotated[str, StringConstraints(pattern=REFERENCE)]
Dong = Annotated[int, Field(ge=1, le=999_999_999_999, strict=True)]
_SERVICES = {"fine": ServiceKind.FINE, "fee": ServiceKind.FEE}
_ASKED: dict[str, Any] = {
    "reference": "H26-20261012-0000043-1",
    "amount": 50000,
    "dossierCode": "H26-20261012-0000043",
    "procedure": "1.001193",
    "fees": [{"kind": "1", "code": "LP-01", "name": "Lệ phí đăng ký khai sinh", "amount": 50000}],
}


class FeeBody(Model):
    """One line of what is paid (PhiLePhi). Codes are of the platform's own lists."""

    model_config = ConfigDict(extra="forbid")

    kind: Code = Field(description="LoaiPhiLePhi")
    code: Code = Field(description="MaPhiLePhi")
    name: Line = Field(description="TenPhiLePhi")
    amount: Dong = Field(description="Whole đồng")


class AskedPayment(Model):
    """What is to be paid. The same payment under the same reference again gives the same answer."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_ASKED]})

    reference: Reference = Field(description="MaThamChieu: the caller's own name of this payment, used once")
    amount: Dong = Field(description="Whole đồng; what the fees come to")
    dossier_code: DossierCode
    procedure: Code = Field(description="MaTTHC")
    fees: Annotated[tuple[FeeBody, ...], Field(min_length=1, max_length=50)]
    service: Literal["fee", "fine"] = Field(default="fee", description="MaDichVu")
    bank: Code | None = Field(default=None, description="MaNganHang, where the payer has chosen one")
    payer_ip: IPv4Address | IPv6Address | None = Field(default=None, description="Ip of the payer", repr=False)

    def order(self) -> PaymentOrder:
        """As the domain has it."""
        return PaymentOrder(
            self.reference,
            self.amount,
            self.dossier_code,
            self.procedure,
            tuple(FeeItem(fee.kind, fee.code, fee.name, fee.amount) for fee in self.fees),
            _SERVICES[self.service],
            self.bank or "",
            str(self.payer_ip or ""),
        )


class PaymentView(Model):
    """How a payment stands."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "reference": "H26-20261012-0000043-1",
                    "state": "started",
                    "amount": 50000,
                    "dossierCode": "H26-20261012-0000043",
                    "payUrl": "https://pay.example/H26-20261012-0000043-1",
                    "startedAt": "2026-10-12T03:00:00Z",
                    "expiresAt": "2026-10-13T03:00:00Z",
                }
            ]
        }
    )

    reference: str
    state: State
    amount: int
    dossier_code: str
    pay_url: str | None = Field(default=None, description="Where the payer is sent, while it waits for one")
    transaction: str | None = Field(default=None, description="MaGiaoDich")
    words: str | None = Field(default=None, description="Why it failed, in the platform's words")
    started_at: datetime
    expires_at: datetime
    paid_at: datetime | None = None

    @classmethod
    def of(cls, payment: Payment) -> Self:
        """The view of a payment."""
        shown = {name: getattr(payment, name) for name in cls.model_fields}
        return cls(**shown | {"pay_url": payment.pay_url if payment.state is State.STARTED else None})


class ConfirmationMessage(BaseModel):
    """The platform's word on a payment. Field names are its own; what else it may send counts for the checksum only."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {
                    "MaLoi": "00",
                    "MaThamChieu": "H26-20261012-0000043-1",
                    "MaGiaoDich": "QG20261012000001",
                    "MaXacThuc": "cb2f3f0a7a3a1f6f0e6c0d8b3f0f4a4f7c6f4c33c0f4f6fbb42b1c4fd1b7e0d2",
                }
            ]
        },
    )

    code: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{1,10}$")] = Field(alias="MaLoi")
    reference: Reference = Field(alias="MaThamChieu")
    transaction: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z._-]{0,100}$")] = Field(alias="MaGiaoDich")
    checksum: Annotated[str, StringConstraints(max_length=512)] = Field(alias="MaXacThuc")


class ConfirmationAnswer(BaseModel):
    """`00`: taken, now or before. `99`: not, and to be said again or looked into."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"MaLoi": "00"}]})

    code: Literal["00", "99"] = Field(alias="MaLoi")
