"""Notices (thông báo): planned from the steps, sent, and what people prefer. The history is their outbox.

Each step is planned for in one transaction with its mark, so that it is told exactly once and no event of our own need be
listened to. A notice is marked as being sent, and that is committed, before it leaves: who dies on the way leaves a
trace. Whether a mail went out then, nobody can tell, so only a person sends it again; a text message may be repeated.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from chassis.auth import Principal
from chassis.database import Database, UnitOfWork
from chassis.etags import check_match
from chassis.faults import answer_to
from chassis.ids import new_id
from chassis.problems import Unavailable
from chassis.telemetry.logging import get_logger, places
from submission.copies import Copies
from submission.domain.notice import Medium, NoticeKind, NoticeState, Preferences, kind_of, reach
from submission.notices.ports import Courier, Handed, Message, Outcome
from submission.notices.wording import Told, words_of
from submission.problems.papers import NoticeNotFound, NoticeNotStuck
from submission.queries import notices
from submission.queries.notices import Plan, ToPlan

_log = get_logger("notices")

BATCH = 200
PUT_OFF_SECONDS = 600.0
"""How long a step that could not be planned for is left alone: what is missing may have come by then."""

_BEGINNING = (datetime(1, 1, 1, tzinfo=UTC), "")


@dataclass(frozen=True)
class Post:
    """What sends: a courier for each medium this deployment offers, and how patient it is with them."""

    couriers: Mapping[Medium, Courier]
    retry_delays: Sequence[float]
    timeout_seconds: float
    warning: timedelta
    public_url: str

    @property
    def offered(self) -> frozenset[Medium]:
        """The media there are couriers for: nothing is planned for another."""
        return frozenset(self.couriers)

    @property
    def given_up_after(self) -> float:
        """Seconds after which no attempt can still be going on: it has fewer steps than ten, each with its own limit."""
        return 10 * self.timeout_seconds


async def plan_notices(post: Post, copies: Copies, uow: UnitOfWork) -> int:
    """Plan for the oldest steps that nobody has planned for; gives how many steps these were.

    A step that cannot be planned for is logged, put off, and holds up no other.
    """
    steps = await notices.unplanned(uow, BATCH)
    if steps:
        failed = await _plan(steps, lambda step: kind_of(step.step), post, copies, uow)
        await notices.planned(uow, [step for step in steps if step not in failed])
        if failed:
            await notices.put_off(uow, failed, PUT_OFF_SECONDS)
    return await uow.commit(len(steps))


async def warn_of_lapsing(post: Post, copies: Copies, uow: UnitOfWork) -> None:
    """Plan a warning for every time to supplement that is about to end; once for each request, however often this runs."""
    after = _BEGINNING
    while steps := await notices.lapsing(uow, uow.now + post.warning, after, BATCH):
        await _plan(steps, lambda _: NoticeKind.SUPPLEMENT_LAPSING, post, copies, uow)
        after = (steps[-1].supplement_by or after[0], steps[-1].dossier_code)
    await uow.commit(None)


async def _plan(
    steps: Sequence[ToPlan],
    kind: Callable[[ToPlan], NoticeKind | None],
    post: Post,
    copies: Copies,
    uow: UnitOfWork,
) -> list[ToPlan]:
    """Plan for each step that can be planned for; gives those that cannot. Where all can, it is done in one go."""
    try:
        # A savepoint: what was written before one of them failed is undone.
        async with uow.connection.begin_nested():
            plans = [plan for step in steps for plan in await _plans(step, kind(step), post, copies, uow)]
            await notices.plan(uow, plans)
    except Exception as error:  # one step that nobody foresaw must not hold up all that come after it
        if isinstance(answer_to(error), Unavailable):
            raise
        if len(steps) > 1:
            half = len(steps) // 2
            parts = (steps[:half], steps[half:])
            return [step for part in parts for step in await _plan(part, kind, post, copies, uow)]
        _log.error("step not planned for", error_type=type(error).__name__, exception=places(error))
        return list(steps)
    return []


async def _plans(step: ToPlan, kind: NoticeKind | None, post: Post, copies: Copies, uow: UnitOfWork) -> list[Plan]:
    to = reach(step.contact, step.preferences, post.offered)
    if kind is None or not to.addresses:
        return []
    procedure = await copies.procedure(uow, *step.procedure)
    told = Told(
        code=step.dossier_code,
        procedure=procedure.name,
        unit=step.unit_name,
        tracking=tracking_url(post.public_url, step.dossier_code, step.tracking_secret),
        delivery=step.delivery,
        due_at=step.due_at,
        supplement_by=step.supplement_by,
        reason=step.reason,
        amount=step.fee_amount,
    )
    return [
        Plan(
            new_id(), step.dossier_code, step.version, kind, medium, to.language, address,
            words_of(kind, medium, to.language, told),
        )
        for medium, address in to.addresses
    ]  # fmt: skip


def tracking_url(public_url: str, code: str, secret: str) -> str:
    """Where a slip or a notice leads: the dossier's public status, opened by what only its holder has."""
    return f"{public_url.rstrip('/')}/api/submission/v1/dossiers/{code}/tracking?secret={secret}"


