"""What payment states of a dossier's fee. Words only."""

from typing import Any, ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from contracts.codes import PaymentMethod
from contracts.event import Event, Part


class FeeLine(Part):
    """One line of a fee, with the rule that gave it. `amount` in whole đồng."""

    rule: str
    item: str = "fee"
    amount: int
    exemption: bool = False
    text: str = ""
    legal_source: str = ""


class FeeAssessed(Event, producer="payment", name="fee-assessed", subject="dossier_code"):
    """The fee of a dossier was decided by the rules of its day. `total` 0: nothing to wait for, no obligation exists."""

    dossier_code: str
    total: int
    lines: tuple[FeeLine, ...] = ()
    obligation_id: UUID | None = None

    example: ClassVar[dict[str, Any]] = {
        "version": 1,
        "dossierCode": "H26-20261012-0000042",
        "total": 5000,
        "lines": [{"rule": "birth-late", "amount": 5000}],
        "obligationId": "01927f5e-0000-7000-8000-0000000000aa",
    }


class PaymentSucceeded(Event, producer="payment", name="payment-succeeded", subject="dossier_code"):
    """The whole obligation of a dossier is paid."""

    dossier_code: str
    obligation_id: UUID
    amount: int
    method: PaymentMethod
    provider: str
    paid_at: AwareDatetime
    receipt_number: str

    example: ClassVar[dict[str, Any]] = {
        "version": 2,
        "dossierCode": "H26-20261012-0000042",
        "obligationId": "01927f5e-0000-7000-8000-0000000000aa",
        "amount": 5000,
        "method": 2,
        "provider": "vnpay",
        "paidAt": "2026-10-12T03:00:00Z",
        "receiptNumber": "2026-0000001",
    }
