"""Imports as the API takes and gives them: many filings, and what became of each. Values only."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from chassis.text import CleanText
from submission.api.models.filing import FILING_EXAMPLE
from submission.api.models.wire import CODE_EXAMPLE, PUBLIC, ROOT, Wire
from submission.queries.imports import Outcome, Progress, ShownLine

MOST_DOSSIERS = 1000
_ID = "01927f5e-0000-7000-8000-000000000002"


class ImportLine(Wire):
    """A dossier of an import. `reference`: the caller's own name for it, which files once, now and ever after."""

    reference: Annotated[CleanText, Field(min_length=1, max_length=100)]
    filing: dict[str, Any] = Field(description="As POST /v1/dossiers takes it")


class ImportRequest(Wire):
    """Up to a thousand dossiers."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"dossiers": [{"reference": "BV-2026-00017", "filing": FILING_EXAMPLE}]}}
    )

    dossiers: Annotated[list[ImportLine], Field(min_length=1, max_length=MOST_DOSSIERS)]


def links_of(import_id: UUID | str) -> dict[str, str]:
    """Where an import and its lines are."""
    here = f"{ROOT}/dossier-imports/{import_id}"
    return {"self": here, "lines": f"{here}/lines"}


_LINKS: dict[str, Any] = {**links_of(_ID)}


class ImportTaken(Wire):
    """The import is kept and will be worked off."""

    model_config = ConfigDict(json_schema_extra={"example": {"id": _ID, "lines": 1, "links": _LINKS}})

    id: UUID
    lines: int
    links: dict[str, str]


class ImportView(Wire):
    """How far an import has come. `repeated`: the reference was filed before with the same content."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": _ID, "state": "done", "lines": 3, "waiting": 0, "filed": 1, "repeated": 1, "refused": 1,
                "createdAt": "2026-10-12T02:55:00Z", "finishedAt": "2026-10-12T02:55:03Z", "links": _LINKS,
            }
        }
    )  # fmt: skip

    id: UUID
    state: Literal["working", "done"]
    lines: int
    waiting: int
    filed: int
    repeated: int
    refused: int
    created_at: AwareDatetime
    finished_at: datetime | None = None
    links: dict[str, str]

    @classmethod
    def of(cls, progress: Progress) -> Self:
        """As it stands."""
        done = progress.waiting == 0
        return cls(
            id=progress.id,
            state="done" if done else "working",
            lines=progress.lines,
            waiting=progress.waiting,
            filed=progress.filed,
            repeated=progress.repeated,
            refused=progress.refused,
            created_at=progress.created_at,
            finished_at=progress.last_done_at if done else None,
            links=links_of(progress.id),
        )


class ImportLineView(Wire):
    """What became of one line (from 0). `problem`: as POST /v1/dossiers would have answered; its pointers go into the filing."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "line": 0, "reference": "BV-2026-00017", "outcome": "filed", "code": CODE_EXAMPLE,
                "dossier": f"{PUBLIC}/{CODE_EXAMPLE}",
            }
        }
    )  # fmt: skip

    line: int
    reference: str
    outcome: Outcome
    code: str | None = None
    dossier: str | None = None
    problem: dict[str, Any] | None = None

    @classmethod
    def of(cls, row: ShownLine) -> Self:
        """A row of the list."""
        return cls(
            line=row.line,
            reference=row.reference,
            outcome=row.outcome,
            code=row.code,
            dossier=f"{PUBLIC}/{row.code}" if row.code else None,
            problem=row.problem,
        )
