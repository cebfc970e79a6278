"""Agencies' requests for access, with the clock they are answered by; grant and refuse. Handlers decide."""

from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from chassis.problems import InvalidPayload
from gateway.console import words
from gateway.console.web import Console, Visit
from gateway.handlers import access_requests as handlers
from gateway.handlers import console as audit
from gateway.handlers.access_requests import Granting
from gateway.queries import console_work as queries

_HOME = "/console/requests"


def routes(console: Console) -> list[Route]:
    """The list, one request, and its answer."""
    return [
        console.page("/requests", requests),
        console.page("/requests/{id:uuid}", request),
        console.action("/requests/{id:uuid}/grant", grant),
        console.action("/requests/{id:uuid}/refuse", refuse),
    ]


async def requests(visit: Visit) -> Response:
    """Those that wait, the most urgent first, and the last that were answered."""
    async with visit.runtime.database.begin() as uow:
        waiting = await queries.waiting_requests(uow)
        answered = await queries.answered_requests(uow)
    return visit.render("requests.html", waiting=waiting, answered=answered)


async def request(visit: Visit) -> Response:
    """One request."""
    async with visit.runtime.database.begin() as uow:
        found = await queries.access_request(uow, _id(visit))
    if found is None:
        raise HTTPException(404)
    return visit.render("request.html", found=found)


async def grant(visit: Visit) -> Response:
    """Give what was asked for, within the bounds of the answer."""
    legal_basis, until = visit.text("legal_basis"), visit.day("until")
    fields = tuple(visit.text("fields").replace(",", " ").split()) or None
    if not legal_basis:
        raise InvalidPayload(words.BASIS_NEEDED)
    answer = Granting(legal_basis, valid_to=until, fields=fields)
    details = {"legalBasis": legal_basis, "until": until, "fields": fields}
    action = visit.operator.did("request-granted", f"access-request/{_id(visit)}", details)
    async with audit.audited(visit.runtime.database, action) as uow:
        await handlers.answer_granted(_id(visit), answer, uow, by=visit.operator.account)
    return visit.see(_HOME, "granted")


async def refuse(visit: Visit) -> Response:
    """Refuse, in writing: with the reason and its legal basis."""
    reason, legal_basis = visit.text("reason"), visit.text("legal_basis")
    if not (reason and legal_basis):
        raise InvalidPayload(words.REASON_AND_BASIS_NEEDED)
    details = {"reason": reason, "legalBasis": legal_basis}
    action = visit.operator.did("request-refused", f"access-request/{_id(visit)}", details)
    async with audit.audited(visit.runtime.database, action) as uow:
        await handlers.answer_refused(_id(visit), reason, legal_basis, uow, by=visit.operator.account)
    return visit.see(_HOME, "refused")


def _id(visit: Visit) -> UUID:
    given: UUID = visit.request.path_params["id"]
    return given
