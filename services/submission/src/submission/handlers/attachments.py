"""Papers put into a dossier: uploads and documents of the owner's store become its components.

`attach` commits nothing: it is part of a filing or a supplement. The desk's own acts further down are whole use cases.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.auth import Kind, Principal, account_of
from chassis.database import UnitOfWork
from chassis.ids import new_id
from contracts.catalog import Component
from contracts.submission import ComponentCounts
from submission.copies import Copies
from submission.domain.attachment import Attachment, AttachmentWanted, counts_of, faults_of
from submission.domain.dossier import Actor, Dossier
from submission.domain.lifecycle import ENDS
from submission.domain.procedure import Procedure
from submission.files.rules import BOUNDS
from submission.handlers.claims import check_claim
from submission.handlers.reads import note_read
from submission.problems.dossiers import WrongState
from submission.problems.files import AttachmentsUnusable, DocumentNotFound, FileNotFound
from submission.queries import attachments, dossiers
from submission.queries.attachments import NewPaper
from submission.rights import actor_of, seen, sees_person


async def attach(
    wanted: Sequence[AttachmentWanted],
    *,
    code: str,
    procedure: Procedure,
    case: str | None,
    owner: str,
    by: Actor,
    uow: UnitOfWork,
) -> ComponentCounts:
    """Put these papers into the dossier, which must be there; gives how its components stand then.

    Nothing wanted costs no statement, and then what the dossier may hold already is not counted: what a supplement
    without papers needs is `queries.attachments.counts`. Otherwise two statements. An upload must be `by`'s own, a
    document of the owner's store. Raises AttachmentsUnusable with a fault at `/attachments/N/…` for each that cannot be.
    """
    components = procedure.components_of(case)
    if not wanted:
        return counts_of(components, ())
    return await _put(wanted, components, code=code, owner=owner, by=by, uow=uow)


async def _put(
    wanted: Sequence[AttachmentWanted],
    components: Sequence[Component],
    *,
    code: str,
    owner: str,
    by: Actor,
    uow: UnitOfWork,
    digitised_by: str | None = None,
    is_result: bool = False,
) -> ComponentCounts:
    looked = await attachments.look_up(
        uow,
        code=code,
        holder=account_of(by.kind, by.subject),
        owner=owner,
        uploads=(paper.upload for paper in wanted if paper.upload is not None),
        documents=(paper.document for paper in wanted if paper.document is not None),
    )
    faults = faults_of(wanted, looked.found, components, [component for component, _, _ in looked.present], BOUNDS)
    if faults:
        raise AttachmentsUnusable(faults)
    papers = [
        NewPaper(new_id(), paper.component, looked.found[paper.upload or paper.document], paper.upload)  # type: ignore[index]  # faults_of: one of the two is given
        for paper in wanted
    ]
    await attachments.add(uow, papers, code=code, by=by, digitised_by=digitised_by, is_result=is_result)
    added = [(paper.component, paper.upload is None, paper.found.from_national_store) for paper in papers]
    return counts_of(components, [*looked.present, *added])


@dataclass(frozen=True, slots=True)
class Added:
    """What an officer put into a dossier, and how its components stand since."""

    attachment: Attachment
    counts: ComponentCounts


async def digitise(
    code: str, component: str, upload: UUID, principal: Principal, uow: UnitOfWork, copies: Copies
) -> Added:
    """Số hóa: the officer's upload becomes the file of a paper original, or one of the dossier's results.

    Raises DossierNotFound, WrongState, ClaimedByAnother, AttachmentsUnusable.
    """
    dossier = _going_on(seen(principal, await dossiers.lock(uow, code)))
    check_claim(dossier, principal)
    filed = dossier.filed
    procedure = await copies.procedure(uow, filed.procedure, filed.procedure_version)
    results = [Component(code=result.code, name=result.name) for result in procedure.results]
    is_result = any(result.code == component for result in results)
    counts = await _put(
        [AttachmentWanted(component, upload=upload)],
        results if is_result else procedure.components_of(filed.case),
        code=code,
        owner=filed.owner,
        by=actor_of(principal),
        uow=uow,
        digitised_by=principal.subject if principal.kind is Kind.OFFICER else None,
        is_result=is_result,
    )
    added = (await attachments.of_dossier(uow, code))[-1]
    return await uow.commit(Added(added, counts))


@dataclass(frozen=True, slots=True)
class SeenFile:
    """A file that the caller may see, with its dossier."""

    attachment: Attachment
    dossier: Dossier

    async def noted(self, reader: Principal, uow: UnitOfWork) -> None:
        """That the file was opened goes on record, for the person concerned to look up."""
        await note_read(self.dossier, reader, "file", uow)


async def file_seen(attachment: UUID, principal: Principal, uow: UnitOfWork) -> SeenFile:
    """The file, if the caller may see its dossier's personal data. Raises FileNotFound."""
    found = await attachments.find(uow, attachment)
    dossier = await dossiers.find(uow, found.dossier_code) if found is not None else None
    if found is None or dossier is None or not sees_person(principal, dossier):
        raise FileNotFound
    return SeenFile(found, dossier)


async def remove_file(attachment: UUID, principal: Principal, uow: UnitOfWork) -> None:
    """An officer takes out a file that does not belong: a wrong scan. The dossier keeps that it was there.

    Raises FileNotFound, WrongState, ClaimedByAnother.
    """
    found = await attachments.find(uow, attachment)
    dossier = await dossiers.lock(uow, found.dossier_code) if found is not None else None
    if dossier is None or not principal.serves(dossier.filed.unit):
        raise FileNotFound
    check_claim(_going_on(dossier), principal)
    await attachments.remove(uow, attachment)
    await uow.commit(None)


async def forget_document(document: UUID, owner: str, uow: UnitOfWork) -> None:
    """The owner takes a document out of the own store; the dossier it is part of keeps it. Raises DocumentNotFound."""
    if not await attachments.take_out_of_store(uow, owner, document):
        raise DocumentNotFound
    await uow.commit(None)


def _going_on(dossier: Dossier) -> Dossier:
    if dossier.status in ENDS:
        raise WrongState(dossier)
    return dossier
