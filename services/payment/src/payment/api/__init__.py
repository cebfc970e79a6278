"""The HTTP side of payment. Routes turn requests into use cases and results into answers; they decide nothing."""

from payment.api.obligations import router as obligations
from payment.api.receipts import router as receipts
from payment.api.vnpay import router as vnpay

routers = (obligations, receipts, vnpay)

__all__ = ["routers"]
