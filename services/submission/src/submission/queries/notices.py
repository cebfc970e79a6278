"""SQL of notices: planned from the history, claimed one by one, marked; and what people prefer. No rule lives here.

Retrying goes by the machine's clock (`now()`), what a reader is told by the business time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from chassis.database import UnitOfWork
from contracts.codes import DossierStatus
from submission.domain.dossier import Contact, Delivery
from submission.domain.notice import Medium, NoticeKind, NoticeState, Preferences, StepTaken
from submission.notices.wording import Words

_OF_DOSSIER = """
    d.contact, d.owner, d.procedure, d.procedure_version, d.unit, d.delivery, d.fee_amount, d.tracking_secret,
    p.version AS preferred, p.language, p.email, p.sms, p.email_address, p.phone,
    coalesce((SELECT name FROM units WHERE code = d.unit AND valid_from <= (d.received_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
        ORDER BY valid_from DESC LIMIT 1), d.unit) AS unit_name"""

_UNPLANNED = text(f"""
SELECT h.dossier_code, h.version, h.status, coalesce(h.due_at, d.due_at) AS due_at, h.reason, before.status AS before,
    before.due_at AS due_before, coalesce(h.supplement_by, d.supplement_by) AS supplement_by, {_OF_DOSSIER}
FROM (
    SELECT * FROM history WHERE notice_planned_at IS NULL AND (notice_due_at IS NULL OR notice_due_at <= now())
    ORDER BY at, dossier_code, version LIMIT :limit FOR UPDATE SKIP LOCKED) AS h
JOIN dossiers d ON d.code = h.dossier_code
LEFT JOIN LATERAL (
    SELECT status, due_at FROM history
    WHERE dossier_code = h.dossier_code AND version < h.version ORDER BY version DESC LIMIT 1) AS before ON true
LEFT JOIN notice_preferences p ON p.subject = d.owner
ORDER BY h.at, h.dossier_code, h.version""")  # noqa: S608 - constants

_LAPSING = text(f"""
SELECT d.code AS dossier_code, h.version, d.status, d.due_at, h.reason, NULL AS before, NULL AS due_before,
    d.supplement_by, {_OF_DOSSIER}
FROM dossiers d
JOIN LATERAL (
    SELECT version, reason FROM history
    WHERE dossier_code = d.code AND status = {DossierStatus.SUPPLEMENT_AWAITED:d} ORDER BY version DESC LIMIT 1) AS h ON true
LEFT JOIN notice_preferences p ON p.subject = d.owner
WHERE d.status = {DossierStatus.SUPPLEMENT_AWAITED:d} AND d.supplement_by > :now AND d.supplement_by <= :until
    AND (d.supplement_by, d.code) > (:after, :after_code)
    AND NOT EXISTS (
        SELECT FROM notices n
        WHERE n.dossier_code = d.code AND n.version = h.version AND n.kind = '{NoticeKind.SUPPLEMENT_LAPSING}')
ORDER BY d.supplement_by, d.code LIMIT :limit""")  # noqa: S608 - constants

_PLAN = text("""
INSERT INTO notices (id, dossier_code, version, kind, medium, language, address, subject, body, planned_at)
SELECT id, code, version, kind, medium, language, address, subject, body, :now FROM unnest(
    CAST(:ids AS uuid[]), CAST(:codes AS text[]), CAST(:versions AS bigint[]), CAST(:kinds AS text[]),
    CAST(:media AS text[]), CAST(:languages AS text[]), CAST(:addresses AS text[]), CAST(:subjects AS text[]),
    CAST(:bodies AS text[])) AS planned (id, code, version, kind, medium, language, address, subject, body)
ON CONFLICT ON CONSTRAINT notices_step_key DO NOTHING""")

_PLANNED = text("""
UPDATE history SET notice_planned_at = :now
FROM unnest(CAST(:codes AS text[]), CAST(:versions AS bigint[])) AS done (code, version)
WHERE history.dossier_code = done.code AND history.version = done.version""")

_PUT_OFF = text("""
UPDATE history SET notice_due_at = now() + make_interval(secs => :seconds)
FROM unnest(CAST(:codes AS text[]), CAST(:versions AS bigint[])) AS failed (code, version)
WHERE history.dossier_code = failed.code AND history.version = failed.version""")

_CLAIM = text("""
UPDATE notices SET state = 'sending', attempts = attempts + 1, sending_at = now()
WHERE id = (
    SELECT id FROM notices WHERE state = 'planned' AND medium = :medium AND due_at <= now()
    ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, address, subject, body, language, attempts""")

# An answer may come after the sender was given up for dead: then it is better than not to know.
_MARK = text("""
UPDATE notices
SET state = :state, fault = :fault, sent_at = :sent_at, due_at = now() + make_interval(secs => :delay)
WHERE id = :id AND attempts = :attempts AND state IN ('sending', 'unknown')""")

_GIVE_UP_SENDERS = text("""
UPDATE notices
SET state = CASE WHEN medium = ANY(CAST(:repeatable AS text[])) THEN 'planned' ELSE 'unknown' END,
    fault = 'the sender ended before there was an answer', due_at = now()
WHERE state = 'sending' AND sending_at < now() - make_interval(secs => :seconds)
RETURNING id, state""")

_COUNTS = text("""
SELECT state, count(*) AS number FROM notices WHERE state IN ('planned', 'sending', 'failed', 'unknown') GROUP BY state""")

_RESEND = text("""
UPDATE notices SET state = 'planned', attempts = 0, due_at = now()
WHERE id = :id AND state IN ('failed', 'unknown') RETURNING id""")

_SHOWN = (
    "id, dossier_code, version, kind, medium, language, address, state, attempts, planned_at, sent_at, fault, "
    "CASE WHEN state = 'planned' AND attempts > 0 THEN due_at END AS next_attempt_at"
)
_ONE = text(f"SELECT {_SHOWN} FROM notices WHERE id = :id")  # noqa: S608 - constants
_OF = text(f"SELECT {_SHOWN} FROM notices WHERE dossier_code = :code ORDER BY id")  # noqa: S608 - constants
_IN_STATE = text(f"SELECT {_SHOWN} FROM notices WHERE state = :state AND id > :after ORDER BY id LIMIT :rows")  # noqa: S608 - constants

_PREFERENCES = text(
    "SELECT version AS preferred, language, email, sms, email_address, phone FROM notice_preferences WHERE subject = :subject"
)
_PREFER = text("""
INSERT INTO notice_preferences (subject, version, language, email, sms, email_address, phone)
VALUES (:subject, 1, :language, :email, :sms, :email_address, :phone)
ON CONFLICT (subject) DO UPDATE SET version = notice_preferences.version + 1, language = excluded.language,
    email = excluded.email, sms = excluded.sms, email_address = excluded.email_address, phone = excluded.phone
RETURNING version""")
_HOLD_PREFERENCES = text("SELECT pg_advisory_xact_lock(hashtextextended(CAST(:subject AS text), 718))")


@dataclass(frozen=True, slots=True)
class ToPlan:
    """A step that may have to be told, with what is needed to tell it."""

    dossier_code: str
    version: int
    step: StepTaken
    reason: str | None
    due_at: datetime
    supplement_by: datetime | None
    owner: str
    procedure: tuple[str, int]
    unit_name: str
    contact: Contact
    delivery: Delivery
    fee_amount: int | None
    tracking_secret: str
    preferences: Preferences


@dataclass(frozen=True, slots=True)
class Plan:
    """A notice to be."""

    id: UUID
    dossier_code: str
    version: int
    kind: NoticeKind
    medium: Medium
    language: str
    address: str
    words: Words


async def unplanned(uow: UnitOfWork, limit: int) -> list[ToPlan]:
    """The oldest steps that nobody has planned for, held until this transaction ends; others take others."""
    return [_to_plan(row) for row in await uow.execute(_UNPLANNED, {"limit": limit})]


async def lapsing(uow: UnitOfWork, until: datetime, after: tuple[datetime, str], limit: int) -> list[ToPlan]:
    """Dossiers whose time to supplement ends between now and `until`, not warned yet, in order, behind `after`."""
    at, code = after
    parameters = {"now": uow.now, "until": until, "after": at, "after_code": code, "limit": limit}
    return [_to_plan(row) for row in await uow.execute(_LAPSING, parameters)]


async def plan(uow: UnitOfWork, plans: Sequence[Plan]) -> None:
    """Keep notices to be sent; one that is there already stays as it is."""
    if not plans:
        return
    columns = {
        "ids": [plan.id for plan in plans],
        "codes": [plan.dossier_code for plan in plans],
        "versions": [plan.version for plan in plans],
        "kinds": [plan.kind for plan in plans],
        "media": [plan.medium for plan in plans],
        "languages": [plan.language for plan in plans],
        "addresses": [plan.address for plan in plans],
        "subjects": [plan.words.subject for plan in plans],
        "bodies": [plan.words.body for plan in plans],
    }
    await uow.execute(_PLAN, columns | {"now": uow.now})


async def planned(uow: UnitOfWork, steps: Sequence[ToPlan]) -> None:
    """These steps are planned for, also where nothing had to be told."""
    await uow.execute(_PLANNED, _keys(steps) | {"now": uow.now})


async def put_off(uow: UnitOfWork, steps: Sequence[ToPlan], seconds: float) -> None:
    """These steps could not be planned for; they are not `unplanned` for so long."""
    await uow.execute(_PUT_OFF, _keys(steps) | {"seconds": seconds})


async def claim(uow: UnitOfWork, medium: Medium) -> Row[Any] | None:
    """The next notice that is due, now marked as being sent: commit before sending it."""
    return (await uow.execute(_CLAIM, {"medium": medium})).one_or_none()


async def mark(
    uow: UnitOfWork, claimed: Row[Any], state: NoticeState, *, fault: str | None = None, delay: float = 0
) -> None:
    """What came of a claimed notice; to be tried again in `delay` seconds if it is planned anew."""
    parameters = {
        "id": claimed.id,
        "attempts": claimed.attempts,
        "state": state,
        "fault": fault,
        "sent_at": uow.now if state is NoticeState.SENT else None,
        "delay": delay,
    }
    await uow.execute(_MARK, parameters)


async def give_up_senders(uow: UnitOfWork, seconds: float, repeatable: Iterable[Medium]) -> Sequence[Row[Any]]:
    """Notices whose sender has not been heard of for so long: to be repeated where that is safe, else unknown."""
    parameters = {"seconds": seconds, "repeatable": list(repeatable)}
    return (await uow.execute(_GIVE_UP_SENDERS, parameters)).all()


async def counts(uow: UnitOfWork) -> dict[str, int]:
    """How many notices are not settled, by state."""
    return {row.state: row.number for row in await uow.execute(_COUNTS)}


async def resend(uow: UnitOfWork, notice: UUID) -> bool:
    """Plan a failed or unknown notice anew; False if it is neither."""
    return (await uow.execute(_RESEND, {"id": notice})).first() is not None


async def one(uow: UnitOfWork, notice: UUID) -> Row[Any] | None:
    """A notice as it is shown."""
    return (await uow.execute(_ONE, {"id": notice})).one_or_none()


async def of_dossier(uow: UnitOfWork, code: str) -> Sequence[Row[Any]]:
    """A dossier's notices, oldest first."""
    return (await uow.execute(_OF, {"code": code})).all()


async def in_state(uow: UnitOfWork, state: NoticeState, after: UUID, limit: int) -> Sequence[Row[Any]]:
    """Notices in a state, oldest first, and one more to tell that there are."""
    return (await uow.execute(_IN_STATE, {"state": state, "after": after, "rows": limit + 1})).all()


async def preferences(uow: UnitOfWork, subject: str) -> Preferences:
    """What a person prefers; version 0 where nothing was ever set."""
    row = (await uow.execute(_PREFERENCES, {"subject": subject})).one_or_none()
    return _preferences(row) if row is not None else Preferences()


async def held_preferences(uow: UnitOfWork, subject: str) -> Preferences:
    """The same, held until this transaction ends, also where there are none yet."""
    await uow.execute(_HOLD_PREFERENCES, {"subject": subject})
    return await preferences(uow, subject)


async def prefer(uow: UnitOfWork, subject: str, wanted: Preferences) -> int:
    """Keep what a person prefers; gives its new version."""
    parameters = {
        "subject": subject,
        "language": wanted.language,
        "email": wanted.email,
        "sms": wanted.sms,
        "email_address": wanted.email_address,
        "phone": wanted.phone,
    }
    return int((await uow.execute(_PREFER, parameters)).scalar_one())


def _keys(steps: Sequence[ToPlan]) -> dict[str, Any]:
    return {"codes": [step.dossier_code for step in steps], "versions": [step.version for step in steps]}


def _to_plan(row: Row[Any]) -> ToPlan:
    before = DossierStatus(row.before) if row.before is not None else None
    return ToPlan(
        dossier_code=row.dossier_code,
        version=row.version,
        step=StepTaken(before, DossierStatus(row.status), row.due_before, row.due_at),
        reason=row.reason,
        due_at=row.due_at,
        supplement_by=row.supplement_by,
        owner=row.owner,
        procedure=(row.procedure, row.procedure_version),
        unit_name=row.unit_name,
        contact=Contact(**row.contact),
        delivery=Delivery(row.delivery["by"]),
        fee_amount=row.fee_amount,
        tracking_secret=row.tracking_secret,
        preferences=_preferences(row) if row.preferred is not None else Preferences(),
    )


def _preferences(row: Row[Any]) -> Preferences:
    return Preferences(row.preferred, row.language, row.email, row.sms, row.email_address, row.phone)
