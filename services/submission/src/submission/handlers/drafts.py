"""Drafts (bản nháp): begun, changed, forgotten, filed. What is in them is checked only when they are filed, or on asking."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from chassis.clock import hanoi_day
from chassis.database import UnitOfWork
from chassis.etags import check_match
from chassis.ids import new_id
from submission.copies import Copies
from submission.domain.dated import in_force
from submission.domain.dossier import Dossier
from submission.domain.draft import Draft, expiry
from submission.handlers.intake import FileDossier, take_in
from submission.problems.intake import DraftNotFound, TooManyDrafts
from submission.queries import drafts
from submission.rules import DRAFT_RULES

_FORGOTTEN_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class ChangeDraft:
    """What the owner has typed up to now, in place of all that was kept before."""

    id: UUID
    owner: str
    filing: dict[str, Any]
    if_match: str | None


async def begin_draft(owner: str, filing: dict[str, Any], uow: UnitOfWork) -> Draft:
    """Keep a filing that is not finished. Raises TooManyDrafts."""
    rules = in_force(DRAFT_RULES, hanoi_day(uow.now))
    draft = Draft(new_id(), owner, 1, filing, uow.now, expiry(rules, uow.now))
    await drafts.queue(uow, owner)
    if not await drafts.put(uow, draft, rules.most_per_owner):
        raise TooManyDrafts(rules.most_per_owner)
    return await uow.commit(draft)


async def change_draft(command: ChangeDraft, uow: UnitOfWork) -> Draft:
    """Keep what is typed now; its time begins anew. Raises DraftNotFound, and 412 or 428 by `If-Match`."""
    held = await _held(uow, command.id, command.owner)
    check_match(held.version, command.if_match, required=True)
    rules = in_force(DRAFT_RULES, hanoi_day(uow.now))
    draft = replace(
        held,
        version=held.version + 1,
        filing=command.filing,
        updated_at=uow.now,
        expires_at=expiry(rules, uow.now),
    )
    await drafts.keep(uow, draft)
    return await uow.commit(draft)


async def drop_draft(draft_id: UUID, owner: str, if_match: str | None, uow: UnitOfWork) -> None:
    """Forget a draft. Raises DraftNotFound."""
    held = await _held(uow, draft_id, owner)
    check_match(held.version, if_match)
    await drafts.drop(uow, draft_id)
    await uow.commit(None)


async def held_draft(draft_id: UUID, owner: str, if_match: str | None, uow: UnitOfWork) -> Draft:
    """The draft, held until this transaction ends, so that it is filed once. Raises DraftNotFound."""
    held = await _held(uow, draft_id, owner)
    check_match(held.version, if_match)
    return held


async def file_draft(draft: Draft, command: FileDossier, uow: UnitOfWork, copies: Copies) -> Dossier:
    """File what a held draft says, and forget the draft: both or neither. Raises what filing raises."""
    dossier = await take_in(command, uow, copies)
    await drafts.drop(uow, draft.id)
    return await uow.commit(dossier)


async def forget_drafts(uow: UnitOfWork) -> int:
    """Forget a portion of the drafts whose time is over; says how many there were."""
    return await uow.commit(await drafts.forget(uow, _FORGOTTEN_AT_ONCE))


async def _held(uow: UnitOfWork, draft_id: UUID, owner: str) -> Draft:
    draft = await drafts.lock(uow, draft_id, owner)
    if draft is None:
        raise DraftNotFound
    return draft
