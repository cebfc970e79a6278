"""Routes of the ledger as tiles (C2SP tlog-tiles), and of witnesses. They decide nothing."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response

from chassis import problems
from chassis.auth import Public
from chassis.service import Running, Work
from gateway.domain.tiles import Tile, bundle, parse_tile
from gateway.handlers import witnesses as handlers
from gateway.problems.ledger import NotCosigned, TileNotFound
from gateway.queries import ledger as queries
from gateway.settings import settings_of

router = APIRouter(prefix="/lgsp/v1/ledger", tags=["ledger"])

Anyone = Annotated[None, Depends(Public())]
Where = Annotated[str, Path(description="Index as `x001/x234/067`, with `.p/5` for a partial tile")]

_OCTETS = "application/octet-stream"
# A tile never changes: a cache may keep it for as long as it likes.
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_TILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The tile", "content": {_OCTETS: {"schema": {"type": "string", "format": "binary"}}}}
}
_MOST_NOTE_BYTES = 256 * 1024


@router.get(
    "/tile/entries/{where:path}",
    operation_id="get-ledger-entry-bundle",
    summary="256 entries of the ledger, as hashed into its tree",
    response_class=Response,
    responses={**_TILE, **problems.responses(TileNotFound)},
)
async def get_entry_bundle(where: Where, _: Anyone, uow: Work) -> Response:
    """Each entry behind its length in two bytes (big-endian): its leaf, which says neither whom it concerns nor what it says."""
    tile = await _covered(uow, "0", where)
    return _immutable(bundle(leaf.data for leaf in await queries.leaves(uow, tile.first, tile.first + tile.width)))


@router.get(
    "/tile/{level}/{where:path}",
    operation_id="get-ledger-tile",
    summary="256 hashes of the ledger's tree",
    response_class=Response,
    responses={**_TILE, **problems.responses(TileNotFound)},
)
async def get_tile(
    level: Annotated[str, Path(description="Level of the tile: 0 has the leaves' hashes")],
    where: Where,
    _: Anyone,
    uow: Work,
) -> Response:
    """From tiles alone every proof can be made, by any client of the C2SP form."""
    tile = await _covered(uow, level, where)
    return _immutable(b"".join(await queries.hashes(uow, tile.node_level, tile.first, tile.first + tile.width)))


@router.post(
    "/cosignatures",
    operation_id="add-ledger-cosignature",
    summary="Hand in a checkpoint that a witness cosigned",
    status_code=204,
    responses=problems.responses(NotCosigned, problems.PayloadTooLarge),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "text/plain": {
                    "schema": {"type": "string"},
                    "example": "lienthong.hanoi/ledger\n42\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
                    "— lienthong.hanoi/ledger Az3grlgt…\n— witness.example/w1 jWbPPwAA…\n",
                }
            },
        }
    },
)
async def add_cosignature(request: Request, _: Anyone, uow: Work, runtime: Running) -> None:
    """The checkpoint as a signed note. Anyone may bring it: only a line by a witness that is known counts, and twice is once."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_NOTE_BYTES:
            raise problems.PayloadTooLarge
    await handlers.take_cosigned(uow, bytes(body), settings_of(runtime).witnesses)


async def _covered(uow: Work, level: str, where: str) -> Tile:
    """The tile, if the latest checkpoint covers it: what is not signed yet is not shown."""
    tile = parse_tile(level, where)
    if tile is None or tile.leaves > ((await queries.extent(uow)).signed or 0):
        raise TileNotFound
    return tile


def _immutable(content: bytes) -> Response:
    return Response(content, media_type=_OCTETS, headers=_FOR_EVER)
