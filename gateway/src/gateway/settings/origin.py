"""Whom the public origin routes to."""

from pydantic import Field
from pydantic_settings import BaseSettings


class OriginSettings(BaseSettings):
    """Whom the public origin routes to."""

    upstreams: dict[str, str] = Field(
        default_factory=dict,
        description="Service → base URL of its API, as JSON; requests under /api/<service> go there",
    )
    upstream_timeout_seconds: float = Field(
        default=30, gt=0, description="Longest silence of a service before the caller gets 504"
    )
