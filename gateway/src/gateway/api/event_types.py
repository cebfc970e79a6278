"""Routes of event types: which there are, whose, with which schema; agencies register theirs. They decide nothing."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from chassis import idempotency, problems
from chassis.auth import Allow, Principal, Public
from chassis.idempotency import Stored, act_once
from chassis.paging import Page
from chassis.service import Running, Work
from contracts.registry import EVENTS
from gateway.api.models.event_types import Answer, EventTypeView, NewEventType
from gateway.api.publishers import registered
from gateway.domain.event_type import Step
from gateway.domain.partners import CITY
from gateway.domain.scopes import OPERATOR, WRITE_SCOPE
from gateway.handlers.event_types import RegisterEventType, answer_event_type, register_event_type
from gateway.problems.event_types import (
    EventSchemaUnusable,
    EventTypeExists,
    EventTypeNameNotAllowed,
    EventTypeNotFound,
    EventTypeStateConflict,
)
from gateway.queries import event_types as queries
from gateway.queries.event_types import EventTypeRow

router = APIRouter(prefix="/lgsp/v1/event-types", tags=["events"])

Anyone = Annotated[None, Depends(Public())]
Agency = Annotated[Principal, Depends(Allow(scope=WRITE_SCOPE))]
Operator = Annotated[Principal, Depends(Allow(roles={OPERATOR}))]
Name = Annotated[str, Path(max_length=200, pattern=r"^[a-z0-9.-]+$", description="The type, e.g. vn.gov.hanoi.….v1")]

_ANSWERING = problems.responses(
    problems.Unauthorized, problems.Forbidden, EventTypeNotFound, EventTypeStateConflict, *idempotency.PROBLEMS
)


@router.get(
    "",
    operation_id="list-event-types",
    summary="Every type of event that can be subscribed to",
    response_model_exclude_none=True,
)
async def list_event_types(_: Anyone, uow: Work) -> Page[EventTypeView]:
    """The city's own and those of agencies, by name, without their schemas."""
    views = [EventTypeView.of_the_city(event, str(CITY), whole=False) for event in EVENTS.values()]
    views += [EventTypeView.of(row, whole=False) for row in await queries.every(uow)]
    return Page[EventTypeView](items=sorted(views, key=lambda view: view.type))


@router.get(
    "/{name}",
    operation_id="get-event-type",
    summary="One type, with its schema",
    response_model_exclude_none=True,
    responses=problems.responses(EventTypeNotFound, problems.InvalidPayload),
)
async def get_event_type(name: Name, _: Anyone, uow: Work) -> EventTypeView:
    """Whose it is, what its data is (JSON Schema 2020-12), and, of the city's own, an example."""
    if (event := EVENTS.get(name)) is not None:
        return EventTypeView.of_the_city(event, str(CITY))
    row = await queries.one(uow, name)
    if row is None:
        raise EventTypeNotFound
    return EventTypeView.of(row)


@router.post(
    "",
    operation_id="register-event-type",
    summary="Register a type of one's own",
    status_code=201,
    response_model=EventTypeView,
    response_model_exclude_none=True,
    responses=problems.responses(
        problems.Unauthorized,
        problems.Forbidden,
        EventTypeNameNotAllowed,
        EventSchemaUnusable,
        EventTypeExists,
        *idempotency.PROBLEMS,
    ),
)
async def post_event_type(
    wanted: NewEventType, agency: Agency, uow: Work, running: Running, request: Request, key: idempotency.Key = None
) -> Response:
    """It can be published once an operator has approved it. Its schema does not change: what is new gets a new version."""
    publisher = await registered(running, agency)
    command = RegisterEventType(wanted.type, publisher.client_id, wanted.data_schema, wanted.title, wanted.description)
    return await act_once(
        uow,
        request,
        caller=agency.account,
        key=key,
        act=lambda: register_event_type(command, uow),
        render=lambda row: _stored(201, row),
    )


def _stored(status: int, row: EventTypeRow) -> Stored:
    location = (("Location", f"/lgsp/v1/event-types/{row.type}"),) if status == 201 else ()
    return Stored(status, location, EventTypeView.of(row).model_dump_json(by_alias=True, exclude_none=True))


@router.post(
    "/{name}/approve",
    operation_id="approve-event-type",
    summary="Let a type be published",
    response_model=EventTypeView,
    response_model_exclude_none=True,
    responses=_ANSWERING,
)
async def approve(name: Name, operator: Operator, uow: Work, request: Request, key: idempotency.Key = None) -> Response:
    """One that was asked for, or was suspended."""
    return await act_once(
        uow,
        request,
        caller=operator.account,
        key=key,
        act=lambda: answer_event_type(name, Step.APPROVE, operator.account, uow),
        render=lambda row: _stored(200, row),
    )


async def _against(
    name: str, step: Step, answer: Answer, operator: Principal, uow: Work, request: Request, key: str | None
) -> Response:
    return await act_once(
        uow,
        request,
        caller=operator.account,
        key=key,
        act=lambda: answer_event_type(
            name, step, operator.account, uow, reason=answer.reason, legal_basis=answer.legal_basis
        ),
        render=lambda row: _stored(200, row),
    )


@router.post(
    "/{name}/refuse",
    operation_id="refuse-event-type",
    summary="Refuse a type, in writing",
    response_model=EventTypeView,
    response_model_exclude_none=True,
    responses=_ANSWERING,
)
async def refuse(
    name: Name, answer: Answer, operator: Operator, uow: Work, request: Request, key: idempotency.Key = None
) -> Response:
    """With the reason and the legal basis, which the owner sees."""
    return await _against(name, Step.REFUSE, answer, operator, uow, request, key)


@router.post(
    "/{name}/suspend",
    operation_id="suspend-event-type",
    summary="Stop a type for a while",
    response_model=EventTypeView,
    response_model_exclude_none=True,
    responses=_ANSWERING,
)
async def suspend(
    name: Name, answer: Answer, operator: Operator, uow: Work, request: Request, key: idempotency.Key = None
) -> Response:
    """No event of it enters until it is approved again."""
    return await _against(name, Step.SUSPEND, answer, operator, uow, request, key)


@router.post(
    "/{name}/close",
    operation_id="close-event-type",
    summary="End a type",
    response_model=EventTypeView,
    response_model_exclude_none=True,
    responses=_ANSWERING,
)
async def close(
    name: Name, answer: Answer, operator: Operator, uow: Work, request: Request, key: idempotency.Key = None
) -> Response:
    """For good: what entered stays in the ledger."""
    return await _against(name, Step.CLOSE, answer, operator, uow, request, key)
