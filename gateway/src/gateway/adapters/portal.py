"""The national portal (Cổng Dịch vụ công quốc gia) over HTTP: sessions, and messages in an envelope. It keeps no dossier.

Known is: a session is asked for with the header `dstcode` and comes with `error_code` 0; a message is `{session, madonvi,
service, isUpdating, data}` and succeeded by `error_code` "00". Not known, and so taken as written here: the addresses
(settings), the body that asks for a session, the form of a look-up and of its answer (`result`, a list of dossiers), and
every other error code. Nothing hangs on a code: whatever is not success is tried once more with a new session, and is
then a refusal.
"""

import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from chassis.text import nfc
from gateway.adapters.portal_messages import (
    LOOK_UP,
    PROGRESS,
    SUCCESS,
    SYNC,
    dossier_message,
    look_up_message,
    standings,
    step_message,
)
from gateway.adapters.routes import Routes, client, send
from gateway.domain.connection_mode import Route
from gateway.domain.portal import PortalDossier, Standing, Step
from gateway.ports import Accepted, OutOfReach, Rejected
from gateway.settings import GatewaySettings

_SESSION_GIVEN = "0"
_LONGEST = 500


class _Said(BaseModel):
    model_config = ConfigDict(coerce_numbers_to_str=True, extra="ignore")

    error_code: str
    message: str | None = None


class _SessionGiven(_Said):
    session: str | None = None


class _Found(_Said):
    result: list[dict[str, Any]] = []


M = TypeVar("M", bound=_Said)


@dataclass
class _Session:
    """A session with one way's portal, and when it is to be renewed."""

    id: str = field(repr=False)
    until: float


class NationalPortalByHttp:
    """`NationalPortal` by way of its interchange."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        routes: Routes,
        settings: GatewaySettings,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._http = http
        self._routes = routes
        self._settings = settings
        self._monotonic = monotonic
        self._sessions: dict[str, _Session] = {}

    def calls_allowed(self, most: int) -> int:
        """How many dossiers may be told now: one while it is tried whether the portal is there again."""
        return self._routes.calls_allowed(most)

    async def look_up(self, dossiers: Sequence[PortalDossier]) -> Mapping[str, Standing]:
        """TraCuuHoSo: what the portal has of these."""
        said = await self._tell(LOOK_UP, [look_up_message(one) for one in dossiers])
        if said.error_code != SUCCESS:
            raise OutOfReach(f"look-up refused: {said.error_code}")
        return standings(dossiers, said.result)

    async def sync(self, dossiers: Sequence[PortalDossier], *, updating: bool) -> Accepted | Rejected:
        """DongBoHoSoMC."""
        data = [dossier_message(one) for one in dossiers]
        return _outcome(await self._tell(SYNC, data, isUpdating="True" if updating else "False"))

    async def report_steps(self, steps: Sequence[tuple[PortalDossier, Step]]) -> Accepted | Rejected:
        """CapNhatTienDoHoSoMC."""
        data = [step_message(dossier.code, dossier.snapshot.unit, step) for dossier, step in steps]
        return _outcome(await self._tell(PROGRESS, data))

    async def _tell(self, service: str, data: list[dict[str, Any]], **more: str) -> _Found:
        async def by(route: Route) -> _Found:
            session, fresh = await self._session(route)
            said = await self._message(route, service, session, data, more)
            if said.error_code == SUCCESS or fresh:
                return said
            # It may be the session that ended; by which code the portal would say so is not known.
            self._sessions.pop(route.base_url, None)
            session, _ = await self._session(route)
            return await self._message(route, service, session, data, more)

        return await self._routes.call(by)

    async def _message(
        self, route: Route, service: str, session: str, data: list[dict[str, Any]], more: Mapping[str, str]
    ) -> _Found:
        settings = self._settings
        body = {"session": session, "madonvi": settings.portal_unit, "service": service, **more, "data": data}
        path = settings.portal_service_path.replace("{service}", service)
        return _read(_Found, await self._post(route, path, body))

    async def _session(self, route: Route) -> tuple[str, bool]:
        """The session to use, and whether it was given just now."""
        known = self._sessions.get(route.base_url)
        if known is not None and self._monotonic() < known.until:
            return known.id, False
        settings = self._settings
        password = settings.portal_password.get_secret_value() if settings.portal_password else ""
        body = {"username": settings.portal_username, "password": password}
        given = _read(_SessionGiven, await self._post(route, settings.portal_session_path, body))
        if given.error_code != _SESSION_GIVEN or not given.session:
            raise OutOfReach(f"no session given: {given.error_code[:20]}")
        until = self._monotonic() + settings.portal_session_seconds
        self._sessions[route.base_url] = _Session(given.session, until)
        return given.session, True

    async def _post(self, route: Route, path: str, body: Mapping[str, Any]) -> httpx.Response:
        headers = {"dstcode": self._settings.portal_dstcode}
        timeout = self._settings.portal_timeout_seconds
        answer = await send(self._http, "POST", route.to(path), timeout, json=body, headers=headers)
        if answer.status_code != httpx.codes.OK:
            raise OutOfReach(f"HTTP {answer.status_code}")
        return answer


@asynccontextmanager
async def national_portal(routes: Routes, settings: GatewaySettings) -> AsyncIterator[NationalPortalByHttp]:
    """The adapter with its connections, for as long as the block lasts."""
    async with client() as http:
        yield NationalPortalByHttp(http, routes, settings)


def _read(kind: type[M], answer: httpx.Response) -> M:
    try:
        return kind.model_validate_json(answer.content)
    except ValidationError:
        raise OutOfReach("unintelligible answer") from None  # the error would quote it


def _outcome(said: _Found) -> Accepted | Rejected:
    if said.error_code == SUCCESS:
        return Accepted()
    return Rejected((nfc(f"{said.error_code}: {said.message or ''}")[:_LONGEST],))
