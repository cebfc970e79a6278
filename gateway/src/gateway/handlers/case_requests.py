"""Use cases of those who ask: open a case at a ministry, supplement it, take it back, try it now. They alone commit these."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from chassis.clock import hanoi_day
from chassis.database import UnitOfWork
from chassis.ids import new_id
from chassis.problems import FieldError, Text
from chassis.telemetry.tracing import current_traceparent
from contracts.gateway import MinistryCaseKind
from gateway.case_declarations import DECLARATIONS, MOST_PAPERS, Declaration, Paper, too_young, with_supplement
from gateway.domain.ministry_case import News, State, may_be
from gateway.ports import OutwardCase
from gateway.problems.cases import CaseAlreadyOpen, CaseInvalid, CaseNotFound, CaseStepNotAllowed
from gateway.queries import accesses
from gateway.queries import ministry_cases as queries
from gateway.queries.ministry_cases import SeenCase

_NOT_LIVE = Text("Không có hồ sơ đang giải quyết mang mã này", "No live dossier has this code")
_TOO_YOUNG = Text("Chưa đủ tuổi kết hôn", "Below the age of marriage")


@dataclass(frozen=True)
class OpenCase:
    """Hand a dossier to a ministry's register, for the subsystem `asked_by`."""

    kind: MinistryCaseKind
    dossier_code: str
    unit: str
    asked_by: str
    declaration: Declaration = field(repr=False)
    received_at: datetime | None = None
    papers: tuple[Paper, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Asker:
    """Who asks after a case, and of which register: what another opened, or at another register, is not there."""

    client: str
    kinds: frozenset[MinistryCaseKind]

    def owns(self, case: SeenCase) -> bool:
        """Whether the case is this one's."""
        return case.asked_by == self.client and case.kind in self.kinds


async def open_case(command: OpenCase, uow: UnitOfWork) -> SeenCase:
    """Put it in line. Raises CaseInvalid; CaseAlreadyOpen where the dossier has such a case.

    The purpose is the dossier itself: it must be live. The persons stand in the declaration, where no address names them.
    """
    received_at = command.received_at or uow.now
    dossier = await accesses.standing(uow, command.dossier_code)
    if dossier is None or not dossier.live:
        raise CaseInvalid(errors=[FieldError("/dossierCode", "live-dossier", _NOT_LIVE)])
    _check(command.declaration, received_at)
    case = OutwardCase(
        command.kind,
        command.dossier_code,
        new_id(),
        command.unit,
        received_at,
        command.declaration,
        papers=with_supplement((), command.papers),
    )
    if not await queries.take_case(uow, case, current_traceparent(), command.asked_by):
        raise CaseAlreadyOpen(kind=command.kind.value)
    return await uow.commit(await _seen(uow, case.case_id))


async def supplement_case(
    case_id: UUID, asker: Asker, declaration: Mapping[str, Any] | None, papers: Sequence[Paper], uow: UnitOfWork
) -> SeenCase:
    """Add what the ministry asked for, and put the case in line to be sent again.

    Raises CaseNotFound, CaseStepNotAllowed, CaseInvalid.
    """
    seen, whole = await _own(uow, case_id, asker)
    if whole is None or not may_be(News.SUPPLEMENTED, seen.state):
        raise CaseStepNotAllowed(state=seen.state.value)
    declared = whole.declaration if declaration is None else _read(seen.kind, declaration)
    _check(declared, seen.received_at)
    merged = with_supplement(whole.papers, papers)
    if len(merged) > MOST_PAPERS:
        raise CaseInvalid(errors=[FieldError("/papers", "too_long", Text("Quá nhiều giấy tờ", "Too many papers"))])
    await queries.supplement_case(uow, replace(whole, declaration=declared, papers=merged))
    return await uow.commit(await _seen(uow, case_id))


async def withdraw_case(case_id: UUID, asker: Asker, uow: UnitOfWork) -> SeenCase:
    """Take back a case that was never sent. Raises CaseNotFound, CaseStepNotAllowed."""
    seen, _ = await _own(uow, case_id, asker)
    # A try whose answer was lost may have acted: what may be there cannot be taken back here.
    if seen.attempts or not may_be(News.WITHDRAWN, seen.state):
        raise CaseStepNotAllowed(state=seen.state.value)
    await queries.move_case(uow, case_id, State.TO_PUSH, State.WITHDRAWN)
    return await uow.commit(await _seen(uow, case_id))


async def retry_now(case_id: UUID, uow: UnitOfWork) -> SeenCase:
    """Make a case due, whatever pause it is in. Raises CaseNotFound; CaseStepNotAllowed for one that has ended."""
    seen = await _seen(uow, case_id)
    if seen.state.ends:
        raise CaseStepNotAllowed(state=seen.state.value)
    await queries.retry_now(uow, case_id)
    return await uow.commit(seen)


async def _own(uow: UnitOfWork, case_id: UUID, asker: Asker) -> tuple[SeenCase, OutwardCase | None]:
    found = await queries.locked_case(uow, case_id)
    if found is None or not asker.owns(found[0]):
        raise CaseNotFound
    return found


async def _seen(uow: UnitOfWork, case_id: UUID) -> SeenCase:
    seen = await queries.case_by_id(uow, case_id)
    if seen is None:
        raise CaseNotFound
    return seen


def _check(declaration: Declaration, received_at: datetime) -> None:
    """The rules that are known before a ministry is asked."""
    if young := too_young(declaration, hanoi_day(received_at)):
        raise CaseInvalid(
            errors=[FieldError(f"/declaration/{name}/dateOfBirth", "marriage-age", _TOO_YOUNG) for name in young]
        )


def _read(kind: MinistryCaseKind, declaration: Mapping[str, Any]) -> Declaration:
    try:
        return DECLARATIONS[kind].model_validate(declaration)
    except ValidationError as error:
        raise CaseInvalid(
            errors=[
                FieldError(
                    "/declaration/" + "/".join(map(str, item["loc"])),
                    str(item["type"]),
                    Text("Giá trị không hợp lệ", "Not valid"),
                )
                for item in error.errors()[:50]
            ]
        ) from None  # the error would quote it
