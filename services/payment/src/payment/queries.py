"""The SQL of payment, and rows turned into the domain's values. It commits nothing and decides nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Row, text

from chassis.database import UnitOfWork
from contracts.catalog import FeeRule, ProcedurePublished, ProcedureWithdrawn
from contracts.codes import Channel, PaymentMethod
from contracts.payment import FeeLine
from payment.domain.ledger import Entry
from payment.domain.lifecycle import AttemptState, ObligationState
from payment.domain.obligation import Attempt, Obligation, Settled

_RULES = TypeAdapter(tuple[FeeRule, ...])
_LINES = TypeAdapter(tuple[FeeLine, ...])

_OBLIGATION = (
    "o.id, o.dossier_code, o.procedure, o.procedure_name, o.unit, o.owner, o.channel, o.amount,"
    " CAST(o.lines AS text) AS lines, o.state, o.version, o.raised_at,"
    " o.method, o.provider, o.paid_at, o.receipt_number, o.cancelled_at"
)


@dataclass(frozen=True)
class KnownProcedure:
    """What payment keeps of one version of a procedure."""

    name: str
    version: int
    fees: tuple[FeeRule, ...]


# Older news of the same version of a procedure does not overwrite newer.
_KEEP_PROCEDURE = text(
    "INSERT INTO procedures (code, valid_from, valid_to, version, name, fees)"
    " VALUES (:code, :valid_from, :valid_to, :version, :name, CAST(:fees AS jsonb))"
    " ON CONFLICT (code, valid_from) DO UPDATE SET valid_to = excluded.valid_to, version = excluded.version,"
    " name = excluded.name, fees = excluded.fees WHERE procedures.version < excluded.version"
)


async def keep_procedure(uow: UnitOfWork, procedure: ProcedurePublished) -> None:
    """Remember a published version of a procedure, unless something newer about it is known."""
    parameters = {
        "code": procedure.code,
        "valid_from": procedure.valid_from,
        "valid_to": procedure.valid_to,
        "version": procedure.version,
        "name": procedure.name,
        "fees": _RULES.dump_json(procedure.fees).decode(),
    }
    await uow.execute(_KEEP_PROCEDURE, parameters)


# Of a version that was corrected meanwhile there is no row: its place is the newer one's, which is not withdrawn by this.
_END_PROCEDURE = text(
    "WITH ended AS (UPDATE procedures SET valid_to = least(valid_to, :valid_to) WHERE code = :code AND version = :number)"
    " SELECT EXISTS (SELECT FROM procedures WHERE code = :code AND version >= :number)"
)


async def end_procedure(uow: UnitOfWork, withdrawn: ProcedureWithdrawn) -> bool:
    """A version of a procedure has a last day; False if neither it nor a newer one is known."""
    parameters = {"code": withdrawn.code, "number": withdrawn.number, "valid_to": withdrawn.valid_to}
    return bool((await uow.execute(_END_PROCEDURE, parameters)).scalar_one())


# Where the catalogue left an older version open at its end, the newest word about the day is the one that counts.
_IN_FORCE = text(
    "SELECT name, version, CAST(fees AS text) AS fees FROM procedures, unnest(CAST(:days AS date[])) WITH ORDINALITY"
    " AS asked (day, place) WHERE code = :code AND valid_from <= day AND (valid_to IS NULL OR valid_to >= day)"
    " ORDER BY place, version DESC LIMIT 1"
)


async def procedure_in_force(uow: UnitOfWork, code: str, day: date, *, filed_on: date) -> KnownProcedure | None:
    """The version of a procedure in force on a day; where none is, on the day of filing."""
    row = (await uow.execute(_IN_FORCE, {"code": code, "days": [day, filed_on]})).one_or_none()
    return KnownProcedure(row.name, row.version, _RULES.validate_json(row.fees)) if row is not None else None


_ASSESS = text(
    "WITH assessed AS (INSERT INTO assessments (dossier_code, procedure, procedure_version, total, lines, assessed_at)"
    " VALUES (:dossier_code, :procedure, :procedure_version, :total, CAST(:lines AS jsonb), :now)"
    " ON CONFLICT (dossier_code) DO NOTHING RETURNING dossier_code, total),"
    " raised AS (INSERT INTO obligations (id, dossier_code, procedure, procedure_name, unit, owner, channel, amount,"
    " lines, state, version, raised_at)"
    " SELECT :id, dossier_code, :procedure, :procedure_name, :unit, :owner, :channel, total,"
    " CAST(:lines AS jsonb), :state, :version, :now FROM assessed WHERE total > 0)"
    " SELECT count(*) FROM assessed"
)


async def assess(uow: UnitOfWork, obligation: Obligation, procedure_version: int) -> bool:
    """Write down what a dossier costs, and raise the obligation if that is above 0; False if it was assessed before."""
    parameters = {
        "id": obligation.id,
        "dossier_code": obligation.dossier_code,
        "procedure": obligation.procedure,
        "procedure_version": procedure_version,
        "procedure_name": obligation.procedure_name,
        "unit": obligation.unit,
        "owner": obligation.owner,
        "channel": obligation.channel,
        "total": obligation.amount,
        "lines": _LINES.dump_json(obligation.lines).decode(),
        "state": obligation.state,
        "version": obligation.version,
        "now": obligation.raised_at,
    }
    return bool((await uow.execute(_ASSESS, parameters)).scalar_one())


_BY_ID = f"SELECT {_OBLIGATION} FROM obligations o WHERE o.id = :id"  # noqa: S608 - constant columns
_READ = text(_BY_ID)
_HOLD = text(f"{_BY_ID} FOR UPDATE")
_OF_DOSSIER = text(f"SELECT {_OBLIGATION} FROM obligations o WHERE o.dossier_code = :dossier")  # noqa: S608 - constant columns


async def obligation(uow: UnitOfWork, obligation_id: UUID, *, hold: bool = False) -> Obligation | None:
    """One obligation; with `hold`, nobody else settles it before this transaction ends."""
    row = (await uow.execute(_HOLD if hold else _READ, {"id": obligation_id})).one_or_none()
    return _obligation(row) if row is not None else None


async def obligation_of(uow: UnitOfWork, dossier_code: str) -> Obligation | None:
    """The obligation of a dossier: there is at most one."""
    row = (await uow.execute(_OF_DOSSIER, {"dossier": dossier_code})).one_or_none()
    return _obligation(row) if row is not None else None


# Locks the obligation where there is one; FOR UPDATE cannot be asked of the outer side of a join.
_HOLD_OF_DOSSIER = text(
    f"WITH held AS (SELECT {_OBLIGATION} FROM obligations o WHERE o.dossier_code = :dossier FOR UPDATE)"  # noqa: S608 - constant
    " SELECT held.* FROM assessments a LEFT JOIN held ON held.dossier_code = a.dossier_code"
    " WHERE a.dossier_code = :dossier"
)


async def hold_obligation_of(uow: UnitOfWork, dossier_code: str) -> tuple[bool, Obligation | None]:
    """Whether the fee of a dossier is decided, and what is owed for it, which nobody else settles meanwhile."""
    row = (await uow.execute(_HOLD_OF_DOSSIER, {"dossier": dossier_code})).one_or_none()
    return row is not None, _obligation(row) if row is not None and row.id is not None else None


_CANCEL = text("UPDATE obligations SET state = :state, version = :version, cancelled_at = :cancelled_at WHERE id = :id")


async def cancel(uow: UnitOfWork, cancelled: Obligation) -> None:
    """The obligation as cancelled."""
    parameters = {
        "id": cancelled.id,
        "state": cancelled.state,
        "version": cancelled.version,
        "cancelled_at": cancelled.cancelled_at,
    }
    await uow.execute(_CANCEL, parameters)


_ATTEMPT = (
    "SELECT p.id AS payment_id, p.provider AS payment_provider, p.reference, p.amount AS payment_amount,"  # noqa: S608 - constant
    f" p.state AS payment_state, {_OBLIGATION} FROM payments p JOIN obligations o ON o.id = p.obligation_id"
    " WHERE p.provider = :provider AND p.reference = :reference"
)
_READ_ATTEMPT = text(_ATTEMPT)
_HOLD_ATTEMPT = text(f"{_ATTEMPT} FOR UPDATE")


async def attempt(
    uow: UnitOfWork, provider: str, reference: str, *, hold: bool = False
) -> tuple[Attempt, Obligation] | tuple[None, None]:
    """A try to pay by its reference, with its obligation; with `hold`, both are ours until the transaction ends."""
    parameters = {"provider": provider, "reference": reference}
    row = (await uow.execute(_HOLD_ATTEMPT if hold else _READ_ATTEMPT, parameters)).one_or_none()
    if row is None:
        return None, None
    state = AttemptState(row.payment_state)
    return Attempt(row.payment_id, row.payment_provider, row.reference, row.payment_amount, state), _obligation(row)


_ADD_ATTEMPT = text(
    "INSERT INTO payments (id, obligation_id, provider, reference, amount, state, started_by, created_at)"
    " VALUES (:id, :obligation_id, :provider, :reference, :amount, :state, :started_by, :now)"
)


async def add_attempt(uow: UnitOfWork, attempt: Attempt, obligation_id: UUID, *, started_by: str) -> None:
    """A new try to pay."""
    parameters = {
        "id": attempt.id,
        "obligation_id": obligation_id,
        "provider": attempt.provider,
        "reference": attempt.reference,
        "amount": attempt.amount,
        "state": attempt.state,
        "started_by": started_by,
        "now": uow.now,
    }
    await uow.execute(_ADD_ATTEMPT, parameters)


_MOVE_ATTEMPT = text(
    "UPDATE payments SET state = :state, codes = :codes, provider_transaction = :provider_transaction,"
    " answered_at = :now WHERE id = :id"
)


async def move_attempt(
    uow: UnitOfWork, attempt_id: UUID, state: AttemptState, *, codes: str, provider_transaction: str
) -> None:
    """What the provider said of a try, and the state it came into by that."""
    parameters = {
        "id": attempt_id,
        "state": state,
        "codes": codes,
        "provider_transaction": provider_transaction,
        "now": uow.now,
    }
    await uow.execute(_MOVE_ATTEMPT, parameters)


# The row is locked until the transaction ends: settlements of a year queue up here, and a rollback leaves no gap.
_NEXT_RECEIPT = text(
    "INSERT INTO receipt_counters (year, last) VALUES (:year, 1)"
    " ON CONFLICT (year) DO UPDATE SET last = receipt_counters.last + 1 RETURNING last"
)


async def next_receipt(uow: UnitOfWork, year: int) -> int:
    """The next receipt's place in its year. Call it last: it holds up every other settlement."""
    return int((await uow.execute(_NEXT_RECEIPT, {"year": year})).scalar_one())


