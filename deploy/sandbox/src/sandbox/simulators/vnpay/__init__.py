"""VNPAY's payment page and merchant API, version 2.1.0: `signature`, `orders`, `ipn`, `merchant_api`, `page`, `app`."""

from sandbox.simulators.vnpay.app import create_app
from sandbox.simulators.vnpay.orders import Merchant, Vnpay

__all__ = ["Merchant", "Vnpay", "create_app"]
