"""The ministries' evaluation system (EMC) as far as the sandbox needs it: takes figures of periods and shows them.

Its real form is not public; this one is our own. Figures of a period count by their correction: a later one replaces them,
the same one again is the same, an earlier one comes too late. `refuse` is its one fault of the business.
"""

from typing import Annotated, Any

from fastapi import FastAPI, Header, HTTPException
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from sandbox.simulators.faults import Desk, Operation, Request, install
from sandbox.simulators.hanoi import Now

FEED = "feed"


class FeedMessage(BaseModel):
    """Figures of a period."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    agency: str = Field(min_length=1)
    kind: str = Field(pattern="^(usage|quarter)$")
    first: str = Field(alias="from", pattern=r"^\d{4}-\d\d-\d\d$")
    last: str = Field(alias="to", pattern=r"^\d{4}-\d\d-\d\d$")
    correction: int = Field(ge=0)
    digest: str
    figures: dict[str, Any]

    @property
    def key(self) -> str:
        """Which period of which feed."""
        return f"{self.kind} {self.first}"


class Evaluation:
    """The figures of every period, each with its corrections."""

    def __init__(self, *, now: Now, token: str) -> None:
        self.token = token
        self._now = now
        self._feeds: dict[str, list[FeedMessage]] = {}
        self.desk = Desk((Operation(FEED, "POST", "/feeds", _keys),), now=now, business_modes=frozenset({"refuse"}))

    def take(self, message: FeedMessage) -> bool:
        """Take figures; False where later ones are there already."""
        held = self._feeds.setdefault(message.key, [])
        if held and message.correction < held[-1].correction:
            return False
        if held and message.correction == held[-1].correction:
            held.pop()
        else:
            self.desk.acted(FEED, message.key)
        held.append(message)
        return True

    def shown(self) -> list[dict[str, Any]]:
        """Everything taken, in order of its periods."""
        return [one.model_dump(by_alias=True) for key in sorted(self._feeds) for one in self._feeds[key]]


def create_app(evaluation: Evaluation) -> FastAPI:
    """The system as provinces see it, and what it holds."""
    app = FastAPI(title="Mô phỏng: hệ thống giám sát, đo lường (EMC)", version="1")

    @app.post("/feeds", response_model=None)
    async def take(message: FeedMessage, authorization: Annotated[str, Header()] = "") -> dict[str, str] | JSONResponse:
        """Take the figures of a period."""
        if authorization != f"Bearer {evaluation.token}":
            raise HTTPException(401, "a token is needed")
        if evaluation.desk.take(FEED, "refuse"):
            return JSONResponse({"status": "refused", "message": "theo kịch bản mô phỏng"}, 422)
        if not evaluation.take(message):
            return JSONResponse({"status": "late", "message": "there is a later correction"}, 422)
        return {"status": "taken"}

    @app.get("/feeds")
    async def feeds() -> list[dict[str, Any]]:
        """Everything taken."""
        return evaluation.shown()

    install(app, evaluation.desk)
    return app


def _keys(request: Request) -> list[str]:
    body = request.json()
    return [f"{body.get('kind')} {body.get('from')}"] if isinstance(body, dict) else [""]
