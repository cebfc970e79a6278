"""The ministries' evaluation system (EMC) over HTTP. Its own message form is not public: this JSON is ours and claims no likeness.

It keeps nothing. The same figures under the same correction are safe to send again: they are told apart by (kind, first
day, correction).
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from chassis.text import nfc
from gateway.adapters.routes import Routes, client, send
from gateway.domain.connection_mode import Route
from gateway.ports import Accepted, Feed, OutOfReach, Rejected
from gateway.settings import GatewaySettings

_LONGEST = 500


class _Said(BaseModel):
    model_config = ConfigDict(coerce_numbers_to_str=True, extra="ignore")

    status: str
    message: str = ""


class EvaluationSystemByHttp:
    """`EvaluationSystem` by a POST for each period."""

    def __init__(self, http: httpx.AsyncClient, routes: Routes, settings: GatewaySettings) -> None:
        self._http = http
        self._routes = routes
        self._settings = settings

    async def take(self, feed: Feed) -> Accepted | Rejected:
        """Hand over the figures of a period."""
        settings = self._settings
        body = {
            "agency": settings.emc_agency,
            "kind": feed.kind,
            "from": feed.first.isoformat(),
            "to": feed.last.isoformat(),
            "correction": feed.correction,
            "digest": feed.digest,
            "figures": feed.figures,
        }

        async def by(route: Route) -> Accepted | Rejected:
            answer = await send(
                self._http, "POST", route.to(settings.emc_path), settings.emc_timeout_seconds, json=body
            )
            return _outcome(answer)

        return await self._routes.call(by)


@asynccontextmanager
async def evaluation_system(routes: Routes, settings: GatewaySettings) -> AsyncIterator[EvaluationSystemByHttp]:
    """The adapter with its connections, for as long as the block lasts."""
    token = settings.emc_token.get_secret_value() if settings.emc_token else None
    async with client(token=token) as http:
        yield EvaluationSystemByHttp(http, routes, settings)


def _outcome(answer: httpx.Response) -> Accepted | Rejected:
    if answer.status_code not in (httpx.codes.OK, httpx.codes.UNPROCESSABLE_ENTITY):
        raise OutOfReach(f"HTTP {answer.status_code}")
    try:
        said = _Said.model_validate_json(answer.content)
    except ValidationError:
        raise OutOfReach("unintelligible answer") from None
    if said.status == "taken":
        return Accepted()
    return Rejected((nfc(f"{said.status}: {said.message}")[:_LONGEST],))
