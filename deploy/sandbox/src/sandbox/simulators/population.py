"""The population database (CSDL quốc gia về dân cư): gives out personal IDs (số định danh cá nhân), shows people.

It may not know why an ID is asked for. Its field names over HTTP are its own: the real message is not public.
Faults of the business: `refuse`; `wrong` (an ID that does not fit, another person); `duplicate` (an ID that somebody has
already, two people for one ID). What it did stays right: only the answer is wrong.
"""

from collections.abc import Mapping
from datetime import date
from random import Random
from typing import Annotated

from fastapi import FastAPI, HTTPException, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from sandbox.simulators.faults import Desk, Operation, Request, install
from sandbox.simulators.hanoi import Now, hanoi_day

MALE, FEMALE = 1, 2
FIRST_CENTURY, LAST_CENTURY = 19, 23
SERIALS = 1_000_000

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)]


class Parent(BaseModel):
    """A parent or representative, as sent with a birth."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)

    full_name: Text
    nationality: str = ""


class Birth(BaseModel):
    """What the population database is told of a newborn, in the order of the law."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)

    full_name: Text
    date_of_birth: date
    sex: int = Field(ge=MALE, le=FEMALE, description="1 nam, 2 nữ: an ID has no digit for an unknown sex")
    province_of_registration: str = Field(pattern=r"^\d{2,3}$", description="01 is Hà Nội")
    native_place: str = ""
    ethnicity: str = ""
    nationality: str = ""
    parents: tuple[Parent, ...] = ()


class Person(BaseModel):
    """A person in the database."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)

    personal_id: str
    birth: Birth


class Refused(Exception):
    """The database will not give an ID; `code` is this simulator's own, `reason` is for an officer."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(code)
        self.code = code
        self.reason = reason


def id_prefix(province: str, sex: int, year: int) -> str:
    """The first six digits of a personal ID: province of registration, century and sex, year of birth.

    Raises ValueError outside 1900–2399 or for a sex other than 1 and 2.
    """
    century = year // 100
    if not FIRST_CENTURY <= century <= LAST_CENTURY or sex not in (MALE, FEMALE):
        raise ValueError("no personal ID exists for this year of birth or sex")
    century_and_sex = 2 * (century - FIRST_CENTURY) + (sex == FEMALE)
    return f"{province:0>3}{century_and_sex}{year % 100:02d}"


class PopulationDatabase:
    """Who is registered, by personal ID, and which case was answered with which ID."""

    def __init__(self, *, now: Now, random: Random) -> None:
        self._now = now
        self._random = random
        self._people: dict[str, Person] = {}
        self._answers: dict[str, Person] = {}
        self.desk = Desk(_OPERATIONS, now=now, business_modes=frozenset({"refuse", "wrong", "duplicate"}))

    @property
    def people(self) -> Mapping[str, Person]:
        """Everyone registered, by personal ID."""
        return self._people

    def enrol(self, personal_id: str, birth: Birth) -> Person:
        """Register someone who has had an ID since before the simulation began."""
        person = Person(personal_id=personal_id, birth=birth)
        self._people[personal_id] = person
        return person

    def give_id(self, case_id: str, birth: Birth) -> Person:
        """The person that `case_id` registers; asked again for the same case, the same person. Raises Refused.

        Twins are two cases, and get two IDs.
        """
        answered = self._answers.get(case_id)
        if answered:
            if answered.birth != birth:
                raise Refused("CASE_DIFFERS", "Mã hồ sơ này đã được cấp số định danh với thông tin khác.")
            return answered
        if self.desk.take("give-id", "refuse"):
            raise Refused("REFUSED", "Cơ sở dữ liệu quốc gia về dân cư từ chối cấp số định danh.")
        if birth.date_of_birth > hanoi_day(self._now()):
            raise Refused("BORN_IN_FUTURE", "Ngày sinh ở trong tương lai.")
        try:
            prefix = id_prefix(birth.province_of_registration, birth.sex, birth.date_of_birth.year)
        except ValueError as wrong:
            raise Refused("NO_SUCH_ID", "Năm sinh hoặc giới tính không có trong cấu trúc số định danh.") from wrong
        person = self.enrol(self._unused(prefix), birth)
        self._answers[case_id] = person
        self.desk.acted("give-id", case_id)
        return person

    def was_answered(self, case_id: str) -> bool:
        """Whether this case already has its ID."""
        return case_id in self._answers

    def somebody_but(self, person: Person) -> Person:
        """Another person; the same where there is no other."""
        return next((other for other in self._people.values() if other != person), person)

    def _unused(self, prefix: str) -> str:
        while (candidate := f"{prefix}{self._random.randrange(SERIALS):06d}") in self._people:
            pass
        return candidate


class IdRequest(BaseModel):
    """A request for a personal ID, by the case (hồ sơ) that needs it."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    case_id: Text
    birth: Birth


def _case(request: Request) -> list[str]:
    body = request.json()
    return [str(body.get("caseId", ""))] if isinstance(body, dict) else [""]


_OPERATIONS = (
    Operation("give-id", "POST", "/personal-ids", _case),
    Operation("look-up", "GET", "/people/[^/]+", lambda request: [request.path.rsplit("/", 1)[-1]]),
)


def create_app(population: PopulationDatabase) -> FastAPI:
    """The database's HTTP face."""
    app = FastAPI(title="Mô phỏng: cơ sở dữ liệu quốc gia về dân cư", version="1")

    @app.post("/personal-ids", status_code=201)
    async def give_id(wanted: IdRequest, response: Response) -> Person:
        """201 with a new ID, 200 with the one this case already got, 422 with a code where refused."""
        if population.was_answered(wanted.case_id):
            response.status_code = 200
        try:
            person = population.give_id(wanted.case_id, wanted.birth)
        except Refused as refused:
            raise HTTPException(422, {"code": refused.code, "reason": refused.reason}) from refused
        if population.desk.take("give-id", "wrong"):
            other_sex = str(int(person.personal_id[3]) ^ 1)
            wrong = f"{person.personal_id[:3]}{other_sex}{person.personal_id[4:]}"
            return person.model_copy(update={"personal_id": wrong})
        return population.somebody_but(person) if population.desk.take("give-id", "duplicate") else person

    @app.get("/people/{personal_id}")
    async def look_up(personal_id: str) -> Person | list[Person]:
        """The person of an ID."""
        person = population.people.get(personal_id)
        if person is None:
            raise HTTPException(404, {"code": "NOT_FOUND", "reason": "Không có người mang số định danh này."})
        if population.desk.take("look-up", "duplicate"):
            return [person, population.somebody_but(person)]
        return population.somebody_but(person) if population.desk.take("look-up", "wrong") else person

    install(app, population.desk)
    return app
