"""Where the national portal and the ministries' evaluation system (EMC) are. Their addresses are not public: all settings."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings


class PortalSettings(BaseSettings):
    """Where the national portal and the ministries' evaluation system (EMC) are."""

    portal_url: str | None = Field(
        default=None,
        description="Base URL of the national portal (Cổng Dịch vụ công quốc gia); absent: nothing is sent",
    )
    portal_dstcode: str = Field(default="", description="Header `dstcode` of every call to the national portal")
    portal_username: str = Field(default="", description="`username` in the body that asks the portal for a session")
    portal_password: SecretStr | None = Field(default=None, description="`password` of the same body")
    portal_unit: str = Field(default="H26", description="madonvi: who the portal is told sends the dossiers")
    portal_session_path: str = Field(default="/session", description="Where the portal gives sessions, below its URL")
    portal_service_path: str = Field(
        default="/service/{service}",
        description="Where the portal takes messages, below its URL; `{service}`, if there, becomes the service's name",
    )
    portal_session_seconds: float = Field(
        default=600,
        gt=0,
        description="A session is asked for anew after so long, if the portal has not ended it before",
    )
    portal_batch: int = Field(default=50, ge=1, le=500, description="Dossiers told to the portal in one message")
    portal_timeout_seconds: float = Field(default=20, gt=0, description="Longest wait for one answer of the portal")
    portal_poll_seconds: float = Field(default=1, gt=0, description="How often changed dossiers are looked for")
    portal_retry_delays: tuple[float, ...] = Field(
        default=(1, 5, 30, 120, 600),
        description="Seconds between attempts while the portal is away; the last is repeated for as long as it takes",
    )
    portal_reconcile_days: int = Field(
        default=7, ge=1, description="Days back that the daily reconciliation with the portal goes"
    )
    portal_reconcile_page: int = Field(
        default=100, ge=1, le=500, description="Dossiers the portal is asked after in one look-up (TraCuuHoSo)"
    )
    portal_keep_days: int = Field(
        default=400,
        ge=1,
        description="Days an ended dossier that the portal has is kept for mending; then it is deleted",
    )
    emc_url: str | None = Field(
        default=None, description="Base URL of the evaluation system (EMC); absent: nothing is sent"
    )
    emc_token: SecretStr | None = Field(default=None, description="Bearer token for the evaluation system")
    emc_path: str = Field(
        default="/feeds", description="Where the evaluation system takes figures, below `emc_url`; the form is our own"
    )
    emc_agency: str = Field(default="H26", description="Code of the agency the figures are of")
    emc_timeout_seconds: float = Field(default=20, gt=0, description="Longest wait for an answer of EMC or reporting")
    emc_poll_seconds: float = Field(default=60, gt=0, description="How often periods that are due are looked for")
    emc_look_again_seconds: float = Field(
        default=21_600,
        gt=0,
        description="How often the figures of a period already sent are compared with what was sent",
    )
    emc_correction_days: int = Field(
        default=35,
        ge=1,
        description="Days after a period's end for which it is made up for, and corrected if it changes",
    )
    emc_retry_delays: tuple[float, ...] = Field(
        default=(5, 30, 120, 600, 3600), description="Seconds between attempts while EMC or reporting is away"
    )
