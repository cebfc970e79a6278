"""Routes of agencies' subscriptions, their deliveries, and the events they pull. They decide nothing."""

from fastapi import APIRouter

from gateway.api.subscriptions.deliveries import router as deliveries
from gateway.api.subscriptions.manage import router as manage
from gateway.api.subscriptions.pull import router as pull
from gateway.api.subscriptions.steps import router as steps

router = APIRouter()
for part in (manage, steps, deliveries, pull):
    router.include_router(part)

__all__ = ["router"]
