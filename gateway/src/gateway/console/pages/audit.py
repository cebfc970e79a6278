"""What operators did: who, when, from where, what, to what, how it ended. It is only ever read here."""

from starlette.responses import Response
from starlette.routing import Route

from gateway.console.web import Console, Visit
from gateway.queries import console_sessions as queries

_PAGE = 100


def routes(console: Console) -> list[Route]:
    """The audit."""
    return [console.page("/audit", audit)]


async def audit(visit: Visit) -> Response:
    """The latest first, of all operators or of one."""
    operator = visit.request.query_params.get("operator", "").replace("\0", "")[:200] or None
    async with visit.runtime.database.begin() as uow:
        rows = await queries.actions(uow, visit.number("before"), _PAGE + 1, operator)
    more = rows[_PAGE - 1].position if len(rows) > _PAGE else None
    return visit.render("audit.html", actions=rows[:_PAGE], more=more, operator=operator)
