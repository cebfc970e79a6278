"""Pre-filling a form (điền sẵn): whose data may be asked for, by whom and for what; then the look-up, with its record.

The record is written and committed before the population database is asked: no look-up is ever without one, and no
transaction stands open while a ministry thinks.
"""

from dataclasses import dataclass
from uuid import UUID

from chassis.auth import Kind, Principal
from chassis.database import Database, UnitOfWork
from contracts.codes import DossierStatus
from submission.copies import Copies
from submission.domain.dossier import Dossier
from submission.domain.personal_id import personal_id
from submission.domain.prefill import Prefilled, prefilled
from submission.handlers.intake import case_of, procedure_in_force
from submission.population import PopulationDatabase, PopulationUnavailable
from submission.problems.dossiers import WrongState
from submission.problems.intake import (
    DraftNotFound,
    IdentityLevelTooLow,
    NoPersonToLookUp,
    PersonNotFound,
    PopulationDatabaseUnavailable,
    PurposeMissing,
)
from submission.queries import dossiers, drafts
from submission.queries.reads import record_read
from submission.rights import seen_whole
from submission.rules import PREFILL_PLACES

_SEEN_IN_PERSON = 2
_UNDER_WAY = frozenset(
    {
        DossierStatus.NEW,
        DossierStatus.ACCEPTED,
        DossierStatus.PROCESSING,
        DossierStatus.SUPPLEMENT_AWAITED,
        DossierStatus.PAYMENT_AWAITED,
    }
)


@dataclass(frozen=True, slots=True)
class Prefill:
    """What is to be filled in, and for an officer by what right: a dossier under way, or a draft of hers and a reason."""

    procedure: str
    case: str | None = None
    dossier: str | None = None
    draft: UUID | None = None
    reason: str | None = None


async def prefill_form(
    wanted: Prefill, principal: Principal, database: Database, copies: Copies, population: PopulationDatabase
) -> Prefilled:
    """Part of a form, from the record of the citizen herself, or of the applicant an officer names by a live purpose."""
    async with database.begin() as uow:
        procedure = await procedure_in_force(uow, wanted.procedure, copies)
        case = case_of(procedure, wanted.case) if wanted.case is not None else None
        subject, purpose = await _subject(wanted, principal, uow)
        await record_read(
            uow,
            reader=principal,
            subject=subject,
            dossier_code=wanted.dossier,
            what="population-database",
            purpose=purpose,
        )
        await uow.commit(None)
    try:
        person = await population.look_up(subject)
    except PopulationUnavailable as away:
        raise PopulationDatabaseUnavailable from away
    if person is None:
        raise PersonNotFound
    return prefilled(procedure, case, person, PREFILL_PLACES)


async def _subject(wanted: Prefill, principal: Principal, uow: UnitOfWork) -> tuple[str, str]:
    """Whose record, and for what purpose."""
    if principal.kind is Kind.CITIZEN:
        if principal.assurance < _SEEN_IN_PERSON:
            raise IdentityLevelTooLow(_SEEN_IN_PERSON)
        return _number(principal.subject), f"prefill {wanted.procedure}"
    if wanted.dossier is not None:
        dossier = seen_whole(principal, await dossiers.find(uow, wanted.dossier))
        return _number(_applicant_of(dossier)), f"prefill {wanted.procedure}"
    if wanted.draft is None or not wanted.reason:
        raise PurposeMissing
    draft = await drafts.find(uow, wanted.draft, principal.account)
    if draft is None:
        raise DraftNotFound
    applicant = draft.filing.get("applicant")
    named = applicant.get("personalId") if isinstance(applicant, dict) else None
    return _number(named), wanted.reason


def _applicant_of(dossier: Dossier) -> str | None:
    if dossier.status not in _UNDER_WAY:
        raise WrongState(dossier)
    return dossier.filed.applicant.personal_id


def _number(text: object) -> str:
    try:
        return personal_id(text if isinstance(text, str) else "")
    except ValueError as error:
        raise NoPersonToLookUp from error
