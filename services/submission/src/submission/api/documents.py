"""The citizen's own store (kho dữ liệu của công dân): what it holds, and taking something out. It decides nothing."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from chassis import problems
from chassis.auth import Allow, Principal
from chassis.paging import Cursor, Limit, Page, decode_cursor, page_of
from chassis.service import Running, Work
from submission.api.cursors import instant
from submission.api.ids import id_in
from submission.api.models.uploads import DocumentView, NationalDocumentView
from submission.files.wiring import Files
from submission.handlers.attachments import forget_document
from submission.problems.files import DocumentNotFound, NationalStoreNotConfigured
from submission.queries import attachments

router = APIRouter(prefix="/v1/me", tags=["documents"])

Citizen = Annotated[Principal, Depends(Allow(citizens=True))]


async def document_id(document: str) -> UUID:
    """The id in the address; what is none is no document's."""
    return id_in(document, DocumentNotFound)


@router.get(
    "/documents",
    operation_id="list-my-documents",
    summary="My own store: documents to use again",
    responses=problems.responses(
        problems.BadRequest, problems.Unauthorized, problems.Forbidden, problems.InvalidPayload
    ),
)
async def list_documents(me: Citizen, uow: Work, limit: Limit = 50, cursor: Cursor = None) -> Page[DocumentView]:
    """Every file of one's dossiers that are finished or returned, newest first, each content once.

    A new dossier takes one by `{"component": …, "document": <id>}` instead of an upload.
    """
    key = decode_cursor(cursor, 2, (instant, UUID))
    after = (key[0], key[1]) if key is not None else None
    rows = await attachments.of_owner(uow, me.subject, limit=limit, after=after)
    return page_of(rows, limit, lambda row: (row.paper.added_at.isoformat(), row.paper.id), DocumentView.of)


@router.delete(
    "/documents/{document}",
    operation_id="forget-my-document",
    summary="Take a document out of my store",
    status_code=204,
    responses=problems.responses(problems.Unauthorized, problems.Forbidden, DocumentNotFound),
)
async def delete_document(document: Annotated[UUID, Depends(document_id)], me: Citizen, uow: Work) -> Response:
    """It is offered no more for new dossiers. The dossier it is part of keeps it, as the law on archives wants."""
    await forget_document(document, me.subject, uow)
    return Response(status_code=204)


@router.get(
    "/national-documents",
    operation_id="list-my-national-documents",
    summary="What the national data store holds of me",
    responses=problems.responses(problems.Unauthorized, problems.Forbidden, NationalStoreNotConfigured),
)
async def list_national_documents(me: Citizen, runtime: Running) -> list[NationalDocumentView]:
    """Kho dữ liệu quốc gia. Its interface is not published: until it is, and an adapter is there, this says so (501)."""
    files: Files = runtime.extras["files"]
    held = await files.national_store.of_person(me.subject)
    return [NationalDocumentView(reference=document.reference, name=document.name) for document in held]
