"""The exchange's own errors: what X-Road calls them, the status of each in both profiles, the answer. It decides nothing.

Only what the gateway itself says carries `X-Road-Error`; an error of a provider passes as it is.
"""

import html
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from chassis.problems import Text

_XML_ORDER = ("application/xml", "text/xml")


@dataclass(frozen=True, slots=True)
class ErrorType:
    """A kind of error. `status` is what the profile `http` answers; `denial`: the caller was refused, nothing broke."""

    type: str
    status: int
    message: Text
    denial: bool = False

    def status_in(self, profile: str) -> int:
        """The status in a profile. X-Road: 500 where the type begins `server.`, else 400."""
        if profile == "http":
            return self.status
        return 500 if self.type.startswith("server.") else 400


BAD_REQUEST = ErrorType(
    "client.bad_request",
    400,
    Text("Yêu cầu không đúng giao thức", "The request does not follow the protocol"),
    denial=True,
)
CLIENT_MISSING = ErrorType(
    "client.missing_header", 400, Text("Thiếu tiêu đề bắt buộc", "A mandatory header is missing"), denial=True
)
CLIENT_INVALID = ErrorType(
    "client.invalid_client_identifier",
    400,
    Text("X-Road-Client không hợp lệ", "X-Road-Client is not an identifier"),
    denial=True,
)
TOO_LARGE = ErrorType(
    "client.payload_too_large", 413, Text("Dữ liệu gửi quá lớn", "The payload is too large"), denial=True
)
BODY_LENGTH = ErrorType(
    "client.body_length_mismatch",
    400,
    Text("Độ dài dữ liệu khác với độ dài đã khai báo", "The body is not as long as was announced"),
)
CLIENT_TIMEOUT = ErrorType(
    "client.timeout", 408, Text("Bên gọi gửi hoặc nhận dữ liệu quá chậm", "The caller sent or read too slowly")
)
CLIENT_GONE = ErrorType("client.disconnected", 499, Text("Bên gọi đã ngắt kết nối", "The caller broke off"))
QUOTA = ErrorType(
    "client.quota_exceeded", 429, Text("Vượt hạn mức gọi dịch vụ", "Over the quota for this service"), denial=True
)
NOT_IDENTIFIED = ErrorType(
    "server.clientproxy.ssl_authentication_failed",
    401,
    Text("Chưa xác định được hệ thống gọi", "The calling system could not be identified"),
    denial=True,
)
FORGED = ErrorType(
    "server.clientproxy.access_denied",
    403,
    Text("X-Road-Client không phải là hệ thống đã xác thực", "X-Road-Client is not the system that was identified"),
    denial=True,
)
DENIED = ErrorType(
    "server.serverproxy.access_denied",
    403,
    Text("Không có quyền gọi dịch vụ này", "No right to call this service"),
    denial=True,
)
NO_PURPOSE = ErrorType(
    "server.serverproxy.access_denied.purpose",
    403,
    Text("Không có mục đích hợp lệ để đọc dữ liệu cá nhân", "No purpose that allows reading personal data"),
    denial=True,
)
UNKNOWN_MEMBER = ErrorType(
    "server.clientproxy.unknown_member",
    404,
    Text("Không có thành viên hoặc hệ thống này", "No such member or subsystem"),
    denial=True,
)
UNKNOWN_SERVICE = ErrorType(
    "server.serverproxy.unknown_service", 404, Text("Không có dịch vụ này", "No such service"), denial=True
)
DISABLED = ErrorType(
    "server.serverproxy.service_disabled", 503, Text("Dịch vụ đang tạm ngừng", "The service is disabled"), denial=True
)
NETWORK = ErrorType(
    "server.serverproxy.service_failed.network_error",
    502,
    Text("Không kết nối được bên cung cấp", "The provider could not be reached"),
)
INVALID_ANSWER = ErrorType(
    "server.serverproxy.service_failed.invalid_response",
    502,
    Text("Bên cung cấp trả lời không hợp lệ", "The provider's answer is not valid"),
)
BROKEN_OFF = ErrorType(
    "server.serverproxy.service_failed.broken_off",
    502,
    Text("Bên cung cấp ngắt giữa chừng", "The provider broke off its answer"),
)
TIMEOUT = ErrorType(
    "server.serverproxy.service_failed.timeout",
    504,
    Text("Bên cung cấp không trả lời kịp", "The provider did not answer in time"),
)
RESTING = ErrorType(
    "server.serverproxy.service_failed.circuit_open",
    503,
    Text("Bên cung cấp đang gặp sự cố, sẽ thử lại sau", "The provider keeps failing and is left alone for a while"),
)
NO_DESCRIPTION = ErrorType(
    "server.serverproxy.service_failed.no_description",
    404,
    Text("Dịch vụ không có tài liệu OpenAPI", "The service has no OpenAPI description"),
)
UNLOGGED = ErrorType(
    "server.serverproxy.logging_failed",
    503,
    Text("Không ghi được nhật ký trao đổi", "The exchange could not be logged"),
)
UNAVAILABLE = ErrorType(
    "server.clientproxy.unavailable", 503, Text("Hệ thống tạm thời gián đoạn", "Temporarily unavailable")
)
INTERNAL = ErrorType("server.serverproxy.internal_error", 500, Text("Lỗi hệ thống", "Internal error"))  # fmt: skip

