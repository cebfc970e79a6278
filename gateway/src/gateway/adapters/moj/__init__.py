"""The Ministry of Justice's civil-status software (phần mềm đăng ký, quản lý hộ tịch) over HTTP: its words, in and out.

Messages are those of the public interchange (LTKS, LTKT, LTKH: liên thông khai sinh, khai tử, kết hôn). It keeps no state.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import httpx

from chassis.clock import HANOI
from contracts.gateway import MinistryCaseKind
from gateway.adapters import routes as ways
from gateway.adapters.moj.answers import SUCCESS, Polled, Status, read, result_of, taken
from gateway.adapters.moj.declared import data_of, file_of
from gateway.adapters.routes import Routes, send
from gateway.domain.connection_mode import Route
from gateway.ports import Accepted, OutOfReach, OutwardCase, Rejected, Result
from gateway.settings import GatewaySettings

NAME = "moj"
MODULES: Mapping[MinistryCaseKind, str] = {
    MinistryCaseKind.BIRTH: "LTKS",
    MinistryCaseKind.DEATH: "LTKT",
    MinistryCaseKind.MARRIAGE: "LTKH",
}

_MOMENT = "%d/%m/%Y %H:%M:%S"

M = TypeVar("M", bound=Status)


class MinistryOfJustice:
    """`CaseOffice` by way of the Ministry's interchange."""

    name = NAME
    kinds = tuple(MODULES)

    def __init__(self, client: httpx.AsyncClient, routes: Routes, settings: GatewaySettings) -> None:
        self._client = client
        self._routes = routes
        self._settings = settings

    def calls_allowed(self, most: int) -> int:
        """See the port."""
        return self._routes.calls_allowed(most)

    async def submit(self, case: OutwardCase) -> Accepted | Rejected:
        """Push a case. The same case again is safe: the Ministry says that it has it, which is success."""
        return taken(await self._ask(self._settings.moj_push_path, self._push(case), Status))

    async def supplement(self, case: OutwardCase) -> Accepted | Rejected:
        """Push a case again under the same maHoSoLT, whole; papers that count no more are marked huyGiayTo.

        The interchange has no message of its own for it.
        """
        return await self.submit(case)

    async def results(self, kind: MinistryCaseKind, cases: Sequence[UUID]) -> Mapping[UUID, Result]:
        """Poll for these cases. An entry given twice counts once."""
        question = {
            "maDinhDanhHoSo": [str(case) for case in cases],
            "maTinh": self._settings.moj_province,
            "module": MODULES[kind],
        }
        answer = await self._ask(self._settings.moj_poll_path, question, Polled)
        if answer.status != SUCCESS:
            raise OutOfReach(f"poll refused: {answer.errorCode or answer.status}")
        by_code = {str(entry.get("maHoSoLT", "")).lower(): entry for entry in answer.value}
        return {case: result_of(kind, by_code[str(case)]) for case in cases if str(case) in by_code}

    def _push(self, case: OutwardCase) -> dict[str, Any]:
        settings = self._settings
        return {
            "maDonVi": settings.moj_agency,
            "module": MODULES[case.kind],
            "maHoSoLT": str(case.case_id),
            "maHoSoMCDT": _desk_code(case),
            "ngayTiepNhan": _moment(case.received_at),
            "data": json.dumps(data_of(case, settings.moj_province), ensure_ascii=False),
            "fileDinhKem": [file_of(paper) for paper in case.papers],
        }

    async def _ask(self, path: str, message: Mapping[str, Any], kind: type[M]) -> M:
        """One call by the best way there is. Every message names its cases, so it may be said again by another way."""

        async def by(route: Route) -> M:
            timeout = self._settings.moj_timeout_seconds
            answer = await send(self._client, "POST", route.to(path), timeout, json=message)
            if answer.status_code != httpx.codes.OK:
                raise OutOfReach(f"HTTP {answer.status_code}")
            return read(kind, answer.content)

        return await self._routes.call(by)


@asynccontextmanager
async def ministry_of_justice(settings: GatewaySettings, routes: Routes) -> AsyncIterator[MinistryOfJustice]:
    """The adapter with its connections, for as long as the block lasts."""
    token = settings.moj_token.get_secret_value() if settings.moj_token else ""
    async with ways.client(token=token, header=settings.moj_token_header, connections=settings.moj_parallel) as client:
        yield MinistryOfJustice(client, routes, settings)


def _desk_code(case: OutwardCase) -> str:
    """The dossier's code at the one-stop desk (mã hồ sơ một cửa điện tử). Each twin is a dossier of its own there."""
    return case.dossier_code if case.child_number == 1 else f"{case.dossier_code}-{case.child_number}"


def _moment(instant: datetime) -> str:
    return instant.astimezone(HANOI).strftime(_MOMENT)
