"""Routes of the event ledger: checkpoint, key, entries, proofs. They decide nothing.

Public on purpose: a ledger proves something only if those who do not trust its keeper can check it. What is public says
that an event of some type was recorded at some moment, by which service; whom it concerned and what it said is not in
it, and cannot be guessed from it (the commitment is salted).
"""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import PlainTextResponse

from chassis import problems
from chassis.auth import Public
from chassis.etags import IfNoneMatch, not_modified
from chassis.paging import Page
from chassis.problems import FieldError, Text
from chassis.service import Work
from gateway import ledger
from gateway.api.models.exchanges import Evidence
from gateway.api.models.ledger import ConsistencyProof, EntryView, InclusionProof
from gateway.api.models.shape import encoded
from gateway.api.rights import MayReadBodies
from gateway.domain import merkle
from gateway.handlers import exchanges as handlers
from gateway.problems.exchanges import NotYetProven
from gateway.problems.ledger import BeyondTheLedger, CheckpointNotFound, EntryNotFound
from gateway.queries import ledger as queries

router = APIRouter(prefix="/lgsp/v1/ledger", tags=["ledger"])

Anyone = Annotated[None, Depends(Public())]
Position = Annotated[int, Query(ge=0, le=2**63 - 1)]

_NOT_MODIFIED: dict[int | str, dict[str, Any]] = {
    304: {"description": "Unchanged since the version named by If-None-Match"}
}


@router.get(
    "/checkpoint",
    operation_id="get-ledger-checkpoint",
    summary="The ledger's latest signed checkpoint",
    response_class=PlainTextResponse,
    responses={
        200: {
            "description": "A signed note (C2SP tlog-checkpoint)",
            "content": {
                "text/plain": {
                    "example": "lienthong.hanoi/ledger\n42\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
                    "— lienthong.hanoi/ledger Az3grlgt…\n"
                }
            },
        },
        **_NOT_MODIFIED,
        **problems.responses(CheckpointNotFound),
    },
)
async def get_checkpoint(_: Anyone, uow: Work, response: Response, if_none_match: IfNoneMatch = None) -> Response:
    """Origin, number of entries, root hash, the ledger's signature over them, and those of the witnesses that saw it."""
    latest = await queries.cosigned_checkpoint(uow)
    if latest is None:
        raise CheckpointNotFound
    size, note, lines = latest
    unchanged = not_modified(response, f"{size}-{len(lines)}" if lines else size, if_none_match)
    headers = {"ETag": response.headers["ETag"], "Cache-Control": "no-cache"}
    if unchanged:
        return Response(status_code=304, headers=headers)
    return PlainTextResponse(note + "".join(lines), headers=headers)


@router.get(
    "/key",
    operation_id="get-ledger-key",
    summary="The public key that checkpoints are verified with",
    response_class=PlainTextResponse,
    responses={
        200: {
            "description": "One vkey (C2SP signed-note) a line: the ledger's in use, those before it,"
            " then in the same way those that sign exchanges",
            "content": {
                "text/plain": {
                    "example": "lienthong.hanoi/ledger+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8\n"
                }
            },
        },
        **problems.responses(CheckpointNotFound),
    },
)
async def get_key(_: Anyone, uow: Work) -> PlainTextResponse:
    """Get it once, by a way you trust, and keep it: a key that is fetched anew with each checkpoint proves nothing."""
    keys = await queries.verifiers(uow)
    if not keys:
        raise CheckpointNotFound
    return PlainTextResponse("".join(f"{key}\n" for key in keys))


@router.get(
    "/entries",
    operation_id="list-ledger-entries",
    summary="Entries of the ledger, in order",
    response_model_exclude_none=True,
    responses=problems.responses(problems.Unauthorized, problems.InvalidPayload),
)
async def list_entries(
    _: Anyone,
    whole: MayReadBodies,
    uow: Work,
    start: Annotated[
        Position, Query(alias="from", description="First position; `nextCursor` of the page before is one")
    ] = 0,
    limit: Annotated[int, Query(ge=1, le=1000, description="Most entries to return")] = 100,
) -> Page[EntryView]:
    """Every event that crossed the gateway. With scope `ledger:bodies` or role `operator` also what it said."""
    rows = await queries.entries(uow, start, limit + 1)
    views = [EntryView.of(row, whole=whole) for row in rows[:limit]]
    return Page[EntryView](items=views, next_cursor=str(rows[limit].position) if len(rows) > limit else None)


