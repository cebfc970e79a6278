"""Routes of bulk import: take many filings, show what became of each. They translate; the worker files."""

import asyncio
import hashlib
import json
from collections.abc import Callable, Coroutine, Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.routing import APIRoute
from pydantic import ValidationError

from chassis import idempotency, problems
from chassis.auth import Allow, Principal
from chassis.edge import allow_body
from chassis.idempotency import Stored, act_once
from chassis.paging import Cursor, Limit, Page, decode_cursor, page_of
from chassis.problems import FieldError, InvalidPayload, Problem, field_errors
from chassis.service import Runtime, Work
from submission.api.intake import command_of, in_body
from submission.api.models import FileRequest
from submission.api.models.imports import (
    ImportLine,
    ImportLineView,
    ImportRequest,
    ImportTaken,
    ImportView,
    links_of,
)
from submission.domain.form import cleaned
from submission.handlers.imports import COMMAND, take_import, told
from submission.problems.intake import ImportNotFound, ReferenceTwice
from submission.queries import imports
from submission.queries.imports import NewLine, Outcome
from submission.settings import SubmissionSettings


class LargeBody(APIRoute):
    """A route whose body may be larger than others': the bound is raised before the body is read."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The usual handler, behind the raised bound."""
        handle = super().get_route_handler()

        async def handle_large(request: Request) -> Response:
            runtime: Runtime = request.app.state.runtime
            settings = runtime.settings
            assert isinstance(settings, SubmissionSettings)  # noqa: S101 - SERVICE names this class
            allow_body(request, settings.import_bytes)
            return await handle(request)

        return handle_large


router = APIRouter(prefix="/v1/dossier-imports", tags=["intake"], route_class=LargeBody)

Importer = Annotated[Principal, Depends(Allow(scope="submission:write"))]

_TAKEN: dict[int | str, dict[str, Any]] = {
    202: {"headers": {"Location": {"description": "Where the import is followed", "schema": {"type": "string"}}}}
}
_KNOWN = problems.responses(
    problems.BadRequest, problems.Unauthorized, problems.Forbidden, ImportNotFound, problems.InvalidPayload
)


@router.post(
    "",
    operation_id="import-dossiers",
    summary="File up to a thousand dossiers (nhập hồ sơ theo lô)",
    status_code=202,
    response_model=ImportTaken,
    responses=_TAKEN
    | problems.responses(
        problems.BadRequest,
        problems.Unauthorized,
        problems.Forbidden,
        problems.PayloadTooLarge,
        problems.InvalidPayload,
        ReferenceTwice,
        *idempotency.PROBLEMS,
    ),
)
async def post_import(
    body: ImportRequest, importer: Importer, uow: Work, request: Request, key: idempotency.Key = None
) -> Response:
    """Each line is filed by itself, soon after the answer, as of the time it is filed; one refused leaves the others alone.

    A `reference` files once for its caller: sent again with the same content, in this import or a later one,
    it gives the dossier that is there (`repeated`); with other content it is refused.
    """
    if twice := _twice(body.dossiers):
        raise ReferenceTwice(twice)
    # Off the loop: a thousand filings take a tenth of a second to read.
    lines = await asyncio.to_thread(_read, body.dossiers, importer)
    return await act_once(
        uow,
        request,
        caller=importer.account,
        key=key,
        act=lambda: take_import(importer.subject, lines, uow),
        render=lambda import_id: _taken(import_id, len(lines)),
    )


@router.get(
    "/{import_id}",
    operation_id="get-import",
    summary="How far an import has come",
    response_model_exclude_none=True,
    responses=_KNOWN,
)
async def get_import(import_id: UUID, importer: Importer, uow: Work) -> ImportView:
    """Ask every few seconds until `state` is `done`."""
    progress = await imports.find(uow, import_id, importer.subject)
    if progress is None:
        raise ImportNotFound
    return ImportView.of(progress)


@router.get(
    "/{import_id}/lines",
    operation_id="list-import-lines",
    summary="What became of each line",
    response_model_exclude_none=True,
    responses=_KNOWN,
)
async def list_lines(
    import_id: UUID,
    importer: Importer,
    uow: Work,
    outcome: Annotated[Outcome | None, Query(description="Only lines of this outcome")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ImportLineView]:
    """In the order they were sent, from line 0."""
    key = decode_cursor(cursor, 1, (int,))
    after = key[0] if key else -1
    rows = await imports.lines_of(uow, import_id, importer.subject, after=after, outcome=outcome, limit=limit)
    if rows is None:
        raise ImportNotFound
    return page_of(rows, limit, lambda row: (row.line,), ImportLineView.of)


def _twice(lines: Sequence[ImportLine]) -> list[int]:
    seen: set[str] = set()
    twice = []
    for place, line in enumerate(lines):
        if line.reference in seen:
            twice.append(place)
        seen.add(line.reference)
    return twice


def _read(lines: Sequence[ImportLine], importer: Principal) -> list[NewLine]:
    return [_line(place, line, importer) for place, line in enumerate(lines)]


def _line(place: int, line: ImportLine, importer: Principal) -> NewLine:
    canonical = json.dumps(line.filing, sort_keys=True, separators=(",", ":"))
    fingerprint = hashlib.sha256(canonical.encode()).hexdigest()
    faults: list[FieldError] = []
    filing = cleaned(line.filing, faults, "")
    if faults:
        return NewLine(place, line.reference, fingerprint, problem=told(InvalidPayload(errors=faults[:100])))
    try:
        command = command_of(FileRequest.model_validate(filing), importer)
    except ValidationError as error:
        refusal: Problem = InvalidPayload(errors=field_errors(in_body(error)))
    except Problem as problem:
        refusal = problem
    else:
        return NewLine(place, line.reference, fingerprint, command=COMMAND.dump_json(command).decode())
    return NewLine(place, line.reference, fingerprint, problem=told(refusal))


def _taken(import_id: UUID, lines: int) -> Stored:
    links = links_of(import_id)
    taken = ImportTaken(id=import_id, lines=lines, links=links)
    return Stored(202, (("Location", links["self"]),), taken.model_dump_json(by_alias=True))
