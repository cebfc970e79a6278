"""Pick-up and handover (đối chiếu bản chính, trả kết quả): at the counter or by post. Each ends in at most one transition.

With the carrier a result is not yet with the citizen, and it may come back: the dossier stays at status 9 until it has been
delivered, and only then is it returned (10).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis.auth import Principal
from chassis.database import UnitOfWork
from submission.copies import Copies
from submission.domain import lifecycle
from submission.domain.commands import Return
from submission.domain.dossier import Dossier
from submission.domain.pickup import COMPARABLE, Outcome, Person, Shown, unresolved
from submission.handlers.steps import check_open, held, save, take
from submission.problems.desk import (
    ComponentNotOfDossier,
    DeliveredTooEarly,
    NoPostalAddress,
    NothingOnTheWay,
    OriginalsDoNotMatch,
    ResultOnTheWay,
)
from submission.problems.dossiers import WrongState
from submission.queries import pickup
from submission.queries.pickup import Handover, Showing
from submission.rights import actor_of


@dataclass(frozen=True, slots=True)
class ShowOriginals:
    """Đối chiếu bản chính: which papers were laid on the counter, whether they match what was filed, and by whom."""

    code: str
    shown: tuple[Shown, ...]
    by: Person


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Gửi kết quả qua bưu chính: given to this carrier under this number."""

    code: str
    carrier: str
    tracking_number: str


@dataclass(frozen=True, slots=True)
class Deliver:
    """What the carrier reports. `at` None: now."""

    code: str
    outcome: Outcome
    at: datetime | None = None


async def show_originals(
    command: ShowOriginals, officer: Principal, uow: UnitOfWork, copies: Copies
) -> Sequence[Showing]:
    """Keep what was shown; gives all showings. Raises ComponentNotOfDossier, WrongState."""
    dossier = await held(command.code, officer, None, uow)
    if dossier.status not in COMPARABLE:
        raise WrongState(dossier)
    filed = dossier.filed
    procedure = await copies.procedure(uow, filed.procedure, filed.procedure_version)
    known = {component.code for component in procedure.components_of(filed.case)}
    if strange := [place for place, paper in enumerate(command.shown) if paper.component not in known]:
        raise ComponentNotOfDossier(strange)
    await pickup.show(uow, filed.code, Showing(uow.now, officer.subject, command.shown, command.by))
    return await uow.commit(await pickup.showings(uow, filed.code))


async def check_handover(dossier: Dossier, uow: UnitOfWork, *, online: bool = False) -> None:
    """Whatever hands a result over asks this first. Raises OriginalsDoNotMatch, ResultOnTheWay. One statement.

    Online a result that is with the post may be fetched all the same: it is the same result.
    """
    standing = await pickup.standing(uow, dossier.code)
    if components := unresolved(standing.showings):
        raise OriginalsDoNotMatch(components)
    if standing.on_the_way is not None and not online:
        raise ResultOnTheWay(standing.on_the_way)


async def hand_over(
    code: str, receiver: Person | None, officer: Principal, if_match: str | None, uow: UnitOfWork
) -> Dossier:
    """Trả kết quả tại quầy: to the applicant, or to `receiver` who came in her stead."""
    dossier = await held(code, officer, if_match, uow)
    await check_open(dossier, Return, uow)
    await check_handover(dossier, uow)
    await pickup.hand_to(uow, code, officer=officer.subject, receiver=receiver)
    # Who stands at the counter of results is seldom who worked on them.
    return await take(dossier, Return(by=actor_of(officer), online=False), officer, uow, though_claimed=True)


async def dispatch(command: Dispatch, officer: Principal, uow: UnitOfWork) -> Handover:
    """The result goes to the post; the dossier stays where it is. Raises NoPostalAddress, and what `check_handover` raises."""
    dossier = await held(command.code, officer, None, uow)
    await check_open(dossier, Return, uow)
    if not dossier.filed.delivery.address:
        raise NoPostalAddress
    await check_handover(dossier, uow)
    sent = await pickup.post(
        uow,
        command.code,
        officer=officer.subject,
        carrier=command.carrier,
        tracking_number=command.tracking_number,
    )
    return await uow.commit(sent)


async def deliver(command: Deliver, officer: Principal, uow: UnitOfWork) -> Handover:
    """The carrier's word: delivered, and the dossier is returned (10); or back with us, and it may be sent again.

    Where the applicant has fetched her result online meanwhile, only the consignment ends. Raises NothingOnTheWay,
    DeliveredTooEarly.
    """
    dossier = await held(command.code, officer, None, uow)
    at = command.at or uow.now
    ended = await pickup.end(uow, command.code, officer=officer.subject, outcome=command.outcome, at=at)
    if ended is None:
        raise NothingOnTheWay
    if not ended.at <= at <= uow.now:
        raise DeliveredTooEarly(ended.at)
    if command.outcome is Outcome.DELIVERED and lifecycle.is_open(dossier, Return):
        await save(lifecycle.step(dossier, Return(by=actor_of(officer), online=False, by_post=True), at), uow)
    return await uow.commit(ended)
