"""Reading one dossier's personal data: allowed or not, and never without its trace. Handlers that show such data call it."""

from chassis.auth import Principal
from chassis.database import UnitOfWork
from submission.domain.dossier import Dossier
from submission.domain.retention import is_erased
from submission.queries import reads


async def note_read(dossier: Dossier, reader: Principal, what: str, uow: UnitOfWork) -> None:
    """Record that someone other than its owner sees a dossier's personal data, and commit.

    The owner's own read leaves nothing, so that the list stays worth reading, nor does that of a dossier that no longer
    speaks of anyone.
    """
    filed = dossier.filed
    if filed.owner == reader.subject or is_erased(dossier):
        return
    purpose = f"Giải quyết hồ sơ {filed.code}"
    await reads.record_read(
        uow, reader=reader, subject=filed.owner, dossier_code=filed.code, what=what, purpose=purpose
    )
    await uow.commit(None)
