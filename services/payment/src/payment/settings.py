"""The settings of payment, beside those every service shares. No decision here."""

from pydantic import Field, SecretStr

from chassis.settings import Settings


class PaymentSettings(Settings):
    """Online payment by VNPAY is offered only where terminal, secret and address are all set."""

    vnpay_tmn_code: str | None = Field(default=None, min_length=1, description="Terminal (TmnCode) that VNPAY issued")
    vnpay_hash_secret: SecretStr | None = Field(
        default=None, min_length=1, description="Secret shared with VNPAY that signs payment addresses and notices"
    )
    vnpay_pay_url: str | None = Field(default=None, min_length=1, description="VNPAY's payment page")
    vnpay_order_type: str = Field(default="other", description="Goods category (OrderType) agreed with VNPAY")
    payment_expiry_minutes: int = Field(default=15, ge=1, description="Minutes a payer has on the provider's page")
    receipt_agency: str = Field(
        default="UBND THÀNH PHỐ HÀ NỘI", description="Agency in whose name receipts (biên lai) are issued"
    )
