"""Routes of the exchange of documents (edXML) with other agencies. They decide nothing."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from chassis import idempotency, problems
from chassis.auth import Allow, Kind, Principal
from chassis.edge import allow_body
from chassis.etags import IfNoneMatch, not_modified
from chassis.idempotency import Stored, act_once
from chassis.paging import Cursor, Limit, Page, decode_cursor, page_of
from chassis.problems import FieldError, Text
from chassis.service import Running, Runtime, Work
from gateway.api.models.documents import DocumentView, NewDocument
from gateway.domain.edxml import decode
from gateway.domain.scopes import OPERATOR, READ_SCOPE, WRITE_SCOPE
from gateway.handlers.documents import SendDocument, send_document
from gateway.problems.documents import DocumentAlreadySent, DocumentInvalid, DocumentNotFound, PaperNotAllowed
from gateway.queries import documents as queries
from gateway.queries.documents import DocumentRow
from gateway.registry import registry_of
from gateway.settings import settings_of


async def _larger(request: Request) -> None:
    """Documents bring their files along."""
    runtime: Runtime = request.app.state.runtime
    allow_body(request, settings_of(runtime).documents_bytes)


router = APIRouter(prefix="/lgsp/v1/documents", tags=["ministries"], dependencies=[Depends(_larger)])

Reader = Annotated[Principal, Depends(Allow(roles={OPERATOR}, scope=READ_SCOPE))]
Sender = Annotated[Principal, Depends(Allow(roles={OPERATOR}, scope=WRITE_SCOPE))]

_SEEING = problems.responses(problems.Unauthorized, problems.Forbidden, DocumentNotFound, problems.InvalidPayload)


@router.post(
    "",
    operation_id="send-document",
    summary="Gửi văn bản điện tử / Send a document to other agencies",
    status_code=202,
    response_model=DocumentView,
    response_model_exclude_none=True,
    responses=problems.responses(
        problems.Unauthorized,
        problems.Forbidden,
        problems.PayloadTooLarge,
        DocumentInvalid,
        PaperNotAllowed,
        DocumentAlreadySent,
        *idempotency.PROBLEMS,
    ),
)
async def post_document(
    wanted: NewDocument, sender: Sender, uow: Work, running: Running, request: Request, key: idempotency.Key = None
) -> Response:
    """The gateway makes the edXML, hands it to the document exchange for as long as that takes, and keeps its news.

    An agency sends its own documents only. No paper follows a document between agencies.
    """
    organ = await _organ(running, sender)
    if organ is not None and organ != await _canonical(running, wanted.sender.id):
        own = Text("Chỉ được gửi văn bản của cơ quan mình", "An agency sends its own documents only")
        raise DocumentInvalid(errors=[FieldError("/sender/id", "own_organ", own)])
    command = SendDocument(wanted.document(), sender.account, wanted.paper_follows)

    def render(row: DocumentRow) -> Stored:
        location = (("Location", f"/lgsp/v1/documents/{row.id}"),)
        return Stored(202, location, DocumentView.of(row).model_dump_json(by_alias=True, exclude_none=True))

    return await act_once(
        uow, request, caller=sender.account, key=key, act=lambda: send_document(command, uow), render=render
    )


@router.get(
    "",
    operation_id="list-documents",
    summary="Documents that went out and came in",
    response_model_exclude_none=True,
    responses=problems.responses(
        problems.BadRequest, problems.Unauthorized, problems.Forbidden, problems.InvalidPayload
    ),
)
async def list_documents(
    reader: Reader,
    uow: Work,
    running: Running,
    direction: Annotated[Literal["out", "in"] | None, Query(description="Only those")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[DocumentView]:
    """The latest first: an agency's own, an operator all."""
    before = decode_cursor(cursor, 1, (UUID,))
    organ = await _organ(running, reader)
    rows = await queries.some(uow, organ, direction, before[0] if before else None, limit + 1)
    return page_of(rows, limit, lambda row: (row.id,), DocumentView.of)


@router.get(
    "/{document}",
    operation_id="get-document",
    summary="One document, and how it stands",
    response_model=DocumentView,
    response_model_exclude_none=True,
    responses={304: {"description": "Unchanged since the version named by If-None-Match"}, **_SEEING},
)
async def get_document(
    document: UUID, reader: Reader, uow: Work, running: Running, response: Response, if_none_match: IfNoneMatch = None
) -> DocumentView | Response:
    """With the names and sizes of its files. The ETag is its version."""
    row = await _seen(document, reader, uow, running, whole=True)
    if not_modified(response, row.version, if_none_match):
        return Response(status_code=304, headers={"ETag": response.headers["ETag"]})
    return DocumentView.of(row, decode(row.edxml or b"").attachments)


@router.get(
    "/{document}/edxml",
    operation_id="get-document-edxml",
    summary="The message itself",
    response_class=Response,
    responses={
        200: {"content": {"application/xml": {"example": "<?xml version='1.0' encoding='UTF-8'?><edXML:edXML …"}}},
        **_SEEING,
    },
)
async def get_edxml(document: UUID, reader: Reader, uow: Work, running: Running) -> Response:
    """As it was sent, or came: byte for byte."""
    row = await _seen(document, reader, uow, running, whole=True)
    return Response(row.edxml, media_type="application/xml")


@router.get(
    "/{document}/attachments/{number}",
    operation_id="get-document-attachment",
    summary="A file of a document",
    response_class=Response,
    responses={
        200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}},
        **_SEEING,
    },
)
async def get_attachment(
    document: UUID, number: Annotated[int, Path(ge=1, le=50)], reader: Reader, uow: Work, running: Running
) -> Response:
    """Unpacked. It is handed out to be saved, whatever its sender says it is."""
    row = await _seen(document, reader, uow, running, whole=True)
    attachments = decode(row.edxml or b"").attachments
    if number > len(attachments):
        raise DocumentNotFound
    headers = {"Content-Disposition": f'attachment; filename="{number}"'}
    return Response(attachments[number - 1].content, media_type="application/octet-stream", headers=headers)


async def _seen(document: UUID, reader: Principal, uow: Work, runtime: Runtime, *, whole: bool) -> DocumentRow:
    row = await queries.one(uow, document, await _organ(runtime, reader), whole=whole)
    if row is None:
        raise DocumentNotFound
    return row


async def _organ(runtime: Runtime, caller: Principal) -> str | None:
    """The organisation whose documents a caller may see; None: an operator, who sees all."""
    if caller.kind is Kind.OFFICER:
        return None
    return await _canonical(runtime, caller.agency or "")


async def _canonical(runtime: Runtime, code: str) -> str:
    """An agency's code in the one notation that is kept, of those that mean it."""
    return (await registry_of(runtime)).agency_code(code)
