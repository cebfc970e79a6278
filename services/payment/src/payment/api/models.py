"""What payment's API takes and gives, as pydantic models. The owner of an obligation appears in none of them."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from contracts.codes import Channel, PaymentMethod
from payment.domain.lifecycle import AttemptState, ObligationState
from payment.domain.obligation import Obligation
from payment.handlers import Started

_ID = "01927f5e-0000-7000-8000-0000000000aa"
_OBLIGATION: dict[str, Any] = {
    "id": _ID,
    "dossierCode": "H26-20261012-0000042",
    "procedure": "1.001193",
    "procedureName": "Thủ tục đăng ký khai sinh",
    "unit": "00004",
    "channel": 2,
    "amount": 5000,
    "lines": [
        {
            "rule": "birth-late",
            "item": "fee",
            "amount": 5000,
            "exemption": False,
            "text": "Đăng ký khai sinh không đúng hạn",
            "legalSource": "Mức thu phí, lệ phí tại Hà Nội, công bố 08/10/2026",
        }
    ],
    "state": "paid",
    "version": 2,
    "raisedAt": "2026-10-12T02:55:00Z",
    "settled": {"method": 2, "provider": "vnpay", "paidAt": "2026-10-12T03:00:00Z", "receiptNumber": "2026-0000001"},
}


class Wire(BaseModel):
    """camelCase on the wire; in what is sent to us, nothing that is not named."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", from_attributes=True)


class LineView(Wire):
    """One line of a fee: for what item, by which rule and legal source. `exemption`: the rule frees the applicant (miễn)."""

    rule: str
    item: str
    amount: int
    exemption: bool
    text: str
    legal_source: str


class SettledView(Wire):
    """How it was paid. `method`: 1 national gateway, 2 local gateway, 3 not online."""

    method: PaymentMethod
    provider: str
    paid_at: AwareDatetime
    receipt_number: str


class ObligationView(Wire):
    """Nghĩa vụ tài chính: what is owed for a dossier, in whole đồng, and how it was paid once it was."""

    model_config = ConfigDict(json_schema_extra={"example": _OBLIGATION})

    id: UUID
    dossier_code: str
    procedure: str
    procedure_name: str
    unit: str
    channel: Channel
    amount: int
    lines: list[LineView]
    state: ObligationState
    version: int
    raised_at: AwareDatetime
    settled: SettledView | None = None
    cancelled_at: AwareDatetime | None = Field(
        default=None, description="When it ceased to be owed: the dossier was refused, withdrawn or stopped"
    )

    @classmethod
    def of(cls, obligation: Obligation) -> "ObligationView":
        """As shown to whoever may see it."""
        return cls.model_validate(obligation)


class OnlinePaymentView(Wire):
    """A try to pay that awaits the payer: send the browser to `redirectUrl`."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "01927f5e-0000-7000-8000-0000000000ab",
                "obligationId": _ID,
                "provider": "vnpay",
                "reference": "01927f5e0000700080000000000000ab",
                "amount": 5000,
                "state": "created",
                "expiresAt": "2026-10-12T03:10:00Z",
                "redirectUrl": "https://pay.example/vpcpay.html?vnp_Amount=500000&vnp_SecureHash=0f1e",
            }
        }
    )

    id: UUID
    obligation_id: UUID
    provider: str
    reference: str
    amount: int
    state: AttemptState
    expires_at: AwareDatetime
    redirect_url: str

    @classmethod
    def of(cls, started: Started, obligation_id: UUID) -> "OnlinePaymentView":
        """As answered to the payer."""
        return cls(
            id=started.attempt.id,
            obligation_id=obligation_id,
            provider=started.attempt.provider,
            reference=started.attempt.reference,
            amount=started.attempt.amount,
            state=started.attempt.state,
            expires_at=started.checkout.expires_at,
            redirect_url=started.redirect_url,
        )


class CashPayment(Wire):
    """Cash taken at the desk: the whole amount, counted by the cashier."""

    model_config = ConfigDict(json_schema_extra={"example": {"amount": 5000}})

    amount: Annotated[int, Field(gt=0, lt=2**53, strict=True, description="Whole đồng")]


class ReturnView(Wire):
    """What the payer coming back from VNPAY sees: the state as we know it. Only the IPN settles."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"reference": "01927f5e", "payment": "succeeded", "obligation": "paid"}}
    )

    reference: str
    payment: AttemptState
    obligation: ObligationState


class IpnAnswer(BaseModel):
    """The answer that VNPAY expects, in its own spelling."""

    model_config = ConfigDict(
        alias_generator=lambda name: "".join(part.capitalize() for part in name.split("_")),
        populate_by_name=True,
        json_schema_extra={"example": {"RspCode": "00", "Message": "Confirm Success"}},
    )

    rsp_code: str
    message: str
