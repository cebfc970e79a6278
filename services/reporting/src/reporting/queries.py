"""The SQL of reporting that keeps: facts, counts, and copies of the catalogue. Takes a unit of work; commits nothing.

What reads the counts is in `statistics.py`.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text

from chassis.database import UnitOfWork
from contracts.catalog import AdministrativeUnitsPublished, ProcedurePublished, ProcedureWithdrawn
from contracts.codes import Channel, DossierStatus, PaymentMethod
from contracts.submission import ComponentCounts
from reporting.domain.counting import Change, Measure
from reporting.domain.fact import Fact, Series, SupplementStep

_OWN = (
    "version, status, procedure, unit, channel, received_on, due_at, due_version, paused_version, finished_at, returned_at,"
    " stopped_at, refused_at, withdrawn_at, assisted, identity_verified, electronic_result, components, components_version,"
    " supplements"
)
# The empty update locks the row and gives it back as the last transaction left it, which a SELECT before an INSERT would
# not: two first events of a dossier taken at once would both find nothing, and both count it.
_HOLD = text(
    f"INSERT INTO dossiers (code) VALUES (:code) ON CONFLICT (code) DO UPDATE SET code = excluded.code RETURNING {_OWN}"  # noqa: S608 - constants
)


async def hold_fact(uow: UnitOfWork, code: str) -> Fact:
    """What is known of a dossier, which nobody else changes before this transaction ends; version 0 if nothing is."""
    row = (await uow.execute(_HOLD, {"code": code})).one()
    return Fact(
        code,
        version=row.version,
        status=DossierStatus(row.status) if row.status is not None else None,
        series=Series(row.procedure, row.unit, Channel(row.channel)) if row.procedure is not None else None,
        received_on=row.received_on,
        due_at=row.due_at,
        due_version=row.due_version,
        paused_version=row.paused_version,
        finished_at=row.finished_at,
        returned_at=row.returned_at,
        stopped_at=row.stopped_at,
        refused_at=row.refused_at,
        withdrawn_at=row.withdrawn_at,
        assisted=row.assisted,
        identity_verified=row.identity_verified,
        electronic_result=row.electronic_result,
        components=ComponentCounts.model_validate(row.components) if row.components is not None else None,
        components_version=row.components_version,
        supplements=tuple(
            SupplementStep(version, asked, datetime.fromisoformat(at)) for version, asked, at in row.supplements
        ),
    )


_KEEP_FACT = (
    "UPDATE dossiers SET version = :version, status = :status, procedure = :procedure, unit = :unit, channel = :channel,"
    " received_on = :received_on, due_at = :due_at, due_version = :due_version, paused_version = :paused_version,"
    " finished_at = :finished_at, returned_at = :returned_at, stopped_at = :stopped_at, refused_at = :refused_at,"
    " withdrawn_at = :withdrawn_at, assisted = :is_assisted, identity_verified = :is_verified,"
    " electronic_result = :has_file, components = CAST(:papers AS jsonb),"
    " components_version = :components_version, supplements = CAST(:supplements AS jsonb) WHERE code = :code"
)
_ADDED = ", ".join(f"CAST(:{measure} AS bigint[])" for measure in Measure)
_SUMS = ", ".join(f"{measure} = daily_counts.{measure} + excluded.{measure}" for measure in Measure)
_KEEP_AND_COUNT = text(
    f"WITH kept AS ({_KEEP_FACT})"  # noqa: S608 - made of the names of Measure alone
    f" INSERT INTO daily_counts (day, procedure, unit, channel, {', '.join(Measure)})"
    " SELECT * FROM unnest(CAST(:days AS date[]), CAST(:procedures AS text[]), CAST(:units AS text[]),"
    f" CAST(:channels AS smallint[]), {_ADDED})"
    f" ON CONFLICT (day, procedure, unit, channel) DO UPDATE SET {_SUMS}"
)


async def keep_fact(uow: UnitOfWork, fact: Fact, changes: Sequence[Change]) -> None:
    """The fact as it now is, and the counts by what that changes, in one statement."""
    parameters: dict[str, Any] = {
        "code": fact.code,
        "version": fact.version,
        "status": fact.status,
        "procedure": fact.series.procedure if fact.series else None,
        "unit": fact.series.unit if fact.series else None,
        "channel": fact.series.channel if fact.series else None,
        "received_on": fact.received_on,
        "due_at": fact.due_at,
        "due_version": fact.due_version,
        "paused_version": fact.paused_version,
        "finished_at": fact.finished_at,
        "returned_at": fact.returned_at,
        "stopped_at": fact.stopped_at,
        "refused_at": fact.refused_at,
        "withdrawn_at": fact.withdrawn_at,
        "is_assisted": fact.assisted,
        "is_verified": fact.identity_verified,
        "has_file": fact.electronic_result,
        "papers": fact.components.model_dump_json(by_alias=True) if fact.components else None,
        "components_version": fact.components_version,
        "supplements": json.dumps([[step.version, step.asked, step.at.isoformat()] for step in fact.supplements]),
        "days": [change.day for change in changes],
        "procedures": [change.series.procedure for change in changes],
        "units": [change.series.unit for change in changes],
        "channels": [change.series.channel for change in changes],
    }
    for measure in Measure:
        parameters[measure.value] = [change.amounts.get(measure, 0) for change in changes]
    await uow.execute(_KEEP_AND_COUNT, parameters)


_KEEP_PAYMENT = text(
    "INSERT INTO dossiers (code, paid_method, paid_at) VALUES (:code, :method, :paid_at)"
    " ON CONFLICT (code) DO UPDATE SET paid_method = excluded.paid_method, paid_at = excluded.paid_at"
    " WHERE dossiers.paid_at IS NULL"
)


async def keep_payment(uow: UnitOfWork, code: str, method: PaymentMethod, paid_at: datetime) -> None:
    """How the fee of a dossier was paid; a dossier is paid once."""
    await uow.execute(_KEEP_PAYMENT, {"code": code, "method": method, "paid_at": paid_at})


_KEEP_PROCEDURE = text(
    "INSERT INTO procedures (code, valid_from, valid_to, version, name, field_code, field_name)"
    " VALUES (:code, :valid_from, :valid_to, :version, :name, :field_code, :field_name)"
    " ON CONFLICT (code, valid_from) DO UPDATE SET version = excluded.version, valid_to = excluded.valid_to,"
    " name = excluded.name,"
    " field_code = excluded.field_code, field_name = excluded.field_name WHERE procedures.version < excluded.version"
)


async def keep_procedure(uow: UnitOfWork, procedure: ProcedurePublished) -> None:
    """Remember the name, field and last day of a version of a procedure, unless something newer about it is known."""
    parameters = {
        "code": procedure.code,
        "valid_from": procedure.valid_from,
        "valid_to": procedure.valid_to,
        "version": procedure.version,
        "name": procedure.name,
        "field_code": procedure.field.code,
        "field_name": procedure.field.name,
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


# Only what the new list does not have is deleted: one statement may not delete a row and insert it again.
_KEEP_UNITS = text(
    "WITH listed AS (INSERT INTO unit_lists (province, version) VALUES (:province, :version)"
    " ON CONFLICT (province) DO UPDATE SET version = excluded.version WHERE unit_lists.version < excluded.version"
    " RETURNING province),"
    " fresh AS (SELECT province, u.* FROM listed, jsonb_to_recordset(CAST(:units AS jsonb))"
    " AS u (code text, valid_from date, name text, kind text, parent text)),"
    " gone AS (DELETE FROM units USING listed WHERE units.province = listed.province"
    " AND (units.code, units.valid_from) NOT IN (SELECT code, valid_from FROM fresh))"
    " INSERT INTO units (province, code, valid_from, name, kind, parent)"
    " SELECT province, code, valid_from, name, kind, parent FROM fresh"
    " ON CONFLICT (province, code, valid_from)"
    " DO UPDATE SET name = excluded.name, kind = excluded.kind, parent = excluded.parent"
)


async def keep_units(uow: UnitOfWork, published: AdministrativeUnitsPublished) -> None:
    """Put a province's list of units in the place of the one before, unless that one is newer."""
    units = [unit.model_dump(mode="json", exclude={"valid_to"}) for unit in published.units]
    parameters = {"province": published.province, "version": published.version, "units": json.dumps(units)}
    await uow.execute(_KEEP_UNITS, parameters)


async def forget_everything(uow: UnitOfWork) -> None:
    """Empty the read model and the memory of what was heard: everything here is told again from the ledger."""
    await uow.execute(text("TRUNCATE dossiers, daily_counts, procedures, unit_lists, units, inbox, deferred"))
