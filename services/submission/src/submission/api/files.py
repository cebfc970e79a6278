"""Files of dossiers: what is there, one file's link, its bytes by that link. They translate; the handlers decide."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from starlette.responses import StreamingResponse

from chassis import idempotency, problems
from chassis.auth import Allow, Kind, Principal, Public
from chassis.etags import etag
from chassis.idempotency import Stored, act_once
from chassis.service import Running, Work
from submission.api.dossiers import DESK, Code
from submission.api.ids import id_in
from submission.api.models.uploads import (
    AddedFile,
    AddFileRequest,
    ComponentsView,
    ComponentView,
    CountsView,
    FileView,
    LinkView,
)
from submission.api.models.wire import ROOT
from submission.api.ranges import part_wanted
from submission.copies import Copies
from submission.domain.attachment import counts_of
from submission.files import links
from submission.files.wiring import Files
from submission.handlers.attachments import Added, digitise, file_seen, remove_file
from submission.handlers.reads import note_read
from submission.problems.desk import ClaimedByAnother
from submission.problems.dossiers import DossierNotFound, WrongState
from submission.problems.files import AttachmentsUnusable, FileNotFound, LinkExpired, LinkInvalid, RangeNotSatisfiable
from submission.queries import attachments, dossiers
from submission.rights import seen_whole

router = APIRouter(prefix="/v1", tags=["files"])

Viewer = Annotated[Principal, Depends(Allow(citizens=True, roles=DESK, scope="submission:read"))]
Digitiser = Annotated[Principal, Depends(Allow(roles=DESK))]


async def file_id(file: str) -> UUID:
    """The id in the address; what is none is no file's."""
    return id_in(file, FileNotFound)


Id = Annotated[UUID, Depends(file_id)]


@router.get(
    "/dossiers/{code}/components",
    operation_id="list-dossier-components",
    summary="The components of a dossier (thành phần hồ sơ), and what is there of each",
    response_model_exclude_none=True,
    responses=problems.responses(problems.Unauthorized, problems.Forbidden, DossierNotFound, problems.InvalidPayload),
)
async def list_components(code: Code, viewer: Viewer, uow: Work, runtime: Running) -> ComponentsView:
    """What the dossier's case wants, the files that are there with their flags, and what is missing."""
    copies: Copies = runtime.extras["copies"]
    dossier = seen_whole(viewer, await dossiers.find(uow, code))
    filed = dossier.filed
    procedure = await copies.procedure(uow, filed.procedure, filed.procedure_version)
    components = procedure.components_of(filed.case)
    papers = await attachments.of_dossier(uow, code)
    await note_read(dossier, viewer, "components", uow)
    to_officer = viewer.kind is Kind.OFFICER
    shown = {paper.id: FileView.of(paper, to_officer=to_officer) for paper in papers}

    def files_of(component: str) -> list[FileView]:
        return [shown[paper.id] for paper in papers if paper.component == component and not paper.is_result]

    kept = [(paper.component, paper.reused, paper.from_national_store) for paper in papers if not paper.is_result]
    return ComponentsView(
        code=code,
        counts=CountsView.of(counts_of(components, kept)),
        components=[ComponentView.of(component, files_of(component.code)) for component in components],
        results=[shown[paper.id] for paper in papers if paper.is_result],
    )


@router.post(
    "/dossiers/{code}/components/{component}/files",
    operation_id="digitise-component",
    summary="Put a scanned paper into a dossier (số hóa)",
    status_code=201,
    response_model=AddedFile,
    response_model_exclude_none=True,
    responses=problems.responses(
        problems.Unauthorized,
        problems.Forbidden,
        DossierNotFound,
        WrongState,
        ClaimedByAnother,
        AttachmentsUnusable,
        problems.InvalidPayload,
        *idempotency.PROBLEMS,
    ),
)
async def post_file(
    code: Code,
    component: str,
    body: AddFileRequest,
    officer: Digitiser,
    uow: Work,
    runtime: Running,
    request: Request,
    key: idempotency.Key = None,
) -> Response:
    """The officer's own upload becomes the file of a paper original.

    `component` may also be a result of the procedure: that is how a result made outside the system gets into the
    dossier, and into its owner's store.
    """
    copies: Copies = runtime.extras["copies"]

    def render(added: Added) -> Stored:
        view = AddedFile(file=FileView.of(added.attachment, to_officer=True), counts=CountsView.of(added.counts))
        return Stored(201, (), view.model_dump_json(by_alias=True, exclude_none=True))

    return await act_once(
        uow,
        request,
        caller=officer.account,
        key=key,
        act=lambda: digitise(code, component, body.upload, officer, uow, copies),
        render=render,
    )


