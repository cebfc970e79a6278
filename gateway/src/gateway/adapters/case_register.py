"""A register of cases spoken with in this gateway's own JSON: for ministries whose interchange is not public.

It is compatible with no ministry's software: it holds the place of an adapter until there is a text to write one from,
and works against the sandbox's simulators. `POST /cases` hands a case over, `PUT /cases/{caseId}` hands it over again
supplemented, `POST /cases/states` asks how cases stand. The same case again changes nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

import httpx
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel

from contracts.gateway import MinistryCaseKind
from gateway.adapters.routes import Routes, send
from gateway.domain.connection_mode import Route
from gateway.ports import (
    Accepted,
    Entered,
    OutOfReach,
    OutwardCase,
    Rejected,
    Result,
    SupplementWanted,
    Unreadable,
    Waiting,
)

Words = Annotated[list[Annotated[str, StringConstraints(max_length=500)]], Field(max_length=20)]
Short = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class _Answer(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore")


A = TypeVar("A", bound=_Answer)


class _Refusal(_Answer):
    words: Words


class RegisterResult(_Answer):
    """What a register says of a case that is done."""

    number: Short | None = None
    card_number: Short | None = None
    on: date | None = None


class _State(_Answer):
    case_id: UUID
    state: Literal["waiting", "supplement", "done", "refused"]
    words: Words = []
    supplement_by: date | None = None
    result: RegisterResult | None = None


class _States(_Answer):
    items: list[dict[str, Any]]


ReadResult = Callable[[RegisterResult], Entered | None]


@dataclass(frozen=True)
class CaseRegister:
    """`CaseOffice` for one kind. `entered` reads a result, None where what must be in it is not."""

    name: str
    kind: MinistryCaseKind
    client: httpx.AsyncClient
    routes: Routes
    timeout_seconds: float
    entered: ReadResult

    @property
    def kinds(self) -> tuple[MinistryCaseKind, ...]:
        """See the port."""
        return (self.kind,)

    def calls_allowed(self, most: int) -> int:
        """See the port."""
        return self.routes.calls_allowed(most)

    async def submit(self, case: OutwardCase) -> Accepted | Rejected:
        """201 takes the case, 200 had it, 422 refuses it with words."""
        return await self._hand_over("POST", "/cases", case)

    async def supplement(self, case: OutwardCase) -> Accepted | Rejected:
        """The case again, whole, as it is now."""
        return await self._hand_over("PUT", f"/cases/{case.case_id}", case)

    async def results(self, _: MinistryCaseKind, cases: Sequence[UUID]) -> Mapping[UUID, Result]:
        """How these cases stand."""

        async def by(route: Route) -> _States:
            question = {"caseIds": [str(case) for case in cases]}
            answer = await send(self.client, "POST", route.to("/cases/states"), self.timeout_seconds, json=question)
            if answer.status_code != httpx.codes.OK:
                raise OutOfReach(f"HTTP {answer.status_code}")
            return _read(_States, answer.content)

        asked = {str(case): case for case in cases}
        found: dict[UUID, Result] = {}
        for item in (await self.routes.call(by)).items:
            case = asked.get(str(item.get("caseId", "")).lower())
            if case is not None:
                found[case] = self._result(item)
        return found

    async def _hand_over(self, method: str, path: str, case: OutwardCase) -> Accepted | Rejected:
        message = {
            "caseId": str(case.case_id),
            "dossierCode": case.dossier_code,
            "unit": case.unit,
            "receivedAt": case.received_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "request": case.declaration.model_dump(mode="json", by_alias=True, exclude_none=True),
            "papers": [
                paper.model_dump(mode="json", by_alias=True, exclude={"content"} if paper.withdrawn else set())
                for paper in case.papers
            ],
        }

        async def by(route: Route) -> Accepted | Rejected:
            answer = await send(self.client, method, route.to(path), self.timeout_seconds, json=message)
            if answer.status_code in (httpx.codes.OK, httpx.codes.CREATED):
                return Accepted()
            if answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
                return Rejected(tuple(_read(_Refusal, answer.content).words))
            raise OutOfReach(f"HTTP {answer.status_code}")

        return await self.routes.call(by)

    def _result(self, item: Mapping[str, Any]) -> Result:
        try:
            read = _State.model_validate(item)
        except ValidationError as error:
            return Unreadable("state: " + ", ".join(".".join(map(str, one["loc"])) for one in error.errors()[:5]))
        match read.state:
            case "waiting":
                return Waiting()
            case "supplement":
                return SupplementWanted(tuple(read.words), read.supplement_by)
            case "refused":
                return Rejected(tuple(read.words))
            case "done":
                entered = self.entered(read.result) if read.result else None
                return entered or Unreadable("state: done without a result")


def _read(kind: type[A], content: bytes) -> A:
    try:
        return kind.model_validate_json(content)
    except ValidationError:
        raise OutOfReach("unintelligible answer") from None  # the error would quote it
