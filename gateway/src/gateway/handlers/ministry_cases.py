"""Use cases of the ministry desk: what to do with what a ministry said. The only place that commits it."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from chassis.database import UnitOfWork
from chassis.inbox import Received
from chassis.telemetry.tracing import Tracing, current_traceparent
from contracts.civil_registry import BirthRegistrationRequested
from contracts.event import Event
from contracts.gateway import (
    BirthRegistrationDeclined,
    MinistryCaseAnswered,
    MinistryCaseKind,
    MinistryEntry,
    MinistrySupplementRequested,
    PersonalIdIssued,
)
from gateway.domain.breaker import delay_after
from gateway.domain.ministry_case import ASKED_AFTER, TRANSITIONS, News, State
from gateway.ports import (
    Accepted,
    Entered,
    OutwardCase,
    Registered,
    Rejected,
    Result,
    SupplementWanted,
    Unreadable,
    Waiting,
)
from gateway.queries import ministry_cases as queries
from gateway.queries.ministry_cases import ClaimedCase


async def take_birth_case(event: Received[BirthRegistrationRequested], uow: UnitOfWork) -> None:
    """The commune asks for a personal ID: put the case in line for the Ministry."""
    asked = event.data
    case = OutwardCase(
        MinistryCaseKind.BIRTH,
        asked.dossier_code,
        asked.case_id,
        asked.unit,
        asked.received_at,
        asked.declaration,
        child_number=asked.child_number,
    )
    await queries.take_case(uow, case, current_traceparent())
    await uow.commit(None)


async def settle_push(
    answer: Accepted | Rejected, claimed: ClaimedCase, uow: UnitOfWork, tracing: Tracing, *, poll_seconds: float
) -> None:
    """The ministry took what was sent, or did not. Nothing happens if another process settled it meanwhile."""
    if isinstance(answer, Accepted):
        await _move(uow, claimed, News.TAKEN, pause_seconds=poll_seconds)
    else:
        await queries.hold_dossiers(uow, [claimed.dossier_code])
        if TRANSITIONS[claimed.state, News.NOT_TAKEN].ends:
            await _decline(uow, claimed, News.NOT_TAKEN, answer, tracing)
        else:
            wanted = SupplementWanted(answer.words)
            await _ask_for_more(uow, claimed, News.NOT_TAKEN, wanted, tracing, pause_seconds=poll_seconds)
    await uow.commit(None)


async def settle_results(
    cases: Sequence[ClaimedCase],
    results: Mapping[UUID, Result],
    uow: UnitOfWork,
    tracing: Tracing,
    *,
    poll_seconds: float,
    delays: Sequence[float],
) -> None:
    """One poll's answers, in one transaction: whatever kills us before its commit, the same poll gives them again."""
    if told := [one.dossier_code for one in cases if not isinstance(results.get(one.case_id), Waiting | Unreadable)]:
        await queries.hold_dossiers(uow, told)
    waiting: list[UUID] = []
    for claimed in cases:
        result = results.get(claimed.case_id)
        if isinstance(result, Unreadable):
            pause = delay_after(claimed.attempts, delays)
            await queries.postpone(uow, [claimed.case_id], claimed.state, pause, result.reason)
        elif not await _settle_result(result, claimed, uow, tracing, pause_seconds=poll_seconds):
            waiting.append(claimed.case_id)
    if waiting:
        await queries.keep_waiting(uow, waiting, ASKED_AFTER, poll_seconds)
    await uow.commit(None)


async def _settle_result(
    result: Result | None, claimed: ClaimedCase, uow: UnitOfWork, tracing: Tracing, *, pause_seconds: float
) -> bool:
    """Take in what was said of one case; False where it is nothing new."""
    match result:
        case Registered() | Entered():
            await _answer(uow, claimed, result, tracing)
        case Rejected():
            await _decline(uow, claimed, News.REFUSED, result, tracing)
        case SupplementWanted() if claimed.state is State.PUSHED:
            await _ask_for_more(uow, claimed, News.SUPPLEMENT_WANTED, result, tracing, pause_seconds=pause_seconds)
        case Waiting() if claimed.state is State.SUPPLEMENT_AWAITED:
            await _move(uow, claimed, News.WORK_GOES_ON, pause_seconds=pause_seconds)
        case None:
            await _move(uow, claimed, News.UNKNOWN_THERE)
        case _:
            return False
    return True


