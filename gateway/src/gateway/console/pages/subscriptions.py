"""Agencies' subscriptions: their lag and their deliveries, and what an operator does with them. Handlers decide."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from chassis.clock import HANOI
from chassis.database import UnitOfWork
from chassis.problems import InvalidPayload
from gateway.console import words
from gateway.console.web import Console, Visit, number_in, path_of
from gateway.delivery import store
from gateway.domain.subscription import State, allowed
from gateway.handlers import console as audit
from gateway.handlers import subscriptions as handlers
from gateway.handlers.subscriptions import Caller, Change
from gateway.queries import subscriptions as queries

_MOST, _PAGE = 200, 50
_HOME = "/console/subscriptions"
_STATES = ("waiting", "failed", "delivered", "skipped")


def routes(console: Console) -> list[Route]:
    """The list, one subscription, and what is done with it."""
    one = "/subscriptions/{id:uuid}"
    steps: dict[str, Callable[[Visit], Awaitable[Response]]] = {
        "approve": approve, "refuse": refuse, "suspend": suspend, "reinstate": reinstate, "pause": pause,
        "resume": resume, "replay": replay,
    }  # fmt: skip
    return [
        console.page("/subscriptions", subscriptions),
        console.page("/live/subscriptions", live_subscriptions, live=True),
        console.page(one, subscription),
        *(console.action(f"{one}/{step}", act) for step, act in steps.items()),
        console.action(f"{one}/deliveries/{{position}}/retry", retry),
        console.action(f"{one}/deliveries/{{position}}/skip", skip),
    ]


async def subscriptions(visit: Visit) -> Response:
    """All, with their lag."""
    return await _listed(visit, "subscriptions.html")


async def live_subscriptions(visit: Visit) -> Response:
    """What changes by itself."""
    return await _listed(visit, "live_subscriptions.html")


async def _listed(visit: Visit, template: str) -> Response:
    async with visit.runtime.database.begin() as uow:
        rows = await queries.subscription_overview(uow, limit=_MOST)
    return visit.render(template, subscriptions=rows, machine_now=datetime.now(UTC), most=_MOST)


async def subscription(visit: Visit) -> Response:
    """One, with its deliveries."""
    state = visit.request.query_params.get("state")
    state = state if state in _STATES else None
    async with visit.runtime.database.begin() as uow:
        found = await queries.overview_of(uow, _id(visit))
        if found is None:
            raise HTTPException(404)
        deliveries = await store.deliveries(uow, found.row.id, state, None, visit.number("before"), _PAGE + 1)
    more = deliveries[_PAGE - 1].position if len(deliveries) > _PAGE else None
    return visit.render(
        "subscription.html", found=found, steps=allowed(found.row.state), deliveries=deliveries[:_PAGE], more=more,
        state=state, states=_STATES, machine_now=datetime.now(UTC), closed=found.row.state is State.CLOSED,
    )  # fmt: skip


async def approve(visit: Visit) -> Response:
    """Grant what was asked for, on a legal basis, until a day."""
    legal_basis, until = visit.text("legal_basis"), visit.day("until")
    fields = frozenset(visit.text("fields").replace(",", " ").split()) or None
    if not legal_basis:
        raise InvalidPayload(words.BASIS_NEEDED)

    async def act(uow: UnitOfWork) -> object:
        return await handlers.approve(_change(visit), uow, legal_basis=legal_basis, fields=fields, until=until)

    details = {"legalBasis": legal_basis, "until": until, "fields": sorted(fields) if fields else None}
    return await _done(visit, "subscription-approved", "approved", act, **details)


async def refuse(visit: Visit) -> Response:
    """Refuse in writing."""
    reason, legal_basis = visit.text("reason"), visit.text("legal_basis")
    if not (reason and legal_basis):
        raise InvalidPayload(words.REASON_AND_BASIS_NEEDED)

    async def act(uow: UnitOfWork) -> object:
        return await handlers.refuse(_change(visit), uow, reason=reason, legal_basis=legal_basis)

    return await _done(visit, "subscription-refused", "refused", act, reason=reason, legalBasis=legal_basis)


async def suspend(visit: Visit) -> Response:
    """Stop it until an operator lets it go on."""
    reason = visit.text("reason")
    if not reason:
        raise InvalidPayload(words.REASON_NEEDED)

    async def act(uow: UnitOfWork) -> object:
        return await handlers.suspend(_change(visit), uow, reason=reason)

    return await _done(visit, "subscription-suspended", "paused", act, reason=reason)


async def reinstate(visit: Visit) -> Response:
    """Let it go on where it stopped."""
    return await _done(visit, "subscription-reinstated", "resumed", lambda uow: handlers.reinstate(_change(visit), uow))


async def pause(visit: Visit) -> Response:
    """Hold deliveries back; nothing is lost."""
    return await _done(visit, "subscription-paused", "paused", lambda uow: handlers.pause(_change(visit), uow))


async def resume(visit: Visit) -> Response:
    """Go on."""
    return await _done(visit, "subscription-resumed", "resumed", lambda uow: handlers.resume(_change(visit), uow))


async def replay(visit: Visit) -> Response:
    """Deliver again from a position or from a moment."""
    start: int | datetime | None = number_in(visit.text("position") or None)
    if start is None and (moment := visit.text("since")):
        start = _moment(moment)
    if start is None:
        raise InvalidPayload(words.START_NEEDED)
    begin = start

    async def act(uow: UnitOfWork) -> object:
        return await handlers.replay(_change(visit), begin, uow)

    return await _done(visit, "subscription-replayed", "replayed", act, since=begin)


async def retry(visit: Visit) -> Response:
    """Send one delivery again now."""
    position = visit.number_at("position")
    return await _delivery(visit, position, "delivery-retried", "retried", handlers.retry_delivery)


async def skip(visit: Visit) -> Response:
    """Give one delivery up, so that what waits behind it goes on."""
    position = visit.number_at("position")
    return await _delivery(visit, position, "delivery-skipped", "skipped", handlers.skip_delivery)


async def _delivery(
    visit: Visit, position: int, what: str, done: str, act: Callable[[Change, int, UnitOfWork], Awaitable[object]]
) -> Response:
    return await _done(visit, what, done, lambda uow: act(_change(visit), position, uow), position=position)


async def _done(
    visit: Visit, what: str, done: str, act: Callable[[UnitOfWork], Awaitable[object]], **details: object
) -> Response:
    """The act and its line in the audit, in one transaction."""
    subscription_id = _id(visit)
    action = visit.operator.did(what, f"subscription/{subscription_id}", details)
    async with audit.audited(visit.runtime.database, action) as uow:
        await act(uow)
    return visit.see(path_of(_HOME, subscription_id), done)


def _change(visit: Visit) -> Change:
    return Change(_id(visit), Caller(None, visit.operator.account))


def _id(visit: Visit) -> UUID:
    given: UUID = visit.request.path_params["id"]
    return given


def _moment(given: str) -> datetime:
    """What a browser's own field for a moment gives, which is Hanoi time without saying so."""
    try:
        moment = datetime.fromisoformat(given)
    except ValueError as error:
        raise InvalidPayload(words.NO_SUCH_DAY) from error
    # As at the API: near year 1 or 9999 an offset leads out of what a datetime can be.
    if not 2000 <= moment.year <= 2200:
        raise InvalidPayload(words.NO_SUCH_DAY)
    return moment.replace(tzinfo=HANOI) if moment.tzinfo is None else moment
