"""SQL of the clocks: what has lapsed, what is to be warned of. Two workers at once never take the same dossier."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text

from chassis.database import UnitOfWork
from submission.domain.dossier import Dossier
from submission.domain.timing import AlertKind
from submission.queries.dossiers import dossier_of

# Each condition is that of its index, word for word, so that what is done with is not even looked at. A row that is
# locked, by another worker or by an officer's step, is left for the next round.
_LAPSED = text("""
SELECT * FROM dossiers WHERE status = 5 AND supplement_by < :now
ORDER BY supplement_by, code LIMIT :most FOR UPDATE SKIP LOCKED""")


def _alerting(condition: str, about: str, mark: str) -> str:
    # The mark and the alert are one statement: a worker that is killed leaves both or neither.
    return f"""
WITH near AS (
    SELECT code, unit, {about} AS about FROM dossiers WHERE {condition} AND {about} < :until
    ORDER BY {about}, code LIMIT :most FOR UPDATE SKIP LOCKED),
marked AS (
    UPDATE dossiers SET {mark} FROM near WHERE dossiers.code = near.code RETURNING dossiers.code),
told AS (
    INSERT INTO alerts (dossier_code, kind, about, unit, roles, at)
    SELECT code, :kind, about, unit, CAST(:roles AS text[]), :now FROM near ON CONFLICT DO NOTHING)
SELECT count(*) FROM marked"""  # noqa: S608 - constants


_ALERT = {
    AlertKind.WARNING: text(_alerting("status IN (1, 2, 4) AND alerted < 1", "due_at", "alerted = 1")),
    AlertKind.OVERDUE: text(_alerting("status IN (1, 2, 4) AND alerted < 2", "due_at", "alerted = 2")),
    AlertKind.CHECK_LATE: text(
        _alerting("status = 1 AND NOT check_alerted AND check_from IS NOT NULL", "check_from", "check_alerted = true")
    ),
}


async def lapsed(uow: UnitOfWork, most: int) -> list[Dossier]:
    """Dossiers whose time to supplement has run out, held until this transaction ends."""
    return [dossier_of(row) for row in await uow.execute(_LAPSED, {"now": uow.now, "most": most})]


async def alert(uow: UnitOfWork, kind: AlertKind, *, until: datetime, roles: Sequence[str], most: int) -> int:
    """Tell of every dossier whose instant (due, or since when it is to be checked) lies before `until`; how many it was."""
    parameters = {"kind": kind, "until": until, "roles": list(roles), "now": uow.now, "most": most}
    return int((await uow.execute(_ALERT[kind], parameters)).scalar_one())
