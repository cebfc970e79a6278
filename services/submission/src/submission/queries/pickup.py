"""SQL of pick-up: originals shown, and results handed over at the counter or by post. No rule lives here."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from chassis.database import UnitOfWork
from submission.domain.pickup import Outcome, PaperKind, Person, Shown

_SHOW = text("""
INSERT INTO originals_shown (dossier_code, at, officer, shown, shown_by)
VALUES (:code, :at, :officer, CAST(:shown AS jsonb), CAST(:shown_by AS jsonb))""")
_SHOWINGS = text(
    "SELECT at, officer, shown, shown_by FROM originals_shown WHERE dossier_code = :code ORDER BY position"
)

_STANDING = text("""
SELECT
    (SELECT coalesce(jsonb_agg(shown ORDER BY position), '[]') FROM originals_shown WHERE dossier_code = :code) AS shown,
    (SELECT tracking_number FROM handovers WHERE dossier_code = :code AND outcome IS NULL) AS on_the_way""")

_HANDOVER = "by_way_of, at, officer, receiver, carrier, tracking_number, outcome, outcome_at, outcome_by"
_TO_PERSON = text("""
INSERT INTO handovers (dossier_code, by_way_of, at, officer, receiver, outcome, outcome_at, outcome_by)
VALUES (:code, 'counter', :at, :officer, CAST(:receiver AS jsonb), 'delivered', :at, :officer)""")
_TO_POST = text(f"""
INSERT INTO handovers (dossier_code, by_way_of, at, officer, carrier, tracking_number)
VALUES (:code, 'post', :at, :officer, :carrier, :tracking_number) RETURNING {_HANDOVER}""")  # noqa: S608 - constants
_END = text(f"""
UPDATE handovers SET outcome = :outcome, outcome_at = :outcome_at, outcome_by = :officer
WHERE dossier_code = :code AND outcome IS NULL RETURNING {_HANDOVER}""")  # noqa: S608 - constants
_HANDOVERS = text(f"SELECT {_HANDOVER} FROM handovers WHERE dossier_code = :code ORDER BY position")  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class Showing:
    """One time that originals were shown. `by` is None once it has been erased."""

    at: datetime
    officer: str
    shown: tuple[Shown, ...]
    by: Person | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands in the way of a handover: all papers shown, in order; the consignment that is on the way."""

    showings: tuple[tuple[Shown, ...], ...]
    on_the_way: str | None


@dataclass(frozen=True, slots=True)
class Handover:
    """One handing over of the result. `outcome` is None while the post has it; `receiver` where it was at the counter."""

    by_post: bool
    at: datetime
    officer: str
    receiver: Person | None
    carrier: str | None
    tracking_number: str | None
    outcome: Outcome | None
    outcome_at: datetime | None
    outcome_by: str | None


async def show(uow: UnitOfWork, code: str, showing: Showing) -> None:
    """Keep what was shown, and by whom."""
    parameters = {
        "code": code,
        "at": showing.at,
        "officer": showing.officer,
        "shown": json.dumps([asdict(paper) for paper in showing.shown], ensure_ascii=False),
        "shown_by": _person_json(showing.by),
    }
    await uow.execute(_SHOW, parameters)


async def showings(uow: UnitOfWork, code: str) -> list[Showing]:
    """Every time that originals were shown, in order."""
    rows = await uow.execute(_SHOWINGS, {"code": code})
    return [Showing(row.at, row.officer, _shown(row.shown), _person(row.shown_by)) for row in rows]


async def standing(uow: UnitOfWork, code: str) -> Standing:
    """What must be known before a result leaves the desk."""
    row = (await uow.execute(_STANDING, {"code": code})).one()
    return Standing(tuple(_shown(showing) for showing in row.shown), row.on_the_way)


async def hand_to(uow: UnitOfWork, code: str, *, officer: str, receiver: Person | None) -> None:
    """The result went over the counter."""
    parameters = {"code": code, "at": uow.now, "officer": officer, "receiver": _person_json(receiver)}
    await uow.execute(_TO_PERSON, parameters)


async def post(uow: UnitOfWork, code: str, *, officer: str, carrier: str, tracking_number: str) -> Handover:
    """The result went to the post."""
    parameters = {
        "code": code, "at": uow.now, "officer": officer, "carrier": carrier, "tracking_number": tracking_number,
    }  # fmt: skip
    return _handover((await uow.execute(_TO_POST, parameters)).one())


async def end(uow: UnitOfWork, code: str, *, officer: str, outcome: Outcome, at: datetime) -> Handover | None:
    """The consignment that is on the way has ended; None if none was."""
    row = (
        await uow.execute(_END, {"code": code, "officer": officer, "outcome": outcome.value, "outcome_at": at})
    ).one_or_none()
    return _handover(row) if row is not None else None


async def handovers(uow: UnitOfWork, code: str) -> Sequence[Handover]:
    """Every handing over, in order."""
    return [_handover(row) for row in await uow.execute(_HANDOVERS, {"code": code})]


def _shown(papers: list[dict[str, Any]]) -> tuple[Shown, ...]:
    return tuple(Shown(**paper | {"kind": PaperKind(paper["kind"])}) for paper in papers)


def _person(content: dict[str, Any] | None) -> Person | None:
    return Person(**content) if content else None


def _person_json(person: Person | None) -> str | None:
    return json.dumps(asdict(person), ensure_ascii=False) if person is not None else None


def _handover(row: Row[Any]) -> Handover:
    return Handover(
        row.by_way_of == "post",
        row.at,
        row.officer,
        _person(row.receiver),
        row.carrier,
        row.tracking_number,
        Outcome(row.outcome) if row.outcome else None,
        row.outcome_at,
        row.outcome_by,
    )