async def try_again_later(
    cases: Sequence[ClaimedCase], reason: str, uow: UnitOfWork, *, delays: Sequence[float]
) -> None:
    """The ministry was out of reach: each case waits the longer the more often it happened."""
    by_pause: dict[tuple[float, State], list[UUID]] = {}
    for claimed in cases:
        by_pause.setdefault((delay_after(claimed.attempts, delays), claimed.state), []).append(claimed.case_id)
    for (pause, state), case_ids in by_pause.items():
        await queries.postpone(uow, case_ids, state, pause, reason)
    await uow.commit(None)


async def _answer(uow: UnitOfWork, claimed: ClaimedCase, result: Registered | Entered, tracing: Tracing) -> None:
    entry = MinistryEntry(number=result.number, book=result.book, page=result.page, on=result.on)
    kept = None  # of a birth: the registry has it by the event, and the ID is personal data
    if isinstance(result, Entered):
        kept = entry.model_dump(mode="json", exclude_none=True) | dict(result.private)
    version = await _move(uow, claimed, News.REGISTERED, result=kept)
    if version is None:
        return
    event: Event
    if isinstance(result, Registered):
        event = PersonalIdIssued(
            version=version,
            dossier_code=claimed.dossier_code,
            case_id=claimed.case_id,
            personal_id=result.personal_id,
            ministry_number=result.number,
            ministry_book=result.book,
            ministry_page=result.page,
            answered_on=result.on,
        )
    else:
        event = MinistryCaseAnswered(
            version=version,
            dossier_code=claimed.dossier_code,
            case_id=claimed.case_id,
            kind=claimed.case.kind,
            outcome="registered",
            result=entry,
        )
    _record(uow, claimed, event, tracing)


async def _decline(uow: UnitOfWork, claimed: ClaimedCase, news: News, refusal: Rejected, tracing: Tracing) -> None:
    version = await _move(uow, claimed, news, words=refusal.words)
    if version is None:
        return
    event: Event
    if claimed.case.kind is MinistryCaseKind.BIRTH:
        event = BirthRegistrationDeclined(
            version=version, dossier_code=claimed.dossier_code, case_id=claimed.case_id, errors=refusal.words
        )
    else:
        event = MinistryCaseAnswered(
            version=version,
            dossier_code=claimed.dossier_code,
            case_id=claimed.case_id,
            kind=claimed.case.kind,
            outcome="declined",
            words=refusal.words,
        )
    _record(uow, claimed, event, tracing)


async def _ask_for_more(
    uow: UnitOfWork,
    claimed: ClaimedCase,
    news: News,
    wanted: SupplementWanted,
    tracing: Tracing,
    *,
    pause_seconds: float,
) -> None:
    version = await _move(uow, claimed, news, pause_seconds=pause_seconds, words=wanted.words, supplement_by=wanted.by)
    if version is not None:
        event = MinistrySupplementRequested(
            version=version,
            dossier_code=claimed.dossier_code,
            case_id=claimed.case_id,
            kind=claimed.case.kind,
            words=wanted.words,
            supplement_by=wanted.by,
        )
        _record(uow, claimed, event, tracing)


def _record(uow: UnitOfWork, claimed: ClaimedCase, event: Event, tracing: Tracing) -> None:
    """State it as a part of the trace that the case came with."""
    with tracing.span(f"ministry {event.event_name}", parent=claimed.traceparent):
        uow.record(event)


async def _move(
    uow: UnitOfWork,
    claimed: ClaimedCase,
    news: News,
    *,
    pause_seconds: float = 0,
    words: Sequence[str] = (),
    supplement_by: date | None = None,
    result: Mapping[str, object] | None = None,
) -> int | None:
    target = TRANSITIONS[claimed.state, news]
    return await queries.move_case(
        uow,
        claimed.case_id,
        claimed.state,
        target,
        pause_seconds=pause_seconds,
        words=words,
        supplement_by=supplement_by,
        result=result,
    )
