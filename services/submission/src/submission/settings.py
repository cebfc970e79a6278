"""Settings of submission beside those every service shares. Dated rules are not settings: they are in data/ and events."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

from chassis.settings import Settings


class SubmissionSettings(Settings):
    """What an operator may set."""

    fee_wait_stops_clock: bool = Field(
        default=True, description="Whether the deadline's clock stands still while a fee is awaited (status 6)"
    )
    # The desk's daily work: queue and retention.
    due_soon_hours: int = Field(
        default=8, ge=0, description="Hours before its due time from which the desk's queue shows a dossier as due soon"
    )
    retention_erases: bool = Field(
        default=True,
        description="Whether personal data that the retention rows let go is erased; a dry run works anyway",
    )
    retention_batch: int = Field(
        default=200, ge=1, le=5000, description="Dossiers erased in one transaction by the retention job"
    )
    # Notices: mail and text messages. A medium without a server is not offered, and nothing is planned for it.
    smtp_host: str | None = Field(default=None, description="Mail server for notices; absent: no notices by mail")
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Port of the mail server")
    smtp_tls: Literal["none", "starttls", "implicit"] = Field(
        default="starttls", description="How the connection to the mail server is protected"
    )
    smtp_ca_file: Path | None = Field(
        default=None,
        description="PEM file of the authority that signed the mail server's certificate; absent: the system's",
    )
    smtp_user: str | None = Field(default=None, description="Account at the mail server; absent: no sign-in")
    smtp_password: SecretStr | None = Field(default=None, description="Password of that account")
    smtp_sender: str = Field(
        default="lienthong@localhost", description='Sender of mails, e.g. "Một cửa Hà Nội <no-reply@example.org>"'
    )
    sms_url: str | None = Field(default=None, description="Base URL of the SMS provider; absent: no notices by SMS")
    sms_token: SecretStr | None = Field(default=None, description="Bearer token for the SMS provider")
    notice_timeout_seconds: float = Field(
        default=30, gt=0, description="Longest wait for one answer of a mail server or SMS provider"
    )
    notice_retry_delays: tuple[float, ...] = Field(
        default=(60, 300, 1800, 7200, 21600, 43200),
        description="Seconds between attempts at a notice that was not taken; after the last one it is failed",
    )
    supplement_warning_hours: float = Field(
        default=24, ge=0, description="How long before the time to supplement ends its applicant is warned"
    )
    # Files: where they are kept, what may be uploaded, who looks for malware, how long a link holds.
    s3_bucket: str | None = Field(
        default=None, description="Bucket that keeps the files; absent: the folder `files` of LIENTHONG_DATA_DIR"
    )
    s3_endpoint: str | None = Field(default=None, description="URL of the S3 server; absent: Amazon's own")
    s3_region: str = Field(default="us-east-1", description="Region to sign requests to the S3 server for")
    s3_access_key: SecretStr = Field(default=SecretStr(""), description="Access key at the S3 server")
    s3_secret_key: SecretStr = Field(default=SecretStr(""), description="Secret key at the S3 server")
    upload_bytes: int = Field(
        default=50 * 1024 * 1024, ge=1, description="Most bytes of one file (Tus-Max-Size); a component may allow fewer"
    )
    upload_part_bytes: int = Field(
        default=4 * 1024 * 1024, ge=1024, description="Bytes of an upload held in memory, and stored, at a time"
    )
    uploads_open: int = Field(
        default=30, ge=1, description="Most uploads one account may have that are in no dossier yet"
    )
    upload_hours: int = Field(
        default=48, ge=1, description="Hours an upload is kept after its last byte if it is put into no dossier"
    )
    clamd: str | None = Field(
        default=None,
        description="ClamAV's daemon, host:port or the path of its socket; absent: files are kept unscanned, and the log says so",
    )
    scan_seconds: float = Field(default=60, gt=0, description="Longest wait for one step of a malware scan")
    scan_again_seconds: float = Field(
        default=120, ge=0, description="After how long an upload whose check did not come to an end is checked again"
    )
    link_key: SecretStr | None = Field(
        default=None,
        description="Secret that signs download links, the same in every process; absent: made at each start",
    )
    link_seconds: int = Field(default=300, ge=1, le=86400, description="How long a download link holds")
    # The population database, for pre-filling forms.
    population_url: str | None = Field(
        default=None, description="Base URL of the population database; absent: forms are filled in by hand only"
    )
    population_token: SecretStr | None = Field(default=None, description="Bearer token for the population database")
    population_seconds: float = Field(
        default=3, gt=0, description="Longest wait for the population database, before the form is filled in by hand"
    )
    import_bytes: int = Field(
        default=8 * 1024 * 1024, ge=1024, description="Most bytes of one import of dossiers; more is refused with 413"
    )
