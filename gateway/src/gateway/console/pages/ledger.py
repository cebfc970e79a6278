"""The ledger: its size, checkpoints and cosignatures, its latest entries, and a button that verifies it. It changes nothing."""

from random import SystemRandom

from starlette.responses import Response
from starlette.routing import Route

from gateway.console.web import Console, Visit, number_in
from gateway.handlers import console as audit
from gateway.ledger import spot_check
from gateway.queries import ledger_sample as queries

_PAGE = 25


def routes(console: Console) -> list[Route]:
    """The page, and the button."""
    return [console.page("/ledger", ledger), console.action("/ledger/verify", verify)]


async def ledger(visit: Visit) -> Response:
    """Where the ledger stands."""
    return await _shown(visit, None)


async def verify(visit: Visit) -> Response:
    """Verify the last checkpoint, and entries from a position on or here and there."""
    start = number_in(visit.form.get("from", "").strip() or None)
    random = SystemRandom()  # who alters entries must not know which ones are looked at
    async with visit.runtime.database.begin() as uow:
        verdict = await spot_check.verify(uow, start, random)
        details = {"from": start, "checked": verdict.checked, "fault": verdict.fault, "position": verdict.position}
        await audit.look(visit.operator.did("ledger-verified", "ledger", details), uow)
    return await _shown(visit, verdict, start)


async def _shown(visit: Visit, verdict: spot_check.Verdict | None, start: int | None = None) -> Response:
    async with visit.runtime.database.begin() as uow:
        state = await queries.state(uow)
        checkpoints = await queries.checkpoints(uow)
        entries = await queries.latest(uow, visit.number("before"), _PAGE + 1)
    more = entries[_PAGE - 1].position if len(entries) > _PAGE else None
    return visit.render(
        "ledger.html", state=state, checkpoints=checkpoints, entries=entries[:_PAGE], more=more, verdict=verdict,
        start=start, reach=spot_check.RANGE,
    )  # fmt: skip
