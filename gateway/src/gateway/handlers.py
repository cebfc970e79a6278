"""Use cases of the ministry cases, and the only place that commits them. What to do with what the Ministry said."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from chassis.database import UnitOfWork
from chassis.inbox import Received
from chassis.telemetry.tracing import Tracing, current_traceparent
from contracts.civil_registry import BirthRegistrationRequested
from contracts.gateway import BirthRegistrationDeclined, PersonalIdIssued
from gateway import queries
from gateway.domain.breaker import delay_after
from gateway.domain.ministry_case import TRANSITIONS, News, State
from gateway.ports import Accepted, Registered, Rejected, Result, Unreadable, Waiting
from gateway.queries import ClaimedCase


async def take_birth_case(event: Received[BirthRegistrationRequested], uow: UnitOfWork) -> None:
    """The commune asks for a personal ID: put the case in line for the Ministry."""
    await queries.take_case(uow, event.data, current_traceparent())
    await uow.commit(None)


async def settle_push(
    answer: Accepted | Rejected, claimed: ClaimedCase, uow: UnitOfWork, tracing: Tracing, *, poll_seconds: float
) -> None:
    """The Ministry took the case, or did not. Nothing happens if another process settled it meanwhile."""
    if isinstance(answer, Accepted):
        await _move(uow, claimed, State.TO_PUSH, News.TAKEN, pause_seconds=poll_seconds)
    else:
        await queries.hold_dossiers(uow, [claimed.dossier_code])
        await _decline(uow, claimed, State.TO_PUSH, answer, tracing)
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
    waiting: dict[UUID, Sequence[str]] = {}
    ended = [one.dossier_code for one in cases if isinstance(results.get(one.case_id), Registered | Rejected)]
    if ended:
        await queries.hold_dossiers(uow, ended)
    for claimed in cases:
        result = results.get(claimed.case_id)
        match result:
            case Waiting(words):
                waiting[claimed.case_id] = words
            case Registered():
                await _answer(uow, claimed, result, tracing)
            case Rejected():
                await _decline(uow, claimed, State.PUSHED, result, tracing)
            case Unreadable(reason):
                pause = delay_after(claimed.attempts, delays)
                await queries.postpone(uow, [claimed.case_id], State.PUSHED, pause, reason)
            case None:
                await _move(uow, claimed, State.PUSHED, News.UNKNOWN_THERE)
    if waiting:
        await queries.keep_waiting(uow, waiting, poll_seconds)
    await uow.commit(None)


async def try_again_later(
    cases: Sequence[ClaimedCase], state: State, reason: str, uow: UnitOfWork, *, delays: Sequence[float]
) -> None:
    """The Ministry was out of reach: each case waits the longer the more often it happened."""
    by_pause: dict[float, list[UUID]] = {}
    for claimed in cases:
        by_pause.setdefault(delay_after(claimed.attempts, delays), []).append(claimed.case_id)
    for pause, case_ids in by_pause.items():
        await queries.postpone(uow, case_ids, state, pause, reason)
    await uow.commit(None)


async def _answer(uow: UnitOfWork, claimed: ClaimedCase, result: Registered, tracing: Tracing) -> None:
    version = await _move(uow, claimed, State.PUSHED, News.REGISTERED)
    if version is None:
        return
    with tracing.span("moj result", parent=claimed.traceparent):
        uow.record(
            PersonalIdIssued(
                version=version,
                dossier_code=claimed.dossier_code,
                case_id=claimed.case_id,
                personal_id=result.personal_id,
                ministry_number=result.number,
                ministry_book=result.book,
                ministry_page=result.page,
                answered_on=result.on,
            )
        )


async def _decline(uow: UnitOfWork, claimed: ClaimedCase, state: State, refusal: Rejected, tracing: Tracing) -> None:
    version = await _move(uow, claimed, state, News.REFUSED, words=refusal.words)
    if version is None:
        return
    with tracing.span("moj refusal", parent=claimed.traceparent):
        uow.record(
            BirthRegistrationDeclined(
                version=version, dossier_code=claimed.dossier_code, case_id=claimed.case_id, errors=refusal.words
            )
        )


async def _move(
    uow: UnitOfWork,
    claimed: ClaimedCase,
    state: State,
    news: News,
    *,
    pause_seconds: float = 0,
    words: Sequence[str] = (),
) -> int | None:
    target = TRANSITIONS[state, news]
    return await queries.move_case(uow, claimed.case_id, state, target, pause_seconds=pause_seconds, words=words)
