"""The payment service: its one definition, and the commands it runs by. Nothing else."""

from chassis.run import commands as commands_of
from chassis.service import Service
from payment.api import routers
from payment.consumers import handlers
from payment.settings import PaymentSettings

SERVICE = Service(
    name="payment",
    package="payment",
    title="Payment: obligations, payments, receipts",
    description="What is owed for a dossier (phí, lệ phí), how it is paid, online or at the desk, and its receipt.",
    routers=routers,
    handlers=handlers,
    settings=PaymentSettings,
    tags=(
        {"name": "obligations", "description": "Nghĩa vụ tài chính of dossiers, and their payment"},
        {"name": "vnpay", "description": "What VNPAY and the payer coming back from it call"},
    ),
)

commands = commands_of(SERVICE)
