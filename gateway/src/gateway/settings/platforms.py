"""Where the national payment platform and the document exchange are."""

from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings


class PlatformSettings(BaseSettings):
    """Where the national payment platform and the document exchange are."""

    documents_url: str | None = Field(
        default=None, description="Base URL of the document exchange (trục liên thông văn bản); absent: documents wait"
    )
    documents_token: SecretStr | None = Field(default=None, description="Bearer token for the document exchange")
    documents_organ: str = Field(default="H26", description="Identifier (mã định danh) whose documents are fetched")
    documents_bytes: int = Field(
        default=30 * 1024 * 1024, ge=1024, description="Largest document with its files, in bytes of the request"
    )
    documents_timeout_seconds: float = Field(default=60, gt=0, description="Longest wait for the document exchange")
    documents_poll_seconds: float = Field(default=30, gt=0, description="How often it is asked for news")
    documents_retry_delays: tuple[float, ...] = Field(
        default=(1, 5, 30, 120, 600), description="Seconds between attempts while it is away; the last is repeated"
    )
    national_payment_url: str | None = Field(
        default=None, description="Base URL of the national payment platform; absent: no payment can be started there"
    )
    national_payment_partner: str = Field(default="H26", description="MaDoiTac: what the platform calls this city")
    national_payment_secret: SecretStr | None = Field(
        default=None,
        description="Key of the checksum (MaXacThuc) shared with the platform; absent: nothing is believed",
    )
    national_payment_checksum: Literal["own-hmac-sha256"] = Field(
        default="own-hmac-sha256",
        description="Checksum's algorithm: the platform's own is not public, this one is ours (docs/population-and-payment.md)",
    )
    national_payment_agency: str = Field(default="H26", description="MaDonVi: whose fee it is")
    national_payment_account: str = Field(default="", description="TKThuHuong: the account that fees are paid into")
    national_payment_header: dict[str, str] = Field(
        default_factory=dict,
        description=(
            "Fixed values of the message's header as agreed with the platform, as JSON: LoaiBanTin, PhienBan,"
            " LoaiHinhThanhToan, MaKenhThanhToan, MaThietBi, NgonNgu, MaTienTe; what is not given is sent empty"
        ),
    )
    national_payment_minutes: float = Field(
        default=1440, gt=0, description="Minutes until a payment that nobody confirmed counts as expired"
    )
    national_payment_timeout_seconds: float = Field(
        default=10, gt=0, description="Longest wait for the national payment platform"
    )
