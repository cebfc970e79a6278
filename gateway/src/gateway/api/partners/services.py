"""Routes of services (dịch vụ chia sẻ dữ liệu). They decide nothing."""

from fastapi import APIRouter, Response

from chassis.etags import IfMatch, IfNoneMatch, not_modified
from chassis.paging import Cursor, Limit, Page, decode_cursor, page_of
from chassis.service import Running, Work
from gateway.api.models.partners import NewService, NewState, ServiceView
from gateway.api.partners.who import (
    CHANGED,
    LISTED,
    READ,
    Operator,
    Reader,
    ServiceNamed,
    answered,
    changed_by,
    own_subsystem,
)
from gateway.domain.partners import Service
from gateway.egress import egress_of
from gateway.exchange.providers import vet_addresses
from gateway.handlers import partners as handlers
from gateway.problems.partners import PartnerNotFound
from gateway.queries import partners as queries
from gateway.settings import settings_of

router = APIRouter(prefix="/lgsp/v1/partners/services", tags=["partners"])
_ONE = "/{instance}/{member_class}/{member}/{subsystem}/{service}"


@router.get("", operation_id="list-services", summary="Services, by name", responses=LISTED)
async def list_services(
    reader: Reader, uow: Work, runtime: Running, cursor: Cursor = None, limit: Limit = 50
) -> Page[ServiceView]:
    """All of them for an operator; those it provides for an agency's client. What it may call is in its grants."""
    key = decode_cursor(cursor, 5, (str, str, str, str, str))
    own = await own_subsystem(reader, runtime)
    rows = await queries.services(uow, key, limit + 1, provider=own.id if own is not None else None)
    return page_of(rows, limit, lambda row: str(row.item.id).split("/"), ServiceView.of)


@router.get(_ONE, operation_id="get-service", summary="One service", response_model=ServiceView, responses=READ)
async def get_service(
    name: ServiceNamed,
    reader: Reader,
    uow: Work,
    runtime: Running,
    response: Response,
    if_none_match: IfNoneMatch = None,
) -> ServiceView | Response:
    """What stands behind it, how it is logged, whether it shows personal data, how much one client may ask of it."""
    own = await own_subsystem(reader, runtime)
    held = await queries.service(uow, name) if own is None or own.id == name.provider else None
    if held is None:
        raise PartnerNotFound
    if not_modified(response, held.version, if_none_match):
        return Response(status_code=304, headers={"ETag": response.headers["ETag"]})
    return ServiceView.of(held)


@router.put(
    _ONE,
    operation_id="put-service",
    summary="Register a service, or change it",
    responses={201: {"model": ServiceView, "description": "Registered"}, **CHANGED},
)
async def put_service(
    name: ServiceNamed,
    wanted: NewService,
    operator: Operator,
    uow: Work,
    runtime: Running,
    response: Response,
    if_match: IfMatch = None,
) -> ServiceView:
    """As the body says it is to stand. Nobody may call it before a grant says so, whatever its state."""
    service = Service(name, **{field: getattr(wanted, field) for field in NewService.model_fields})
    await vet_addresses(service, egress_of(settings_of(runtime)))
    outcome = await handlers.put_service(service, changed_by(operator, if_match), uow)
    return answered(response, outcome, ServiceView.of(outcome.registered))


@router.put(
    f"{_ONE}/state",
    operation_id="move-service",
    summary="Approve, suspend, resume or close a service",
    responses=CHANGED,
)
async def move_service(
    name: ServiceNamed, wanted: NewState, operator: Operator, uow: Work, response: Response, if_match: IfMatch = None
) -> ServiceView:
    """A suspended service answers that it is disabled; its grants stay for when it is resumed."""
    outcome = await handlers.move_service(name, wanted.state, changed_by(operator, if_match), uow)
    return answered(response, outcome, ServiceView.of(outcome.registered))