_BOOK = (
    "INSERT INTO ledger_entries (payment_id, account, amount, recorded_at) SELECT :payment_id, account, amount, :now"
    " FROM unnest(CAST(:accounts AS text[]), CAST(:amounts AS bigint[])) AS entry (account, amount)"
)
_SETTLE = text(
    f"WITH booked AS ({_BOOK}) UPDATE obligations SET state = :state, version = :version, method = :method,"  # noqa: S608 - constant
    " provider = :provider, paid_at = :paid_at, receipt_number = :receipt_number WHERE id = :id"
)
_OVERPAY = text(
    f"WITH booked AS ({_BOOK}) INSERT INTO overpayments (payment_id, obligation_id, amount, recorded_at)"  # noqa: S608 - constant
    " VALUES (:payment_id, :id, :amount, :now)"
)


async def settle(
    uow: UnitOfWork, paid: Obligation, settled: Settled, payment_id: UUID, entries: Iterable[Entry]
) -> None:
    """The obligation as paid, and the books."""
    parameters = {
        "id": paid.id,
        "state": paid.state,
        "version": paid.version,
        "method": settled.method,
        "provider": settled.provider,
        "paid_at": settled.paid_at,
        "receipt_number": settled.receipt_number,
    }
    await uow.execute(_SETTLE, parameters | _booked(uow, payment_id, entries))


