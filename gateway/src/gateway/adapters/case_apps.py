"""The ministries' registers under /r1: an app for each, by which an agency opens a case and follows it. No message is sent here.

The exchange has checked who calls before it calls these: they trust `X-Road-Client`, and are reached by nobody else. Which
dossier a case is of, they check themselves.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, FastAPI, Header, Request, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis import problems
from chassis.etags import IfNoneMatch, etag, not_modified
from chassis.idempotency import PROBLEMS, Stored, act_once
from chassis.problems import BadRequest, FieldError, Text
from chassis.service import Runtime, Work
from contracts.gateway import MinistryCaseKind as Kind
from gateway.adapters import health_card, moj, residence
from gateway.api.models.cases import AskedCase, OpenDeath, OpenHealthCard, OpenMarriage, OpenResidence, Supplement
from gateway.handlers import case_requests as handlers
from gateway.problems.cases import CaseAlreadyOpen, CaseInvalid, CaseNotFound, CaseStepNotAllowed
from gateway.queries import ministry_cases as queries
from gateway.queries.ministry_cases import SeenCase

Opening = OpenDeath | OpenMarriage | OpenResidence | OpenHealthCard

# What opens a case of a register, and the kinds it has. Births are opened by the commune's own registry, with its event.
_REGISTERS: Mapping[str, tuple[Any, frozenset[Kind]]] = {
    moj.NAME: (OpenDeath | OpenMarriage, frozenset({Kind.DEATH, Kind.MARRIAGE})),
    residence.NAME: (OpenResidence, frozenset({Kind.RESIDENCE})),
    health_card.NAME: (OpenHealthCard, frozenset({Kind.HEALTH_CARD})),
}
_TITLES = {
    moj.NAME: "Hộ tịch: khai tử, kết hôn (Bộ Tư pháp)",
    residence.NAME: "Cư trú (Bộ Công an)",
    health_card.NAME: "Thẻ bảo hiểm y tế (Bảo hiểm xã hội Việt Nam)",
}


async def _client(x_road_client: Annotated[str | None, Header(description="The subsystem that calls")] = None) -> str:
    if not x_road_client:
        raise BadRequest(errors=[FieldError("header:X-Road-Client", "missing", Text("Bắt buộc", "Required"))])
    return x_road_client


async def _once(
    client: Annotated[str, Depends(_client)],
    idempotency_key: Annotated[str | None, Header(max_length=255)] = None,
    x_road_id: Annotated[str | None, Header(max_length=255)] = None,
) -> tuple[str, str | None]:
    """Whose action it is, and by which name it is known if it is sent again."""
    return f"r1:{client}", idempotency_key or x_road_id


Client = Annotated[str, Depends(_client)]
Once = Annotated[tuple[str, str | None], Depends(_once)]
Issue = Annotated[str | None, Header(alias="X-Road-Issue", max_length=255, description="The dossier it is about")]


def case_apps(runtime: Runtime) -> Mapping[str, Callable[[], ASGIApp]]:
    """How the app of each register is made, by its name."""
    return {name: partial(_case_app, runtime, name) for name in _REGISTERS}


def _case_app(runtime: Runtime, register: str) -> ASGIApp:
    app = FastAPI(title=_TITLES[register], version="1", docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.runtime = runtime
    problems.install(app)
    wanted, kinds = _REGISTERS[register]

    async def open_case(
        request: Request, asked: Any, client: Client, once: Once, uow: Work, issue: Issue = None
    ) -> Response:
        """Open a case. The same `Idempotency-Key` (or `X-Road-Id`) again gives the first answer."""
        command = _command(asked, client, issue)
        caller, key = once
        return await act_once(
            uow, request, caller=caller, key=key, act=lambda: handlers.open_case(command, uow), render=_created
        )

    open_case.__annotations__["asked"] = wanted
    app.post(
        "/",
        operation_id=f"open-{register}-case",
        summary="Open a case",
        status_code=201,
        response_model=AskedCase,
        responses=problems.responses(problems.BadRequest, CaseAlreadyOpen, CaseInvalid, *PROBLEMS),
    )(open_case)
    _follow(app, register, kinds)
    return _Rooted(app)


def _follow(app: FastAPI, register: str, kinds: frozenset[Kind]) -> None:
    """What is done with a case that is open. Another's, and another register's, is not there."""

    @app.get(
        "/{case_id}",
        operation_id=f"read-{register}-case",
        summary="How a case stands",
        response_model=AskedCase,
        response_model_exclude_none=True,
        responses=problems.responses(CaseNotFound),
    )
    async def read_case(
        case_id: UUID, client: Client, uow: Work, response: Response, if_none_match: IfNoneMatch = None
    ) -> AskedCase | Response:
        """State, the ministry's words, the deadline of a supplement, the result."""
        case = await queries.case_by_id(uow, case_id)
        if case is None or not handlers.Asker(client, kinds).owns(case):
            raise CaseNotFound
        if not_modified(response, case.version, if_none_match):
            return Response(status_code=304, headers=dict(response.headers))
        return AskedCase.of(case)

    @app.post(
        "/{case_id}/supplement",
        operation_id=f"supplement-{register}-case",
        summary="Give what the ministry asked for",
        response_model=AskedCase,
        responses=problems.responses(problems.BadRequest, CaseNotFound, CaseStepNotAllowed, CaseInvalid, *PROBLEMS),
    )
    async def supplement_case(
        request: Request, case_id: UUID, given: Supplement, client: Client, once: Once, uow: Work
    ) -> Response:
        """Only while it waits for one (SUPPLEMENT_AWAITED). The whole case is sent to the ministry again."""
        caller, key = once
        asker = handlers.Asker(client, kinds)
        return await act_once(
            uow,
            request,
            caller=caller,
            key=key,
            act=lambda: handlers.supplement_case(case_id, asker, given.declaration, given.papers, uow),
            render=_shown,
        )

    @app.delete(
        "/{case_id}",
        operation_id=f"withdraw-{register}-case",
        summary="Take a case back",
        response_model_exclude_none=True,
        responses=problems.responses(CaseNotFound, CaseStepNotAllowed),
    )
    async def withdraw_case(case_id: UUID, client: Client, uow: Work) -> AskedCase:
        """Only before it was ever sent: no ministry has a message for taking back what it has."""
        return AskedCase.of(await handlers.withdraw_case(case_id, handlers.Asker(client, kinds), uow))


