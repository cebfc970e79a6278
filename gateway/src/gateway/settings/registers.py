"""By which ways the national systems are reached, and where police residence and social insurance are."""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import BaseSettings

from gateway.domain.connection_mode import Mode


class RouteSetting(BaseModel):
    """One way to one other side."""

    model_config = ConfigDict(extra="forbid")

    mode: Mode
    url: str = Field(pattern=r"^https?://")
    source: str = Field(min_length=1)
    valid_from: date | None = None
    valid_to: date | None = None


class RegisterSettings(BaseSettings):
    """By which ways the national systems are reached, and where police residence and social insurance are."""

    routes: dict[str, list[RouteSetting]] = Field(
        default_factory=dict,
        description=(
            "Other side → the ways to it, best first, as JSON: mode (lgsp-national, national, lgsp, direct), url, source"
            " (the agreement or law), valid_from, valid_to. It takes the place of that side's single URL"
        ),
    )
    route_retry_delays: tuple[float, ...] = Field(
        default=(1, 5, 30, 120), min_length=1, description="Seconds until a way that failed is probed again"
    )
    residence_url: str | None = Field(default=None, description="Base URL of the police's residence register")
    residence_token: SecretStr | None = Field(default=None, description="Credential for the residence register")
    health_card_url: str | None = Field(default=None, description="Base URL of social insurance's health-card register")
    health_card_token: SecretStr | None = Field(default=None, description="Credential for the health-card register")
    population_url: str | None = Field(default=None, description="Base URL of the population database; absent: 503")
    population_token: SecretStr | None = Field(default=None, description="Credential for the population database")
    register_timeout_seconds: float = Field(
        default=10, gt=0, description="Longest wait for one answer of those registers and of the population database"
    )
    register_poll_seconds: float = Field(default=30, gt=0, description="Pause between questions for a result there")
