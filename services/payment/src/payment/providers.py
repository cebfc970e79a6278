"""Which payment providers this installation has, by its settings. It may not know what they are used for."""

from chassis.service import Runtime
from payment.domain.vnpay import Vnpay
from payment.settings import PaymentSettings


def settings_of(runtime: Runtime) -> PaymentSettings:
    """The runtime's settings, as this service's own; raises TypeError where it was started with another's."""
    settings = runtime.settings
    if not isinstance(settings, PaymentSettings):
        raise TypeError("payment needs PaymentSettings")
    return settings


def vnpay_of(settings: PaymentSettings) -> Vnpay | None:
    """VNPAY, where its terminal, secret and address are all set."""
    if settings.vnpay_tmn_code is None or settings.vnpay_hash_secret is None or settings.vnpay_pay_url is None:
        return None
    secret = settings.vnpay_hash_secret.get_secret_value()
    return Vnpay(settings.vnpay_tmn_code, secret, settings.vnpay_pay_url, settings.vnpay_order_type)
