"""Errors as part of the interface: RFC 9457 problem details, bilingual, each with a stable slug. The one place that maps them.

The tree: Problem ─ BadRequest(400) Unauthorized(401) Forbidden(403) NotFound(404) Conflict(409) PreconditionFailed(412)
InvalidPayload(422) PreconditionRequired(428) Unavailable(503) InternalError(500). A service subclasses the one whose
status fits and adds slug, title and typed context; nothing ever returns `str(exception)`.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Scope

from chassis.telemetry.tracing import current_trace_id

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True)
class Text:
    """The same sentence in Vietnamese and English."""

    vi: str
    en: str


@dataclass(frozen=True)
class FieldError:
    """One thing wrong in a payload: where (JSON pointer, or `header:`/`query:`/`path:` name), which rule, and why."""

    pointer: str
    rule: str
    message: Text


class Problem(Exception):
    """Base of all problems. Subclasses set the class fields; instances add detail, field errors and typed context."""

    status: ClassVar[int] = 500
    slug: ClassVar[str] = "internal-error"
    title: ClassVar[Text] = Text("Lỗi hệ thống", "Internal error")
    headers: Mapping[str, str] = {}

    def __init__(self, detail: Text | None = None, *, errors: Iterable[FieldError] = (), **context: Any) -> None:
        super().__init__(self.slug)
        self.detail = detail
        self.errors = tuple(errors)
        self.context = context


class BadRequest(Problem):
    """400: the request itself is malformed."""

    status = 400
    slug = "bad-request"
    title = Text("Yêu cầu không hợp lệ", "Bad request")


class Unauthorized(Problem):
    """401: no token, or one that is not valid here."""

    status = 401
    slug = "unauthorized"
    title = Text("Chưa xác thực", "Not authenticated")
    headers: Mapping[str, str] = {"WWW-Authenticate": "Bearer"}


class Forbidden(Problem):
    """403: known, but without the right."""

    status = 403
    slug = "forbidden"
    title = Text("Không có quyền", "Not allowed")


class NotFound(Problem):
    """404: it is not there, or the caller may not know that it is."""

    status = 404
    slug = "not-found"
    title = Text("Không tìm thấy", "Not found")


class MethodNotAllowed(Problem):
    """405: the address exists, not for this method."""

    status = 405
    slug = "method-not-allowed"
    title = Text("Phương thức không được hỗ trợ", "Method not allowed")


class Conflict(Problem):
    """409: the state does not allow it. Context carries `state` and `allowed`."""

    status = 409
    slug = "conflict"
    title = Text("Trạng thái không cho phép", "Conflict with the current state")


class PreconditionFailed(Problem):
    """412: someone changed it since `If-Match` was read."""

    status = 412
    slug = "precondition-failed"
    title = Text("Dữ liệu đã thay đổi", "Changed in the meantime")


class PayloadTooLarge(Problem):
    """413: more bytes than this address takes."""

    status = 413
    slug = "payload-too-large"
    title = Text("Dữ liệu gửi quá lớn", "Payload too large")


class InvalidPayload(Problem):
    """422: understood but wrong; `errors` say which field and why."""

    status = 422
    slug = "invalid-payload"
    title = Text("Dữ liệu không hợp lệ", "Invalid payload")


class PreconditionRequired(Problem):
    """428: the change must say which version it changes (`If-Match`)."""

    status = 428
    slug = "precondition-required"
    title = Text("Thiếu If-Match", "If-Match is required")


class InternalError(Problem):
    """500: our fault."""


class Unavailable(Problem):
    """503: something the service stands on is away; the same request may be sent again."""

    status = 503
    slug = "unavailable"
    title = Text("Hệ thống tạm thời gián đoạn", "Temporarily unavailable")
    headers: Mapping[str, str] = {"Retry-After": "1"}


class ProblemDetails(BaseModel):
    """The body of every error answer (RFC 9457), for OpenAPI."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str | None = None
    messages: dict[str, str] | None = None
    errors: list[dict[str, Any]] | None = None
    traceId: str | None = None  # noqa: N815 - the wire name


def problem_body(problem: Problem, language: str) -> dict[str, Any]:
    """The problem as JSON. `title` and `detail` in the language asked for, `messages` in both."""

    def pick(text: Text) -> str:
        return text.en if language == "en" else text.vi

    body: dict[str, Any] = {"type": f"/problems/{problem.slug}", "title": pick(problem.title), "status": problem.status}
    said = problem.detail or problem.title
    if problem.detail is not None:
        body["detail"] = pick(problem.detail)
    body["messages"] = {"vi": said.vi, "en": said.en}
    if problem.errors:
        body["errors"] = [
            {"pointer": error.pointer, "rule": error.rule, "vi": error.message.vi, "en": error.message.en}
            for error in problem.errors
        ]
    body |= problem.context
    if trace_id := current_trace_id():
        body["traceId"] = trace_id
    return body


