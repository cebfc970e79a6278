"""A ministry's register that takes cases by JSON: what police residence and social insurance have in common here.

Their real interchanges are not public; this one is the sandbox's own and claims to be like neither. `POST /cases` takes a
case once, `PUT /cases/{caseId}` the supplement it waits for, `POST /cases/states` tells how cases stand.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import FastAPI, Header, HTTPException, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from sandbox.simulators.faults import Desk, Operation, Request, install
from sandbox.simulators.hanoi import Now, hanoi_day

SUPPLEMENT_DAYS = 7
WANTED = "Cần bổ sung giấy tờ theo kịch bản mô phỏng."
REFUSED = "Hồ sơ bị từ chối theo kịch bản mô phỏng."


class _Words(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class Handed(_Words):
    """A case as it is handed over."""

    case_id: str = Field(min_length=1, max_length=64)
    dossier_code: str = Field(min_length=1, max_length=64)
    unit: str
    received_at: datetime
    request: dict[str, Any]
    papers: list[dict[str, Any]] = []


class Question(_Words):
    """Which cases are asked after."""

    case_ids: list[str] = Field(min_length=1, max_length=1000)


@dataclass
class Case:
    """A case as the register keeps it."""

    handed: Handed
    refused: bool = False
    supplement_by: date | None = None
    polls: int = 0
    result: dict[str, object] | None = None
    words: list[str] = field(default_factory=list)


Check = Callable[[dict[str, Any]], list[str]]
"""What is wrong with a request, in words; the case is then not taken."""
Enter = Callable[[int, dict[str, Any], date], dict[str, object]]
"""The result of the register's n-th entry, for that request, made on that day."""


class Register:
    """The cases of one register. A case waits one poll long, is processed one, and is then entered."""

    def __init__(self, *, now: Now, token: str, check: Check, enter: Enter) -> None:
        self.token = token
        self.desk = Desk(_OPERATIONS, now=now, business_modes=_MODES)
        self._now = now
        self._check = check
        self._enter = enter
        self._cases: dict[str, Case] = {}
        self._entries = 0

    def take(self, handed: Handed) -> bool:
        """Take a case; False where it was taken before, and then nothing changes. Raises ValueError with words."""
        if handed.case_id in self._cases:
            return False
        if wrong := self._check(handed.request):
            raise ValueError(*wrong)
        case = Case(handed)
        if self.desk.take("submit", "refuse"):
            case.refused, case.words = True, [REFUSED]
        elif self.desk.take("submit", "supplement"):
            case.supplement_by, case.words = self._today() + timedelta(days=SUPPLEMENT_DAYS), [WANTED]
        self._cases[handed.case_id] = case
        self.desk.acted("submit", handed.case_id)
        return True

    def supplement(self, case_id: str, handed: Handed) -> None:
        """Take what a case waits for; one that waits for nothing stays as it is. Raises KeyError, ValueError with words."""
        case = self._cases[case_id]
        if case.supplement_by is None:
            return
        if wrong := self._check(handed.request):
            raise ValueError(*wrong)
        case.handed, case.supplement_by, case.words = handed, None, []
        self.desk.acted("supplement", case_id)

    def states(self, question: Question) -> list[dict[str, object]]:
        """How each case asked for stands; one that is not known is left out."""
        items = [self._state(self._cases[case_id]) for case_id in question.case_ids if case_id in self._cases]
        if self.desk.take("states", "wrong"):
            return [item | {"state": "done", "result": {}} for item in items]
        return items * 2 if self.desk.take("states", "duplicate") else items

    def handed(self, case_id: str) -> Handed:
        """A case as it was last handed over."""
        return self._cases[case_id].handed

    def _state(self, case: Case) -> dict[str, object]:
        case.polls += 1
        if case.polls <= 2:
            state = "waiting"
        elif case.supplement_by is not None and self._today() <= case.supplement_by:
            state = "supplement"
        elif case.supplement_by is not None or case.refused:
            case.refused, case.words = True, case.words or [REFUSED]
            state = "refused"
        else:
            self._register(case)
            state = "done"
        return {
            "caseId": case.handed.case_id,
            "state": state,
            "words": case.words if state in ("supplement", "refused") else [],
            "supplementBy": case.supplement_by.isoformat() if state == "supplement" and case.supplement_by else None,
            "result": case.result if state == "done" else None,
        }

    def _register(self, case: Case) -> None:
        if case.result is None:
            self._entries += 1
            case.result = self._enter(self._entries, case.handed.request, self._today())
            self.desk.acted("register", case.handed.case_id)

    def _today(self) -> date:
        return hanoi_day(self._now())


def create_app(register: Register, title: str) -> FastAPI:
    """The register's HTTP face."""
    app = FastAPI(title=title, version="1")

    def known(authorization: str) -> None:
        if not secrets.compare_digest(authorization.encode(), f"Bearer {register.token}".encode()):
            raise HTTPException(401, "a token is needed")

    @app.post("/cases", status_code=201, response_model=None)
    async def submit(handed: Handed, response: Response, authorization: Annotated[str, Header()] = "") -> Any:
        """201 takes a case, 200 had it, 422 refuses to take it, with words."""
        known(authorization)
        try:
            if not register.take(handed):
                response.status_code = 200
        except ValueError as wrong:
            return _refusal(wrong)
        return {"caseId": handed.case_id}

    @app.put("/cases/{case_id}", response_model=None)
    async def supplement(case_id: str, handed: Handed, authorization: Annotated[str, Header()] = "") -> Any:
        """The case again, whole, as it is now."""
        known(authorization)
        try:
            register.supplement(case_id, handed)
        except KeyError:
            raise HTTPException(404, "no such case") from None
        except ValueError as wrong:
            return _refusal(wrong)
        return {"caseId": case_id}

    @app.post("/cases/states")
    async def states(question: Question, authorization: Annotated[str, Header()] = "") -> dict[str, Any]:
        """How these cases stand: waiting, supplement, done, refused."""
        known(authorization)
        return {"items": register.states(question)}

    install(app, register.desk)
    return app


def _refusal(wrong: ValueError) -> Response:
    return JSONResponse({"words": [str(word) for word in wrong.args]}, 422)


def _handed(request: Request) -> list[str]:
    body = request.json()
    return [str(body.get("caseId", ""))] if isinstance(body, dict) else [""]


def _asked(request: Request) -> list[str]:
    body = request.json()
    ids = body.get("caseIds") if isinstance(body, dict) else None
    return [str(case_id) for case_id in ids] if isinstance(ids, list) else [""]


_MODES = frozenset({"refuse", "supplement", "duplicate", "wrong"})
"""refuse, supplement: what is to become of the next case. duplicate, wrong: how the next question is answered."""

_OPERATIONS = (
    Operation("states", "POST", "/cases/states", _asked),
    Operation("submit", "POST", "/cases", _handed),
    Operation("supplement", "PUT", "/cases/[^/]+", _handed),
)
