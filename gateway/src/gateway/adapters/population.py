"""The population database (CSDL quốc gia về dân cư, Bộ Công an) over HTTP. It keeps nothing, and logs nothing of a person.

Its real message is not public: field names are this gateway's own, and no compatibility is claimed. The register as it is
simulated only looks people up, so given data are compared here; one that compares by itself changes this module alone.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any
from uuid import UUID

import httpx
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel

from chassis.text import CleanText, nfc
from contracts.codes import Sex
from gateway.adapters.routes import Routes, send
from gateway.domain.connection_mode import Route
from gateway.domain.population import Birth, GivenData, Match, Parent, RegisteredPerson, compared, id_fits, same_birth
from gateway.ports import OutOfReach, Rejected

NAME = "population"
_LONGEST = 500
_Line = Annotated[CleanText, StringConstraints(max_length=255)]


class _Said(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore")


class _Parent(_Said):
    full_name: _Line
    nationality: _Line = ""


class _Birth(_Said):
    full_name: _Line
    date_of_birth: date
    sex: Sex
    province_of_registration: Annotated[str, StringConstraints(pattern=r"^[0-9]{2,3}$")]
    native_place: _Line = ""
    ethnicity: _Line = ""
    nationality: _Line = ""
    parents: tuple[_Parent, ...] = ()


class _Person(_Said):
    personal_id: Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
    birth: _Birth

    def person(self) -> RegisteredPerson:
        said = self.birth
        parents = tuple(Parent(one.full_name, one.nationality) for one in said.parents)
        values = {name: getattr(said, name) for name in _Birth.model_fields if name != "parents"}
        return RegisteredPerson(self.personal_id, Birth(**values, parents=parents))


class PopulationRegisterByHttp:
    """`PopulationRegister` by way of its HTTP face."""

    def __init__(self, http: httpx.AsyncClient, routes: Routes, timeout_seconds: float) -> None:
        self._http = http
        self._routes = routes
        self._timeout_seconds = timeout_seconds

    async def issue(self, case_id: UUID, birth: Birth) -> RegisteredPerson | Rejected:
        """201 gives an ID, 200 the one this case has, 422 refuses it in words."""
        message = {"caseId": str(case_id), "birth": _message(birth)}

        async def by(route: Route) -> RegisteredPerson | Rejected:
            answer = await send(self._http, "POST", route.to("/personal-ids"), self._timeout_seconds, json=message)
            if answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
                return _refusal(answer)
            if answer.status_code not in (httpx.codes.OK, httpx.codes.CREATED):
                raise OutOfReach(f"HTTP {answer.status_code}")
            person = _read(answer)
            # An ID of somebody else, once handed on, is in a register of births for good.
            if not same_birth(person.birth, birth):
                raise OutOfReach("the answer is about another birth")
            if not id_fits(person.personal_id, birth):
                raise OutOfReach("the ID does not fit the birth")
            return person

        return await self._routes.call(by)

    async def look_up(self, personal_id: str) -> RegisteredPerson | None:
        """The person of an ID, which must be one: it becomes part of an address."""

        async def by(route: Route) -> RegisteredPerson | None:
            answer = await send(self._http, "GET", route.to(f"/people/{personal_id}"), self._timeout_seconds)
            if answer.status_code == httpx.codes.NOT_FOUND:
                _check_not_found(answer)
                return None
            if answer.status_code != httpx.codes.OK:
                raise OutOfReach(f"HTTP {answer.status_code}")
            person = _read(answer)
            if person.personal_id != personal_id:
                raise OutOfReach("the answer is about another person")
            return person

        return await self._routes.call(by)

    async def verify(self, personal_id: str, given: GivenData) -> Mapping[str, Match] | None:
        """Which of the given data match; None where nobody has the ID."""
        person = await self.look_up(personal_id)
        return compared(given, person.birth) if person is not None else None


def _message(birth: Birth) -> dict[str, Any]:
    return {
        "fullName": birth.full_name,
        "dateOfBirth": birth.date_of_birth.isoformat(),
        "sex": birth.sex.value,
        "provinceOfRegistration": birth.province_of_registration,
        "nativePlace": birth.native_place,
        "ethnicity": birth.ethnicity,
        "nationality": birth.nationality,
        "parents": [{"fullName": parent.full_name, "nationality": parent.nationality} for parent in birth.parents],
    }


def _read(answer: httpx.Response) -> RegisteredPerson:
    try:
        return _Person.model_validate_json(answer.content).person()
    except ValidationError:
        raise OutOfReach("unintelligible answer") from None  # the error would quote it


def _refusal(answer: httpx.Response) -> Rejected:
    detail = _detail(answer)
    if not isinstance(detail.get("reason"), str):
        raise OutOfReach("HTTP 422")
    return Rejected((nfc(detail["reason"])[:_LONGEST],))


def _check_not_found(answer: httpx.Response) -> None:
    """A 404 counts as nobody only in the register's own words: any server answers so to an address that it does not have."""
    if _detail(answer).get("code") != "NOT_FOUND":
        raise OutOfReach("HTTP 404")


def _detail(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    detail = body.get("detail") if isinstance(body, dict) else None
    return detail if isinstance(detail, dict) else {}