ERRORS: tuple[ErrorType, ...] = (
    BAD_REQUEST, CLIENT_MISSING, CLIENT_INVALID, TOO_LARGE, BODY_LENGTH, CLIENT_TIMEOUT, CLIENT_GONE, QUOTA,
    NOT_IDENTIFIED, FORGED, DENIED, NO_PURPOSE, UNKNOWN_MEMBER, UNKNOWN_SERVICE, DISABLED, NETWORK, INVALID_ANSWER,
    BROKEN_OFF, TIMEOUT, RESTING, NO_DESCRIPTION, UNLOGGED, UNAVAILABLE, INTERNAL,
)  # fmt: skip


class Refusal(Exception):
    """The exchange ends with an error of our own. `why` is for the caller, and holds nothing secret and nobody's data."""

    def __init__(self, error: ErrorType, why: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(error.type)
        self.error = error
        self.why = why
        self.headers = headers or {}

    @property
    def message(self) -> str:
        """In Vietnamese and English, with the reason if there is one."""
        said = f"{self.error.message.vi} / {self.error.message.en}"
        return f"{said} ({self.why})" if self.why else said


def body_of(refusal: Refusal, request_id: str, *, xml: bool) -> tuple[bytes, bytes]:
    """The body of the answer, and its media type. `detail` is our id of the request, by which the log finds it."""
    said = {"type": refusal.error.type, "message": refusal.message, "detail": request_id}
    if not xml:
        return json.dumps(said, ensure_ascii=False).encode(errors="replace"), b"application/json; charset=utf-8"
    fields = "".join(f"<{name}>{escaped(value)}</{name}>" for name, value in said.items())
    document = f'<?xml version="1.0" encoding="UTF-8"?><error>{fields}</error>'
    return document.encode(errors="replace"), b"application/xml; charset=utf-8"


def escaped(text: str) -> str:
    """Text as the content of an XML element. What XML cannot hold at all becomes a question mark."""
    return html.escape("".join(char if char.isprintable() else "?" for char in text), quote=False)


def prefers_xml(accept: Iterable[str]) -> bool:
    """Whether XML is asked for rather than JSON; JSON where nothing is said."""
    weights = {}
    for part in ",".join(accept).split(","):
        name, _, parameters = part.partition(";")
        weights[name.strip().lower()] = _quality(parameters)
    json_weight = max(weights.get("application/json", 0.0), weights.get("*/*", 0.0), weights.get("application/*", 0.0))
    return max(weights.get(name, 0.0) for name in _XML_ORDER) > json_weight


def _quality(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
