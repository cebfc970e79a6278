"""Uploads by the tus protocol, version 1.0 (tus.io): begin, send, ask, end. They translate; handlers.uploads decides."""

from email.utils import format_datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from chassis import problems
from chassis.auth import Allow, Kind, Principal, Public
from chassis.edge import allow_body
from chassis.problems import Text
from chassis.service import Running
from submission.api import tus
from submission.api.ids import id_in
from submission.api.models.uploads import UploadView
from submission.domain.upload import Upload
from submission.files.checksums import ALGORITHMS
from submission.files.wiring import Files
from submission.handlers.uploads import CutOff, begin_upload, end_upload, find_upload, receive, standing_upload
from submission.problems.files import (
    REFUSALS,
    ChecksumAlgorithmUnsupported,
    ChecksumMismatch,
    TooManyUploads,
    TusVersionUnsupported,
    UploadContentType,
    UploadGone,
    UploadHeaderInvalid,
    UploadInUse,
    UploadNotFound,
    UploadOffsetMismatch,
    UploadOverrun,
    UploadRefused,
    UploadTooLarge,
)

router = APIRouter(prefix="/v1/uploads", tags=["uploads"], route_class=tus.TusRoute)

Uploader = Annotated[
    Principal,
    Depends(Allow(citizens=True, roles={"one-stop-officer", "civil-status-officer"}, scope="submission:write")),
]
Spoken = Annotated[None, Depends(tus.speaks_tus)]


async def upload_id(upload: str) -> UUID:
    """The id in the address; what is none is no upload's."""
    return id_in(upload, UploadNotFound)


Id = Annotated[UUID, Depends(upload_id)]

_NATIONAL = "national-store"


