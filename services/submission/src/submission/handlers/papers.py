"""Papers (giấy tờ) issued: a step gives one, its first rendering is kept, and whoever asks again gets the same bytes.

A paper is set when it is first asked for, from what the step left behind, which nothing changes: so one that nobody
fetches costs nothing, and one fetched late says what it would have said at once.
"""

import asyncio
import hashlib
import secrets
from dataclasses import dataclass

from chassis.auth import Kind as CallerKind
from chassis.auth import Principal
from chassis.clock import hanoi_day
from chassis.database import Database, UnitOfWork
from chassis.documents import render
from submission.copies import Copies
from submission.domain.dossier import Dossier
from submission.domain.retention import is_erased
from submission.handlers.notices import tracking_url
from submission.handlers.reads import note_read
from submission.papers import Issue, Kind, paper_of
from submission.problems.papers import PaperErased, PaperNotFound
from submission.queries import copies as copies_sql
from submission.queries import dossiers, papers
from submission.queries.papers import Kept
from submission.rights import seen_whole


@dataclass(frozen=True, slots=True)
class PaperWanted:
    """Which paper: of which dossier, which kind, of the step that made which version."""

    code: str
    kind: Kind
    version: int


@dataclass(frozen=True, slots=True)
class Issued:
    """A paper as issued."""

    wanted: PaperWanted
    pdf: bytes
    sha256: str


@dataclass(frozen=True)
class PaperRoom:
    """What papers are made with."""

    database: Database
    copies: Copies
    public_url: str


async def issued_paper(wanted: PaperWanted, reader: Principal, room: PaperRoom) -> Issued:
    """The paper, issued now if it never was. Raises DossierNotFound, PaperNotFound, PaperErased.

    A control sheet (06) is the desk's: its officers get it, of any step. Two statements for who owns the dossier, one
    more for the trace that another reader leaves; the first time, what it takes to write the paper.
    """
    async with room.database.begin() as uow:
        dossier = seen_whole(reader, await dossiers.find(uow, wanted.code))
        if wanted.kind is Kind.CONTROL_SHEET and reader.kind is not CallerKind.OFFICER:
            raise PaperNotFound
        kept = await papers.find(uow, wanted.code, wanted.kind, wanted.version)
        secret = secrets.token_hex(16)
        issue = await _issue(wanted, dossier, secret, room, uow) if kept is None else None
        await note_read(dossier, reader, f"paper {wanted.kind}", uow)
    if issue is not None:
        # No connection is held while the paper is set: that takes longer than reading.
        pdf = await asyncio.to_thread(render, paper_of(issue), created_at=issue.step.at)
        kept = await _keep(wanted, issue, Kept(secret, hashlib.sha256(pdf).hexdigest(), pdf), room.database)
    if kept is None or kept.pdf is None:
        raise PaperErased
    return Issued(wanted, kept.pdf, kept.sha256)


async def _keep(wanted: PaperWanted, issue: Issue, kept: Kept, database: Database) -> Kept | None:
    async with database.begin() as uow:
        await papers.keep(
            uow, wanted.code, wanted.kind, wanted.version, kept, issued_at=issue.step.at, by=issue.step.by
        )
        # Somebody else may have been first, and hers is the paper then.
        return await uow.commit(await papers.find(uow, wanted.code, wanted.kind, wanted.version))


async def _issue(wanted: PaperWanted, dossier: Dossier, secret: str, room: PaperRoom, uow: UnitOfWork) -> Issue:
    if is_erased(dossier):
        raise PaperErased
    steps = [step for step in await dossiers.history(uow, wanted.code) if step.version <= wanted.version]
    if not steps or steps[-1].version != wanted.version or not _gives(wanted.kind, steps[-1].paper):
        raise PaperNotFound
    filed, step = dossier.filed, steps[-1]
    public = room.public_url.rstrip("/")
    return Issue(
        kind=wanted.kind,
        filed=filed,
        steps=steps,
        due_at=step.due_at or dossier.due_at,
        supplement_by=(
            await papers.supplement_by(uow, wanted.code, wanted.version) if wanted.kind is Kind.SUPPLEMENT else None
        ),
        procedure=await room.copies.procedure(uow, filed.procedure, filed.procedure_version),
        unit_name=await copies_sql.unit_name(uow, filed.unit, hanoi_day(filed.received_at)),
        check_url=f"{public}/api/submission/v1/papers/{secret}/check",
        tracking_url=tracking_url(public, filed.code, filed.tracking_secret),
    )


def _gives(kind: Kind, paper: str | None) -> bool:
    """Whether a step gives this paper. A control sheet shows how far the dossier has come, so every step has one."""
    return kind is Kind.CONTROL_SHEET or kind == paper