@router.get(
    "/files/{file}",
    operation_id="get-file",
    summary="One file of a dossier",
    response_model_exclude_none=True,
    responses=problems.responses(problems.Unauthorized, problems.Forbidden, FileNotFound),
)
async def get_file(file: Id, viewer: Viewer, uow: Work) -> FileView:
    """What it is and how it came; not its bytes."""
    found = await file_seen(file, viewer, uow)
    return FileView.of(found.attachment, to_officer=viewer.kind is Kind.OFFICER)


@router.delete(
    "/files/{file}",
    operation_id="remove-file",
    summary="Take a wrong file out of a dossier",
    status_code=204,
    responses=problems.responses(problems.Unauthorized, problems.Forbidden, FileNotFound, WrongState, ClaimedByAnother),
)
async def delete_file(file: Id, officer: Digitiser, uow: Work) -> Response:
    """By an officer, while the dossier goes on. That it was there, and who put it there, remains."""
    await remove_file(file, officer, uow)
    return Response(status_code=204)


@router.get(
    "/files/{file}/link",
    operation_id="link-file",
    summary="A short-lived link to a file's bytes",
    responses=problems.responses(problems.Unauthorized, problems.Forbidden, FileNotFound),
)
async def get_link(file: Id, viewer: Viewer, uow: Work, runtime: Running) -> LinkView:
    """Who holds the link gets this one file, without a token, until it expires. That it was given is on record."""
    files: Files = runtime.extras["files"]
    found = await file_seen(file, viewer, uow)
    expires = int(uow.now.timestamp()) + files.link_seconds
    await found.noted(viewer, uow)
    signed = links.signature(files.link_key, file, expires)
    url = f"{runtime.settings.public_url.rstrip('/')}{ROOT}/files/{file}/content?expires={expires}&signature={signed}"
    return LinkView(url=url, expires_at=datetime.fromtimestamp(expires, UTC))


_BYTES: dict[str, Any] = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
_SAFE = {
    # Whatever a browser takes the bytes for, nothing in them runs, and the address with its signature goes nowhere.
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
    "Accept-Ranges": "bytes",
}


@router.get(
    "/files/{file}/content",
    operation_id="download-file",
    summary="A file's bytes, by a link",
    dependencies=[Depends(Public())],
    response_class=Response,
    responses={
        200: {"description": "The whole file", "content": _BYTES},
        206: {"description": "The part asked for by Range", "content": _BYTES},
        **problems.responses(LinkInvalid, LinkExpired, FileNotFound, RangeNotSatisfiable, problems.InvalidPayload),
    },
)
async def get_content(
    file: Id,
    runtime: Running,
    expires: Annotated[int, Query(ge=0, le=99_999_999_999, description="As the link has it")],
    signature: Annotated[str, Query(max_length=100, description="As the link has it")],
    byte_range: Annotated[str | None, Header(alias="Range", max_length=200, description="One range of bytes")] = None,
    if_range: Annotated[
        str | None, Header(alias="If-Range", max_length=200, description="ETag the range is of")
    ] = None,
) -> Response:
    """No token: the signature is the right to this one file. Always as a download, whole or the range asked for."""
    files: Files = runtime.extras["files"]
    links.check(files.link_key, file, expires, signature, runtime.clock.now())
    # The connection is given back before the bytes go out: a slow reader must not hold it.
    async with runtime.database.begin() as uow:
        found = await attachments.find(uow, file)
    if found is None:
        raise FileNotFound
    tag = etag(found.sha256)
    part = part_wanted(byte_range if if_range in (None, tag) else None, found.size)
    headers = {**_SAFE, "Content-Disposition": links.disposition(found.name), "ETag": tag}
    headers["Content-Length"] = str(part.size)
    if part.partial:
        headers["Content-Range"] = f"bytes {part.start}-{part.start + part.size - 1}/{found.size}"
    content = files.storage.read(found.storage_key, part.start, part.size)
    return StreamingResponse(content, 206 if part.partial else 200, headers, found.media_type)