def problem_response(problem: Problem, scope: Scope) -> Response:
    """The HTTP answer for a problem."""
    wanted = next((value for name, value in scope["headers"] if name == b"accept-language"), b"vi").decode("latin-1")
    body = problem_body(problem, "en" if wanted.strip().lower().startswith("en") else "vi")
    # A pointer names what the caller sent, and that may hold half a surrogate pair, which has no UTF-8.
    content = json.dumps(body, ensure_ascii=False, default=str).encode(errors="replace")
    headers = {"Cache-Control": "no-store", "Content-Language": "vi, en", **problem.headers}
    return Response(content, problem.status, headers, MEDIA_TYPE)


def responses(*problems: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """OpenAPI `responses` of a route: its problems by status, each with its slugs."""
    by_status: dict[int | str, dict[str, Any]] = {}
    for problem in problems:
        entry = by_status.setdefault(problem.status, {"model": ProblemDetails, "slugs": []})
        entry["slugs"].append(problem.slug)
    return {
        status: {
            "model": ProblemDetails,
            "description": "Problem: " + ", ".join(f"`{slug}`" for slug in entry["slugs"]),
        }
        for status, entry in by_status.items()
    }


_MOST_ERRORS = 100  # a megabyte of wrong list items must not become a hundred megabytes of answer

_RULES = {
    "missing": Text("Thiếu trường bắt buộc", "Required"),
    "extra_forbidden": Text("Trường không được phép", "Not allowed here"),
    "json_invalid": Text("JSON không hợp lệ", "Not valid JSON"),
    "string_too_long": Text("Quá dài", "Too long"),
    "string_too_short": Text("Quá ngắn", "Too short"),
    "enum": Text("Không thuộc danh mục cho phép", "Not one of the allowed values"),
    "string_pattern_mismatch": Text("Sai định dạng", "Does not match the format"),
    "greater_than_equal": Text("Nhỏ hơn mức cho phép", "Smaller than allowed"),
    "greater_than": Text("Nhỏ hơn mức cho phép", "Smaller than allowed"),
    "less_than_equal": Text("Lớn hơn mức cho phép", "Larger than allowed"),
    "less_than": Text("Lớn hơn mức cho phép", "Larger than allowed"),
    "int_parsing": Text("Phải là số nguyên", "Must be a whole number"),
    "int_type": Text("Phải là số nguyên", "Must be a whole number"),
    "string_type": Text("Phải là chuỗi ký tự", "Must be text"),
    "bool_parsing": Text("Phải là true hoặc false", "Must be true or false"),
    "date_from_datetime_parsing": Text("Phải là ngày dạng YYYY-MM-DD", "Must be a day, YYYY-MM-DD"),
    "date_parsing": Text("Phải là ngày dạng YYYY-MM-DD", "Must be a day, YYYY-MM-DD"),
    "uuid_parsing": Text("Phải là UUID", "Must be a UUID"),
    "model_attributes_type": Text("Phải là đối tượng JSON", "Must be a JSON object"),
    "dict_type": Text("Phải là đối tượng JSON", "Must be a JSON object"),
}


def field_errors(error: RequestValidationError) -> list[FieldError]:
    """FastAPI's validation errors as ours; the value that was sent is never repeated."""
    found = []
    for item in error.errors()[:_MOST_ERRORS]:
        where, *path = item["loc"]
        if where == "body":
            pointer = "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)
        else:
            pointer = f"{where}:{'.'.join(map(str, path))}"
        rule = str(item["type"])
        message = _RULES.get(rule) or Text("Giá trị không hợp lệ", str(item["msg"]))
        found.append(FieldError(pointer, rule, message))
    return found


def install(app: FastAPI) -> None:
    """Make every error of this app a problem."""

    async def on_problem(request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)  # noqa: S101 - registered for this class only
        return problem_response(error, request.scope)

    async def on_validation(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class only
        malformed = any(item["type"] == "json_invalid" for item in error.errors())
        problem = BadRequest if malformed else InvalidPayload
        return problem_response(problem(errors=field_errors(error)), request.scope)

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class only
        known = {
            400: BadRequest,
            401: Unauthorized,
            403: Forbidden,
            404: NotFound,
            405: MethodNotAllowed,
            413: PayloadTooLarge,
        }
        problem = known.get(error.status_code, BadRequest if error.status_code < 500 else InternalError)()
        problem.headers = {**problem.headers, **(error.headers or {})}
        return problem_response(problem, request.scope)

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(HTTPException, on_http)