def _command(asked: Opening, client: str, issue: str | None) -> handlers.OpenCase:
    if issue and asked.dossier_code and issue != asked.dossier_code:
        raise CaseInvalid(
            errors=[FieldError("/dossierCode", "issue", Text("Khác X-Road-Issue", "Differs from X-Road-Issue"))]
        )
    code = asked.dossier_code or issue
    if not code:
        raise CaseInvalid(
            errors=[FieldError("/dossierCode", "missing", Text("Thiếu mã hồ sơ", "The dossier's code is missing"))]
        )
    return handlers.OpenCase(
        asked.kind, code, asked.unit, client, asked.declaration, received_at=asked.received_at, papers=asked.papers
    )


def _created(case: SeenCase) -> Stored:
    body = AskedCase.of(case).model_dump_json(by_alias=True, exclude_none=True)
    return Stored(201, (("Location", str(case.case_id)), ("ETag", etag(case.version))), body)


def _shown(case: SeenCase) -> Stored:
    body = AskedCase.of(case).model_dump_json(by_alias=True, exclude_none=True)
    return Stored(200, (("ETag", etag(case.version)),), body)


class _Rooted:
    """A service called with nothing after its name is called at its root."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"]:
            scope = {**scope, "path": "/", "raw_path": b"/"}
        await self._app(scope, receive, send)
