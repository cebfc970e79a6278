"""How many may ask to be connected. By when they are answered is data: gateway/data/answer_terms.yaml."""

from pydantic import Field
from pydantic_settings import BaseSettings


class PartnerSettings(BaseSettings):
    """How many may ask to be connected."""

    connection_requests_per_hour: int = Field(
        default=20, ge=1, le=10_000, description="Requests for a connection that one address may send in an hour"
    )
