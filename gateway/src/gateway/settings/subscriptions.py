"""How events are delivered to agencies."""

from pydantic import Field
from pydantic_settings import BaseSettings


class SubscriptionSettings(BaseSettings):
    """How events are delivered to agencies."""

    subscriptions_per_client: int = Field(
        default=100, ge=1, description="Subscriptions that one client may have at a time, closed ones not counted"
    )
    webhook_timeout_seconds: float = Field(default=10, gt=0, description="Longest a webhook may take to answer")
    webhook_retry_delays: tuple[float, ...] = Field(
        default=(5, 30, 120, 600, 1800, 3600, 7200, 14400, 21600, 36000),
        description="Seconds between attempts at a delivery (together about 24 hours); after the last one it has failed",
    )
    webhook_parallel: int = Field(
        default=64, ge=1, le=1000, description="Webhooks called at the same time by one process"
    )
    webhook_parallel_per_subscription: int = Field(
        default=8, ge=1, le=100, description="Webhooks of one subscription called at the same time by one process"
    )
    webhook_failing_after: int = Field(
        default=10, ge=1, description="Failures in a row after which a subscription is called failing"
    )
    webhook_secret_overlap_hours: int = Field(
        default=24, ge=1, description="Hours for which a replaced webhook secret signs beside the new one"
    )
    webhook_deliveries_kept_days: int = Field(
        default=30, ge=1, description="Days a delivered or skipped delivery stays in the list"
    )
    fan_out_batch: int = Field(
        default=500, ge=1, le=5000, description="Ledger entries matched with subscriptions in one go"
    )
    pull_waiters: int = Field(
        default=200,
        ge=0,
        description="Requests for events that one process lets wait for new ones; more are answered at once",
    )