async def send_next(post: Post, medium: Medium, database: Database) -> Outcome | None:
    """Send the next notice of a medium that is due: claimed and committed, sent, marked. None: nothing is due."""
    async with database.begin() as uow:
        claimed = await notices.claim(uow, medium)
        await uow.commit(None)
    if claimed is None:
        return None
    message = Message(str(claimed.id), claimed.address, claimed.subject, claimed.body, claimed.language)
    handed = await post.couriers[medium].hand_over(message)
    async with database.begin() as uow:
        state, delay = _verdict(handed, claimed.attempts, post)
        await notices.mark(uow, claimed, state, fault=handed.fault, delay=delay)
        await uow.commit(None)
    if state in (NoticeState.FAILED, NoticeState.UNKNOWN):
        _log.error(f"notice {state}", event_id=str(claimed.id), attempts=claimed.attempts, reason=handed.fault)
    return handed.outcome


def _verdict(handed: Handed, attempts: int, post: Post) -> tuple[NoticeState, float]:
    match handed.outcome:
        case Outcome.TAKEN:
            return NoticeState.SENT, 0
        case Outcome.UNKNOWN:
            return NoticeState.UNKNOWN, 0
        case Outcome.LATER if attempts <= len(post.retry_delays):
            return NoticeState.PLANNED, post.retry_delays[attempts - 1]
        case _:
            return NoticeState.FAILED, 0


async def settle_lost(post: Post, uow: UnitOfWork) -> None:
    """Notices whose sender died: a text message is sent again under its reference, a mail is a person's to judge."""
    repeatable = [medium for medium, courier in post.couriers.items() if courier.repeatable]
    lost = await notices.give_up_senders(uow, post.given_up_after, repeatable)
    await uow.commit(None)
    for row in lost:
        _log.error("sender of a notice lost", event_id=str(row.id), state=row.state)


async def resend_notice(notice: UUID, uow: UnitOfWork) -> UUID:
    """Gửi lại: an operator, who has found out that it did not arrive, sends a failed or unknown notice again."""
    if not await notices.resend(uow, notice):
        row = await notices.one(uow, notice)
        raise NoticeNotFound if row is None else NoticeNotStuck(NoticeState(row.state))
    return await uow.commit(notice)


async def set_preferences(
    wanted: Preferences, principal: Principal, if_match: str | None, uow: UnitOfWork
) -> Preferences:
    """A person says how she wants to be told; it holds for what is planned from now on."""
    held = await notices.held_preferences(uow, principal.subject)
    check_match(held.version, if_match)
    return await uow.commit(replace(wanted, version=await notices.prefer(uow, principal.subject, wanted)))
