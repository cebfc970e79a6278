"""What every route of the tus protocol has: its version, its headers read and refused, its marks on each answer. No upload."""

from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Annotated, Any

from fastapi import Header, Request, Response
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect

from chassis.problems import Problem, Text
from submission.domain.upload import Described, MetadataInvalid, described
from submission.files.checksums import ALGORITHMS, Checksum, checksum_of
from submission.handlers.uploads import CutOff
from submission.problems.files import (
    ChecksumAlgorithmUnsupported,
    TusVersionUnsupported,
    UploadContentType,
    UploadHeaderInvalid,
)

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,checksum,expiration,termination"
BYTES = "application/offset+octet-stream"

TusResumable = Annotated[
    str | None, Header(alias="Tus-Resumable", description="Version of the protocol the caller speaks: 1.0.0")
]
UploadLength = Annotated[str | None, Header(alias="Upload-Length", description="Bytes of the whole file")]
UploadOffset = Annotated[str | None, Header(alias="Upload-Offset", description="Where the bytes of this request begin")]
UploadMetadata = Annotated[
    str | None,
    Header(
        alias="Upload-Metadata",
        max_length=4000,
        description="Comma-separated keys, each followed by a space and its value in Base64: `filename`, `filetype`, "
        "`procedure`, `component`; from agencies also `source` (`national-store`)",
    ),
]
UploadChecksum = Annotated[
    str | None,
    Header(alias="Upload-Checksum", max_length=200, description="sha1, sha256 or md5, a space, the digest in Base64"),
]
ContentType = Annotated[str | None, Header(alias="Content-Type", description=f"`{BYTES}`")]


class TusRoute(APIRoute):
    """A route whose every answer, problems too, carries `Tus-Resumable`, as the protocol wants."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, marked."""
        handle = super().get_route_handler()

        async def marked(request: Request) -> Response:
            try:
                answer = await handle(request)
            except Problem as problem:
                problem.headers = {**problem.headers, "Tus-Resumable": VERSION}
                raise
            answer.headers["Tus-Resumable"] = VERSION
            return answer

        return marked


async def speaks_tus(tus_resumable: TusResumable = None) -> None:
    """Refuses who speaks another version, before anything is done."""
    if tus_resumable != VERSION:
        raise TusVersionUnsupported


def number(header: str, value: str | None) -> int:
    """A header that is a whole number, not negative. Raises UploadHeaderInvalid."""
    if value is None:
        raise UploadHeaderInvalid(header, Text("Bắt buộc", "Required"))
    if not value.isascii() or not value.isdecimal() or len(value) > 15:
        raise UploadHeaderInvalid(header, Text("Phải là số nguyên không âm", "Must be a whole number, not negative"))
    return int(value)


def metadata(value: str | None) -> Described:
    """Upload-Metadata, read and cleaned. Raises UploadHeaderInvalid."""
    try:
        return described(value)
    except MetadataInvalid as error:
        message = Text("Mỗi khóa một lần, giá trị là Base64 của UTF-8", "Each key once, each value Base64 of UTF-8")
        raise UploadHeaderInvalid("Upload-Metadata", message) from error


def checksum(value: str | None) -> Checksum | None:
    """Upload-Checksum. Raises ChecksumAlgorithmUnsupported, UploadHeaderInvalid."""
    if value is None:
        return None
    try:
        read = checksum_of(value)
    except ValueError as error:
        message = Text(
            "Phải là thuật toán và giá trị Base64 đúng độ dài", "Must be an algorithm and its digest in Base64"
        )
        raise UploadHeaderInvalid("Upload-Checksum", message) from error
    if read is None:
        raise ChecksumAlgorithmUnsupported(algorithms=sorted(ALGORITHMS))
    return read


def must_be_bytes(content_type: str | None) -> None:
    """Raises UploadContentType."""
    if (content_type or "").partition(";")[0].strip().lower() != BYTES:
        message = Text(f"Content-Type phải là {BYTES}", f"Content-Type must be {BYTES}")
        raise UploadContentType(message)


async def body_of(request: Request) -> AsyncIterator[bytes]:
    """The bytes as they come. Raises CutOff when the sender is gone."""
    try:
        async for piece in request.stream():
            yield piece
    except ClientDisconnect as error:
        raise CutOff from error
