"""SQL of payments at the national payment platform. It decides nothing."""

from typing import Any

from sqlalchemy import Row, text

from chassis.database import UnitOfWork
from gateway.domain.national_payment import TRANSITIONS, Confirmation, News, Payment, State

_COLUMNS = (
    "reference, asked_by, dossier_code, procedure, amount, fingerprint, state, version, started_at, expires_at, pay_url,"
    " transaction_code, words, paid_at"
)
_TAKE = text(
    "INSERT INTO national_payment (reference, asked_by, dossier_code, procedure, amount, fingerprint, state, started_at,"
    " expires_at) VALUES (:reference, :asked_by, :dossier_code, :procedure, :amount, :fingerprint, :state, :started_at,"
    " :expires_at) ON CONFLICT (reference) DO NOTHING"
)
_ONE = text(f"SELECT {_COLUMNS} FROM national_payment WHERE reference = :reference")  # noqa: S608 - our own columns
_LOCKED = text(f"{_ONE.text} FOR UPDATE")
# The state it was read in is part of the question: who was slower changes nothing.
_MOVE = text(
    "UPDATE national_payment SET state = :to, version = version + 1, pay_url = coalesce(:pay_url, pay_url),"  # noqa: S608 - our own columns
    " transaction_code = coalesce(:transaction, transaction_code), words = :words,"
    " paid_at = CASE WHEN CAST(:to AS text) = 'paid' THEN CAST(:now AS timestamptz) END"
    f" WHERE reference = :reference AND state = :before RETURNING {_COLUMNS}"
)
_EXPIRE = text(
    "UPDATE national_payment SET state = :to, version = version + 1"
    " WHERE state = ANY(CAST(:before AS text[])) AND expires_at <= :now"
)


async def take(uow: UnitOfWork, payment: Payment) -> None:
    """Add a payment; nothing happens where its reference is known."""
    names = ("reference", "asked_by", "dossier_code", "procedure", "amount", "fingerprint", "started_at", "expires_at")
    await uow.execute(_TAKE, {name: getattr(payment, name) for name in names} | {"state": payment.state.value})


async def one(uow: UnitOfWork, reference: str, *, locked: bool = False) -> Payment | None:
    """A payment by its reference; `locked` until the transaction ends."""
    row = (await uow.execute(_LOCKED if locked else _ONE, {"reference": reference})).one_or_none()
    return _read(row) if row is not None else None


async def move(
    uow: UnitOfWork,
    payment: Payment,
    news: News,
    *,
    pay_url: str | None = None,
    said: Confirmation | None = None,
    words: str | None = None,
) -> Payment | None:
    """Bring a payment to where the table says that `news` leads; None where another was faster."""
    parameters = {
        "reference": payment.reference,
        "before": payment.state.value,
        "to": TRANSITIONS[payment.state, news].value,
        "pay_url": pay_url,
        "transaction": said.transaction if said is not None else None,
        "words": words,
        "now": uow.now,
    }
    row = (await uow.execute(_MOVE, parameters)).one_or_none()
    return _read(row) if row is not None else None


async def expire(uow: UnitOfWork) -> int:
    """End what has waited for too long; how many."""
    before = [state.value for state, news in TRANSITIONS if news is News.TIME_OVER]
    parameters = {"before": before, "to": State.EXPIRED.value, "now": uow.now}
    return (await uow.execute(_EXPIRE, parameters)).rowcount


def _read(row: Row[Any]) -> Payment:
    return Payment(
        reference=row.reference,
        asked_by=row.asked_by,
        dossier_code=row.dossier_code,
        procedure=row.procedure,
        amount=row.amount,
        fingerprint=bytes(row.fingerprint),
        state=State(row.state),
        version=row.version,
        started_at=row.started_at,
        expires_at=row.expires_at,
        pay_url=row.pay_url,
        transaction=row.transaction_code,
        words=row.words,
        paid_at=row.paid_at,
    )
