"""How often a client may call, where the service it calls says nothing of its own."""

from pydantic import Field
from pydantic_settings import BaseSettings


class QuotaSettings(BaseSettings):
    """How often a client may call, where the service it calls says nothing of its own."""

    quota_per_second: int = Field(
        default=100, ge=1, description="Calls of one client to one service in any second, at each gateway process"
    )
    quota_per_day: int = Field(
        default=1_000_000, ge=1, description="Calls of one client to one service in a day, at each gateway process"
    )
    quota_tokens_per_minute: int = Field(
        default=60, ge=1, description="Access tokens one client may ask for in any minute, at each gateway process"
    )
