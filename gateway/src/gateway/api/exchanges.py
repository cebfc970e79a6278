"""Routes of the message log: what was exchanged, and the evidence of it. They decide nothing but whose it is."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from chassis import problems
from chassis.auth import Allow, Kind, Principal
from chassis.etags import IfNoneMatch, not_modified
from chassis.paging import Cursor, Limit, Page, decode_cursor, page_of
from chassis.service import Running, Runtime, Work
from chassis.telemetry.logging import get_logger
from gateway.api.models.exchanges import Evidence, ExchangeItem, ExchangeView
from gateway.domain.exchange_record import TYPE
from gateway.domain.scopes import EXCHANGES_SCOPE, OPERATOR
from gateway.handlers import exchanges as handlers
from gateway.problems.exchanges import ExchangeNotFound, NotYetProven
from gateway.queries import exchanges as queries
from gateway.queries import ledger as ledger_queries
from gateway.registry import registry_of

_log = get_logger("exchanges")

router = APIRouter(prefix="/lgsp/v1/exchanges", tags=["exchange"])

Reader = Annotated[Principal, Depends(Allow(roles={OPERATOR}, scope=EXCHANGES_SCOPE))]
Identifier = Annotated[str | None, Query(max_length=400, pattern=r"^[^\x00]*$")]

_REFUSALS = (problems.Unauthorized, problems.Forbidden, problems.Unavailable)


async def _party(reader: Principal, runtime: Runtime) -> str | None:
    """Whose exchanges the caller may see: None for everybody's, else those of its own subsystem."""
    if reader.kind is Kind.OFFICER:
        return None
    subsystem = (await registry_of(runtime, knowing=reader.subject)).clients.get(reader.subject)
    if subsystem is None:
        raise problems.Forbidden(
            problems.Text("Hệ thống này chưa được đăng ký trao đổi", "This system is not registered for the exchange")
        )
    return str(subsystem.id)


@router.get(
    "",
    operation_id="list-exchanges",
    summary="What was exchanged",
    response_model_exclude_none=True,
    responses=problems.responses(problems.BadRequest, *_REFUSALS, problems.InvalidPayload),
)
async def list_exchanges(
    reader: Reader,
    runtime: Running,
    uow: Work,
    client: Annotated[Identifier, Query(description="Only of this subsystem, as VN/GOV/G15/hotich")] = None,
    service: Annotated[Identifier, Query(description="Only with this service")] = None,
    status: Annotated[int | None, Query(ge=100, le=599, description="Only with this HTTP status")] = None,
    denied: Annotated[bool | None, Query(description="Only those turned away, or only the others")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[ExchangeItem]:
    """The latest first; an operator sees all, an agency's system those it was client or provider of. Never a body."""
    key = decode_cursor(cursor, 1, (UUID,))
    wanted = queries.Wanted(await _party(reader, runtime), key[0] if key else None, client, service, status, denied)
    rows = await queries.exchanges(uow, wanted, limit + 1)
    return page_of(rows, limit, lambda row: (row.request_id,), ExchangeItem.of)


@router.get(
    "/{request_id}",
    operation_id="get-exchange",
    summary="One exchange",
    response_model=ExchangeView,
    response_model_exclude_none=True,
    responses={
        304: {"description": "Unchanged since the version named by If-None-Match"},
        **problems.responses(*_REFUSALS, ExchangeNotFound, problems.InvalidPayload),
    },
)
async def get_exchange(
    request_id: UUID, reader: Reader, runtime: Running, uow: Work, response: Response, if_none_match: IfNoneMatch = None
) -> ExchangeView | Response:
    """By X-Road-Request-Id: who, when, what, for which dossier, how it ended, and the hashes of what passed."""
    row = await _own(uow, request_id, await _party(reader, runtime))
    if not_modified(response, row.state, if_none_match):
        return Response(status_code=304, headers={"ETag": response.headers["ETag"]})
    return ExchangeView.of(row)


@router.get(
    "/{request_id}/evidence",
    operation_id="get-exchange-evidence",
    summary="What proves an exchange, to be checked offline",
    response_model=Evidence,
    response_model_exclude_none=True,
    responses=problems.responses(*_REFUSALS, ExchangeNotFound, NotYetProven, problems.InvalidPayload),
)
async def get_exchange_evidence(
    request_id: UUID,
    reader: Reader,
    runtime: Running,
    uow: Work,
    bodies: Annotated[bool, Query(description="With the bodies that passed, where they are kept")] = False,
) -> dict[str, Any]:
    """The signed record, its place in the ledger, and the ledger's checkpoint with its witnesses. Each reading is on record."""
    row = await _own(uow, request_id, await _party(reader, runtime))
    found = await ledger_queries.provable_subject(uow, str(request_id), TYPE)
    if found is None:
        raise NotYetProven(state=row.state)
    kept = await queries.bodies(uow, request_id) if bodies else None
    _log.info(
        "exchange evidence read",
        client=reader.subject,
        caller_kind=reader.kind.value,
        agency=reader.agency,
        request_id=str(request_id),
        bodies=sorted(kept or ()),
    )
    return await handlers.evidence(uow, found, whole=True, bodies=kept)


async def _own(uow: Work, request_id: UUID, party: str | None) -> queries.ExchangeRow:
    row = await queries.exchange(uow, request_id)
    if row is None or (party is not None and party not in (row.client, row.provider)):
        raise ExchangeNotFound
    return row
