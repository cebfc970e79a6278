"""The population database under /r1: look people up, verify given data, have IDs issued. It keeps nothing.

The exchange has checked who calls, for which person and which dossier, and has left the trace of it before it calls this:
the app trusts its headers, and is reached by nobody else.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Header, Path, Request, Response
from starlette.types import ASGIApp

from chassis import problems
from chassis.clock import hanoi_day
from chassis.problems import FieldError, InvalidPayload, Text
from chassis.service import Runtime
from chassis.telemetry.logging import get_logger
from chassis.text import CleanText
from gateway.adapters.connections import kept_client
from gateway.adapters.population import NAME, PopulationRegisterByHttp
from gateway.adapters.routes import routes_of
from gateway.api.models.population import AskedId, IssuedId, PersonView, Verification, Verified
from gateway.domain.population import Birth, has_id_digits
from gateway.ports import OutOfReach, PopulationRegister, Rejected
from gateway.problems.population import (
    PersonalIdNotGiven,
    PopulationFieldNotGranted,
    PopulationOutOfReach,
    RegisteredPersonNotFound,
)
from gateway.queries import accesses
from gateway.settings import settings_of

_log = get_logger(NAME)

PersonalId = Annotated[str, Path(pattern=r"^[0-9]{12}$", description="Số định danh cá nhân")]
Fields = Annotated[
    str | None,
    Header(alias="X-LGSP-Fields", max_length=2000, description="Fields the grant allows, by commas; without it all"),
]
Issue = Annotated[
    CleanText, Header(alias="X-Road-Issue", min_length=1, max_length=200, description="Dossier it is needed for")
]


async def _uncached(response: Response) -> None:
    response.headers["Cache-Control"] = "no-store"  # nobody on the way keeps what is said of a person


router = APIRouter(dependencies=[Depends(_uncached)])


async def _register(request: Request) -> PopulationRegister:
    runtime: Runtime = request.app.state.runtime
    settings = settings_of(runtime)
    routes = routes_of(runtime, NAME, url=settings.population_url)
    if routes is None:
        raise PopulationOutOfReach(Text("Chưa cấu hình kết nối", "No connection is configured"))
    return PopulationRegisterByHttp(request.app.state.http, routes, settings.register_timeout_seconds)


Register = Annotated[PopulationRegister, Depends(_register)]


def population_app(runtime: Runtime) -> ASGIApp:
    """The app of the population database."""
    app = FastAPI(
        title="Cơ sở dữ liệu quốc gia về dân cư", version="1", docs_url=None, redoc_url=None, redirect_slashes=False
    )
    token = settings_of(runtime).population_token
    app.state.runtime = runtime
    app.state.http = kept_client(runtime, token.get_secret_value() if token is not None else None)
    problems.install(app)
    app.include_router(router)
    return app


@router.get(
    "/people/{personal_id}",
    operation_id="look-up-person",
    summary="Tra cứu thông tin công dân / Look a person up",
    response_model_exclude_none=True,
    responses=problems.responses(RegisteredPersonNotFound, InvalidPayload, PopulationOutOfReach),
)
async def look_up(personal_id: PersonalId, population: Register, fields: Fields = None) -> PersonView:
    """What the register has of the person, as far as the grant allows."""
    try:
        person = await population.look_up(personal_id)
    except OutOfReach as reason:
        raise _away(reason) from None
    if person is None:
        raise RegisteredPersonNotFound
    return PersonView.of(person, _allowed(fields))


@router.post(
    "/people/{personal_id}/verification",
    operation_id="verify-person",
    summary="Đối chiếu thông tin công dân / Hold given data against the register",
    responses=problems.responses(
        RegisteredPersonNotFound, InvalidPayload, PopulationFieldNotGranted, PopulationOutOfReach
    ),
)
async def verify(personal_id: PersonalId, given: Verification, population: Register, fields: Fields = None) -> Verified:
    """Which of them match. What the register has is not shown. It reads only, so it may be repeated freely."""
    asked, allowed = given.asked, _allowed(fields)
    if not asked:
        nothing = Text("Cần ít nhất một trường", "Give a field to compare")
        raise InvalidPayload(errors=[FieldError("", "min_properties", nothing)])
    if allowed is not None and asked - allowed:
        raise PopulationFieldNotGranted(fields=sorted(asked - allowed))
    try:
        matches = await population.verify(personal_id, given.given())
    except OutOfReach as reason:
        raise _away(reason) from None
    if matches is None:
        raise RegisteredPersonNotFound
    return Verified.of(matches)


@router.post(
    "/personal-ids",
    operation_id="issue-personal-id",
    summary="Cấp số định danh cá nhân / Have a personal ID issued",
    responses=problems.responses(PersonalIdNotGiven, PopulationOutOfReach),
)
async def issue(asked: AskedId, request: Request, population: Register, dossier: Issue) -> IssuedId:
    """For the birth of a case. The same case again gives the same ID, so no key of its own is needed to repeat it."""
    runtime: Runtime = request.app.state.runtime
    birth = asked.birth.birth()
    _check_birth(birth, runtime)
    await _check_dossier(dossier, runtime)
    try:
        given = await population.issue(asked.case_id, birth)
    except OutOfReach as reason:
        raise _away(reason) from None
    if isinstance(given, Rejected):
        raise PersonalIdNotGiven(words=list(given.words))
    return IssuedId(case_id=asked.case_id, personal_id=given.personal_id)


def _allowed(fields: str | None) -> frozenset[str] | None:
    return None if fields is None else frozenset(name.strip() for name in fields.split(","))


def _check_birth(birth: Birth, runtime: Runtime) -> None:
    """What is certain before the register is asked."""
    errors = []
    if birth.date_of_birth > hanoi_day(runtime.clock.now()):
        future = Text("Ngày sinh ở trong tương lai", "The date of birth is yet to come")
        errors.append(FieldError("/birth/dateOfBirth", "not_in_future", future))
    if not has_id_digits(birth):
        none = Text("Không có số định danh cho giới tính, năm sinh này", "No ID exists for this sex and year of birth")
        errors.append(FieldError("/birth/sex", "has_id", none))
    if errors:
        raise PersonalIdNotGiven(errors=errors)


async def _check_dossier(code: str, runtime: Runtime) -> None:
    async with runtime.database.begin() as uow:
        dossier = await accesses.standing(uow, code, "")
    if dossier is None or not dossier.live:
        not_live = Text("Không có hồ sơ đang giải quyết mang mã này", "No live dossier has this code")
        raise PersonalIdNotGiven(errors=[FieldError("header:X-Road-Issue", "live-dossier", not_live)])


def _away(reason: OutOfReach) -> PopulationOutOfReach:
    _log.warning("population database out of reach", adapter=NAME, reason=reason.reason)
    return PopulationOutOfReach()