@router.get(
    "/entries/{event_id}",
    operation_id="get-ledger-entry",
    summary="The entry of one event",
    response_model=EntryView,
    response_model_exclude_none=True,
    responses={
        **_NOT_MODIFIED,
        **problems.responses(problems.Unauthorized, EntryNotFound, problems.InvalidPayload),
    },
)
async def get_entry(
    event_id: UUID, _: Anyone, whole: MayReadBodies, uow: Work, response: Response, if_none_match: IfNoneMatch = None
) -> EntryView | Response:
    """By the event's id, as it stands in its envelope. An entry changes only by its body being erased."""
    row = await queries.entry(uow, event_id)
    if row is None:
        raise EntryNotFound
    seen = "public" if not whole else "whole" if row.body is not None else "erased"
    if not_modified(response, f"{row.position}-{seen}", if_none_match):
        return Response(status_code=304, headers={"ETag": response.headers["ETag"]})
    return EntryView.of(row, whole=whole)


@router.get(
    "/evidence/{event_id}",
    operation_id="get-entry-evidence",
    summary="What proves an entry, to be checked offline",
    response_model=Evidence,
    response_model_exclude_none=True,
    responses=problems.responses(problems.Unauthorized, EntryNotFound, NotYetProven, problems.InvalidPayload),
)
async def get_evidence(event_id: UUID, _: Anyone, whole: MayReadBodies, uow: Work) -> dict[str, Any]:
    """The entry, its proof and a signed checkpoint in one file; with what the event said, for those who may see it."""
    found = await queries.provable_event(uow, event_id)
    if found is None:
        raise EntryNotFound
    return await handlers.evidence(uow, found, whole=whole)


@router.get(
    "/proof/inclusion",
    operation_id="prove-inclusion",
    summary="Proof that an entry stands in the ledger",
    responses=problems.responses(CheckpointNotFound, BeyondTheLedger),
)
async def prove_inclusion(
    _: Anyone,
    uow: Work,
    index: Annotated[Position, Query(description="Position of the entry")],
    size: Annotated[
        Position | None, Query(description="Number of entries; without it that of the latest checkpoint")
    ] = None,
) -> InclusionProof:
    """Hold it against the root in a checkpoint of the same size that you have verified yourself."""
    size = await _size(uow, size)
    if index >= size:
        raise _beyond("index", size)
    nodes = await ledger.nodes_of(uow.connection, [*merkle.nodes_for_inclusion(index, size), (0, index)])
    hashes = merkle.inclusion_proof(index, size, nodes)
    return InclusionProof(
        index=index, size=size, leaf_hash=encoded(nodes[0, index]), hashes=[encoded(sibling) for sibling in hashes]
    )


@router.get(
    "/proof/consistency",
    operation_id="prove-consistency",
    summary="Proof that the ledger only grew",
    responses=problems.responses(CheckpointNotFound, BeyondTheLedger),
)
async def prove_consistency(
    _: Anyone,
    uow: Work,
    old: Annotated[Position, Query(description="Number of entries of the checkpoint you held before")],
    new: Annotated[
        Position | None, Query(description="Number of entries; without it that of the latest checkpoint")
    ] = None,
) -> ConsistencyProof:
    """Between two checkpoints you hold: the later ledger begins with all of the earlier one, unchanged."""
    new = await _size(uow, new)
    if old > new:
        raise _beyond("old", new)
    nodes = await ledger.nodes_of(uow.connection, merkle.nodes_for_consistency(old, new))
    return ConsistencyProof(
        old=old, new=new, hashes=[encoded(part) for part in merkle.consistency_proof(old, new, nodes)]
    )


async def _size(uow: Work, asked: int | None) -> int:
    extent = await queries.extent(uow)
    if asked is None:
        if extent.signed is None:
            raise CheckpointNotFound
        return extent.signed
    if asked > extent.size:
        raise _beyond("size", extent.size)
    return asked


def _beyond(parameter: str, size: int) -> BeyondTheLedger:
    message = Text(f"Sổ cái chỉ có {size} mục", f"There are {size} entries")
    return BeyondTheLedger(errors=[FieldError(f"query:{parameter}", "beyond-the-ledger", message)], size=size)