async def overpay(uow: UnitOfWork, obligation_id: UUID, payment: Attempt, entries: Iterable[Entry]) -> None:
    """Money that came although nothing was owed any more, to be given back, and the books."""
    parameters = {"id": obligation_id, "amount": payment.amount}
    await uow.execute(_OVERPAY, parameters | _booked(uow, payment.id, entries))


def _booked(uow: UnitOfWork, payment_id: UUID, entries: Iterable[Entry]) -> dict[str, Any]:
    sides = tuple(entries)
    return {
        "payment_id": payment_id,
        "accounts": [side.account for side in sides],
        "amounts": [side.amount for side in sides],
        "now": uow.now,
    }


def _obligation(row: Row[Any]) -> Obligation:
    settled = None
    if row.receipt_number is not None:
        settled = Settled(PaymentMethod(row.method), row.provider, row.paid_at, row.receipt_number)
    return Obligation(
        id=row.id,
        dossier_code=row.dossier_code,
        procedure=row.procedure,
        procedure_name=row.procedure_name,
        unit=row.unit,
        owner=row.owner,
        channel=Channel(row.channel),
        amount=row.amount,
        lines=_LINES.validate_json(row.lines),
        state=ObligationState(row.state),
        version=row.version,
        raised_at=row.raised_at,
        settled=settled,
        cancelled_at=row.cancelled_at,
    )
