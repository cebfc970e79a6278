"""Messages that need a person: quarantined at the router, or parked in the gateway's own inbox. Bodies only after a click."""

import json
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from chassis import deferred
from chassis.problems import Problem
from contracts.registry import EVENTS
from gateway.console import words
from gateway.console.web import Console, Visit, path_of
from gateway.handlers import console as audit
from gateway.handlers import quarantine as handlers
from gateway.problems.console import ParkedNotFound
from gateway.queries import quarantine as queries

_PAGE = 50
_HOME = "/console/messages"
# The city's own. What an agency signed and sent, nobody else restates in its name; the router would refuse it too.
_MENDABLE = frozenset(event.producer for event in EVENTS.values())


def routes(console: Console) -> list[Route]:
    """Lists, events, and what is done with them."""
    most = 3 * console.settings.event_bytes + 65_536  # every byte of a form may take three
    return [
        console.page("/messages", quarantine),
        console.page("/messages/quarantine/{id}", quarantined),
        console.action("/messages/quarantine/{id}/body", show_body),
        console.action("/messages/quarantine/{id}/replay", replay_mended, most_bytes=most),
        console.action("/messages/quarantine/{id}/dismiss", dismiss),
        console.page("/messages/parked", parked),
        console.action("/messages/parked/{id:uuid}/body", show_parked_body),
        console.action("/messages/parked/{id:uuid}/replay", replay_parked),
        console.action("/messages/parked/{id:uuid}/drop", drop_parked),
    ]


async def quarantine(visit: Visit) -> Response:
    """Refused events: those that are open, or those that were settled."""
    settled = visit.request.query_params.get("settled") == "1"
    async with visit.runtime.database.begin() as uow:
        rows = await queries.listed(uow, visit.number("before"), _PAGE + 1, open_ones=not settled)
    more = rows[_PAGE - 1].id if len(rows) > _PAGE else None
    return visit.render("quarantine.html", events=rows[:_PAGE], more=more, settled=settled)


async def quarantined(visit: Visit) -> Response:
    """One refused event, without what it says."""
    return await _quarantined(visit, None, None)


async def show_body(visit: Visit) -> Response:
    """What it says: on record before it is shown."""
    quarantined_id = visit.number_at("id")
    async with visit.runtime.database.begin() as uow:
        found = await queries.bodies(uow, quarantined_id)
        if found is None:
            raise HTTPException(404)
        await audit.look(visit.operator.did("quarantine-body-shown", f"quarantine/{quarantined_id}"), uow)
    return await _quarantined(visit, *found)


async def replay_mended(visit: Visit) -> Response:
    """Admit the mended event as from its sender."""
    quarantined_id, body = visit.number_at("id"), _mended(visit.form.get("body", ""))
    action = visit.operator.did("quarantine-replayed", f"quarantine/{quarantined_id}", {"bytes": len(body)})
    try:
        async with audit.audited(visit.runtime.database, action) as uow:
            await handlers.replay_mended(
                quarantined_id, body, visit.operator.subject, uow, EVENTS, most_bytes=visit.console.settings.event_bytes
            )
    except Problem as problem:
        if problem.status != 422:
            raise
        # What was mended so far is not lost: it comes back with what is still wrong.
        return await _quarantined(visit, body, None, status=422, still=problem.detail)
    return visit.see(path_of(f"{_HOME}/quarantine", quarantined_id), "mended")


async def dismiss(visit: Visit) -> Response:
    """Let it be, for a reason."""
    quarantined_id, reason = visit.number_at("id"), visit.text("reason")
    if not reason:
        return visit.render("refused.html", status=422, why=words.REASON_NEEDED)
    action = visit.operator.did("quarantine-dismissed", f"quarantine/{quarantined_id}", {"reason": reason})
    async with audit.audited(visit.runtime.database, action) as uow:
        await handlers.dismiss(quarantined_id, reason, visit.operator.subject, uow)
    return visit.see(_HOME, "dismissed")


async def _quarantined(
    visit: Visit, body: bytes | None, mended: bytes | None, *, status: int = 200, still: object = None
) -> Response:
    async with visit.runtime.database.begin() as uow:
        event = await queries.one(uow, visit.number_at("id"))
    if event is None:
        raise HTTPException(404)
    return visit.render(
        "quarantined.html",
        status=status,
        event=event,
        body=body,
        mended=mended,
        still=still,
        mendable=event.sender in _MENDABLE,
    )


async def parked(visit: Visit) -> Response:
    """Events the gateway itself could not take, and those that wait for another attempt."""
    events = await deferred.parked(visit.runtime.database, waiting=True)
    return visit.render("parked.html", events=events, body_of=None)


async def show_parked_body(visit: Visit) -> Response:
    """What it says: on record before it is shown."""
    event_id: UUID = visit.request.path_params["id"]
    async with visit.runtime.database.begin() as uow:
        await audit.look(visit.operator.did("parked-body-shown", f"event/{event_id}"), uow)
    event = await deferred.show(visit.runtime.database, event_id)
    if event is None:
        raise ParkedNotFound
    return visit.render("parked.html", events=[event], body_of=event_id)


async def replay_parked(visit: Visit) -> Response:
    """A fresh set of attempts, now."""
    return await _parked(visit, "parked-replayed", "replayed")


async def drop_parked(visit: Visit) -> Response:
    """Let it go for good."""
    return await _parked(visit, "parked-dropped", "dropped")


async def _parked(visit: Visit, what: str, done: str) -> Response:
    event_id: UUID = visit.request.path_params["id"]
    act = deferred.replay if done == "replayed" else deferred.drop
    action = visit.operator.did(what, f"event/{event_id}")
    changed = await audit.audited_around(visit.runtime.database, action, lambda: act(visit.runtime.database, event_id))
    if not changed:
        raise ParkedNotFound
    return visit.see(f"{_HOME}/parked", done)


def _mended(typed: str) -> bytes:
    """What was typed, as it would come over the wire: without the line breaks and indents it was shown with."""
    try:
        return json.dumps(json.loads(typed), ensure_ascii=False, separators=(",", ":")).encode()
    except (ValueError, RecursionError):
        return typed.encode(errors="replace")