def _header(description: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"}}


_OFFSET = {"Upload-Offset": _header("Bytes that are there")}
_EXPIRES = {"Upload-Expires": _header("When the upload is deleted unless more comes or it is put into a dossier")}
_COMMON = (problems.Unauthorized, problems.Forbidden, TusVersionUnsupported)


@router.options(
    "",
    operation_id="describe-uploads",
    summary="What of the tus protocol is spoken",
    status_code=204,
    dependencies=[Depends(Public())],
    responses={
        204: {
            "description": "Told by headers",
            "headers": {
                "Tus-Version": _header("1.0.0"),
                "Tus-Extension": _header(tus.EXTENSIONS),
                "Tus-Max-Size": _header("Most bytes of one file"),
                "Tus-Checksum-Algorithm": _header("For Upload-Checksum"),
            },
        }
    },
)
async def options_uploads(runtime: Running) -> Response:
    """For clients that ask before they begin; no token, no Tus-Resumable."""
    files: Files = runtime.extras["files"]
    headers = {
        "Tus-Version": tus.VERSION,
        "Tus-Extension": tus.EXTENSIONS,
        "Tus-Max-Size": str(files.intake.limits.most_bytes),
        "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
    }
    return Response(status_code=204, headers=headers)


@router.post(
    "",
    operation_id="begin-upload",
    summary="Begin an upload (tải tệp lên)",
    status_code=201,
    response_class=Response,
    responses={
        201: {
            "description": "Begun",
            "headers": {"Location": _header("Where to send the bytes"), **_OFFSET, **_EXPIRES},
        },
        **problems.responses(
            *_COMMON,
            UploadHeaderInvalid,
            UploadTooLarge,
            UploadRefused,
            TooManyUploads,
            UploadContentType,
            UploadOverrun,
            ChecksumAlgorithmUnsupported,
            ChecksumMismatch,
            *REFUSALS.values(),
        ),
    },
)
async def post_upload(
    uploader: Uploader,
    _: Spoken,
    runtime: Running,
    request: Request,
    length: tus.UploadLength = None,
    metadata: tus.UploadMetadata = None,
    checksum: tus.UploadChecksum = None,
    content_type: tus.ContentType = None,
) -> Response:
    """Says how long the file is, what it is called and what it is for. Its first bytes may come along.

    With `procedure` and `component` in the metadata the bounds of that component hold from the beginning.
    """
    files: Files = runtime.extras["files"]
    size = tus.number("Upload-Length", length)
    if size == 0:
        raise UploadHeaderInvalid("Upload-Length", Text("Tệp rỗng", "The file is empty"))
    said = tus.metadata(metadata)
    if said.source is not None and (said.source != _NATIONAL or uploader.kind is not Kind.AGENCY):
        raise UploadRefused("source", "source", Text("Chỉ cơ quan được khai nguồn này", "Only agencies may say that"))
    allow_body(request, files.intake.limits.most_bytes)
    with_bytes = request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers
    summed = tus.checksum(checksum)
    if with_bytes:
        tus.must_be_bytes(content_type)
    holder = uploader.account
    async with runtime.database.begin() as uow:
        upload = await begin_upload(holder, size, said, files.intake.limits, uow)
    if with_bytes:
        upload = await _received(upload.id, holder, 0, request, summed, runtime)
    return Response(status_code=201, headers={"Location": f"/v1/uploads/{upload.id}", **_marks(upload)})


@router.head(
    "/{upload}",
    operation_id="ask-upload",
    summary="How much of an upload is there",
    response_class=Response,
    responses={
        200: {
            "description": "Told by headers",
            "headers": {**_OFFSET, "Upload-Length": _header("Bytes of the whole file"), **_EXPIRES},
        },
        **problems.responses(*_COMMON, UploadNotFound, UploadGone),
    },
)
async def head_upload(uploader: Uploader, _: Spoken, upload: Id, runtime: Running) -> Response:
    """Where to go on after a connection broke off."""
    async with runtime.database.begin() as uow:
        found = await standing_upload(upload, uploader.account, uow)
    headers = {"Upload-Length": str(found.length), "Cache-Control": "no-store", **_marks(found)}
    return Response(status_code=200, headers=headers)


@router.patch(
    "/{upload}",
    operation_id="send-upload",
    summary="Send bytes of an upload",
    status_code=204,
    response_class=Response,
    responses={
        204: {"description": "Kept", "headers": {**_OFFSET, **_EXPIRES}},
        **problems.responses(
            *_COMMON,
            UploadHeaderInvalid,
            UploadNotFound,
            UploadGone,
            UploadOffsetMismatch,
            UploadContentType,
            UploadOverrun,
            ChecksumAlgorithmUnsupported,
            ChecksumMismatch,
            *REFUSALS.values(),
        ),
    },
    openapi_extra={
        "requestBody": {"required": True, "content": {tus.BYTES: {"schema": {"type": "string", "format": "binary"}}}}
    },
)
async def patch_upload(
    uploader: Uploader,
    _: Spoken,
    upload: Id,
    runtime: Running,
    request: Request,
    offset: tus.UploadOffset = None,
    checksum: tus.UploadChecksum = None,
    content_type: tus.ContentType = None,
) -> Response:
    """From `Upload-Offset` on, as much as one likes. With the last byte the file is checked: a refusal is told here.

    What came before a connection broke off is kept, unless the request had a checksum.
    """
    tus.must_be_bytes(content_type)
    start, summed = tus.number("Upload-Offset", offset), tus.checksum(checksum)
    holder = uploader.account
    received = await _received(upload, holder, start, request, summed, runtime)
    return Response(status_code=204, headers=_marks(received))


@router.delete(
    "/{upload}",
    operation_id="end-upload",
    summary="Delete an upload",
    status_code=204,
    responses=problems.responses(*_COMMON, UploadNotFound, UploadInUse),
)
async def delete_upload(uploader: Uploader, _: Spoken, upload: Id, runtime: Running) -> Response:
    """Complete or not, as long as it is in no dossier."""
    files: Files = runtime.extras["files"]
    await end_upload(upload, uploader.account, files.intake, runtime.database)
    return Response(status_code=204)


@router.get(
    "/{upload}",
    operation_id="get-upload",
    summary="Where an upload stands",
    response_model_exclude_none=True,
    responses=problems.responses(problems.Unauthorized, problems.Forbidden, UploadNotFound),
)
async def get_upload(uploader: Uploader, upload: Id, runtime: Running) -> UploadView:
    """`ready` can be put into a dossier; `scanning` waits for the malware scanner; `refused` says why."""
    async with runtime.database.begin() as uow:
        return UploadView.of(await find_upload(upload, uploader.account, uow))


async def _received(
    upload: UUID, holder: str, offset: int, request: Request, checksum: Any, runtime: Running
) -> Upload:
    files: Files = runtime.extras["files"]
    allow_body(request, files.intake.limits.most_bytes)
    try:
        return await receive(upload, holder, offset, tus.body_of(request), checksum, files.intake, runtime.database)
    except CutOff:
        # With a checksum nothing of a broken body is kept. Nobody is there any more to read what is answered.
        async with runtime.database.begin() as uow:
            return await standing_upload(upload, holder, uow)


def _marks(upload: Upload) -> dict[str, str]:
    return {
        "Upload-Offset": str(upload.received),
        "Upload-Expires": format_datetime(upload.expires_at, usegmt=True),
    }
