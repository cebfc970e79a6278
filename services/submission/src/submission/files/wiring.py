"""Makes the adapters that the settings ask for. The one place that knows which there are."""

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from chassis.telemetry.logging import get_logger
from submission.files.clamd import Clamd
from submission.files.disk import DiskStorage
from submission.files.national_store import NationalStore, NotConfigured
from submission.files.s3 import Bucket, S3Storage
from submission.files.scanner import NoScanner, Scanner
from submission.files.storage import Storage
from submission.handlers.uploads import Intake, Limits

if TYPE_CHECKING:
    from submission.settings import SubmissionSettings

_log = get_logger("files")


class Files:
    """What this process has for files. `link_key` signs download links."""

    def __init__(self, intake: Intake, link_key: bytes, link_seconds: int, national_store: NationalStore) -> None:
        self.intake = intake
        self.link_key = link_key
        self.link_seconds = link_seconds
        self.national_store = national_store

    @property
    def storage(self) -> Storage:
        """Where the bytes are."""
        return self.intake.storage


def files_of(settings: "SubmissionSettings") -> Files:
    """From the settings. What a real deployment must not leave out is said in the log, loudly."""
    limits = Limits(
        most_bytes=settings.upload_bytes,
        most_open=settings.uploads_open,
        kept=timedelta(hours=settings.upload_hours),
        part_bytes=settings.upload_part_bytes,
        check_again_seconds=settings.scan_again_seconds,
    )
    key = settings.link_key.get_secret_value().encode() if settings.link_key else secrets.token_bytes(32)
    if settings.link_key is None:
        _log.warning("no LIENTHONG_LINK_KEY: download links hold in this process only, and until it ends")
    intake = Intake(_storage(settings), _scanner(settings), limits)
    return Files(intake, key, settings.link_seconds, NotConfigured())


def _storage(settings: "SubmissionSettings") -> Storage:
    if settings.s3_bucket is None:
        return DiskStorage(settings.data_dir / "files")
    return S3Storage(
        Bucket(
            settings.s3_bucket,
            settings.s3_endpoint,
            settings.s3_region,
            settings.s3_access_key.get_secret_value(),
            settings.s3_secret_key.get_secret_value(),
        )
    )


def _scanner(settings: "SubmissionSettings") -> Scanner:
    return Clamd(settings.clamd, seconds=settings.scan_seconds) if settings.clamd else NoScanner()
